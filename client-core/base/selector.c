/* Traffic selectors: see selector.h. */
#include "base/selector.h"

#include "base/reader.h"

#include <string.h>

/* What a selector asks about a packet. */
struct packet {
    hf_address source, destination;
    uint8_t protocol;
    bool has_ports;
    uint16_t source_port, destination_port;
};

hf_selector hf_selector_of_prefix(const hf_prefix *prefix)
{
    return (hf_selector){ .first = hf_prefix_first(prefix),
                          .last = hf_prefix_last(prefix),
                          .last_port = UINT16_MAX };
}

hf_selector hf_selector_any(enum hf_family family)
{
    return hf_selector_of_prefix(&(hf_prefix){ .address = { .family = family } });
}

bool hf_selector_equal(const hf_selector *a, const hf_selector *b)
{
    return hf_selector_is_within(a, b) && hf_selector_is_within(b, a);
}

bool hf_selector_is_within(const hf_selector *inner, const hf_selector *outer)
{
    return inner->first.family == outer->first.family &&
           hf_address_compare(&inner->first, &outer->first) >= 0 &&
           hf_address_compare(&inner->last, &outer->last) <= 0 &&
           (outer->protocol == 0 || outer->protocol == inner->protocol) &&
           inner->first_port >= outer->first_port && inner->last_port <= outer->last_port;
}

static bool has_port_fields(uint8_t protocol)
{
    return protocol == 6 || protocol == 17 || protocol == 132 ||
           protocol == 136; /* TCP, UDP, SCTP, UDP-Lite */
}

static void read_ports(hf_reader *r, struct packet *out)
{
    out->has_ports = has_port_fields(out->protocol) && hf_read_u16(r, &out->source_port) &&
                     hf_read_u16(r, &out->destination_port);
}

static bool read_v4(hf_reader r, struct packet *out)
{
    uint8_t version_ihl;
    uint16_t fragment;
    hf_bytes source, destination;
    hf_reader whole = r;

    if (!hf_read_u8(&r, &version_ihl) || !hf_read_skip(&r, 5) || !hf_read_u16(&r, &fragment) ||
        !hf_read_skip(&r, 1) || !hf_read_u8(&r, &out->protocol) || !hf_read_skip(&r, 2) ||
        !hf_read_bytes(&r, 4, &source) || !hf_read_bytes(&r, 4, &destination) ||
        !hf_address_of_octets(source, &out->source) ||
        !hf_address_of_octets(destination, &out->destination) ||
        !hf_read_skip(&whole, (version_ihl & 15u) * 4u) || (version_ihl & 15u) < 5)
        return false;
    if ((fragment & 0x1fff) == 0) /* only the first fragment has the ports */
        read_ports(&whole, out);
    return true;
}

/* Extension headers are walked no further than the fragment header: what is behind others counts as
 * without ports. */
static bool read_v6(hf_reader r, struct packet *out)
{
    hf_bytes source, destination;
    uint16_t offset;

    if (!hf_read_skip(&r, 6) || !hf_read_u8(&r, &out->protocol) || !hf_read_skip(&r, 1) ||
        !hf_read_bytes(&r, 16, &source) || !hf_read_bytes(&r, 16, &destination) ||
        !hf_address_of_octets(source, &out->source) ||
        !hf_address_of_octets(destination, &out->destination))
        return false;
    if (out->protocol == 44) { /* fragment header: RFC 8200, section 4.5 */
        if (!hf_read_u8(&r, &out->protocol) || !hf_read_skip(&r, 1) || !hf_read_u16(&r, &offset) ||
            !hf_read_skip(&r, 4))
            return false;
        if ((offset & 0xfff8) != 0)
            return true;
    }
    read_ports(&r, out);
    return true;
}

static bool read_packet(hf_bytes bytes, struct packet *out)
{
    *out = (struct packet){ 0 };
    if (bytes.len == 0)
        return false;
    switch (bytes.data[0] >> 4) {
    case 4:
        return read_v4(hf_reader_of(bytes), out);
    case 6:
        return read_v6(hf_reader_of(bytes), out);
    default:
        return false;
    }
}

static bool matches(const hf_selector *s, const hf_address *address, const struct packet *p,
                    uint16_t port)
{
    bool any_port = s->first_port == 0 && s->last_port == UINT16_MAX;

    return address->family == s->first.family && hf_address_compare(address, &s->first) >= 0 &&
           hf_address_compare(address, &s->last) <= 0 &&
           (s->protocol == 0 || s->protocol == p->protocol) &&
           (any_port || (p->has_ports && port >= s->first_port && port <= s->last_port));
}

static bool any_matches(const hf_selector *list, size_t count, const hf_address *address,
                        const struct packet *p, uint16_t port)
{
    for (size_t i = 0; i < count; i++) {
        if (matches(&list[i], address, p, port))
            return true;
    }
    return false;
}

bool hf_selectors_match_outbound(const struct hf_selectors *s, hf_bytes bytes)
{
    struct packet p;

    return read_packet(bytes, &p) &&
           any_matches(s->local, s->local_count, &p.source, &p, p.source_port) &&
           any_matches(s->remote, s->remote_count, &p.destination, &p, p.destination_port);
}

bool hf_selectors_match_inbound(const struct hf_selectors *s, hf_bytes bytes)
{
    struct packet p;

    return read_packet(bytes, &p) &&
           any_matches(s->remote, s->remote_count, &p.source, &p, p.source_port) &&
           any_matches(s->local, s->local_count, &p.destination, &p, p.destination_port);
}
