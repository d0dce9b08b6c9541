/* Tests of randomness as an argument (base/env.h). */
#include "support/env.h"
#include "base/time.h"
#include "support/test.h"

Test(env, random_comes_from_the_environment)
{
    struct test_env a, b;
    uint8_t one[32], two[32];

    test_env_init(&a, 7);
    test_env_init(&b, 7);
    cr_assert(hf_env_random(&a.env, one, sizeof one));
    cr_assert(hf_env_random(&b.env, two, 10));
    cr_assert(hf_env_random(&b.env, two + 10, sizeof two - 10));
    cr_expect_arr_eq(one, two, sizeof one, "one seed, one stream");
    test_env_init(&b, 8);
    cr_assert(hf_env_random(&b.env, two, sizeof two));
    cr_expect_arr_neq(one, two, sizeof one);
}

Test(env, failing_randomness_is_reported)
{
    struct test_env env;
    uint8_t out[4] = { 1, 2, 3, 4 };

    test_env_init(&env, 1);
    env.fails = true;
    cr_expect_not(hf_env_random(&env.env, out, sizeof out));
}

Test(env, jitter_stays_within_an_eighth_and_is_not_constant)
{
    struct test_env env;
    hf_duration d = HF_SECONDS(8), least = HF_NEVER, most = 0;

    test_env_init(&env, 1);
    for (size_t i = 0; i < 1000; i++) {
        hf_duration got = hf_env_jitter(&env.env, d);

        cr_assert_geq(got, HF_SECONDS(7));
        cr_assert_leq(got, HF_SECONDS(9));
        least = got < least ? got : least;
        most = got > most ? got : most;
    }
    cr_expect_lt(least, HF_MILLIS(7100));
    cr_expect_gt(most, HF_MILLIS(8900));
}

Test(env, jitter_of_little_or_without_randomness_is_the_duration_itself)
{
    struct test_env env;

    test_env_init(&env, 1);
    for (hf_duration d = 0; d < 8; d++)
        cr_expect_eq(hf_env_jitter(&env.env, d), d);
    env.fails = true;
    cr_expect_eq(hf_env_jitter(&env.env, HF_SECONDS(8)), HF_SECONDS(8));
}

Test(env, time_arithmetic_never_wraps)
{
    cr_expect_eq(hf_time_add(HF_NEVER, 5), HF_NEVER);
    cr_expect_eq(hf_time_add(HF_NEVER - 3, 5), HF_NEVER);
    cr_expect_eq(hf_time_add(3, 5), 8);
    cr_expect_eq(hf_time_since(3, 5), 0);
    cr_expect_eq(hf_time_since(5, 3), 2);
    cr_expect_eq(hf_time_min(HF_NEVER, 4), 4);
    cr_expect_not(hf_time_due(HF_NEVER, HF_NEVER));
    cr_expect(hf_time_due(5, 5));
    cr_expect_not(hf_time_due(6, 5));
}
