/* Key Exchange payload: RFC 7296, section 3.4. */
#include "codecs.h"

CODEC(ke, struct hf_ikev2_ke)

static hf_bytes sample(void)
{
    return hex("001f 0000 0102030405060708");
}

Test(ke, round_trip)
{
    struct hf_ikev2_ke ke;

    cr_assert_eq(hf_ikev2_ke_decode(sample(), &ke), HF_OK);
    cr_expect_eq(ke.method, 31);
    cr_expect(hf_bytes_equal(ke.data, hex("0102030405060708")));
    expect_round_trip(&ke_codec, sample());
}

Test(ke, decode_rejects_every_truncation)
{
    for (size_t n = 0; n <= 4; n++)
        cr_expect_eq(codec_try(&ke_codec, hf_bytes_slice(sample(), 0, n)),
                     n < 4 ? HF_ERR_TRUNCATED : HF_ERR_MALFORMED);
}

Test(ke, reserved_octets_are_ignored)
{
    static const size_t reserved[] = { 2, 3 };

    expect_ignored(&ke_codec, sample(), reserved, HF_ARRAY_LEN(reserved));
}

Test(ke, takes_data_of_any_length)
{
    hf_bytes body = { test_memory(65507), 65507 };

    cr_expect_eq(codec_try(&ke_codec, body), HF_OK);
    cr_expect_eq(codec_try(&ke_codec, hf_bytes_slice(body, 0, 5)), HF_OK);
}
