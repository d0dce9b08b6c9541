/* Keys and signatures for the AUTH payload: private keys behind `hf_signer`, public keys out of
 * verified certificates. RFC 7296, section 3.8; RFC 7427; RFC 8420; RFC 4754. */
#ifndef HF_CRYPTO_SIGNATURE_H
#define HF_CRYPTO_SIGNATURE_H

#include "base/signer.h"

/* Hash numbers of SIGNATURE_HASH_ALGORITHMS (RFC 7427, section 7; 5: RFC 8420). SHA-1 (1) is never
 * used. */
enum hf_signature_hash {
    HF_SIGHASH_SHA2_256 = 2,
    HF_SIGHASH_SHA2_384 = 3,
    HF_SIGHASH_SHA2_512 = 4,
    HF_SIGHASH_IDENTITY = 5
};

/* Makes signatures with a private key, wherever that lives. */
struct hf_signer {
    enum hf_key_type key_type;
    void *context;
    /* Signs `message` (hashing is part of the scheme); ECDSA signatures are DER.
     * HF_ERR_CREDENTIAL_INVALID: refused. */
    hf_status (*sign)(void *context, enum hf_signature_scheme scheme, hf_bytes message,
                      hf_buf *out);
};

struct hf_private_key;
struct hf_public_key;

/* Takes PKCS#8, PKCS#1 or SEC1 in DER or PEM, encrypted where `passphrase` is given.
 * HF_ERR_CREDENTIAL_PASSPHRASE: wrong or missing. HF_ERR_CREDENTIAL_INVALID: not a key of a type in
 * hf_key_type, or RSA under 2048 bits. */
hf_status hf_private_key_decode(hf_bytes encoded, hf_bytes passphrase,
                                struct hf_private_key **out) HF_MUST_USE;
void hf_private_key_free(struct hf_private_key *key);
/* A key that lives elsewhere, with the public half of `certificate` (DER). `remote` is copied, what
 * it names is borrowed. HF_ERR_CREDENTIAL_INVALID: the certificate is for a key of another type, or
 * of none that signs remotely (Ed25519). HF_ERR_CRYPTO: hf_remote_key_load was not possible. */
hf_status hf_private_key_remote(const struct hf_remote_signer *remote, hf_bytes certificate,
                                struct hf_private_key **out) HF_MUST_USE;
/* Sets up what remote keys need of the library; call before confinement. */
hf_status hf_remote_key_load(void) HF_MUST_USE;
/* Why the last signature of a remote key failed; HF_OK: it did not, or the key is in memory. */
hf_status hf_private_key_failure(const struct hf_private_key *key);
/* A signer on `key`, which it borrows. */
struct hf_signer hf_private_key_signer(struct hf_private_key *key);
/* True when the certificate (DER) carries the public half of this key. */
bool hf_private_key_matches(const struct hf_private_key *key, hf_bytes certificate);

void hf_public_key_free(struct hf_public_key *key);
enum hf_key_type hf_public_key_type(const struct hf_public_key *key);

/* The scheme to sign with: PSS first, the strongest hash not above the key's size among those that
 * the peer announced
 * (`hashes`: bit set of 1u << enum hf_signature_hash). HF_ERR_AUTH_REJECTED: nothing in common. */
hf_status hf_signature_choose(enum hf_key_type key, uint32_t hashes,
                              enum hf_signature_scheme *out) HF_MUST_USE;

/* The Authentication Data of auth method 14: length, AlgorithmIdentifier, signature (RFC 7427,
 * section 3). */
hf_status hf_signature_sign(const struct hf_signer *signer, enum hf_signature_scheme scheme,
                            hf_bytes message, hf_buf *out) HF_MUST_USE;
/* Verifies Authentication Data of method 14 byte for byte: the AlgorithmIdentifier must be one of
 * our own encodings or the PSS one with an explicit trailerField. HF_ERR_PEER_AUTH: anything else,
 * SHA-1 included. */
hf_status hf_signature_verify(const struct hf_public_key *key, hf_bytes auth_data,
                              hf_bytes message) HF_MUST_USE;
/* Auth methods 9, 10, 11 (RFC 4754): ECDSA over the curve that the method fixes, raw r | s. */
hf_status hf_signature_verify_ecdsa(const struct hf_public_key *key, uint8_t auth_method,
                                    hf_bytes auth_data, hf_bytes message) HF_MUST_USE;
/* Signs for method 9, 10 or 11 with `signer` (its key fixes the method). */
hf_status hf_signature_sign_ecdsa(const struct hf_signer *signer, hf_bytes message,
                                  uint8_t *out_method, hf_buf *out) HF_MUST_USE;

/* "rsa-pss-sha2-256", for traces and faults. */
const char *hf_signature_scheme_name(enum hf_signature_scheme scheme);

#endif
