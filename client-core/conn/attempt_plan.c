/* The tunnel part of the plan: see attempt_plan.h. */
#include "conn/attempt_plan.h"

#include <string.h>

#define UDP_HEADER_LEN 8

static hf_status refuse(hf_status status, const char *value, struct hf_fault *out_fault)
{
    *out_fault = hf_fault_make(status, HF_STAGE_INSTALL);
    hf_fault_set_text(out_fault->received, hf_bytes_of_string(value));
    return status;
}

static hf_status refuse_address(const hf_address *address, struct hf_fault *out_fault)
{
    char text[HF_ADDRESS_TEXT_MAX];

    return refuse(HF_ERR_HOSTILE_CONFIG, hf_address_format(address, text), out_fault);
}

static bool has_family(const struct hf_plan *plan, enum hf_family family)
{
    for (size_t i = 0; i < plan->address_count; i++) {
        if (plan->addresses[i].address.family == family)
            return true;
    }
    return false;
}

static bool is_requested(const struct hf_profile *profile, enum hf_family family)
{
    return family == HF_FAMILY_V6 ? profile->request_ip6 : profile->request_ip4;
}

/* An inner address counts by itself: the prefix that the gateway sends along says what lies behind
 * it, which is the selectors' to say. */
static hf_status take_address(const struct hf_attempt_plan_input *input, const hf_prefix *assigned,
                              struct hf_plan *plan, struct hf_fault *out_fault)
{
    const hf_address *address = &assigned->address;

    if (address->family == HF_FAMILY_NONE || !is_requested(input->profile, address->family))
        return HF_OK;
    if (hf_address_is_special(address) || hf_address_equal(address, &input->gateway))
        return refuse_address(address, out_fault);
    plan->addresses[plan->address_count++] =
        (hf_prefix){ *address, (uint8_t)(hf_family_octets(address->family) * 8) };
    return HF_OK;
}

static hf_status take_addresses(const struct hf_attempt_plan_input *input, struct hf_plan *plan,
                                struct hf_fault *out_fault)
{
    hf_status status = take_address(input, &input->configuration->ip4, plan, out_fault);

    if (status == HF_OK)
        status = take_address(input, &input->configuration->ip6, plan, out_fault);
    if (status == HF_OK && plan->address_count == 0)
        return refuse(HF_ERR_NO_ADDRESS, "", out_fault);
    return status;
}

static bool is_within(const hf_prefix *inner, const hf_prefix *outer)
{
    return inner->address.family == outer->address.family && inner->bits >= outer->bits &&
           hf_prefix_contains(outer, &inner->address);
}

/* Routes that another one covers are left out. False: there are too many. */
static bool add_route(struct hf_plan *plan, const hf_prefix *route)
{
    for (size_t i = 0; i < plan->route_count; i++) {
        if (is_within(route, &plan->routes[i]))
            return true;
    }
    if (plan->route_count == HF_PLAN_ROUTES)
        return false;
    plan->routes[plan->route_count++] = *route;
    return true;
}

/* What of `negotiated` the profile wants in the tunnel: all of it, or its common part with each
 * prefix of the include list, where there is one. */
static bool add_wanted(const struct hf_profile *profile, const hf_prefix *negotiated,
                       struct hf_plan *plan)
{
    if (!profile->split || profile->include_count == 0)
        return add_route(plan, negotiated);
    for (size_t i = 0; i < profile->include_count; i++) {
        const hf_prefix *include = &profile->include[i];
        const hf_prefix *common = is_within(include, negotiated)   ? include
                                  : is_within(negotiated, include) ? negotiated
                                                                   : NULL;

        if (common != NULL && !add_route(plan, common))
            return false;
    }
    return true;
}

/* A network wholly within ranges that no tunnel may claim: loopback, link-local, groups. */
static bool is_special_network(const hf_prefix *prefix)
{
    hf_address first = hf_prefix_first(prefix), last = hf_prefix_last(prefix);

    return prefix->bits >= 3 && hf_address_is_special(&first) && hf_address_is_special(&last);
}

static hf_status take_selector(const struct hf_profile *profile, const hf_selector *selector,
                               struct hf_plan *plan, struct hf_fault *out_fault)
{
    hf_prefix prefixes[HF_PLAN_ROUTES];
    size_t count =
        hf_prefixes_of_range(&selector->first, &selector->last, prefixes, HF_ARRAY_LEN(prefixes));

    if (!has_family(plan, selector->first.family))
        return HF_OK; /* nothing of it can be sent: there is no address to send from */
    if (count > HF_ARRAY_LEN(prefixes))
        return refuse(HF_ERR_HOSTILE_CONFIG, "more routes than a plan holds", out_fault);
    for (size_t i = 0; i < count; i++) {
        if (is_special_network(&prefixes[i]))
            continue;
        if (!add_wanted(profile, &prefixes[i], plan))
            return refuse(HF_ERR_HOSTILE_CONFIG, "more routes than a plan holds", out_fault);
    }
    return HF_OK;
}

static hf_status take_routes(const struct hf_attempt_plan_input *input, struct hf_plan *plan,
                             struct hf_fault *out_fault)
{
    for (size_t i = 0; i < input->selectors->remote_count; i++) {
        hf_status status =
            take_selector(input->profile, &input->selectors->remote[i], plan, out_fault);

        if (status != HF_OK)
            return status;
    }
    if (plan->route_count == 0)
        return refuse(HF_ERR_TS_REFUSED, "", out_fault);
    return HF_OK;
}

static hf_status take_resolvers(const struct hf_attempt_plan_input *input, struct hf_plan *plan,
                                struct hf_fault *out_fault)
{
    bool own = input->profile->resolver_count != 0;
    const hf_address *from = own ? input->profile->resolvers : input->configuration->dns;
    size_t count = own ? input->profile->resolver_count : input->configuration->dns_count;

    for (size_t i = 0; i < count && plan->resolver_count < HF_PLAN_RESOLVERS; i++) {
        if (hf_address_is_special(&from[i]))
            return refuse_address(&from[i], out_fault);
        if (has_family(plan, from[i].family))
            plan->resolvers[plan->resolver_count++] = from[i];
    }
    return HF_OK;
}

static void add_domain(struct hf_plan *plan, const char *domain)
{
    char *to = plan->domains[plan->domain_count];
    size_t length = strlen(domain);

    if (plan->domain_count == HF_PLAN_DOMAINS || length == 0 || length >= HF_PLAN_DOMAIN_MAX)
        return;
    memcpy(to, domain, length + 1);
    plan->domain_count++;
}

/* Domains are searched with the tunnel's resolvers, so without those they mean nothing. */
static void take_domains(const struct hf_attempt_plan_input *input, struct hf_plan *plan)
{
    const struct hf_profile *profile = input->profile;
    const struct hf_ikev2_configuration *configuration = input->configuration;

    if (plan->resolver_count == 0)
        return;
    for (size_t i = 0; i < profile->domain_count; i++)
        add_domain(plan, profile->domains[i]);
    if (profile->domain_count != 0)
        return;
    for (size_t i = 0; i < configuration->domain_count; i++)
        add_domain(plan, configuration->domains[i]);
}

static uint16_t bounded_mtu(size_t mtu)
{
    return (uint16_t)(mtu < HF_ATTEMPT_MTU_MIN   ? HF_ATTEMPT_MTU_MIN
                      : mtu > HF_ATTEMPT_MTU_MAX ? HF_ATTEMPT_MTU_MAX
                                                 : mtu);
}

uint16_t hf_attempt_plan_mtu(const struct hf_esp_params *outbound, enum hf_family outer,
                             uint16_t path_mtu)
{
    size_t headers = (outer == HF_FAMILY_V6 ? 40u : 20u) + UDP_HEADER_LEN;
    size_t inner = path_mtu > headers ? path_mtu - headers : 0;

    while (inner > HF_ATTEMPT_MTU_MIN &&
           inner + hf_esp_overhead(outbound, inner) + headers > path_mtu)
        inner--;
    return bounded_mtu(inner);
}

static uint16_t choose_mtu(const struct hf_attempt_plan_input *input)
{
    uint16_t path_mtu = input->path_mtu == 0 ? 1500 : input->path_mtu, mtu;

    if (input->profile->mtu_bytes != 0)
        return bounded_mtu(input->profile->mtu_bytes);
    mtu = hf_attempt_plan_mtu(input->outbound, input->gateway.family, path_mtu);
    return mtu < HF_ATTEMPT_MTU_CAREFUL ? mtu : HF_ATTEMPT_MTU_CAREFUL;
}

hf_status hf_attempt_plan_make(const struct hf_attempt_plan_input *input, struct hf_plan *out,
                               struct hf_fault *out_fault)
{
    struct hf_plan plan = hf_plan_empty();
    hf_status status = take_addresses(input, &plan, out_fault);

    if (status == HF_OK)
        status = take_routes(input, &plan, out_fault);
    if (status == HF_OK)
        status = take_resolvers(input, &plan, out_fault);
    if (status != HF_OK)
        return status;
    take_domains(input, &plan);
    plan.tunnel = true;
    plan.mtu_bytes = choose_mtu(input);
    plan.excluded_count = input->profile->exclude_count;
    hf_copy(plan.excluded, input->profile->exclude, plan.excluded_count * sizeof plan.excluded[0]);
    *out = plan;
    return HF_OK;
}
