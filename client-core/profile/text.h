/* Checks of text that comes from files: UTF-8 for people, host names for machines. */
#ifndef HF_PROFILE_TEXT_H
#define HF_PROFILE_TEXT_H

#include "base/bytes.h"
#include <holdfast/profile.h>

/* Valid UTF-8 without control characters: safe to show and to put on one line. */
bool hf_text_is_clean(hf_bytes text);
/* Letters, digits, '-' and '_' in labels of 1 to 63 octets, 253 in all; one trailing dot is not
 * accepted. */
bool hf_text_is_host_name(hf_bytes text);
/* Copies `text` and a NUL to `out`; false when it does not fit or is not clean. */
bool hf_text_copy(hf_bytes text, char *out, size_t capacity) HF_MUST_USE;
/* A profile id from a name: lower case, everything outside [a-z0-9._-] becomes '-'; "profile" when
 * nothing is left. */
void hf_text_make_id(hf_bytes name, char out[65]);

#define HF_PORTS_TEXT_MAX sizeof "65535-65535"
/* "443" or "1000-2000", both ends included. */
bool hf_profile_ports_parse(hf_bytes text, struct hf_profile_ports *out) HF_MUST_USE;
const char *hf_profile_ports_format(const struct hf_profile_ports *ports,
                                    char out[HF_PORTS_TEXT_MAX]);

#endif
