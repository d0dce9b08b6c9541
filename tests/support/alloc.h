/* Allocations that fail on purpose: malloc, calloc and realloc of everything linked statically into
 * the test program (the linker's --wrap).
 *
 *   for (size_t n = 0; test_alloc_fail_at(n); n++) {
 *       cr_expect_eq(hf_thing_new(&thing), HF_ERR_NO_MEMORY);
 *   }
 *   cr_expect_eq(hf_thing_new(&thing), HF_OK);
 *
 * is written with test_alloc_each(): see there. */
#ifndef HF_TESTS_SUPPORT_ALLOC_H
#define HF_TESTS_SUPPORT_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* Fails allocation `n` from now on (0 is the next), once. */
void test_alloc_fail_at(size_t n);
/* Ends that; true when the allocation was reached and failed. */
bool test_alloc_stop(void);

/* Calls `attempt` again and again, each time with the next allocation failing, until a call gets by
 * without reaching it. `attempt` returns whether it succeeded and undoes what it did. Returns how
 * many calls met a failed allocation and reported it; ends the program when one that met it claims
 * success all the same, or when the last one fails. */
size_t test_alloc_each(bool (*attempt)(void *context), void *context);

/* OpenSSL's allocations as well, from its first one on: call it before anything else does. False
 * when it is too late. */
bool test_alloc_cover_openssl(void);

#endif
