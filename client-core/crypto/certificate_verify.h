/* Verification on decoded certificates, one code for IKE and TLS: for crypto/ alone. */
#ifndef HF_CRYPTO_CERTIFICATE_VERIFY_H
#define HF_CRYPTO_CERTIFICATE_VERIFY_H

#include "crypto/certificate.h"

#include <openssl/x509.h>

/* hf_certificate_verify for a leaf and what came with it (`others` may be NULL or hold the leaf
 * again). `any_identity`: the policy's identity does not count; chain and purpose do. */
hf_status hf_certificate_verify_decoded(const struct hf_trust *trust, X509 *leaf,
                                        STACK_OF(X509) * others,
                                        const struct hf_certificate_policy *policy,
                                        bool any_identity, struct hf_public_key **out_key,
                                        struct hf_fault *out_fault) HF_MUST_USE;

/* May this verified chain (leaf first) belong to a VPN or TLS server? HF_ERR_CERT_PURPOSE: no, and
 * the fault's two texts say why. In certificate_purpose.c. */
hf_status hf_certificate_purpose_check(STACK_OF(X509) * chain, bool allow_any_purpose,
                                       struct hf_fault *out_fault) HF_MUST_USE;

#endif
