/* The built-in OpenSSL provider for keys that live elsewhere: see remote_provider.c. For
 * remote_key.c alone. */
#ifndef HF_CRYPTO_REMOTE_PROVIDER_H
#define HF_CRYPTO_REMOTE_PROVIDER_H

#include "crypto/key.h"

/* Makes the provider known to the library, which keeps preferring every other one. HF_ERR_CRYPTO.
 */
hf_status hf_remote_provider_load(void) HF_MUST_USE;
/* A key of the provider, for `key` with its public half; `key` must outlive it. NULL: the provider
 * is not loaded, or no memory. */
EVP_PKEY *hf_remote_provider_wrap(struct hf_private_key *key);

#endif
