/* Tests of private keys and client credentials (crypto/credential.h). */
#include "crypto/credential.h"
#include "crypto/key.h"
#include "support/hex.h"
#include "support/pki.h"
#include "support/test.h"

#include <openssl/encoder.h>
#include <openssl/pem.h>

static const hf_bytes no_passphrase;

static hf_status decode(hf_bytes encoded, const char *passphrase)
{
    struct hf_private_key *key = NULL;
    hf_status status = hf_private_key_decode(encoded, hf_bytes_of_string(passphrase), &key);

    cr_expect_eq(status == HF_OK, key != NULL);
    hf_private_key_free(key);
    return status;
}

/* The key in the encoding of a name, as `openssl` would write it. */
static hf_bytes encoded(EVP_PKEY *key, const char *structure, const char *format,
                        const char *passphrase)
{
    OSSL_ENCODER_CTX *ctx =
        OSSL_ENCODER_CTX_new_for_pkey(key, EVP_PKEY_KEYPAIR, format, structure, NULL);
    BIO *bio = BIO_new(BIO_s_mem());

    if (ctx == NULL ||
        (passphrase != NULL &&
         (OSSL_ENCODER_CTX_set_cipher(ctx, "AES-256-CBC", NULL) != 1 ||
          OSSL_ENCODER_CTX_set_passphrase(ctx, (const unsigned char *)passphrase,
                                          strlen(passphrase)) != 1)) ||
        OSSL_ENCODER_to_bio(ctx, bio) != 1)
        test_die("cannot encode as %s %s", structure, format);
    OSSL_ENCODER_CTX_free(ctx);
    return pki_take(bio);
}

Test(private_key, is_read_from_every_usual_encoding)
{
    static const enum pki_key types[] = { PKI_P256, PKI_P384, PKI_P521, PKI_ED25519, PKI_RSA_2048 };

    for (size_t i = 0; i < HF_ARRAY_LEN(types); i++) {
        EVP_PKEY *key = pki_key(types[i]);

        cr_expect_eq(decode(encoded(key, "PrivateKeyInfo", "DER", NULL), NULL), HF_OK);
        cr_expect_eq(decode(encoded(key, "PrivateKeyInfo", "PEM", NULL), NULL), HF_OK);
        cr_expect_eq(decode(encoded(key, "EncryptedPrivateKeyInfo", "DER", "secret"), "secret"),
                     HF_OK);
        cr_expect_eq(decode(encoded(key, "EncryptedPrivateKeyInfo", "PEM", "secret"), "secret"),
                     HF_OK);
        if (types[i] != PKI_ED25519) { /* has no encoding of its own */
            cr_expect_eq(decode(encoded(key, "type-specific", "DER", NULL), NULL), HF_OK);
            cr_expect_eq(decode(encoded(key, "type-specific", "PEM", NULL), NULL), HF_OK);
        }
        EVP_PKEY_free(key);
    }
}

Test(private_key, tells_a_wrong_passphrase_from_a_key_that_is_none)
{
    EVP_PKEY *key = pki_key(PKI_P256);
    hf_bytes pem = encoded(key, "EncryptedPrivateKeyInfo", "PEM", "secret");
    hf_bytes der = encoded(key, "EncryptedPrivateKeyInfo", "DER", "secret");

    cr_expect_eq(decode(pem, "wrong"), HF_ERR_CREDENTIAL_PASSPHRASE);
    cr_expect_eq(decode(pem, NULL), HF_ERR_CREDENTIAL_PASSPHRASE);
    cr_expect_eq(decode(pem, ""), HF_ERR_CREDENTIAL_PASSPHRASE);
    cr_expect_eq(decode(der, "wrong"), HF_ERR_CREDENTIAL_PASSPHRASE);
    cr_expect_eq(decode(der, NULL), HF_ERR_CREDENTIAL_PASSPHRASE);
    cr_expect_eq(decode(hf_bytes_of_string("no key at all"), "secret"), HF_ERR_CREDENTIAL_INVALID);
    cr_expect_eq(decode(no_passphrase, NULL), HF_ERR_CREDENTIAL_INVALID);
    EVP_PKEY_free(key);
}

Test(private_key, refuses_types_and_sizes_that_do_not_serve)
{
    static const enum pki_key types[] = { PKI_RSA_1024, PKI_SECP256K1, PKI_ED448,
                                          PKI_P256_EXPLICIT };

    for (size_t i = 0; i < HF_ARRAY_LEN(types); i++) {
        EVP_PKEY *key = pki_key(types[i]);

        cr_expect_eq(decode(encoded(key, "PrivateKeyInfo", "DER", NULL), NULL),
                     HF_ERR_CREDENTIAL_INVALID, "type %zu", i);
        EVP_PKEY_free(key);
    }
}

Test(private_key, refuses_a_public_key_and_a_certificate)
{
    const struct pki_cert *cert = pki_root("CN=x");
    BIO *bio = BIO_new(BIO_s_mem());

    cr_assert_eq(PEM_write_bio_PUBKEY(bio, cert->key), 1);
    cr_expect_eq(decode(pki_take(bio), NULL), HF_ERR_CREDENTIAL_INVALID);
    cr_expect_eq(decode(pki_pem(cert), NULL), HF_ERR_CREDENTIAL_INVALID);
    cr_expect_eq(decode(pki_der(cert), NULL), HF_ERR_CREDENTIAL_INVALID);
}

Test(private_key, refuses_every_truncation)
{
    hf_bytes der = pki_key_der(pki_root("CN=x"));

    for (size_t len = 0; len < der.len; len++)
        cr_expect_eq(decode((hf_bytes){ test_copy((hf_bytes){ der.data, len }), len }, NULL),
                     HF_ERR_CREDENTIAL_INVALID, "%zu", len);
}

Test(private_key, matches_its_own_certificate_alone)
{
    const struct pki_cert *cert = pki_root("CN=x"), *other = pki_root("CN=x");
    struct hf_private_key *key = NULL;

    cr_assert_eq(hf_private_key_decode(pki_key_der(cert), no_passphrase, &key), HF_OK);
    cr_expect(hf_private_key_matches(key, pki_der(cert)));
    cr_expect_not(hf_private_key_matches(key, pki_der(other)));
    cr_expect_not(hf_private_key_matches(key, hf_bytes_of_string("nothing")));
    hf_private_key_free(key);
}

/* --- credentials --- */

static hf_bytes joined(size_t count, const struct pki_cert *const *certs)
{
    hf_buf all = hf_buf_with_max(1 << 20);
    hf_bytes copy;

    for (size_t i = 0; i < count; i++) {
        if (!hf_buf_append(&all, pki_pem(certs[i])))
            test_die("too much");
    }
    copy = (hf_bytes){ test_copy(hf_buf_bytes(&all)), all.len };
    hf_buf_free(&all);
    return copy;
}
#define JOINED(...)                                                                                \
    joined(sizeof((const struct pki_cert *[]){ __VA_ARGS__ }) / sizeof(const struct pki_cert *),   \
           (const struct pki_cert *[]){ __VA_ARGS__ })

static bool is_der_of(const hf_buf *stored, const struct pki_cert *cert)
{
    return hf_bytes_equal(hf_buf_bytes(stored), pki_der(cert));
}

Test(credential, orders_the_chain_and_leaves_the_root_out)
{
    const struct pki_cert *root = pki_root("CN=Root");
    const struct pki_cert *outer = PKI_ISSUE(root, .subject = "CN=Outer", .ca = true);
    const struct pki_cert *inner = PKI_ISSUE(outer, .subject = "CN=Inner", .ca = true);
    const struct pki_cert *user = PKI_ISSUE(inner, .subject = "CN=Anna", .eku = "clientAuth");
    const struct pki_cert *stranger = pki_root("CN=Stranger");
    struct hf_credential credential;

    cr_assert_eq(hf_credential_make(pki_key_pem(user), no_passphrase,
                                    JOINED(root, stranger, outer, user, inner, user), &credential),
                 HF_OK);
    cr_assert_eq(credential.chain_count, 3);
    cr_expect(is_der_of(&credential.chain[0], user));
    cr_expect(is_der_of(&credential.chain[1], inner));
    cr_expect(is_der_of(&credential.chain[2], outer));
    hf_credential_clear(&credential);
    cr_expect_null(credential.key);
}

Test(credential, a_self_signed_client_certificate_is_sent)
{
    const struct pki_cert *user = PKI_ISSUE(NULL, .subject = "CN=Anna");
    struct hf_credential credential;

    cr_assert_eq(hf_credential_make(pki_key_der(user), no_passphrase, pki_der(user), &credential),
                 HF_OK);
    cr_expect_eq(credential.chain_count, 1);
    hf_credential_clear(&credential);
}

Test(credential, says_what_is_missing_or_wrong)
{
    const struct pki_cert *user = PKI_ISSUE(NULL, .subject = "CN=Anna");
    const struct pki_cert *other = PKI_ISSUE(NULL, .subject = "CN=Anna");
    struct hf_credential credential = { .chain_count = 77 };

    cr_expect_eq(hf_credential_make(pki_key_der(user), no_passphrase, no_passphrase, &credential),
                 HF_ERR_CREDENTIAL_MISSING);
    cr_expect_eq(hf_credential_make(pki_key_der(user), no_passphrase, pki_der(other), &credential),
                 HF_ERR_CREDENTIAL_INVALID);
    cr_expect_eq(hf_credential_make(no_passphrase, no_passphrase, pki_der(user), &credential),
                 HF_ERR_CREDENTIAL_INVALID);
    cr_expect_eq(hf_credential_make(encoded(user->key, "EncryptedPrivateKeyInfo", "PEM", "secret"),
                                    no_passphrase, pki_der(user), &credential),
                 HF_ERR_CREDENTIAL_PASSPHRASE);
    cr_expect_eq(credential.chain_count, 77);
}

Test(credential, two_authorities_that_issue_each_other_make_no_endless_chain)
{
    const struct pki_cert *a = pki_root("CN=A"), *b = pki_root("CN=B");
    const struct pki_cert *user = PKI_ISSUE(a, .subject = "CN=Anna");
    struct hf_credential credential;
    hf_bytes a_by_b, b_by_a;
    X509 *cross = X509_dup(a->x509);
    BIO *bio = BIO_new(BIO_s_mem());
    hf_buf all = hf_buf_with_max(65536);

    cr_assert(X509_set_issuer_name(cross, X509_get_subject_name(b->x509)) == 1 &&
              X509_sign(cross, b->key, EVP_sha256()) > 0 && PEM_write_bio_X509(bio, cross) == 1);
    a_by_b = pki_take(bio);
    X509_free(cross);
    cross = X509_dup(b->x509);
    bio = BIO_new(BIO_s_mem());
    cr_assert(X509_set_issuer_name(cross, X509_get_subject_name(a->x509)) == 1 &&
              X509_sign(cross, a->key, EVP_sha256()) > 0 && PEM_write_bio_X509(bio, cross) == 1);
    b_by_a = pki_take(bio);
    X509_free(cross);
    cr_assert(hf_buf_append(&all, pki_pem(user)) && hf_buf_append(&all, a_by_b) &&
              hf_buf_append(&all, b_by_a));
    cr_assert_eq(
        hf_credential_make(pki_key_der(user), no_passphrase, hf_buf_bytes(&all), &credential),
        HF_OK);
    cr_expect_eq(credential.chain_count, 3);
    hf_credential_clear(&credential);
    hf_buf_free(&all);
}

Test(credential, knows_when_its_time_is_over)
{
    const struct pki_cert *user = PKI_ISSUE(NULL, .subject = "CN=Anna");
    struct hf_credential credential;

    cr_assert_eq(hf_credential_make(pki_key_der(user), no_passphrase, pki_der(user), &credential),
                 HF_OK);
    cr_expect_eq(hf_credential_check_time(&credential, PKI_NOW), HF_OK);
    cr_expect_eq(hf_credential_check_time(&credential, PKI_NOW - 2 * PKI_DAY),
                 HF_ERR_CREDENTIAL_EXPIRED);
    cr_expect_eq(hf_credential_check_time(&credential, PKI_NOW + 366 * PKI_DAY),
                 HF_ERR_CREDENTIAL_EXPIRED);
    hf_credential_clear(&credential);
    cr_expect_eq(hf_credential_check_time(&credential, PKI_NOW), HF_ERR_CREDENTIAL_MISSING);
}

Test(credential, the_library_clock_decides_where_no_time_is_given)
{
    const struct pki_cert *old = PKI_ISSUE(NULL, .subject = "CN=A", .not_after = PKI_NOW - 1);
    const struct pki_cert *long_lived = PKI_ISSUE(
        NULL, .subject = "CN=A", .not_after = PKI_NOW + (hf_wall_clock)100 * 365 * PKI_DAY);
    struct hf_credential credential;

    cr_assert_eq(hf_credential_make(pki_key_der(old), no_passphrase, pki_der(old), &credential),
                 HF_OK);
    cr_expect_eq(hf_credential_check_time(&credential, 0), HF_ERR_CREDENTIAL_EXPIRED);
    hf_credential_clear(&credential);
    cr_assert_eq(hf_credential_make(pki_key_der(long_lived), no_passphrase, pki_der(long_lived),
                                    &credential),
                 HF_OK);
    cr_expect_eq(hf_credential_check_time(&credential, 0), HF_OK);
    hf_credential_clear(&credential);
}

Test(credential, certificates_become_pem)
{
    const struct pki_cert *a = pki_root("CN=A"), *b = pki_root("CN=B");
    hf_buf pem = hf_buf_with_max(65536);

    cr_expect_eq(hf_certificates_to_pem(pki_der(a), &pem), HF_OK);
    cr_expect(hf_bytes_equal(hf_buf_bytes(&pem), pki_pem(a)));
    cr_expect_eq(hf_certificates_to_pem(JOINED(b, a), &pem), HF_OK);
    cr_expect(hf_bytes_equal(hf_buf_bytes(&pem), JOINED(a, b, a)));
    cr_expect_eq(hf_certificates_to_pem(hf_bytes_of_string("x"), &pem), HF_ERR_CREDENTIAL_INVALID);
    cr_expect(hf_bytes_equal(hf_buf_bytes(&pem), JOINED(a, b, a)));
    hf_buf_free(&pem);
}
