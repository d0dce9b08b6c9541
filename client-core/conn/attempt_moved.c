/* The name asked again: see attempt_moved.h. */
#include "conn/attempt_moved.h"

void hf_attempt_moved_begin(struct hf_attempt_moved *moved, const char *gateway,
                            const hf_address *current, const struct hf_attempt_hints *hints,
                            const struct hf_env *env, hf_time now)
{
    hf_address literal;
    bool is_name = !hf_address_parse(hf_bytes_of_string(gateway), &literal);

    *moved = (struct hf_attempt_moved){ .env = env,
                                        .hints = hints,
                                        .current = *current,
                                        .ask_at = hf_time_add(now, HF_ATTEMPT_MOVED_FIRST) };
    if (is_name && hints->resolver_count > 0)
        moved->name = gateway;
}

void hf_attempt_moved_end(struct hf_attempt_moved *moved)
{
    moved->name = NULL;
    moved->is_asking = false;
}

static void ask(struct hf_attempt_moved *moved, hf_time now)
{
    struct hf_dns_resolver_config config = { .name = hf_bytes_of_string(moved->name) };

    for (size_t i = 0; i < moved->hints->resolver_count && i < HF_DNS_RESOLVERS_MAX; i++)
        config.resolvers[config.resolver_count++] = moved->hints->resolvers[i];
    moved->is_asking = hf_dns_resolver_init(&moved->resolver, &config, moved->env, now) == HF_OK;
    moved->ask_at = hf_time_add(now, HF_ATTEMPT_MOVED_AGAIN);
}

void hf_attempt_moved_handle_datagram(struct hf_attempt_moved *moved, const hf_endpoint *from,
                                      hf_bytes datagram, hf_time now)
{
    if (moved->is_asking)
        hf_dns_resolver_handle_datagram(&moved->resolver, from, datagram, now);
}

void hf_attempt_moved_handle_time(struct hf_attempt_moved *moved, hf_time now)
{
    if (moved->is_asking)
        hf_dns_resolver_handle_time(&moved->resolver, now);
    else if (moved->name != NULL && hf_time_due(moved->ask_at, now))
        ask(moved, now);
}

hf_time hf_attempt_moved_deadline(const struct hf_attempt_moved *moved)
{
    if (moved->is_asking)
        return hf_dns_resolver_deadline(&moved->resolver);
    return moved->name == NULL ? HF_NEVER : moved->ask_at;
}

bool hf_attempt_moved_next_datagram(struct hf_attempt_moved *moved, struct hf_dns_datagram *out)
{
    return moved->is_asking && hf_dns_resolver_next_datagram(&moved->resolver, out);
}

/* The first address that is not the current one; NULL: there is none. */
static const hf_address *find_other(const struct hf_attempt_moved *moved,
                                    const struct hf_dns_result *result, bool *out_has_current)
{
    const hf_address *other = NULL;

    *out_has_current = false;
    for (size_t i = 0; i < result->count; i++) {
        if (hf_address_equal(&result->addresses[i], &moved->current))
            *out_has_current = true;
        else if (other == NULL)
            other = &result->addresses[i];
    }
    return other;
}

bool hf_attempt_moved_take(struct hf_attempt_moved *moved, hf_time now, hf_address *out)
{
    struct hf_dns_result result;
    const hf_address *other;
    bool has_current;
    hf_status status;

    if (!moved->is_asking)
        return false;
    status = hf_dns_resolver_result(&moved->resolver, &result);
    if (status == HF_ERR_BUSY)
        return false;
    moved->is_asking = false;
    moved->ask_at = hf_time_add(now, HF_ATTEMPT_MOVED_AGAIN);
    if (status != HF_OK)
        return false;
    moved->answers++;
    other = find_other(moved, &result, &has_current);
    if (other == NULL || (has_current && moved->answers == 1))
        return false;
    *out = *other;
    hf_attempt_moved_end(moved);
    return true;
}
