/* How our TLS client is set up: for tls.c alone. */
#ifndef HF_CRYPTO_TLS_CONTEXT_H
#define HF_CRYPTO_TLS_CONTEXT_H

#include "crypto/tls.h"

#include <openssl/ssl.h>

/* "TLS 1.2, TLS 1.3": what the configuration offers. */
void hf_tls_context_describe(const struct hf_tls_config *config, char text[HF_FAULT_TEXT_MAX]);
hf_status hf_tls_context_new(const struct hf_tls_config *config, SSL_CTX **out) HF_MUST_USE;

#endif
