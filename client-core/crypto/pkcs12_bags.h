/* What is in the safes of a PKCS#12 file: for pkcs12.c alone. */
#ifndef HF_CRYPTO_PKCS12_BAGS_H
#define HF_CRYPTO_PKCS12_BAGS_H

#include "base/status.h"

#include <openssl/pkcs12.h>

#define HF_PKCS12_KEYS_MAX         16
#define HF_PKCS12_CERTIFICATES_MAX 64

struct hf_pkcs12_bags {
    EVP_PKEY *keys[HF_PKCS12_KEYS_MAX];             /* owned */
    ASN1_OCTET_STRING *key_ids[HF_PKCS12_KEYS_MAX]; /* localKeyID; owned; NULL: none */
    size_t key_count;
    STACK_OF(X509) * certificates; /* owned; a localKeyID is kept with X509_keyid_set1() */
    bool is_weak; /* something is not encrypted, or not with AES (RFC 8018, PBES2) */
};

/* Opens every safe with the passphrase (NULL: none); `library` decrypts.
 * HF_ERR_CREDENTIAL_PASSPHRASE: one does not open. HF_ERR_PROFILE_UNSUPPORTED: by an algorithm that
 * the library lacks. HF_ERR_MALFORMED, HF_ERR_TOO_LARGE, HF_ERR_NO_MEMORY. */
hf_status hf_pkcs12_bags_open(PKCS12 *file, const char *passphrase, OSSL_LIB_CTX *library,
                              struct hf_pkcs12_bags *out) HF_MUST_USE;
void hf_pkcs12_bags_clear(struct hf_pkcs12_bags *bags);
/* Whether the library's last errors were for want of an algorithm; empties them. */
bool hf_pkcs12_bags_lacked_algorithm(void);

#endif
