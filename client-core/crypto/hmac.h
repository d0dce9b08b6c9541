/* HMAC-SHA-2 with a key that is set once, for prf and for the separate MAC of a cipher. Private to
 * crypto/. RFC 2104, RFC 4868. */
#ifndef HF_CRYPTO_HMAC_H
#define HF_CRYPTO_HMAC_H

#include "crypto/algorithms.h"
#include "crypto/hash.h"

#include <openssl/evp.h>

struct hf_hmac {
    EVP_MAC_CTX *ctx;
};

/* `algorithm` is a PRF or INTEG row; the key may have any length. False when the library fails;
 * clear it either way. */
bool hf_hmac_init(struct hf_hmac *mac, const struct hf_algorithm *algorithm,
                  hf_bytes key) HF_MUST_USE;
void hf_hmac_clear(struct hf_hmac *mac);
/* The whole output over the parts one after the other; can be called again and again. */
bool hf_hmac_compute(struct hf_hmac *mac, const hf_bytes *parts, size_t count,
                     uint8_t out[HF_HASH_MAX]) HF_MUST_USE;

#endif
