/* The kill switch as a value: see ruleset.h. Each function adds the rules of one purpose to all
 * hooks; hf_ruleset_make calls them in the order that decides. */
#include "common/ruleset.h"

#include "instance.h"

#include <string.h>

enum { PROTOCOL_ICMP = 1, PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, PROTOCOL_ICMPV6 = 58 };
enum { ICMP_UNREACHABLE = 3 };
enum {
    ICMPV6_TOO_BIG = 2,
    ICMPV6_ROUTER_SOLICITATION = 133,
    ICMPV6_ROUTER_ADVERTISEMENT = 134,
    ICMPV6_NEIGHBOUR_SOLICITATION = 135,
    ICMPV6_NEIGHBOUR_ADVERTISEMENT = 136,
};

#define V4(bits_, ...)                                                                             \
    {                                                                                              \
        { HF_FAMILY_V4, { __VA_ARGS__ } }, (bits_)                                                 \
    }
#define V6(bits_, ...)                                                                             \
    {                                                                                              \
        { HF_FAMILY_V6, { __VA_ARGS__ } }, (bits_)                                                 \
    }

static const hf_prefix broadcast = V4(32, 255, 255, 255, 255);
static const hf_prefix link_local_v6 = V6(10, 0xfe, 0x80);
static const hf_prefix all_routers = V6(128, 0xff, 0x02, [15] = 0x02);
static const hf_prefix solicited_node = V6(104, 0xff, 0x02, [11] = 0x01, [12] = 0xff);
static const hf_prefix dhcpv6_agents = V6(128, 0xff, 0x02, [13] = 0x01, [15] = 0x02);
static const hf_prefix dhcpv6_servers = V6(128, 0xff, 0x05, [13] = 0x01, [15] = 0x03);

/* Never "what the network says is local": a network can say anything. */
static const hf_prefix lan_ranges[] = {
    V4(8, 10), V4(12, 172, 16), V4(16, 192, 168), V4(16, 169, 254), V6(7, 0xfc), V6(10, 0xfe, 0x80),
};
static const hf_prefix lan_groups[] = {
    V4(24, 224),        V4(8, 239),         V4(32, 255, 255, 255, 255), V6(16, 0xff, 0x01),
    V6(16, 0xff, 0x02), V6(16, 0xff, 0x03), V6(16, 0xff, 0x04),         V6(16, 0xff, 0x05),
};

static const struct {
    bool gateway, name;
} holes[HF_CONN_STATE_COUNT] = {
    [HF_CONN_RESOLVING] = {.name = true    },
    [HF_CONN_HANDSHAKING] = { .gateway = true},
    [HF_CONN_AUTHENTICATING] = { .gateway = true},
    [HF_CONN_NEEDS_INPUT] = { .gateway = true},
    [HF_CONN_INSTALLING] = { .gateway = true},
    [HF_CONN_CONNECTED] = { .gateway = true},
    [HF_CONN_PATH_LOST] = { .gateway = true, .name = true },
    [HF_CONN_RECONNECTING] = { .gateway = true              },
    [HF_CONN_DISCONNECTING] = { .gateway = true },
};

struct maker {
    const struct hf_plan *plan;
    const struct hf_ruleset_facts *facts;
    const char *tun_name; /* ours, whether it is there yet or not */
    struct hf_ruleset *out;
    struct hf_rule spare; /* takes what no longer fits */
    bool overflow;
};

/* Appends a rule with no conditions yet. */
static struct hf_rule *add(struct maker *m, enum hf_hook hook, enum hf_verdict verdict,
                           const char *comment)
{
    struct hf_rule *rule = &m->spare;

    if (m->out->count < HF_RULES_MAX)
        rule = &m->out->rules[m->out->count++];
    else
        m->overflow = true;
    *rule = (struct hf_rule){ .hook = hook, .verdict = verdict, .comment = comment };
    rule->counter = verdict == HF_VERDICT_DROP || verdict == HF_VERDICT_REJECT;
    return rule;
}

static struct hf_rule *add_udp(struct maker *m, enum hf_hook hook, const char *comment,
                               uint16_t source_port, uint16_t destination_port)
{
    struct hf_rule *rule = add(m, hook, HF_VERDICT_ACCEPT, comment);

    rule->protocol = PROTOCOL_UDP;
    rule->source_port = source_port;
    rule->destination_port = destination_port;
    return rule;
}

static hf_prefix host(const hf_address *address)
{
    return (hf_prefix){ *address, (uint8_t)(hf_family_octets(address->family) * 8) };
}

static void set_interface(char field[HF_PLAN_TUN_NAME_MAX], const char *name)
{
    memcpy(field, name, strlen(name) + 1);
}

static void not_from_tunnel(const struct maker *m, struct hf_rule *rule)
{
    set_interface(rule->in_interface, m->tun_name);
    rule->not_in_interface = true;
}

static void not_into_tunnel(const struct maker *m, struct hf_rule *rule)
{
    set_interface(rule->out_interface, m->tun_name);
    rule->not_out_interface = true;
}

static void add_loopback(struct maker *m)
{
    set_interface(add(m, HF_HOOK_PREROUTING, HF_VERDICT_ACCEPT, "loopback")->in_interface, "lo");
    set_interface(add(m, HF_HOOK_INPUT, HF_VERDICT_ACCEPT, "loopback")->in_interface, "lo");
    set_interface(add(m, HF_HOOK_OUTPUT, HF_VERDICT_ACCEPT, "loopback")->out_interface, "lo");
}

/* Inner addresses belong to the tunnel: nobody else may probe them (CVE-2019-14899), and they do
 * not appear on another link. */
static void add_inner_addresses(struct maker *m)
{
    for (size_t i = 0; i < m->plan->address_count; i++) {
        struct hf_rule *rule = add(m, HF_HOOK_PREROUTING, HF_VERDICT_DROP, "inner address");

        rule->destination = host(&m->plan->addresses[i].address);
        not_from_tunnel(m, rule);
        rule = add(m, HF_HOOK_OUTPUT, HF_VERDICT_REJECT, "inner address");
        rule->source = host(&m->plan->addresses[i].address);
        not_into_tunnel(m, rule);
    }
}

static void add_dhcp(struct maker *m)
{
    add_udp(m, HF_HOOK_INPUT, "dhcp", 67, 68)->family = HF_FAMILY_V4;
    add_udp(m, HF_HOOK_OUTPUT, "dhcp", 68, 67)->destination = broadcast;
    for (size_t i = 0; i < m->facts->on_link_count; i++) {
        if (m->facts->on_link[i].address.family == HF_FAMILY_V4)
            add_udp(m, HF_HOOK_OUTPUT, "dhcp renewal", 68, 67)->destination = m->facts->on_link[i];
    }
    add_udp(m, HF_HOOK_INPUT, "dhcpv6", 547, 546)->source = link_local_v6;
    add_udp(m, HF_HOOK_OUTPUT, "dhcpv6", 546, 547)->destination = dhcpv6_agents;
    add_udp(m, HF_HOOK_OUTPUT, "dhcpv6", 546, 547)->destination = dhcpv6_servers;
}

static struct hf_rule *add_ndp(struct maker *m, enum hf_hook hook, uint8_t type)
{
    struct hf_rule *rule = add(m, hook, HF_VERDICT_ACCEPT, "neighbour discovery");

    rule->protocol = PROTOCOL_ICMPV6;
    rule->has_icmp_type = true;
    rule->icmp_type = type;
    rule->hop_limit_255 = true;
    return rule;
}

/* Without redirects: a neighbour does not choose our routes. Hop limit 255: from this link
 * (RFC 4861, section 7.1). */
static void add_neighbour_discovery(struct maker *m)
{
    add_ndp(m, HF_HOOK_INPUT, ICMPV6_ROUTER_ADVERTISEMENT)->source = link_local_v6;
    add_ndp(m, HF_HOOK_INPUT, ICMPV6_NEIGHBOUR_SOLICITATION);
    add_ndp(m, HF_HOOK_INPUT, ICMPV6_NEIGHBOUR_ADVERTISEMENT);
    add_ndp(m, HF_HOOK_OUTPUT, ICMPV6_ROUTER_SOLICITATION)->destination = all_routers;
    add_ndp(m, HF_HOOK_OUTPUT, ICMPV6_NEIGHBOUR_SOLICITATION)->destination = solicited_node;
    add_ndp(m, HF_HOOK_OUTPUT, ICMPV6_NEIGHBOUR_SOLICITATION)->destination = link_local_v6;
    add_ndp(m, HF_HOOK_OUTPUT, ICMPV6_NEIGHBOUR_ADVERTISEMENT);
}

/* UDP to one endpoint for marked packets of the engine, and the answers. These get the mark before
 * they are routed, so that a strict rp_filter finds them on the right link. */
static void add_hole(struct maker *m, const hf_endpoint *to, const char *comment)
{
    static const struct {
        enum hf_hook hook;
        enum hf_verdict verdict;
    } answers[] = {
        {HF_HOOK_PREROUTING, HF_VERDICT_MARK  },
        { HF_HOOK_INPUT,     HF_VERDICT_ACCEPT}
    };
    struct hf_rule *rule = add_udp(m, HF_HOOK_OUTPUT, comment, 0, to->port);

    rule->destination = host(&to->address);
    rule->marked = rule->has_uid = true;
    rule->uid = m->facts->engine_uid;
    for (size_t i = 0; i < HF_ARRAY_LEN(answers); i++) {
        rule = add_udp(m, answers[i].hook, comment, to->port, 0);
        rule->verdict = answers[i].verdict;
        rule->source = host(&to->address);
        rule->established = true;
        not_from_tunnel(m, rule);
    }
}

/* What routers say about packets to the gateway that do not fit. */
static void add_path_mtu(struct maker *m, const hf_address *gateway)
{
    static const struct {
        enum hf_hook hook;
        enum hf_verdict verdict;
    } errors[] = {
        {HF_HOOK_PREROUTING, HF_VERDICT_MARK  },
        { HF_HOOK_INPUT,     HF_VERDICT_ACCEPT}
    };
    bool v6 = gateway->family == HF_FAMILY_V6;

    for (size_t i = 0; i < HF_ARRAY_LEN(errors); i++) {
        struct hf_rule *rule = add(m, errors[i].hook, errors[i].verdict, "path mtu");

        rule->protocol = v6 ? PROTOCOL_ICMPV6 : PROTOCOL_ICMP;
        rule->has_icmp_type = true;
        rule->icmp_type = v6 ? ICMPV6_TOO_BIG : ICMP_UNREACHABLE;
        rule->about = *gateway;
        not_from_tunnel(m, rule);
    }
}

static void add_holes(struct maker *m)
{
    const struct hf_plan_firewall *f = &m->plan->firewall;
    static const uint16_t ike_ports[] = { 500, 4500 };
    const uint16_t *ports = f->gateway_port_count == 0 ? ike_ports : f->gateway_ports;
    size_t port_count =
        f->gateway_port_count == 0 ? HF_ARRAY_LEN(ike_ports) : f->gateway_port_count;

    for (size_t i = 0; holes[f->state].gateway && i < f->gateway_count; i++) {
        for (size_t port = 0; port < port_count; port++)
            add_hole(m, &(hf_endpoint){ f->gateways[i], ports[port] }, "gateway");
        add_path_mtu(m, &f->gateways[i]);
    }
    for (size_t i = 0; holes[f->state].name && i < f->resolver_count; i++)
        add_hole(m, &f->resolvers[i], "gateway name");
}

/* Both ways for this host; for guests behind it (containers, virtual machines) what they began. */
static void add_tunnel(struct maker *m)
{
    struct hf_rule *rule;

    if (!m->plan->tunnel)
        return;
    for (size_t i = 0; i < m->plan->address_count; i++) {
        rule = add(m, HF_HOOK_OUTPUT, HF_VERDICT_ACCEPT, "tunnel");
        rule->source = host(&m->plan->addresses[i].address);
        set_interface(rule->out_interface, m->plan->tun_name);
    }
    rule = add(m, HF_HOOK_INPUT, HF_VERDICT_ACCEPT, "tunnel");
    set_interface(rule->in_interface, m->tun_name);
    rule = add(m, HF_HOOK_FORWARD, HF_VERDICT_ACCEPT, "tunnel");
    set_interface(rule->out_interface, m->tun_name);
    rule = add(m, HF_HOOK_FORWARD, HF_VERDICT_ACCEPT, "tunnel");
    set_interface(rule->in_interface, m->tun_name);
    rule->established = true;
}

/* A rejection for TCP, which resets, and one for the rest. */
static struct hf_rule *add_reject(struct maker *m, enum hf_hook hook, const char *comment,
                                  uint8_t protocol)
{
    struct hf_rule *rule = add(m, hook, HF_VERDICT_REJECT, comment);

    rule->protocol = protocol;
    return rule;
}

/* DNS leaves through the tunnel or not at all, to the LAN neither. */
static void add_dns_lock(struct maker *m)
{
    static const enum hf_hook hooks[] = { HF_HOOK_FORWARD, HF_HOOK_OUTPUT };
    static const uint8_t protocols[] = { PROTOCOL_UDP, PROTOCOL_TCP };
    static const uint16_t ports[] = { 53, 853 };

    if (m->plan->firewall.protected_count != 0 && m->plan->resolver_count == 0)
        return; /* split, and names are left to the network */
    for (size_t i = 0; i < HF_ARRAY_LEN(hooks) * 4; i++) {
        struct hf_rule *rule = add_reject(m, hooks[i / 4], "dns", protocols[i / 2 % 2]);

        rule->destination_port = ports[i % 2];
        not_into_tunnel(m, rule);
    }
}

/* Both ways with these networks, outside the tunnel; through this host only what began on our side
 * of it. */
static void add_network(struct maker *m, const hf_prefix *prefix, const char *comment)
{
    struct hf_rule *rule = add(m, HF_HOOK_INPUT, HF_VERDICT_ACCEPT, comment);

    rule->source = *prefix;
    not_from_tunnel(m, rule);
    rule = add(m, HF_HOOK_OUTPUT, HF_VERDICT_ACCEPT, comment);
    rule->destination = *prefix;
    not_into_tunnel(m, rule);
    rule = add(m, HF_HOOK_FORWARD, HF_VERDICT_ACCEPT, comment);
    rule->destination = *prefix;
    not_from_tunnel(m, rule);
    rule = add(m, HF_HOOK_FORWARD, HF_VERDICT_ACCEPT, comment);
    rule->source = *prefix;
    rule->established = true;
}

static bool prefix_within(const hf_prefix *inner, const hf_prefix *outer)
{
    return inner->bits >= outer->bits && hf_prefix_contains(outer, &inner->address);
}

static bool is_routed(const struct hf_plan *plan, const hf_prefix *prefix)
{
    for (size_t i = 0; i < plan->route_count; i++) {
        const hf_prefix *route = &plan->routes[i];

        if (route->bits > 1 && (prefix_within(prefix, route) || prefix_within(route, prefix)))
            return true;
    }
    return false;
}

static size_t lan_of(const struct hf_plan *plan, const hf_prefix *on_link, hf_prefix *out,
                     size_t room)
{
    size_t count = 0;

    for (size_t i = 0; i < HF_ARRAY_LEN(lan_ranges) && count < room; i++) {
        const hf_prefix *range = &lan_ranges[i], *both = NULL;

        if (prefix_within(on_link, range))
            both = on_link;
        else if (prefix_within(range, on_link))
            both = range;
        if (both != NULL && !is_routed(plan, both))
            out[count++] = *both;
    }
    return count;
}

size_t hf_ruleset_lan(const struct hf_plan *plan, const struct hf_ruleset_facts *facts,
                      hf_prefix out[HF_LAN_MAX])
{
    size_t count = 0;

    for (size_t i = 0; plan->firewall.allow_lan && i < facts->on_link_count; i++)
        count += lan_of(plan, &facts->on_link[i], out + count, HF_LAN_MAX - count);
    return count;
}

static void add_lan(struct maker *m)
{
    hf_prefix lan[HF_LAN_MAX];
    size_t count = hf_ruleset_lan(m->plan, m->facts, lan);

    for (size_t i = 0; i < count; i++)
        add_network(m, &lan[i], "lan");
    for (size_t i = 0; count > 0 && i < HF_ARRAY_LEN(lan_groups); i++) {
        struct hf_rule *rule = add(m, HF_HOOK_OUTPUT, HF_VERDICT_ACCEPT, "lan");

        rule->destination = lan_groups[i];
        not_into_tunnel(m, rule);
    }
}

static void add_excluded(struct maker *m)
{
    for (size_t i = 0; i < m->plan->excluded_count; i++)
        add_network(m, &m->plan->excluded[i], "excluded");
}

static void protect_everything(struct maker *m)
{
    m->out->drop_by_default[HF_HOOK_INPUT] = true;
    m->out->drop_by_default[HF_HOOK_FORWARD] = true;
    m->out->drop_by_default[HF_HOOK_OUTPUT] = true;
    add(m, HF_HOOK_INPUT, HF_VERDICT_DROP, "blocked");
    add_reject(m, HF_HOOK_FORWARD, "blocked", PROTOCOL_TCP);
    add_reject(m, HF_HOOK_FORWARD, "blocked", 0);
    add_reject(m, HF_HOOK_OUTPUT, "blocked", PROTOCOL_TCP);
    add_reject(m, HF_HOOK_OUTPUT, "blocked", 0);
}

static void protect_prefix(struct maker *m, const hf_prefix *prefix)
{
    static const enum hf_hook hooks[] = { HF_HOOK_FORWARD, HF_HOOK_OUTPUT };
    static const uint8_t protocols[] = { PROTOCOL_TCP, 0 };
    struct hf_rule *rule = add(m, HF_HOOK_INPUT, HF_VERDICT_DROP, "protected");

    rule->source = *prefix;
    not_from_tunnel(m, rule);
    for (size_t i = 0; i < HF_ARRAY_LEN(hooks) * 2; i++) {
        rule = add_reject(m, hooks[i / 2], "protected", protocols[i % 2]);
        rule->destination = *prefix;
        not_into_tunnel(m, rule);
    }
}

static void add_lock(struct maker *m)
{
    const struct hf_plan_firewall *f = &m->plan->firewall;

    add_dhcp(m);
    add_neighbour_discovery(m);
    add_holes(m);
    add_tunnel(m);
    add_dns_lock(m);
    add_excluded(m);
    add_lan(m);
    if (f->protected_count == 0)
        protect_everything(m);
    for (size_t i = 0; i < f->protected_count; i++)
        protect_prefix(m, &f->protected_prefixes[i]);
}

hf_status hf_ruleset_make(const struct hf_plan *plan, const struct hf_ruleset_facts *facts,
                          struct hf_ruleset *out)
{
    struct maker m = { .plan = plan, .facts = facts, .out = out };

    m.tun_name = plan->tunnel ? plan->tun_name : HF_TUN_NAME;
    HF_ASSERT((unsigned)plan->firewall.state < HF_CONN_STATE_COUNT);
    out->present = plan->firewall.block || plan->tunnel;
    memset(out->drop_by_default, 0, sizeof out->drop_by_default);
    out->count = 0;
    if (!out->present)
        return HF_OK;
    add_loopback(&m);
    add_inner_addresses(&m);
    if (plan->firewall.block)
        add_lock(&m);
    return m.overflow ? HF_ERR_TOO_LARGE : HF_OK;
}

hf_status hf_ruleset_make_open(const char *tun_name, const struct hf_ruleset_facts *facts,
                               struct hf_ruleset *out)
{
    const struct hf_plan plan = { .tunnel = true };
    struct maker m = { .plan = &plan, .facts = facts, .tun_name = tun_name, .out = out };

    out->present = true;
    memset(out->drop_by_default, 0, sizeof out->drop_by_default);
    out->count = 0;
    for (size_t i = 0; i < HF_HOOK_COUNT; i++)
        add(&m, (enum hf_hook)i, HF_VERDICT_ACCEPT, "open until there is a plan");
    add_loopback(&m);
    add_dhcp(&m);
    add_neighbour_discovery(&m);
    add_tunnel(&m);
    add_dns_lock(&m);
    return m.overflow ? HF_ERR_TOO_LARGE : HF_OK;
}
