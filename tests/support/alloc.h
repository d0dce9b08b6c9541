/* Allocations that fail on purpose: malloc, calloc and realloc of everything linked statically into
 * the test program (the linker's --wrap).
 *
 *   test_alloc_fail_at(0);
 *   cr_expect_eq(hf_thing_new(&thing), HF_ERR_NO_MEMORY);
 *   cr_expect(test_alloc_stop());
 *
 * or, for each of them in turn, test_alloc_each(). */
#ifndef HF_TESTS_SUPPORT_ALLOC_H
#define HF_TESTS_SUPPORT_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* Fails allocation `n` from now on (0 is the next), once. */
void test_alloc_fail_at(size_t n);
/* Ends that; true when the allocation was reached and failed. */
bool test_alloc_stop(void);

/* Calls `attempt` again and again, each time with the next allocation failing, until a call gets by
 * without reaching it. `attempt` returns whether it succeeded, checks that a success is one (a
 * library may do without a cache), and undoes what it did. Returns how many calls reported failure;
 * ends the program when the last one does, with all the memory it wants. */
size_t test_alloc_each(bool (*attempt)(void *context), void *context);

/* True: OpenSSL's allocations are among them. A program that asks gets it so. */
bool test_alloc_covers_openssl(void);

#endif
