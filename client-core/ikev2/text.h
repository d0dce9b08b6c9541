/* Short texts about negotiated values, for faults, traces and status: written into storage of fixed
 * size, cut where too long, always NUL-terminated. */
#ifndef HF_IKEV2_TEXT_H
#define HF_IKEV2_TEXT_H

#include "base/bytes.h"

/* Appends `part` to `text`, which has room for `capacity` octets, NUL included. */
void hf_ikev2_text_append(char *text, size_t capacity, const char *part);
void hf_ikev2_text_append_number(char *text, size_t capacity, unsigned number);
/* Appends `separator` and `part`, or `part` alone to an empty text. */
void hf_ikev2_text_join(char *text, size_t capacity, const char *separator, const char *part);
/* "NO_PROPOSAL_CHOSEN", or "notify 12345" for a type without a name. */
void hf_ikev2_text_notify(char *text, size_t capacity, unsigned type);

#endif
