/* Production randomness: OpenSSL's private DRBG behind `struct hf_env`. */
#ifndef HF_CRYPTO_RANDOM_H
#define HF_CRYPTO_RANDOM_H

#include "base/env.h"

/* For `hf_env.random`; `context` is not used. False when the DRBG fails. */
bool hf_random_from_library(void *context, uint8_t *out, size_t len);

#endif
