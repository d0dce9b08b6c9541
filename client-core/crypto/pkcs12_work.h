/* How much work a PKCS#12 file asks for before it opens: for pkcs12.c alone. Its author chooses how
 * often a passphrase is hashed, and could choose hours. */
#ifndef HF_CRYPTO_PKCS12_WORK_H
#define HF_CRYPTO_PKCS12_WORK_H

#include "base/status.h"

#include <openssl/pkcs12.h>

/* What each derivation of a key may take; OpenSSL and Windows write 2000, careful people 600 000.
 */
#define HF_PKCS12_ITERATIONS_MAX 2000000
/* And all of them together: a file has a code, certificates and a key. */
#define HF_PKCS12_WORK_MAX       (3 * HF_PKCS12_ITERATIONS_MAX)

/* Looks at what can be seen without a passphrase.
 * HF_ERR_TOO_LARGE: more work than the maximum. HF_ERR_MALFORMED: safes that cannot be read. */
hf_status hf_pkcs12_work_check(PKCS12 *file) HF_MUST_USE;
/* Looks into the encrypted safes as well; NULL: without a passphrase. A safe that does not open is
 * passed over: opening the file will say why. */
hf_status hf_pkcs12_work_check_inside(PKCS12 *file, const char *passphrase) HF_MUST_USE;

#endif
