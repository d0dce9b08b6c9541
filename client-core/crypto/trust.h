/* The anchors behind `struct hf_trust`: for crypto/ alone. */
#ifndef HF_CRYPTO_TRUST_H
#define HF_CRYPTO_TRUST_H

#include "crypto/certificate.h"

#include <openssl/x509.h>

#define HF_TRUST_MAX 1024

struct hf_trust {
    STACK_OF(X509) * anchors; /* owned; none twice */
};

#endif
