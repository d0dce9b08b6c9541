/* Key exchanges with a given private value, for published vectors. */
#ifndef HF_TESTS_SUPPORT_KE_KEY_H
#define HF_TESTS_SUPPORT_KE_KEY_H

#include "crypto/ke.h"

/* `private` is big-endian, or an X25519 scalar as RFC 7748 writes it. NULL when the library does
 * not take it. */
struct hf_ke *test_ke_of_private(uint16_t method, hf_bytes private);

#endif
