/* Keys and signed octets. The figures were computed with another implementation of HMAC (Python's);
 * NIST's vectors are in tests/vectors/keymat.c. */
#include "ikev2/keymat.h"

#include "crypto/algorithms.h"
#include "crypto/prf.h"
#include "sealing.h"
#include "support/hex.h"
#include "support/test.h"

static const struct hf_ikev2_suite cbc = {
    .cipher = {HF_ENCR_AES_CBC, 256, HF_INTEG_SHA2_512_256},
    .prf = HF_PRF_HMAC_SHA2_384,
    .ke = HF_KE_X25519
};

static struct hf_ikev2_keymat_input input_with(const hf_secret *shared)
{
    return (struct hf_ikev2_keymat_input){ .nonce_i = sealing_content(32),
                                           .nonce_r = sealing_content(48),
                                           .spi_i = 1,
                                           .spi_r = 2,
                                           .shared = shared };
}

Test(keymat, keys_have_the_lengths_of_the_suite)
{
    hf_secret shared = { .len = 32 };
    struct hf_ikev2_keymat_input input = input_with(&shared);
    struct hf_ikev2_keys keys;

    cr_assert_eq(hf_ikev2_keymat_derive(&cbc, &input, &keys), HF_OK);
    cr_expect_eq(keys.d.len, 48);
    cr_expect_eq(keys.pi.len, 48);
    cr_expect_eq(keys.pr.len, 48);
    cr_expect_eq(keys.ai.len, 64);
    cr_expect_eq(keys.ar.len, 64);
    cr_expect_eq(keys.ei.len, 32);
    cr_expect_eq(keys.er.len, 32);
    cr_expect_not(hf_secret_equal(&keys.ei, &keys.er));
    cr_expect_not(hf_secret_equal(&keys.pi, &keys.pr));
}

Test(keymat, unknown_suites_are_refused)
{
    hf_secret shared = { .len = 32 };
    struct hf_ikev2_keymat_input input = input_with(&shared);
    struct hf_ikev2_suite suite = cbc;
    struct hf_ikev2_keys keys;
    struct hf_ikev2_child_keys child;

    suite.prf = 2;
    cr_expect_eq(hf_ikev2_keymat_derive(&suite, &input, &keys), HF_ERR_NO_PROPOSAL);
    suite = cbc;
    suite.cipher.integ = HF_INTEG_NONE;
    cr_expect_eq(hf_ikev2_keymat_derive(&suite, &input, &keys), HF_ERR_NO_PROPOSAL);
    cr_expect_eq(hf_ikev2_keymat_child(HF_PRF_HMAC_SHA2_256, &shared, NULL, input.nonce_i,
                                       input.nonce_r, &suite.cipher, &child),
                 HF_ERR_NO_PROPOSAL);
}

Test(keymat, nonces_longer_than_the_protocol_has_are_refused)
{
    hf_secret shared = { .len = 32 };
    struct hf_ikev2_keymat_input input = input_with(&shared);
    struct hf_ikev2_keys keys;

    input.nonce_i = sealing_content(257);
    input.nonce_r = sealing_content(256);
    cr_expect_eq(hf_ikev2_keymat_derive(&cbc, &input, &keys), HF_ERR_TOO_LARGE);
}

/* Each input of the derivation matters. */
Test(keymat, every_input_changes_the_keys)
{
    hf_secret shared = { .len = 32 }, other = { .len = 32, .data = { 1 } }, d = { .len = 48 };
    struct hf_ikev2_keymat_input inputs[7];
    struct hf_ikev2_keys keys[7];

    for (size_t i = 0; i < HF_ARRAY_LEN(inputs); i++)
        inputs[i] = input_with(&shared);
    inputs[1].nonce_i = sealing_content(33);
    inputs[2].nonce_r = sealing_content(47);
    inputs[3].spi_i = 3;
    inputs[4].spi_r = 3;
    inputs[5].shared = &other;
    inputs[6].old_d = &d;
    inputs[6].old_prf = HF_PRF_HMAC_SHA2_384;
    for (size_t i = 0; i < HF_ARRAY_LEN(inputs); i++) {
        cr_assert_eq(hf_ikev2_keymat_derive(&cbc, &inputs[i], &keys[i]), HF_OK);
        for (size_t j = 0; j < i; j++)
            cr_expect_not(hf_secret_equal(&keys[i].d, &keys[j].d), "%zu and %zu", i, j);
    }
}

/* RFC 7296, section 2.18: SKEYSEED by the old PRF, the keys by the new one. */
Test(keymat, rekey_takes_skeyseed_from_the_old_prf)
{
    hf_secret shared = { .len = 32 }, d = { .len = 32 }, skeyseed;
    struct hf_ikev2_keymat_input input = input_with(&shared);
    hf_bytes fresh[] = { hf_secret_bytes(&shared), input.nonce_i, input.nonce_r };
    hf_bytes parts[] = { input.nonce_i, input.nonce_r, hex("0000000000000001 0000000000000002") };
    struct hf_ikev2_keys keys;
    uint8_t expected[48];

    input.old_d = &d;
    input.old_prf = HF_PRF_HMAC_SHA2_256;
    cr_assert_eq(hf_ikev2_keymat_derive(&cbc, &input, &keys), HF_OK);
    cr_assert_eq(hf_prf(HF_PRF_HMAC_SHA2_256, hf_secret_bytes(&d), fresh, 3, &skeyseed), HF_OK);
    cr_assert_eq(hf_prf_plus(HF_PRF_HMAC_SHA2_384, hf_secret_bytes(&skeyseed), parts, 3, expected,
                             sizeof expected),
                 HF_OK);
    cr_expect(hf_bytes_equal(hf_secret_bytes(&keys.d), HF_BYTES_OF(expected)));
}

Test(keymat, child_keys_are_in_order_and_differ_with_a_key_exchange)
{
    hf_secret d = { .len = 32 }, shared = { .len = 32 };
    hf_bytes ni = sealing_content(32), nr = sealing_content(33), parts[] = { ni, nr };
    struct hf_ikev2_child_keys plain, with_ke;
    uint8_t expected[192];

    cr_assert_eq(hf_ikev2_keymat_child(HF_PRF_HMAC_SHA2_256, &d, NULL, ni, nr, &cbc.cipher, &plain),
                 HF_OK);
    cr_assert_eq(
        hf_ikev2_keymat_child(HF_PRF_HMAC_SHA2_256, &d, &shared, ni, nr, &cbc.cipher, &with_ke),
        HF_OK);
    cr_assert_eq(
        hf_prf_plus(HF_PRF_HMAC_SHA2_256, hf_secret_bytes(&d), parts, 2, expected, sizeof expected),
        HF_OK);
    cr_expect(hf_bytes_equal(hf_secret_bytes(&plain.encr_i), (hf_bytes){ expected, 32 }));
    cr_expect(hf_bytes_equal(hf_secret_bytes(&plain.integ_i), (hf_bytes){ expected + 32, 64 }));
    cr_expect(hf_bytes_equal(hf_secret_bytes(&plain.encr_r), (hf_bytes){ expected + 96, 32 }));
    cr_expect(hf_bytes_equal(hf_secret_bytes(&plain.integ_r), (hf_bytes){ expected + 128, 64 }));
    cr_expect_not(hf_secret_equal(&plain.encr_i, &with_ke.encr_i));
}

Test(keymat, signed_octets_are_message_nonce_and_mac_of_the_identity)
{
    hf_secret sk_p = { .len = 32 };
    hf_buf out = hf_buf_with_max(37);

    for (uint8_t i = 0; i < 32; i++)
        sk_p.data[i] = i;
    cr_assert_eq(hf_ikev2_signed_octets(HF_PRF_HMAC_SHA2_256, hex("aabbcc"), hex("1122"), &sk_p,
                                        hex("0200000061"), &out),
                 HF_OK);
    cr_expect(
        hf_bytes_equal(hf_buf_bytes(&out),
                       hex("aabbcc1122"
                           "5faf190ff0c940a1e450bb985d52f3d7fa1f65d614dd67380f0423eb9a7cae36")));
    out.max = 36;
    cr_expect_eq(hf_ikev2_signed_octets(HF_PRF_HMAC_SHA2_256, hex("aabbcc"), hex("1122"), &sk_p,
                                        hex("0200000061"), &out),
                 HF_ERR_TOO_LARGE);
    hf_buf_free(&out);
}

/* The reserved octets of the identification payload are signed as they were sent. */
Test(keymat, signed_octets_cover_reserved_octets_of_the_identity)
{
    hf_secret sk_p = { .len = 32 };
    hf_buf zero = hf_buf_with_max(100), other = hf_buf_with_max(100);

    cr_assert_eq(hf_ikev2_signed_octets(HF_PRF_HMAC_SHA2_256, hex("aa"), hex("11"), &sk_p,
                                        hex("0200000061"), &zero),
                 HF_OK);
    cr_assert_eq(hf_ikev2_signed_octets(HF_PRF_HMAC_SHA2_256, hex("aa"), hex("11"), &sk_p,
                                        hex("0200000161"), &other),
                 HF_OK);
    cr_expect_not(hf_bytes_equal(hf_buf_bytes(&zero), hf_buf_bytes(&other)));
    hf_buf_free(&zero);
    hf_buf_free(&other);
}

Test(keymat, shared_key_auth_goes_through_the_key_pad)
{
    hf_secret out;

    cr_assert_eq(hf_ikev2_shared_key_auth(HF_PRF_HMAC_SHA2_256, hf_bytes_of_string("secret"),
                                          hex("0102030405"), &out),
                 HF_OK);
    cr_expect(
        hf_bytes_equal(hf_secret_bytes(&out),
                       hex("02314a3478f80103570eb0a6cf7e43c98b5385e07490afbf6044babb1363ad03")));
}
