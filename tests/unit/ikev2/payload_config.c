/* Configuration payload: RFC 7296, section 3.15. */
#include "codecs.h"

CODEC(config, struct hf_ikev2_config)

/* REPLY: an address, a resolver, an empty attribute, a domain. */
static hf_bytes sample(void)
{
    return hex("02 000000 0001 0004 0a630002 0003 0004 0a630001 0007 0000 0019 0003 636f2e");
}

Test(config, decodes_attributes_in_order)
{
    struct hf_ikev2_config config;

    cr_assert_eq(hf_ikev2_config_decode(sample(), &config), HF_OK);
    cr_expect_eq(config.type, HF_CFG_REPLY);
    cr_assert_eq(config.count, 4);
    cr_expect_eq(config.attributes[0].type, HF_INTERNAL_IP4_ADDRESS);
    cr_expect(hf_bytes_equal(config.attributes[0].value, hex("0a630002")));
    cr_expect_eq(config.attributes[1].type, HF_INTERNAL_IP4_DNS);
    cr_expect_eq(config.attributes[2].type, HF_APPLICATION_VERSION);
    cr_expect_eq(config.attributes[2].value.len, 0);
    cr_expect_eq(config.attributes[3].type, HF_INTERNAL_DNS_DOMAIN);
}

Test(config, round_trip)
{
    expect_round_trip(&config_codec, sample());
    expect_round_trip(&config_codec, hex("02 000000"));
}

/* A prefix that ends where an attribute ends is a shorter payload. */
Test(config, decode_rejects_every_truncation)
{
    static const size_t whole[] = { 4, 12, 20, 24, 31 };
    size_t accepted = 0;

    for (size_t n = 0; n <= sample().len; n++) {
        hf_status status = codec_try(&config_codec, hf_bytes_slice(sample(), 0, n));

        if (status == HF_OK)
            cr_expect_eq(n, whole[accepted++]);
        else
            cr_expect_eq(status, HF_ERR_TRUNCATED);
    }
    cr_expect_eq(accepted, HF_ARRAY_LEN(whole));
}

Test(config, reserved_octets_are_ignored)
{
    static const size_t reserved[] = { 1, 2, 3 };

    expect_ignored(&config_codec, sample(), reserved, HF_ARRAY_LEN(reserved));
}

Test(config, reserved_bit_of_an_attribute_is_ignored)
{
    uint8_t *body = test_copy(sample());

    body[4] |= 0x80;
    cr_expect(hf_bytes_equal(codec_round_trip(&config_codec, (hf_bytes){ body, sample().len }),
                             sample()));
}

Test(config, lengths_that_lie_are_refused)
{
    expect_patch_refused(&config_codec, sample(), 6, hex("ffff"), HF_ERR_TRUNCATED);
    expect_patch_refused(&config_codec, sample(), 26, hex("0004"), HF_ERR_TRUNCATED);
    expect_patch_refused(&config_codec, sample(), 26, hex("0002"), HF_ERR_TRUNCATED);
}

Test(config, more_attributes_than_the_bound_are_refused)
{
    size_t len = 4 + 4 * HF_CONFIG_MAX;
    hf_bytes body = { test_memory(len + 4), len + 4 };

    cr_expect_eq(codec_try(&config_codec, hf_bytes_slice(body, 0, len)), HF_OK);
    cr_expect_eq(codec_try(&config_codec, body), HF_ERR_TOO_LARGE);
}

Test(config, mutations_settle)
{
    expect_mutations_settle(&config_codec, sample(), 5);
}
