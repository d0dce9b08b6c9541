/* Tests of PRF and prf+ (crypto/prf.h). */
#include "crypto/prf.h"
#include "crypto/algorithms.h"
#include "support/hex.h"
#include "support/test.h"
#include "support/vectors.h"

static const struct {
    uint16_t prf;
    const char *field;
    size_t len;
} prfs[] = {
    {HF_PRF_HMAC_SHA2_256,  "prfsha256", 32},
    { HF_PRF_HMAC_SHA2_384, "prfsha384", 48},
    { HF_PRF_HMAC_SHA2_512, "prfsha512", 64},
};

Test(prf, agrees_with_rfc_4231)
{
    struct vectors file;
    struct vector_case vector;
    size_t cases = 0;

    vectors_open(&file, "hmac_rfc4231.txt");
    for (; vectors_next(&file, &vector); cases++) {
        hf_bytes data = vector_bytes(&vector, "data");

        for (size_t i = 0; i < HF_ARRAY_LEN(prfs); i++) {
            hf_bytes expected = vector_bytes(&vector, prfs[i].field);
            hf_secret out;

            cr_assert_eq(hf_prf(prfs[i].prf, vector_bytes(&vector, "key"), &data, 1, &out), HF_OK);
            cr_expect_eq(out.len, prfs[i].len);
            cr_expect(hf_bytes_equal((hf_bytes){ out.data, expected.len }, expected), "line %zu",
                      vector.line);
        }
    }
    cr_expect_eq(cases, 7);
}

Test(prf, parts_count_as_one_message)
{
    hf_bytes whole = hf_bytes_of_string("nonce nonce spi spi"), key = hf_bytes_of_string("key");
    hf_bytes parts[] = { hf_bytes_slice(whole, 0, 6), { 0 }, hf_bytes_slice(whole, 6, 13) };
    hf_secret one, three;

    cr_assert_eq(hf_prf(HF_PRF_HMAC_SHA2_256, key, &whole, 1, &one), HF_OK);
    cr_assert_eq(hf_prf(HF_PRF_HMAC_SHA2_256, key, parts, 3, &three), HF_OK);
    cr_expect(hf_secret_equal(&one, &three));
}

/* HMAC pads its key with zeros, so no key and a key of zeros are the same. */
Test(prf, an_empty_key_is_a_key)
{
    hf_bytes data = hf_bytes_of_string("data");
    hf_secret none, zeros;

    cr_assert_eq(hf_prf(HF_PRF_HMAC_SHA2_512, (hf_bytes){ 0 }, &data, 1, &none), HF_OK);
    cr_assert_eq(hf_prf(HF_PRF_HMAC_SHA2_512, (hf_bytes){ test_memory(9), 9 }, &data, 1, &zeros),
                 HF_OK);
    cr_expect(hf_secret_equal(&none, &zeros));
}

Test(prf, the_key_may_be_the_output_of_before)
{
    hf_bytes data = hf_bytes_of_string("data");
    hf_secret chain, key, expected;

    cr_assert_eq(hf_prf(HF_PRF_HMAC_SHA2_256, data, &data, 1, &chain), HF_OK);
    key = chain;
    cr_assert_eq(hf_prf(HF_PRF_HMAC_SHA2_256, hf_secret_bytes(&key), &data, 1, &expected), HF_OK);
    cr_assert_eq(hf_prf(HF_PRF_HMAC_SHA2_256, hf_secret_bytes(&chain), &data, 1, &chain), HF_OK);
    cr_expect(hf_secret_equal(&chain, &expected));
}

Test(prf, unknown_numbers_are_refused_and_change_nothing)
{
    static const uint16_t unknown[] = { 0, 1, 2, 4, 8, 0xffff };
    hf_bytes data = hf_bytes_of_string("data");

    for (size_t i = 0; i < HF_ARRAY_LEN(unknown); i++) {
        hf_secret out = { .len = 3 };
        uint8_t plus[4] = { 7, 7, 7, 7 };

        cr_expect_eq(hf_prf_len(unknown[i]), 0);
        cr_expect_eq(hf_prf(unknown[i], data, &data, 1, &out), HF_ERR_CRYPTO);
        cr_expect_eq(hf_prf_plus(unknown[i], data, &data, 1, plus, 4), HF_ERR_CRYPTO);
        cr_expect_eq(out.len, 3);
        cr_expect_eq(plus[0], 7);
    }
}

/* prf+ written out as RFC 7296, section 2.13, defines it. */
static void prf_plus_by_definition(uint16_t prf, hf_bytes key, hf_bytes seed, uint8_t *out,
                                   size_t blocks)
{
    size_t len = hf_prf_len(prf);
    hf_secret t = { .len = 0 };

    for (size_t n = 1; n <= blocks; n++) {
        uint8_t number = (uint8_t)n;
        hf_bytes parts[] = {
            hf_secret_bytes(&t), seed, {&number, 1}
        };
        hf_secret next;

        cr_assert_eq(hf_prf(prf, key, parts, 3, &next), HF_OK);
        t = next;
        memcpy(out + (n - 1) * len, t.data, len);
    }
}

Test(prf_plus, is_its_definition_at_every_length)
{
    hf_bytes key = hf_bytes_of_string("SKEYSEED"), seed = hf_bytes_of_string("Ni Nr SPIi SPIr");
    hf_bytes parts[] = { hf_bytes_slice(seed, 0, 3), hf_bytes_slice(seed, 3, seed.len - 3) };

    for (size_t i = 0; i < HF_ARRAY_LEN(prfs); i++) {
        size_t max = 3 * prfs[i].len;
        uint8_t *expected = test_memory(max);

        prf_plus_by_definition(prfs[i].prf, key, seed, expected, 3);
        for (size_t len = 0; len <= max; len++) {
            uint8_t *out = test_memory(len);

            cr_assert_eq(hf_prf_plus(prfs[i].prf, key, parts, 2, out, len), HF_OK);
            cr_assert(hf_bytes_equal((hf_bytes){ out, len }, (hf_bytes){ expected, len }));
        }
    }
}

Test(prf_plus, yields_255_blocks_and_no_more)
{
    size_t max = (size_t)255 * 32;
    hf_bytes key = hf_bytes_of_string("k"), seed = hf_bytes_of_string("s");
    uint8_t *out = test_memory(max + 1), *expected = test_memory(max);

    cr_expect_eq(hf_prf_plus(HF_PRF_HMAC_SHA2_256, key, &seed, 1, out, max), HF_OK);
    prf_plus_by_definition(HF_PRF_HMAC_SHA2_256, key, seed, expected, 255);
    cr_expect_arr_eq(out, expected, max);
    cr_expect_eq(hf_prf_plus(HF_PRF_HMAC_SHA2_256, key, &seed, 1, out, max + 1), HF_ERR_CRYPTO);
}
