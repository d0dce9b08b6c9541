/* Clamping of the MSS: see mss.h. */
#include "engine/dataplane/mss.h"

#include "base/reader.h"
#include "base/writer.h"

#define PROTOCOL_TCP 6
#define FLAG_SYN     0x02
#define OPTION_END   0
#define OPTION_NOP   1
#define OPTION_MSS   2

#define IP4_HEADER_LEN 20
#define IP6_HEADER_LEN 40
#define TCP_HEADER_LEN 20

/* Finds the TCP segment of an unfragmented packet; `*out_ip_len`: the IP header without options. */
static bool find_tcp4(hf_reader r, hf_reader *out, size_t *out_ip_len)
{
    hf_reader whole = r;
    uint8_t version_ihl, protocol;
    uint16_t fragment;

    if (!hf_read_u8(&r, &version_ihl) || !hf_read_skip(&r, 5) || !hf_read_u16(&r, &fragment) ||
        !hf_read_skip(&r, 1) || !hf_read_u8(&r, &protocol) || protocol != PROTOCOL_TCP ||
        (fragment & 0x1fff) != 0 || (version_ihl & 15u) < 5 ||
        !hf_read_skip(&whole, (version_ihl & 15u) * 4u))
        return false;
    *out = whole;
    *out_ip_len = IP4_HEADER_LEN;
    return true;
}

/* A SYN behind extension headers is left alone: hosts send none. */
static bool find_tcp6(hf_reader r, hf_reader *out, size_t *out_ip_len)
{
    uint8_t next;

    if (!hf_read_skip(&r, 6) || !hf_read_u8(&r, &next) || next != PROTOCOL_TCP ||
        !hf_read_skip(&r, 33))
        return false;
    *out = r;
    *out_ip_len = IP6_HEADER_LEN;
    return true;
}

static bool find_tcp(hf_bytes packet, hf_reader *out, size_t *out_ip_len)
{
    if (packet.len == 0)
        return false;
    switch (packet.data[0] >> 4) {
    case 4:
        return find_tcp4(hf_reader_of(packet), out, out_ip_len);
    case 6:
        return find_tcp6(hf_reader_of(packet), out, out_ip_len);
    default:
        return false;
    }
}

/* The options of a SYN. */
static bool find_options(hf_reader tcp, hf_reader *out)
{
    uint8_t offset, flags;
    hf_reader r = tcp;

    if (!hf_read_skip(&r, 12) || !hf_read_u8(&r, &offset) || !hf_read_u8(&r, &flags) ||
        (flags & FLAG_SYN) == 0 || !hf_read_skip(&r, 6))
        return false;
    offset = (uint8_t)(offset >> 4);
    return offset >= 5 && hf_read_nested(&r, (size_t)(offset - 5) * 4, out);
}

/* Leaves `options` at the value of the MSS option. */
static bool find_mss(hf_reader *options)
{
    uint8_t kind, length;

    while (hf_read_u8(options, &kind) && kind != OPTION_END) {
        if (kind == OPTION_NOP)
            continue;
        if (!hf_read_u8(options, &length) || length < 2)
            return false;
        if (kind == OPTION_MSS)
            return length == 4 && options->left >= 2;
        if (!hf_read_skip(options, length - 2u))
            return false;
    }
    return false;
}

/* RFC 1624, equation 3. A value at an odd place of the segment spans two of the words that are
 * summed, which comes to swapping its octets. */
static uint16_t updated_checksum(uint16_t checksum, uint16_t old, uint16_t new, bool is_odd)
{
    uint32_t sum;

    if (is_odd) {
        old = (uint16_t)(old << 8 | old >> 8);
        new = (uint16_t)(new << 8 | new >> 8);
    }
    sum = (uint32_t)(uint16_t)~checksum + (uint16_t)~old + new;
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static void put_u16(uint8_t *packet, size_t len, size_t at, uint16_t value)
{
    hf_writer w = hf_writer_of(packet, len);

    (void)hf_write_reserve(&w, at);
    hf_write_u16(&w, value);
}

bool hf_mss_clamp(uint8_t *packet, size_t len, uint16_t mtu_bytes)
{
    hf_reader tcp, options, field;
    size_t ip_len, segment, value_at;
    uint16_t mss, checksum, max;

    if (!find_tcp((hf_bytes){ packet, len }, &tcp, &ip_len) || !find_options(tcp, &options) ||
        !find_mss(&options) || mtu_bytes <= ip_len + TCP_HEADER_LEN)
        return false;
    max = (uint16_t)(mtu_bytes - ip_len - TCP_HEADER_LEN);
    segment = (size_t)(tcp.at - packet);
    value_at = (size_t)(options.at - packet);
    field = tcp;
    if (!hf_read_u16(&options, &mss) || mss <= max || !hf_read_skip(&field, 16) ||
        !hf_read_u16(&field, &checksum))
        return false;
    put_u16(packet, len, value_at, max);
    put_u16(packet, len, segment + 16,
            updated_checksum(checksum, mss, max, (value_at - segment) % 2 != 0));
    return true;
}
