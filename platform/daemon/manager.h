/* What stands behind the bus (platform/ipc/io.github.holdfastvpn.Holdfast1.xml): turns calls into
 * words to the driver, the store and the importer, and what changes into signals. Knows nothing of
 * transports. Its methods are rows of methods.def. */
#ifndef HF_DAEMON_MANAGER_H
#define HF_DAEMON_MANAGER_H

#include "daemon/agents.h"
#include "daemon/chronicle.h"
#include "daemon/driver.h"
#include "daemon/importer.h"
#include "daemon/peers.h"
#include "daemon/profile_files.h"

#include <gio/gio.h>
#include <jansson.h>

/* All are borrowed. */
struct hf_manager {
    const struct hf_instance *instance;
    struct hf_driver *driver;
    struct hf_importer *importer;
    struct hf_store *store;
    struct hf_peers *peers;
    struct hf_policy_files *policy;
    struct hf_chronicle *chronicle;
    struct hf_agents *agents;
    struct hf_profile_files *profile_files;
    void (*store_changed)(void *context); /* after its own part; NULL: nobody else cares */
    void *context;
    unsigned asked_by;  /* uid of the latest connect */
    int64_t log_second; /* how many calls were logged in this second */
    unsigned logged;
};

/* Listens to the store from now on, for as long as the store lives. */
void hf_manager_init(struct hf_manager *manager);
/* Removes a profile, its keys and secrets for good, wherever they are kept, and ends its
 * connection.
 */
void hf_manager_forget(struct hf_manager *manager, const struct hf_profile_ref *ref);
/* Answers a call of a peer. */
void hf_manager_call(struct hf_manager *manager, struct hf_peer *peer,
                     GDBusMethodInvocation *invocation);

/* The status changed. `shared`: the system bus, where everybody hears the outline; NULL: none. */
void hf_manager_emit_state(struct hf_manager *manager, GDBusConnection *shared);
/* The engine asks for a secret: the agent is asked, where there is one. */
void hf_manager_secret_wanted(struct hf_manager *manager, enum hf_secret_name name);
/* Something happened, told as JSON to root, to the instance's owner, and to whose connection it is.
 */
void hf_manager_emit_event(struct hf_manager *manager, const char *json);

/* May this uid know all about the connection: root, the instance's owner, and whose profile it is;
 * everybody where it is the system's, or there is none. */
bool hf_manager_shows_session_to(struct hf_manager *manager, unsigned uid);
/* The status for this uid's eyes, freed with free(); NULL out of memory. */
char *hf_manager_status_for(struct hf_manager *manager, unsigned uid);
/* The profile of the connection; false: there is none. */
bool hf_manager_session_profile(struct hf_manager *manager, struct hf_profile_ref *out,
                                bool *out_wanted);

#endif
