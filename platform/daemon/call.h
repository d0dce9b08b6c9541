/* One call from the bus on its way through the daemon. Exactly one of the answers ends it. */
#ifndef HF_DAEMON_CALL_H
#define HF_DAEMON_CALL_H

#include "daemon/manager.h"
#include "daemon/peers.h"

/* A secret, a passphrase. */
#define HF_CALL_SECRET_MAX (256 * 1024)

enum hf_action {
#define HF_ACTION(name, id) HF_ACTION_##name,
#include "daemon/actions.def"
#undef HF_ACTION
    HF_ACTION_COUNT
};
/* "connect": the tail of the polkit action's id. */
const char *hf_action_id(enum hf_action action);

enum hf_target {
    HF_TARGET_NOTHING,
    HF_TARGET_IMPORTED,
    HF_TARGET_NAMED,
    HF_TARGET_OBJECT,
    HF_TARGET_SESSION
};
enum hf_bus_interface { HF_BUS_MANAGER, HF_BUS_PROFILE, HF_BUS_OBJECTS, HF_BUS_PROPERTIES };

struct hf_call;
/* Answers the call, now or later. */
typedef void hf_call_handler_fn(struct hf_call *call);

struct hf_method {
    enum hf_bus_interface interface;
    const char *name;
    enum hf_action action;
    enum hf_target target;
    hf_call_handler_fn *handle;
};

struct hf_call {
    struct hf_manager *manager;
    struct hf_peer *peer; /* held */
    GDBusMethodInvocation *invocation;
    GVariant *arguments; /* borrowed from it; of the right types */
    const char *path;    /* likewise */
    const struct hf_method *method;
    struct hf_profile_ref ref; /* the target, where it is a profile: one that the caller sees */
    bool found;                /* there is one */
};

/* Makes a call of it. Holds the peer. */
struct hf_call *hf_call_new(struct hf_manager *manager, struct hf_peer *peer,
                            GDBusMethodInvocation *invocation);
/* These end it. `value` is the tuple of what is returned, consumed when floating; NULL: nothing. */
void hf_call_return(struct hf_call *call, GVariant *value);
/* With a descriptor, whose handle `value` names as 0; it stays the caller's. */
void hf_call_return_fd(struct hf_call *call, GVariant *value, int fd);
void hf_call_fail(struct hf_call *call, const struct hf_fault *fault);
/* Nothing to return, or the status as a fault: `received` is what it is about. */
void hf_call_answer(struct hf_call *call, hf_status status, const char *received);

/* The descriptor that a handle in the arguments means, which is the caller's; -1: there is none. */
int hf_call_fd(const struct hf_call *call, gint32 handle);
/* Reads the value that a handle means. HF_ERR_USAGE: none, or nothing that has an end. */
hf_status hf_call_read(const struct hf_call *call, gint32 handle, size_t max,
                       hf_buf *out) HF_MUST_USE;
/* Does a lock of the profile bind the caller? It binds everybody but root. */
bool hf_call_is_locked(const struct hf_call *call, const struct hf_profile_ref *ref,
                       const char *what);

/* Whether the profile may be removed by the caller; if not, the call has been answered: it is
 * locked, or comes from a file, with which it goes. */
bool hf_call_may_remove(struct hf_call *call) HF_MUST_USE;

/* Reads an a{sh} of secrets by name, over what is in `out`. HF_ERR_USAGE: an unknown name. */
hf_status hf_call_read_secrets(const struct hf_call *call, GVariant *given,
                               struct hf_secrets *out) HF_MUST_USE;

#endif
