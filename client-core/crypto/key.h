/* Keys as the library holds them, behind the opaque types of signature.h: for crypto/ alone. */
#ifndef HF_CRYPTO_KEY_H
#define HF_CRYPTO_KEY_H

#include "crypto/signature.h"

#include <openssl/evp.h>

#define HF_RSA_BITS_MIN 2048
#define HF_RSA_BITS_MAX 8192 /* its signatures fill HF_SIGNATURE_MAX; more is only work */

struct hf_private_key {
    EVP_PKEY *pkey; /* owned */
    enum hf_key_type type;
    /* Of a key that lives elsewhere (remote_key.c): `pkey` then only leads here. */
    struct hf_remote_signer remote; /* sign NULL: the key is in memory */
    EVP_PKEY *public_half;          /* owned */
    hf_status failure;
};

struct hf_public_key {
    EVP_PKEY *pkey; /* owned */
    enum hf_key_type type;
};

/* False for a key of another kind, an RSA key outside the two limits, and an elliptic curve that is
 * not named (explicit parameters: CVE-2020-0601, CVE-2022-0778). */
bool hf_key_type_of(EVP_PKEY *pkey, enum hf_key_type *out) HF_MUST_USE;
/* hf_signer.sign on a key that lives elsewhere: hashes here, signs there; ECDSA signatures are DER.
 */
hf_status hf_remote_key_sign(void *key, enum hf_signature_scheme scheme, hf_bytes message,
                             hf_buf *out) HF_MUST_USE;
/* Wraps a key of a supported type and takes a reference of its own.
 * HF_ERR_CERT_WEAK: not of a supported type. */
hf_status hf_key_wrap_public(EVP_PKEY *pkey, struct hf_public_key **out) HF_MUST_USE;
/* PKCS#8 in DER, not encrypted, appended. HF_ERR_MALFORMED: it has no private part. */
hf_status hf_key_encode_pkcs8(EVP_PKEY *pkey, hf_buf *out) HF_MUST_USE;
/* "RSA 1024", "EC secp256k1": what a key is, for faults; at most `size` octets with the NUL. */
void hf_key_describe(EVP_PKEY *pkey, char *text, size_t size);

#endif
