/* A library context of its own with OpenSSL's legacy provider: for what old files are protected
 * with (RC2 with 40 bits, RC4, DES), never for what is sent. For crypto/ alone, but for
 * hf_legacy_load, which is in credential.h. */
#ifndef HF_CRYPTO_LEGACY_H
#define HF_CRYPTO_LEGACY_H

#include <openssl/types.h>

/* Borrowed; lives as long as the process. NULL, which is the default context, where there is no
 * such provider. Loads it if nobody has: a process that is confined has called hf_legacy_load. */
OSSL_LIB_CTX *hf_legacy_context(void);

#endif
