/* What the last good connection of a profile teaches the next: the gateway's address, the group it
 * took, the round-trip time. In var/hints/ID. */
#ifndef HF_DAEMON_HINTS_H
#define HF_DAEMON_HINTS_H

#include <holdfast/attempt.h>

void hf_hints_save(const char *var, const char *profile, const struct hf_attempt_summary *summary);
/* Fills in last_good, last_ke and rtt where they are known. */
void hf_hints_load(const char *var, const char *profile, struct hf_attempt_hints *hints);

#endif
