/* An IKE identity as a value: what is sent in IDi and IDr and matched against certificates.
 * RFC 7296, section 3.5. The wire codec is ike/identity.h, matching against a certificate
 * crypto/identity_match.h. */
#ifndef HF_BASE_IDENTITY_H
#define HF_BASE_IDENTITY_H

#include "base/address.h"

/* The numbers of RFC 7296, section 3.5. */
enum hf_identity_type {
    HF_ID_NONE = 0,
    HF_ID_IPV4_ADDR = 1,
    HF_ID_FQDN = 2,
    HF_ID_RFC822_ADDR = 3,
    HF_ID_IPV6_ADDR = 5,
    HF_ID_DER_ASN1_DN = 9,
    HF_ID_KEY_ID = 11,
};

#define HF_IDENTITY_MAX 512

typedef struct hf_identity {
    enum hf_identity_type type;
    size_t len;
    uint8_t data[HF_IDENTITY_MAX]; /* as on the wire: octets of an address, text without NUL, DER of
                                      a name */
} hf_identity;

hf_bytes hf_identity_bytes(const hf_identity *identity);
/* False when `value` is longer than HF_IDENTITY_MAX or has the wrong length for its type. */
bool hf_identity_make(enum hf_identity_type type, hf_bytes value, hf_identity *out) HF_MUST_USE;
/* By shape: an address, then `user@host`, else an FQDN. DNs ("C=…, O=…") are turned into DER by
 * crypto/name.h first. */
bool hf_identity_parse(hf_bytes text, hf_identity *out) HF_MUST_USE;
/* Same type and same value; FQDN and the domain of RFC822 compare without case. */
bool hf_identity_equal(const hf_identity *a, const hf_identity *b);

#endif
