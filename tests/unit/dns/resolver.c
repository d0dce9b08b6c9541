/* The resolver as a whole: whom it asks when, what it believes, what it gives. */
#include "dns/resolver.h"

#include "messages.h"
#include "support/env.h"
#include "support/hex.h"
#include "support/test.h"

#define NAME "vpn.example.com"

struct rig {
    struct test_env env;
    struct hf_dns_resolver_config config;
    struct hf_dns_resolver d;
    hf_time now;
};

/* A query as the network sees it. */
struct query {
    hf_endpoint to;
    uint16_t id, type;
};

static hf_endpoint server(size_t n)
{
    return (hf_endpoint){
        {HF_FAMILY_V4, { 192, 0, 2, (uint8_t)(53 + n) }},
        53
    };
}

static void start(struct rig *rig, size_t servers)
{
    *rig = (struct rig){ .config = { .name = hf_bytes_of_string(NAME) }, .now = HF_SECONDS(100) };
    test_env_init(&rig->env, 1);
    for (size_t i = 0; i < servers; i++) {
        rig->config.resolvers[i] = server(i);
        rig->config.resolvers[i].port = 0;
    }
    rig->config.resolver_count = servers;
    cr_assert_eq(hf_dns_resolver_init(&rig->d, &rig->config, &rig->env.env, rig->now), HF_OK);
}

static bool next_query(struct rig *rig, struct query *out)
{
    struct hf_dns_datagram datagram;
    struct hf_dns_name name, expected = name_of(NAME);
    hf_reader r;
    uint16_t class;

    if (!hf_dns_resolver_next_datagram(&rig->d, &datagram))
        return false;
    r = hf_reader_of(datagram.bytes);
    out->to = datagram.to;
    cr_assert(hf_read_u16(&r, &out->id) && hf_read_skip(&r, 10));
    cr_assert_eq(hf_dns_name_read(datagram.bytes, &r, &name), HF_OK);
    cr_assert(hf_read_u16(&r, &out->type) && hf_read_u16(&r, &class) && r.left == 0);
    cr_expect(hf_dns_name_equal(&name, &expected));
    return true;
}

/* The two queries to a server, A first, and no more. */
static void expect_queries(struct rig *rig, const hf_endpoint *to, struct query out[2])
{
    struct query more;

    for (size_t i = 0; i < 2; i++) {
        cr_assert(next_query(rig, &out[i]));
        cr_expect(hf_endpoint_equal(&out[i].to, to));
        cr_expect_eq(out[i].type, i == 0 ? HF_DNS_A : HF_DNS_AAAA);
    }
    cr_expect_not(next_query(rig, &more));
}

/* Answers a query with these flags and, where `address` is given, that address. */
static void answer(struct rig *rig, const struct query *query, uint16_t flags, const char *address)
{
    struct answer a = answer_begin(query->id, flags, NAME, (enum hf_dns_type)query->type);

    if (address != NULL)
        answer_add_address(&a, NAME, address);
    hf_dns_resolver_handle_datagram(&rig->d, &query->to, answer_end(&a), rig->now);
}

static void pass(struct rig *rig, hf_duration duration)
{
    rig->now += duration;
    hf_dns_resolver_handle_time(&rig->d, rig->now);
}

static hf_status result(const struct rig *rig, struct hf_dns_result *out)
{
    return hf_dns_resolver_result(&rig->d, out);
}

static void expect_address(const struct hf_dns_result *found, size_t n, const char *text)
{
    char format[HF_ADDRESS_TEXT_MAX];

    cr_assert_lt(n, found->count);
    cr_expect_str_eq(hf_address_format(&found->addresses[n], format), text);
}

Test(resolver, asks_for_both_families_at_once)
{
    struct rig rig;
    struct query q[2];
    hf_endpoint first = server(0);
    struct hf_dns_result found;

    start(&rig, 2);
    expect_queries(&rig, &first, q);
    cr_expect_neq(q[0].id, q[1].id);
    cr_expect_eq(result(&rig, &found), HF_ERR_BUSY);
    cr_expect_eq(hf_dns_resolver_deadline(&rig.d), rig.now + HF_DNS_FIRST_WAIT);
}

Test(resolver, gives_ipv4_first)
{
    struct rig rig;
    struct query q[2];
    hf_endpoint first = server(0);
    struct hf_dns_result found;

    start(&rig, 1);
    expect_queries(&rig, &first, q);
    answer(&rig, &q[1], ANSWER_OK, "2001:db8::1");
    cr_expect_eq(result(&rig, &found), HF_ERR_BUSY);
    answer(&rig, &q[0], ANSWER_OK, "192.0.2.1");
    cr_assert_eq(result(&rig, &found), HF_OK);
    cr_assert_eq(found.count, 2);
    expect_address(&found, 0, "192.0.2.1");
    expect_address(&found, 1, "2001:db8::1");
    cr_expect_eq(found.ttl, 300);
    cr_expect_eq(hf_dns_resolver_deadline(&rig.d), HF_NEVER);
}

Test(resolver, one_family_alone_is_enough)
{
    struct rig rig;
    struct query q[2];
    hf_endpoint first = server(0);
    struct hf_dns_result found;

    start(&rig, 1);
    expect_queries(&rig, &first, q);
    answer(&rig, &q[0], ANSWER_OK, NULL);
    answer(&rig, &q[1], ANSWER_OK, "2001:db8::1");
    cr_assert_eq(result(&rig, &found), HF_OK);
    expect_address(&found, 0, "2001:db8::1");
}

Test(resolver, ipv4_does_not_wait_long_for_ipv6)
{
    struct rig rig;
    struct query q[2];
    hf_endpoint first = server(0);
    struct hf_dns_result found;

    start(&rig, 1);
    expect_queries(&rig, &first, q);
    answer(&rig, &q[0], ANSWER_OK, "192.0.2.1");
    cr_expect_eq(hf_dns_resolver_deadline(&rig.d), rig.now + HF_DNS_WAIT_FOR_V6);
    pass(&rig, HF_DNS_WAIT_FOR_V6);
    cr_expect_eq(result(&rig, &found), HF_OK);
    cr_expect_eq(found.count, 1);
}

Test(resolver, ipv6_waits_until_ipv4_was_asked_for_again)
{
    struct rig rig;
    struct query q[2], again;
    hf_endpoint first = server(0), second = server(1);
    struct hf_dns_result found;

    start(&rig, 2);
    expect_queries(&rig, &first, q);
    answer(&rig, &q[1], ANSWER_OK, "2001:db8::1");
    pass(&rig, HF_DNS_FIRST_WAIT);
    cr_assert(next_query(&rig, &again));
    cr_expect_eq(again.type, HF_DNS_A);
    cr_expect(hf_endpoint_equal(&again.to, &second));
    cr_expect_eq(result(&rig, &found), HF_ERR_BUSY);
    pass(&rig, HF_DNS_WAIT_FOR_V4 - HF_DNS_FIRST_WAIT);
    cr_expect_eq(result(&rig, &found), HF_OK);
}

Test(resolver, silence_moves_it_to_the_next_and_round_again)
{
    struct rig rig;
    struct query q[2];
    hf_endpoint servers[3] = { server(0), server(1), server(2) };
    uint16_t first_id;

    start(&rig, 3);
    expect_queries(&rig, &servers[0], q);
    first_id = q[0].id;
    pass(&rig, HF_DNS_FIRST_WAIT);
    expect_queries(&rig, &servers[1], q);
    cr_expect_neq(q[0].id, first_id);
    pass(&rig, HF_DNS_FIRST_WAIT);
    expect_queries(&rig, &servers[2], q);
    cr_expect_eq(hf_dns_resolver_deadline(&rig.d), rig.now + HF_DNS_FIRST_WAIT);
    pass(&rig, HF_DNS_FIRST_WAIT);
    expect_queries(&rig, &servers[0], q);
    cr_expect_eq(q[0].id, first_id);
    cr_expect_eq(hf_dns_resolver_deadline(&rig.d), rig.now + HF_DNS_LATER_WAIT);
}

Test(resolver, late_answer_of_an_earlier_resolver_counts)
{
    struct rig rig;
    struct query early[2], q[2];
    hf_endpoint first = server(0), second = server(1);
    struct hf_dns_result found;

    start(&rig, 2);
    expect_queries(&rig, &first, early);
    pass(&rig, HF_DNS_FIRST_WAIT);
    expect_queries(&rig, &second, q);
    answer(&rig, &early[0], ANSWER_OK, "192.0.2.1");
    answer(&rig, &q[1], ANSWER_OK, NULL);
    cr_expect_eq(result(&rig, &found), HF_OK);
}

Test(resolver, gives_up_after_the_total_wait)
{
    struct rig rig;
    struct query q;
    struct hf_dns_result found;
    hf_time end;
    size_t queries = 0;

    start(&rig, 1);
    end = rig.now + HF_DNS_TOTAL_WAIT;
    while (result(&rig, &found) == HF_ERR_BUSY) {
        while (next_query(&rig, &q))
            queries++;
        cr_assert_gt(hf_dns_resolver_deadline(&rig.d), rig.now);
        rig.now = hf_dns_resolver_deadline(&rig.d);
        hf_dns_resolver_handle_time(&rig.d, rig.now);
    }
    cr_expect_eq(result(&rig, &found), HF_ERR_NAME_TIMEOUT);
    cr_expect_eq(rig.now, end);
    cr_expect_eq(queries, 12); /* both at 0, 1, 3, 5, 7 and 9 seconds */
    cr_expect_not(next_query(&rig, &q));
}

Test(resolver, missing_name_is_not_found)
{
    struct rig rig;
    struct query q[2];
    hf_endpoint first = server(0);
    struct hf_dns_result found;

    start(&rig, 2);
    expect_queries(&rig, &first, q);
    answer(&rig, &q[0], ANSWER_NXDOMAIN, NULL);
    cr_expect_eq(result(&rig, &found), HF_ERR_BUSY);
    answer(&rig, &q[1], ANSWER_NXDOMAIN, NULL);
    cr_expect_eq(result(&rig, &found), HF_ERR_NAME_NOT_FOUND);
}

/* Some servers deny the name when asked for AAAA alone. */
Test(resolver, one_denial_does_not_hide_the_other_family)
{
    struct rig rig;
    struct query q[2];
    hf_endpoint first = server(0);
    struct hf_dns_result found;

    start(&rig, 1);
    expect_queries(&rig, &first, q);
    answer(&rig, &q[1], ANSWER_NXDOMAIN, NULL);
    answer(&rig, &q[0], ANSWER_OK, "192.0.2.1");
    cr_expect_eq(result(&rig, &found), HF_OK);
}

Test(resolver, failing_server_is_left_at_once)
{
    struct rig rig;
    struct query q[2], next;
    hf_endpoint first = server(0), second = server(1);

    start(&rig, 2);
    expect_queries(&rig, &first, q);
    answer(&rig, &q[0], ANSWER_SERVFAIL, NULL);
    cr_assert(next_query(&rig, &next));
    cr_expect(hf_endpoint_equal(&next.to, &second));
    cr_expect_eq(next.type, HF_DNS_A);
    answer(&rig, &next, ANSWER_SERVFAIL, NULL);
    cr_expect_not(next_query(&rig, &next)); /* all were asked: only time goes round again */
}

Test(resolver, only_answers_to_its_queries_count)
{
    struct rig rig;
    struct query q[2], forged;
    hf_endpoint first = server(0);
    struct hf_dns_result found;

    start(&rig, 2);
    expect_queries(&rig, &first, q);
    forged = q[0];
    forged.to.address.octets[3] ^= 1; /* from another address */
    answer(&rig, &forged, ANSWER_OK, "192.0.2.66");
    forged = q[0];
    forged.to.port = 54; /* from another port */
    answer(&rig, &forged, ANSWER_OK, "192.0.2.66");
    forged = q[0];
    forged.to = server(1); /* from a resolver that was not asked */
    answer(&rig, &forged, ANSWER_OK, "192.0.2.66");
    forged = q[0];
    forged.id++;
    answer(&rig, &forged, ANSWER_OK, "192.0.2.66");
    forged = q[0];
    forged.type = HF_DNS_AAAA; /* the id of the other question */
    answer(&rig, &forged, ANSWER_OK, "2001:db8::66");
    hf_dns_resolver_handle_datagram(&rig.d, &q[0].to, hex("00"), rig.now);
    cr_expect_eq(result(&rig, &found), HF_ERR_BUSY);
    answer(&rig, &q[0], ANSWER_OK, "192.0.2.1");
    answer(&rig, &q[1], ANSWER_OK, NULL);
    cr_assert_eq(result(&rig, &found), HF_OK);
    cr_expect_eq(found.count, 1);
    expect_address(&found, 0, "192.0.2.1");
}

Test(resolver, special_addresses_are_dropped)
{
    static const char *const special[] = { "0.0.0.0",     "0.1.2.3",   "127.0.0.1",
                                           "169.254.1.1", "224.0.0.1", "255.255.255.255" };
    static const char *const special6[] = { "::", "::1", "fe80::1", "ff02::1", "::ffff:192.0.2.1" };

    for (size_t i = 0; i < HF_ARRAY_LEN(special); i++) {
        struct rig rig;
        struct query q[2];
        hf_endpoint first = server(0);
        struct hf_dns_result found;

        start(&rig, 1);
        expect_queries(&rig, &first, q);
        answer(&rig, &q[0], ANSWER_OK, special[i]);
        answer(&rig, &q[1], ANSWER_OK, special6[i % HF_ARRAY_LEN(special6)]);
        cr_expect_eq(result(&rig, &found), HF_ERR_NAME_NOT_FOUND, "%s", special[i]);
    }
}

Test(resolver, loopback_is_taken_where_it_is_allowed)
{
    struct rig rig;
    struct query q[2];
    hf_endpoint first = server(0);
    struct hf_dns_result found;

    start(&rig, 1);
    rig.config.allow_loopback = true;
    cr_assert_eq(hf_dns_resolver_init(&rig.d, &rig.config, &rig.env.env, rig.now), HF_OK);
    expect_queries(&rig, &first, q);
    answer(&rig, &q[0], ANSWER_OK, "127.0.0.1");
    answer(&rig, &q[1], ANSWER_OK, "::1");
    cr_assert_eq(result(&rig, &found), HF_OK);
    cr_expect_eq(found.count, 2);
}

Test(resolver, many_addresses_leave_room_for_ipv6)
{
    struct rig rig;
    struct query q[2];
    hf_endpoint first = server(0);
    struct hf_dns_result found;
    struct answer v4, v6;
    char text[] = "192.0.2.0", text6[] = "2001:db8::0";

    start(&rig, 1);
    expect_queries(&rig, &first, q);
    v4 = answer_begin(q[0].id, ANSWER_OK, NAME, HF_DNS_A);
    v6 = answer_begin(q[1].id, ANSWER_OK, NAME, HF_DNS_AAAA);
    for (size_t i = 0; i < 9; i++) {
        text[8]++;
        text6[10]++;
        answer_add_address(&v4, NAME, text);
        answer_add_address(&v4, NAME, text); /* each twice */
        answer_add_address(&v6, NAME, text6);
    }
    hf_dns_resolver_handle_datagram(&rig.d, &first, answer_end(&v4), rig.now);
    hf_dns_resolver_handle_datagram(&rig.d, &first, answer_end(&v6), rig.now);
    cr_assert_eq(result(&rig, &found), HF_OK);
    cr_expect_eq(found.count, HF_DNS_ADDRESSES_MAX);
    expect_address(&found, 3, "192.0.2.4");
    expect_address(&found, 4, "2001:db8::1");
}

Test(resolver, bad_configurations_are_refused)
{
    struct rig rig;

    start(&rig, 1);
    rig.config.resolver_count = 0;
    cr_expect_eq(hf_dns_resolver_init(&rig.d, &rig.config, &rig.env.env, 0), HF_ERR_USAGE);
    rig.config.resolver_count = HF_DNS_RESOLVERS_MAX + 1;
    cr_expect_eq(hf_dns_resolver_init(&rig.d, &rig.config, &rig.env.env, 0), HF_ERR_USAGE);
    rig.config.resolver_count = 1;
    rig.config.name = hf_bytes_of_string("not a name");
    cr_expect_eq(hf_dns_resolver_init(&rig.d, &rig.config, &rig.env.env, 0), HF_ERR_USAGE);
}

Test(resolver, without_randomness_it_asks_nothing)
{
    struct rig rig;
    struct query q[2];
    hf_endpoint first = server(0);
    struct hf_dns_result found;

    start(&rig, 2);
    expect_queries(&rig, &first, q);
    rig.env.fails = true;
    pass(&rig, HF_DNS_FIRST_WAIT);
    cr_expect_not(next_query(&rig, q));
    cr_expect_eq(result(&rig, &found), HF_ERR_CRYPTO);
    cr_expect_eq(hf_dns_resolver_init(&rig.d, &rig.config, &rig.env.env, 0), HF_ERR_CRYPTO);
}
