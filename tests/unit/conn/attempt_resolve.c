/* Tests of the order in which addresses are tried (conn/attempt_resolve.h). */
#include "conn/attempt_resolve.h"
#include "support/dns_answer.h"
#include "support/env.h"
#include "support/test.h"

#include <string.h>

#define START HF_SECONDS(50)

static struct test_env env;
static struct hf_profile profile;
static struct hf_attempt_hints hints;
static struct hf_attempt_resolve resolve;
static struct hf_attempt_candidate candidate;

static hf_address address(const char *text)
{
    hf_address out;

    cr_assert(hf_address_parse(hf_bytes_of_string(text), &out));
    return out;
}

static void add_gateway(const char *name)
{
    memcpy(profile.gateways[profile.gateway_count++], name, strlen(name) + 1);
}

static void start(void)
{
    test_env_init(&env, 1);
    hf_profile_init(&profile);
    hints.resolvers[hints.resolver_count++] = (hf_endpoint){ address("10.1.0.1"), 53 };
}

static void begin(void)
{
    hf_attempt_resolve_init(&resolve, &profile, &hints, &env.env);
}

static void expect_next(const char *wanted, const char *gateway)
{
    char text[HF_ADDRESS_TEXT_MAX];

    cr_assert_eq(hf_attempt_resolve_next(&resolve, START, &candidate), HF_ATTEMPT_RESOLVE_FOUND);
    cr_expect_str_eq(hf_address_format(&candidate.address, text), wanted);
    cr_expect_str_eq(candidate.gateway, gateway);
}

static void expect_step(enum hf_attempt_resolve_step step)
{
    cr_assert_eq(hf_attempt_resolve_next(&resolve, START, &candidate), step);
}

/* Answers with these addresses (none: the name has none). */
static void answer(const char *const *addresses, size_t count)
{
    struct hf_dns_datagram query;
    hf_address list[HF_ATTEMPT_ADDRESSES * 2];

    cr_assert_leq(count, HF_ARRAY_LEN(list));
    for (size_t i = 0; i < count; i++)
        list[i] = address(addresses[i]);
    while (hf_attempt_resolve_next_datagram(&resolve, &query)) {
        uint8_t storage[512];

        hf_attempt_resolve_handle_datagram(
            &resolve, &query.to, test_dns_answer(query.bytes, list, count, storage), START);
    }
}

#define ANSWER(...)                                                                                \
    answer((const char *const[]){ __VA_ARGS__ },                                                   \
           HF_ARRAY_LEN(((const char *const[]){ __VA_ARGS__ })))

Test(attempt_resolve, literals_come_in_order_and_cost_no_query, .init = start)
{
    struct hf_dns_datagram query;

    add_gateway("192.0.2.1");
    add_gateway("2001:db8::1");
    begin();
    expect_next("192.0.2.1", "192.0.2.1");
    cr_expect(hf_attempt_resolve_has_more(&resolve));
    expect_next("2001:db8::1", "2001:db8::1");
    cr_expect_not(hf_attempt_resolve_has_more(&resolve));
    expect_step(HF_ATTEMPT_RESOLVE_EXHAUSTED);
    expect_step(HF_ATTEMPT_RESOLVE_EXHAUSTED);
    cr_expect_eq(resolve.fault.status, HF_OK);
    cr_expect_not(hf_attempt_resolve_next_datagram(&resolve, &query));
}

Test(attempt_resolve, name_is_asked_for_and_its_addresses_tried, .init = start)
{
    add_gateway("gw.example.com");
    begin();
    expect_step(HF_ATTEMPT_RESOLVE_ASKING);
    cr_expect_neq(hf_attempt_resolve_deadline(&resolve), HF_NEVER);
    ANSWER("192.0.2.7", "192.0.2.8");
    expect_next("192.0.2.7", "gw.example.com");
    cr_expect(hf_attempt_resolve_has_more(&resolve));
    expect_next("192.0.2.8", "gw.example.com");
    expect_step(HF_ATTEMPT_RESOLVE_EXHAUSTED);
    cr_expect_eq(hf_attempt_resolve_deadline(&resolve), HF_NEVER);
}

Test(attempt_resolve, last_good_address_is_tried_without_a_query, .init = start)
{
    struct hf_dns_datagram query;

    add_gateway("gw.example.com");
    hints.last_good[hints.last_good_count++] = address("192.0.2.5");
    begin();
    expect_next("192.0.2.5", "gw.example.com");
    cr_expect_not(hf_attempt_resolve_next_datagram(&resolve, &query));
    cr_expect(hf_attempt_resolve_has_more(&resolve), "the name itself");
    expect_step(HF_ATTEMPT_RESOLVE_ASKING);
    ANSWER("192.0.2.5", "192.0.2.6");
    expect_next("192.0.2.6", "gw.example.com");
    expect_step(HF_ATTEMPT_RESOLVE_EXHAUSTED);
}

Test(attempt_resolve, last_good_address_is_tried_again_where_its_name_has_no_other, .init = start)
{
    add_gateway("gw.example.com");
    hints.last_good[hints.last_good_count++] = address("192.0.2.5");
    begin();
    expect_next("192.0.2.5", "gw.example.com");
    expect_step(HF_ATTEMPT_RESOLVE_ASKING);
    ANSWER("192.0.2.5");
    expect_next("192.0.2.5", "gw.example.com");
    expect_step(HF_ATTEMPT_RESOLVE_EXHAUSTED);
}

Test(attempt_resolve, last_good_address_of_unclear_identity_is_not_used, .init = start)
{
    add_gateway("gw1.example.com");
    add_gateway("gw2.example.com");
    hints.last_good[hints.last_good_count++] = address("192.0.2.5");
    begin();
    expect_step(HF_ATTEMPT_RESOLVE_ASKING);
    memcpy(profile.remote_identity, "vpn.example.com", 16);
    begin();
    expect_next("192.0.2.5", "gw1.example.com");
}

Test(attempt_resolve, name_without_addresses_gives_way_to_the_next_gateway, .init = start)
{
    add_gateway("gone.example.com");
    add_gateway("192.0.2.9");
    begin();
    expect_step(HF_ATTEMPT_RESOLVE_ASKING);
    answer(NULL, 0);
    expect_next("192.0.2.9", "192.0.2.9");
    expect_step(HF_ATTEMPT_RESOLVE_EXHAUSTED);
    cr_expect_eq(resolve.fault.status, HF_ERR_NAME_NOT_FOUND);
    cr_expect_eq(resolve.fault.stage, HF_STAGE_RESOLVE);
    cr_expect_str_eq(resolve.fault.offered, "gone.example.com");
}

Test(attempt_resolve, silent_resolver_ends_in_a_timeout, .init = start)
{
    enum hf_attempt_resolve_step step = HF_ATTEMPT_RESOLVE_ASKING;
    struct hf_dns_datagram query;
    hf_time now = START;

    add_gateway("gw.example.com");
    begin();
    expect_step(HF_ATTEMPT_RESOLVE_ASKING);
    while (step == HF_ATTEMPT_RESOLVE_ASKING && now < START + HF_MINUTES(1)) {
        while (hf_attempt_resolve_next_datagram(&resolve, &query))
            cr_expect_eq(query.to.port, 53);
        now = hf_attempt_resolve_deadline(&resolve);
        hf_attempt_resolve_handle_time(&resolve, now);
        step = hf_attempt_resolve_next(&resolve, now, &candidate);
    }
    cr_expect_eq(step, HF_ATTEMPT_RESOLVE_EXHAUSTED);
    cr_expect_eq(resolve.fault.status, HF_ERR_NAME_TIMEOUT);
}

Test(attempt_resolve, name_without_a_resolver_is_no_network, .init = start)
{
    add_gateway("gw.example.com");
    hints.resolver_count = 0;
    begin();
    expect_step(HF_ATTEMPT_RESOLVE_EXHAUSTED);
    cr_expect_eq(resolve.fault.status, HF_ERR_NO_NETWORK);
}
