/* Addresses, prefixes, ranges: see address.h. */
#include "base/address.h"

#include <string.h>

size_t hf_family_octets(enum hf_family family)
{
    switch (family) {
    case HF_FAMILY_V4:
        return 4;
    case HF_FAMILY_V6:
        return 16;
    case HF_FAMILY_NONE:
        break;
    }
    return 0;
}

bool hf_address_of_octets(hf_bytes octets, hf_address *out)
{
    hf_address address = { 0 };

    if (octets.len != 4 && octets.len != 16)
        return false;
    address.family = octets.len == 4 ? HF_FAMILY_V4 : HF_FAMILY_V6;
    hf_copy(address.octets, octets.data, octets.len);
    *out = address;
    return true;
}

hf_bytes hf_address_bytes(const hf_address *address)
{
    return (hf_bytes){ address->octets, hf_family_octets(address->family) };
}

int hf_address_compare(const hf_address *a, const hf_address *b)
{
    if (a->family != b->family)
        return a->family < b->family ? -1 : 1;
    return memcmp(a->octets, b->octets, sizeof a->octets);
}

bool hf_address_equal(const hf_address *a, const hf_address *b)
{
    return hf_address_compare(a, b) == 0;
}

bool hf_endpoint_equal(const hf_endpoint *a, const hf_endpoint *b)
{
    return a->port == b->port && hf_address_equal(&a->address, &b->address);
}

bool hf_address_is_any(const hf_address *address)
{
    static const uint8_t zeros[16];

    return memcmp(address->octets, zeros, sizeof zeros) == 0;
}

bool hf_address_is_special(const hf_address *address)
{
    static const hf_prefix special[] = {
        {{ HF_FAMILY_V4, { 0 } },           8 },
        { { HF_FAMILY_V4, { 127 } },        8 },
        { { HF_FAMILY_V4, { 169, 254 } },   16},
        { { HF_FAMILY_V4, { 224 } },        3 },
        { { HF_FAMILY_V6, { 0 } },          80},
        { { HF_FAMILY_V6, { 0xfe, 0x80 } }, 10},
        { { HF_FAMILY_V6, { 0xff } },       8 },
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(special); i++) {
        if (hf_prefix_contains(&special[i], address))
            return true;
    }
    return address->family == HF_FAMILY_NONE;
}

static hf_address fill_behind(const hf_prefix *prefix, bool ones)
{
    hf_address address = prefix->address;

    for (size_t i = 0; i < hf_family_octets(address.family); i++) {
        size_t kept = prefix->bits > i * 8 ? prefix->bits - i * 8 : 0;
        uint8_t host = (uint8_t)(kept >= 8 ? 0 : 0xff >> kept);

        address.octets[i] = (uint8_t)(ones ? address.octets[i] | host : address.octets[i] & ~host);
    }
    return address;
}

hf_address hf_prefix_first(const hf_prefix *prefix)
{
    return fill_behind(prefix, false);
}

hf_address hf_prefix_last(const hf_prefix *prefix)
{
    return fill_behind(prefix, true);
}

bool hf_prefix_equal(const hf_prefix *a, const hf_prefix *b)
{
    return a->bits == b->bits && hf_address_equal(&a->address, &b->address);
}

bool hf_prefix_contains(const hf_prefix *prefix, const hf_address *address)
{
    hf_prefix other = { *address, prefix->bits };
    hf_address a = hf_prefix_first(prefix), b = hf_prefix_first(&other);

    return hf_address_equal(&a, &b);
}

static bool is_set(const hf_address *address, size_t bit)
{
    return (address->octets[bit / 8] >> (7 - bit % 8) & 1) != 0;
}

/* The largest prefix that starts at `first` and does not reach past `last`. */
static hf_prefix largest_prefix_at(const hf_address *first, const hf_address *last)
{
    hf_prefix prefix = { *first, (uint8_t)(hf_family_octets(first->family) * 8) };

    while (prefix.bits > 0 && !is_set(first, prefix.bits - 1u)) {
        hf_prefix wider = { *first, (uint8_t)(prefix.bits - 1) };
        hf_address end = hf_prefix_last(&wider);

        if (hf_address_compare(&end, last) > 0)
            break;
        prefix = wider;
    }
    return prefix;
}

/* The address after `address`; false when it was the last one. */
static bool next_address(hf_address *address)
{
    for (size_t i = hf_family_octets(address->family); i > 0; i--) {
        if (++address->octets[i - 1] != 0)
            return true;
    }
    return false;
}

size_t hf_prefixes_of_range(const hf_address *first, const hf_address *last, hf_prefix *out,
                            size_t max)
{
    hf_address at = *first;
    size_t count = 0;

    if (first->family != last->family || first->family == HF_FAMILY_NONE)
        return 0;
    while (hf_address_compare(&at, last) <= 0) { /* ends: a range has at most 254 prefixes */
        hf_prefix prefix = largest_prefix_at(&at, last);

        if (count < max)
            out[count] = prefix;
        count++;
        at = hf_prefix_last(&prefix);
        if (!next_address(&at))
            break;
    }
    return count;
}
