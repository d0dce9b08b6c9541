/* OpenSSL's allocations under the control of alloc.h. A file of its own, so that only programs
 * that call it need libcrypto. */
#include "support/alloc.h"

#include <openssl/crypto.h>
#include <stdlib.h>

static void *allocate(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return malloc(size);
}

static void *reallocate(void *old, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return realloc(old, size);
}

static void release(void *old, const char *file, int line)
{
    (void)file;
    (void)line;
    free(old);
}

bool test_alloc_cover_openssl(void)
{
    return CRYPTO_set_mem_functions(allocate, reallocate, release) == 1;
}
