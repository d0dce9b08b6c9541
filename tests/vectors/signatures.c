/* Wycheproof's signatures through our AUTH verifier: each as Authentication Data of method 14. */
#include "crypto/key.h"
#include "crypto/signature.h"
#include "crypto/signature_scheme.h"
#include "support/hex.h"
#include "vectors/wycheproof.h"

#include <openssl/x509.h>

static struct hf_public_key *key_of(const json_t *group)
{
    hf_bytes der = wycheproof_bytes(group, "publicKeyDer");
    const uint8_t *at = der.data;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)der.len);
    struct hf_public_key *public;

    if (key == NULL || hf_key_wrap_public(key, &public) != HF_OK)
        test_die("a group has no key that can be used");
    EVP_PKEY_free(key);
    return public;
}

/* What is "acceptable" is refused: the one case, of PKCS#1, leaves a NULL out of DigestInfo. */
static enum answer check(const json_t *group, const json_t *test, enum hf_signature_scheme scheme)
{
    hf_bytes identifier = hf_signature_scheme_identifier(scheme);
    uint8_t len = (uint8_t)identifier.len;
    struct hf_public_key *key = key_of(group);
    hf_buf auth = hf_buf_with_max(65536);
    hf_status status;

    if (!hf_buf_append(&auth, (hf_bytes){ &len, 1 }) || !hf_buf_append(&auth, identifier) ||
        !hf_buf_append(&auth, wycheproof_bytes(test, "sig")))
        test_die("out of memory");
    status = hf_signature_verify(key, hf_buf_bytes(&auth), wycheproof_bytes(test, "msg"));
    hf_buf_free(&auth);
    hf_public_key_free(key);
    return status == (wycheproof_is(test, "valid") ? HF_OK : HF_ERR_PEER_AUTH) ? ANSWER_RIGHT
                                                                               : ANSWER_WRONG;
}

static enum answer check_ecdsa(const json_t *group, const json_t *test)
{
    return check(group, test, HF_SIG_ECDSA_SHA2_256);
}

static enum answer check_ed25519(const json_t *group, const json_t *test)
{
    return check(group, test, HF_SIG_ED25519);
}

static enum answer check_pss(const json_t *group, const json_t *test)
{
    return check(group, test, HF_SIG_RSA_PSS_SHA2_256);
}

static enum answer check_pkcs1(const json_t *group, const json_t *test)
{
    return check(group, test, HF_SIG_RSA_PKCS1_SHA2_256);
}

int main(void)
{
    int status = wycheproof_run("ecdsa_secp256r1_sha256_test.json", check_ecdsa);

    status = wycheproof_join(status, wycheproof_run("ed25519_test.json", check_ed25519));
    status =
        wycheproof_join(status, wycheproof_run("rsa_pss_2048_sha256_mgf1_32_test.json", check_pss));
    return wycheproof_join(status,
                           wycheproof_run("rsa_signature_2048_sha256_test.json", check_pkcs1));
}
