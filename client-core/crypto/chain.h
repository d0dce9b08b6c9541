/* Putting certificates in the order leaf, issuer, issuer of that: for crypto/ alone. Nothing is
 * verified here; these are our own certificates. */
#ifndef HF_CRYPTO_CHAIN_H
#define HF_CRYPTO_CHAIN_H

#include "base/status.h"

#include <openssl/x509.h>

bool hf_chain_is_self_issued(X509 *certificate);
/* The chain of the certificate that belongs to `key`, taken from `certificates`; none twice, at
 * most HF_CHAIN_MAX + 1. The caller frees it with hf_certificate_list_free.
 * HF_ERR_CREDENTIAL_INVALID: the key belongs to none of them. */
hf_status hf_chain_of_key(EVP_PKEY *key, STACK_OF(X509) * certificates,
                          STACK_OF(X509) * *out) HF_MUST_USE;

#endif
