/* Traffic selectors asked for and narrowed: see narrow.h. */
#include "ikev2/narrow.h"

#include <string.h>

static void add(hf_selector *list, size_t *count, hf_selector selector)
{
    if (*count < HF_SELECTORS_MAX)
        list[(*count)++] = selector;
}

static void add_families(const struct hf_ikev2_sa_config *config, hf_selector *list, size_t *count)
{
    if (config->want_ip4 || !config->want_ip6)
        add(list, count, hf_selector_any(HF_FAMILY_V4));
    if (config->want_ip6 || !config->want_ip4)
        add(list, count, hf_selector_any(HF_FAMILY_V6));
}

void hf_ikev2_narrow_request(const struct hf_ikev2_sa_config *config, struct hf_selectors *out)
{
    memset(out, 0, sizeof *out);
    add_families(config, out->local, &out->local_count);
    for (size_t i = 0; config->remote_ts != NULL && i < config->remote_ts_count; i++)
        add(out->remote, &out->remote_count, config->remote_ts[i]);
    if (out->remote_count == 0)
        add_families(config, out->remote, &out->remote_count);
}

static bool is_within_one(const hf_selector *narrowed, const hf_selector *asked, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (hf_selector_is_within(narrowed, &asked[i]))
            return true;
    }
    return false;
}

bool hf_ikev2_narrow_is_within(const hf_selector *narrowed, size_t narrowed_count,
                               const hf_selector *asked, size_t asked_count)
{
    for (size_t i = 0; i < narrowed_count; i++) {
        if (!is_within_one(&narrowed[i], asked, asked_count))
            return false;
    }
    return narrowed_count != 0;
}

static hf_address higher(hf_address a, hf_address b)
{
    return hf_address_compare(&a, &b) > 0 ? a : b;
}

static hf_address lower(hf_address a, hf_address b)
{
    return hf_address_compare(&a, &b) < 0 ? a : b;
}

static bool intersect(const hf_selector *a, const hf_selector *b, hf_selector *out)
{
    hf_selector common = {
        .protocol = a->protocol != 0 ? a->protocol : b->protocol,
        .first_port = a->first_port > b->first_port ? a->first_port : b->first_port,
        .last_port = a->last_port < b->last_port ? a->last_port : b->last_port,
    };

    if (a->first.family != b->first.family ||
        (a->protocol != 0 && b->protocol != 0 && a->protocol != b->protocol))
        return false;
    common.first = higher(a->first, b->first);
    common.last = lower(a->last, b->last);
    if (hf_address_compare(&common.first, &common.last) > 0 || common.first_port > common.last_port)
        return false;
    *out = common;
    return true;
}

size_t hf_ikev2_narrow_intersect(const hf_selector *a, size_t a_count, const hf_selector *b,
                                 size_t b_count, hf_selector out[HF_SELECTORS_MAX])
{
    hf_selector common;
    size_t count = 0;

    for (size_t i = 0; i < a_count; i++) {
        for (size_t j = 0; j < b_count; j++) {
            if (intersect(&a[i], &b[j], &common))
                add(out, &count, common);
        }
    }
    return count;
}

bool hf_ikev2_narrow_to_assigned(struct hf_selectors *selectors,
                                 const struct hf_ikev2_configuration *assigned)
{
    const hf_prefix *prefixes[] = { &assigned->ip4, &assigned->ip6 };
    hf_selector ours[2], narrowed[HF_SELECTORS_MAX];
    size_t count = 0;

    for (size_t i = 0; i < HF_ARRAY_LEN(prefixes); i++) {
        if (prefixes[i]->address.family != HF_FAMILY_NONE) {
            hf_prefix host = { prefixes[i]->address,
                               (uint8_t)(8 * hf_family_octets(prefixes[i]->address.family)) };

            ours[count++] = hf_selector_of_prefix(&host);
        }
    }
    if (count == 0) /* no address was asked for */
        return true;
    count =
        hf_ikev2_narrow_intersect(selectors->local, selectors->local_count, ours, count, narrowed);
    if (count == 0)
        return false;
    memset(selectors->local, 0, sizeof selectors->local);
    hf_copy(selectors->local, narrowed, count * sizeof narrowed[0]);
    selectors->local_count = count;
    return true;
}

void hf_ikev2_narrow_encode(hf_writer *w, const hf_selector *list, size_t count)
{
    struct hf_ikev2_ts ts = { .count = count };

    hf_copy(ts.selectors, list, count * sizeof *list);
    hf_ikev2_ts_encode(w, &ts);
}
