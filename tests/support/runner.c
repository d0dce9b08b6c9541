/* Runs the tests of a program one after the other and prints TAP: see runner.h. With an argument,
 * only tests whose "suite::name" contains it. */
#include "support/runner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

enum outcome { PASSED, FAILED, SKIPPED };

static struct test_case *first, **end = &first;
static jmp_buf leave;
static enum outcome outcome;
static char reason[256];

void test_register(struct test_case *test)
{
    *end = test;
    end = &test->next;
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
        (void)vprintf(message, arguments);
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

static void run(const struct test_case *test)
{
    outcome = PASSED;
    if (setjmp(leave) != 0)
        return;
    if (test->disabled || test->signal != 0)
        test_skip(test->disabled ? "disabled" : "needs a process of its own");
    if (test->init != NULL)
        test->init();
    test->run();
}

static bool is_wanted(const struct test_case *test, const char *filter)
{
    char name[256];

    (void)snprintf(name, sizeof name, "%s::%s", test->suite, test->name);
    return filter == NULL || strstr(name, filter) != NULL;
}

int main(int argc, char **argv)
{
    const char *filter = argc > 1 && argv[1][0] != '-' ? argv[1] : NULL;
    int count = 0, failed = 0;

    for (const struct test_case *test = first; test != NULL; test = test->next) {
        if (!is_wanted(test, filter))
            continue;
        run(test);
        count++;
        failed += outcome == FAILED;
        printf("%s %d - %s::%s", outcome == FAILED ? "not ok" : "ok", count, test->suite,
               test->name);
        printf(outcome == SKIPPED ? " # SKIP %s\n" : "\n", reason);
        (void)fflush(stdout);
    }
    printf("1..%d\n", count);
    return failed == 0 && count > 0 ? 0 : 1;
}
