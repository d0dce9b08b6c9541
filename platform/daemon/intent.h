/* What the user wants, on disk: read after a crash, so that the block is kept and the connection
 * comes back (design, section 2). */
#ifndef HF_DAEMON_INTENT_H
#define HF_DAEMON_INTENT_H

#include "daemon/owner.h"

/* Says that the user wants to be connected with this profile, during this boot of the host. */
hf_status hf_intent_save(const char *var, const struct hf_profile_ref *ref) HF_MUST_USE;
void hf_intent_clear(const char *var);
/* The profile of an intent of this boot. HF_ERR_NOT_FOUND: there is none, so nobody wants to be
 * connected. Any other failure says that nobody can tell. One that names no owner, as they were
 * written before profiles had one, is `legacy_owner`'s. */
hf_status hf_intent_read(const char *var, unsigned legacy_owner,
                         struct hf_profile_ref *out) HF_MUST_USE;

#endif
