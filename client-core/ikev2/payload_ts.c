/* Traffic Selector payloads: see payload.h. */
#include "ikev2/payload.h"

#include "ikev2/block.h"

enum { TS_IPV4_ADDR_RANGE = 7, TS_IPV6_ADDR_RANGE = 8 };

static enum hf_family family_of(uint8_t ts_type)
{
    switch (ts_type) {
    case TS_IPV4_ADDR_RANGE:
        return HF_FAMILY_V4;
    case TS_IPV6_ADDR_RANGE:
        return HF_FAMILY_V6;
    default:
        return HF_FAMILY_NONE;
    }
}

/* OPAQUE (start 65535, end 0) is valid and matches no port that we can see:
 * RFC 7296, section 3.13.1. */
static bool are_valid_ports(const hf_selector *s)
{
    return s->first_port <= s->last_port || (s->first_port == UINT16_MAX && s->last_port == 0);
}

static hf_status read_range(hf_reader *r, enum hf_family family, hf_selector *out)
{
    size_t octets = hf_family_octets(family);
    hf_bytes first, last;

    if (!hf_read_u16(r, &out->first_port) || !hf_read_u16(r, &out->last_port) ||
        !hf_read_bytes(r, octets, &first) || !hf_read_bytes(r, octets, &last) ||
        !hf_address_of_octets(first, &out->first) || !hf_address_of_octets(last, &out->last))
        return HF_ERR_TRUNCATED;
    if (r->left != 0 || !are_valid_ports(out) || hf_address_compare(&out->first, &out->last) > 0)
        return HF_ERR_MALFORMED;
    return HF_OK;
}

/* Traffic Selector (RFC 7296, section 3.13.1):
 *   +---------------+---------------+-------------------------------+
 *   |   TS Type     |IP Protocol ID |       Selector Length         |
 *   +---------------+---------------+-------------------------------+
 *   |           Start Port          |           End Port            |
 *   +-------------------------------+-------------------------------+
 *   ~                         Starting Address                      ~
 *   +---------------------------------------------------------------+
 *   ~                         Ending Address                        ~
 *   +---------------------------------------------------------------+  */
static hf_status read_selector(hf_reader *r, hf_selector *out, enum hf_family *out_family)
{
    struct hf_ikev2_block block;
    hf_status status = hf_ikev2_block_read(r, &block);

    if (status != HF_OK)
        return status;
    *out_family = family_of(block.first);
    out->protocol = block.second;
    return *out_family == HF_FAMILY_NONE ? HF_OK : read_range(&block.body, *out_family, out);
}

/* Traffic Selector payload body (RFC 7296, section 3.13):
 *   +---------------+-----------------------------------------------+
 *   | Number of TSs |                 RESERVED                      |
 *   +---------------+-----------------------------------------------+
 *   ~                       <Traffic Selectors>                     ~
 *   +---------------------------------------------------------------+  */
hf_status hf_ikev2_ts_decode(hf_bytes body, struct hf_ikev2_ts *out)
{
    hf_reader r = hf_reader_of(body);
    struct hf_ikev2_ts ts = { 0 };
    uint8_t announced;

    if (!hf_read_u8(&r, &announced) || !hf_read_skip(&r, 3))
        return HF_ERR_TRUNCATED;
    for (size_t i = 0; i < announced; i++) {
        hf_selector selector = { 0 };
        enum hf_family family;
        hf_status status = read_selector(&r, &selector, &family);

        if (status != HF_OK)
            return status;
        if (family == HF_FAMILY_NONE)
            continue;
        if (ts.count == HF_SELECTORS_MAX)
            return HF_ERR_TOO_LARGE; /* leaving some out would be a narrowing of our own making */
        ts.selectors[ts.count++] = selector;
    }
    if (r.left != 0 || ts.count == 0)
        return HF_ERR_MALFORMED;
    *out = ts;
    return HF_OK;
}

static void write_selector(hf_writer *w, const hf_selector *s)
{
    size_t from = w->len;
    hf_write_mark len;

    hf_write_u8(w, s->first.family == HF_FAMILY_V4 ? TS_IPV4_ADDR_RANGE : TS_IPV6_ADDR_RANGE);
    hf_write_u8(w, s->protocol);
    len = hf_write_len16_begin(w, from);
    hf_write_u16(w, s->first_port);
    hf_write_u16(w, s->last_port);
    hf_write_bytes(w, hf_address_bytes(&s->first));
    hf_write_bytes(w, hf_address_bytes(&s->last));
    hf_write_len16_end(w, len);
}

void hf_ikev2_ts_encode(hf_writer *w, const struct hf_ikev2_ts *ts)
{
    HF_ASSERT(ts->count != 0 && ts->count <= HF_SELECTORS_MAX);
    hf_write_u8(w, (uint8_t)ts->count);
    hf_write_zeros(w, 3); /* RESERVED */
    for (size_t i = 0; i < ts->count; i++)
        write_selector(w, &ts->selectors[i]);
}
