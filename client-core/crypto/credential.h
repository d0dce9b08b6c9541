/* A client credential: private key, its certificate, and the chain that goes with it. */
#ifndef HF_CRYPTO_CREDENTIAL_H
#define HF_CRYPTO_CREDENTIAL_H

#include "crypto/certificate.h"
#include "crypto/signature.h"

struct hf_credential {
    struct hf_private_key *key; /* owned */
    hf_buf chain[HF_CHAIN_MAX]; /* DER, leaf first; owned */
    size_t chain_count;
};

void hf_credential_clear(struct hf_credential *credential);
/* Key and certificates from DER or PEM parts; orders the chain and checks that the key matches the
 * leaf. HF_ERR_CREDENTIAL_MISSING: no certificate. HF_ERR_CREDENTIAL_INVALID: the key belongs to
 * none of them. */
hf_status hf_credential_make(hf_bytes key, hf_bytes passphrase, hf_bytes certificates,
                             struct hf_credential *out) HF_MUST_USE;
/* The same with a key that lives elsewhere, which must be that of the first certificate. `remote`
 * is copied, what it names is borrowed. */
hf_status hf_credential_make_remote(const struct hf_remote_signer *remote, hf_bytes certificates,
                                    struct hf_credential *out) HF_MUST_USE;
/* HF_ERR_CREDENTIAL_EXPIRED when the leaf's time is over or has not begun. */
hf_status hf_credential_check_time(const struct hf_credential *credential,
                                   hf_wall_clock now) HF_MUST_USE;

/* What a PKCS#12 file holds, in forms that can be stored: key as PKCS#8 DER, client chain and other
 * certificates as PEM. */
struct hf_pkcs12 {
    hf_buf key;
    hf_buf certificates; /* PEM, leaf first */
    size_t certificate_count;
    size_t key_count; /* in the file; the one passed on is the first that has a certificate */
    bool is_weak;     /* the file is protected by RC2, RC4 or DES, or by nothing */
};

/* Makes the algorithms of old PKCS#12 files ready, which opens a file: call it before confinement
 * where such files are read. */
void hf_legacy_load(void);

void hf_pkcs12_clear(struct hf_pkcs12 *pkcs12);
/* A passphrase outside ASCII is tried as UTF-8, as Latin-1, and octet for octet.
 * HF_ERR_CREDENTIAL_PASSPHRASE: wrong or missing. HF_ERR_PROFILE_UNSUPPORTED: protected by an
 * algorithm that the library lacks. HF_ERR_TOO_LARGE: a passphrase that is to be
 * hashed for minutes. HF_ERR_MALFORMED: not PKCS#12. */
hf_status hf_pkcs12_decode(hf_bytes encoded, hf_bytes passphrase,
                           struct hf_pkcs12 *out) HF_MUST_USE;
/* The private key of a DER file, or the first of a PEM text, as PKCS#8 in DER, appended to `out`.
 * HF_ERR_CREDENTIAL_PASSPHRASE: it is encrypted, and this is not its passphrase.
 * HF_ERR_CREDENTIAL_INVALID: there is none of a supported type. */
hf_status hf_private_key_to_pkcs8(hf_bytes encoded, hf_bytes passphrase, hf_buf *out) HF_MUST_USE;
/* DER or PEM certificates to PEM, one after the other, appended to `out`. */
hf_status hf_certificates_to_pem(hf_bytes certificates, hf_buf *out) HF_MUST_USE;

#endif
