/* Tests of opening (esp/inbound.h): replays, trailers and inner packets that our own sealing does
 * not make. */
#include "esp/inbound.h"
#include "base/writer.h"
#include "esp/outbound.h"
#include "support/esp_pair.h"
#include "support/hex.h"
#include "support/test.h"

/* An ESP packet with this plaintext, sealed as the peer would. */
static hf_bytes forge(const struct esp_pair *pair, uint64_t sequence, hf_bytes plaintext)
{
    size_t len = HF_ESP_HEADER_LEN + HF_ESP_IV_MAX + plaintext.len + HF_ESP_ICV_MAX;
    hf_writer w = hf_writer_of(test_memory(len), len);
    struct hf_cipher_message message = { 0 };
    struct hf_esp_layout layout;
    struct hf_cipher *cipher;
    uint8_t associated[HF_ESP_ASSOCIATED_MAX], *iv, *body, *icv;
    hf_bytes packet;

    cr_assert_eq(hf_esp_layout_of(&pair->params, &layout), HF_OK);
    cr_assert_eq(hf_esp_cipher_of(&pair->params, HF_SEAL, &cipher), HF_OK);
    hf_write_u32(&w, ESP_PAIR_SPI);
    hf_write_u32(&w, (uint32_t)sequence);
    iv = hf_write_reserve(&w, layout.iv);
    body = hf_write_reserve(&w, plaintext.len);
    icv = hf_write_reserve(&w, layout.icv);
    hf_esp_associate(&layout, (hf_bytes){ w.data, HF_ESP_HEADER_LEN }, sequence, associated,
                     &message);
    message.iv = iv;
    cr_assert_eq(hf_cipher_seal(cipher, &message, plaintext, body, icv), HF_OK);
    hf_cipher_free(cipher);
    cr_assert(hf_writer_finish(&w, &packet));
    return packet;
}

#define IPV4_HEADER "45000014 00010000 40fd0000 c0000201 c6336402"
#define IPV6_HEADER                                                                                \
    "60000000 0000fd40 20010db8000000000000000000000001 20010db8000000000000000000000002"

static struct esp_pair gcm_pair(void)
{
    struct esp_pair pair;

    esp_pair_init(&pair, &esp_suites[0], false);
    return pair;
}

Test(inbound, every_packet_opens_once)
{
    for (size_t i = 0; i < ESP_SUITES; i++) {
        hf_bytes sealed[10];
        struct esp_pair pair;

        esp_pair_init(&pair, &esp_suites[i], i % 2 == 0);
        for (size_t n = 0; n < HF_ARRAY_LEN(sealed); n++)
            cr_assert_eq(esp_seal_one(pair.out, hex(IPV4_HEADER), &sealed[n]), HF_OK);
        for (size_t n = HF_ARRAY_LEN(sealed); n > 0; n--) {
            cr_expect_eq(esp_open_one(pair.in, sealed[n - 1], NULL), HF_OK);
            cr_expect_eq(esp_open_one(pair.in, sealed[n - 1], NULL), HF_ERR_REPLAY);
        }
        cr_expect_eq(hf_esp_inbound_counters(pair.in)->replayed, HF_ARRAY_LEN(sealed));
        esp_pair_clear(&pair);
    }
}

Test(inbound, packets_behind_the_window_are_refused)
{
    struct esp_pair pair = gcm_pair();
    hf_bytes old, edge, new;

    cr_assert_eq(esp_seal_one(pair.out, hex(IPV4_HEADER), &old), HF_OK);
    cr_assert_eq(esp_seal_one(pair.out, hex(IPV4_HEADER), &edge), HF_OK);
    pair.out->sequence = HF_ESP_REPLAY_WINDOW;
    cr_assert_eq(esp_seal_one(pair.out, hex(IPV4_HEADER), &new), HF_OK);
    cr_expect_eq(esp_open_one(pair.in, new, NULL), HF_OK);
    cr_expect_eq(esp_open_one(pair.in, old, NULL), HF_ERR_REPLAY);
    cr_expect_eq(esp_open_one(pair.in, edge, NULL), HF_OK);
    esp_pair_clear(&pair);
}

Test(inbound, sequence_number_0_is_refused)
{
    struct esp_pair pair = gcm_pair();

    cr_expect_eq(esp_open_one(pair.in, forge(&pair, 0, hex(IPV4_HEADER "01020204")), NULL),
                 HF_ERR_REPLAY);
    esp_pair_clear(&pair);
}

Test(inbound, a_forged_high_number_does_not_move_the_window)
{
    struct esp_pair pair = gcm_pair();
    hf_bytes good, sealed;
    uint8_t *forged;

    cr_assert_eq(esp_seal_one(pair.out, hex(IPV4_HEADER), &good), HF_OK);
    pair.out->sequence = 1000000;
    cr_assert_eq(esp_seal_one(pair.out, hex(IPV4_HEADER), &sealed), HF_OK);
    forged = test_copy(sealed);
    forged[sealed.len - 1] ^= 1;
    cr_expect_eq(esp_open_one(pair.in, (hf_bytes){ forged, sealed.len }, NULL), HF_ERR_INTEGRITY);
    cr_expect_eq(esp_open_one(pair.in, good, NULL), HF_OK);
    cr_expect_eq(hf_esp_inbound_counters(pair.in)->not_authentic, 1);
    esp_pair_clear(&pair);
}

Test(inbound, another_spi_is_not_ours)
{
    struct esp_pair pair = gcm_pair();
    hf_bytes sealed;
    uint8_t *other;

    cr_assert_eq(esp_seal_one(pair.out, hex(IPV4_HEADER), &sealed), HF_OK);
    other = test_copy(sealed);
    other[3] ^= 1;
    cr_expect_eq(esp_open_one(pair.in, (hf_bytes){ other, sealed.len }, NULL), HF_ERR_MALFORMED);
    esp_pair_clear(&pair);
}

/* Authentic packets whose inside the peer got right or wrong. */
static const struct inside {
    const char *name, *plaintext;
    hf_status status;
    const char *inner;
} insides[] = {
    {"IPv4",                                 IPV4_HEADER "01020204",                                  HF_OK,            IPV4_HEADER},
    { "IPv6",                                IPV6_HEADER "01020229",                                  HF_OK,            IPV6_HEADER},
    { "no padding that is needed",           IPV4_HEADER "aabb0004",                                  HF_OK,            IPV4_HEADER},
    { "more padding than needed",            IPV4_HEADER "01020304 05060604",                         HF_OK,            IPV4_HEADER},
    { "traffic flow confidentiality",        IPV4_HEADER "00000000 01020204",                         HF_OK,            IPV4_HEADER},
    { "the same behind IPv6",                IPV6_HEADER "99990029",                                  HF_OK,            IPV6_HEADER},
    { "a dummy",                             "01020230 0102023b",                                     HF_OK,            ""         },
    { "an empty dummy",                      "0102023b",                                              HF_OK,            ""         },
    { "padding that does not count",         IPV4_HEADER "01030204",                                  HF_ERR_MALFORMED, NULL       },
    { "padding from 0",                      IPV4_HEADER "00010204",                                  HF_ERR_MALFORMED, NULL       },
    { "padding of zeros",                    IPV4_HEADER "00000204",                                  HF_ERR_MALFORMED, NULL       },
    { "more padding than there is",          IPV4_HEADER "01021704",                                  HF_ERR_MALFORMED, NULL       },
    { "as much as there can be",             "0102030405060708 090a0b0c0d0e0f10 1112ff04",            HF_ERR_MALFORMED,
     NULL                                                                                                                          },
    { "IPv4 that says it is IPv6",           IPV4_HEADER "01020229",                                  HF_ERR_MALFORMED, NULL       },
    { "IPv6 that says it is IPv4",           IPV6_HEADER "01020204",                                  HF_ERR_MALFORMED, NULL       },
    { "IPv4 whose length would do for IPv6",
     "45000028 00000000 40fd0000 c0000201 c6336402"
      "00000000 00000000 00000000 00000000 00000000"
      "01020229",                                                                                     HF_ERR_MALFORMED, NULL       },
    { "IPv6 whose length would do for IPv4",
     "60000028 0000fd40 20010db8000000000000000000000001 20010db8000000000000000000000002"
      "01020204",                                                                                     HF_ERR_MALFORMED, NULL       },
    { "IP version 5",
     "55"
      "000014 00010000 40fd0000 c0000201 c6336402 01020204",                                          HF_ERR_MALFORMED, NULL       },
    { "transport mode",                      IPV4_HEADER "01020211",                                  HF_ERR_MALFORMED, NULL       },
    { "IPv4 longer than its content",        "45000015 00010000 40fd0000 c0000201 c6336402 01020204",
     HF_ERR_MALFORMED,                                                                                                  NULL       },
    { "IPv4 of length 0",                    "45000000 00010000 40fd0000 c0000201 c6336402 01020204", HF_ERR_MALFORMED,
     NULL                                                                                                                          },
    { "IPv6 longer than its content",
     "60000000 0001fd40 20010db8000000000000000000000001"
      "20010db8000000000000000000000002 01020229",                                                    HF_ERR_MALFORMED, NULL       },
    { "IPv4 too short for addresses",        "45000010 00010000 40fd0000 c0000201 01020204",          HF_ERR_DENIED,
     NULL                                                                                                                          },
    { "nothing that says it is IPv4",        "01020204",                                              HF_ERR_MALFORMED, NULL       },
};

Test(inbound, the_inside_is_checked_after_the_icv)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(insides); i++) {
        struct esp_pair pair = gcm_pair();
        hf_bytes packet = forge(&pair, 1, hex(insides[i].plaintext)), opened = { 0 };
        hf_status status = esp_open_one(pair.in, packet, &opened);

        cr_expect_eq(status, insides[i].status, "%s: %s", insides[i].name, hf_status_code(status));
        if (status == HF_OK)
            cr_expect(hf_bytes_equal(opened, hex(insides[i].inner)), "%s", insides[i].name);
        cr_expect_eq(esp_open_one(pair.in, packet, NULL), HF_ERR_REPLAY, "%s: it was authentic",
                     insides[i].name);
        esp_pair_clear(&pair);
    }
}

Test(inbound, ciphertext_that_is_not_aligned_is_malformed)
{
    struct esp_pair pair = gcm_pair();

    cr_expect_eq(esp_open_one(pair.in, forge(&pair, 1, hex(IPV4_HEADER "0104")), NULL),
                 HF_ERR_MALFORMED);
    esp_pair_clear(&pair);
}

Test(inbound, packets_outside_of_the_selectors_are_refused_and_counted)
{
    struct esp_pair pair = gcm_pair();
    struct hf_selectors selectors = { .remote_count = 1, .local_count = 1 };
    struct hf_esp_inbound *in;
    hf_bytes good, bad, v6;
    hf_prefix prefix;

    cr_assert(hf_prefix_parse(hf_bytes_of_string("192.0.2.0/24"), &prefix));
    selectors.remote[0] = hf_selector_of_prefix(&prefix);
    cr_assert(hf_prefix_parse(hf_bytes_of_string("198.51.100.2"), &prefix));
    selectors.local[0] = hf_selector_of_prefix(&prefix);
    cr_assert_eq(hf_esp_inbound_new(&pair.params, &selectors, &in), HF_OK);
    cr_assert_eq(esp_seal_one(pair.out, hex(IPV4_HEADER), &good), HF_OK);
    cr_assert_eq(esp_seal_one(pair.out, hex("45000014 00010000 40fd0000 c0000301 c6336402"), &bad),
                 HF_OK);
    cr_assert_eq(esp_seal_one(pair.out, hex(IPV6_HEADER), &v6), HF_OK);
    cr_expect_eq(esp_open_one(in, good, NULL), HF_OK);
    cr_expect_eq(esp_open_one(in, bad, NULL), HF_ERR_DENIED);
    cr_expect_eq(esp_open_one(in, v6, NULL), HF_ERR_DENIED);
    cr_expect_eq(hf_esp_inbound_counters(in)->outside_selectors, 2);
    hf_esp_inbound_free(in);
    esp_pair_clear(&pair);
}

Test(inbound, counters_add_up)
{
    struct esp_pair pair = gcm_pair();
    const struct hf_esp_counters *counters = hf_esp_inbound_counters(pair.in);
    hf_bytes sealed;

    for (size_t len = 20; len < 30; len++) {
        cr_assert_eq(esp_seal_one(pair.out, esp_ip_packet(HF_FAMILY_V4, len, 1), &sealed), HF_OK);
        cr_assert_eq(esp_open_one(pair.in, sealed, NULL), HF_OK);
    }
    cr_expect_eq(esp_open_one(pair.in, hex("0102030400"), NULL), HF_ERR_TRUNCATED);
    cr_expect_eq(counters->packets, 10);
    cr_expect_eq(counters->bytes, 245);
    cr_expect_eq(counters->malformed, 1);
    cr_expect_eq(counters->replayed + counters->not_authentic + counters->outside_selectors, 0);
    esp_pair_clear(&pair);
}
