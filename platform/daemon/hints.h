/* What the last good connection of a profile teaches the next: the gateway's address, the group it
 * took, the round-trip time. In var/hints/ID. */
#ifndef HF_DAEMON_HINTS_H
#define HF_DAEMON_HINTS_H

#include <holdfast/attempt.h>

void hf_hints_save(const char *var, const char *profile, const struct hf_attempt_summary *summary);
/* A lesson that is learnt at a moment when the disk can wait, and must not be lost before it is
 * written; zero is none. */
struct hf_hints_lesson {
    char profile[HF_PROFILE_TEXT_MAX]; /* "": there is none */
    struct hf_attempt_summary summary;
};
/* Takes the place of an older one. */
void hf_hints_note(struct hf_hints_lesson *lesson, const char *profile,
                   const struct hf_attempt_summary *summary);
/* Writes it, if there is one, and forgets it. */
void hf_hints_flush(struct hf_hints_lesson *lesson, const char *var);

/* Fills in last_good, last_ke and rtt where they are known. */
void hf_hints_load(const char *var, const char *profile, struct hf_attempt_hints *hints);

#endif
