/* Candidates for the gateway's address: see attempt_resolve.h. */
#include "conn/attempt_resolve.h"

static bool is_literal(const char *gateway, hf_address *out)
{
    return hf_address_parse(hf_bytes_of_string(gateway), out);
}

/* The last good addresses save a query, which a literal does not need. They must belong to a
 * gateway whose identity is certain: the only one, or one that is known by an identity of its own.
 * Else a good address could be asked to prove another name. */
static bool may_use_last_good(const struct hf_profile *profile)
{
    hf_address literal;

    return (profile->gateway_count == 1 || profile->remote_identity[0] != '\0') &&
           !is_literal(profile->gateways[0], &literal);
}

static void take(struct hf_attempt_resolve *resolve, const hf_address *addresses, size_t count)
{
    resolve->address_count = count < HF_ATTEMPT_ADDRESSES ? count : HF_ATTEMPT_ADDRESSES;
    resolve->next = 0;
    for (size_t i = 0; i < resolve->address_count; i++)
        resolve->addresses[i] = addresses[i];
}

void hf_attempt_resolve_init(struct hf_attempt_resolve *resolve, const struct hf_profile *profile,
                             const struct hf_attempt_hints *hints, const struct hf_env *env)
{
    *resolve = (struct hf_attempt_resolve){ .profile = profile, .hints = hints, .env = env };
    if (may_use_last_good(profile))
        take(resolve, hints->last_good, hints->last_good_count);
}

static void note_failure(struct hf_attempt_resolve *resolve, hf_status status)
{
    resolve->fault = hf_fault_make(status, HF_STAGE_RESOLVE);
    hf_fault_set_text(resolve->fault.offered,
                      hf_bytes_of_string(resolve->profile->gateways[resolve->gateway]));
    resolve->address_count = resolve->next = 0;
}

static void ask(struct hf_attempt_resolve *resolve, const char *name, hf_time now)
{
    struct hf_dns_resolver_config config = { .name = hf_bytes_of_string(name) };
    hf_status status;

    for (size_t i = 0; i < resolve->hints->resolver_count && i < HF_DNS_RESOLVERS_MAX; i++)
        config.resolvers[config.resolver_count++] = resolve->hints->resolvers[i];
    if (config.resolver_count == 0) {
        note_failure(resolve, HF_ERR_NO_NETWORK);
        return;
    }
    status = hf_dns_resolver_init(&resolve->resolver, &config, resolve->env, now);
    if (status == HF_OK)
        resolve->is_asking = true;
    else
        note_failure(resolve, status == HF_ERR_USAGE ? HF_ERR_NAME_NOT_FOUND : status);
}

static void begin_gateway(struct hf_attempt_resolve *resolve, hf_time now)
{
    const char *gateway = resolve->profile->gateways[resolve->gateway];
    hf_address literal;

    if (is_literal(gateway, &literal))
        take(resolve, &literal, 1);
    else
        ask(resolve, gateway, now);
}

/* False: every gateway has had its turn. */
static bool advance(struct hf_attempt_resolve *resolve, hf_time now)
{
    if (resolve->has_started)
        resolve->gateway++;
    resolve->has_started = true;
    if (resolve->gateway >= resolve->profile->gateway_count) {
        resolve->gateway = resolve->profile->gateway_count;
        return false;
    }
    begin_gateway(resolve, now);
    return true;
}

static void finish_query(struct hf_attempt_resolve *resolve)
{
    struct hf_dns_result result;
    hf_status status = hf_dns_resolver_result(&resolve->resolver, &result);

    if (status == HF_ERR_BUSY)
        return;
    resolve->is_asking = false;
    if (status == HF_OK)
        take(resolve, result.addresses, result.count);
    else
        note_failure(resolve, status);
}

static bool was_tried(const struct hf_attempt_resolve *resolve, const hf_address *address)
{
    for (size_t i = 0; i < resolve->tried_count; i++) {
        if (hf_address_equal(&resolve->tried[i], address))
            return true;
    }
    return false;
}

static bool has_untried(const struct hf_attempt_resolve *resolve)
{
    for (size_t i = 0; i < resolve->address_count; i++) {
        if (!was_tried(resolve, &resolve->addresses[i]))
            return true;
    }
    return false;
}

/* An address that was tried as a last good one has had little time to answer, so it is tried again
 * where its name has no other. */
static bool next_address(struct hf_attempt_resolve *resolve, hf_address *out)
{
    while (resolve->next < resolve->address_count) {
        const hf_address *address = &resolve->addresses[resolve->next++];

        if (resolve->has_started && was_tried(resolve, address) && has_untried(resolve))
            continue;
        if (!resolve->has_started)
            resolve->tried[resolve->tried_count++] = *address;
        *out = *address;
        return true;
    }
    return false;
}

enum hf_attempt_resolve_step hf_attempt_resolve_next(struct hf_attempt_resolve *resolve,
                                                     hf_time now, struct hf_attempt_candidate *out)
{
    if (resolve->is_asking)
        finish_query(resolve);
    for (;;) { /* ends: every turn without an address uses up a gateway */
        hf_address address;

        if (resolve->is_asking)
            return HF_ATTEMPT_RESOLVE_ASKING;
        if (next_address(resolve, &address)) {
            *out = (struct hf_attempt_candidate){ address,
                                                  resolve->profile->gateways[resolve->gateway] };
            return HF_ATTEMPT_RESOLVE_FOUND;
        }
        if (!advance(resolve, now))
            return HF_ATTEMPT_RESOLVE_EXHAUSTED;
    }
}

bool hf_attempt_resolve_has_more(const struct hf_attempt_resolve *resolve)
{
    return resolve->next < resolve->address_count || !resolve->has_started ||
           resolve->gateway + 1 < resolve->profile->gateway_count;
}

void hf_attempt_resolve_handle_datagram(struct hf_attempt_resolve *resolve, const hf_endpoint *from,
                                        hf_bytes datagram, hf_time now)
{
    if (resolve->is_asking)
        hf_dns_resolver_handle_datagram(&resolve->resolver, from, datagram, now);
}

void hf_attempt_resolve_handle_time(struct hf_attempt_resolve *resolve, hf_time now)
{
    if (resolve->is_asking)
        hf_dns_resolver_handle_time(&resolve->resolver, now);
}

hf_time hf_attempt_resolve_deadline(const struct hf_attempt_resolve *resolve)
{
    return resolve->is_asking ? hf_dns_resolver_deadline(&resolve->resolver) : HF_NEVER;
}

bool hf_attempt_resolve_next_datagram(struct hf_attempt_resolve *resolve,
                                      struct hf_dns_datagram *out)
{
    return resolve->is_asking && hf_dns_resolver_next_datagram(&resolve->resolver, out);
}
