/* What the last good connection of a profile teaches the next: the gateway's address, the group it
 * took, the round-trip time. In var/hints/OWNER-ID: what one user's gateway
 * taught is not told to another's. */
#ifndef HF_DAEMON_HINTS_H
#define HF_DAEMON_HINTS_H

#include "daemon/owner.h"
#include <holdfast/attempt.h>

void hf_hints_save(const char *var, const struct hf_profile_ref *ref,
                   const struct hf_attempt_summary *summary);
/* A lesson that is learnt at a moment when the disk can wait, and must not be lost before it is
 * written; zero is none. */
struct hf_hints_lesson {
    struct hf_profile_ref ref; /* with the id "": there is none */
    struct hf_attempt_summary summary;
};
/* Takes the place of an older one. */
void hf_hints_note(struct hf_hints_lesson *lesson, const struct hf_profile_ref *ref,
                   const struct hf_attempt_summary *summary);
/* Writes it, if there is one, and forgets it. */
void hf_hints_flush(struct hf_hints_lesson *lesson, const char *var);

/* Fills in last_good, last_ke and rtt where they are known. */
void hf_hints_load(const char *var, const struct hf_profile_ref *ref,
                   struct hf_attempt_hints *hints);
/* The profile is gone. */
void hf_hints_forget(const char *var, const struct hf_profile_ref *ref);

#endif
