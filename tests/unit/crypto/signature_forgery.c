/* Tests of what AUTH verification must refuse (crypto/signature.h): truncated, empty and zero
 * signatures, wrong keys, and RSA forgeries with the exponent 3 (CVE-2018-16151, CVE-2018-16152,
 * CVE-2013-2944, CVE-2026-50722). */
#include "crypto/ecdsa_raw.h"
#include "crypto/key.h"
#include "crypto/signature.h"
#include "crypto/signature_scheme.h"
#include "support/hex.h"
#include "support/pki.h"
#include "support/test.h"

#include <openssl/bn.h>
#include <openssl/rsa.h>

#define MODULUS_BITS   2048
#define MODULUS_OCTETS (MODULUS_BITS / 8)

static hf_bytes message(void)
{
    return hf_bytes_of_string("message");
}

static struct hf_public_key *public_of(EVP_PKEY *key)
{
    struct hf_public_key *public;

    if (hf_key_wrap_public(key, &public) != HF_OK)
        test_die("not a supported key");
    return public;
}

static hf_status verify(const struct hf_public_key *key, enum hf_signature_scheme scheme,
                        hf_bytes signature)
{
    hf_bytes identifier = hf_signature_scheme_identifier(scheme);
    uint8_t len = (uint8_t)identifier.len;
    hf_buf auth = hf_buf_with_max(8192);
    hf_status status;

    cr_assert(hf_buf_append(&auth, (hf_bytes){ &len, 1 }) && hf_buf_append(&auth, identifier) &&
              hf_buf_append(&auth, signature));
    status = hf_signature_verify(key, hf_buf_bytes(&auth), message());
    hf_buf_free(&auth);
    return status;
}

/* --- signatures that are none --- */

static enum pki_key key_for(enum hf_signature_scheme scheme)
{
    return hf_signature_scheme_fits(scheme, HF_KEY_RSA)          ? PKI_RSA_2048
           : hf_signature_scheme_fits(scheme, HF_KEY_ECDSA_P256) ? PKI_P256
                                                                 : PKI_ED25519;
}

Test(forgery, empty_zero_and_overlong_signatures_are_refused_by_every_scheme)
{
    for (int i = 0; i < HF_SIG_COUNT; i++) {
        enum hf_signature_scheme scheme = (enum hf_signature_scheme)i;
        EVP_PKEY *key = pki_key(key_for(scheme));
        struct hf_public_key *public = public_of(key);
        uint8_t *zeros = test_memory(HF_SIGNATURE_MAX + 1);
        static const size_t lengths[] = { 0, 1, 2, 63, 64, 65, 72, 255, 256, 257, 1024, 1025 };

        for (size_t n = 0; n < HF_ARRAY_LEN(lengths); n++)
            cr_expect_eq(verify(public, scheme, (hf_bytes){ zeros, lengths[n] }), HF_ERR_PEER_AUTH,
                         "scheme %d, %zu octets", i, lengths[n]);
        hf_public_key_free(public);
        EVP_PKEY_free(key);
    }
}

Test(forgery, zero_r_or_s_is_refused_in_der_and_raw)
{
    EVP_PKEY *key = pki_key(PKI_P256);
    struct hf_public_key *public = public_of(key);
    uint8_t *raw = test_memory(66);

    cr_expect_eq(verify(public, HF_SIG_ECDSA_SHA2_256, hex("3006 0201 00 0201 00")),
                 HF_ERR_PEER_AUTH);
    cr_expect_eq(verify(public, HF_SIG_ECDSA_SHA2_256, hex("3006 0201 01 0201 00")),
                 HF_ERR_PEER_AUTH);
    cr_expect_eq(verify(public, HF_SIG_ECDSA_SHA2_256, hex("3006 0201 00 0201 01")),
                 HF_ERR_PEER_AUTH);
    for (size_t len = 0; len <= 66; len++)
        cr_expect_eq(hf_signature_verify_ecdsa(public, 9, (hf_bytes){ raw, len }, message()),
                     HF_ERR_PEER_AUTH);
    hf_public_key_free(public);
    EVP_PKEY_free(key);
}

Test(forgery, every_truncation_of_authentication_data_is_refused)
{
    const struct pki_cert *cert = PKI_ISSUE(NULL, .subject = "CN=x", .key = PKI_RSA_2048);
    struct hf_public_key *public = public_of(cert->key);
    struct hf_private_key *own;
    hf_buf auth = hf_buf_with_max(2048);
    struct hf_signer signer;

    cr_assert_eq(hf_private_key_decode(pki_key_pem(cert), (hf_bytes){ 0 }, &own), HF_OK);
    signer = hf_private_key_signer(own);
    cr_assert_eq(hf_signature_sign(&signer, HF_SIG_RSA_PSS_SHA2_256, message(), &auth), HF_OK);
    for (size_t len = 0; len < auth.len; len++) {
        hf_bytes part = { test_copy((hf_bytes){ auth.data, len }), len };

        cr_expect_eq(hf_signature_verify(public, part, message()), HF_ERR_PEER_AUTH, "%zu", len);
    }
    cr_assert(hf_buf_append(&auth, hex("00")));
    cr_expect_eq(hf_signature_verify(public, hf_buf_bytes(&auth), message()), HF_ERR_PEER_AUTH);
    hf_buf_free(&auth);
    hf_private_key_free(own);
    hf_public_key_free(public);
}

Test(forgery, a_signature_counts_for_one_key_and_one_message)
{
    const struct pki_cert *cert = PKI_ISSUE(NULL, .subject = "CN=x");
    EVP_PKEY *other_key = pki_key(PKI_P256);
    struct hf_public_key *public = public_of(cert->key), *other = public_of(other_key);
    struct hf_private_key *own;
    hf_buf auth = hf_buf_with_max(2048);
    struct hf_signer signer;

    cr_assert_eq(hf_private_key_decode(pki_key_pem(cert), (hf_bytes){ 0 }, &own), HF_OK);
    signer = hf_private_key_signer(own);
    cr_assert_eq(hf_signature_sign(&signer, HF_SIG_ECDSA_SHA2_256, message(), &auth), HF_OK);
    cr_expect_eq(hf_signature_verify(public, hf_buf_bytes(&auth), message()), HF_OK);
    cr_expect_eq(hf_signature_verify(other, hf_buf_bytes(&auth), message()), HF_ERR_PEER_AUTH);
    cr_expect_eq(hf_signature_verify(public, hf_buf_bytes(&auth), hf_bytes_of_string("other")),
                 HF_ERR_PEER_AUTH);
    hf_buf_free(&auth);
    hf_private_key_free(own);
    hf_public_key_free(public);
    hf_public_key_free(other);
    EVP_PKEY_free(other_key);
}

/* A signature by one scheme under the name of another. Under that of ECDSA the padding would be the
 * library's own choice for the key. */
static hf_bytes pkcs1_signature(EVP_PKEY *key)
{
    uint8_t *signature = test_memory(MODULUS_OCTETS);
    size_t len = MODULUS_OCTETS;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();

    if (EVP_DigestSignInit_ex(ctx, NULL, "SHA2-256", NULL, NULL, key, NULL) != 1 ||
        EVP_DigestSign(ctx, signature, &len, message().data, message().len) != 1)
        test_die("cannot sign");
    EVP_MD_CTX_free(ctx);
    return (hf_bytes){ signature, len };
}

Test(forgery, a_signature_under_the_name_of_another_scheme_is_refused)
{
    EVP_PKEY *key = pki_key(PKI_RSA_2048);
    struct hf_public_key *public = public_of(key);
    hf_bytes signature = pkcs1_signature(key);

    for (int i = 0; i < HF_SIG_COUNT; i++)
        cr_expect_eq(verify(public, (enum hf_signature_scheme)i, signature),
                     i == HF_SIG_RSA_PKCS1_SHA2_256 ? HF_OK : HF_ERR_PEER_AUTH, "%s",
                     hf_signature_scheme_name((enum hf_signature_scheme)i));
    hf_public_key_free(public);
    EVP_PKEY_free(key);
}

Test(forgery, a_raw_signature_counts_for_the_curve_of_its_method)
{
    const struct pki_cert *cert = PKI_ISSUE(NULL, .subject = "CN=x");
    struct hf_public_key *public = public_of(cert->key);
    struct hf_private_key *own;
    hf_buf der = hf_buf_with_max(256), raw = hf_buf_with_max(256);
    struct hf_signer signer;

    cr_assert_eq(hf_private_key_decode(pki_key_der(cert), (hf_bytes){ 0 }, &own), HF_OK);
    signer = hf_private_key_signer(own);
    /* P-256 with the hash of method 10, and as long as a signature of method 10. */
    cr_assert_eq(signer.sign(signer.context, HF_SIG_ECDSA_SHA2_384, message(), &der), HF_OK);
    cr_assert_eq(hf_ecdsa_raw_encode(hf_buf_bytes(&der), 48, &raw), HF_OK);
    cr_expect_eq(verify(public, HF_SIG_ECDSA_SHA2_384, hf_buf_bytes(&der)), HF_OK);
    cr_expect_eq(hf_signature_verify_ecdsa(public, 10, hf_buf_bytes(&raw), message()),
                 HF_ERR_PEER_AUTH);
    hf_buf_free(&der);
    hf_buf_free(&raw);
    hf_private_key_free(own);
    hf_public_key_free(public);
}

/* --- PSS with a salt that the identifier does not say --- */

Test(forgery, a_pss_salt_of_another_length_is_refused)
{
    static const int salts[] = { 0, 20, 31, 33, 222 };
    EVP_PKEY *key = pki_key(PKI_RSA_2048);
    struct hf_public_key *public = public_of(key);

    for (size_t i = 0; i < HF_ARRAY_LEN(salts); i++) {
        EVP_MD_CTX *ctx = EVP_MD_CTX_new();
        uint8_t signature[MODULUS_OCTETS];
        size_t len = sizeof signature;
        EVP_PKEY_CTX *pkey_ctx;

        cr_assert(EVP_DigestSignInit_ex(ctx, &pkey_ctx, "SHA2-256", NULL, NULL, key, NULL) == 1 &&
                  EVP_PKEY_CTX_set_rsa_padding(pkey_ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
                  EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey_ctx, salts[i]) > 0 &&
                  EVP_DigestSign(ctx, signature, &len, message().data, message().len) == 1);
        cr_expect_eq(verify(public, HF_SIG_RSA_PSS_SHA2_256, HF_BYTES_OF(signature)),
                     HF_ERR_PEER_AUTH, "salt %d", salts[i]);
        EVP_MD_CTX_free(ctx);
    }
    hf_public_key_free(public);
    EVP_PKEY_free(key);
}

/* --- RSA with the exponent 3: a cube that looks right from the left, or from both ends --- */

static EVP_PKEY *rsa_with_exponent_3(void)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    BIGNUM *three = BN_new();
    EVP_PKEY *key = NULL;

    if (BN_set_word(three, 3) != 1 || EVP_PKEY_keygen_init(ctx) != 1 ||
        EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, MODULUS_BITS) != 1 ||
        EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, three) != 1 || EVP_PKEY_generate(ctx, &key) != 1)
        test_die("no RSA key with the exponent 3");
    BN_free(three);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static void cube(BIGNUM *out, const BIGNUM *in, BN_CTX *ctx)
{
    BIGNUM *square = BN_new();

    if (BN_sqr(square, in, ctx) != 1 || BN_mul(out, square, in, ctx) != 1)
        test_die("bignum");
    BN_free(square);
}

/* The smallest number whose cube is at least `target`. */
static BIGNUM *cube_root(const BIGNUM *target, BN_CTX *ctx)
{
    BIGNUM *root = BN_new(), *power = BN_new();

    BN_zero(root);
    for (int bit = BN_num_bits(target) / 3 + 1; bit >= 0; bit--) {
        BN_set_bit(root, bit);
        cube(power, root, ctx);
        if (BN_cmp(power, target) >= 0)
            BN_clear_bit(root, bit);
    }
    BN_add_word(root, 1);
    BN_free(power);
    return root;
}

/* Sets the low `bits` of `root` so that its cube ends in those of `ending`, which must be odd. */
static void set_cube_ending(BIGNUM *root, const BIGNUM *ending, int bits, BN_CTX *ctx)
{
    BIGNUM *power = BN_new();

    BN_set_bit(root, 0);
    for (int bit = 1; bit < bits; bit++) {
        BN_clear_bit(root, bit);
        cube(power, root, ctx);
        if (BN_is_bit_set(power, bit) != BN_is_bit_set(ending, bit))
            BN_set_bit(root, bit); /* 3 r² is odd, so this changes the bit in question */
    }
    BN_free(power);
}

/* DigestInfo of SHA2-256 up to the hash. */
static const uint8_t digest_info[] = { 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                       0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20 };
static const uint8_t short_padding[] = { 0x00, 0x01, 0xff, 0xff, 0xff, 0xff,
                                         0xff, 0xff, 0xff, 0xff, 0x00 };

static size_t append(uint8_t *block, size_t at, const void *data, size_t len)
{
    memcpy(block + at, data, len);
    return at + len;
}

static void hash_message(uint8_t hash[32])
{
    if (EVP_Digest(message().data, message().len, hash, NULL, EVP_sha256(), NULL) != 1)
        test_die("no SHA2-256");
}

/* What a lax verifier would look at: the cube as an encoded block. */
static void encode_cube(const BIGNUM *root, uint8_t block[MODULUS_OCTETS], BN_CTX *ctx)
{
    BIGNUM *power = BN_new();

    cube(power, root, ctx);
    cr_assert_eq(BN_bn2binpad(power, block, MODULUS_OCTETS), MODULUS_OCTETS);
    BN_free(power);
}

static hf_status verify_root(EVP_PKEY *key, const BIGNUM *root)
{
    struct hf_public_key *public = public_of(key);
    uint8_t signature[MODULUS_OCTETS];
    hf_status status;

    cr_assert_eq(BN_bn2binpad(root, signature, MODULUS_OCTETS), MODULUS_OCTETS);
    status = verify(public, HF_SIG_RSA_PKCS1_SHA2_256, HF_BYTES_OF(signature));
    hf_public_key_free(public);
    return status;
}

Test(forgery, garbage_behind_the_hash_is_refused)
{
    EVP_PKEY *key = rsa_with_exponent_3();
    BN_CTX *ctx = BN_CTX_new();
    uint8_t block[MODULUS_OCTETS] = { 0 }, forged[MODULUS_OCTETS], hash[32];
    BIGNUM *target, *root;
    size_t len;

    hash_message(hash);
    len = append(block, 0, short_padding, sizeof short_padding);
    len = append(block, len, digest_info, sizeof digest_info);
    len = append(block, len, hash, sizeof hash);
    target = BN_bin2bn(block, sizeof block, NULL);
    root = cube_root(target, ctx);
    encode_cube(root, forged, ctx);
    cr_assert_arr_eq(forged, block, len); /* the forgery is one */
    cr_expect_eq(verify_root(key, root), HF_ERR_PEER_AUTH);
    BN_free(target);
    BN_free(root);
    BN_CTX_free(ctx);
    EVP_PKEY_free(key);
}

Test(forgery, garbage_in_the_parameters_of_the_hash_is_refused)
{
    /* AlgorithmIdentifier with parameters of "any" type, long enough to end at the hash. */
    static const uint8_t prefix[] = { 0x30, 0x81, 0xf2, 0x30, 0x81, 0xcd, 0x06, 0x09, 0x60, 0x86,
                                      0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x04, 0x81, 0xbf };
    EVP_PKEY *key = rsa_with_exponent_3();
    BN_CTX *ctx = BN_CTX_new();
    uint8_t block[MODULUS_OCTETS] = { 0 }, forged[MODULUS_OCTETS], ending[34] = { 0x04, 0x20 };
    BIGNUM *target, *ends, *root;
    size_t len;

    hash_message(ending + 2);
    cr_assert(ending[33] & 1); /* the cube of an odd number is odd */
    len = append(block, 0, short_padding, sizeof short_padding);
    len = append(block, len, prefix, sizeof prefix);
    block[len] = 0x80; /* the middle, so that the ending may move the cube either way */
    target = BN_bin2bn(block, sizeof block, NULL);
    ends = BN_bin2bn(ending, sizeof ending, NULL);
    root = cube_root(target, ctx);
    set_cube_ending(root, ends, 8 * (int)sizeof ending, ctx);
    encode_cube(root, forged, ctx);
    cr_assert_arr_eq(forged, block, len);
    cr_assert_arr_eq(forged + sizeof forged - sizeof ending, ending, sizeof ending);
    cr_expect_eq(verify_root(key, root), HF_ERR_PEER_AUTH);
    BN_free(target);
    BN_free(ends);
    BN_free(root);
    BN_CTX_free(ctx);
    EVP_PKEY_free(key);
}

Test(forgery, small_rsa_keys_are_refused_before_use) /* CVE-2018-17540 */
{
    static const unsigned sizes[] = { 512, 768, 1024, 2047 };

    for (size_t i = 0; i < HF_ARRAY_LEN(sizes); i++) {
        EVP_PKEY *key = EVP_RSA_gen(sizes[i]);
        struct hf_public_key *public = NULL;

        cr_assert_not_null(key);
        cr_expect_eq(hf_key_wrap_public(key, &public), HF_ERR_CERT_WEAK, "%u bits", sizes[i]);
        cr_expect_null(public);
        EVP_PKEY_free(key);
    }
}
