/* The ECDSA signatures of auth methods 9, 10 and 11: r | s of fixed length instead of DER, over the
 * curve and with the hash that the method fixes. RFC 4754, section 7. For crypto/ alone. */
#ifndef HF_CRYPTO_ECDSA_RAW_H
#define HF_CRYPTO_ECDSA_RAW_H

#include "crypto/signature.h"

struct hf_ecdsa_method {
    uint8_t number; /* Auth Method of the AUTH payload */
    enum hf_key_type key;
    enum hf_signature_scheme scheme;
    size_t half; /* octets of r, and of s */
};

/* NULL for another number, or a key that has no such method. */
const struct hf_ecdsa_method *hf_ecdsa_raw_method(uint8_t number);
const struct hf_ecdsa_method *hf_ecdsa_raw_method_of_key(enum hf_key_type key);

/* DER to r | s, appended to `out`. HF_ERR_CREDENTIAL_INVALID: not a signature of this size. */
hf_status hf_ecdsa_raw_encode(hf_bytes der, size_t half, hf_buf *out) HF_MUST_USE;
/* r | s, 2 * `half` octets exactly, to DER. HF_ERR_MALFORMED: another length. */
hf_status hf_ecdsa_raw_decode(hf_bytes raw, size_t half, hf_buf *out_der) HF_MUST_USE;

#endif
