/* Tests of PKCS#12 files (crypto/credential.h). */
#include "crypto/credential.h"
#include "support/hex.h"
#include "support/pki.h"
#include "support/test.h"

#include <openssl/pkcs12.h>
#include <openssl/provider.h>

#define AES NID_aes_256_cbc

static hf_bytes take(PKCS12 *file)
{
    BIO *bio = BIO_new(BIO_s_mem());

    if (file == NULL || i2d_PKCS12_bio(bio, file) != 1)
        test_die("no PKCS#12 file");
    PKCS12_free(file);
    return pki_take(bio);
}

/* A file as `openssl pkcs12 -export` makes it: the root and the chain in whatever order. */
static hf_bytes file_of(const char *passphrase, const struct pki_cert *user, int cipher)
{
    STACK_OF(X509) *others = sk_X509_new_null();
    PKCS12 *file;

    for (const struct pki_cert *c = user->issuer; c != c->issuer; c = c->issuer)
        sk_X509_unshift(others, c->x509);
    sk_X509_unshift(others, pki_root("CN=Unrelated")->x509);
    file = PKCS12_create(passphrase, "vpn", user->key, user->x509, others, cipher, cipher, 100, 100,
                         0);
    sk_X509_free(others);
    return take(file);
}

static const struct pki_cert *user_of_a_chain(void)
{
    const struct pki_cert *root = pki_root("CN=Root");
    const struct pki_cert *outer = PKI_ISSUE(root, .subject = "CN=Outer", .ca = true);
    const struct pki_cert *inner = PKI_ISSUE(outer, .subject = "CN=Inner", .ca = true);

    return PKI_ISSUE(inner, .subject = "CN=Anna", .eku = "clientAuth");
}

static hf_status decode(hf_bytes file, const char *passphrase)
{
    struct hf_pkcs12 contents = { .certificate_count = 77 };
    hf_status status = hf_pkcs12_decode(file, hf_bytes_of_string(passphrase), &contents);

    if (status == HF_OK)
        hf_pkcs12_clear(&contents);
    else
        cr_expect_eq(contents.certificate_count, 77);
    return status;
}

static bool starts_with(const hf_buf *text, hf_bytes start)
{
    return hf_bytes_equal(hf_bytes_slice(hf_buf_bytes(text), 0, start.len), start);
}

Test(pkcs12, yields_the_key_and_the_chain_leaf_first)
{
    const struct pki_cert *user = user_of_a_chain();
    struct hf_pkcs12 contents;
    struct hf_credential credential;
    hf_buf expected = hf_buf_with_max(65536);

    cr_assert(hf_buf_append(&expected, pki_pem(user)) &&
              hf_buf_append(&expected, pki_pem(user->issuer)) &&
              hf_buf_append(&expected, pki_pem(user->issuer->issuer)));
    cr_assert_eq(
        hf_pkcs12_decode(file_of("secret", user, AES), hf_bytes_of_string("secret"), &contents),
        HF_OK);
    cr_expect_eq(contents.certificate_count, 4);
    cr_expect(starts_with(&contents.certificates, hf_buf_bytes(&expected)));
    cr_expect(hf_bytes_equal(hf_buf_bytes(&contents.key), pki_key_der(user)));
    cr_assert_eq(hf_credential_make(hf_buf_bytes(&contents.key), (hf_bytes){ 0 },
                                    hf_buf_bytes(&contents.certificates), &credential),
                 HF_OK);
    cr_expect_eq(credential.chain_count, 3);
    hf_credential_clear(&credential);
    hf_pkcs12_clear(&contents);
    hf_buf_free(&expected);
}

Test(pkcs12, reads_the_usual_ciphers)
{
    const struct pki_cert *user = user_of_a_chain();

    cr_expect_eq(decode(file_of("secret", user, NID_aes_128_cbc), "secret"), HF_OK);
    cr_expect_eq(decode(file_of("secret", user, NID_pbe_WithSHA1And3_Key_TripleDES_CBC), "secret"),
                 HF_OK);
    cr_expect_eq(decode(file_of("secret", user, -1), "secret"), HF_OK); /* not encrypted */
}

Test(pkcs12, says_that_the_passphrase_is_wrong)
{
    hf_bytes file = file_of("secret", user_of_a_chain(), AES);

    cr_expect_eq(decode(file, "wrong"), HF_ERR_CREDENTIAL_PASSPHRASE);
    cr_expect_eq(decode(file, NULL), HF_ERR_CREDENTIAL_PASSPHRASE);
    cr_expect_eq(decode(file, "secret\n"), HF_ERR_CREDENTIAL_PASSPHRASE);
}

Test(pkcs12, an_empty_passphrase_and_none_are_the_same)
{
    const struct pki_cert *user = user_of_a_chain();

    cr_expect_eq(decode(file_of("", user, AES), NULL), HF_OK);
    cr_expect_eq(decode(file_of(NULL, user, AES), NULL), HF_OK);
    cr_expect_eq(decode(file_of("", user, AES), "x"), HF_ERR_CREDENTIAL_PASSPHRASE);
}

Test(pkcs12, a_file_of_authorities_alone_is_one_too)
{
    const struct pki_cert *root = pki_root("CN=Root");
    STACK_OF(X509) *others = sk_X509_new_null();
    struct hf_pkcs12 contents;

    sk_X509_push(others, root->x509);
    cr_assert_eq(hf_pkcs12_decode(
                     take(PKCS12_create("secret", NULL, NULL, NULL, others, AES, AES, 100, 100, 0)),
                     hf_bytes_of_string("secret"), &contents),
                 HF_OK);
    cr_expect_eq(contents.key.len, 0);
    cr_expect(hf_bytes_equal(hf_buf_bytes(&contents.certificates), pki_pem(root)));
    hf_pkcs12_clear(&contents);
    sk_X509_free(others);
}

Test(pkcs12, what_is_no_such_file_is_malformed)
{
    hf_bytes file = file_of("secret", user_of_a_chain(), AES);

    cr_expect_eq(decode((hf_bytes){ 0 }, "secret"), HF_ERR_MALFORMED);
    cr_expect_eq(decode(hf_bytes_of_string("nothing"), "secret"), HF_ERR_MALFORMED);
    for (size_t len = 0; len < file.len; len += 7)
        cr_expect_eq(decode((hf_bytes){ test_copy((hf_bytes){ file.data, len }), len }, "secret"),
                     HF_ERR_MALFORMED, "%zu", len);
}

Test(pkcs12, a_changed_octet_is_noticed_wherever_it_is)
{
    hf_bytes file = file_of("secret", user_of_a_chain(), AES);
    uint8_t *copy = test_copy(file);

    for (size_t i = 0; i < file.len; i += 11) {
        struct hf_pkcs12 contents = { 0 };

        copy[i] ^= 0x20;
        /* One of the few places that mean nothing may be hit; what counts is that all is sound. */
        if (hf_pkcs12_decode((hf_bytes){ copy, file.len }, hf_bytes_of_string("secret"),
                             &contents) == HF_OK)
            cr_expect_eq(contents.certificate_count, 4);
        hf_pkcs12_clear(&contents);
        copy[i] ^= 0x20;
    }
}

/* Old files: RC2 with 40 bits, which only the library's legacy provider has. */
static hf_bytes old_file(const char *passphrase, const struct pki_cert *user)
{
    OSSL_LIB_CTX *old = OSSL_LIB_CTX_new();
    OSSL_PROVIDER *legacy = OSSL_PROVIDER_load(old, "legacy");
    OSSL_PROVIDER *usual = OSSL_PROVIDER_load(old, "default");
    hf_bytes file;

    if (legacy == NULL || usual == NULL)
        cr_skip_test("the library has no legacy provider");
    file = take(PKCS12_create_ex(passphrase, "vpn", user->key, user->x509, NULL,
                                 NID_pbe_WithSHA1And3_Key_TripleDES_CBC,
                                 NID_pbe_WithSHA1And40BitRC2_CBC, 100, 100, 0, old, NULL));
    OSSL_PROVIDER_unload(usual);
    OSSL_PROVIDER_unload(legacy);
    OSSL_LIB_CTX_free(old);
    return file;
}

Test(pkcs12, opens_old_files_and_says_that_they_are_weak)
{
    const struct pki_cert *user = user_of_a_chain();
    hf_bytes file = old_file("secret", user);
    struct hf_pkcs12 contents;

    cr_expect_eq(decode(file, "wrong"), HF_ERR_CREDENTIAL_PASSPHRASE);
    cr_assert_eq(hf_pkcs12_decode(file, hf_bytes_of_string("secret"), &contents), HF_OK);
    cr_expect(contents.is_weak);
    cr_expect(hf_bytes_equal(hf_buf_bytes(&contents.key), pki_key_der(user)));
    hf_pkcs12_clear(&contents);
    cr_assert_eq(
        hf_pkcs12_decode(file_of("secret", user, AES), hf_bytes_of_string("secret"), &contents),
        HF_OK);
    cr_expect_not(contents.is_weak);
    hf_pkcs12_clear(&contents);
    cr_assert_eq(
        hf_pkcs12_decode(file_of("secret", user, -1), hf_bytes_of_string("secret"), &contents),
        HF_OK);
    cr_expect(contents.is_weak, "not encrypted at all");
    hf_pkcs12_clear(&contents);
}

Test(pkcs12, the_process_itself_knows_nothing_of_the_old_algorithms)
{
    EVP_CIPHER *cipher;

    cr_expect_eq(decode(old_file("secret", user_of_a_chain()), "secret"), HF_OK);
    cipher = EVP_CIPHER_fetch(NULL, "RC2-40-CBC", NULL);
    cr_expect_null(cipher);
    EVP_CIPHER_free(cipher);
}

#define ZURICH_UTF8    "Z\xc3\xbcrich"
#define ZURICH_LATIN1  "Z\xfcrich"
#define ZURICH_WIDENED "Z\xc3\x83\xc2\xbcrich" /* what the octets of UTF-8 are in Latin-1 */

Test(pkcs12, passphrases_outside_ascii_are_tried_as_programs_have_written_them)
{
    const struct pki_cert *user = user_of_a_chain();

    cr_expect_eq(decode(file_of(ZURICH_UTF8, user, AES), ZURICH_UTF8), HF_OK);
    cr_expect_eq(decode(old_file(ZURICH_UTF8, user), ZURICH_UTF8), HF_OK);
    cr_expect_eq(decode(old_file(ZURICH_WIDENED, user), ZURICH_UTF8), HF_OK);
    cr_expect_eq(decode(file_of(ZURICH_LATIN1, user, AES), ZURICH_UTF8), HF_OK);
    cr_expect_eq(decode(file_of(ZURICH_UTF8, user, AES), ZURICH_LATIN1), HF_OK);
    cr_expect_eq(decode(file_of(ZURICH_UTF8, user, AES), "Zurich"), HF_ERR_CREDENTIAL_PASSPHRASE);
    cr_expect_eq(decode(file_of("\xe2\x82\xac", user, AES), "\xe2\x82\xac"), HF_OK);
}

static void add_pair(STACK_OF(PKCS12_SAFEBAG) * *bags, EVP_PKEY *key, X509 *certificate, char id)
{
    PKCS12_SAFEBAG *bag;

    if (key != NULL) {
        bag = PKCS12_add_key(bags, key, 0, 100, AES, "secret");
        if (bag == NULL || PKCS12_add_localkeyid(bag, (unsigned char *)&id, 1) != 1)
            test_die("no key");
    }
    if (certificate != NULL) {
        bag = PKCS12_add_cert(bags, certificate);
        if (bag == NULL || (id != 0 && PKCS12_add_localkeyid(bag, (unsigned char *)&id, 1) != 1))
            test_die("no certificate");
    }
}

static hf_bytes file_of_bags(STACK_OF(PKCS12_SAFEBAG) * bags)
{
    STACK_OF(PKCS7) *safes = NULL;
    PKCS12 *file = NULL;

    if (PKCS12_add_safe(&safes, bags, AES, 100, "secret") == 1)
        file = PKCS12_add_safes(safes, 0);
    if (file == NULL || PKCS12_set_mac(file, "secret", -1, NULL, 0, 100, NULL) != 1)
        test_die("no PKCS#12 file");
    sk_PKCS7_pop_free(safes, PKCS7_free);
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    return take(file);
}

Test(pkcs12, of_several_keys_the_first_with_a_certificate_is_taken_with_the_one_paired_with_it)
{
    const struct pki_cert *root = pki_root("CN=Root");
    const struct pki_cert *old = PKI_ISSUE(root, .subject = "CN=Old");
    const struct pki_cert *lonely = PKI_ISSUE(root, .subject = "CN=Lonely");
    struct pki_cert renewed = *old;
    STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
    struct hf_pkcs12 contents;

    renewed.x509 = X509_dup(old->x509); /* the same key, another certificate */
    cr_assert(ASN1_INTEGER_set(X509_get_serialNumber(renewed.x509), 77) == 1 &&
              X509_sign(renewed.x509, root->key, EVP_sha256()) > 0);
    add_pair(&bags, lonely->key, NULL, 3);
    add_pair(&bags, NULL, old->x509, 0);
    add_pair(&bags, NULL, root->x509, 0);
    add_pair(&bags, old->key, renewed.x509, 1);
    cr_assert_eq(hf_pkcs12_decode(file_of_bags(bags), hf_bytes_of_string("secret"), &contents),
                 HF_OK);
    cr_expect_eq(contents.key_count, 2);
    cr_expect(hf_bytes_equal(hf_buf_bytes(&contents.key), pki_key_der(old)));
    cr_expect(starts_with(&contents.certificates, pki_pem(&renewed)));
    cr_expect_eq(contents.certificate_count, 3);
    hf_pkcs12_clear(&contents);
    X509_free(renewed.x509);
}

Test(pkcs12, more_keys_than_anybody_has_are_refused)
{
    const struct pki_cert *root = pki_root("CN=Root");
    STACK_OF(PKCS12_SAFEBAG) *bags = NULL;

    for (int i = 0; i < 17; i++)
        add_pair(&bags, root->key, NULL, 1);
    cr_expect_eq(decode(file_of_bags(bags), "secret"), HF_ERR_TOO_LARGE);
}

Test(pkcs12, an_empty_ciphertext_is_malformed) /* CVE-2026-35329 */
{
    STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
    STACK_OF(PKCS7) *safes = sk_PKCS7_new_null();
    PKCS7 *safe;
    PKCS12 *file;

    cr_assert_not_null(PKCS12_add_cert(&bags, pki_root("CN=x")->x509));
    safe = PKCS12_pack_p7encdata(AES, "secret", -1, NULL, 0, 100, bags);
    cr_assert_not_null(safe);
    cr_assert_eq(ASN1_STRING_set(safe->d.encrypted->enc_data->enc_data, "", 0), 1);
    sk_PKCS7_push(safes, safe);
    file = PKCS12_add_safes(safes, 0);
    cr_assert_eq(PKCS12_set_mac(file, "secret", -1, NULL, 0, 100, EVP_sha256()), 1);
    cr_expect_eq(decode(take(file), "secret"), HF_ERR_MALFORMED);
    sk_PKCS7_pop_free(safes, PKCS7_free);
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
}

/* --- work (pkcs12_work.h) --- */

/* A file with these numbers of iterations: of its cipher, and of its code. */
static hf_bytes laborious(const struct pki_cert *user, int iterations, int mac_iterations)
{
    PKCS12 *file =
        PKCS12_create("secret", NULL, user->key, user->x509, NULL, AES, AES, iterations, -1, 0);

    if (file == NULL || PKCS12_set_mac(file, "secret", -1, NULL, 0, mac_iterations, NULL) != 1)
        test_die("no PKCS#12 file");
    return take(file);
}

/* Says in place of the one number of iterations, in DER, the other; both of two octets or four. */
static hf_bytes with_iterations(hf_bytes file, hf_bytes one, hf_bytes other, size_t *out_places)
{
    uint8_t *copy = test_copy(file);

    *out_places = 0;
    for (size_t at = 0; at + one.len <= file.len; at++) {
        if (memcmp(copy + at, one.data, one.len) != 0)
            continue;
        memcpy(copy + at, other.data, other.len);
        ++*out_places;
    }
    return (hf_bytes){ copy, file.len };
}

Test(pkcs12, a_passphrase_is_not_hashed_for_hours)
{
    const struct pki_cert *user = user_of_a_chain();
    size_t places;
    hf_bytes lazy = laborious(user, 0x010203, 2000), lazy_mac = laborious(user, 2000, 0x010203);

    cr_expect_eq(decode(lazy, "secret"), HF_OK);
    /* 66051 becomes 8323072: in the ciphers of the certificates and of the key, or in the code. */
    lazy = with_iterations(lazy, hex("0203 010203"), hex("0203 7f0000"), &places);
    cr_expect_eq(places, 2);
    cr_expect_eq(decode(lazy, "secret"), HF_ERR_TOO_LARGE);
    lazy_mac = with_iterations(lazy_mac, hex("0203 010203"), hex("0203 7f0000"), &places);
    cr_expect_eq(places, 1);
    cr_expect_eq(decode(lazy_mac, "secret"), HF_ERR_TOO_LARGE);
}

/* The key, whose own encryption takes `iterations`, inside a safe that is encrypted as well. */
static hf_bytes key_in_an_encrypted_safe(const struct pki_cert *user, int iterations)
{
    STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
    STACK_OF(PKCS7) *safes = NULL;
    PKCS12 *file;

    if (PKCS12_add_cert(&bags, user->x509) == NULL ||
        PKCS12_add_key(&bags, user->key, 0, iterations, AES, "secret") == NULL ||
        PKCS12_add_safe(&safes, bags, AES, 100, "secret") != 1)
        test_die("no safe");
    file = PKCS12_add_safes(safes, 0);
    if (file == NULL || PKCS12_set_mac(file, "secret", -1, NULL, 0, 100, NULL) != 1)
        test_die("no PKCS#12 file");
    sk_PKCS7_pop_free(safes, PKCS7_free);
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    return take(file);
}

Test(pkcs12, work_is_counted_inside_encrypted_safes_too)
{
    const struct pki_cert *user = user_of_a_chain();

    cr_expect_eq(decode(key_in_an_encrypted_safe(user, 2000), "secret"), HF_OK);
    cr_expect_eq(decode(key_in_an_encrypted_safe(user, 2000001), "secret"), HF_ERR_TOO_LARGE);
}

/* Each key is within the limit for one; the file would take minutes. */
Test(pkcs12, many_small_labours_are_a_great_one)
{
    const struct pki_cert *user = user_of_a_chain();
    STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
    STACK_OF(PKCS7) *safes = NULL;
    PKCS12 *file;
    hf_bytes lazy;
    size_t places;

    for (int i = 0; i < 4; i++)
        cr_assert_not_null(PKCS12_add_key(&bags, user->key, 0, 0x010203, AES, "secret"));
    cr_assert_eq(PKCS12_add_safe(&safes, bags, -1, 0, NULL), 1);
    file = PKCS12_add_safes(safes, 0);
    cr_assert_eq(PKCS12_set_mac(file, "secret", -1, NULL, 0, 2000, NULL), 1);
    sk_PKCS7_pop_free(safes, PKCS7_free);
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    lazy = take(file);
    cr_expect_eq(decode(lazy, "secret"), HF_OK);
    lazy = with_iterations(lazy, hex("0203 010203"), hex("0203 1e8000"), &places); /* 1 998 848 */
    cr_expect_eq(places, 4);
    cr_expect_eq(decode(lazy, "secret"), HF_ERR_TOO_LARGE);
}
