/* The machine that resolves the gateway's name: see resolver.h. */
#include "dns/resolver.h"

#include <string.h>

enum { A, AAAA, QUESTIONS };

/* --- Asking ---------------------------------------------------------------------------------- */

/* Puts the question to the resolver it stands at, with an id that nobody off the path can guess. A
 * resolver that is asked again gets the same id: its late answer still counts. */
static bool ask(struct hf_dns_resolver *d, struct hf_dns_question *q, hf_time now)
{
    bool is_first_round = q->asked < d->config.resolver_count;

    if (!q->was_asked[q->resolver] &&
        !hf_env_random(d->env, &q->ids[q->resolver], sizeof q->ids[q->resolver]))
        return false;
    q->was_asked[q->resolver] = true;
    q->to_send = true;
    q->asked++;
    q->next_try = hf_time_add(now, is_first_round ? HF_DNS_FIRST_WAIT : HF_DNS_LATER_WAIT);
    return true;
}

static void finish(struct hf_dns_resolver *d, hf_status status)
{
    d->is_done = true;
    d->status = status;
    for (size_t i = 0; i < QUESTIONS; i++)
        d->questions[i].to_send = false;
}

static void ask_next(struct hf_dns_resolver *d, struct hf_dns_question *q, hf_time now)
{
    q->resolver = (q->resolver + 1) % d->config.resolver_count;
    if (!ask(d, q, now))
        finish(d, HF_ERR_CRYPTO);
}

hf_status hf_dns_resolver_init(struct hf_dns_resolver *d,
                               const struct hf_dns_resolver_config *config,
                               const struct hf_env *env, hf_time now)
{
    struct hf_dns_resolver made = {
        .env = env,
        .config = *config,
        .questions = {{ .type = HF_DNS_A }, { .type = HF_DNS_AAAA }},
        .give_up = hf_time_add(now, HF_DNS_TOTAL_WAIT),
        .settle = HF_NEVER,
        .status = HF_ERR_BUSY
    };
    hf_status status = hf_dns_name_of_text(config->name, &made.name);

    if (status != HF_OK)
        return status;
    if (config->resolver_count == 0 || config->resolver_count > HF_DNS_RESOLVERS_MAX)
        return HF_ERR_USAGE;
    made.config.name = (hf_bytes){ 0 };
    for (size_t i = 0; i < made.config.resolver_count; i++) {
        if (made.config.resolvers[i].port == 0)
            made.config.resolvers[i].port = HF_DNS_PORT;
    }
    for (size_t i = 0; i < QUESTIONS; i++) {
        if (!ask(&made, &made.questions[i], now))
            return HF_ERR_CRYPTO;
    }
    *d = made;
    return HF_OK;
}

/* --- Answers --------------------------------------------------------------------------------- */

/* A gateway is nowhere on this host, nor on one link, nor at many places at once; 0.0.0.0 and its
 * like also reach this host. */
static bool is_usable(const struct hf_dns_resolver *d, const hf_address *address)
{
    static const hf_prefix loopback4 = {
        {HF_FAMILY_V4, { 127 }},
        8
    };
    static const hf_prefix loopback6 = {
        {HF_FAMILY_V6, { [15] = 1 }},
        128
    };

    if (d->config.allow_loopback &&
        (hf_prefix_contains(&loopback4, address) || hf_prefix_contains(&loopback6, address)))
        return true;
    return !hf_address_is_special(address);
}

static void keep_usable(const struct hf_dns_resolver *d, struct hf_dns_answer *answer)
{
    size_t kept = 0;

    for (size_t i = 0; i < answer->count; i++) {
        if (is_usable(d, &answer->addresses[i]))
            answer->addresses[kept++] = answer->addresses[i];
    }
    answer->count = kept;
}

/* Both questions are answered: there is a result. One is: the other gets a little longer. */
static void conclude(struct hf_dns_resolver *d, hf_time now)
{
    const struct hf_dns_question *a = &d->questions[A], *aaaa = &d->questions[AAAA];

    if (a->is_answered && aaaa->is_answered)
        finish(d, a->answer.count + aaaa->answer.count != 0 ? HF_OK : HF_ERR_NAME_NOT_FOUND);
    else if (a->answer.count != 0)
        d->settle = hf_time_add(now, HF_DNS_WAIT_FOR_V6);
    else if (aaaa->answer.count != 0)
        d->settle = hf_time_add(now, HF_DNS_WAIT_FOR_V4);
}

static void take_answer(struct hf_dns_resolver *d, struct hf_dns_question *q,
                        const struct hf_dns_answer *answer, size_t resolver, hf_time now)
{
    if (answer->outcome == HF_DNS_SERVER_FAILED) {
        if (resolver == q->resolver && q->asked < d->config.resolver_count)
            ask_next(d, q, now); /* after the first round only time moves on: no storm of queries */
        return;
    }
    q->is_answered = true;
    q->to_send = false;
    q->next_try = HF_NEVER;
    q->answer = *answer;
    keep_usable(d, &q->answer);
    conclude(d, now);
}

void hf_dns_resolver_handle_datagram(struct hf_dns_resolver *d, const hf_endpoint *from,
                                     hf_bytes datagram, hf_time now)
{
    for (size_t i = 0; i < QUESTIONS; i++) {
        struct hf_dns_question *q = &d->questions[i];

        for (size_t n = 0; n < d->config.resolver_count; n++) {
            struct hf_dns_answer answer;

            if (d->is_done || q->is_answered || !q->was_asked[n] ||
                !hf_endpoint_equal(from, &d->config.resolvers[n]) ||
                hf_dns_answer_decode(datagram, q->ids[n], &d->name, q->type, &answer) != HF_OK)
                continue;
            take_answer(d, q, &answer, n, now);
            return;
        }
    }
}

/* --- Time and output ------------------------------------------------------------------------- */

static bool has_address(const struct hf_dns_resolver *d)
{
    return d->questions[A].answer.count + d->questions[AAAA].answer.count != 0;
}

void hf_dns_resolver_handle_time(struct hf_dns_resolver *d, hf_time now)
{
    if (d->is_done)
        return;
    if (hf_time_due(d->settle, now) || hf_time_due(d->give_up, now)) {
        finish(d, has_address(d) ? HF_OK : HF_ERR_NAME_TIMEOUT);
        return;
    }
    for (size_t i = 0; i < QUESTIONS; i++) {
        if (!d->questions[i].is_answered && hf_time_due(d->questions[i].next_try, now))
            ask_next(d, &d->questions[i], now);
    }
}

hf_time hf_dns_resolver_deadline(const struct hf_dns_resolver *d)
{
    hf_time deadline = hf_time_min(d->settle, d->give_up);

    if (d->is_done)
        return HF_NEVER;
    for (size_t i = 0; i < QUESTIONS; i++)
        deadline = hf_time_min(deadline, d->questions[i].next_try);
    return deadline;
}

bool hf_dns_resolver_next_datagram(struct hf_dns_resolver *d, struct hf_dns_datagram *out)
{
    for (size_t i = 0; i < QUESTIONS; i++) {
        struct hf_dns_question *q = &d->questions[i];
        hf_writer w = hf_writer_of(d->storage, sizeof d->storage);
        hf_bytes query;

        if (!q->to_send)
            continue;
        q->to_send = false;
        hf_dns_query_encode(&w, q->ids[q->resolver], &d->name, q->type);
        if (!hf_writer_finish(&w, &query))
            continue;
        *out = (struct hf_dns_datagram){ d->config.resolvers[q->resolver], query };
        return true;
    }
    return false;
}

/* --- Result ---------------------------------------------------------------------------------- */

static void add_addresses(struct hf_dns_result *result, const struct hf_dns_answer *answer,
                          size_t max)
{
    for (size_t i = 0; i < answer->count && result->count < max; i++) {
        bool is_known = false;

        for (size_t j = 0; j < result->count; j++)
            is_known = is_known || hf_address_equal(&result->addresses[j], &answer->addresses[i]);
        if (!is_known)
            result->addresses[result->count++] = answer->addresses[i];
    }
    if (answer->count != 0 && answer->ttl < result->ttl)
        result->ttl = answer->ttl;
}

/* Many IPv4 addresses leave room for two of IPv6: the host may have nothing else. */
static size_t room_for_v4(const struct hf_dns_resolver *d)
{
    size_t v6 = d->questions[AAAA].answer.count;

    return HF_DNS_ADDRESSES_MAX - (v6 < 2 ? v6 : 2);
}

hf_status hf_dns_resolver_result(const struct hf_dns_resolver *d, struct hf_dns_result *out)
{
    struct hf_dns_result result = { .ttl = UINT32_MAX };

    if (d->status != HF_OK)
        return d->status;
    add_addresses(&result, &d->questions[A].answer, room_for_v4(d));
    add_addresses(&result, &d->questions[AAAA].answer, HF_DNS_ADDRESSES_MAX);
    *out = result;
    return HF_OK;
}
