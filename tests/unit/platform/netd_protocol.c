/* Tests of the bodies of netd's messages (ipc/netd_protocol.h). */
#include "ipc/netd_protocol.h"
#include "support/hex.h"
#include "support/test.h"

#include <string.h>

static uint8_t storage[HF_IPC_BODY_MAX];

static hf_address host(uint8_t last)
{
    return (hf_address){
        HF_FAMILY_V4, {10, 9, 0, last}
    };
}

static hf_prefix network(size_t i)
{
    return (hf_prefix){
        {HF_FAMILY_V6, { 0x20, 1, 0xd, 0xb8, (uint8_t)(i >> 8), (uint8_t)i }},
        48
    };
}

/* Every list full, so that every count is at its limit. */
static struct hf_plan largest(void)
{
    struct hf_plan plan = {
        .tunnel = true,
        .tun_name = "hold0123456789a",
        .mtu_bytes = 1280,
        .address_count = HF_PLAN_ADDRESSES,
        .route_count = HF_PLAN_ROUTES,
        .excluded_count = HF_PLAN_ROUTES,
        .resolver_count = HF_PLAN_RESOLVERS,
        .domain_count = HF_PLAN_DOMAINS,
        .firewall = {.block = true,
                     .mode = HF_LOCK_OFF,
                     .state = HF_CONN_FAILED,
                     .allow_lan = true,
                     .gateway_count = HF_PLAN_ENDPOINTS,
                     .gateway_ports = { 500, 4500 },
                     .gateway_port_count = 2,
                     .resolver_count = HF_PLAN_ENDPOINTS,
                     .protected_count = HF_PLAN_ROUTES},
    };

    for (size_t i = 0; i < HF_PLAN_ROUTES; i++)
        plan.routes[i] = plan.excluded[i] = plan.firewall.protected_prefixes[i] = network(i);
    for (uint8_t i = 0; i < HF_PLAN_ENDPOINTS; i++) {
        plan.addresses[i] = (hf_prefix){ host((uint8_t)(i + 1)), 24 };
        plan.firewall.gateways[i] = host((uint8_t)(i + 100));
        plan.firewall.resolvers[i] = (hf_endpoint){ host((uint8_t)(i + 50)), 53 };
    }
    for (uint8_t i = 0; i < HF_PLAN_RESOLVERS; i++) {
        plan.resolvers[i] = host((uint8_t)(i + 200));
        memset(plan.domains[i], 'a', HF_PLAN_DOMAIN_MAX - 1);
        for (size_t dot = 50; dot < HF_PLAN_DOMAIN_MAX - 2; dot += 50)
            plan.domains[i][dot] = '.';
    }
    return plan;
}

/* Something in every list. */
static struct hf_plan small(void)
{
    struct hf_plan plan = largest();

    plan.address_count = plan.resolver_count = plan.domain_count = 2;
    plan.route_count = plan.excluded_count = plan.firewall.protected_count = 2;
    plan.firewall.gateway_count = plan.firewall.resolver_count = 2;
    return plan;
}

static hf_bytes encoded(const struct hf_plan *plan)
{
    hf_writer w = hf_writer_of(storage, sizeof storage);
    hf_bytes out;

    hf_plan_encode(&w, plan);
    cr_assert(hf_writer_finish(&w, &out));
    return out;
}

static void expect_round_trip(const struct hf_plan *plan)
{
    hf_reader r = hf_reader_of(encoded(plan));
    struct hf_plan out;

    cr_assert_eq(hf_plan_decode(&r, &out), HF_OK);
    cr_expect_eq(r.left, 0);
    cr_expect(hf_plan_equal(&out, plan));
}

Test(netd_protocol, empty_and_largest_plan_go_through)
{
    struct hf_plan plan = hf_plan_empty();

    expect_round_trip(&plan);
    plan = largest();
    cr_assert_eq(hf_plan_check(&plan), HF_OK);
    expect_round_trip(&plan);
}

Test(netd_protocol, every_truncation_of_a_plan_is_refused)
{
    struct hf_plan plan = small(), out = { .mtu_bytes = 77 };
    hf_bytes whole = encoded(&plan);

    for (size_t n = 0; n < whole.len; n++) {
        uint8_t *cut = test_memory(n);
        hf_reader r;

        memcpy(cut, whole.data, n);
        r = hf_reader_of((hf_bytes){ cut, n });
        cr_assert_eq(hf_plan_decode(&r, &out), HF_ERR_MALFORMED, "%zu octets", n);
        cr_assert_eq(r.left, n);
        cr_assert_eq(out.mtu_bytes, 77);
    }
}

/* Every octet with other values: never a crash, and what is accepted is sound. */
Test(netd_protocol, a_changed_plan_is_refused_or_sound)
{
    struct hf_plan plan = small();
    hf_bytes whole = encoded(&plan);
    static const uint8_t changes[] = { 0xff, 0x80, 0x01, 0x7f };
    uint8_t *copy = test_copy(whole);
    size_t refused = 0;

    for (size_t i = 0; i < whole.len; i++) {
        for (size_t c = 0; c < sizeof changes; c++) {
            struct hf_plan out;
            hf_reader r = hf_reader_of((hf_bytes){ copy, whole.len });

            copy[i] ^= changes[c];
            if (hf_plan_decode(&r, &out) == HF_OK)
                cr_assert_eq(hf_plan_check(&out), HF_OK);
            else
                refused++;
            copy[i] ^= changes[c];
        }
    }
    cr_expect_gt(refused, 0);
}

Test(netd_protocol, hostile_counts_are_refused)
{
    /* no tunnel, no name, no MTU, then the count of addresses */
    static const char *const bodies[] = { "00 0000 0000 0005", "00 0000 0000 ffff",
                                          "00 0000 0000 0000 0081", "00 0000 0000 0000 ffff",
                                          "00 0000 0000 0000 0000 ffff" };

    for (size_t i = 0; i < HF_ARRAY_LEN(bodies); i++) {
        hf_reader r = hf_reader_of(hex(bodies[i]));
        struct hf_plan out;

        cr_expect_eq(hf_plan_decode(&r, &out), HF_ERR_MALFORMED, "%s", bodies[i]);
    }
}

Test(netd_protocol, an_unsound_plan_is_refused_on_arrival)
{
    struct hf_plan plan = largest(), out;
    hf_reader r;

    plan.mtu_bytes = 100;
    r = hf_reader_of(encoded(&plan));
    cr_expect_eq(hf_plan_decode(&r, &out), HF_ERR_MALFORMED);
}

Test(netd_protocol, hello_goes_through_and_every_truncation_is_refused)
{
    struct hf_netd_hello hello = { .version = 3, .boot_id = { 1, 2, [15] = 9 } }, out = { 0 };
    hf_writer w = hf_writer_of(storage, sizeof storage);
    hf_bytes whole;

    hello.plan.firewall.block = true;
    hello.least_lock = HF_LOCK_ALWAYS;
    hello.floor_damaged = true;
    hf_netd_hello_encode(&w, &hello);
    cr_assert(hf_writer_finish(&w, &whole));
    for (size_t n = 0; n <= whole.len; n++) {
        hf_reader r = hf_reader_of((hf_bytes){ whole.data, n });

        cr_expect_eq(hf_netd_hello_decode(&r, &out), n < whole.len ? HF_ERR_MALFORMED : HF_OK);
    }
    cr_expect_eq(out.version, 3);
    cr_expect_arr_eq(out.boot_id, hello.boot_id, sizeof out.boot_id);
    cr_expect(hf_plan_equal(&out.plan, &hello.plan));
    cr_expect(out.least_lock == HF_LOCK_ALWAYS && out.floor_damaged);
}

Test(netd_protocol, notice_goes_through_and_every_truncation_is_refused)
{
    struct hf_netd_notice notice = { HF_NETD_UNBLOCKED, 0x01020304, 0x0b }, out;
    hf_writer w = hf_writer_of(storage, sizeof storage);
    hf_bytes whole;

    hf_netd_notice_encode(&w, &notice);
    cr_assert(hf_writer_finish(&w, &whole));
    for (size_t n = 0; n <= whole.len; n++) {
        hf_reader r = hf_reader_of((hf_bytes){ whole.data, n });

        cr_expect_eq(hf_netd_notice_decode(&r, &out), n < whole.len ? HF_ERR_MALFORMED : HF_OK);
    }
    cr_expect_eq(out.event, HF_NETD_UNBLOCKED);
    cr_expect_eq(out.pid, 0x01020304u);
    cr_expect_eq(out.wait_status, 0x0bu);
}

Test(netd_protocol, notice_of_an_unknown_event_is_refused)
{
    hf_reader r = hf_reader_of(hex("0003 00000001 00000000"));
    struct hf_netd_notice out;

    cr_expect_eq(hf_netd_notice_decode(&r, &out), HF_ERR_MALFORMED);
}
