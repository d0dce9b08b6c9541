/* The library's verify functions answer 1, 0 or a negative number; only 1 may count. The linker's
 * --wrap puts the other answers in (CVE-2008-5077, CVE-2013-2944, CVE-2020-7041). */
#include "crypto/certificate.h"
#include "crypto/key.h"
#include "support/hex.h"
#include "support/pki.h"
#include "support/test.h"

#include <limits.h>
#include <openssl/x509_vfy.h>

#define THE_REAL_ONE INT_MIN

static int digest_verify_answers = THE_REAL_ONE, verify_cert_answers = THE_REAL_ONE;
static const int wrong_answers[] = { 0, -1, -2, 2, INT_MAX };

int __real_EVP_DigestVerify(EVP_MD_CTX *ctx, const unsigned char *sig, size_t sig_len,
                            const unsigned char *data, size_t len);
int __wrap_EVP_DigestVerify(EVP_MD_CTX *ctx, const unsigned char *sig, size_t sig_len,
                            const unsigned char *data, size_t len);
int __real_X509_verify_cert(X509_STORE_CTX *ctx);
int __wrap_X509_verify_cert(X509_STORE_CTX *ctx);

int __wrap_EVP_DigestVerify(EVP_MD_CTX *ctx, const unsigned char *sig, size_t sig_len,
                            const unsigned char *data, size_t len)
{
    if (digest_verify_answers != THE_REAL_ONE)
        return digest_verify_answers;
    return __real_EVP_DigestVerify(ctx, sig, sig_len, data, len);
}

int __wrap_X509_verify_cert(X509_STORE_CTX *ctx)
{
    int real = __real_X509_verify_cert(ctx);

    return verify_cert_answers != THE_REAL_ONE ? verify_cert_answers : real;
}

Test(verify_result, a_signature_holds_for_the_answer_1_alone)
{
    const struct pki_cert *cert = PKI_ISSUE(NULL, .subject = "CN=x");
    struct hf_public_key *public = NULL;
    struct hf_private_key *own = NULL;
    hf_buf auth = hf_buf_with_max(2048), raw = hf_buf_with_max(2048);
    hf_bytes message = hf_bytes_of_string("message");
    struct hf_signer signer;
    uint8_t method;

    cr_assert_eq(hf_key_wrap_public(cert->key, &public), HF_OK);
    cr_assert_eq(hf_private_key_decode(pki_key_der(cert), (hf_bytes){ 0 }, &own), HF_OK);
    signer = hf_private_key_signer(own);
    cr_assert_eq(hf_signature_sign(&signer, HF_SIG_ECDSA_SHA2_256, message, &auth), HF_OK);
    cr_assert_eq(hf_signature_sign_ecdsa(&signer, message, &method, &raw), HF_OK);
    for (size_t i = 0; i < HF_ARRAY_LEN(wrong_answers); i++) {
        digest_verify_answers = wrong_answers[i];
        cr_expect_eq(hf_signature_verify(public, hf_buf_bytes(&auth), message), HF_ERR_PEER_AUTH);
        cr_expect_eq(hf_signature_verify_ecdsa(public, method, hf_buf_bytes(&raw), message),
                     HF_ERR_PEER_AUTH);
    }
    digest_verify_answers = THE_REAL_ONE;
    cr_expect_eq(hf_signature_verify(public, hf_buf_bytes(&auth), message), HF_OK);
    cr_expect_eq(hf_signature_verify_ecdsa(public, method, hf_buf_bytes(&raw), message), HF_OK);
    hf_buf_free(&auth);
    hf_buf_free(&raw);
    hf_private_key_free(own);
    hf_public_key_free(public);
}

Test(verify_result, a_chain_holds_for_the_answer_1_alone)
{
    const struct pki_cert *root = pki_root("CN=Root"), *gateway = pki_gateway(root);
    struct hf_certificate_policy policy = { .now = PKI_NOW };
    struct hf_public_key *public = NULL;
    struct hf_trust *trust;
    struct hf_fault fault;
    hf_bytes chain[1] = { pki_der(gateway) };

    cr_assert(hf_identity_make(HF_ID_FQDN, hf_bytes_of_string("gw.example.com"), &policy.identity));
    cr_assert_eq(hf_trust_new(&trust), HF_OK);
    cr_assert_eq(hf_trust_add(trust, pki_der(root), NULL), HF_OK);
    for (size_t i = 0; i < HF_ARRAY_LEN(wrong_answers); i++) {
        verify_cert_answers = wrong_answers[i];
        cr_expect_eq(hf_certificate_verify(trust, chain, 1, &policy, &public, &fault),
                     HF_ERR_CERT_UNTRUSTED);
        cr_expect_null(public);
    }
    verify_cert_answers = THE_REAL_ONE;
    cr_expect_eq(hf_certificate_verify(trust, chain, 1, &policy, &public, &fault), HF_OK);
    hf_public_key_free(public);
    hf_trust_free(trust);
}
