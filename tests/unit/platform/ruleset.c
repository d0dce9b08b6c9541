/* Tests of the kill switch as a value (common/ruleset.h): golden files of every state and mode, and
 * what single packets meet. HF_GOLDEN_UPDATE=1 in the environment writes the files anew. */
#include "common/ruleset.h"
#include "support/hex.h"
#include "support/test.h"
#include "support/vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENGINE_UID 64721

static struct hf_ruleset ruleset;
static const char *const mode_names[] = { "session", "always", "off" };
static const char *const state_names[] = {
#define HF_CONN_STATE(name, text) text,
#include <holdfast/state.def>
#undef HF_CONN_STATE
};

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

static struct hf_ruleset_facts facts_of(const char *first, const char *second)
{
    struct hf_ruleset_facts facts = { .engine_uid = ENGINE_UID };

    facts.on_link[facts.on_link_count++] = prefix_of(first);
    if (second != NULL)
        facts.on_link[facts.on_link_count++] = prefix_of(second);
    return facts;
}

/* The tunnel's device stays from the first `connected` until the user disconnects. */
static bool has_tunnel(enum hf_conn_state state)
{
    return state == HF_CONN_CONNECTED || state == HF_CONN_PATH_LOST || state == HF_CONN_ASLEEP ||
           state == HF_CONN_RECONNECTING || state == HF_CONN_BLOCKED ||
           state == HF_CONN_DISCONNECTING;
}

static bool blocks(enum hf_lock_mode mode, enum hf_conn_state state)
{
    bool rests = state == HF_CONN_DISCONNECTED || state == HF_CONN_FAILED;

    return mode == HF_LOCK_ALWAYS || (mode == HF_LOCK_SESSION && !rests);
}

/* Gateways and name servers are listed in every state: which holes open is not the plan's say. */
static struct hf_plan plan_of(enum hf_lock_mode mode, enum hf_conn_state state)
{
    struct hf_plan plan = { .tunnel = has_tunnel(state) };

    if (plan.tunnel) {
        memcpy(plan.tun_name, "hold0", sizeof "hold0");
        plan.mtu_bytes = 1400;
        plan.addresses[plan.address_count++] = (hf_prefix){ address_of("10.9.0.2"), 24 };
        plan.addresses[plan.address_count++] = (hf_prefix){ address_of("2001:db8:9::2"), 64 };
        plan.routes[plan.route_count++] = prefix_of("0.0.0.0/0");
        plan.routes[plan.route_count++] = prefix_of("::/0");
        plan.resolvers[plan.resolver_count++] = address_of("10.9.0.1");
    }
    plan.firewall =
        (struct hf_plan_firewall){ .block = blocks(mode, state), .mode = mode, .state = state };
    plan.firewall.gateways[plan.firewall.gateway_count++] = address_of("203.0.113.1");
    plan.firewall.gateways[plan.firewall.gateway_count++] = address_of("2001:db8:113::1");
    plan.firewall.resolvers[plan.firewall.resolver_count++] =
        (hf_endpoint){ address_of("192.168.1.1"), 53 };
    cr_assert_eq(hf_plan_check(&plan), HF_OK);
    return plan;
}

static struct hf_plan split_plan(void)
{
    struct hf_plan plan = plan_of(HF_LOCK_SESSION, HF_CONN_CONNECTED);

    plan.routes[0] = prefix_of("10.0.0.0/8");
    plan.routes[1] = prefix_of("2001:db8:9::/48");
    plan.firewall.protected_prefixes[0] = plan.routes[0];
    plan.firewall.protected_prefixes[1] = plan.routes[1];
    plan.firewall.protected_count = 2;
    return plan;
}

static void make(const struct hf_plan *plan, const struct hf_ruleset_facts *facts)
{
    cr_assert_eq(hf_ruleset_make(plan, facts, &ruleset), HF_OK);
}

static void expect_golden(const char *name, const struct hf_plan *plan,
                          const struct hf_ruleset_facts *facts)
{
    hf_buf text = hf_buf_with_max(100000);
    char path[512];

    make(plan, facts);
    cr_assert_eq(hf_ruleset_print(&ruleset, &text), HF_OK);
    snprintf(path, sizeof path, "%s/ruleset/%s.txt", TEST_GOLDEN, name);
    if (getenv("HF_GOLDEN_UPDATE") != NULL) {
        FILE *file = fopen(path, "w");

        cr_assert_not_null(file, "%s", path);
        cr_assert_eq(fwrite(text.data, 1, text.len, file), text.len);
        cr_assert_eq(fclose(file), 0);
    }
    cr_expect(hf_bytes_equal(hf_buf_bytes(&text), test_read_file(path)), "differs from %s", path);
    hf_buf_free(&text);
}

Test(ruleset, every_state_in_every_mode_is_as_written)
{
    struct hf_ruleset_facts facts = facts_of("192.168.1.0/24", "fe80::/64");

    for (unsigned mode = HF_LOCK_SESSION; mode <= HF_LOCK_OFF; mode++) {
        for (unsigned state = 0; state < HF_CONN_STATE_COUNT; state++) {
            struct hf_plan plan = plan_of((enum hf_lock_mode)mode, (enum hf_conn_state)state);
            char name[64];

            snprintf(name, sizeof name, "%s-%s", mode_names[mode], state_names[state]);
            expect_golden(name, &plan, &facts);
        }
    }
}

Test(ruleset, split_profiles_are_as_written)
{
    struct hf_ruleset_facts facts = facts_of("192.168.1.0/24", NULL);
    struct hf_plan plan = split_plan();

    expect_golden("split-connected", &plan, &facts);
    plan.resolver_count = 0;
    expect_golden("split-connected-without-dns", &plan, &facts);
    plan.excluded[plan.excluded_count++] = prefix_of("10.20.0.0/16");
    expect_golden("split-connected-excluded", &plan, &facts);
}

Test(ruleset, lan_is_as_written)
{
    struct hf_plan plan = plan_of(HF_LOCK_SESSION, HF_CONN_CONNECTED);
    struct hf_ruleset_facts facts = facts_of("192.168.1.0/24", "fe80::/64");

    plan.firewall.allow_lan = true;
    expect_golden("lan-connected", &plan, &facts);
    plan.excluded[plan.excluded_count++] = prefix_of("198.51.100.0/24");
    plan.firewall.gateway_ports[plan.firewall.gateway_port_count++] = 14500;
    expect_golden("lan-connected-excluded-port", &plan, &facts);
}

/* --- what a packet meets -----------------------------------------------------------------------
 */

struct packet {
    enum hf_hook hook;
    const char *in, *out, *source, *destination;
    uint8_t protocol;
    uint16_t source_port, port;
    bool marked, established;
    uint32_t uid;
};

static bool interface_matches(const char *wanted, bool not, const char *have)
{
    return wanted[0] == '\0' || (strcmp(wanted, have == NULL ? "" : have) == 0) != not ;
}

static bool prefix_matches(const hf_prefix *wanted, const char *have)
{
    hf_address address = address_of(have);

    return wanted->address.family == HF_FAMILY_NONE || hf_prefix_contains(wanted, &address);
}

static bool matches(const struct hf_rule *rule, const struct packet *p)
{
    return rule->hook == p->hook &&
           interface_matches(rule->in_interface, rule->not_in_interface, p->in) &&
           interface_matches(rule->out_interface, rule->not_out_interface, p->out) &&
           prefix_matches(&rule->source, p->source) &&
           prefix_matches(&rule->destination, p->destination) &&
           (rule->family == HF_FAMILY_NONE || rule->family == address_of(p->source).family) &&
           (rule->protocol == 0 || rule->protocol == p->protocol) &&
           (rule->source_port == 0 || rule->source_port == p->source_port) &&
           (rule->destination_port == 0 || rule->destination_port == p->port) &&
           !rule->has_icmp_type && rule->about.family == HF_FAMILY_NONE &&
           (!rule->marked || p->marked) && (!rule->has_uid || rule->uid == p->uid) &&
           (!rule->established || p->established);
}

static bool passes(const struct packet *p)
{
    for (size_t i = 0; ruleset.present && i < ruleset.count; i++) {
        if (matches(&ruleset.rules[i], p) && ruleset.rules[i].verdict != HF_VERDICT_MARK)
            return ruleset.rules[i].verdict == HF_VERDICT_ACCEPT;
    }
    return !ruleset.present || !ruleset.drop_by_default[p->hook];
}

static struct packet out_to(const char *destination, uint8_t protocol, uint16_t port)
{
    return (struct packet){ HF_HOOK_OUTPUT, NULL,     "eth0", "192.168.1.7",
                            destination,    protocol, 40000,  port };
}

static void make_state(enum hf_conn_state state)
{
    struct hf_ruleset_facts facts = facts_of("192.168.1.0/24", NULL);
    struct hf_plan plan = plan_of(HF_LOCK_SESSION, state);

    make(&plan, &facts);
}

Test(ruleset, nothing_of_users_leaves_while_blocking)
{
    static const char *const destinations[] = { "198.51.100.1", "203.0.113.1", "192.168.1.1",
                                                "10.9.0.1" };
    static const struct {
        uint8_t protocol;
        uint16_t port;
    } services[] = {
        {6,   80  },
        { 17, 443 },
        { 17, 500 },
        { 17, 4500},
        { 17, 53  },
        { 6,  853 }
    };

    for (unsigned state = 0; state < HF_CONN_STATE_COUNT; state++) {
        make_state((enum hf_conn_state)state);
        for (size_t i = 0; i < HF_ARRAY_LEN(destinations) * HF_ARRAY_LEN(services); i++) {
            struct packet p = out_to(destinations[i / HF_ARRAY_LEN(services)],
                                     services[i % HF_ARRAY_LEN(services)].protocol,
                                     services[i % HF_ARRAY_LEN(services)].port);

            p.uid = 1000;
            p.marked = true; /* a mark is no privilege */
            p.established = true;
            cr_expect_eq(passes(&p), !blocks(HF_LOCK_SESSION, (enum hf_conn_state)state),
                         "%s %s:%u", state_names[state], p.destination, p.port);
        }
    }
}

Test(ruleset, gateway_hole_is_for_marked_packets_of_the_engine_to_its_ports)
{
    struct packet p = out_to("203.0.113.1", 17, 4500);

    make_state(HF_CONN_HANDSHAKING);
    p.marked = true;
    p.uid = ENGINE_UID;
    cr_expect(passes(&p));
    p.port = 500;
    cr_expect(passes(&p));
    p.port = 501;
    cr_expect_not(passes(&p));
    p.port = 4500;
    p.protocol = 6;
    cr_expect_not(passes(&p));
    p.protocol = 17;
    p.marked = false;
    cr_expect_not(passes(&p));
    p.marked = true;
    p.uid = 0;
    cr_expect_not(passes(&p));
    p.uid = ENGINE_UID;
    p.destination = "203.0.113.2";
    cr_expect_not(passes(&p));
}

Test(ruleset, answers_of_the_gateway_come_in_and_nothing_else_of_it)
{
    struct packet p = {
        HF_HOOK_INPUT, "eth0", NULL, "203.0.113.1", "192.168.1.7", 17, 4500, 40000
    };

    make_state(HF_CONN_CONNECTED);
    cr_expect_not(passes(&p));
    p.established = true;
    cr_expect(passes(&p));
    p.source_port = 80;
    cr_expect_not(passes(&p));
}

Test(ruleset, holes_are_open_in_their_states_alone)
{
    for (unsigned state = 0; state < HF_CONN_STATE_COUNT; state++) {
        bool gateway = state != HF_CONN_DISCONNECTED && state != HF_CONN_RESOLVING &&
                       state != HF_CONN_ASLEEP && state != HF_CONN_BLOCKED &&
                       state != HF_CONN_PORTAL && state != HF_CONN_FAILED;
        struct packet ike = out_to("203.0.113.1", 17, 500), name = out_to("192.168.1.1", 17, 53);
        struct hf_ruleset_facts facts = facts_of("192.168.1.0/24", NULL);
        struct hf_plan plan = plan_of(HF_LOCK_ALWAYS, (enum hf_conn_state)state);

        make(&plan, &facts);
        ike.marked = name.marked = true;
        ike.uid = name.uid = ENGINE_UID;
        cr_expect_eq(passes(&ike), gateway, "%s", state_names[state]);
        cr_expect_eq(passes(&name), state == HF_CONN_RESOLVING || state == HF_CONN_PATH_LOST, "%s",
                     state_names[state]);
    }
}

Test(ruleset, tunnel_takes_inner_sources_alone)
{
    struct packet p = out_to("198.51.100.1", 6, 80);

    make_state(HF_CONN_CONNECTED);
    p.out = "hold0";
    cr_expect_not(passes(&p)); /* bound to the address of a link */
    p.source = "10.9.0.2";
    cr_expect(passes(&p));
    p.port = 53;
    cr_expect(passes(&p));
    p.out = "eth0";
    cr_expect_not(passes(&p));
}

Test(ruleset, inner_addresses_are_out_of_reach_for_others_without_a_block_as_well)
{
    struct packet p = { HF_HOOK_PREROUTING, "eth0", NULL, "198.51.100.1", "10.9.0.2", 6, 1, 2 };
    struct hf_ruleset_facts facts = facts_of("192.168.1.0/24", NULL);
    struct hf_plan plan = plan_of(HF_LOCK_OFF, HF_CONN_CONNECTED);

    make(&plan, &facts);
    cr_expect_not(passes(&p));
    p.in = "hold0";
    cr_expect(passes(&p));
    p.in = "lo";
    cr_expect(passes(&p));
}

Test(ruleset, loopback_is_never_touched)
{
    struct packet p = { HF_HOOK_OUTPUT, NULL, "lo", "127.0.0.1", "127.0.0.1", 6, 1, 53 };

    for (unsigned state = 0; state < HF_CONN_STATE_COUNT; state++) {
        make_state((enum hf_conn_state)state);
        p.hook = HF_HOOK_OUTPUT;
        p.out = "lo";
        p.in = NULL;
        cr_expect(passes(&p));
        p.hook = HF_HOOK_INPUT;
        p.in = "lo";
        p.out = NULL;
        cr_expect(passes(&p));
    }
}

Test(ruleset, lan_is_private_and_on_link_and_never_dns)
{
    struct hf_ruleset_facts facts = facts_of("192.168.1.0/24", "203.0.113.0/24");
    struct hf_plan plan = plan_of(HF_LOCK_SESSION, HF_CONN_CONNECTED);
    struct packet p = out_to("192.168.1.9", 6, 631);

    make(&plan, &facts);
    cr_expect_not(passes(&p)); /* not allowed */
    plan.firewall.allow_lan = true;
    make(&plan, &facts);
    cr_expect(passes(&p));
    p.port = 53;
    cr_expect_not(passes(&p));
    p.port = 853;
    cr_expect_not(passes(&p));
    p.port = 631;
    p.destination = "192.168.2.9"; /* private, but elsewhere */
    cr_expect_not(passes(&p));
    p.destination = "203.0.113.9"; /* a network that claims a public range */
    cr_expect_not(passes(&p));
}

Test(ruleset, a_network_that_claims_everything_gets_the_private_ranges)
{
    struct hf_ruleset_facts facts = facts_of("0.0.0.0/1", "128.0.0.0/1");
    struct hf_plan plan = plan_of(HF_LOCK_SESSION, HF_CONN_CONNECTED);
    struct packet p = out_to("10.1.2.3", 6, 80);

    plan.firewall.allow_lan = true;
    make(&plan, &facts);
    cr_expect(passes(&p));
    p.destination = "198.51.100.1";
    cr_expect_not(passes(&p));
}

Test(ruleset, where_lan_and_tunnel_overlap_the_tunnel_wins)
{
    struct hf_ruleset_facts facts = facts_of("10.0.1.0/24", "192.168.1.0/24");
    struct hf_plan plan = split_plan();
    struct packet p = out_to("10.0.1.9", 6, 80);
    hf_prefix lan[HF_LAN_MAX];

    plan.firewall.allow_lan = true;
    make(&plan, &facts);
    cr_expect_not(passes(&p));
    cr_assert_eq(hf_ruleset_lan(&plan, &facts, lan), 1);
    cr_expect_eq(lan[0].address.octets[0], 192);
}

Test(ruleset, split_leaves_the_rest_alone_but_not_dns)
{
    struct hf_ruleset_facts facts = facts_of("192.168.1.0/24", NULL);
    struct hf_plan plan = split_plan();
    struct packet p = out_to("198.51.100.1", 6, 80);

    make(&plan, &facts);
    cr_expect(passes(&p));
    p.port = 53;
    cr_expect_not(passes(&p));
    p.port = 80;
    p.destination = "10.200.0.1";
    cr_expect_not(passes(&p));
    p.out = "hold0";
    p.source = "10.9.0.2";
    cr_expect(passes(&p));
    plan.resolver_count = 0;
    make(&plan, &facts);
    p = out_to("192.168.1.1", 17, 53);
    cr_expect(passes(&p));
}

Test(ruleset, excluded_networks_pass_outside_the_tunnel)
{
    struct hf_ruleset_facts facts = facts_of("192.168.1.0/24", NULL);
    struct hf_plan plan = plan_of(HF_LOCK_SESSION, HF_CONN_CONNECTED);
    struct packet p = out_to("198.51.100.1", 6, 80);

    plan.excluded[plan.excluded_count++] = prefix_of("198.51.100.0/24");
    make(&plan, &facts);
    cr_expect(passes(&p));
    p.port = 53;
    cr_expect_not(passes(&p));
}

Test(ruleset, guests_get_out_through_the_tunnel_alone)
{
    struct packet p = {
        HF_HOOK_FORWARD, "docker0", "eth0", "172.17.0.2", "198.51.100.1", 6, 1, 80
    };

    make_state(HF_CONN_CONNECTED);
    cr_expect_not(passes(&p));
    p.established = true;
    cr_expect_not(passes(&p));
    p.established = false;
    p.out = "hold0";
    cr_expect(passes(&p));
    p = (struct packet){ HF_HOOK_FORWARD, "hold0", "docker0", "198.51.100.1", "172.17.0.2", 6, 80 };
    cr_expect_not(passes(&p));
    p.established = true;
    cr_expect(passes(&p));
}

Test(ruleset, the_open_one_lets_everything_pass)
{
    static const char *const addresses[] = { "198.51.100.1", "127.0.0.1", "10.9.0.2",
                                             "2001:db8::9" };
    static const uint16_t ports[] = { 53, 80, 67, 500, 853 };
    const struct hf_ruleset_facts facts = { .engine_uid = 64721 };

    cr_assert_eq(hf_ruleset_make_open("hold0", &facts, &ruleset), HF_OK);
    for (size_t i = 0; i < HF_HOOK_COUNT * HF_ARRAY_LEN(addresses) * HF_ARRAY_LEN(ports) * 2; i++) {
        struct packet p = out_to(addresses[i / HF_HOOK_COUNT % HF_ARRAY_LEN(addresses)],
                                 i % 2 == 0 ? 17 : 6, ports[i % HF_ARRAY_LEN(ports)]);

        p.hook = (enum hf_hook)(i % HF_HOOK_COUNT);
        p.in = "eth0";
        cr_expect(passes(&p), "%zu", i);
    }
    for (size_t i = 0; i < HF_HOOK_COUNT; i++) {
        const struct hf_rule every = { .hook = (enum hf_hook)i,
                                       .verdict = HF_VERDICT_ACCEPT,
                                       .comment = "open until there is a plan" };
        size_t first = 0;

        while (ruleset.rules[first].hook != every.hook)
            first++;
        cr_expect(hf_rule_equal(&ruleset.rules[first], &every)); /* asks for nothing */
        cr_expect(!ruleset.drop_by_default[i]);
    }
}

Test(ruleset, the_largest_plan_fits)
{
    struct hf_ruleset_facts facts = { .engine_uid = ENGINE_UID, .on_link_count = 16 };
    struct hf_plan plan = plan_of(HF_LOCK_SESSION, HF_CONN_CONNECTED);

    for (uint8_t i = 0; i < 16; i++)
        facts.on_link[i] = (hf_prefix){
            {HF_FAMILY_V4, { 0 }},
            i % 2
        };
    plan.firewall.allow_lan = true;
    plan.firewall.gateway_count = HF_PLAN_ENDPOINTS;
    for (size_t i = 0; i < HF_PLAN_ENDPOINTS; i++) {
        plan.firewall.gateways[i] = address_of("203.0.113.1");
        plan.addresses[i] = (hf_prefix){ address_of("10.9.0.2"), 24 };
    }
    plan.address_count = HF_PLAN_ADDRESSES;
    plan.excluded_count = plan.firewall.protected_count = HF_PLAN_ROUTES;
    for (size_t i = 0; i < HF_PLAN_ROUTES; i++)
        plan.excluded[i] = plan.firewall.protected_prefixes[i] = prefix_of("198.51.100.0/24");
    make(&plan, &facts);
    cr_expect_gt(ruleset.count, HF_PLAN_ROUTES * 9);
}
