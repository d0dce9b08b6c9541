/* The network plan as a value: the empty one, equality, and the limits that every plan keeps. See
 * holdfast/plan.h. */
#include <holdfast/plan.h>

#include <string.h>

static const struct {
    const char *name;
    unsigned strength;
} locks[] = {
    [HF_LOCK_OFF] = {"off",      0},
    [HF_LOCK_SESSION] = { "session", 1},
    [HF_LOCK_ALWAYS] = { "always",  2},
};

const char *hf_lock_mode_name(enum hf_lock_mode mode)
{
    HF_ASSERT((size_t)mode < HF_ARRAY_LEN(locks));
    return locks[mode].name;
}

bool hf_lock_mode_is_weaker(enum hf_lock_mode mode, enum hf_lock_mode than)
{
    return locks[mode].strength < locks[than].strength;
}

struct hf_plan hf_plan_empty(void)
{
    return (struct hf_plan){ 0 };
}

bool hf_plan_is_empty(const struct hf_plan *plan)
{
    return !plan->tunnel && !plan->firewall.block;
}

static bool prefixes_equal(const hf_prefix *a, size_t a_count, const hf_prefix *b, size_t b_count)
{
    if (a_count != b_count)
        return false;
    for (size_t i = 0; i < a_count; i++) {
        if (!hf_prefix_equal(&a[i], &b[i]))
            return false;
    }
    return true;
}

static bool addresses_equal(const hf_address *a, size_t a_count, const hf_address *b,
                            size_t b_count)
{
    if (a_count != b_count)
        return false;
    for (size_t i = 0; i < a_count; i++) {
        if (!hf_address_equal(&a[i], &b[i]))
            return false;
    }
    return true;
}

static bool endpoints_equal(const hf_endpoint *a, size_t a_count, const hf_endpoint *b,
                            size_t b_count)
{
    if (a_count != b_count)
        return false;
    for (size_t i = 0; i < a_count; i++) {
        if (!hf_endpoint_equal(&a[i], &b[i]))
            return false;
    }
    return true;
}

static bool domains_equal(const struct hf_plan *a, const struct hf_plan *b)
{
    if (a->domain_count != b->domain_count)
        return false;
    for (size_t i = 0; i < a->domain_count; i++) {
        if (strcmp(a->domains[i], b->domains[i]) != 0)
            return false;
    }
    return true;
}

static bool ports_equal(const struct hf_plan_firewall *a, const struct hf_plan_firewall *b)
{
    if (a->gateway_port_count != b->gateway_port_count)
        return false;
    for (size_t i = 0; i < a->gateway_port_count; i++) {
        if (a->gateway_ports[i] != b->gateway_ports[i])
            return false;
    }
    return true;
}

static bool firewalls_equal(const struct hf_plan_firewall *a, const struct hf_plan_firewall *b)
{
    return a->block == b->block && a->mode == b->mode && a->state == b->state &&
           a->allow_lan == b->allow_lan && ports_equal(a, b) &&
           addresses_equal(a->gateways, a->gateway_count, b->gateways, b->gateway_count) &&
           endpoints_equal(a->resolvers, a->resolver_count, b->resolvers, b->resolver_count) &&
           prefixes_equal(a->protected_prefixes, a->protected_count, b->protected_prefixes,
                          b->protected_count);
}

bool hf_plan_equal(const struct hf_plan *a, const struct hf_plan *b)
{
    return a->tunnel == b->tunnel && strcmp(a->tun_name, b->tun_name) == 0 &&
           a->mtu_bytes == b->mtu_bytes &&
           prefixes_equal(a->addresses, a->address_count, b->addresses, b->address_count) &&
           prefixes_equal(a->routes, a->route_count, b->routes, b->route_count) &&
           prefixes_equal(a->excluded, a->excluded_count, b->excluded, b->excluded_count) &&
           addresses_equal(a->resolvers, a->resolver_count, b->resolvers, b->resolver_count) &&
           domains_equal(a, b) && firewalls_equal(&a->firewall, &b->firewall);
}

static bool is_prefix(const hf_prefix *prefix)
{
    size_t bits = hf_family_octets(prefix->address.family) * 8;

    return bits != 0 && prefix->bits <= bits;
}

/* No host bits, and not a part of the special ranges. A prefix under 3 bits is never inside one
 * (224/3 is the largest), though both its ends may be. */
static bool is_network(const hf_prefix *prefix)
{
    hf_address first, last;

    if (!is_prefix(prefix))
        return false;
    first = hf_prefix_first(prefix);
    last = hf_prefix_last(prefix);
    return hf_address_equal(&first, &prefix->address) &&
           (prefix->bits < 3 || !hf_address_is_special(&first) || !hf_address_is_special(&last));
}

static bool are_networks(const hf_prefix *prefixes, size_t count, uint8_t min_bits)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_network(&prefixes[i]) || prefixes[i].bits < min_bits)
            return false;
    }
    return true;
}

static bool is_unicast_host(const hf_address *address)
{
    return hf_family_octets(address->family) != 0 && !hf_address_is_special(address);
}

static bool are_unicast_hosts(const hf_address *addresses, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_unicast_host(&addresses[i]))
            return false;
    }
    return true;
}

static bool are_inner_addresses(const hf_prefix *addresses, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_prefix(&addresses[i]) || addresses[i].bits == 0 ||
            !is_unicast_host(&addresses[i].address))
            return false;
        for (size_t j = 0; j < i; j++) {
            if (hf_address_equal(&addresses[i].address, &addresses[j].address))
                return false;
        }
    }
    return true;
}

/* Up to its NUL, or `capacity` when it has none. */
static size_t bounded_length(const char *text, size_t capacity)
{
    const char *end = memchr(text, '\0', capacity);

    return end == NULL ? capacity : (size_t)(end - text);
}

/* An interface name of ours: a letter, then [a-z0-9-]. */
static bool is_tun_name(const char name[HF_PLAN_TUN_NAME_MAX])
{
    size_t length = bounded_length(name, HF_PLAN_TUN_NAME_MAX);

    if (length == 0 || length == HF_PLAN_TUN_NAME_MAX || name[0] < 'a' || name[0] > 'z')
        return false;
    for (size_t i = 1; i < length; i++) {
        if ((name[i] < 'a' || name[i] > 'z') && (name[i] < '0' || name[i] > '9') && name[i] != '-')
            return false;
    }
    return true;
}

static bool is_label_octet(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

/* Labels of 1 to 63 octets with single dots between them: the domain is written into resolv.conf.
 */
static bool is_domain(const char domain[HF_PLAN_DOMAIN_MAX])
{
    size_t length = bounded_length(domain, HF_PLAN_DOMAIN_MAX), label = 0;

    if (length == 0 || length == HF_PLAN_DOMAIN_MAX)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (domain[i] == '.' && label == 0)
            return false;
        if (domain[i] != '.' && (!is_label_octet(domain[i]) || label == 63))
            return false;
        label = domain[i] == '.' ? 0 : label + 1;
    }
    return label != 0;
}

static bool are_domains(const struct hf_plan *plan)
{
    for (size_t i = 0; i < plan->domain_count; i++) {
        if (!is_domain(plan->domains[i]))
            return false;
    }
    return true;
}

static bool counts_fit(const struct hf_plan *plan)
{
    const struct hf_plan_firewall *f = &plan->firewall;

    return plan->address_count <= HF_PLAN_ADDRESSES && plan->route_count <= HF_PLAN_ROUTES &&
           plan->excluded_count <= HF_PLAN_ROUTES && plan->resolver_count <= HF_PLAN_RESOLVERS &&
           plan->domain_count <= HF_PLAN_DOMAINS && f->gateway_count <= HF_PLAN_ENDPOINTS &&
           f->gateway_port_count <= HF_ARRAY_LEN(f->gateway_ports) &&
           f->resolver_count <= HF_PLAN_ENDPOINTS && f->protected_count <= HF_PLAN_ROUTES;
}

/* Resolvers of the network may be link-local or on this host; never a group or nothing. */
static bool are_name_servers(const hf_endpoint *endpoints, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const hf_address *address = &endpoints[i].address;

        if (hf_family_octets(address->family) == 0 || hf_address_is_any(address) ||
            endpoints[i].port == 0)
            return false;
        if (address->octets[0] == 0xff ||
            (address->family == HF_FAMILY_V4 && address->octets[0] >= 224))
            return false;
    }
    return true;
}

static bool firewall_is_sound(const struct hf_plan_firewall *f)
{
    for (size_t i = 0; i < f->gateway_port_count; i++) {
        if (f->gateway_ports[i] == 0)
            return false;
    }
    return (unsigned)f->mode <= HF_LOCK_OFF && (unsigned)f->state < HF_CONN_STATE_COUNT &&
           are_unicast_hosts(f->gateways, f->gateway_count) &&
           are_name_servers(f->resolvers, f->resolver_count) &&
           are_networks(f->protected_prefixes, f->protected_count, 1);
}

/* What belongs to a tunnel stands in a plan with a tunnel alone. */
static bool tunnel_is_sound(const struct hf_plan *plan)
{
    if (!plan->tunnel)
        return plan->tun_name[0] == '\0' && plan->mtu_bytes == 0 && plan->address_count == 0 &&
               plan->route_count == 0 && plan->resolver_count == 0 && plan->domain_count == 0;
    return is_tun_name(plan->tun_name) && plan->mtu_bytes >= 1280 && plan->mtu_bytes <= 9000 &&
           plan->address_count > 0 && are_inner_addresses(plan->addresses, plan->address_count) &&
           are_networks(plan->routes, plan->route_count, 0) &&
           are_unicast_hosts(plan->resolvers, plan->resolver_count) && are_domains(plan);
}

hf_status hf_plan_check(const struct hf_plan *plan)
{
    if (!counts_fit(plan) || !tunnel_is_sound(plan) ||
        !are_networks(plan->excluded, plan->excluded_count, 1) ||
        !firewall_is_sound(&plan->firewall))
        return HF_ERR_MALFORMED;
    return HF_OK;
}
