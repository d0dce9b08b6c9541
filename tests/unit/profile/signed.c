/* Tests of signed files and of the credentials within a .mobileconfig (profile/import_signed.c,
 * profile/mobileconfig_certificates.c). */
#include "mobileconfig_file.h"
#include "support/hex.h"
#include "support/pki.h"

#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <stdio.h>
#include <stdlib.h>

static char *base64(hf_bytes bytes)
{
    char *text = malloc(bytes.len * 2 + 8);

    cr_assert_not_null(text);
    (void)EVP_EncodeBlock((unsigned char *)text, bytes.data, (int)bytes.len);
    return text;
}

static hf_bytes sign(const char *content, const struct pki_cert *signer)
{
    BIO *in = BIO_new_mem_buf(content, (int)strlen(content)), *out = BIO_new(BIO_s_mem());
    CMS_ContentInfo *cms = CMS_sign(signer->x509, signer->key, NULL, in, CMS_BINARY);

    if (cms == NULL || i2d_CMS_bio(out, cms) != 1)
        test_die("cannot sign");
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    return pki_take(out);
}

Test(signed_file, good_and_trusted_are_two_answers)
{
    const struct pki_cert *root = pki_root("CN=Root");
    const struct pki_cert *signer = PKI_ISSUE(root, .subject = "CN=IT", .eku = "serverAuth");
    struct hf_import_options options = { .now = PKI_NOW, .anchors = pki_pem(root) };
    hf_bytes file = sign(IKEV2(""), signer);
    struct hf_import in;
    struct hf_fault fault;

    cr_assert_eq(hf_import_decode(file, &options, &in, &fault), HF_OK, "%s", fault.offered);
    cr_expect_eq(in.signature, HF_IMPORT_SIGNATURE_GOOD);
    cr_expect_str_eq(in.signer, "CN=IT");
    cr_expect_str_eq(in.signer_trust, "");
    cr_expect_str_eq(in.format, "mobileconfig");
    cr_expect_str_eq(in.profile.name, "Office VPN");
    EXPECT_NOTICE(&in, "signature", HF_NOTICE_APPLIED);
    hf_import_clear(&in);
    options.anchors = (hf_bytes){ 0 };
    cr_assert_eq(hf_import_decode(file, &options, &in, &fault), HF_OK);
    cr_expect_eq(in.signature, HF_IMPORT_SIGNATURE_GOOD);
    cr_expect_neq(in.signer_trust[0], '\0');
    EXPECT_NOTICE(&in, "signature", HF_NOTICE_UNSAFE);
    hf_import_clear(&in);
}

Test(signed_file, the_report_tells_both)
{
    const struct pki_cert *root = pki_root("CN=Root");
    hf_buf report = hf_buf_with_max(1 << 20);
    struct hf_import in;
    struct hf_fault fault;
    char *text;

    cr_assert_eq(hf_import_decode(sign(IKEV2(""), PKI_ISSUE(root, .subject = "CN=IT")), &no_options,
                                  &in, &fault),
                 HF_OK);
    cr_assert_eq(hf_import_report(&in, &report), HF_OK);
    text = hf_bytes_to_string(hf_buf_bytes(&report));
    cr_expect_not_null(strstr(text, "\"signature\": \"good\""));
    cr_expect_not_null(strstr(text, "\"signer\": \"CN=IT\""));
    cr_expect_not_null(strstr(text, "\"signer_trust\": \"CN=IT"));
    free(text);
    hf_buf_free(&report);
    hf_import_clear(&in);
}

Test(signed_file, what_was_changed_after_signing_is_refused)
{
    const struct pki_cert *root = pki_root("CN=Root");
    hf_bytes file = sign(IKEV2(""), root);
    uint8_t *copy = test_copy(file);
    struct hf_import in;
    struct hf_fault fault;
    size_t at = 0;

    while (memcmp(copy + at, "gw.example", 10) != 0)
        at++;
    copy[at] = 'x';
    cr_expect_eq(hf_import_decode((hf_bytes){ copy, file.len }, &no_options, &in, &fault),
                 HF_ERR_INTEGRITY);
    cr_expect_str_eq(fault.received, "signature");
    cr_expect_eq(in.notice_count, 0u);
    cr_expect_str_eq(in.profile.gateways[0], "");
}

Test(signed_file, what_is_inside_is_recognised_by_its_content)
{
    const struct pki_cert *root = pki_root("CN=Root");
    struct hf_import in;
    struct hf_fault fault;
    hf_bytes file = sign("{\"version\": 1, \"id\": \"a\", \"name\": \"A\", \"gateways\": "
                         "[\"gw.example\"], \"auth\": \"psk\", \"gateway-psk\": true}",
                         root);

    cr_assert_eq(hf_import_decode(file, &no_options, &in, &fault), HF_OK, "%s", fault.offered);
    cr_expect_str_eq(in.format, "native");
    hf_import_clear(&in);
    cr_expect_eq(hf_import_decode(sign("nothing", root), &no_options, &in, &fault),
                 HF_ERR_PROFILE_FORMAT);
    cr_expect_eq(hf_import_decode(hf_bytes_of_string("-----BEGIN PKCS7-----\nAAAA\n"), &no_options,
                                  &in, &fault),
                 HF_ERR_PROFILE_INVALID);
}

/* --- credentials --- */

#define HEAD                                                                                       \
    S("AuthenticationMethod", "Certificate")                                                       \
    S("PayloadCertificateUUID", "AB-1")                                                            \
    S("RemoteAddress", "gw.example") S("RemoteIdentifier", "gw.example")

/* A file as an IT department makes it: a PKCS#12 payload, its authority, the VPN. */
#define FORM                                                                                       \
    FILE_OF("", VPN("IKEv2", NAME D("IKEv2", HEAD))                                                \
                    O(S("PayloadType", "com.apple.security.pkcs12") S("PayloadUUID", "ab-1")       \
                          B("PayloadContent", "%s") "%s")                                          \
                        O(S("PayloadType", "com.apple.security.root") B("PayloadContent", "%s")))

static char *file_with(hf_bytes pkcs12, const char *password, hf_bytes root)
{
    char *key = base64(pkcs12), *anchor = base64(root);
    size_t size = sizeof FORM + strlen(key) + strlen(anchor) + strlen(password);
    char *text = malloc(size);

    cr_assert_not_null(text);
    (void)snprintf(text, size, FORM, key, password, anchor);
    free(key);
    free(anchor);
    return text;
}

static hf_bytes pkcs12_of(const struct pki_cert *user, int cipher)
{
    PKCS12 *file = PKCS12_create("opensesame", "vpn", user->key, user->x509, NULL, cipher, cipher,
                                 100, 100, 0);
    BIO *bio = BIO_new(BIO_s_mem());

    if (file == NULL || i2d_PKCS12_bio(bio, file) != 1)
        test_die("no PKCS#12 file");
    PKCS12_free(file);
    return pki_take(bio);
}

Test(certificates, a_file_brings_its_key_and_its_authority)
{
    const struct pki_cert *root = pki_root("CN=Root");
    const struct pki_cert *user = PKI_ISSUE(root, .subject = "CN=Anna");
    hf_bytes strong = pkcs12_of(user, NID_aes_256_cbc);
    hf_bytes weak = pkcs12_of(user, NID_pbe_WithSHA1And3_Key_TripleDES_CBC);
    char *file = file_with(strong, S("Password", "opensesame"), pki_der(root));
    struct hf_import in = imported(file);

    cr_expect_eq(in.profile.auth, HF_PROFILE_AUTH_CERTIFICATE);
    cr_expect(
        hf_bytes_equal(hf_buf_bytes(&in.secrets.values[HF_SECRET_PRIVATE_KEY]), pki_key_der(user)));
    cr_expect(hf_bytes_equal(hf_buf_bytes(&in.profile.trust), pki_pem(root)));
    cr_expect_not(in.profile.system_trust);
    EXPECT_NOTICE(&in, "PayloadContent[1].PayloadContent", HF_NOTICE_APPLIED);
    EXPECT_NOTICE(&in, "PayloadContent[1].Password", HF_NOTICE_UNSAFE);
    EXPECT_NOTICE(&in, "PayloadContent[2].PayloadContent", HF_NOTICE_APPLIED);
    hf_import_clear(&in);
    free(file);
    file = file_with(weak, S("Password", "opensesame"), pki_pem(root));
    in = imported(file);
    EXPECT_NOTICE(&in, "PayloadContent[1].PayloadContent", HF_NOTICE_UNSAFE);
    cr_expect_not_null(
        strstr(find_notice(&in, "PayloadContent[1].PayloadContent")->text, "weak container"));
    hf_import_clear(&in);
    free(file);
}

Test(certificates, the_passphrase_comes_from_the_file_or_from_the_user)
{
    const struct pki_cert *root = pki_root("CN=Root");
    hf_bytes pkcs12 = pkcs12_of(PKI_ISSUE(root, .subject = "CN=Anna"), NID_aes_256_cbc);
    char *file = file_with(pkcs12, "", pki_der(root));
    struct hf_import_options options = { .passphrase = hf_bytes_of_string("opensesame") };
    struct hf_import in;
    struct hf_fault fault;

    cr_expect_eq(import(file, &in, &fault), HF_ERR_CREDENTIAL_PASSPHRASE);
    cr_expect_str_eq(fault.received, "PayloadContent[1].Password");
    cr_assert_eq(import_with(file, &options, &in, &fault), HF_OK);
    hf_import_clear(&in);
    free(file);
}

Test(certificates, a_key_that_is_still_to_be_enrolled_is_told)
{
    struct hf_import in = imported(FILE_OF(
        "", VPN("IKEv2", NAME D("IKEv2", HEAD)) O(
                S("PayloadType", "com.apple.security.scep") S("PayloadUUID", "AB-1")
                    D("PayloadContent", S("URL", "http://ca.example") S("Challenge", "hidden")))));

    EXPECT_NOTICE(&in, "PayloadContent[1].PayloadContent", HF_NOTICE_UNSUPPORTED);
    cr_expect_eq(in.secrets.values[HF_SECRET_PRIVATE_KEY].len, 0u);
    cr_expect_neq(hf_profile_required_secrets(&in.profile) & 1u << HF_SECRET_PRIVATE_KEY, 0u);
    hf_import_clear(&in);
}

/* Old files: RC2 with 40 bits. */
static hf_bytes old_pkcs12_of(const struct pki_cert *user)
{
    OSSL_LIB_CTX *old = OSSL_LIB_CTX_new();
    OSSL_PROVIDER *legacy = OSSL_PROVIDER_load(old, "legacy");
    OSSL_PROVIDER *usual = OSSL_PROVIDER_load(old, "default");
    BIO *bio = BIO_new(BIO_s_mem());
    PKCS12 *file;

    if (legacy == NULL || usual == NULL)
        cr_skip_test("the library has no legacy provider");
    file = PKCS12_create_ex("opensesame", "vpn", user->key, user->x509, NULL,
                            NID_pbe_WithSHA1And3_Key_TripleDES_CBC, NID_pbe_WithSHA1And40BitRC2_CBC,
                            100, 100, 0, old, NULL);
    if (file == NULL || i2d_PKCS12_bio(bio, file) != 1)
        test_die("no PKCS#12 file");
    PKCS12_free(file);
    OSSL_PROVIDER_unload(usual);
    OSSL_PROVIDER_unload(legacy);
    OSSL_LIB_CTX_free(old);
    return pki_take(bio);
}

/* What scripts that set up a server hand out: types that break the schema, a hash beside an AEAD, a
 * DNS name that is no host's, an old container. */
#define SUITE                                                                                      \
    S("EncryptionAlgorithm", "AES-256-GCM")                                                        \
    S("IntegrityAlgorithm", "SHA2-384") N("DiffieHellmanGroup", 20) N("LifeTimeInMinutes", 1440)
#define SCRIPT                                                                                     \
    FILE_OF(S("PayloadIdentifier", "com.example.1") R("PayloadVersion", 1.0)                       \
                S("PayloadDisplayName", "Cloud"),                                                  \
            VPN("IKEv2",                                                                           \
                S("UserDefinedName", "Cloud VPN") R("PayloadVersion", 1.0)                         \
                    D("IKEv2",                                                                     \
                      S("AuthenticationMethod", "Certificate") S("PayloadCertificateUUID", "AB-1") \
                          S("CertificateType", "ECDSA384") S("RemoteAddress", "192.0.2.1") S(      \
                              "RemoteIdentifier", "192.0.2.1") S("LocalIdentifier", "ann@vpn")     \
                              S("ServerCertificateIssuerCommonName", "192.0.2.1") T(               \
                                  "EnablePFS") N("UseConfigurationAttributeInternalIPSubnet",      \
                                                 0) N("OnDemandEnabled", 1)                        \
                                  A("OnDemandRules",                                               \
                                    O(S("InterfaceTypeMatch", "WiFi") A("SSIDMatch", E("Home"))    \
                                          S("Action", "Disconnect"))                               \
                                        O(S("InterfaceTypeMatch", "WiFi") S("Action", "Connect"))  \
                                            O(S("Action", "Ignore")))                              \
                                      D("IKESecurityAssociationParameters", SUITE)                 \
                                          D("ChildSecurityAssociationParameters", SUITE))          \
                        D("IPv4", N("OverridePrimary", 1)))                                        \
                O(S("PayloadType", "com.apple.security.pkcs12") S("PayloadUUID", "AB-1")           \
                      S("Password", "opensesame") B("PayloadContent", "%s"))                       \
                    O(S("PayloadType", "com.apple.security.root") B("PayloadContent", "%s")))

Test(certificates, a_file_as_scripts_write_it_is_imported_whole)
{
    const struct pki_cert *root = pki_root("CN=192.0.2.1");
    const struct pki_cert *user = PKI_ISSUE(root, .subject = "CN=ann", .key = PKI_P384);
    char *key = base64(old_pkcs12_of(user)), *anchor = base64(pki_der(root));
    size_t size = sizeof SCRIPT + strlen(key) + strlen(anchor);
    char *file = malloc(size);
    struct hf_import in;

    cr_assert_not_null(file);
    (void)snprintf(file, size, SCRIPT, key, anchor);
    in = imported(file);
    cr_expect_eq(in.profile.auth, HF_PROFILE_AUTH_CERTIFICATE);
    cr_expect_not(in.profile.split);
    cr_expect_str_eq(in.profile.esp_encryption.names[0], "aes256gcm16");
    cr_expect_str_eq(in.profile.ike_prf.names[0], "prfsha384");
    cr_expect_eq(in.profile.rule_count, 3u);
    cr_expect(in.profile.rules[0].disabled && !in.profile.rules[1].disabled);
    cr_expect(
        hf_bytes_equal(hf_buf_bytes(&in.secrets.values[HF_SECRET_PRIVATE_KEY]), pki_key_der(user)));
    EXPECT_NOTICE(&in, "PayloadContent[1].PayloadContent", HF_NOTICE_UNSAFE);
    EXPECT_NOTICE(&in, "PayloadContent[0].IKEv2.OnDemandRules[0]", HF_NOTICE_UNSAFE);
    hf_import_clear(&in);
    free(file);
    free(key);
    free(anchor);
}
