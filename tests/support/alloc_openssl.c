/* OpenSSL's allocations under the control of alloc.h. A file of its own, so that only programs that
 * ask for it need libcrypto. */
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

static bool covered;

/* Before main(): Criterion itself uses a library that uses OpenSSL. */
__attribute__((constructor)) static void cover(void)
{
    covered = CRYPTO_set_mem_functions(allocate, reallocate, release) == 1;
}

bool test_alloc_covers_openssl(void)
{
    return covered;
}
