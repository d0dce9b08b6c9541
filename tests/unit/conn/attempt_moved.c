/* Tests of asking a lost gateway's name again (conn/attempt_moved.h). */
#include "conn/attempt_moved.h"
#include "support/dns_answer.h"
#include "support/env.h"
#include "support/test.h"

#define START HF_SECONDS(50)

static struct test_env env;
static struct hf_attempt_hints hints;
static struct hf_attempt_moved moved;
static hf_time now;
static const hf_address here = {
    HF_FAMILY_V4, {192, 0, 2, 1}
};
static const hf_address there = {
    HF_FAMILY_V4, {192, 0, 2, 2}
};

static void begin(const char *gateway)
{
    hf_attempt_moved_begin(&moved, gateway, &here, &hints, &env.env, now);
}

static void start(void)
{
    test_env_init(&env, 1);
    now = START;
    hints = (struct hf_attempt_hints){ .resolver_count = 1 };
    hints.resolvers[0] = (hf_endpoint){ here, 53 };
    begin("vpn.example.com");
}

/* Lets the next deadline come, and answers what is then asked; false: nothing is. */
static bool answer(const hf_address *addresses, size_t count)
{
    struct hf_dns_datagram query;
    bool asked = false;

    now = hf_attempt_moved_deadline(&moved);
    hf_attempt_moved_handle_time(&moved, now);
    while (hf_attempt_moved_next_datagram(&moved, &query)) {
        uint8_t storage[512];

        hf_attempt_moved_handle_datagram(
            &moved, &query.to, test_dns_answer(query.bytes, addresses, count, storage), now);
        asked = true;
    }
    return asked;
}

Test(attempt_moved, name_that_leads_elsewhere_says_so_once, .init = start)
{
    hf_address to = { 0 };

    cr_expect_eq(hf_attempt_moved_deadline(&moved), START + HF_ATTEMPT_MOVED_FIRST);
    cr_assert(answer(&there, 1));
    cr_assert(hf_attempt_moved_take(&moved, now, &to));
    cr_expect(hf_address_equal(&to, &there));
    cr_expect_not(hf_attempt_moved_take(&moved, now, &to));
    cr_expect_eq(hf_attempt_moved_deadline(&moved), HF_NEVER);
}

Test(attempt_moved, same_address_is_asked_about_again_and_again, .init = start)
{
    hf_address to;

    for (int i = 0; i < 5; i++) {
        hf_time asked;

        cr_assert(answer(&here, 1));
        asked = now;
        cr_expect_not(hf_attempt_moved_take(&moved, now, &to));
        cr_expect_eq(hf_attempt_moved_deadline(&moved), asked + HF_ATTEMPT_MOVED_AGAIN);
    }
}

Test(attempt_moved, another_address_beside_a_silent_one_is_taken_the_second_time, .init = start)
{
    const hf_address both[] = { here, there };
    hf_address to;

    cr_assert(answer(both, 2));
    cr_expect_not(hf_attempt_moved_take(&moved, now, &to));
    cr_assert(answer(both, 2));
    cr_expect_leq(now, START + HF_SECONDS(6));
    cr_assert(hf_attempt_moved_take(&moved, now, &to));
    cr_expect(hf_address_equal(&to, &there));
}

Test(attempt_moved, no_answer_says_nothing, .init = start)
{
    struct hf_dns_datagram query;
    hf_address to;

    while (now < START + HF_SECONDS(36)) {
        now = hf_attempt_moved_deadline(&moved);
        hf_attempt_moved_handle_time(&moved, now);
        while (hf_attempt_moved_next_datagram(&moved, &query))
            ;
        cr_assert_not(hf_attempt_moved_take(&moved, now, &to));
    }
}

Test(attempt_moved, name_without_an_address_says_nothing, .init = start)
{
    hf_address to;

    cr_assert(answer(NULL, 0));
    cr_expect_not(hf_attempt_moved_take(&moved, now, &to));
    cr_expect_neq(hf_attempt_moved_deadline(&moved), HF_NEVER);
}

Test(attempt_moved, nobody_is_asked_about_a_literal_or_after_the_end, .init = start)
{
    hf_attempt_moved_end(&moved);
    cr_expect_eq(hf_attempt_moved_deadline(&moved), HF_NEVER);
    begin("192.0.2.1");
    cr_expect_eq(hf_attempt_moved_deadline(&moved), HF_NEVER);
    hints.resolver_count = 0;
    begin("vpn.example.com");
    cr_expect_eq(hf_attempt_moved_deadline(&moved), HF_NEVER);
}
