/* Tests of traffic selectors (base/selector.h). */
#include "base/selector.h"
#include "support/hex.h"
#include "support/test.h"

/* 192.0.2.1 → 198.51.100.2, and 2001:db8::1 → 2001:db8::2; the protocol and what follows differ. */
#define V4(flags_offset, protocol)                                                                 \
    "45000020 0000" flags_offset "40" protocol "0000 c0000201 c6336402"
#define V6(next)                                                                                   \
    "60000000 0008" next "40 20010db8000000000000000000000001 20010db8000000000000000000000002"
#define PORTS "03e807d0 00080000" /* 1000 → 2000 */

static hf_selector selector(const char *prefix_text, uint8_t protocol, uint16_t first_port,
                            uint16_t last_port)
{
    hf_prefix prefix;
    hf_selector out;

    cr_assert(hf_prefix_parse(hf_bytes_of_string(prefix_text), &prefix));
    out = hf_selector_of_prefix(&prefix);
    out.protocol = protocol;
    out.first_port = first_port;
    out.last_port = last_port;
    return out;
}

static struct hf_selectors pair(hf_selector local, hf_selector remote)
{
    return (struct hf_selectors){
        .local = { local }, .local_count = 1, .remote = { remote }, .remote_count = 1
    };
}

static struct hf_selectors anything(void)
{
    return (struct hf_selectors){
        .local = {hf_selector_any(HF_FAMILY_V4),  hf_selector_any(HF_FAMILY_V6)},
        .local_count = 2,
        .remote = { hf_selector_any(HF_FAMILY_V4), hf_selector_any(HF_FAMILY_V6)},
        .remote_count = 2,
    };
}

Test(selector, any_covers_a_family_and_no_other)
{
    hf_selector v4 = hf_selector_any(HF_FAMILY_V4), v6 = hf_selector_any(HF_FAMILY_V6);
    hf_selector some = selector("10.0.0.0/8", 6, 80, 80);

    cr_expect(hf_selector_is_within(&some, &v4));
    cr_expect_not(hf_selector_is_within(&some, &v6));
    cr_expect_not(hf_selector_is_within(&v4, &some));
    cr_expect(hf_selector_equal(&v4, &v4));
    cr_expect_not(hf_selector_equal(&v4, &v6));
}

Test(selector, within_asks_for_addresses_protocol_and_ports)
{
    static const struct {
        const char *prefix;
        uint8_t protocol;
        uint16_t first, last;
        bool within;
    } rows[] = {
        {"10.1.0.0/16",  6,  100, 200,   true }, /* the same */
        { "10.1.2.0/24", 6,  150, 150,   true },
        { "10.0.0.0/15", 6,  100, 200,   false},
        { "10.2.0.0/16", 6,  100, 200,   false},
        { "10.1.0.0/16", 17, 100, 200,   false},
        { "10.1.0.0/16", 0,  100, 200,   false},
        { "10.1.0.0/16", 6,  99,  200,   false},
        { "10.1.0.0/16", 6,  100, 201,   false},
        { "10.1.0.0/16", 6,  0,   65535, false},
    };
    hf_selector outer = selector("10.1.0.0/16", 6, 100, 200);

    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++) {
        hf_selector inner = selector(rows[i].prefix, rows[i].protocol, rows[i].first, rows[i].last);

        cr_expect_eq(hf_selector_is_within(&inner, &outer), rows[i].within, "row %zu", i);
        cr_expect_eq(hf_selector_equal(&inner, &outer), i == 0, "row %zu", i);
    }
}

Test(selector, direction_decides_which_end_is_local)
{
    struct hf_selectors s =
        pair(selector("192.0.2.1", 0, 0, 65535), selector("198.51.100.0/24", 0, 0, 65535));
    hf_bytes packet = hex(V4("0000", "01"));

    cr_expect(hf_selectors_match_outbound(&s, packet));
    cr_expect_not(hf_selectors_match_inbound(&s, packet));
    s = pair(s.remote[0], s.local[0]);
    cr_expect_not(hf_selectors_match_outbound(&s, packet));
    cr_expect(hf_selectors_match_inbound(&s, packet));
}

Test(selector, protocol_and_ports_are_asked_for)
{
    static const struct {
        uint8_t protocol;
        uint16_t first, last;
        bool matches;
    } rows[] = {
        {0,   0,    65535, true },
        { 17, 0,    65535, true },
        { 17, 1000, 1000,  true },
        { 17, 999,  1001,  true },
        { 17, 1001, 1002,  false},
        { 17, 998,  999,   false},
        { 6,  0,    65535, false},
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++) {
        struct hf_selectors s4 =
            pair(selector("192.0.2.1", rows[i].protocol, rows[i].first, rows[i].last),
                 hf_selector_any(HF_FAMILY_V4));
        struct hf_selectors s6 =
            pair(selector("2001:db8::1", rows[i].protocol, rows[i].first, rows[i].last),
                 hf_selector_any(HF_FAMILY_V6));

        cr_expect_eq(hf_selectors_match_outbound(&s4, hex(V4("0000", "11") PORTS)), rows[i].matches,
                     "row %zu", i);
        cr_expect_eq(hf_selectors_match_outbound(&s6, hex(V6("11") PORTS)), rows[i].matches,
                     "row %zu", i);
    }
}

Test(selector, ports_are_found_behind_ip_options)
{
    struct hf_selectors s =
        pair(selector("192.0.2.1", 17, 1000, 1000), selector("198.51.100.2", 17, 2000, 2000));

    cr_expect(hf_selectors_match_outbound(
        &s, hex("47000028 00000000 40110000 c0000201 c6336402 0102030405060708" PORTS)));
}

Test(selector, a_fragment_without_ports_needs_a_selector_that_takes_any)
{
    struct hf_selectors any = anything();
    struct hf_selectors ports =
        pair(selector("0.0.0.0/0", 17, 1000, 1000), hf_selector_any(HF_FAMILY_V4));
    struct hf_selectors ports6 =
        pair(selector("::/0", 17, 1000, 1000), hf_selector_any(HF_FAMILY_V6));
    hf_bytes first = hex(V4("2000", "11") PORTS), later = hex(V4("0001", "11") PORTS);
    hf_bytes first6 = hex(V6("2c") "11000001 00000001" PORTS);
    hf_bytes later6 = hex(V6("2c") "11000008 00000001" PORTS);

    cr_expect(hf_selectors_match_outbound(&any, first));
    cr_expect(hf_selectors_match_outbound(&any, later));
    cr_expect(hf_selectors_match_outbound(&any, first6));
    cr_expect(hf_selectors_match_outbound(&any, later6));
    cr_expect(hf_selectors_match_outbound(&ports, first));
    cr_expect_not(hf_selectors_match_outbound(&ports, later));
    cr_expect(hf_selectors_match_outbound(&ports6, first6));
    cr_expect_not(hf_selectors_match_outbound(&ports6, later6));
}

Test(selector, a_protocol_without_ports_needs_a_selector_that_takes_any)
{
    struct hf_selectors s =
        pair(selector("0.0.0.0/0", 1, 1000, 1000), hf_selector_any(HF_FAMILY_V4));

    cr_expect_not(hf_selectors_match_outbound(&s, hex(V4("0000", "01") PORTS)));
}

Test(selector, every_truncated_header_matches_nothing)
{
    struct hf_selectors s = anything();
    hf_bytes v4 = hex(V4("0000", "01")), v6 = hex(V6("3a"));

    for (size_t len = 0; len <= v6.len; len++) {
        hf_bytes cut4 = { test_copy(hf_bytes_slice(v4, 0, len)), len };
        hf_bytes cut6 = { test_copy(hf_bytes_slice(v6, 0, len)), len };

        if (len <= v4.len) {
            cr_expect_eq(hf_selectors_match_outbound(&s, cut4), len == v4.len);
            cr_expect_eq(hf_selectors_match_inbound(&s, cut4), len == v4.len);
        }
        cr_expect_eq(hf_selectors_match_outbound(&s, cut6), len == v6.len);
        cr_expect_eq(hf_selectors_match_inbound(&s, cut6), len == v6.len);
    }
}

Test(selector, impossible_headers_match_nothing)
{
    struct hf_selectors s = anything();

    cr_expect_not(hf_selectors_match_outbound(
        &s, hex("44000020 00000000 40010000 c0000201 c6336402"))); /* IHL of 4 */
    cr_expect_not(hf_selectors_match_outbound(
        &s, hex("4f000020 00000000 40010000 c0000201 c6336402"))); /* IHL past the end */
    cr_expect_not(hf_selectors_match_outbound(
        &s, hex("55000020 00000000 40010000 c0000201 c6336402"))); /* version 5 */
}

Test(selector, no_selectors_match_nothing)
{
    struct hf_selectors none = { 0 };

    cr_expect_not(hf_selectors_match_outbound(&none, hex(V4("0000", "01"))));
    cr_expect_not(hf_selectors_match_inbound(&none, hex(V4("0000", "01"))));
}
