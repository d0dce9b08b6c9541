/* Certificates in and out of their encodings: for crypto/ alone. */
#ifndef HF_CRYPTO_CERTIFICATE_LIST_H
#define HF_CRYPTO_CERTIFICATE_LIST_H

#include "base/status.h"

#include <openssl/x509.h>

/* One certificate in DER and nothing behind it; the caller frees it.
 * HF_ERR_TOO_LARGE: over HF_CERTIFICATE_MAX. HF_ERR_MALFORMED: not a certificate, or with
 * extensions that cannot be read. */
hf_status hf_certificate_list_decode_one(hf_bytes der, X509 **out) HF_MUST_USE;
/* Every certificate of a PEM text (other blocks, and blocks that cannot be read, are passed over)
 * or the one of a DER file, appended to `list`. HF_ERR_CREDENTIAL_INVALID: none could be read.
 * HF_ERR_TOO_LARGE: the list would grow over `max`, or the text is over 4 MiB. */
hf_status hf_certificate_list_decode(hf_bytes encoded, size_t max,
                                     STACK_OF(X509) * list) HF_MUST_USE;
hf_status hf_certificate_list_encode_der(X509 *certificate, hf_buf *out) HF_MUST_USE;
hf_status hf_certificate_list_encode_pem(X509 *certificate, hf_buf *out) HF_MUST_USE;
void hf_certificate_list_free(STACK_OF(X509) * list);
/* Adds a certificate and takes a reference of its own. */
bool hf_certificate_list_add(STACK_OF(X509) * list, X509 *certificate) HF_MUST_USE;

#endif
