/* One test for each way in which a test can end: test_runner.py compares what the runner says. */
#include "support/test.h"

#include <signal.h>
#include <stdlib.h>

static int left_behind;

Test(cases, passes)
{
    cr_expect_eq(left_behind++, 0);
}

Test(cases, finds_nothing_left_behind)
{
    cr_expect_eq(left_behind++, 0);
}

Test(cases, fails_and_goes_on)
{
    cr_expect_eq(1 + 1, 3, "sum of %d", 1);
    cr_expect(0 > 1);
}

Test(cases, fails_and_stops)
{
    cr_assert_str_eq("a", "b");
    abort();
}

Test(cases, skips)
{
    cr_skip_test("for %s", "a reason");
}

Test(cases, is_disabled, .disabled = true)
{
    abort();
}

Test(cases, aborts_as_it_says, .signal = SIGABRT)
{
    abort();
}

Test(cases, aborts)
{
    abort();
}

Test(cases, does_not_abort, .signal = SIGABRT)
{
}

Test(cases, exits)
{
    exit(99);
}

static int made;

static void make(void)
{
    made = 1;
}

static void clear_up(void)
{
    cr_expect_neq(made, 2);
}

TestSuite(common, .init = make, .fini = clear_up);

Test(common, has_what_its_suite_makes)
{
    cr_assert_eq(made, 1);
}

Test(common, fails_when_it_is_cleared_up)
{
    made = 2;
}
