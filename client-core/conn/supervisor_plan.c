/* Plans of the supervisor: see supervisor_plan.h. */
#include "conn/supervisor_plan.h"

/* The state as the firewall knows it: stages that need the same holes are one, so that passing from
 * one to the next changes nothing on the host. */
static enum hf_conn_state firewall_state(enum hf_conn_state state)
{
    switch (state) {
    case HF_CONN_HANDSHAKING:
    case HF_CONN_AUTHENTICATING:
    case HF_CONN_NEEDS_INPUT:
        return HF_CONN_HANDSHAKING;
    case HF_CONN_INSTALLING:
    case HF_CONN_CONNECTED:
    case HF_CONN_PATH_LOST:
    case HF_CONN_ASLEEP:
        return HF_CONN_CONNECTED;
    case HF_CONN_DISCONNECTED:
    case HF_CONN_FAILED:
    case HF_CONN_DISCONNECTING:
        return HF_CONN_DISCONNECTED;
    case HF_CONN_RESOLVING:
    case HF_CONN_RECONNECTING:
    case HF_CONN_BLOCKED:
    case HF_CONN_PORTAL:
    case HF_CONN_STATE_COUNT:
        break;
    }
    return state;
}

static bool is_released(const struct hf_supervisor_wish *wish)
{
    return wish->profile == NULL ||
           (firewall_state(wish->state) == HF_CONN_DISCONNECTED && !wish->leaving);
}

static bool names_a_host(const struct hf_profile *profile)
{
    for (size_t i = 0; i < profile->gateway_count; i++) {
        hf_address address;

        if (!hf_address_parse(hf_bytes_of_string(profile->gateways[i]), &address))
            return true;
    }
    return false;
}

/* Also for a gateway that does not answer any more: it may have moved. */
static bool is_asking_names(const struct hf_supervisor_wish *wish)
{
    return (wish->state == HF_CONN_RESOLVING || wish->state == HF_CONN_PATH_LOST) &&
           names_a_host(wish->profile);
}

static void open_holes(const struct hf_supervisor_wish *wish, struct hf_plan_firewall *firewall)
{
    bool gateway = wish->leaving || firewall->state == HF_CONN_HANDSHAKING ||
                   firewall->state == HF_CONN_CONNECTED || firewall->state == HF_CONN_PATH_LOST;

    if (is_asking_names(wish)) {
        firewall->resolver_count =
            wish->resolver_count < HF_PLAN_ENDPOINTS ? wish->resolver_count : HF_PLAN_ENDPOINTS;
        hf_copy(firewall->resolvers, wish->resolvers,
                firewall->resolver_count * sizeof firewall->resolvers[0]);
    }
    if (gateway && wish->hole->gateway.family != HF_FAMILY_NONE) {
        firewall->gateways[0] = wish->hole->gateway;
        firewall->gateway_count = 1;
        hf_copy(firewall->gateway_ports, wish->hole->ports, sizeof wish->hole->ports);
        firewall->gateway_port_count = wish->hole->port_count;
    }
}

static bool is_within(const hf_prefix *inner, const hf_prefix *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i].address.family == inner->address.family && list[i].bits <= inner->bits &&
            hf_prefix_contains(&list[i], &inner->address))
            return true;
    }
    return false;
}

/* False: it does not fit. A protected prefix has a bit at least, so everything of one family is two
 * of them. */
static bool add_protected(struct hf_plan_firewall *firewall, const hf_prefix *prefix)
{
    hf_prefix half = { prefix->address, 1 };

    if (is_within(prefix, firewall->protected_prefixes, firewall->protected_count))
        return true;
    if (prefix->bits == 0) {
        half.address.octets[0] = 0;
        if (!add_protected(firewall, &half))
            return false;
        half.address.octets[0] = 0x80;
        return add_protected(firewall, &half);
    }
    if (firewall->protected_count == HF_PLAN_ROUTES)
        return false;
    firewall->protected_prefixes[firewall->protected_count++] = *prefix;
    return true;
}

/* Protected traffic of a split profile (design, section 4): the include list and what was last
 * negotiated. Before that there may be nothing to protect, and then nothing is blocked; where it is
 * more than a plan holds, everything is. */
static void protect(const struct hf_profile *profile, const struct hf_plan *tunnel,
                    struct hf_plan_firewall *firewall)
{
    bool fits = true;

    if (!profile->split)
        return;
    for (size_t i = 0; i < profile->include_count; i++)
        fits = fits && add_protected(firewall, &profile->include[i]);
    for (size_t i = 0; tunnel != NULL && i < tunnel->route_count; i++)
        fits = fits && add_protected(firewall, &tunnel->routes[i]);
    if (!fits)
        firewall->protected_count = 0;
    else if (firewall->protected_count == 0)
        firewall->block = false;
}

void hf_supervisor_plan_make(const struct hf_supervisor_wish *wish, struct hf_plan *out)
{
    struct hf_plan_firewall *firewall = &out->firewall;

    *out = hf_plan_empty();
    if (is_released(wish) && (!wish->kept || wish->profile == NULL))
        return;
    if (!is_released(wish) && wish->tunnel != NULL)
        *out = *wish->tunnel;
    firewall->block = wish->profile->lock != HF_LOCK_OFF;
    protect(wish->profile, wish->tunnel, firewall);
    if (!firewall->block && !out->tunnel)
        return; /* the host as it was, until there is a tunnel */
    firewall->mode = wish->profile->lock;
    firewall->state = wish->leaving ? HF_CONN_CONNECTED : firewall_state(wish->state);
    if (wish->state == HF_CONN_PATH_LOST && is_asking_names(wish))
        firewall->state = HF_CONN_PATH_LOST;
    firewall->allow_lan = wish->profile->allow_lan;
    open_holes(wish, firewall);
}

static bool is_requested(const struct hf_profile *profile, enum hf_family family)
{
    return family == HF_FAMILY_V6 ? profile->request_ip6 : profile->request_ip4;
}

static bool has_family(const struct hf_plan *plan, enum hf_family family)
{
    for (size_t i = 0; i < plan->address_count; i++) {
        if (plan->addresses[i].address.family == family)
            return true;
    }
    return false;
}

static hf_status hostile_prefix(const hf_prefix *prefix, struct hf_fault *out_fault)
{
    char text[HF_PREFIX_TEXT_MAX];

    *out_fault = hf_fault_make(HF_ERR_HOSTILE_CONFIG, HF_STAGE_INSTALL);
    hf_fault_set_text(out_fault->received, hf_bytes_of_string(hf_prefix_format(prefix, text)));
    return HF_ERR_HOSTILE_CONFIG;
}

static hf_status take_addresses(const struct hf_profile *profile, const struct hf_plan *asked,
                                struct hf_plan *out, struct hf_fault *out_fault)
{
    if (asked->address_count == 0 || asked->address_count > HF_PLAN_ADDRESSES) {
        *out_fault = hf_fault_make(HF_ERR_NO_ADDRESS, HF_STAGE_INSTALL);
        return HF_ERR_NO_ADDRESS;
    }
    for (size_t i = 0; i < asked->address_count; i++) {
        const hf_prefix *prefix = &asked->addresses[i];

        if (hf_address_is_special(&prefix->address) ||
            !is_requested(profile, prefix->address.family))
            return hostile_prefix(prefix, out_fault);
        out->addresses[i] = *prefix;
    }
    out->address_count = asked->address_count;
    return HF_OK;
}

/* A route outside the include list would draw traffic into the tunnel that the profile leaves
 * alone; one of a family without an address would send it nowhere. */
static hf_status take_routes(const struct hf_profile *profile, const struct hf_plan *asked,
                             struct hf_plan *out, struct hf_fault *out_fault)
{
    if (asked->route_count == 0 || asked->route_count > HF_PLAN_ROUTES) {
        *out_fault = hf_fault_make(HF_ERR_TS_REFUSED, HF_STAGE_INSTALL);
        return HF_ERR_TS_REFUSED;
    }
    for (size_t i = 0; i < asked->route_count; i++) {
        const hf_prefix *route = &asked->routes[i];

        if (!has_family(out, route->address.family) ||
            (profile->split && profile->include_count > 0 &&
             !is_within(route, profile->include, profile->include_count)))
            return hostile_prefix(route, out_fault);
        out->routes[i] = *route;
    }
    out->route_count = asked->route_count;
    return HF_OK;
}

/* The profile's resolvers where it names some, else the gateway's; those alone that the tunnel
 * reaches, as a query must not leave in clear. */
static hf_status take_resolvers(const struct hf_profile *profile, const struct hf_plan *asked,
                                struct hf_plan *out, struct hf_fault *out_fault)
{
    bool own = profile->resolver_count > 0;
    const hf_address *from = own ? profile->resolvers : asked->resolvers;
    size_t count = own ? profile->resolver_count : asked->resolver_count;

    for (size_t i = 0; i < count && i < HF_PLAN_RESOLVERS; i++) {
        hf_prefix host = { .address = from[i],
                           .bits = (uint8_t)(8 * hf_family_octets(from[i].family)) };
        bool reached = !hf_address_is_special(&from[i]) &&
                       is_within(&host, out->routes, out->route_count) &&
                       !is_within(&host, profile->exclude, profile->exclude_count);

        if (reached) {
            out->resolvers[out->resolver_count++] = from[i];
        } else if (own) {
            (void)hostile_prefix(&host, out_fault);
            out_fault->status = HF_ERR_DNS_SETUP;
            return HF_ERR_DNS_SETUP;
        }
    }
    return HF_OK;
}

static void take_domains(const struct hf_profile *profile, const struct hf_plan *asked,
                         struct hf_plan *out)
{
    bool own = profile->domain_count > 0;

    if (out->resolver_count == 0)
        return; /* names of the tunnel's domains would be asked in clear */
    out->domain_count = own ? profile->domain_count : asked->domain_count;
    hf_copy(out->domains, own ? profile->domains : asked->domains, sizeof out->domains);
}

hf_status hf_supervisor_plan_take(const struct hf_profile *profile, const struct hf_plan *asked,
                                  const char tun_name[HF_PLAN_TUN_NAME_MAX], struct hf_plan *out,
                                  struct hf_fault *out_fault)
{
    struct hf_plan plan = hf_plan_empty();
    hf_status status;

    plan.tunnel = true;
    plan.mtu_bytes = asked->mtu_bytes;
    hf_copy(plan.tun_name, tun_name, sizeof plan.tun_name);
    plan.excluded_count = profile->exclude_count;
    hf_copy(plan.excluded, profile->exclude, profile->exclude_count * sizeof profile->exclude[0]);
    status = take_addresses(profile, asked, &plan, out_fault);
    if (status == HF_OK)
        status = take_routes(profile, asked, &plan, out_fault);
    if (status == HF_OK)
        status = take_resolvers(profile, asked, &plan, out_fault);
    if (status != HF_OK)
        return status;
    take_domains(profile, asked, &plan);
    if (hf_plan_check(&plan) != HF_OK) { /* what is left: MTU, counts, spelling of domains */
        *out_fault = hf_fault_make(HF_ERR_HOSTILE_CONFIG, HF_STAGE_INSTALL);
        return HF_ERR_HOSTILE_CONFIG;
    }
    *out = plan;
    return HF_OK;
}

static bool is_named(const struct hf_profile *profile, const hf_address *gateway)
{
    for (size_t i = 0; i < profile->gateway_count; i++) {
        hf_address address;

        if (hf_address_parse(hf_bytes_of_string(profile->gateways[i]), &address) &&
            hf_address_equal(&address, gateway))
            return true;
    }
    return false;
}

bool hf_supervisor_hole_take(const struct hf_profile *profile, const hf_address *gateway,
                             const uint16_t ports[2], struct hf_supervisor_hole *out)
{
    uint16_t first = profile->port != 0 ? profile->port : 500;
    struct hf_supervisor_hole hole = { .gateway = *gateway };

    if (hf_address_is_special(gateway) || hf_address_is_any(gateway) ||
        (!names_a_host(profile) && !is_named(profile, gateway)))
        return false;
    for (size_t i = 0; i < 2; i++) {
        if (ports[i] == 0)
            continue;
        if (ports[i] != first && ports[i] != 4500)
            return false;
        hole.ports[hole.port_count++] = ports[i];
    }
    if (hole.port_count == 0)
        return false;
    *out = hole;
    return true;
}
