/* Pseudorandom functions and prf+ (RFC 7296, sections 2.13 and 2.14; HMAC: RFC 4868). */
#ifndef HF_CRYPTO_PRF_H
#define HF_CRYPTO_PRF_H

#include "base/secret.h"
#include "base/status.h"

/* Output and preferred key length in octets; 0 for an unknown PRF. */
size_t hf_prf_len(uint16_t prf);
/* prf(key, parts[0] | parts[1] | …). HF_ERR_CRYPTO: unknown PRF or the library failed; then `*out`
 * is untouched. */
hf_status hf_prf(uint16_t prf, hf_bytes key, const hf_bytes *parts, size_t count,
                 hf_secret *out) HF_MUST_USE;
/* prf+(key, parts…): fills `out` with `len` octets (at most 255 times the PRF's output). */
hf_status hf_prf_plus(uint16_t prf, hf_bytes key, const hf_bytes *parts, size_t count, uint8_t *out,
                      size_t len) HF_MUST_USE;

#endif
