/* The part of Criterion that our tests use, for hosts without it: see test.h. Here too, each test
 * has a process of its own. */
#ifndef HF_TESTS_SUPPORT_RUNNER_H
#define HF_TESTS_SUPPORT_RUNNER_H

#include "support/printf.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct test_case {
    const char *suite, *name;
    void (*run)(void);
    void (*init)(void);
    int signal;
    bool disabled;
    bool is_last; /* ends the initializer that Test() makes */
    struct test_case *next;
};

/* What each test of a suite has in common; `fini` runs unless the test ended by a signal. */
struct test_suite {
    const char *name;
    void (*init)(void);
    void (*fini)(void);
    struct test_suite *next;
};

void test_register(struct test_case *test);
void test_suite_register(struct test_suite *suite);
/* Records a failure unless `good`; a fatal one ends the test. `message` is a format or NULL. */
void test_check(bool good, bool is_fatal, const char *text, const char *file, int line,
                const char *message, ...);
_Noreturn void test_skip(const char *format, ...) TEST_PRINTF(1, 2);

#define Test(...) TEST_DEFINE(__VA_ARGS__, .is_last = false)
#define TEST_DEFINE(suite_, name_, ...)                                                            \
    static void suite_##_##name_##_run(void);                                                      \
    static struct test_case suite_##_##name_##_case = {                                            \
        .suite = #suite_, .name = #name_, .run = suite_##_##name_##_run, __VA_ARGS__               \
    };                                                                                             \
    __attribute__((constructor)) static void suite_##_##name_##_register(void)                     \
    {                                                                                              \
        test_register(&suite_##_##name_##_case);                                                   \
    }                                                                                              \
    static void suite_##_##name_##_run(void)

#define TestSuite(name_, ...)                                                                      \
    static struct test_suite name_##_suite = { .name = #name_, __VA_ARGS__ };                      \
    __attribute__((constructor)) static void name_##_suite_register(void)                          \
    {                                                                                              \
        test_suite_register(&name_##_suite);                                                       \
    }                                                                                              \
    struct test_suite /* takes the semicolon */

/* What follows the operands is the message, and always a 0 that ends it or stands for none. */
#define TEST_1(fatal, text, a, ...)   test_check((a), fatal, text, __FILE__, __LINE__, __VA_ARGS__)
#define TEST_NOT(fatal, text, a, ...) test_check(!(a), fatal, text, __FILE__, __LINE__, __VA_ARGS__)
#define TEST_OP(fatal, op, text, a, b, ...)                                                        \
    test_check((a)op(b), fatal, text, __FILE__, __LINE__, __VA_ARGS__)
#define TEST_STR(fatal, op, text, a, b, ...)                                                       \
    test_check(strcmp((a), (b)) op 0, fatal, text, __FILE__, __LINE__, __VA_ARGS__)
#define TEST_ARR(fatal, op, text, a, b, size, ...)                                                 \
    test_check(memcmp((a), (b), (size)) op 0, fatal, text, __FILE__, __LINE__, __VA_ARGS__)

#define cr_skip_test(...)       test_skip(__VA_ARGS__)
#define cr_assert_fail(...)     test_check(false, true, "" #__VA_ARGS__, __FILE__, __LINE__, NULL)
#define cr_assert(...)          TEST_1(true, #__VA_ARGS__, __VA_ARGS__, 0)
#define cr_assert_not(...)      TEST_NOT(true, #__VA_ARGS__, __VA_ARGS__, 0)
#define cr_assert_eq(...)       TEST_OP(true, ==, #__VA_ARGS__, __VA_ARGS__, 0)
#define cr_assert_neq(...)      TEST_OP(true, !=, #__VA_ARGS__, __VA_ARGS__, 0)
#define cr_assert_lt(...)       TEST_OP(true, <, #__VA_ARGS__, __VA_ARGS__, 0)
#define cr_assert_leq(...)      TEST_OP(true, <=, #__VA_ARGS__, __VA_ARGS__, 0)
#define cr_assert_gt(...)       TEST_OP(true, >, #__VA_ARGS__, __VA_ARGS__, 0)
#define cr_assert_geq(...)      TEST_OP(true, >=, #__VA_ARGS__, __VA_ARGS__, 0)
#define cr_assert_null(...)     TEST_NOT(true, #__VA_ARGS__, __VA_ARGS__, 0)
#define cr_assert_not_null(...) TEST_1(true, #__VA_ARGS__, __VA_ARGS__, 0)
#define cr_assert_str_eq(...)   TEST_STR(true, ==, #__VA_ARGS__, __VA_ARGS__, 0)
#define cr_assert_str_neq(...)  TEST_STR(true, !=, #__VA_ARGS__, __VA_ARGS__, 0)
#define cr_assert_arr_eq(...)   TEST_ARR(true, ==, #__VA_ARGS__, __VA_ARGS__, 0)
#define cr_assert_arr_neq(...)  TEST_ARR(true, !=, #__VA_ARGS__, __VA_ARGS__, 0)
#define cr_expect_fail(...)     test_check(false, false, "" #__VA_ARGS__, __FILE__, __LINE__, NULL)
#define cr_expect(...)          TEST_1(false, #__VA_ARGS__, __VA_ARGS__, 0)
#define cr_expect_not(...)      TEST_NOT(false, #__VA_ARGS__, __VA_ARGS__, 0)
#define cr_expect_eq(...)       TEST_OP(false, ==, #__VA_ARGS__, __VA_ARGS__, 0)
#define cr_expect_neq(...)      TEST_OP(false, !=, #__VA_ARGS__, __VA_ARGS__, 0)
#define cr_expect_lt(...)       TEST_OP(false, <, #__VA_ARGS__, __VA_ARGS__, 0)
#define cr_expect_leq(...)      TEST_OP(false, <=, #__VA_ARGS__, __VA_ARGS__, 0)
#define cr_expect_gt(...)       TEST_OP(false, >, #__VA_ARGS__, __VA_ARGS__, 0)
#define cr_expect_geq(...)      TEST_OP(false, >=, #__VA_ARGS__, __VA_ARGS__, 0)
#define cr_expect_null(...)     TEST_NOT(false, #__VA_ARGS__, __VA_ARGS__, 0)
#define cr_expect_not_null(...) TEST_1(false, #__VA_ARGS__, __VA_ARGS__, 0)
#define cr_expect_str_eq(...)   TEST_STR(false, ==, #__VA_ARGS__, __VA_ARGS__, 0)
#define cr_expect_str_neq(...)  TEST_STR(false, !=, #__VA_ARGS__, __VA_ARGS__, 0)
#define cr_expect_arr_eq(...)   TEST_ARR(false, ==, #__VA_ARGS__, __VA_ARGS__, 0)
#define cr_expect_arr_neq(...)  TEST_ARR(false, !=, #__VA_ARGS__, __VA_ARGS__, 0)

#endif
