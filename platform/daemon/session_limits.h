/* Watches whether a connection has lasted, idled, or been taken to a place or hour that policy or
 * profile does not allow. */
#ifndef HF_DAEMON_SESSION_LIMITS_H
#define HF_DAEMON_SESSION_LIMITS_H

#include "daemon/driver.h"
#include "daemon/policy_files.h"

struct hf_session_limits;

struct hf_session_limits_events {
    /* The connection is to be ended: `fault` names the key and the file, or what the profile says.
     */
    void (*exceeded)(void *context, const struct hf_fault *fault);
};

/* All are borrowed. Looks every `seconds`. */
struct hf_session_limits *hf_session_limits_new(struct hf_driver *driver,
                                                const struct hf_policy_files *policy,
                                                unsigned seconds,
                                                const struct hf_session_limits_events *events,
                                                void *context);
void hf_session_limits_free(struct hf_session_limits *limits);

/* May a tunnel be made here and now? HF_ERR_POLICY. */
hf_status hf_session_limits_check_place(const struct hf_policy *policy,
                                        struct hf_fault *out_fault) HF_MUST_USE;
/* What a connection of this age, silent for so long, has exceeded; HF_OK: nothing. 0: not known. */
hf_status hf_session_limits_check_age(const struct hf_policy *policy, hf_duration age,
                                      hf_duration silence, hf_duration idle_limit,
                                      struct hf_fault *out_fault) HF_MUST_USE;

#endif
