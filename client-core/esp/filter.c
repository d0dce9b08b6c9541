/* Selectors on the packet path: see filter.h. */
#include "esp/filter.h"

#include "base/reader.h"

#include <string.h>

#define FRAGMENT     44 /* the extension header of IPv6: RFC 8200, section 4.5 */
#define FRAGMENT_LEN 8

static bool asks_for_protocol_or_ports(const hf_selector *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i].protocol != 0 || list[i].first_port != 0 || list[i].last_port != UINT16_MAX)
            return true;
    }
    return false;
}

static uint64_t number_at(const hf_address *address, size_t offset, size_t size)
{
    uint64_t value = 0;

    for (size_t i = 0; i < size; i++)
        value = value << 8 | address->octets[offset + i];
    return value;
}

static void add_range(struct hf_esp_ranges *ranges, const hf_selector *s)
{
    if (s->first.family == HF_FAMILY_V4) {
        size_t i = ranges->count4++;

        ranges->v4[i].first = (uint32_t)number_at(&s->first, 0, 4);
        ranges->v4[i].last = (uint32_t)number_at(&s->last, 0, 4);
        return;
    }
    if (s->first.family == HF_FAMILY_V6) {
        size_t i = ranges->count6++;

        for (size_t half = 0; half < 2; half++) {
            ranges->v6[i].first[half] = number_at(&s->first, half * 8, 8);
            ranges->v6[i].last[half] = number_at(&s->last, half * 8, 8);
        }
    }
}

static void add_ranges(struct hf_esp_ranges *ranges, const hf_selector *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add_range(ranges, &list[i]);
}

void hf_esp_filter_init(struct hf_esp_filter *filter, const struct hf_selectors *selectors)
{
    memset(filter, 0, sizeof *filter);
    filter->selectors = *selectors;
    filter->is_plain = !asks_for_protocol_or_ports(selectors->local, selectors->local_count) &&
                       !asks_for_protocol_or_ports(selectors->remote, selectors->remote_count);
    add_ranges(&filter->remote, selectors->remote, selectors->remote_count);
    add_ranges(&filter->local, selectors->local, selectors->local_count);
}

static bool has_v4(const struct hf_esp_ranges *ranges, uint32_t address)
{
    for (size_t i = 0; i < ranges->count4; i++) {
        if (address >= ranges->v4[i].first && address <= ranges->v4[i].last)
            return true;
    }
    return false;
}

static bool is_at_most(const uint64_t a[2], const uint64_t b[2])
{
    return a[0] < b[0] || (a[0] == b[0] && a[1] <= b[1]);
}

static bool has_v6(const struct hf_esp_ranges *ranges, const uint64_t address[2])
{
    for (size_t i = 0; i < ranges->count6; i++) {
        if (is_at_most(ranges->v6[i].first, address) && is_at_most(address, ranges->v6[i].last))
            return true;
    }
    return false;
}

static bool takes_v4(const struct hf_esp_filter *filter, hf_bytes packet)
{
    size_t header_len = (packet.data[0] & 15u) * 4u;
    hf_reader r = hf_reader_of(hf_bytes_slice(packet, 0, header_len));
    uint32_t source, destination;

    return hf_read_skip(&r, 12) && hf_read_u32(&r, &source) && hf_read_u32(&r, &destination) &&
           has_v4(&filter->remote, source) && has_v4(&filter->local, destination);
}

static bool takes_v6(const struct hf_esp_filter *filter, hf_bytes packet)
{
    hf_reader r = hf_reader_of(packet);
    uint64_t source[2], destination[2];
    uint8_t next;

    return hf_read_skip(&r, 6) && hf_read_u8(&r, &next) && hf_read_skip(&r, 1) &&
           hf_read_u64(&r, &source[0]) && hf_read_u64(&r, &source[1]) &&
           hf_read_u64(&r, &destination[0]) && hf_read_u64(&r, &destination[1]) &&
           (next != FRAGMENT || r.left >= FRAGMENT_LEN) && has_v6(&filter->remote, source) &&
           has_v6(&filter->local, destination);
}

bool hf_esp_filter_takes(const struct hf_esp_filter *filter, hf_bytes packet)
{
    if (!filter->is_plain)
        return hf_selectors_match_inbound(&filter->selectors, packet);
    if (packet.len == 0)
        return false;
    switch (packet.data[0] >> 4) {
    case 4:
        return takes_v4(filter, packet);
    case 6:
        return takes_v6(filter, packet);
    default:
        return false;
    }
}
