/* Tests of AUTH signatures (crypto/signature.h): schemes, identifiers, choice. What must be refused
 * is in signature_forgery.c. */
#include "crypto/signature.h"

#include "crypto/key.h"
#include "crypto/signature_scheme.h"
#include "support/hex.h"
#include "support/pki.h"
#include "support/test.h"
#include "support/vectors.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

static const enum pki_key key_of[HF_KEY_TYPE_COUNT] = {
    [HF_KEY_RSA] = PKI_RSA_2048,    [HF_KEY_ECDSA_P256] = PKI_P256, [HF_KEY_ECDSA_P384] = PKI_P384,
    [HF_KEY_ECDSA_P521] = PKI_P521, [HF_KEY_ED25519] = PKI_ED25519,
};

static hf_bytes message(void)
{
    return hf_bytes_of_string("RealMessage1 | NonceRData | MACedIDForI");
}

/* Both halves of a fresh key. */
struct pair {
    struct hf_private_key *own;
    struct hf_public_key *public;
    struct hf_signer signer;
};

static struct pair pair_of(enum pki_key type)
{
    const struct pki_cert *cert = PKI_ISSUE(NULL, .subject = "CN=x", .key = type);
    struct pair pair;

    if (hf_private_key_decode(pki_key_der(cert), (hf_bytes){ 0 }, &pair.own) != HF_OK ||
        hf_key_wrap_public(cert->key, &pair.public) != HF_OK)
        test_die("no key pair");
    pair.signer = hf_private_key_signer(pair.own);
    return pair;
}

static void pair_clear(struct pair *pair)
{
    hf_private_key_free(pair->own);
    hf_public_key_free(pair->public);
}

Test(signature, every_scheme_verifies_what_it_signed)
{
    for (int type = 0; type < HF_KEY_TYPE_COUNT; type++) {
        struct pair pair = pair_of(key_of[type]);
        size_t fitting = 0;

        for (int scheme = 0; scheme < HF_SIG_COUNT; scheme++) {
            hf_buf auth = hf_buf_with_max(2048);
            hf_status status =
                hf_signature_sign(&pair.signer, (enum hf_signature_scheme)scheme, message(), &auth);

            if (status == HF_OK) {
                fitting++;
                cr_expect_eq(hf_signature_verify(pair.public, hf_buf_bytes(&auth), message()),
                             HF_OK, "%s",
                             hf_signature_scheme_name((enum hf_signature_scheme)scheme));
                auth.data[auth.len - 1] ^= 1;
                cr_expect_eq(hf_signature_verify(pair.public, hf_buf_bytes(&auth), message()),
                             HF_ERR_PEER_AUTH);
            } else {
                cr_expect_eq(status, HF_ERR_CREDENTIAL_INVALID);
                cr_expect_eq(auth.len, 0);
            }
            hf_buf_free(&auth);
        }
        cr_expect_eq(fitting, type == HF_KEY_RSA ? 6 : type == HF_KEY_ED25519 ? 1 : 3);
        pair_clear(&pair);
    }
}

Test(signature, a_pss_key_signs_with_pss_alone)
{
    struct pair pair = pair_of(PKI_RSA_PSS_2048);
    hf_buf auth = hf_buf_with_max(2048);

    cr_expect_eq(hf_signature_sign(&pair.signer, HF_SIG_RSA_PSS_SHA2_256, message(), &auth), HF_OK);
    cr_expect_eq(hf_signature_verify(pair.public, hf_buf_bytes(&auth), message()), HF_OK);
    cr_expect_neq(hf_signature_sign(&pair.signer, HF_SIG_RSA_PKCS1_SHA2_256, message(), &auth),
                  HF_OK);
    hf_buf_free(&auth);
    pair_clear(&pair);
}

/* --- AlgorithmIdentifiers --- */

static void sign_raw(EVP_PKEY *key, const char *digest, int padding, hf_buf *out)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pkey_ctx;
    uint8_t signature[HF_SIGNATURE_MAX];
    size_t len = sizeof signature;

    if (EVP_DigestSignInit_ex(ctx, &pkey_ctx, digest, NULL, NULL, key, NULL) != 1 ||
        (padding != 0 && EVP_PKEY_CTX_set_rsa_padding(pkey_ctx, padding) <= 0) ||
        (padding == RSA_PKCS1_PSS_PADDING &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey_ctx, RSA_PSS_SALTLEN_DIGEST) <= 0) ||
        EVP_DigestSign(ctx, signature, &len, message().data, message().len) != 1 ||
        !hf_buf_append(out, (hf_bytes){ signature, len }))
        test_die("cannot sign");
    EVP_MD_CTX_free(ctx);
}

/* Appends the signature that the identifier promises, made without our own code. */
static void sign_as(const char *name, EVP_PKEY *key, hf_buf *out)
{
    int padding = strncmp(name, "rsa-pss", 7) == 0     ? RSA_PKCS1_PSS_PADDING
                  : strncmp(name, "rsa-pkcs1", 9) == 0 ? RSA_PKCS1_PADDING
                                                       : 0;
    const char *digest = strstr(name, "SHA1") != NULL   ? "SHA1"
                         : strstr(name, "256") != NULL  ? "SHA2-256"
                         : strstr(name, "384") != NULL  ? "SHA2-384"
                         : strstr(name, "-512") != NULL ? "SHA2-512"
                                                        : NULL;

    sign_raw(key, digest, padding, out);
}

static enum pki_key key_for(const char *name)
{
    return strncmp(name, "rsa", 3) == 0     ? PKI_RSA_2048
           : strncmp(name, "ecdsa", 5) == 0 ? PKI_P384
                                            : PKI_ED25519;
}

/* Authentication Data of method 14 around a signature by another implementation. */
static void check_identifier(const struct vector_case *vector)
{
    const char *scheme = vector_text(vector, "scheme");
    const char *name = strcmp(scheme, "none") != 0 ? scheme : vector_find(vector, "signed");
    hf_bytes identifier = vector_bytes(vector, "identifier");
    uint8_t len = (uint8_t)identifier.len;
    enum hf_signature_scheme found = HF_SIG_COUNT;
    hf_buf auth = hf_buf_with_max(2048);
    struct hf_public_key *public;
    EVP_PKEY *key;

    cr_expect_eq(hf_signature_scheme_find(identifier, &found), strcmp(scheme, "none") != 0, "%s",
                 vector_text(vector, "name"));
    if (name == NULL)
        return;
    key = pki_key(key_for(name));
    cr_assert(hf_key_wrap_public(key, &public) == HF_OK);
    cr_assert(hf_buf_append(&auth, (hf_bytes){ &len, 1 }) && hf_buf_append(&auth, identifier));
    sign_as(name, key, &auth);
    cr_expect_eq(hf_signature_verify(public, hf_buf_bytes(&auth), message()),
                 name == scheme ? HF_OK : HF_ERR_PEER_AUTH, "%s", vector_text(vector, "name"));
    if (name == scheme)
        cr_expect_str_eq(hf_signature_scheme_name(found), scheme);
    hf_buf_free(&auth);
    hf_public_key_free(public);
    EVP_PKEY_free(key);
}

Test(signature, takes_the_identifiers_of_the_rfc_and_no_others)
{
    struct vectors vectors;
    struct vector_case vector;
    size_t count = 0;

    vectors_open(&vectors, "signature_identifiers.txt");
    for (; vectors_next(&vectors, &vector); count++)
        check_identifier(&vector);
    cr_expect_eq(count, 24);
}

Test(signature, what_we_send_is_an_identifier_we_take)
{
    for (int i = 0; i < HF_SIG_COUNT; i++) {
        enum hf_signature_scheme found;

        cr_assert(hf_signature_scheme_find(
            hf_signature_scheme_identifier((enum hf_signature_scheme)i), &found));
        cr_expect_eq(found, (enum hf_signature_scheme)i);
    }
}

/* --- methods 9, 10 and 11 --- */

static struct hf_public_key *point(const char *group, hf_bytes x, hf_bytes y)
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    uint8_t octets[1 + 66 + 66] = { 0x04 };
    struct hf_public_key *public = NULL;
    EVP_PKEY *key = NULL;
    OSSL_PARAM *params;

    memcpy(octets + 1, x.data, x.len);
    memcpy(octets + 1 + x.len, y.data, y.len);
    OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
    OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, octets, 1 + x.len + y.len);
    params = OSSL_PARAM_BLD_to_param(builder);
    if (EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1 ||
        hf_key_wrap_public(key, &public) != HF_OK)
        test_die("not a public key");
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    return public;
}

Test(signature, verifies_the_vectors_of_rfc_4754)
{
    static const char *const groups[] = { "P-256", "P-384", "P-521" };
    struct vectors vectors;
    struct vector_case vector;
    size_t count = 0;

    vectors_open(&vectors, "rfc4754_ecdsa.txt");
    for (; vectors_next(&vectors, &vector); count++) {
        uint8_t method = (uint8_t)vector_number(&vector, "method");
        struct hf_public_key *public =
            point(groups[method - 9], vector_bytes(&vector, "x"), vector_bytes(&vector, "y"));
        hf_bytes r = vector_bytes(&vector, "r"), s = vector_bytes(&vector, "s");
        hf_bytes text = vector_bytes(&vector, "message");
        hf_buf raw = hf_buf_with_max(133);

        cr_assert(hf_buf_append(&raw, r) && hf_buf_append(&raw, s));
        cr_expect_eq(hf_signature_verify_ecdsa(public, method, hf_buf_bytes(&raw), text), HF_OK);
        for (uint8_t other = 0; other < 32; other++)
            cr_expect_eq(hf_signature_verify_ecdsa(public, other, hf_buf_bytes(&raw), text),
                         other == method ? HF_OK : HF_ERR_PEER_AUTH);
        cr_assert(hf_buf_append(&raw, hex("00")));
        cr_expect_eq(hf_signature_verify_ecdsa(public, method, hf_buf_bytes(&raw), text),
                     HF_ERR_PEER_AUTH, "one octet more");
        hf_buf_free(&raw);
        hf_public_key_free(public);
    }
    cr_expect_eq(count, 3);
}

Test(signature, methods_9_to_11_follow_from_the_key)
{
    static const struct {
        enum pki_key key;
        uint8_t method;
        size_t len;
    } rows[] = {
        {PKI_P256,  9,  64 },
        { PKI_P384, 10, 96 },
        { PKI_P521, 11, 132}
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++) {
        struct pair pair = pair_of(rows[i].key);

        for (int round = 0; round < 40; round++) { /* some with leading zeros in r or s */
            hf_buf raw = hf_buf_with_max(132);
            uint8_t method = 0;

            cr_assert_eq(hf_signature_sign_ecdsa(&pair.signer, message(), &method, &raw), HF_OK);
            cr_expect_eq(method, rows[i].method);
            cr_expect_eq(raw.len, rows[i].len);
            cr_expect_eq(
                hf_signature_verify_ecdsa(pair.public, method, hf_buf_bytes(&raw), message()),
                HF_OK);
            hf_buf_free(&raw);
        }
        pair_clear(&pair);
    }
}

Test(signature, other_keys_have_no_method_9_to_11)
{
    struct pair pair = pair_of(PKI_ED25519);
    hf_buf raw = hf_buf_with_max(132);
    uint8_t method = 77;

    cr_expect_eq(hf_signature_sign_ecdsa(&pair.signer, message(), &method, &raw),
                 HF_ERR_CREDENTIAL_INVALID);
    cr_expect_eq(method, 77);
    cr_expect_eq(raw.len, 0);
    pair_clear(&pair);
}

/* --- choice --- */

#define ANNOUNCED(hash) (1u << (hash))

Test(signature, chooses_the_hash_that_fits_the_key)
{
    static const uint32_t all = ANNOUNCED(HF_SIGHASH_SHA2_256) | ANNOUNCED(HF_SIGHASH_SHA2_384) |
                                ANNOUNCED(HF_SIGHASH_SHA2_512) | ANNOUNCED(HF_SIGHASH_IDENTITY);
    static const enum hf_signature_scheme expected[HF_KEY_TYPE_COUNT] = {
        [HF_KEY_RSA] = HF_SIG_RSA_PSS_SHA2_256,      [HF_KEY_ECDSA_P256] = HF_SIG_ECDSA_SHA2_256,
        [HF_KEY_ECDSA_P384] = HF_SIG_ECDSA_SHA2_384, [HF_KEY_ECDSA_P521] = HF_SIG_ECDSA_SHA2_512,
        [HF_KEY_ED25519] = HF_SIG_ED25519,
    };

    for (int type = 0; type < HF_KEY_TYPE_COUNT; type++) {
        enum hf_signature_scheme scheme = HF_SIG_COUNT;

        cr_expect_eq(hf_signature_choose((enum hf_key_type)type, all, &scheme), HF_OK);
        cr_expect_eq(scheme, expected[type]);
    }
}

Test(signature, chooses_nothing_that_was_not_announced)
{
    enum hf_signature_scheme scheme = HF_SIG_COUNT;

    cr_expect_eq(hf_signature_choose(HF_KEY_ECDSA_P256, ANNOUNCED(HF_SIGHASH_SHA2_384), &scheme),
                 HF_OK);
    cr_expect_eq(scheme, HF_SIG_ECDSA_SHA2_384);
    scheme = HF_SIG_COUNT;
    cr_expect_eq(hf_signature_choose(HF_KEY_ED25519, ANNOUNCED(HF_SIGHASH_SHA2_512), &scheme),
                 HF_ERR_AUTH_REJECTED);
    cr_expect_eq(hf_signature_choose(HF_KEY_RSA, ANNOUNCED(HF_SIGHASH_IDENTITY), &scheme),
                 HF_ERR_AUTH_REJECTED);
    cr_expect_eq(hf_signature_choose(HF_KEY_RSA, ANNOUNCED(1), &scheme), /* SHA-1 */
                 HF_ERR_AUTH_REJECTED);
    cr_expect_eq(scheme, HF_SIG_COUNT);
}
