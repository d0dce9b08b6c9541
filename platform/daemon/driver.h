/* Runs the supervisor in the daemon's main loop: brings it facts, time, answers of netd and what
 * the engine says, and carries out what it decides. The one owner of the connection's state. */
#ifndef HF_DAEMON_DRIVER_H
#define HF_DAEMON_DRIVER_H

#include "daemon/engine_link.h"
#include "daemon/netd_link.h"
#include "daemon/policy_files.h"
#include "daemon/store.h"
#include "daemon/trace_log.h"
#include "instance.h"
#include "ipc/keys_protocol.h"
#include <holdfast/grade.h>
#include <holdfast/supervisor.h>

struct hf_driver;

/* Told after each change of the status. */
typedef void hf_driver_changed_fn(void *context);

/* All are borrowed. */
struct hf_driver_parts {
    const struct hf_instance *instance;
    struct hf_store *store;
    struct hf_trace_log *log;
    const struct hf_policy_files *policy;
    hf_driver_changed_fn *changed;
    void (*wanted)(void *context, enum hf_secret_name name); /* the engine asks for it */
    void (*noticed)(void *context); /* netd is there, or the network is another one */
    void *context;
};

hf_status hf_driver_new(const struct hf_driver_parts *parts, struct hf_driver **out) HF_MUST_USE;
void hf_driver_free(struct hf_driver *driver);
/* For others that have errands to netd (imports). */
struct hf_netd_link *hf_driver_netd(struct hf_driver *driver);

/* What was wanted before is known and under way; netd can be asked. */
bool hf_driver_is_ready(const struct hf_driver *driver);
/* Borrowed until the main loop goes on. */
const struct hf_network_facts *hf_driver_facts(const struct hf_driver *driver);

/* Takes profile and secrets, in every case; the profile is `owner`'s. For as long as the intent
 * lasts the secrets are kept in run/ as well, so that a daemon that crashed can go on without
 * asking. HF_ERR_NO_DAEMON: netd is away. */
hf_status hf_driver_connect(struct hf_driver *driver, hf_owner owner, struct hf_profile *profile,
                            struct hf_secrets *secrets) HF_MUST_USE;
/* A connect whose profile cannot be used. */
void hf_driver_refuse(struct hf_driver *driver, const struct hf_fault *fault);
void hf_driver_disconnect(struct hf_driver *driver);
/* Disconnects, and connects again with the same profile and secrets after `duration`, also where
 * this process is another one by then. HF_ERR_NOT_CONNECTED: there is nothing to pause. */
hf_status hf_driver_pause(struct hf_driver *driver, hf_duration duration) HF_MUST_USE;
void hf_driver_unblock(struct hf_driver *driver);
/* A profile that is about to go: ends its connection, or the pause of it, and forgets its secrets.
 */
void hf_driver_forget(struct hf_driver *driver, const struct hf_profile_ref *ref);
/* Sets the connection that is wanted up anew, with the same profile and secrets.
 * HF_ERR_NOT_CONNECTED: none is wanted. */
hf_status hf_driver_reconnect(struct hf_driver *driver) HF_MUST_USE;
hf_status hf_driver_rekey(struct hf_driver *driver, bool ike) HF_MUST_USE;
hf_status hf_driver_give_secret(struct hf_driver *driver, enum hf_secret_name name,
                                hf_bytes value) HF_MUST_USE;

struct hf_driver_view {
    struct hf_supervisor_status status;
    hf_owner owner;                 /* of status.profile */
    char name[HF_PROFILE_TEXT_MAX]; /* the profile's, for people */
    struct hf_engine_counters counters;
    enum hf_grade grade; /* of the profile, or, once agreed, of what was agreed */
    uint32_t grade_reasons;
    hf_duration idle_limit; /* of the profile; 0: none */
    bool wants_pin;         /* for the token that `pin` tells of */
    struct hf_keys_pin_wanted pin;
};
void hf_driver_view(const struct hf_driver *driver, struct hf_driver_view *out);

#endif
