/* Notify payload: RFC 7296, section 3.10. */
#include "codecs.h"

CODEC(notify, struct hf_ikev2_notify)

static hf_bytes sample(void)
{
    return hex("03 04 4009 cafebabe 0102");
}

Test(notify, decodes_every_field)
{
    struct hf_ikev2_notify n;

    cr_assert_eq(hf_ikev2_notify_decode(sample(), &n), HF_OK);
    cr_expect_eq(n.protocol, HF_PROTOCOL_ESP);
    cr_expect_eq(n.type, HF_NOTIFY_REKEY_SA);
    cr_expect(hf_bytes_equal(n.spi, hex("cafebabe")));
    cr_expect(hf_bytes_equal(n.data, hex("0102")));
}

Test(notify, round_trip)
{
    expect_round_trip(&notify_codec, sample());
    expect_round_trip(&notify_codec, hex("00 00 0018"));
}

Test(notify, decode_rejects_every_truncation)
{
    expect_prefixes_refused(&notify_codec, sample(), 8);
}

Test(notify, spi_longer_than_the_body_is_refused)
{
    expect_patch_refused(&notify_codec, sample(), 1, hex("07"), HF_ERR_TRUNCATED);
    expect_patch_refused(&notify_codec, sample(), 1, hex("ff"), HF_ERR_TRUNCATED);
}

/* Some gateways send a protocol or an SPI with notifies that have none. */
Test(notify, any_protocol_and_spi_are_taken)
{
    for (unsigned protocol = 0; protocol < 256; protocol++) {
        uint8_t *body = test_copy(sample());

        body[0] = (uint8_t)protocol;
        cr_expect_eq(codec_try(&notify_codec, (hf_bytes){ body, sample().len }), HF_OK);
    }
    for (unsigned len = 0; len <= 6; len++) {
        uint8_t *body = test_copy(sample());

        body[1] = (uint8_t)len;
        cr_expect_eq(codec_try(&notify_codec, (hf_bytes){ body, sample().len }), HF_OK);
    }
}

Test(notify, mutations_settle)
{
    expect_mutations_settle(&notify_codec, sample(), 2);
}
