/* What crypto keeps of OpenSSL: each cipher, digest and MAC is fetched once, so that nothing is
 * looked up per message and nothing is loaded after confinement. Private to crypto/.
 * hf_crypto_load fills all of it before threads start; a program that does not call it (a test)
 * fills each place at its first use. */
#ifndef HF_CRYPTO_LIBRARY_H
#define HF_CRYPTO_LIBRARY_H

#include "crypto/algorithms.h"
#include "crypto/hash.h"

#include <openssl/evp.h>

/* Borrowed; NULL when the library lacks it. */
EVP_CIPHER *hf_library_cipher(const struct hf_algorithm *algorithm);
EVP_MD *hf_library_digest(enum hf_hash hash);
EVP_MAC *hf_library_hmac(void);

/* A context that is ready to make keys of the group: the caller frees it. NULL when the library
 * lacks it. */
EVP_PKEY_CTX *hf_library_keygen(const struct hf_algorithm *algorithm);
/* "X25519", "EC" or "DH". */
const char *hf_library_key_type(const struct hf_algorithm *algorithm);

/* For library.c: the rows by index (NULL past the last), and which of them are never proposed. */
const struct hf_algorithm *hf_library_row(size_t index);
void hf_library_set_missing(size_t index, bool is_missing);

#endif
