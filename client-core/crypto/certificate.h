/* Certificates: trust anchors, chains, and the exact question "is this the gateway that the profile
 * names?". RFC 5280; RFC 4945; RFC 9525; rules A3–A5, A17 of the threat model (SECURITY.md). */
#ifndef HF_CRYPTO_CERTIFICATE_H
#define HF_CRYPTO_CERTIFICATE_H

#include "base/fault.h"
#include "base/identity.h"
#include "base/time.h"
#include "crypto/signature.h"

#define HF_CHAIN_MAX       8
#define HF_CERTIFICATE_MAX 16384 /* octets of one certificate */

/* Trust anchors of one profile. Never the system's store by accident: the caller adds what he
 * means. */
struct hf_trust;

hf_status hf_trust_new(struct hf_trust **out) HF_MUST_USE;
void hf_trust_free(struct hf_trust *trust);
/* Adds every certificate of a PEM bundle, or one in DER. HF_ERR_CREDENTIAL_INVALID: none could be
 * read; `*out_added` may be NULL. At most 1024 in all. */
hf_status hf_trust_add(struct hf_trust *trust, hf_bytes certificates,
                       size_t *out_added) HF_MUST_USE;
size_t hf_trust_count(const struct hf_trust *trust);
#define HF_THUMBPRINT_LEN 20 /* octets of a SHA-1 hash */
/* Drops every anchor whose certificate (DER) does not have one of the `count` SHA-1 thumbprints,
 * HF_THUMBPRINT_LEN octets each. A narrowing only: who may vouch is decided by the anchors. */
hf_status hf_trust_restrict(struct hf_trust *trust, const uint8_t (*thumbprints)[HF_THUMBPRINT_LEN],
                            size_t count) HF_MUST_USE;
/* SHA-1 hashes of the anchors' SubjectPublicKeyInfo, 20 octets each, at most `max` octets in all:
 * the body of a CERTREQ (RFC 7296, section 3.7). */
hf_status hf_trust_key_hashes(const struct hf_trust *trust, hf_buf *out) HF_MUST_USE;

/* What the peer's certificate must be. */
struct hf_certificate_policy {
    hf_identity identity;   /* must equal a SAN of the same type (or the subject, for a DN) */
    bool allow_common_name; /* compatibility: a CN equal to an FQDN identity counts where there is
                               no dNSName */
    bool allow_any_purpose; /* compatibility: no serverAuth or ikeIntermediate EKU needed */
    hf_wall_clock now;      /* 0: the library reads the clock itself */
};

/* Verifies chain[0] (DER, leaf first, others in any order) up to an anchor, strictly, as a server
 * certificate with the identity of the policy, and yields its public key (caller frees). The fault
 * says what was expected (`offered`) and what the certificate holds (`received`).
 * HF_ERR_CERT_UNTRUSTED, _EXPIRED, _NOT_YET_VALID, _PURPOSE, _WEAK, HF_ERR_PEER_IDENTITY,
 * HF_ERR_MALFORMED. On failure `*out_key` is untouched. */
hf_status hf_certificate_verify(const struct hf_trust *trust, const hf_bytes *chain, size_t count,
                                const struct hf_certificate_policy *policy,
                                struct hf_public_key **out_key,
                                struct hf_fault *out_fault) HF_MUST_USE;

/* True when the certificate (DER) carries this identity exactly. */
bool hf_certificate_has_identity(hf_bytes certificate, const hf_identity *identity,
                                 bool allow_common_name);
/* The subject name as DER, for ID_DER_ASN1_DN. */
hf_status hf_certificate_subject(hf_bytes certificate, hf_identity *out) HF_MUST_USE;
/* The first SAN that can serve as IDi (RFC822, FQDN), else the subject. */
hf_status hf_certificate_default_identity(hf_bytes certificate, hf_identity *out) HF_MUST_USE;

/* What people are shown. Texts are printable ASCII. */
struct hf_certificate_info {
    char subject[HF_FAULT_TEXT_MAX];
    char issuer[HF_FAULT_TEXT_MAX];
    char names[HF_FAULT_TEXT_MAX]; /* SANs, ", " between */
    hf_wall_clock not_before, not_after;
    bool is_ca;
};
hf_status hf_certificate_describe(hf_bytes certificate,
                                  struct hf_certificate_info *out) HF_MUST_USE;

/* "C=CH, O=Example, CN=gw" (RFC 4514 order not assumed: as written) to a DN identity, and back to
 * text. */
hf_status hf_name_parse(hf_bytes text, hf_identity *out) HF_MUST_USE;
void hf_identity_format(const hf_identity *identity, char text[HF_FAULT_TEXT_MAX]);

#endif
