/* Distinguished names as text: for crypto/ alone; hf_name_parse and hf_identity_format are in
 * certificate.h. */
#ifndef HF_CRYPTO_NAME_H
#define HF_CRYPTO_NAME_H

#include "base/identity.h"
#include "base/status.h"
#include "crypto/text.h"

#include <openssl/x509.h>

/* "C=CH, O=Example, CN=gw", in the order of the certificate. */
void hf_name_add_text(hf_writer *text, const X509_NAME *name);
/* HF_ERR_TOO_LARGE: longer than an identity may be. */
hf_status hf_name_to_identity(const X509_NAME *name, hf_identity *out) HF_MUST_USE;

#endif
