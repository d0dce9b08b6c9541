/* Identification payloads: RFC 7296, section 3.5. */
#include "codecs.h"

CODEC(id, hf_identity)

Test(id, round_trip_of_each_type)
{
    expect_round_trip(&id_codec, hex("01 000000 c0000201"));
    expect_round_trip(&id_codec, hex("02 000000 76706e2e6578616d706c65"));
    expect_round_trip(&id_codec, hex("03 000000 614062"));
    expect_round_trip(&id_codec, hex("05 000000 20010db8000000000000000000000001"));
    expect_round_trip(&id_codec, hex("09 000000 3000"));
    expect_round_trip(&id_codec, hex("0b 000000 00"));
}

Test(id, decodes_type_and_data)
{
    hf_identity id;

    cr_assert_eq(hf_ikev2_id_decode(hex("02 000000 676174652e78"), &id), HF_OK);
    cr_expect_eq(id.type, HF_ID_FQDN);
    cr_expect(hf_bytes_equal(hf_identity_bytes(&id), hf_bytes_of_string("gate.x")));
}

Test(id, decode_rejects_every_truncation)
{
    expect_prefixes_refused(&id_codec, hex("01 000000 c0000201"), 8);
    expect_prefixes_refused(&id_codec, hex("05 000000 20010db8000000000000000000000001"), 20);
    expect_prefixes_refused(&id_codec, hex("02 000000 61"), 5);
}

Test(id, reserved_octets_are_ignored)
{
    static const size_t reserved[] = { 1, 2, 3 };

    expect_ignored(&id_codec, hex("02 000000 61"), reserved, HF_ARRAY_LEN(reserved));
}

Test(id, addresses_of_another_length_are_refused)
{
    cr_expect_eq(codec_try(&id_codec, hex("01 000000 c000020100")), HF_ERR_MALFORMED);
    cr_expect_eq(codec_try(&id_codec, hex("05 000000 c0000201")), HF_ERR_MALFORMED);
}

Test(id, types_that_we_do_not_know_are_refused)
{
    static const uint8_t known[] = { 1, 2, 3, 5, 9, 11 };
    size_t refused = 0;

    for (unsigned type = 0; type < 256; type++) {
        uint8_t *body = test_copy(hex("00 000000 c0000201"));

        body[0] = (uint8_t)type;
        refused += codec_try(&id_codec, (hf_bytes){ body, 8 }) == HF_ERR_MALFORMED;
    }
    cr_expect_eq(refused, 256 - HF_ARRAY_LEN(known) + 1); /* 4 octets are no IPv6 address */
}

Test(id, longest_identity)
{
    size_t len = 4 + HF_IDENTITY_MAX;
    uint8_t *body = test_memory(len + 1);

    body[0] = HF_ID_KEY_ID;
    cr_expect_eq(codec_try(&id_codec, (hf_bytes){ body, len }), HF_OK);
    cr_expect_eq(codec_try(&id_codec, (hf_bytes){ body, len + 1 }), HF_ERR_MALFORMED);
}
