/* Tests of files with a key and certificates alone (hf_credential_file_decode). */
#include "support/hex.h"
#include "support/pki.h"
#include "support/test.h"
#include <holdfast/profile.h>

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <string.h>

static struct {
    const struct pki_cert *root, *user;
} made;

static void make(void)
{
    made.root = pki_root("CN=Root");
    made.user = PKI_ISSUE(made.root, .subject = "CN=Anna");
}

static hf_bytes pkcs12(void)
{
    PKCS12 *file = PKCS12_create("secret", "vpn", made.user->key, made.user->x509, NULL,
                                 NID_aes_256_cbc, NID_aes_256_cbc, 100, 100, 0);
    BIO *bio = BIO_new(BIO_s_mem());

    if (file == NULL || i2d_PKCS12_bio(bio, file) != 1)
        test_die("no PKCS#12 file");
    PKCS12_free(file);
    return pki_take(bio);
}

static hf_bytes joined(hf_bytes a, hf_bytes b)
{
    hf_buf both = hf_buf_with_max(1 << 20);
    hf_bytes kept;

    if (!hf_buf_append(&both, a) || !hf_buf_append(&both, b))
        test_die("no memory");
    kept = (hf_bytes){ test_copy(hf_buf_bytes(&both)), both.len };
    hf_buf_free(&both);
    return kept;
}

static hf_bytes encrypted_pem(const char *passphrase)
{
    BIO *bio = BIO_new(BIO_s_mem());

    if (PEM_write_bio_PKCS8PrivateKey(bio, made.user->key, EVP_aes_128_cbc(), passphrase,
                                      (int)strlen(passphrase), NULL, NULL) != 1)
        test_die("no key");
    return pki_take(bio);
}

static void expect(hf_bytes file, const char *passphrase, bool has_key, bool has_certificates)
{
    struct hf_secrets secrets;
    struct hf_fault fault;

    hf_secrets_init(&secrets);
    cr_assert_eq(hf_credential_file_decode(file, hf_bytes_of_string(passphrase), &secrets, &fault),
                 HF_OK, "%s", fault.offered);
    cr_expect_eq(secrets.values[HF_SECRET_CERTIFICATES].len != 0, has_certificates);
    cr_expect_eq(secrets.values[HF_SECRET_PRIVATE_KEY].len != 0, has_key);
    if (has_key)
        cr_expect(hf_bytes_equal(hf_buf_bytes(&secrets.values[HF_SECRET_PRIVATE_KEY]),
                                 pki_key_der(made.user)));
    hf_secrets_clear(&secrets);
}

static void expect_refused(hf_bytes file, const char *passphrase, hf_status status)
{
    struct hf_secrets secrets;
    struct hf_fault fault;

    hf_secrets_init(&secrets);
    cr_assert(hf_buf_append(&secrets.values[HF_SECRET_PIN], hf_bytes_of_string("kept")));
    cr_expect_eq(hf_credential_file_decode(file, hf_bytes_of_string(passphrase), &secrets, &fault),
                 status);
    cr_expect_eq(fault.status, status);
    cr_expect_eq(secrets.values[HF_SECRET_PIN].len, 4u);
    hf_secrets_clear(&secrets);
}

Test(credential_file, keys_and_certificates_come_in_every_usual_form)
{
    make();
    expect(pkcs12(), "secret", true, true);
    expect(joined(pki_pem(made.user), pki_key_pem(made.user)), "", true, true);
    expect(joined(pki_key_pem(made.user), pki_pem(made.user)), "", true, true);
    expect(joined(pki_pem(made.user), encrypted_pem("secret")), "secret", true, true);
    expect(pki_key_der(made.user), "", true, false);
    expect(pki_der(made.user), "", false, true);
    expect(pki_pem(made.user), "", false, true);
}

Test(credential_file, what_does_not_fit_is_refused_and_leaves_everything_alone)
{
    make();
    expect_refused(pkcs12(), "wrong", HF_ERR_CREDENTIAL_PASSPHRASE);
    expect_refused(joined(pki_pem(made.user), encrypted_pem("secret")), "wrong",
                   HF_ERR_CREDENTIAL_PASSPHRASE);
    expect_refused(joined(pki_pem(made.root), pki_key_pem(made.user)), "",
                   HF_ERR_CREDENTIAL_INVALID);
    expect_refused(hf_bytes_of_string("nothing"), "", HF_ERR_CREDENTIAL_INVALID);
    expect_refused((hf_bytes){ 0 }, "", HF_ERR_CREDENTIAL_INVALID);
}

Test(credential_file, is_no_profile_and_says_where_it_belongs)
{
    const struct hf_import_options options = { .now = 0 };
    struct hf_import in;
    struct hf_fault fault;

    make();
    cr_expect_eq(hf_import_decode(pkcs12(), &options, &in, &fault), HF_ERR_PROFILE_UNSUPPORTED);
    cr_expect_not_null(strstr(fault.offered, "holdfast cert import PROFILE FILE"));
}
