/* Allocations fail in turn, OpenSSL's included: what then? Never a success that is none, a crash,
 * or a leak (crypto/certificate.h, crypto/credential.h, crypto/signature.h). */
#include "crypto/cms.h"
#include "crypto/credential.h"
#include "support/alloc.h"
#include "support/hex.h"
#include "support/pki.h"
#include "support/test.h"

#include <openssl/cms.h>
#include <openssl/pkcs12.h>

/* All that the attempts need, made before any allocation fails. */
static struct {
    hf_bytes root, gateway, user, user_key, file, signed_file;
    struct hf_certificate_policy policy;
    struct hf_trust *trust;
    struct hf_public_key *public;
    struct hf_private_key *own;
    struct hf_signer signer;
    hf_buf auth;
} made;

static hf_bytes message(void)
{
    return hf_bytes_of_string("message");
}

static hf_bytes make_signed_file(const struct pki_cert *signer)
{
    BIO *in = BIO_new_mem_buf("content", 7), *out = BIO_new(BIO_s_mem());
    CMS_ContentInfo *cms = CMS_sign(signer->x509, signer->key, NULL, in, CMS_BINARY);

    if (cms == NULL || i2d_CMS_bio(out, cms) != 1)
        test_die("no signed file");
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    return pki_take(out);
}

static void make(void)
{
    const struct pki_cert *root, *gateway, *user;
    hf_bytes chain[1];
    struct hf_fault fault;
    BIO *bio;
    PKCS12 *file;

    if (!test_alloc_covers_openssl())
        test_die("OpenSSL has allocated already");
    root = pki_root("CN=Root");
    gateway = pki_gateway(root);
    user = PKI_ISSUE(root, .subject = "CN=Anna");
    made.root = pki_pem(root);
    made.gateway = pki_der(gateway);
    made.user = pki_pem(user);
    made.user_key = pki_key_pem(user);
    made.policy.now = PKI_NOW;
    made.auth = hf_buf_with_max(1024);
    bio = BIO_new(BIO_s_mem());
    file = PKCS12_create("secret", NULL, user->key, user->x509, NULL, 0, 0, 10, 10, 0);
    if (file == NULL || i2d_PKCS12_bio(bio, file) != 1)
        test_die("no PKCS#12 file");
    PKCS12_free(file);
    made.file = pki_take(bio);
    made.signed_file = make_signed_file(gateway);
    chain[0] = made.gateway;
    if (!hf_identity_make(HF_ID_FQDN, hf_bytes_of_string("gw.example.com"),
                          &made.policy.identity) ||
        hf_trust_new(&made.trust) != HF_OK || hf_trust_add(made.trust, made.root, NULL) != HF_OK ||
        hf_certificate_verify(made.trust, chain, 1, &made.policy, &made.public, &fault) != HF_OK ||
        hf_private_key_decode(pki_key_der(gateway), (hf_bytes){ 0 }, &made.own) != HF_OK)
        test_die("cannot begin");
    made.signer = hf_private_key_signer(made.own);
    if (hf_signature_sign(&made.signer, HF_SIG_ECDSA_SHA2_256, message(), &made.auth) != HF_OK)
        test_die("cannot sign");
}

/* As test_alloc_each, but for attempts of thousands of allocations: one in seventeen fails. */
static size_t fail_some(bool (*attempt)(void *context))
{
    size_t failed = 0;

    for (size_t n = 0;; n += 17) {
        bool succeeded;

        test_alloc_fail_at(n);
        succeeded = attempt(NULL);
        failed += !succeeded;
        if (!test_alloc_stop()) {
            cr_expect(succeeded);
            return failed;
        }
    }
}

static bool verify_certificate(void *context)
{
    struct hf_public_key *key = NULL;
    struct hf_fault fault;
    hf_bytes chain[1] = { made.gateway };
    hf_status status = hf_certificate_verify(made.trust, chain, 1, &made.policy, &key, &fault);

    (void)context;
    cr_expect_eq(status == HF_OK, key != NULL);
    hf_public_key_free(key);
    return status == HF_OK;
}

Test(allocation, verifying_a_certificate)
{
    make();
    cr_expect_gt(test_alloc_each(verify_certificate, NULL), 20);
}

static bool refuse_certificate(void *context)
{
    struct hf_certificate_policy policy = made.policy;
    struct hf_public_key *key = NULL;
    struct hf_fault fault;
    hf_bytes chain[1] = { made.gateway };
    hf_status status;

    (void)context;
    policy.identity.data[0] ^= 1;
    status = hf_certificate_verify(made.trust, chain, 1, &policy, &key, &fault);
    cr_assert_neq(status, HF_OK);
    cr_assert_null(key);
    return status == HF_ERR_PEER_IDENTITY;
}

Test(allocation, refusing_a_certificate_never_accepts_it)
{
    make();
    for (size_t n = 0;; n++) {
        test_alloc_fail_at(n);
        refuse_certificate(NULL);
        if (!test_alloc_stop())
            break;
    }
    cr_expect(refuse_certificate(NULL));
}

static bool verify_signature(void *context)
{
    (void)context;
    return hf_signature_verify(made.public, hf_buf_bytes(&made.auth), message()) == HF_OK;
}

Test(allocation, verifying_a_signature)
{
    make();
    cr_expect_gt(test_alloc_each(verify_signature, NULL), 3);
}

static bool sign(void *context)
{
    hf_buf auth = hf_buf_with_max(1024);
    hf_status status = hf_signature_sign(&made.signer, HF_SIG_ECDSA_SHA2_256, message(), &auth);

    (void)context;
    cr_expect_eq(status == HF_OK, auth.len != 0);
    hf_buf_free(&auth);
    return status == HF_OK;
}

Test(allocation, signing)
{
    make();
    cr_expect_gt(test_alloc_each(sign, NULL), 3);
}

static bool add_trust(void *context)
{
    struct hf_trust *trust = NULL;
    bool added = hf_trust_new(&trust) == HF_OK && hf_trust_add(trust, made.root, NULL) == HF_OK;

    (void)context;
    if (trust != NULL)
        cr_expect_eq(hf_trust_count(trust), added ? 1 : 0);
    hf_trust_free(trust);
    return added;
}

Test(allocation, adding_an_authority)
{
    make();
    cr_expect_gt(test_alloc_each(add_trust, NULL), 10);
}

static bool make_credential(void *context)
{
    struct hf_credential credential = { 0 };
    hf_status status = hf_credential_make(made.user_key, (hf_bytes){ 0 }, made.user, &credential);

    (void)context;
    hf_credential_clear(&credential);
    return status == HF_OK;
}

Test(allocation, making_a_credential)
{
    make();
    cr_expect_gt(fail_some(make_credential), 10);
}

static bool open_file(void *context)
{
    struct hf_pkcs12 contents = { 0 };
    hf_status status = hf_pkcs12_decode(made.file, hf_bytes_of_string("secret"), &contents);

    (void)context;
    cr_expect_eq(status == HF_OK, contents.key.len != 0);
    hf_pkcs12_clear(&contents);
    return status == HF_OK;
}

Test(allocation, opening_a_pkcs12_file)
{
    make();
    cr_expect_gt(fail_some(open_file), 10);
}

static bool open_signed_file(void *context)
{
    hf_buf content = hf_buf_with_max(1024);
    struct hf_cms_signer signer;
    hf_status status = hf_cms_open(made.signed_file, made.trust, PKI_NOW, &content, &signer);

    (void)context;
    cr_expect_eq(status == HF_OK, content.len == 7);
    hf_buf_free(&content);
    return status == HF_OK && signer.trust == HF_OK;
}

Test(allocation, opening_a_signed_file)
{
    make();
    cr_expect_gt(fail_some(open_signed_file), 10);
}

static bool parse_name(void *context)
{
    hf_identity identity;

    (void)context;
    return hf_name_parse(hf_bytes_of_string("C=CH, O=Example, CN=gw"), &identity) == HF_OK;
}

Test(allocation, parsing_a_name)
{
    make();
    cr_expect_gt(test_alloc_each(parse_name, NULL), 5);
}
