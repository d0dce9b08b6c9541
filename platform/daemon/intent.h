/* What the user wants, on disk: read after a crash, so that the block is kept and the connection
 * comes back (design, section 2). */
#ifndef HF_DAEMON_INTENT_H
#define HF_DAEMON_INTENT_H

#include "daemon/owner.h"

/* What is wanted of a profile, during this boot of the host: to be connected, or, paused, to be
 * connected again at `resume_at` on the clock of clock.h; HF_NEVER: not paused. */
struct hf_intent {
    struct hf_profile_ref ref;
    hf_time resume_at;
};

hf_status hf_intent_save(const char *var, const struct hf_intent *intent) HF_MUST_USE;
void hf_intent_clear(const char *var);
/* The intent of this boot. HF_ERR_NOT_FOUND: there is none, so nobody wants to be
 * connected. Any other failure says that nobody can tell. One that names no owner, as they were
 * written before profiles had one, is `legacy_owner`'s. */
hf_status hf_intent_read(const char *var, unsigned legacy_owner, struct hf_intent *out) HF_MUST_USE;

#endif
