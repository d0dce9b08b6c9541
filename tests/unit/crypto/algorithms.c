/* Tests of the registry (crypto/algorithms.h). */
#include "crypto/algorithms.h"
#include "crypto/prf.h"
#include "support/test.h"

#include <openssl/evp.h>
#include <string.h>

#define ROWS 32

static size_t names_of(enum hf_transform_type type, const char **out)
{
    const struct hf_algorithm *rows[ROWS];
    size_t count = hf_algorithms_of_level(type, HF_LEVEL_DEFAULT, rows, ROWS);

    for (size_t i = 0; i < count; i++)
        out[i] = rows[i]->name;
    return count;
}

static void expect_order(enum hf_transform_type type, const char *const *expected, size_t count)
{
    const char *names[ROWS];

    cr_assert_eq(names_of(type, names), count);
    for (size_t i = 0; i < count; i++)
        cr_expect_str_eq(names[i], expected[i]);
}

Test(algorithms, default_level_offers_strong_transforms_in_this_order)
{
    static const char *const encr[] = { "aes256gcm16", "aes128gcm16", "chacha20poly1305", "aes256",
                                        "aes128" };
    static const char *const prf[] = { "prfsha512", "prfsha384", "prfsha256" };
    static const char *const integ[] = { "sha256", "sha384", "sha512" };
    static const char *const ke[] = { "x25519",   "ecp384", "ecp256",  "modp3072",
                                      "modp4096", "ecp521", "modp2048" };

    expect_order(HF_TRANSFORM_ENCR, encr, HF_ARRAY_LEN(encr));
    expect_order(HF_TRANSFORM_PRF, prf, HF_ARRAY_LEN(prf));
    expect_order(HF_TRANSFORM_INTEG, integ, HF_ARRAY_LEN(integ));
    expect_order(HF_TRANSFORM_KE, ke, HF_ARRAY_LEN(ke));
}

Test(algorithms, what_must_never_be_negotiated_is_unknown)
{
    static const uint16_t encr[] = { 1, 2, 3, 11, 18, 19 }; /* DES, 3DES, NULL, short ICVs */
    static const uint16_t prf[] = { 1, 2 };                 /* MD5, SHA-1 */
    static const uint16_t integ[] = { 1, 2, 5 };            /* MD5, SHA-1, XCBC */
    static const uint16_t ke[] = { 1, 2, 5, 22, 23, 24 };

    for (size_t i = 0; i < HF_ARRAY_LEN(encr); i++)
        cr_expect_null(hf_algorithm_find(HF_TRANSFORM_ENCR, encr[i], 0));
    for (size_t i = 0; i < HF_ARRAY_LEN(prf); i++)
        cr_expect_null(hf_algorithm_find(HF_TRANSFORM_PRF, prf[i], 0));
    for (size_t i = 0; i < HF_ARRAY_LEN(integ); i++)
        cr_expect_null(hf_algorithm_find(HF_TRANSFORM_INTEG, integ[i], 0));
    for (size_t i = 0; i < HF_ARRAY_LEN(ke); i++)
        cr_expect_null(hf_algorithm_find(HF_TRANSFORM_KE, ke[i], 0));
}

Test(algorithms, the_key_length_is_part_of_the_number)
{
    cr_expect_str_eq(hf_algorithm_find(HF_TRANSFORM_ENCR, HF_ENCR_AES_GCM_16, 256)->name,
                     "aes256gcm16");
    cr_expect_str_eq(hf_algorithm_find(HF_TRANSFORM_ENCR, HF_ENCR_AES_GCM_16, 128)->name,
                     "aes128gcm16");
    cr_expect_null(hf_algorithm_find(HF_TRANSFORM_ENCR, HF_ENCR_AES_GCM_16, 0));
    cr_expect_null(hf_algorithm_find(HF_TRANSFORM_ENCR, HF_ENCR_AES_GCM_16, 192));
    cr_expect_not_null(hf_algorithm_find(HF_TRANSFORM_ENCR, HF_ENCR_CHACHA20_POLY1305, 0));
    cr_expect_null(hf_algorithm_find(HF_TRANSFORM_ENCR, HF_ENCR_CHACHA20_POLY1305, 256));
}

Test(algorithms, names_lead_to_their_rows)
{
    for (int type = HF_TRANSFORM_ENCR; type <= HF_TRANSFORM_KE; type++) {
        const struct hf_algorithm *rows[ROWS];
        size_t count =
            hf_algorithms_of_level((enum hf_transform_type)type, HF_LEVEL_DEFAULT, rows, ROWS);

        for (size_t i = 0; i < count; i++) {
            cr_expect_eq(hf_algorithm_find_name(hf_bytes_of_string(rows[i]->name)), rows[i]);
            cr_expect_eq(hf_algorithm_find(rows[i]->type, rows[i]->id, rows[i]->key_bits), rows[i]);
        }
    }
    cr_expect_null(hf_algorithm_find_name(hf_bytes_of_string("AES256GCM16")));
    cr_expect_null(hf_algorithm_find_name((hf_bytes){ 0 }));
}

Test(algorithms, a_short_list_gets_the_most_preferred)
{
    const struct hf_algorithm *rows[2] = { NULL, NULL };

    cr_expect_eq(hf_algorithms_of_level(HF_TRANSFORM_KE, HF_LEVEL_DEFAULT, rows, 1), 1);
    cr_expect_str_eq(rows[0]->name, "x25519");
    cr_expect_null(rows[1]);
}

Test(algorithms, loading_finds_everything_this_library_has)
{
    const struct hf_algorithm *missing = NULL;

    cr_expect_eq(hf_crypto_load(&missing), HF_OK);
    cr_expect_null(missing);
    cr_expect_eq(hf_crypto_load(&missing), HF_OK, "twice does no harm");
}

Test(algorithms, what_the_library_lacks_is_named_and_never_offered)
{
    const struct hf_algorithm *missing = NULL, *rows[ROWS];

    cr_assert_eq(EVP_set_default_properties(NULL, "provider=nobody"), 1);
    cr_expect_eq(hf_crypto_load(&missing), HF_ERR_CRYPTO);
    cr_assert_not_null(missing);
    cr_expect_str_eq(missing->name, "aes256gcm16");
    cr_expect_not(hf_algorithm_is_allowed(missing, HF_LEVEL_DEFAULT));
    for (int type = HF_TRANSFORM_ENCR; type <= HF_TRANSFORM_KE; type++)
        cr_expect_eq(
            hf_algorithms_of_level((enum hf_transform_type)type, HF_LEVEL_DEFAULT, rows, ROWS), 0);
    cr_assert_eq(EVP_set_default_properties(NULL, ""), 1);
    cr_expect_eq(hf_crypto_load(&missing), HF_OK, "and back");
    cr_expect(hf_algorithm_is_allowed(
        rows[0] = hf_algorithm_find_name(hf_bytes_of_string("x25519")), HF_LEVEL_DEFAULT));
}
