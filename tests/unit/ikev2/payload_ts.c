/* Traffic Selector payloads: RFC 7296, section 3.13. */
#include "codecs.h"

CODEC(ts, struct hf_ikev2_ts)

/* 10.0.0.0 to 10.0.0.255, TCP, ports 80 to 443; everything of IPv6. */
static hf_bytes sample(void)
{
    return hex("02 000000"
               "07 06 0010 0050 01bb 0a000000 0a0000ff"
               "08 00 0028 0000 ffff 00000000000000000000000000000000"
               "ffffffffffffffffffffffffffffffff");
}

Test(ts, decodes_both_families)
{
    hf_selector any6 = hf_selector_any(HF_FAMILY_V6);
    struct hf_ikev2_ts ts;
    char text[HF_ADDRESS_TEXT_MAX];

    cr_assert_eq(hf_ikev2_ts_decode(sample(), &ts), HF_OK);
    cr_assert_eq(ts.count, 2);
    cr_expect_str_eq(hf_address_format(&ts.selectors[0].first, text), "10.0.0.0");
    cr_expect_str_eq(hf_address_format(&ts.selectors[0].last, text), "10.0.0.255");
    cr_expect_eq(ts.selectors[0].protocol, 6);
    cr_expect_eq(ts.selectors[0].first_port, 80);
    cr_expect_eq(ts.selectors[0].last_port, 443);
    cr_expect(hf_selector_equal(&ts.selectors[1], &any6));
}

Test(ts, round_trip)
{
    expect_round_trip(&ts_codec, sample());
}

Test(ts, decode_rejects_every_truncation)
{
    expect_prefixes_refused(&ts_codec, sample(), sample().len);
}

Test(ts, reserved_octets_are_ignored)
{
    static const size_t reserved[] = { 1, 2, 3 };

    expect_ignored(&ts_codec, sample(), reserved, HF_ARRAY_LEN(reserved));
}

Test(ts, counts_that_lie_are_refused)
{
    expect_patch_refused(&ts_codec, sample(), 0, hex("00"), HF_ERR_MALFORMED);
    expect_patch_refused(&ts_codec, sample(), 0, hex("01"), HF_ERR_MALFORMED);
    expect_patch_refused(&ts_codec, sample(), 0, hex("03"), HF_ERR_TRUNCATED);
    expect_patch_refused(&ts_codec, sample(), 0, hex("ff"), HF_ERR_TRUNCATED);
}

Test(ts, lengths_that_lie_are_refused)
{
    expect_patch_refused(&ts_codec, sample(), 6, hex("0000"), HF_ERR_MALFORMED);
    expect_patch_refused(&ts_codec, sample(), 6, hex("0003"), HF_ERR_MALFORMED);
    expect_patch_refused(&ts_codec, sample(), 6, hex("0004"), HF_ERR_TRUNCATED);
    expect_patch_refused(&ts_codec, sample(), 6, hex("000f"), HF_ERR_TRUNCATED);
    expect_patch_refused(&ts_codec, sample(), 6, hex("0011"), HF_ERR_MALFORMED);
    expect_patch_refused(&ts_codec, sample(), 6, hex("ffff"), HF_ERR_TRUNCATED);
}

/* An IPv4 range with IPv6's length and the reverse. */
Test(ts, type_and_length_must_agree)
{
    expect_patch_refused(&ts_codec, sample(), 4, hex("08"), HF_ERR_TRUNCATED);
    expect_patch_refused(&ts_codec, sample(), 20, hex("07"), HF_ERR_MALFORMED);
}

Test(ts, ranges_that_end_before_they_start_are_refused)
{
    expect_patch_refused(&ts_codec, sample(), 12, hex("0a000100"), HF_ERR_MALFORMED);
    expect_patch_refused(&ts_codec, sample(), 8, hex("01bc"), HF_ERR_MALFORMED);
    expect_patch_refused(&ts_codec, sample(), 8, hex("ffff 0001"), HF_ERR_MALFORMED);
}

Test(ts, opaque_ports_are_taken_and_match_no_port)
{
    hf_bytes body = hex("01 000000 07 06 0010 ffff 0000 00000000 ffffffff");
    struct hf_ikev2_ts ts;
    struct hf_selectors pair = { .local_count = 1, .remote_count = 1 };
    hf_bytes tcp = hex("45000028 00000000 40060000 0a000001 0a000002 0050 0051"
                       "00000000 00000000 50000000 00000000");

    expect_round_trip(&ts_codec, body);
    cr_assert_eq(hf_ikev2_ts_decode(body, &ts), HF_OK);
    pair.local[0] = ts.selectors[0];
    pair.remote[0] = hf_selector_any(HF_FAMILY_V4);
    cr_expect_not(hf_selectors_match_outbound(&pair, tcp));
    pair.local[0] = hf_selector_any(HF_FAMILY_V4);
    cr_expect(hf_selectors_match_outbound(&pair, tcp));
}

Test(ts, selectors_of_unknown_type_are_skipped)
{
    struct hf_ikev2_ts ts;

    cr_assert_eq(hf_ikev2_ts_decode(hex("03 000000 09 00 0006 abcd"
                                        "07 00 0010 0000 ffff 00000000 ffffffff 00 00 0004"),
                                    &ts),
                 HF_OK);
    cr_expect_eq(ts.count, 1);
    cr_expect_eq(codec_try(&ts_codec, hex("01 000000 09 00 0006 abcd")), HF_ERR_MALFORMED);
}

/* `count` selectors for one address each. */
static hf_bytes many(uint8_t count)
{
    size_t len = 4 + (size_t)count * 16;
    hf_writer w = hf_writer_of(test_memory(len), len);
    hf_bytes body;

    hf_write_u32(&w, (uint32_t)count << 24);
    for (size_t i = 0; i < count; i++) {
        hf_write_u64(&w, 0x070000100000ffff);
        hf_write_u32(&w, (uint32_t)i);
        hf_write_u32(&w, (uint32_t)i);
    }
    cr_assert(hf_writer_finish(&w, &body));
    return body;
}

Test(ts, more_selectors_than_the_bound_are_refused)
{
    expect_round_trip(&ts_codec, many(HF_SELECTORS_MAX));
    cr_expect_eq(codec_try(&ts_codec, many(HF_SELECTORS_MAX + 1)), HF_ERR_TOO_LARGE);
    cr_expect_eq(codec_try(&ts_codec, many(255)), HF_ERR_TOO_LARGE);
}

Test(ts, mutations_settle)
{
    expect_mutations_settle(&ts_codec, sample(), 4);
}
