/* Randomness from OpenSSL's private DRBG: see random.h. */
#include "crypto/random.h"

#include <openssl/rand.h>

bool hf_random_from_library(void *context, uint8_t *out, size_t len)
{
    (void)context;
    return len == 0 || RAND_priv_bytes_ex(NULL, out, len, 0) == 1;
}
