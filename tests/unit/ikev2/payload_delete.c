/* Delete payload: RFC 7296, section 3.11. */
#include "codecs.h"

CODEC(delete, struct hf_ikev2_delete)

Test(delete, decodes_spis)
{
    struct hf_ikev2_delete del;

    cr_assert_eq(hf_ikev2_delete_decode(hex("03 04 0002 01020304 05060708"), &del), HF_OK);
    cr_expect_eq(del.protocol, HF_PROTOCOL_ESP);
    cr_assert_eq(del.count, 2);
    cr_expect_eq(del.spis[0], 0x01020304);
    cr_expect_eq(del.spis[1], 0x05060708);
}

Test(delete, round_trip)
{
    expect_round_trip(&delete_codec, hex("03 04 0002 01020304 05060708"));
    expect_round_trip(&delete_codec, hex("02 04 0001 01020304"));
    expect_round_trip(&delete_codec, hex("01 00 0000"));
}

Test(delete, decode_rejects_every_truncation)
{
    expect_prefixes_refused(&delete_codec, hex("03 04 0002 01020304 05060708"), 12);
}

Test(delete, counts_that_lie_are_refused)
{
    cr_expect_eq(codec_try(&delete_codec, hex("03 04 0001 01020304 05060708")), HF_ERR_MALFORMED);
    cr_expect_eq(codec_try(&delete_codec, hex("03 04 0003 01020304 05060708")), HF_ERR_TRUNCATED);
    cr_expect_eq(codec_try(&delete_codec, hex("03 04 ffff 01020304 05060708")), HF_ERR_TOO_LARGE);
    cr_expect_eq(codec_try(&delete_codec, hex("01 00 0000 00")), HF_ERR_MALFORMED);
}

Test(delete, spi_size_must_be_that_of_the_protocol)
{
    cr_expect_eq(codec_try(&delete_codec, hex("03 08 0001 0102030405060708")), HF_ERR_MALFORMED);
    cr_expect_eq(codec_try(&delete_codec, hex("03 00 0000")), HF_ERR_MALFORMED);
    cr_expect_eq(codec_try(&delete_codec, hex("03 ff 0001 01020304")), HF_ERR_MALFORMED);
    cr_expect_eq(codec_try(&delete_codec, hex("01 08 0001 0102030405060708")), HF_ERR_MALFORMED);
}

/* An IKE SA is named by the header; a count without SPIs says nothing more. */
Test(delete, count_of_an_ike_delete_is_ignored)
{
    struct hf_ikev2_delete del;

    cr_assert_eq(hf_ikev2_delete_decode(hex("01 00 0001"), &del), HF_OK);
    cr_expect_eq(del.count, 0);
}

Test(delete, as_many_spis_as_the_bound)
{
    size_t len = 4 + 4 * HF_DELETE_MAX;
    uint8_t *body = test_memory(len + 4);

    hf_copy(body, hex("03 04 0040").data, 4);
    cr_expect_eq(codec_try(&delete_codec, (hf_bytes){ body, len }), HF_OK);
    body[3]++;
    cr_expect_eq(codec_try(&delete_codec, (hf_bytes){ body, len + 4 }), HF_ERR_TOO_LARGE);
}

Test(delete, mutations_settle)
{
    expect_mutations_settle(&delete_codec, hex("03 04 0002 01020304 05060708"), 3);
}
