/* Kinds of keys, ways to sign, and a private key that lives in another process. RFC 7296, section
 * 3.8; RFC 7427. */
#ifndef HF_BASE_SIGNER_H
#define HF_BASE_SIGNER_H

#include "base/status.h"

enum hf_key_type {
    HF_KEY_RSA,
    HF_KEY_ECDSA_P256,
    HF_KEY_ECDSA_P384,
    HF_KEY_ECDSA_P521,
    HF_KEY_ED25519,
    HF_KEY_TYPE_COUNT
};

/* One way to sign: what RFC 7427 identifies by an AlgorithmIdentifier. */
enum hf_signature_scheme {
    HF_SIG_RSA_PSS_SHA2_256,
    HF_SIG_RSA_PSS_SHA2_384,
    HF_SIG_RSA_PSS_SHA2_512,
    HF_SIG_RSA_PKCS1_SHA2_256,
    HF_SIG_RSA_PKCS1_SHA2_384,
    HF_SIG_RSA_PKCS1_SHA2_512,
    HF_SIG_ECDSA_SHA2_256,
    HF_SIG_ECDSA_SHA2_384,
    HF_SIG_ECDSA_SHA2_512,
    HF_SIG_ED25519,
    HF_SIG_COUNT
};

#define HF_SIGNATURE_MAX 1024 /* RSA-8192 */
#define HF_DIGEST_MAX    64

/* A key in a token: the one callback out of the core. It may block up to a deadline of its own and
 * may not call back into the core. */
struct hf_remote_signer {
    enum hf_key_type key_type;
    void *context;
    /* Signs the digest that the scheme's hash made; an ECDSA signature is r | s (RFC 4754, section
     * 7), each as long as the order of the curve. Appends to `out`. HF_ERR_TOKEN_MISSING,
     * HF_ERR_CREDENTIAL_INVALID: refused. */
    hf_status (*sign)(void *context, enum hf_signature_scheme scheme, hf_bytes digest, hf_buf *out);
};

#endif
