/* The leak check of each Criterion test: see test.h. */
#include "support/test.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_LEAK_CHECK 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define HAS_LEAK_CHECK 1
#endif

#ifdef HAS_LEAK_CHECK
#include <sanitizer/lsan_interface.h>
#include <stdlib.h>

/* Criterion counts no assertion that fails after the test; a crash there it reports by the exit
 * status. */
void test_expect_no_leaks(void)
{
    if (__lsan_do_recoverable_leak_check() != 0)
        abort();
}
#else
void test_expect_no_leaks(void)
{
}
#endif
