/* SA payload: RFC 7296, section 3.3. */
#include "codecs.h"

#include "crypto/algorithms.h"

CODEC(sa, struct hf_ikev2_sa_payload)

enum { SECOND = 0x24 }; /* where the second proposal starts */

/* IKE: AES-GCM-256, HMAC-SHA2-256, X25519. ESP: AES-CBC-128, HMAC-SHA2-256, P-256, no ESN. */
static hf_bytes sample(void)
{
    return hex("02 00 0024 01 01 00 03"
               "03 00 000c 01 00 0014 800e 0100"
               "03 00 0008 02 00 0005"
               "00 00 0008 04 00 001f"
               "00 00 0030 02 03 04 04 cafebabe"
               "03 00 000c 01 00 000c 800e 0080"
               "03 00 0008 03 00 000c"
               "03 00 0008 04 00 0013"
               "00 00 0008 05 00 0000");
}

Test(sa, decodes_proposals_and_transforms)
{
    struct hf_ikev2_sa_payload sa;

    cr_assert_eq(hf_ikev2_sa_decode(sample(), &sa), HF_OK);
    cr_assert_eq(sa.count, 2);
    cr_expect_eq(sa.proposals[0].number, 1);
    cr_expect_eq(sa.proposals[0].protocol, HF_PROTOCOL_IKE);
    cr_expect_eq(sa.proposals[0].spi.len, 0);
    cr_assert_eq(sa.proposals[0].transform_count, 3);
    cr_expect_eq(sa.proposals[0].transforms[0].type, HF_TRANSFORM_ENCR);
    cr_expect_eq(sa.proposals[0].transforms[0].id, HF_ENCR_AES_GCM_16);
    cr_expect_eq(sa.proposals[0].transforms[0].key_bits, 256);
    cr_expect_eq(sa.proposals[0].transforms[2].id, HF_KE_X25519);
    cr_expect_eq(sa.proposals[0].transforms[2].key_bits, 0);
    cr_expect_eq(sa.proposals[1].protocol, HF_PROTOCOL_ESP);
    cr_expect(hf_bytes_equal(sa.proposals[1].spi, hex("cafebabe")));
    cr_assert_eq(sa.proposals[1].transform_count, 4);
    cr_expect_eq(sa.proposals[1].transforms[3].type, HF_TRANSFORM_ESN);
}

Test(sa, round_trip)
{
    expect_round_trip(&sa_codec, sample());
}

Test(sa, decode_rejects_every_truncation)
{
    expect_prefixes_refused(&sa_codec, sample(), sample().len);
}

Test(sa, reserved_octets_are_ignored)
{
    static const size_t reserved[] = { 1, 9, 13, 21, 25, 29, 33, SECOND + 1 };

    expect_ignored(&sa_codec, sample(), reserved, HF_ARRAY_LEN(reserved));
}

Test(sa, lengths_that_lie_are_refused)
{
    static const size_t lengths[] = { 2, 10, 22, 30, SECOND + 2, SECOND + 14 };
    static const char *const lies[] = { "0000", "0003", "0004", "0007", "ffff" };

    for (size_t i = 0; i < HF_ARRAY_LEN(lengths); i++) {
        for (size_t j = 0; j < HF_ARRAY_LEN(lies); j++) {
            uint8_t *body = test_copy(sample());
            hf_status status;

            hf_copy(body + lengths[i], hex(lies[j]).data, 2);
            status = codec_try(&sa_codec, (hf_bytes){ body, sample().len });
            cr_expect(status == HF_ERR_TRUNCATED || status == HF_ERR_MALFORMED, "%s at %zu",
                      lies[j], lengths[i]);
        }
    }
}

Test(sa, transform_count_must_be_true)
{
    expect_patch_refused(&sa_codec, sample(), 7, hex("00"), HF_ERR_MALFORMED);
    expect_patch_refused(&sa_codec, sample(), 7, hex("02"), HF_ERR_MALFORMED);
    expect_patch_refused(&sa_codec, sample(), 7, hex("04"), HF_ERR_MALFORMED);
    expect_patch_refused(&sa_codec, sample(), 7, hex("ff"), HF_ERR_MALFORMED);
}

Test(sa, last_fields_must_be_true)
{
    expect_patch_refused(&sa_codec, sample(), 0, hex("00"), HF_ERR_MALFORMED);
    expect_patch_refused(&sa_codec, sample(), 0, hex("03"), HF_ERR_MALFORMED);
    expect_patch_refused(&sa_codec, sample(), SECOND, hex("02"), HF_ERR_MALFORMED);
    expect_patch_refused(&sa_codec, sample(), 8, hex("00"), HF_ERR_MALFORMED);
    expect_patch_refused(&sa_codec, sample(), 28, hex("03"), HF_ERR_MALFORMED);
}

Test(sa, spi_sizes_of_no_protocol_are_refused)
{
    struct hf_ikev2_sa_payload sa;

    expect_patch_refused(&sa_codec, sample(), 6, hex("01"), HF_ERR_MALFORMED);
    expect_patch_refused(&sa_codec, sample(), 6, hex("ff"), HF_ERR_TRUNCATED);
    cr_assert_eq(hf_ikev2_sa_decode(hex("00 00 0010 01 01 08 00 0102030405060708"), &sa), HF_OK);
    cr_expect_eq(sa.proposals[0].spi.len, 8);
}

Test(sa, transform_with_an_unknown_attribute_is_left_out)
{
    struct hf_ikev2_sa_payload sa;

    /* type 15 with a value; type 16 with 3 octets; key length twice; key length of 0 */
    cr_assert_eq(hf_ikev2_sa_decode(hex("00 00 0048 01 01 00 05"
                                        "03 00 000c 01 00 0014 800f 0100"
                                        "03 00 000f 01 00 0014 0010 0003 aabbcc"
                                        "03 00 0010 01 00 0014 800e 0100 800e 0100"
                                        "03 00 000c 01 00 0014 800e 0000"
                                        "00 00 0009 02 00 0005 00"),
                                    &sa),
                 HF_ERR_TRUNCATED);
    cr_assert_eq(hf_ikev2_sa_decode(hex("00 00 0047 01 01 00 05"
                                        "03 00 000c 01 00 0014 800f 0100"
                                        "03 00 000f 01 00 0014 0010 0003 aabbcc"
                                        "03 00 0010 01 00 0014 800e 0100 800e 0100"
                                        "03 00 000c 01 00 0014 800e 0000"
                                        "00 00 0008 02 00 0005"),
                                    &sa),
                 HF_OK);
    cr_assert_eq(sa.proposals[0].transform_count, 1);
    cr_expect_eq(sa.proposals[0].transforms[0].type, HF_TRANSFORM_PRF);
}

Test(sa, attribute_that_reaches_past_its_transform_is_refused)
{
    struct hf_ikev2_sa_payload sa;

    cr_expect_eq(hf_ikev2_sa_decode(hex("00 00 0014 01 01 00 01"
                                        "00 00 000c 01 00 0014 0010 0001"),
                                    &sa),
                 HF_ERR_TRUNCATED);
    cr_expect_eq(hf_ikev2_sa_decode(hex("00 00 0014 01 01 00 01"
                                        "00 00 000c 01 00 0014 0010 ffff"),
                                    &sa),
                 HF_ERR_TRUNCATED);
}

Test(sa, empty_body_is_refused)
{
    cr_expect_eq(codec_try(&sa_codec, (hf_bytes){ 0 }), HF_ERR_TRUNCATED);
}

/* `count` proposals of one transform each, or one proposal of `count` transforms. */
static hf_bytes many(size_t count, bool of_transforms)
{
    size_t proposals = of_transforms ? 1 : count, transforms = of_transforms ? count : 1;
    size_t len = 8 + transforms * 8;
    hf_writer w = hf_writer_of(test_memory(proposals * len), proposals * len);
    hf_bytes body;

    for (size_t i = 0; i < proposals; i++) {
        hf_write_u8(&w, i + 1 < proposals ? 2 : 0);
        hf_write_u8(&w, 0);
        hf_write_u16(&w, (uint16_t)len);
        hf_write_u32(&w, (uint32_t)((i + 1) % 256 << 24 | 1 << 16 | transforms));
        for (size_t j = 0; j < transforms; j++) {
            hf_write_u8(&w, j + 1 < transforms ? 3 : 0);
            hf_write_u24(&w, 8);
            hf_write_u32(&w, (uint32_t)(HF_TRANSFORM_KE << 24 | j));
        }
    }
    cr_assert(hf_writer_finish(&w, &body));
    return body;
}

Test(sa, transforms_beyond_the_bound_are_skipped)
{
    struct hf_ikev2_sa_payload sa;

    cr_assert_eq(hf_ikev2_sa_decode(many(255, true), &sa), HF_OK);
    cr_assert_eq(sa.proposals[0].transform_count, HF_TRANSFORMS_MAX);
    cr_expect_eq(sa.proposals[0].transforms[HF_TRANSFORMS_MAX - 1].id, HF_TRANSFORMS_MAX - 1);
}

Test(sa, proposals_beyond_the_bound_are_skipped_but_checked)
{
    struct hf_ikev2_sa_payload sa;
    hf_bytes body = many(200, false);

    cr_assert_eq(hf_ikev2_sa_decode(body, &sa), HF_OK);
    cr_assert_eq(sa.count, HF_PROPOSALS_MAX);
    cr_expect_eq(sa.proposals[HF_PROPOSALS_MAX - 1].number, HF_PROPOSALS_MAX);
    expect_patch_refused(&sa_codec, body, 199 * 16 + 2, hex("0011"), HF_ERR_TRUNCATED);
}

Test(sa, mutations_settle)
{
    expect_mutations_settle(&sa_codec, sample(), 1);
}
