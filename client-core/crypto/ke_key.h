/* The inside of a key exchange: where a published vector's key pair can take the place of a
 * generated one. Private to crypto/ and its tests. */
#ifndef HF_CRYPTO_KE_KEY_H
#define HF_CRYPTO_KE_KEY_H

#include "crypto/algorithms.h"
#include "crypto/ke.h"

#include <openssl/evp.h>

/* Takes `key`, a key pair of the algorithm's group; frees it on failure too. */
hf_status hf_ke_of_key(const struct hf_algorithm *algorithm, EVP_PKEY *key,
                       struct hf_ke **out) HF_MUST_USE;

#endif
