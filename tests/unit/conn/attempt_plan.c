/* Tests of the plan that an attempt asks for (conn/attempt_plan.h). */
#include "conn/attempt_plan.h"
#include "crypto/algorithms.h"
#include "support/test.h"

#include <string.h>

static struct hf_profile profile;
static struct hf_ikev2_configuration configuration;
static struct hf_selectors selectors;
static struct hf_esp_params outbound;
static struct hf_attempt_plan_input input;
static struct hf_plan plan;
static struct hf_fault fault;

static hf_address address(const char *text)
{
    hf_address out;

    cr_assert(hf_address_parse(hf_bytes_of_string(text), &out), "%s", text);
    return out;
}

static hf_prefix prefix(const char *text)
{
    hf_prefix out;

    cr_assert(hf_prefix_parse(hf_bytes_of_string(text), &out), "%s", text);
    return out;
}

/* 10.99.0.2 and fd99::2, everything routed, over IPv4. */
static void start(void)
{
    hf_profile_init(&profile);
    configuration.ip4 = (hf_prefix){ address("10.99.0.2"), 24 };
    configuration.ip6 = (hf_prefix){ address("fd99::2"), 64 };
    selectors.remote[0] = hf_selector_any(HF_FAMILY_V4);
    selectors.remote[1] = hf_selector_any(HF_FAMILY_V6);
    selectors.remote_count = 2;
    outbound = (struct hf_esp_params){ .encr = HF_ENCR_AES_GCM_16, .key_bits = 256 };
    input = (struct hf_attempt_plan_input){ .profile = &profile,
                                            .configuration = &configuration,
                                            .selectors = &selectors,
                                            .outbound = &outbound,
                                            .gateway = address("192.0.2.2") };
}

static void make(void)
{
    cr_assert_eq(hf_attempt_plan_make(&input, &plan, &fault), HF_OK, "%s", fault.received);
}

static void expect_refused(hf_status status, const char *received)
{
    plan.mtu_bytes = 4242;
    cr_expect_eq(hf_attempt_plan_make(&input, &plan, &fault), status);
    cr_expect_eq(fault.status, status);
    cr_expect_eq(fault.stage, HF_STAGE_INSTALL);
    cr_expect_str_eq(fault.received, received);
    cr_expect_eq(plan.mtu_bytes, 4242, "failure leaves out alone");
}

static void expect_routes(size_t count, const char *const *routes)
{
    cr_assert_eq(plan.route_count, count);
    for (size_t i = 0; i < count; i++) {
        char text[HF_PREFIX_TEXT_MAX];

        cr_expect_str_eq(hf_prefix_format(&plan.routes[i], text), routes[i]);
    }
}

Test(attempt_plan, everything_is_two_default_routes_and_two_host_addresses, .init = start)
{
    make();
    cr_expect(plan.tunnel);
    cr_assert_eq(plan.address_count, 2);
    cr_expect(hf_prefix_equal(&plan.addresses[0], &(hf_prefix){ address("10.99.0.2"), 32 }));
    cr_expect(hf_prefix_equal(&plan.addresses[1], &(hf_prefix){ address("fd99::2"), 128 }));
    expect_routes(2, (const char *const[]){ "0.0.0.0/0", "::/0" });
    memcpy(plan.tun_name, "hold0", 6); /* the supervisor's part */
    cr_expect_eq(hf_plan_check(&plan), HF_OK);
}

Test(attempt_plan, family_without_an_address_gets_no_route, .init = start)
{
    configuration.ip6 = (hf_prefix){ 0 };
    make();
    cr_expect_eq(plan.address_count, 1);
    expect_routes(1, (const char *const[]){ "0.0.0.0/0" });
}

Test(attempt_plan, family_that_was_not_asked_for_is_not_taken, .init = start)
{
    profile.request_ip4 = false;
    make();
    cr_expect_eq(plan.address_count, 1);
    expect_routes(1, (const char *const[]){ "::/0" });
}

Test(attempt_plan, no_address_at_all_is_a_fault, .init = start)
{
    configuration.ip4 = configuration.ip6 = (hf_prefix){ 0 };
    expect_refused(HF_ERR_NO_ADDRESS, "");
}

Test(attempt_plan, hostile_addresses_are_refused, .init = start)
{
    static const char
        *const hostile[] = { "127.0.0.1", "0.0.0.1",         "169.254.1.1",
                             "224.0.0.5", "255.255.255.255", "192.0.2.2" /* the gateway itself */ };

    for (size_t i = 0; i < HF_ARRAY_LEN(hostile); i++) {
        configuration.ip4 = (hf_prefix){ address(hostile[i]), 32 };
        expect_refused(HF_ERR_HOSTILE_CONFIG, hostile[i]);
    }
    configuration.ip4 = (hf_prefix){ address("10.99.0.2"), 32 };
    configuration.ip6 = (hf_prefix){ address("fe80::1"), 64 };
    expect_refused(HF_ERR_HOSTILE_CONFIG, "fe80::1");
}

Test(attempt_plan, hostile_resolver_is_refused, .init = start)
{
    configuration.dns[configuration.dns_count++] = address("10.99.0.1");
    configuration.dns[configuration.dns_count++] = address("127.0.0.53");
    expect_refused(HF_ERR_HOSTILE_CONFIG, "127.0.0.53");
}

Test(attempt_plan, narrowed_range_becomes_the_prefixes_it_consists_of, .init = start)
{
    selectors.remote[0].first = address("10.1.0.0");
    selectors.remote[0].last = address("10.1.2.255");
    selectors.remote_count = 1;
    make();
    expect_routes(2, (const char *const[]){ "10.1.0.0/23", "10.1.2.0/24" });
}

Test(attempt_plan, special_ranges_are_no_routes, .init = start)
{
    selectors.remote[0].first = address("224.0.0.0");
    selectors.remote[0].last = address("239.255.255.255");
    selectors.remote[1] = hf_selector_of_prefix(&(hf_prefix){ address("10.0.0.0"), 8 });
    make();
    expect_routes(1, (const char *const[]){ "10.0.0.0/8" });
}

Test(attempt_plan, overlapping_selectors_make_one_route, .init = start)
{
    hf_prefix wide = prefix("10.0.0.0/8"), narrow = prefix("10.1.0.0/16");

    selectors.remote[0] = hf_selector_of_prefix(&wide);
    selectors.remote[1] = hf_selector_of_prefix(&narrow);
    make();
    expect_routes(1, (const char *const[]){ "10.0.0.0/8" });
}

Test(attempt_plan, nothing_to_route_is_a_fault, .init = start)
{
    selectors.remote_count = 0;
    expect_refused(HF_ERR_TS_REFUSED, "");
}

Test(attempt_plan, range_of_more_prefixes_than_a_plan_holds_is_refused, .init = start)
{
    selectors.remote[1].first = address("::1");
    selectors.remote[1].last = address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe");
    expect_refused(HF_ERR_HOSTILE_CONFIG, "more routes than a plan holds");
}

Test(attempt_plan, split_profile_takes_what_both_sides_name, .init = start)
{
    profile.split = true;
    profile.include[0] = prefix("10.1.0.0/16");    /* within what was negotiated */
    profile.include[1] = prefix("172.16.0.0/12");  /* was not */
    profile.include[2] = prefix("192.168.0.0/16"); /* wider than it */
    profile.include_count = 3;
    selectors.remote[0] = hf_selector_of_prefix(&(hf_prefix){ address("10.0.0.0"), 8 });
    selectors.remote[1] = hf_selector_of_prefix(&(hf_prefix){ address("192.168.7.0"), 24 });
    make();
    expect_routes(2, (const char *const[]){ "10.1.0.0/16", "192.168.7.0/24" });
}

Test(attempt_plan, split_profile_without_a_list_takes_what_was_negotiated, .init = start)
{
    profile.split = true;
    selectors.remote[0] = hf_selector_of_prefix(&(hf_prefix){ address("10.0.0.0"), 8 });
    selectors.remote_count = 1;
    make();
    expect_routes(1, (const char *const[]){ "10.0.0.0/8" });
}

Test(attempt_plan, exclusions_of_the_profile_go_along, .init = start)
{
    profile.exclude[0] = prefix("203.0.113.0/24");
    profile.exclude_count = 1;
    make();
    cr_assert_eq(plan.excluded_count, 1);
    cr_expect(hf_prefix_equal(&plan.excluded[0], &profile.exclude[0]));
}

static void assign_names(void)
{
    configuration.dns[0] = address("10.99.0.1");
    configuration.dns[1] = address("fd99::1");
    configuration.dns_count = 2;
    memcpy(configuration.domains[0], "corp.example.com", 17);
    configuration.domain_count = 1;
}

Test(attempt_plan, resolvers_and_domains_of_the_gateway_are_taken, .init = start)
{
    assign_names();
    make();
    cr_assert_eq(plan.resolver_count, 2);
    cr_expect(hf_address_equal(&plan.resolvers[1], &configuration.dns[1]));
    cr_assert_eq(plan.domain_count, 1);
    cr_expect_str_eq(plan.domains[0], "corp.example.com");
}

Test(attempt_plan, resolver_of_a_family_without_an_address_is_left_out, .init = start)
{
    assign_names();
    configuration.ip6 = (hf_prefix){ 0 };
    make();
    cr_expect_eq(plan.resolver_count, 1);
}

Test(attempt_plan, the_profiles_resolvers_and_domains_come_first, .init = start)
{
    assign_names();
    profile.resolvers[0] = address("10.5.5.5");
    profile.resolver_count = 1;
    memcpy(profile.domains[0], "example.org", 12);
    profile.domain_count = 1;
    make();
    cr_assert_eq(plan.resolver_count, 1);
    cr_expect(hf_address_equal(&plan.resolvers[0], &profile.resolvers[0]));
    cr_assert_eq(plan.domain_count, 1);
    cr_expect_str_eq(plan.domains[0], "example.org");
}

Test(attempt_plan, domains_without_a_resolver_mean_nothing, .init = start)
{
    assign_names();
    configuration.dns_count = 0;
    make();
    cr_expect_eq(plan.domain_count, 0);
}

/* What of `path` is left for the inner packet must be the most that fits. */
static void expect_largest(enum hf_family outer, uint16_t path)
{
    size_t headers = outer == HF_FAMILY_V6 ? 48 : 28;
    uint16_t mtu = hf_attempt_plan_mtu(&outbound, outer, path);

    cr_expect_leq(mtu + hf_esp_overhead(&outbound, mtu) + headers, path);
    cr_expect_gt(mtu + 1u + hf_esp_overhead(&outbound, mtu + 1u) + headers, path);
}

Test(attempt_plan, mtu_is_the_largest_that_fits_the_path, .init = start)
{
    cr_expect_eq(hf_attempt_plan_mtu(&outbound, HF_FAMILY_V4, 1500), 1438);
    cr_expect_eq(hf_attempt_plan_mtu(&outbound, HF_FAMILY_V6, 1500), 1418);
    for (uint16_t path = 1400; path < 1600; path++) {
        expect_largest(HF_FAMILY_V4, path);
        expect_largest(HF_FAMILY_V6, path);
    }
    outbound.encr = HF_ENCR_AES_CBC;
    outbound.integ = HF_INTEG_SHA2_512_256;
    for (uint16_t path = 1400; path < 1600; path++)
        expect_largest(HF_FAMILY_V4, path);
}

Test(attempt_plan, mtu_never_falls_below_what_ipv6_needs, .init = start)
{
    static const uint16_t small[] = { 0, 1, 28, 576, 1279, 1300 };

    for (size_t i = 0; i < HF_ARRAY_LEN(small); i++)
        cr_expect_eq(hf_attempt_plan_mtu(&outbound, HF_FAMILY_V4, small[i]), 1280);
}

Test(attempt_plan, mtu_is_careful_unless_the_profile_says_otherwise, .init = start)
{
    make();
    cr_expect_eq(plan.mtu_bytes, 1400);
    input.path_mtu = 1420;
    make();
    cr_expect_eq(plan.mtu_bytes, hf_attempt_plan_mtu(&outbound, HF_FAMILY_V4, 1420));
    profile.mtu_bytes = 1438;
    make();
    cr_expect_eq(plan.mtu_bytes, 1438);
}
