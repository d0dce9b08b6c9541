/* Does a certificate carry an identity? Exactly, by type, with code of our own. RFC 4945, section
 * 3.1; RFC 9525, section 6. For crypto/ alone. */
#ifndef HF_CRYPTO_IDENTITY_MATCH_H
#define HF_CRYPTO_IDENTITY_MATCH_H

#include "base/fault.h"
#include "base/identity.h"
#include "crypto/text.h"

#include <openssl/x509v3.h>

/* `allow_common_name`: see hf_certificate_policy. An identity of type NONE or KEY_ID is in no
 * certificate. */
bool hf_identity_match(X509 *certificate, const hf_identity *identity, bool allow_common_name);
/* The first SAN of type RFC822 or FQDN that hf_identity_match would accept; false when there is
 * none. */
bool hf_identity_match_first(X509 *certificate, hf_identity *out) HF_MUST_USE;
/* "gw.example.com, 192.0.2.1": the SANs, cut where too long; "" when there are none. */
void hf_identity_match_add_names(hf_writer *text, X509 *certificate);

#endif
