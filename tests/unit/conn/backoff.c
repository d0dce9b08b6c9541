/* Tests of the wait between attempts (conn/backoff.h). */
#include "conn/backoff.h"
#include "support/env.h"
#include "support/test.h"

Test(backoff, is_nothing_after_a_tunnel_that_lived)
{
    struct test_env env;
    struct hf_backoff backoff = { .failures = 9 };

    test_env_init(&env, 1);
    cr_expect_eq(hf_backoff_next(&backoff, &env.env, HF_BACKOFF_STABLE), 0);
    cr_expect_eq(backoff.failures, 1);
}

Test(backoff, begins_with_a_second_when_there_was_no_tunnel)
{
    struct test_env env;
    struct hf_backoff backoff = { 0 };
    hf_duration wait;

    test_env_init(&env, 1);
    wait = hf_backoff_next(&backoff, &env.env, 0);
    cr_expect_geq(wait, HF_MILLIS(875));
    cr_expect_leq(wait, HF_MILLIS(1125));
}

Test(backoff, stays_at_its_end_however_often_it_fails)
{
    struct test_env env;
    struct hf_backoff backoff = { .failures = UINT32_MAX };

    test_env_init(&env, 1);
    env.fails = true; /* then there is no jitter */
    cr_expect_eq(hf_backoff_next(&backoff, &env.env, 0), HF_BACKOFF_LAST);
    cr_expect_eq(hf_backoff_next(&backoff, &env.env, 1), HF_BACKOFF_LAST);
}

Test(backoff, two_clients_do_not_wait_alike)
{
    struct test_env a, b;
    struct hf_backoff one = { .failures = 5 }, other = { .failures = 5 };

    test_env_init(&a, 1);
    test_env_init(&b, 2);
    cr_expect_neq(hf_backoff_next(&one, &a.env, 0), hf_backoff_next(&other, &b.env, 0));
}
