/* Unit tests are written with Criterion: Test(suite, name) { cr_expect_eq(…); }. Where Criterion is
 * not (Windows), runner.h offers the part of it that our tests use:
 *   Test(suite, name, .init = f, .signal = SIGABRT, .disabled = true)
 *   TestSuite(suite, .init = f, .fini = g): for each test of the suite
 *   cr_assert, cr_assert_not,
 * cr_assert_{eq,neq,lt,leq,gt,geq,null,not_null,str_eq,str_neq,arr_eq,arr_neq}, cr_assert_fail,
 *   each as cr_expect_… too, all with an optional message; cr_skip_test("why").
 * `.fini` is taken: it fails a test that leaks (address sanitizer). A test clears up by itself. */
#ifndef HF_TESTS_SUPPORT_TEST_H
#define HF_TESTS_SUPPORT_TEST_H

#ifdef HF_TEST_CRITERION
#include <criterion/criterion.h>

/* Criterion passes a test whose process the leak sanitizer ends with an error, so the test asks
 * itself. */
void test_expect_no_leaks(void);

#undef Test
#define Test(...) CR_EXPAND(CR_TEST_BASE(__VA_ARGS__, .fini = test_expect_no_leaks, .sentinel_ = 0))
#else
#include "support/runner.h"
#endif

#endif
