/* A secret of bounded size: owned, cleansed by `clear`, compared in constant time, and without any
 * formatter, so that it cannot end up in a trace. */
#ifndef HF_BASE_SECRET_H
#define HF_BASE_SECRET_H

#include "base/bytes.h"

/* Holds every key, shared secret (MODP-4096: 512 bytes) and nonce of the protocols. */
#define HF_SECRET_MAX 1024

typedef struct hf_secret {
    size_t len;
    uint8_t data[HF_SECRET_MAX];
} hf_secret;

/* Copies `bytes`; false, and `*out` untouched, when they are too many. */
bool hf_secret_set(hf_secret *out, hf_bytes bytes) HF_MUST_USE;
hf_bytes hf_secret_bytes(const hf_secret *secret);
bool hf_secret_equal(const hf_secret *a, const hf_secret *b);
void hf_secret_clear(hf_secret *secret);

#endif
