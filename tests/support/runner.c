/* Runs the tests of a program one after the other and prints TAP: see runner.h. With an argument,
 * only tests whose "suite::name" contains it. Each test has a process of its own, which is this
 * program again, with the test's number. */
#include "support/runner.h"

#include "support/runner_process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#define CASE_ARGUMENT "--case="

/* The exit statuses of a test's process; one that was skipped has said so itself. */
enum outcome { PASSED = 0, FAILED = 1, SKIPPED = 77 };

static struct test_case *first, **end = &first;
static struct test_suite *suites;
static jmp_buf leave;
static enum outcome outcome;
static char reason[256];

void test_register(struct test_case *test)
{
    *end = test;
    end = &test->next;
}

void test_suite_register(struct test_suite *suite)
{
    suite->next = suites;
    suites = suite;
}

void test_check(bool good, bool is_fatal, const char *text, const char *file, int line,
                const char *message, ...)
{
    va_list arguments;

    if (good)
        return;
    printf("# %s:%d: %s", file, line, text);
    if (message != NULL) {
        va_start(arguments, message);
        printf(": ");
#pragma GCC diagnostic push /* the calls cannot be checked: a 0 too many follows their arguments   \
                             */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        (void)vprintf(message, arguments);
#pragma GCC diagnostic pop
        va_end(arguments);
    }
    printf("\n");
    outcome = FAILED;
    if (is_fatal)
        longjmp(leave, 1);
}

_Noreturn void test_skip(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    if (outcome == PASSED)
        outcome = SKIPPED;
    longjmp(leave, 1);
}

static void print_name(const struct test_case *test, int number, bool good)
{
    printf("%s %d - %s::%s", good ? "ok" : "not ok", number, test->suite, test->name);
}

static const struct test_suite *suite_of(const struct test_case *test)
{
    const struct test_suite *suite = suites;

    while (suite != NULL && strcmp(suite->name, test->suite) != 0)
        suite = suite->next;
    return suite;
}

static void run(const struct test_case *test, const struct test_suite *suite)
{
    if (setjmp(leave) != 0)
        return;
    if (test->disabled)
        test_skip("disabled");
    if (suite != NULL && suite->init != NULL)
        suite->init();
    if (test->init != NULL)
        test->init();
    test->run();
}

static void clear_up(const struct test_case *test, const struct test_suite *suite)
{
    if (suite != NULL && suite->fini != NULL && !test->disabled && setjmp(leave) == 0)
        suite->fini();
}

/* In the test's own process. */
static enum outcome run_here(int wanted)
{
    const struct test_case *test = first;

    for (int number = 1; number < wanted && test != NULL; number++)
        test = test->next;
    if (test == NULL)
        return FAILED;
    run(test, suite_of(test));
    clear_up(test, suite_of(test));
    if (outcome == SKIPPED) {
        print_name(test, wanted, true);
        printf(" # SKIP %s\n", reason);
    }
    (void)fflush(stdout);
    return outcome;
}

/* What became of that process; prints what it has not said itself. */
static enum outcome run_apart(const char *program, const struct test_case *test, int number)
{
    char argument[32];
    struct test_end last;
    bool good;

    (void)snprintf(argument, sizeof argument, CASE_ARGUMENT "%d", number);
    last = test_process_run(program, argument);
    if (!last.by_signal && last.number == SKIPPED)
        return SKIPPED;
    good = last.by_signal == (test->signal != 0) && last.number == test->signal;
    if (!good)
        printf("# ended by %s %d\n", last.by_signal ? "signal" : "exit status", last.number);
    print_name(test, number, good);
    printf("\n");
    (void)fflush(stdout);
    return good ? PASSED : FAILED;
}

static bool is_wanted(const struct test_case *test, const char *filter)
{
    char name[256];

    (void)snprintf(name, sizeof name, "%s::%s", test->suite, test->name);
    return filter == NULL || strstr(name, filter) != NULL;
}

int main(int argc, char **argv)
{
    const char *filter = argc > 1 ? argv[1] : NULL;
    int number = 0, count = 0, failed = 0;

    if (filter != NULL && strncmp(filter, CASE_ARGUMENT, strlen(CASE_ARGUMENT)) == 0)
        return (int)run_here(atoi(filter + strlen(CASE_ARGUMENT)));
    for (const struct test_case *test = first; test != NULL; test = test->next) {
        number++;
        if (!is_wanted(test, filter))
            continue;
        count++;
        failed += run_apart(argv[0], test, number) == FAILED;
    }
    printf("1..%d\n", count);
    return failed == 0 && count > 0 ? 0 : 1;
}
