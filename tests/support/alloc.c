/* Allocations that fail on purpose: see alloc.h. */
#include "support/alloc.h"

#include "support/hex.h"

#include <stdlib.h>

static bool armed, failed;
static size_t left;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static bool is_refused(void)
{
    if (!armed || left-- != 0)
        return false;
    armed = false;
    failed = true;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return is_refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_refused() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return is_refused() ? NULL : __real_realloc(old, size);
}

void test_alloc_fail_at(size_t n)
{
    left = n;
    failed = false;
    armed = true;
}

bool test_alloc_stop(void)
{
    armed = false;
    return failed;
}

size_t test_alloc_each(bool (*attempt)(void *context), void *context)
{
    size_t reported = 0;

    for (size_t n = 0;; n++) {
        bool succeeded;

        test_alloc_fail_at(n);
        succeeded = attempt(context);
        if (!test_alloc_stop()) {
            if (!succeeded)
                test_die("the attempt fails with all the memory it wants");
            return reported;
        }
        reported += !succeeded;
    }
}
