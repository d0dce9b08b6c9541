/* Tests of sealing (esp/outbound.h). */
#include "esp/outbound.h"
#include "base/reader.h"
#include "support/esp_pair.h"
#include "support/hex.h"
#include "support/test.h"

Test(outbound, the_first_packet_has_number_1)
{
    struct esp_pair pair;
    hf_bytes sealed;

    esp_pair_init(&pair, &esp_suites[0], false);
    cr_expect_eq(hf_esp_outbound_sequence(pair.out), 0);
    cr_assert_eq(esp_seal_one(pair.out, esp_ip_packet(HF_FAMILY_V4, 20, 1), &sealed), HF_OK);
    cr_expect(hf_bytes_equal(hf_bytes_slice(sealed, 0, 8), hex("01020304 00000001")));
    cr_expect_eq(hf_esp_outbound_sequence(pair.out), 1);
    esp_pair_clear(&pair);
}

Test(outbound, refuses_what_is_no_ip_packet_and_uses_no_number_for_it)
{
    struct esp_pair pair;
    hf_bytes sealed = { 0 };

    esp_pair_init(&pair, &esp_suites[0], false);
    for (unsigned version = 0; version < 16; version++) {
        uint8_t first = (uint8_t)(version << 4);

        if (version != 4 && version != 6)
            cr_expect_eq(esp_seal_one(pair.out, (hf_bytes){ &first, 1 }, &sealed),
                         HF_ERR_MALFORMED);
    }
    cr_expect_eq(esp_seal_one(pair.out, (hf_bytes){ 0 }, &sealed), HF_ERR_MALFORMED);
    cr_expect_eq(esp_seal_one(pair.out,
                              (hf_bytes){ esp_ip_packet(HF_FAMILY_V4, 65536, 1).data, 65536 },
                              &sealed),
                 HF_ERR_MALFORMED);
    cr_expect_eq(hf_esp_outbound_sequence(pair.out), 0);
    esp_pair_clear(&pair);
}

/* RFC 4303, section 3.3.3: the last number is used, none after it. */
static void expect_end_at(bool esn, uint64_t last)
{
    hf_bytes packet = esp_ip_packet(HF_FAMILY_V4, 20, 1), sealed;
    struct esp_pair pair;

    for (size_t i = 0; i < ESP_SUITES; i++) {
        esp_pair_init(&pair, &esp_suites[i], esn);
        pair.out->sequence = last - 1;
        cr_expect_eq(esp_seal_one(pair.out, packet, &sealed), HF_OK);
        cr_expect_eq(hf_esp_outbound_sequence(pair.out), last);
        for (size_t again = 0; again < 3; again++)
            cr_expect_eq(esp_seal_one(pair.out, packet, &sealed), HF_ERR_INTERNAL);
        cr_expect_eq(hf_esp_outbound_sequence(pair.out), last);
        esp_pair_clear(&pair);
    }
}

Test(outbound, the_sequence_space_ends_and_does_not_start_over)
{
    expect_end_at(false, UINT32_MAX);
    expect_end_at(true, UINT64_MAX);
}

Test(outbound, esn_goes_on_past_32_bits)
{
    struct esp_pair pair;
    hf_bytes sealed;

    esp_pair_init(&pair, &esp_suites[0], true);
    pair.out->sequence = UINT32_MAX;
    cr_assert_eq(esp_seal_one(pair.out, esp_ip_packet(HF_FAMILY_V4, 20, 1), &sealed), HF_OK);
    cr_expect(hf_bytes_equal(hf_bytes_slice(sealed, 4, 4), hex("00000000")));
    cr_expect_eq(hf_esp_outbound_sequence(pair.out), 0x100000000);
    esp_pair_clear(&pair);
}

static hf_bytes iv_of(const struct esp_pair *pair, hf_bytes sealed)
{
    return hf_bytes_slice(sealed, HF_ESP_HEADER_LEN, pair->out->layout.iv);
}

Test(outbound, no_iv_is_used_twice)
{
    enum { COUNT = 3 * HF_ESP_BATCH_MAX };
    hf_bytes packet = esp_ip_packet(HF_FAMILY_V4, 20, 1);

    for (size_t i = 0; i < ESP_SUITES; i++) {
        hf_bytes ivs[COUNT];
        struct esp_pair pair;

        esp_pair_init(&pair, &esp_suites[i], true);
        pair.out->sequence = UINT32_MAX - COUNT / 2;
        for (size_t n = 0; n < COUNT; n++) {
            hf_bytes sealed;

            cr_assert_eq(esp_seal_one(pair.out, packet, &sealed), HF_OK);
            ivs[n] = iv_of(&pair, sealed);
            for (size_t before = 0; before < n; before++)
                cr_assert_not(hf_bytes_equal(ivs[n], ivs[before]));
        }
        esp_pair_clear(&pair);
    }
}

Test(outbound, ivs_do_not_start_over_with_the_low_half_of_the_number)
{
    hf_bytes packet = esp_ip_packet(HF_FAMILY_V4, 20, 1), low, high;

    for (size_t i = 0; i < ESP_SUITES; i++) {
        struct esp_pair pair;

        esp_pair_init(&pair, &esp_suites[i], true);
        cr_assert_eq(esp_seal_one(pair.out, packet, &low), HF_OK);
        pair.out->sequence = 0x100000000;
        cr_assert_eq(esp_seal_one(pair.out, packet, &high), HF_OK);
        cr_expect_not(hf_bytes_equal(iv_of(&pair, low), iv_of(&pair, high)));
        esp_pair_clear(&pair);
    }
}

/* The linker puts this in the place of the library's randomness (meson.build). */
bool __real_hf_random_from_library(void *context, uint8_t *out, size_t len);
bool __wrap_hf_random_from_library(void *context, uint8_t *out, size_t len);
static bool randomness_fails;

bool __wrap_hf_random_from_library(void *context, uint8_t *out, size_t len)
{
    return !randomness_fails && __real_hf_random_from_library(context, out, len);
}

Test(outbound, without_randomness_cbc_seals_nothing)
{
    hf_bytes packet = esp_ip_packet(HF_FAMILY_V4, 20, 1), sealed = { 0 };

    for (size_t i = 0; i < ESP_SUITES; i++) {
        bool is_aead = esp_suites[i].integ == 0;
        struct esp_pair pair;

        esp_pair_init(&pair, &esp_suites[i], false);
        randomness_fails = true;
        for (size_t again = 0; again < 3; again++)
            cr_expect_eq(esp_seal_one(pair.out, packet, &sealed), is_aead ? HF_OK : HF_ERR_CRYPTO);
        randomness_fails = false;
        cr_expect_eq(esp_seal_one(pair.out, packet, &sealed), HF_OK);
        cr_expect_eq(esp_open_one(pair.in, sealed, NULL), HF_OK);
        esp_pair_clear(&pair);
    }
}

/* An IV that a peer of the traffic can foresee lets him test guesses: RFC 3602, section 3. */
Test(outbound, ivs_of_cbc_are_not_a_function_of_the_key)
{
    struct esp_pair a, b;
    hf_bytes one, two, packet = esp_ip_packet(HF_FAMILY_V4, 20, 1);

    esp_pair_init(&a, &esp_suites[3], false);
    esp_pair_init(&b, &esp_suites[3], false);
    cr_assert_eq(esp_seal_one(a.out, packet, &one), HF_OK);
    cr_assert_eq(esp_seal_one(b.out, packet, &two), HF_OK);
    cr_expect_not(hf_bytes_equal(iv_of(&a, one), iv_of(&b, two)));
    esp_pair_clear(&a);
    esp_pair_clear(&b);
}

Test(outbound, overhead_is_what_sealing_adds)
{
    static const struct {
        size_t suite, len, overhead;
    } rows[] = {
        {0,  1438, 34}, /* the largest packet in 1500 octets over IPv4 and UDP */
        { 0, 1437, 35},
        { 0, 1435, 37},
        { 2, 64,   36},
        { 3, 14,   42},
        { 3, 15,   57},
        { 6, 15,   73},
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++) {
        struct hf_esp_params params = esp_params_of(&esp_suites[rows[i].suite], false, 1);

        cr_expect_eq(hf_esp_overhead(&params, rows[i].len), rows[i].overhead, "row %zu", i);
    }
}
