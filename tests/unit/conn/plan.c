/* Tests of the limits of a network plan (holdfast/plan.h). */
#include "support/test.h"
#include <holdfast/plan.h>

#include <string.h>

static hf_address address_of(const char *text)
{
    hf_address address;

    cr_assert(hf_address_parse(hf_bytes_of_string(text), &address), "%s", text);
    return address;
}

static hf_prefix prefix_of(const char *text)
{
    hf_prefix prefix;

    cr_assert(hf_prefix_parse(hf_bytes_of_string(text), &prefix), "%s", text);
    return prefix;
}

static struct hf_plan full_tunnel(void)
{
    struct hf_plan plan = { .tunnel = true, .tun_name = "hold0", .mtu_bytes = 1400 };

    plan.addresses[plan.address_count++] = (hf_prefix){ address_of("10.9.0.2"), 24 };
    plan.addresses[plan.address_count++] = (hf_prefix){ address_of("2001:db8:9::2"), 64 };
    plan.routes[plan.route_count++] = prefix_of("0.0.0.0/0");
    plan.routes[plan.route_count++] = prefix_of("::/0");
    plan.resolvers[plan.resolver_count++] = address_of("10.9.0.1");
    memcpy(plan.domains[plan.domain_count++], "corp.example", sizeof "corp.example");
    plan.firewall = (struct hf_plan_firewall){ .block = true, .state = HF_CONN_CONNECTED };
    plan.firewall.gateways[plan.firewall.gateway_count++] = address_of("203.0.113.1");
    plan.firewall.gateway_ports[plan.firewall.gateway_port_count++] = 4500;
    return plan;
}

static bool accepts(const struct hf_plan *plan)
{
    return hf_plan_check(plan) == HF_OK;
}

Test(plan, empty_plan_is_sound_and_empty)
{
    struct hf_plan plan = hf_plan_empty();

    cr_expect(hf_plan_is_empty(&plan));
    cr_expect(accepts(&plan));
    plan.firewall.block = true;
    cr_expect_not(hf_plan_is_empty(&plan));
    cr_expect(accepts(&plan));
}

Test(plan, full_tunnel_is_sound)
{
    struct hf_plan plan = full_tunnel();

    cr_expect(accepts(&plan));
    cr_expect_not(hf_plan_is_empty(&plan));
}

Test(plan, every_count_is_bounded)
{
    struct hf_plan plan = full_tunnel();
    size_t *const counts[] = {
        &plan.address_count,
        &plan.route_count,
        &plan.excluded_count,
        &plan.resolver_count,
        &plan.domain_count,
        &plan.firewall.gateway_count,
        &plan.firewall.resolver_count,
        &plan.firewall.gateway_port_count,
        &plan.firewall.protected_count,
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(counts); i++) {
        size_t before = *counts[i];

        *counts[i] = SIZE_MAX;
        cr_expect_not(accepts(&plan), "count %zu", i);
        *counts[i] = HF_PLAN_ROUTES + 1;
        cr_expect_not(accepts(&plan), "count %zu", i);
        *counts[i] = before;
    }
    cr_expect(accepts(&plan));
}

Test(plan, mtu_has_limits)
{
    static const struct {
        uint16_t mtu;
        bool good;
    } cases[] = {
        {0,     false},
        { 1279, false},
        { 1280, true },
        { 9000, true },
        { 9001, false}
    };
    struct hf_plan plan = full_tunnel();

    for (size_t i = 0; i < HF_ARRAY_LEN(cases); i++) {
        plan.mtu_bytes = cases[i].mtu;
        cr_expect_eq(accepts(&plan), cases[i].good, "%u", cases[i].mtu);
    }
}

Test(plan, tun_name_is_a_short_name_of_ours)
{
    static const struct {
        const char *name;
        bool good;
    } cases[] = {
        {"hold0",            true },
        { "a",               true },
        { "hold-1",          true },
        { "hold0123456789a", true },
        { "",                false},
        { "0hold",           false},
        { "-hold",           false},
        { "Hold0",           false},
        { "hold/0",          false},
        { "hold.0",          false},
        { "hold 0",          false},
        { "hold%d",          false},
        { "hold\n",          false},
    };
    struct hf_plan plan = full_tunnel();

    for (size_t i = 0; i < HF_ARRAY_LEN(cases); i++) {
        memset(plan.tun_name, 0, sizeof plan.tun_name);
        memcpy(plan.tun_name, cases[i].name, strlen(cases[i].name));
        cr_expect_eq(accepts(&plan), cases[i].good, "%s", cases[i].name);
    }
    memset(plan.tun_name, 'a', sizeof plan.tun_name); /* no NUL */
    cr_expect_not(accepts(&plan));
}

Test(plan, inner_addresses_are_unicast_and_told_once)
{
    static const char *const bad[] = { "0.0.0.0",   "127.0.0.1",       "169.254.1.1",
                                       "224.0.0.1", "255.255.255.255", "::1",
                                       "fe80::1",   "ff02::1",         "::ffff:10.0.0.1" };
    struct hf_plan plan = full_tunnel();

    for (size_t i = 0; i < HF_ARRAY_LEN(bad); i++) {
        plan.addresses[0] = (hf_prefix){ address_of(bad[i]), 32 };
        cr_expect_not(accepts(&plan), "%s", bad[i]);
    }
    plan.addresses[0] = (hf_prefix){ address_of("10.0.0.1"), 33 };
    cr_expect_not(accepts(&plan));
    plan.addresses[0].bits = 0;
    cr_expect_not(accepts(&plan));
    plan.addresses[0] = plan.addresses[1];
    cr_expect_not(accepts(&plan));
    plan.addresses[0].address.family = HF_FAMILY_NONE;
    cr_expect_not(accepts(&plan));
    plan.address_count = 0;
    cr_expect_not(accepts(&plan));
}

Test(plan, routes_have_no_host_bits_and_are_not_inside_special_ranges)
{
    static const char *const good[] = { "0.0.0.0/0",       "0.0.0.0/1", "128.0.0.0/1", "10.0.0.0/8",
                                        "198.51.100.7/32", "::/0",      "::/1",        "2000::/3" };
    static const char *const bad[] = { "127.0.0.0/8", "127.0.0.1/32", "224.0.0.0/4",
                                       "240.0.0.0/4", "0.0.0.0/8",    "169.254.0.0/16",
                                       "::1/128",     "fe80::/64",    "ff00::/8" };
    struct hf_plan plan = full_tunnel();

    for (size_t i = 0; i < HF_ARRAY_LEN(good); i++) {
        plan.routes[0] = prefix_of(good[i]);
        cr_expect(accepts(&plan), "%s", good[i]);
    }
    for (size_t i = 0; i < HF_ARRAY_LEN(bad); i++) {
        plan.routes[0] = prefix_of(bad[i]);
        cr_expect_not(accepts(&plan), "%s", bad[i]);
    }
    plan.routes[0] = (hf_prefix){ address_of("10.0.0.1"), 8 };
    cr_expect_not(accepts(&plan));
}

Test(plan, excluding_or_protecting_everything_is_refused)
{
    struct hf_plan plan = full_tunnel();

    plan.excluded[plan.excluded_count++] = prefix_of("192.0.2.0/24");
    cr_expect(accepts(&plan));
    plan.excluded[0] = prefix_of("0.0.0.0/0");
    cr_expect_not(accepts(&plan));
    plan.excluded_count = 0;
    plan.firewall.protected_prefixes[plan.firewall.protected_count++] = prefix_of("::/0");
    cr_expect_not(accepts(&plan));
}

Test(plan, domains_are_host_names)
{
    static const struct {
        const char *domain;
        bool good;
    } cases[] = {
        {"example.com",        true },
        { "a_b.Example",       true },
        { "",                  false},
        { ".",                 false},
        { "a..b",              false},
        { ".a",                false},
        { "a.",                false},
        { "a b",               false},
        { "a\nnameserver 1.1", false},
        { "a#b",               false},
    };
    struct hf_plan plan = full_tunnel();

    for (size_t i = 0; i < HF_ARRAY_LEN(cases); i++) {
        memset(plan.domains[0], 0, sizeof plan.domains[0]);
        memcpy(plan.domains[0], cases[i].domain, strlen(cases[i].domain));
        cr_expect_eq(accepts(&plan), cases[i].good, "%s", cases[i].domain);
    }
    memset(plan.domains[0], 'a', 63);
    plan.domains[0][63] = '\0';
    cr_expect(accepts(&plan));
    plan.domains[0][63] = 'a';
    plan.domains[0][64] = '\0';
    cr_expect_not(accepts(&plan));
    memset(plan.domains[0], 'a', sizeof plan.domains[0]);
    cr_expect_not(accepts(&plan));
}

Test(plan, holes_name_hosts_and_ports)
{
    struct hf_plan plan = full_tunnel();
    hf_endpoint *resolver = &plan.firewall.resolvers[0];

    plan.firewall.resolver_count = 1;
    *resolver = (hf_endpoint){ address_of("169.254.169.253"), 53 };
    cr_expect(accepts(&plan));
    resolver->port = 0;
    cr_expect_not(accepts(&plan));
    *resolver = (hf_endpoint){ address_of("224.0.0.251"), 5353 };
    cr_expect_not(accepts(&plan));
    *resolver = (hf_endpoint){ address_of("::"), 53 };
    cr_expect_not(accepts(&plan));
    plan.firewall.resolver_count = 0;
    plan.firewall.gateway_ports[0] = 0;
    cr_expect_not(accepts(&plan));
    plan.firewall.gateway_port_count = 0;
    cr_expect(accepts(&plan));
    plan.firewall.gateways[0] = address_of("127.0.0.1");
    cr_expect_not(accepts(&plan));
}

Test(plan, enumerators_are_checked)
{
    struct hf_plan plan = full_tunnel();

    plan.firewall.mode = (enum hf_lock_mode)(HF_LOCK_OFF + 1);
    cr_expect_not(accepts(&plan));
    plan.firewall.mode = HF_LOCK_OFF;
    plan.firewall.state = HF_CONN_STATE_COUNT;
    cr_expect_not(accepts(&plan));
}

Test(plan, what_belongs_to_a_tunnel_needs_one)
{
    struct hf_plan plan = hf_plan_empty();

    plan.mtu_bytes = 1400;
    cr_expect_not(accepts(&plan));
    plan = hf_plan_empty();
    plan.resolvers[plan.resolver_count++] = address_of("10.9.0.1");
    cr_expect_not(accepts(&plan));
    plan = hf_plan_empty();
    plan.routes[plan.route_count++] = prefix_of("10.0.0.0/8");
    cr_expect_not(accepts(&plan));
}

Test(plan, equality_sees_every_field)
{
    struct hf_plan a = full_tunnel(), b = a;

    cr_assert(hf_plan_equal(&a, &b));
    b.mtu_bytes++;
    cr_expect_not(hf_plan_equal(&a, &b));
    b = a;
    b.tun_name[4] = '1';
    cr_expect_not(hf_plan_equal(&a, &b));
    b = a;
    b.addresses[1].bits--;
    cr_expect_not(hf_plan_equal(&a, &b));
    b = a;
    b.route_count--;
    cr_expect_not(hf_plan_equal(&a, &b));
    b = a;
    b.domains[0][0] = 'd';
    cr_expect_not(hf_plan_equal(&a, &b));
    b = a;
    b.resolvers[0].octets[3]++;
    cr_expect_not(hf_plan_equal(&a, &b));
    b = a;
    b.firewall.state = HF_CONN_PATH_LOST;
    cr_expect_not(hf_plan_equal(&a, &b));
    b = a;
    b.firewall.gateways[0].octets[0]++;
    cr_expect_not(hf_plan_equal(&a, &b));
    b = a;
    b.firewall.gateway_ports[0]++;
    cr_expect_not(hf_plan_equal(&a, &b));
    b = a;
    b.firewall.allow_lan = true;
    cr_expect_not(hf_plan_equal(&a, &b));
}

Test(plan, equality_ignores_what_lies_behind_the_counts)
{
    struct hf_plan a = full_tunnel(), b = a;

    b.routes[100] = prefix_of("10.0.0.0/8");
    b.domains[3][7] = 'x';
    cr_expect(hf_plan_equal(&a, &b));
}
