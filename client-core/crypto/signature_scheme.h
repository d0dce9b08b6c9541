/* What is behind each `enum hf_signature_scheme`: for crypto/ alone. */
#ifndef HF_CRYPTO_SIGNATURE_SCHEME_H
#define HF_CRYPTO_SIGNATURE_SCHEME_H

#include "crypto/signature.h"

#include <openssl/evp.h>

/* The scheme's AlgorithmIdentifier in DER, as we send it. */
hf_bytes hf_signature_scheme_identifier(enum hf_signature_scheme scheme);
/* The scheme that exactly these bytes identify. */
bool hf_signature_scheme_find(hf_bytes identifier, enum hf_signature_scheme *out) HF_MUST_USE;
bool hf_signature_scheme_fits(enum hf_signature_scheme scheme, enum hf_key_type key);
enum hf_signature_hash hf_signature_scheme_hash(enum hf_signature_scheme scheme);
/* Name of the digest for EVP_Digest{Sign,Verify}Init_ex; NULL where the scheme has none. */
const char *hf_signature_scheme_digest(enum hf_signature_scheme scheme);
/* Sets padding, mask function and salt length; nothing to do but for RSA. */
bool hf_signature_scheme_set_padding(enum hf_signature_scheme scheme,
                                     EVP_PKEY_CTX *context) HF_MUST_USE;

#endif
