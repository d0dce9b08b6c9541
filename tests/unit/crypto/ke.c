/* Tests of key exchange (crypto/ke.h). */
#include "crypto/ke.h"
#include "crypto/algorithms.h"
#include "support/hex.h"
#include "support/ke_key.h"
#include "support/test.h"
#include "support/vectors.h"

#include <openssl/err.h>

static const struct method {
    uint16_t id;
    size_t public_len, secret_len;
} methods[] = {
    {HF_KE_X25519,     32,  32 },
    { HF_KE_ECP_256,   64,  32 },
    { HF_KE_ECP_384,   96,  48 },
    { HF_KE_ECP_521,   132, 66 },
    { HF_KE_MODP_2048, 256, 256},
    { HF_KE_MODP_3072, 384, 384},
    { HF_KE_MODP_4096, 512, 512},
};

static struct hf_ke *generate(uint16_t method)
{
    struct hf_ke *ke = NULL;

    cr_assert_eq(hf_ke_new(method, &ke), HF_OK);
    cr_assert_eq(hf_ke_method(ke), method);
    return ke;
}

static void expect_refused(const struct hf_ke *ke, hf_bytes peer, const char *why)
{
    hf_secret out = { .len = 7 };

    cr_expect_eq(hf_ke_derive(ke, peer, &out), HF_ERR_MALFORMED, "%u: %s", hf_ke_method(ke), why);
    cr_expect_eq(out.len, 7, "failure leaves the output alone");
    cr_expect_eq(ERR_peek_error(), 0, "no error stays behind for others");
}

Test(ke, two_ends_agree_for_every_method)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(methods); i++) {
        struct hf_ke *a = generate(methods[i].id), *b = generate(methods[i].id);
        hf_secret ab, ba;

        cr_expect_eq(hf_ke_public(a).len, methods[i].public_len);
        cr_expect_not(hf_bytes_equal(hf_ke_public(a), hf_ke_public(b)));
        cr_assert_eq(hf_ke_derive(a, hf_ke_public(b), &ab), HF_OK);
        cr_assert_eq(hf_ke_derive(b, hf_ke_public(a), &ba), HF_OK);
        cr_expect_eq(ab.len, methods[i].secret_len);
        cr_expect(hf_secret_equal(&ab, &ba));
        hf_ke_free(a);
        hf_ke_free(b);
    }
}

Test(ke, unknown_methods_are_refused)
{
    static const uint16_t unknown[] = { 0, 1, 2, 5, 17, 22, 23, 24, 32, 0xffff };

    for (size_t i = 0; i < HF_ARRAY_LEN(unknown); i++) {
        struct hf_ke *ke = NULL;

        cr_expect_eq(hf_ke_new(unknown[i], &ke), HF_ERR_CRYPTO);
        cr_expect_null(ke);
    }
    hf_ke_free(NULL);
}

static void check_file(const char *name, size_t expected_cases)
{
    struct vectors file;
    struct vector_case vector;
    size_t cases = 0;

    vectors_open(&file, name);
    for (; vectors_next(&file, &vector); cases++) {
        const struct hf_algorithm *algorithm =
            hf_algorithm_find_name(hf_bytes_of_string(vector_text(&vector, "method")));
        struct hf_ke *ke = test_ke_of_private(algorithm->id, vector_bytes(&vector, "private"));
        hf_secret out;

        cr_assert_not_null(ke, "line %zu", vector.line);
        if (vector_find(&vector, "public") != NULL)
            cr_expect(hf_bytes_equal(hf_ke_public(ke), vector_bytes(&vector, "public")));
        cr_expect_eq(hf_ke_derive(ke, vector_bytes(&vector, "peer"), &out), HF_OK);
        cr_expect(hf_bytes_equal(hf_secret_bytes(&out), vector_bytes(&vector, "shared")),
                  "line %zu", vector.line);
        hf_ke_free(ke);
    }
    cr_expect_eq(cases, expected_cases);
}

Test(ke, agrees_with_rfc_5903)
{
    check_file("ke_rfc5903.txt", 6);
}

Test(ke, agrees_with_rfc_7748)
{
    check_file("ke_rfc7748.txt", 4);
}

Test(ke, agrees_with_rfc_7748_iterated)
{
    struct vectors file;
    struct vector_case vector;

    vectors_open(&file, "ke_rfc7748_iterated.txt");
    while (vectors_next(&file, &vector)) {
        hf_secret k, u, next;

        cr_assert(hf_secret_set(&k, vector_bytes(&vector, "start")));
        u = k;
        for (unsigned long n = vector_number(&vector, "iterations"); n > 0; n--) {
            struct hf_ke *ke = test_ke_of_private(HF_KE_X25519, hf_secret_bytes(&k));

            cr_assert_eq(hf_ke_derive(ke, hf_secret_bytes(&u), &next), HF_OK);
            hf_ke_free(ke);
            u = k;
            k = next;
        }
        cr_expect(hf_bytes_equal(hf_secret_bytes(&k), vector_bytes(&vector, "result")));
    }
}

Test(ke, every_wrong_length_is_refused)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(methods); i++) {
        struct hf_ke *ke = generate(methods[i].id);
        struct hf_ke *peer = generate(methods[i].id);

        for (size_t len = 0; len <= methods[i].public_len + 2; len++) {
            uint8_t *value = test_memory(len);
            hf_bytes public = hf_ke_public(peer);

            if (len == methods[i].public_len)
                continue;
            hf_copy(value, public.data, len < public.len ? len : public.len);
            expect_refused(ke, (hf_bytes){ value, len }, "length");
        }
        hf_ke_free(ke);
        hf_ke_free(peer);
    }
}

Test(ke, our_own_value_reflected_is_refused)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(methods); i++) {
        struct hf_ke *ke = generate(methods[i].id);

        expect_refused(ke, hf_ke_public(ke), "reflected");
        hf_ke_free(ke);
    }
}

Test(ke, constant_values_are_refused)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(methods); i++) {
        struct hf_ke *ke = generate(methods[i].id);
        uint8_t *value = test_memory(methods[i].public_len);

        expect_refused(ke, (hf_bytes){ value, methods[i].public_len }, "zeros");
        if (methods[i].id != HF_KE_X25519) { /* there it means a point like any other */
            memset(value, 0xff, methods[i].public_len);
            expect_refused(ke, (hf_bytes){ value, methods[i].public_len }, "ones");
        }
        hf_ke_free(ke);
    }
}

/* Each octet of a point in turn: what is left is not on the curve. */
Test(ke, points_off_the_curve_are_refused)
{
    static const uint16_t curves[] = { HF_KE_ECP_256, HF_KE_ECP_384, HF_KE_ECP_521 };

    for (size_t i = 0; i < HF_ARRAY_LEN(curves); i++) {
        struct hf_ke *ke = generate(curves[i]), *peer = generate(curves[i]);
        hf_bytes public = hf_ke_public(peer);
        uint8_t *value = test_copy(public);

        for (size_t at = 0; at < public.len; at++) {
            value[at] ^= 0x01;
            expect_refused(ke, (hf_bytes){ value, public.len }, "off the curve");
            value[at] ^= 0x01;
        }
        hf_ke_free(ke);
        hf_ke_free(peer);
    }
}

/* Adds `difference` to the last octet: the primes end in FF. */
static hf_bytes beside(hf_bytes prime, int difference)
{
    uint8_t *value = test_copy(prime);

    if (difference <= 0)
        value[prime.len - 1] = (uint8_t)(value[prime.len - 1] + difference);
    else /* p + 1 = …FF + 1 */
        for (size_t i = prime.len; i > 0 && ++value[i - 1] == 0; i--)
            continue;
    return (hf_bytes){ value, prime.len };
}

static hf_bytes number(size_t len, uint8_t value)
{
    uint8_t *bytes = test_memory(len);

    bytes[len - 1] = value;
    return (hf_bytes){ bytes, len };
}

/* 1 < y < p - 1 for exactly the primes of RFC 3526, and no more is asked: RFC 6989, section 2.1. */
Test(ke, modp_takes_what_lies_between_1_and_p_minus_1)
{
    struct vectors file;
    struct vector_case vector;
    size_t cases = 0;

    vectors_open(&file, "modp_rfc3526.txt");
    for (; vectors_next(&file, &vector); cases++) {
        const struct hf_algorithm *algorithm =
            hf_algorithm_find_name(hf_bytes_of_string(vector_text(&vector, "method")));
        struct hf_ke *ke = generate(algorithm->id);
        hf_bytes prime = vector_bytes(&vector, "prime");
        hf_secret out;

        expect_refused(ke, number(prime.len, 0), "0");
        expect_refused(ke, number(prime.len, 1), "1");
        cr_expect_eq(hf_ke_derive(ke, number(prime.len, 2), &out), HF_OK);
        cr_expect_eq(hf_ke_derive(ke, beside(prime, -2), &out), HF_OK);
        expect_refused(ke, beside(prime, -1), "p - 1");
        expect_refused(ke, prime, "p");
        expect_refused(ke, beside(prime, 1), "p + 1");
        hf_ke_free(ke);
    }
    cr_expect_eq(cases, 3);
}

/* The peer's value 2, the generator, gives back our own public value: g^x by two ways. */
Test(ke, modp_secret_is_the_power_and_is_padded)
{
    static const uint16_t groups[] = { HF_KE_MODP_2048, HF_KE_MODP_3072, HF_KE_MODP_4096 };

    for (size_t i = 0; i < HF_ARRAY_LEN(groups); i++) {
        struct hf_ke *ke = generate(groups[i]), *three = test_ke_of_private(groups[i], hex("03"));
        size_t len = hf_ke_public(ke).len;
        hf_secret out;

        cr_assert_eq(hf_ke_derive(ke, number(len, 2), &out), HF_OK);
        cr_expect(hf_bytes_equal(hf_secret_bytes(&out), hf_ke_public(ke)));
        cr_assert_not_null(three);
        cr_expect(hf_bytes_equal(hf_ke_public(three), number(len, 8)), "2^3, padded");
        cr_assert_eq(hf_ke_derive(three, number(len, 4), &out), HF_OK);
        cr_expect(hf_bytes_equal(hf_secret_bytes(&out), number(len, 64)), "4^3, padded");
        hf_ke_free(three);
        hf_ke_free(ke);
    }
}
