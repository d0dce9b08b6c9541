/* Tests of signed files (crypto/cms.h). */
#include "crypto/cms.h"
#include "support/hex.h"
#include "support/pki.h"
#include "support/test.h"

#include <openssl/cms.h>
#include <openssl/pem.h>
#include <string.h>

#define CONTENT "<plist>what was signed</plist>"

static hf_bytes sign(const struct pki_cert *signer, STACK_OF(X509) * others, const EVP_MD *digest,
                     unsigned flags, bool pem)
{
    BIO *in = BIO_new_mem_buf(CONTENT, (int)strlen(CONTENT)), *out = BIO_new(BIO_s_mem());
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, others, in, CMS_BINARY | CMS_PARTIAL | flags);

    if (cms == NULL ||
        CMS_add1_signer(cms, signer->x509, signer->key, digest, flags & CMS_NOCERTS) == NULL ||
        CMS_final(cms, in, NULL, CMS_BINARY | flags) != 1 ||
        (pem ? PEM_write_bio_CMS_stream(out, cms, NULL, 0) : i2d_CMS_bio(out, cms)) != 1)
        test_die("cannot sign");
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    return pki_take(out);
}

/* Lengths that are not known in advance: BER, as Apple's tools write it. */
static hf_bytes sign_stream(const struct pki_cert *signer)
{
    BIO *in = BIO_new_mem_buf(CONTENT, (int)strlen(CONTENT)), *out = BIO_new(BIO_s_mem());
    CMS_ContentInfo *cms = CMS_sign(signer->x509, signer->key, NULL, in, CMS_BINARY | CMS_STREAM);

    if (cms == NULL || i2d_CMS_bio_stream(out, cms, in, CMS_BINARY | CMS_STREAM) != 1)
        test_die("cannot sign");
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    return pki_take(out);
}

/* A signer with nothing but a certificate for web servers, under an authority between. */
static struct {
    const struct pki_cert *root, *between, *signer;
    STACK_OF(X509) * others;
    struct hf_trust *trust, *nobody;
} made;

static void make(void)
{
    made.root = pki_root("CN=Root");
    made.between = PKI_ISSUE(made.root, .subject = "CN=Between", .ca = true);
    made.signer = PKI_ISSUE(made.between, .subject = "CN=profiles.example", .eku = "serverAuth",
                            .key_usage = "digitalSignature");
    made.others = sk_X509_new_null();
    sk_X509_push(made.others, made.between->x509);
    cr_assert(hf_trust_new(&made.trust) == HF_OK && hf_trust_new(&made.nobody) == HF_OK &&
              hf_trust_add(made.trust, pki_pem(made.root), NULL) == HF_OK);
}

static void unmake(void)
{
    sk_X509_free(made.others);
    hf_trust_free(made.trust);
    hf_trust_free(made.nobody);
}

static hf_status open_at(hf_bytes file, const struct hf_trust *trust, hf_wall_clock now,
                         struct hf_cms_signer *signer)
{
    hf_buf content = hf_buf_with_max(1 << 20);
    hf_status status = hf_cms_open(file, trust, now, &content, signer);

    cr_expect_eq(hf_bytes_equal(hf_buf_bytes(&content), hf_bytes_of_string(CONTENT)),
                 status == HF_OK);
    hf_buf_free(&content);
    return status;
}

Test(cms, integrity_and_trust_are_two_answers)
{
    struct hf_cms_signer signer;
    hf_bytes file;

    make();
    file = sign(made.signer, made.others, EVP_sha256(), 0, false);
    cr_expect(hf_cms_is(file));
    cr_expect_eq(open_at(file, made.trust, PKI_NOW, &signer), HF_OK);
    cr_expect_eq(signer.trust, HF_OK, "%s", signer.reason);
    cr_expect_str_eq(signer.subject, "CN=profiles.example");
    cr_expect_str_eq(signer.reason, "");
    cr_expect_eq(open_at(file, made.nobody, PKI_NOW, &signer), HF_OK);
    cr_expect_eq(signer.trust, HF_ERR_CERT_UNTRUSTED);
    cr_expect_neq(signer.reason[0], '\0');
    cr_expect_eq(open_at(file, made.trust, PKI_NOW + 3 * 366 * PKI_DAY, &signer), HF_OK);
    cr_expect_eq(signer.trust, HF_ERR_CERT_EXPIRED);
    unmake();
}

Test(cms, pem_and_streams_are_read_too)
{
    struct hf_cms_signer signer;
    hf_bytes file, stream;

    make();
    file = sign(made.signer, made.others, EVP_sha256(), 0, true);
    cr_expect(hf_cms_is(file));
    cr_expect_eq(open_at(file, made.trust, PKI_NOW, &signer), HF_OK);
    stream = sign_stream(made.signer);
    cr_expect_eq(stream.data[1], 0x80);
    cr_expect(hf_cms_is(stream));
    cr_expect_eq(open_at(stream, made.nobody, PKI_NOW, &signer), HF_OK);
    unmake();
}

Test(cms, a_changed_octet_never_yields_other_content)
{
    struct hf_cms_signer signer;
    hf_bytes file;
    uint8_t *copy;
    size_t refused = 0;

    make();
    file = sign(made.signer, made.others, EVP_sha256(), 0, false);
    copy = test_copy(file);
    for (size_t i = 0; i < file.len; i++) {
        hf_buf content = hf_buf_with_max(1 << 20);

        copy[i] ^= 0x01;
        if (hf_cms_open((hf_bytes){ copy, file.len }, made.trust, PKI_NOW, &content, &signer) ==
            HF_OK)
            cr_expect(hf_bytes_equal(hf_buf_bytes(&content), hf_bytes_of_string(CONTENT)), "at %zu",
                      i);
        else
            refused++;
        hf_buf_free(&content);
        copy[i] ^= 0x01;
    }
    cr_expect_gt(refused, file.len / 4);
    for (size_t len = 0; len < file.len; len++)
        cr_expect_neq(open_at((hf_bytes){ copy, len }, made.trust, PKI_NOW, &signer), HF_OK);
    unmake();
}

Test(cms, the_wrong_content_is_a_broken_signature)
{
    struct hf_cms_signer signer = { .trust = HF_ERR_BUSY };
    hf_bytes file;
    uint8_t *copy;
    size_t at = 0;

    make();
    file = sign(made.signer, made.others, EVP_sha256(), 0, false);
    copy = test_copy(file);
    while (memcmp(copy + at, CONTENT, strlen(CONTENT)) != 0)
        at++;
    copy[at + 8] ^= 0x20;
    cr_expect_eq(open_at((hf_bytes){ copy, file.len }, made.trust, PKI_NOW, &signer),
                 HF_ERR_INTEGRITY);
    cr_expect_eq(signer.trust, HF_ERR_BUSY);
    unmake();
}

Test(cms, old_hashes_are_not_trusted)
{
    struct hf_cms_signer signer;

    make();
    cr_expect_eq(
        open_at(sign(made.signer, made.others, EVP_sha1(), 0, false), made.trust, PKI_NOW, &signer),
        HF_OK);
    cr_expect_eq(signer.trust, HF_ERR_CERT_WEAK);
    unmake();
}

Test(cms, what_cannot_be_verified_is_refused)
{
    struct hf_cms_signer signer;
    BIO *in = BIO_new_mem_buf(CONTENT, (int)strlen(CONTENT)), *out = BIO_new(BIO_s_mem());
    CMS_ContentInfo *cms;
    hf_bytes file;

    make();
    file = sign(made.signer, made.others, EVP_sha256(), CMS_DETACHED, false);
    cr_expect_eq(open_at(file, made.trust, PKI_NOW, &signer), HF_ERR_PROFILE_UNSUPPORTED);
    file = sign(made.signer, NULL, EVP_sha256(), CMS_NOCERTS, false);
    cr_expect_eq(open_at(file, made.trust, PKI_NOW, &signer), HF_ERR_INTEGRITY);
    cms = CMS_encrypt(made.others, in, EVP_aes_128_cbc(), CMS_BINARY);
    cr_assert(cms != NULL && i2d_CMS_bio(out, cms) == 1);
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    file = pki_take(out);
    cr_expect(hf_cms_is(file));
    cr_expect_eq(open_at(file, made.trust, PKI_NOW, &signer), HF_ERR_PROFILE_UNSUPPORTED);
    cr_expect_eq(open_at(hf_bytes_of_string("-----BEGIN CMS-----\n"), made.trust, 0, &signer),
                 HF_ERR_MALFORMED);
    cr_expect_eq(open_at((hf_bytes){ 0 }, made.trust, 0, &signer), HF_ERR_MALFORMED);
    unmake();
}

Test(cms, other_files_are_not_taken_for_signed_ones)
{
    cr_expect_not(hf_cms_is(pki_der(pki_root("CN=Root"))));
    cr_expect_not(hf_cms_is(hf_bytes_of_string("<plist>")));
    cr_expect_not(hf_cms_is(hf_bytes_of_string("-----BEGIN CERTIFICATE-----")));
    cr_expect_not(hf_cms_is(hex("3082")));
    cr_expect_not(hf_cms_is((hf_bytes){ 0 }));
}
