/* Configuration payloads and the narrowing of traffic selectors. RFC 7296, sections 2.9 and 3.15.
 */
#include "scenario/gateway_internal.h"

#include <string.h>

/* --- CP -------------------------------------------------------------------------------------- */

/* The values that CP lends must outlive its encoding. */
struct reply {
    struct hf_ikev2_config config;
    uint8_t ip6[17];
};

static void add(struct reply *reply, uint16_t type, hf_bytes value)
{
    reply->config.attributes[reply->config.count].type = type;
    reply->config.attributes[reply->config.count++].value = value;
}

static void add_addresses(struct reply *reply, const struct sim_gateway_config *config, bool ask4,
                          bool ask6)
{
    const hf_address *hostile = &config->impair.hostile_address;
    const hf_address *ip4 = hostile->family == HF_FAMILY_V4 ? hostile : &config->ip4.address;
    const hf_address *ip6 = hostile->family == HF_FAMILY_V6 ? hostile : &config->ip6.address;

    if (ask4 && ip4->family == HF_FAMILY_V4)
        add(reply, HF_INTERNAL_IP4_ADDRESS, hf_address_bytes(ip4));
    if (ask6 && ip6->family == HF_FAMILY_V6) {
        hf_copy(reply->ip6, ip6->octets, 16);
        reply->ip6[16] = config->ip6.bits;
        add(reply, HF_INTERNAL_IP6_ADDRESS, HF_BYTES_OF(reply->ip6));
    }
}

static void add_dns(struct reply *reply, const hf_address *dns)
{
    add(reply, dns->family == HF_FAMILY_V4 ? HF_INTERNAL_IP4_DNS : HF_INTERNAL_IP6_DNS,
        hf_address_bytes(dns));
}

static bool asks_for(const struct hf_ikev2_config *request, uint16_t type)
{
    for (size_t i = 0; i < request->count; i++) {
        if (request->attributes[i].type == type)
            return true;
    }
    return false;
}

static bool read_request(const struct hf_ikev2_chain *chain, struct hf_ikev2_config *out)
{
    const struct hf_ikev2_raw_payload *cp = hf_ikev2_chain_find(chain, HF_PAYLOAD_CP, 0);

    return cp != NULL && hf_ikev2_config_decode(cp->body, out) == HF_OK &&
           out->type == HF_CFG_REQUEST;
}

void gw_config_answer(struct gw_call *call, const struct hf_ikev2_chain *request)
{
    const struct sim_gateway_config *config = &call->sa->gateway->config;
    const struct sim_impair *impair = &config->impair;
    const char *domain = impair->hostile_domain != NULL ? impair->hostile_domain : config->domain;
    struct reply reply = { .config = { .type = HF_CFG_REPLY } };
    struct hf_ikev2_config asked;

    if (!read_request(request, &asked))
        return;
    add_addresses(&reply, config, asks_for(&asked, HF_INTERNAL_IP4_ADDRESS),
                  asks_for(&asked, HF_INTERNAL_IP6_ADDRESS));
    for (size_t i = 0; i < config->dns_count; i++)
        add_dns(&reply, &config->dns[i]);
    if (impair->hostile_dns.family != HF_FAMILY_NONE)
        add_dns(&reply, &impair->hostile_dns);
    if (domain != NULL)
        add(&reply, HF_INTERNAL_DNS_DOMAIN, hf_bytes_of_string(domain));
    hf_ikev2_payload_begin(call->answer, HF_PAYLOAD_CP);
    hf_ikev2_config_encode(&call->answer->w, &reply.config);
    hf_ikev2_payload_end(call->answer);
}

/* --- Selectors ------------------------------------------------------------------------------- */

static hf_address larger(const hf_address *a, const hf_address *b)
{
    return hf_address_compare(a, b) > 0 ? *a : *b;
}

static hf_address smaller(const hf_address *a, const hf_address *b)
{
    return hf_address_compare(a, b) < 0 ? *a : *b;
}

static bool intersect(const hf_selector *a, const hf_selector *b, hf_selector *out)
{
    if (a->first.family != b->first.family ||
        (a->protocol != 0 && b->protocol != 0 && a->protocol != b->protocol))
        return false;
    *out = (hf_selector){
        .first = larger(&a->first, &b->first),
        .last = smaller(&a->last, &b->last),
        .protocol = a->protocol != 0 ? a->protocol : b->protocol,
        .first_port = a->first_port > b->first_port ? a->first_port : b->first_port,
        .last_port = a->last_port < b->last_port ? a->last_port : b->last_port,
    };
    return hf_address_compare(&out->first, &out->last) <= 0 && out->first_port <= out->last_port;
}

static size_t narrow(const hf_selector *asked, size_t asked_count, const hf_selector *allowed,
                     size_t allowed_count, hf_selector *out)
{
    size_t count = 0;

    for (size_t i = 0; i < asked_count; i++) {
        for (size_t j = 0; j < allowed_count && count < HF_SELECTORS_MAX; j++) {
            if (intersect(&asked[i], &allowed[j], &out[count]))
                count++;
        }
    }
    return count;
}

static size_t own_networks(const struct sim_gateway_config *config, hf_selector *out)
{
    size_t count = config->networks.local_count;

    if (count != 0) {
        hf_copy(out, config->networks.local, count * sizeof *out);
        return count;
    }
    out[0] = hf_selector_any(HF_FAMILY_V4);
    out[1] = hf_selector_any(HF_FAMILY_V6);
    return 2;
}

/* What the client may have: its inner addresses, or everything where none are assigned. */
static size_t client_networks(const struct sim_gateway_config *config, bool is_assigned,
                              hf_selector *out)
{
    size_t count = 0;

    if (!is_assigned)
        return own_networks(&(struct sim_gateway_config){ 0 }, out);
    if (config->ip4.address.family != HF_FAMILY_NONE)
        out[count++] = hf_selector_of_prefix(&(hf_prefix){ config->ip4.address, 32 });
    if (config->ip6.address.family != HF_FAMILY_NONE)
        out[count++] = hf_selector_of_prefix(&(hf_prefix){ config->ip6.address, 128 });
    return count;
}

static bool has_family(const hf_selector *list, size_t count, enum hf_family family)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i].first.family == family)
            return true;
    }
    return false;
}

/* A family that one side lost is of no use to the other. */
static size_t keep_families(hf_selector *list, size_t count, const hf_selector *other,
                            size_t other_count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (has_family(other, other_count, list[i].first.family))
            list[kept++] = list[i];
    }
    return kept;
}

bool gw_narrow(const struct sim_gateway *gateway, const struct hf_ikev2_ts *tsi,
               const struct hf_ikev2_ts *tsr, bool is_assigned, struct hf_selectors *out)
{
    hf_selector ours[HF_SELECTORS_MAX], theirs[HF_SELECTORS_MAX];
    size_t our_count = own_networks(&gateway->config, ours);
    size_t their_count = client_networks(&gateway->config, is_assigned, theirs);

    memset(out, 0, sizeof *out);
    if (gateway->config.impair.wide_selectors) {
        out->remote_count = own_networks(&(struct sim_gateway_config){ 0 }, out->remote);
        out->local_count = own_networks(&(struct sim_gateway_config){ 0 }, out->local);
        return true;
    }
    out->remote_count = narrow(tsi->selectors, tsi->count, theirs, their_count, out->remote);
    out->local_count = narrow(tsr->selectors, tsr->count, ours, our_count, out->local);
    out->local_count = keep_families(out->local, out->local_count, out->remote, out->remote_count);
    out->remote_count = keep_families(out->remote, out->remote_count, out->local, out->local_count);
    return out->local_count != 0 && out->remote_count != 0;
}
