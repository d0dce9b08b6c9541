/* Payloads of one field or two: certificates, authentication, nonces. */
#include "codecs.h"

CODEC(cert, struct hf_ikev2_cert)
CODEC(auth, struct hf_ikev2_auth)

Test(cert, round_trip)
{
    struct hf_ikev2_cert cert;

    cr_assert_eq(hf_ikev2_cert_decode(hex("04 3000"), &cert), HF_OK);
    cr_expect_eq(cert.encoding, HF_CERT_X509_SIGNATURE);
    cr_expect(hf_bytes_equal(cert.data, hex("3000")));
    expect_round_trip(&cert_codec, hex("04 3000"));
}

Test(cert, request_without_authorities_is_whole)
{
    expect_round_trip(&cert_codec, hex("04"));
}

Test(cert, decode_rejects_the_empty_body)
{
    cr_expect_eq(codec_try(&cert_codec, (hf_bytes){ 0 }), HF_ERR_TRUNCATED);
}

Test(auth, round_trip)
{
    struct hf_ikev2_auth auth;

    cr_assert_eq(hf_ikev2_auth_decode(hex("0e 000000 0a0b"), &auth), HF_OK);
    cr_expect_eq(auth.method, HF_AUTH_SIGNATURE);
    cr_expect(hf_bytes_equal(auth.data, hex("0a0b")));
    expect_round_trip(&auth_codec, hex("0e 000000 0a0b"));
}

Test(auth, decode_rejects_every_truncation)
{
    for (size_t n = 0; n <= 4; n++)
        cr_expect_eq(codec_try(&auth_codec, hf_bytes_slice(hex("0e 000000 0a"), 0, n)),
                     n < 4 ? HF_ERR_TRUNCATED : HF_ERR_MALFORMED);
}

Test(auth, reserved_octets_are_ignored)
{
    static const size_t reserved[] = { 1, 2, 3 };

    expect_ignored(&auth_codec, hex("0e 000000 0a0b"), reserved, HF_ARRAY_LEN(reserved));
}

Test(nonce, length_is_bounded_at_both_ends)
{
    hf_bytes memory = { test_memory(300), 300 };

    for (size_t n = 0; n <= 300; n++) {
        hf_bytes nonce = { 0 };
        bool good = n >= 16 && n <= 256;

        cr_expect_eq(hf_ikev2_nonce_decode(hf_bytes_slice(memory, 0, n), &nonce),
                     good ? HF_OK : HF_ERR_MALFORMED);
        cr_expect_eq(nonce.len, good ? n : 0);
    }
}
