/* Tests of private keys that live elsewhere (crypto/remote_key.c, remote_provider.c): what they
 * sign verifies, in IKE and in TLS, and what they refuse is told. */
#include "crypto/credential.h"
#include "crypto/ecdsa_raw.h"
#include "crypto/key.h"
#include "crypto/signature_scheme.h"
#include "crypto/tls.h"
#include "support/hex.h"
#include "support/test.h"
#include "support/tls_server.h"

#include <openssl/ssl.h>

#define FLIGHTS_MAX 12

static const struct {
    enum pki_key made;
    enum hf_key_type type;
    size_t half, schemes;
} kinds[] = {
    {PKI_RSA_2048, HF_KEY_RSA,        0,  6},
    { PKI_P256,    HF_KEY_ECDSA_P256, 32, 3},
    { PKI_P384,    HF_KEY_ECDSA_P384, 48, 3},
    { PKI_P521,    HF_KEY_ECDSA_P521, 66, 3},
};

#define FOR_EACH_KIND(i) for (size_t i = 0; i < HF_ARRAY_LEN(kinds); i++)

/* A token: signs digests with the library's own functions, as often as it was asked to. */
struct token {
    const struct pki_cert *cert;
    size_t half;
    unsigned asked;
    hf_status refusal;
    size_t cut; /* octets that are missing from its answer */
};

static hf_status sign_in_token(void *context, enum hf_signature_scheme scheme, hf_bytes digest,
                               hf_buf *out)
{
    struct token *token = context;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, token->cert->key, NULL);
    EVP_MD *md = EVP_MD_fetch(NULL, hf_signature_scheme_digest(scheme), NULL);
    uint8_t signature[HF_SIGNATURE_MAX];
    size_t len = sizeof signature;
    hf_buf raw = hf_buf_with_max(HF_SIGNATURE_MAX);

    token->asked++;
    if (EVP_PKEY_sign_init(ctx) != 1 || EVP_PKEY_CTX_set_signature_md(ctx, md) != 1 ||
        !hf_signature_scheme_set_padding(scheme, ctx) ||
        EVP_PKEY_sign(ctx, signature, &len, digest.data, digest.len) != 1)
        test_die("the token cannot sign");
    EVP_PKEY_CTX_free(ctx);
    EVP_MD_free(md);
    if (token->refusal != HF_OK)
        return token->refusal;
    if (token->half == 0)
        cr_assert(hf_buf_append(&raw, (hf_bytes){ signature, len }));
    else
        cr_assert_eq(hf_ecdsa_raw_encode((hf_bytes){ signature, len }, token->half, &raw), HF_OK);
    cr_assert(hf_buf_append(out, (hf_bytes){ raw.data, raw.len - token->cut }));
    hf_buf_free(&raw);
    return HF_OK;
}

static struct hf_remote_signer signer_of(struct token *token, enum hf_key_type type)
{
    return (struct hf_remote_signer){ type, token, sign_in_token };
}

static struct hf_private_key *key_of(struct token *token, size_t kind)
{
    struct hf_remote_signer remote = signer_of(token, kinds[kind].type);
    struct hf_private_key *key = NULL;

    *token = (struct token){ .cert = PKI_ISSUE(NULL, .subject = "CN=x", .key = kinds[kind].made),
                             .half = kinds[kind].half };
    cr_assert_eq(hf_remote_key_load(), HF_OK);
    cr_assert_eq(hf_private_key_remote(&remote, pki_der(token->cert), &key), HF_OK);
    return key;
}

Test(remote_key, every_scheme_verifies_what_the_token_signed)
{
    hf_bytes message = hf_bytes_of_string("RealMessage1 | NonceRData | MACedIDForI");

    FOR_EACH_KIND(kind)
    {
        struct token token;
        struct hf_private_key *key = key_of(&token, kind);
        struct hf_signer signer = hf_private_key_signer(key);
        struct hf_public_key *public = NULL;
        unsigned fitting = 0;

        cr_assert_eq(hf_key_wrap_public(token.cert->key, &public), HF_OK);
        for (int scheme = 0; scheme < HF_SIG_COUNT; scheme++) {
            hf_buf auth = hf_buf_with_max(2048);

            if (hf_signature_sign(&signer, (enum hf_signature_scheme)scheme, message, &auth) ==
                HF_OK) {
                fitting++;
                cr_expect_eq(hf_signature_verify(public, hf_buf_bytes(&auth), message), HF_OK, "%s",
                             hf_signature_scheme_name((enum hf_signature_scheme)scheme));
            }
            hf_buf_free(&auth);
        }
        cr_expect_eq(fitting, kinds[kind].schemes);
        cr_expect_eq(token.asked, fitting);
        hf_public_key_free(public);
        hf_private_key_free(key);
    }
}

Test(remote_key, signs_for_gateways_without_rfc_7427_too)
{
    hf_bytes message = hf_bytes_of_string("octets");

    for (size_t kind = 1; kind < HF_ARRAY_LEN(kinds); kind++) {
        struct token token;
        struct hf_private_key *key = key_of(&token, kind);
        struct hf_signer signer = hf_private_key_signer(key);
        struct hf_public_key *public = NULL;
        hf_buf proof = hf_buf_with_max(2048);
        uint8_t method;

        cr_assert_eq(hf_key_wrap_public(token.cert->key, &public), HF_OK);
        cr_assert_eq(hf_signature_sign_ecdsa(&signer, message, &method, &proof), HF_OK);
        cr_expect_eq(proof.len, 2 * kinds[kind].half);
        cr_expect_eq(hf_signature_verify_ecdsa(public, method, hf_buf_bytes(&proof), message),
                     HF_OK);
        hf_buf_free(&proof);
        hf_public_key_free(public);
        hf_private_key_free(key);
    }
}

Test(remote_key, passes_on_why_the_token_refused)
{
    struct token token;
    struct hf_private_key *key = key_of(&token, 0);
    struct hf_signer signer = hf_private_key_signer(key);
    hf_buf out = hf_buf_with_max(2048);
    hf_bytes message = hf_bytes_of_string("m");

    token.refusal = HF_ERR_TOKEN_MISSING;
    cr_expect_eq(signer.sign(signer.context, HF_SIG_RSA_PSS_SHA2_256, message, &out),
                 HF_ERR_TOKEN_MISSING);
    cr_expect_eq(hf_private_key_failure(key), HF_ERR_TOKEN_MISSING);
    token.refusal = HF_OK;
    cr_expect_eq(signer.sign(signer.context, HF_SIG_RSA_PSS_SHA2_256, message, &out), HF_OK);
    cr_expect_eq(hf_private_key_failure(key), HF_OK);
    hf_buf_free(&out);
    hf_private_key_free(key);
}

Test(remote_key, refuses_a_signature_of_another_length)
{
    FOR_EACH_KIND(kind)
    {
        struct token token;
        struct hf_private_key *key = key_of(&token, kind);
        struct hf_signer signer = hf_private_key_signer(key);
        hf_buf out = hf_buf_with_max(2048);

        token.cut = 1;
        cr_expect_eq(signer.sign(signer.context,
                                 kind == 0 ? HF_SIG_RSA_PSS_SHA2_256 : HF_SIG_ECDSA_SHA2_256,
                                 hf_bytes_of_string("m"), &out),
                     HF_ERR_CREDENTIAL_INVALID);
        cr_expect_eq(out.len, 0);
        hf_buf_free(&out);
        hf_private_key_free(key);
    }
}

Test(remote_key, must_be_of_the_certificates_type)
{
    const struct pki_cert *p256 = PKI_ISSUE(NULL, .subject = "CN=x"),
                          *ed = PKI_ISSUE(NULL, .subject = "CN=x", .key = PKI_ED25519);
    struct token token = { .cert = p256 };
    struct hf_remote_signer rsa = signer_of(&token, HF_KEY_RSA),
                            p384 = signer_of(&token, HF_KEY_ECDSA_P384),
                            edwards = signer_of(&token, HF_KEY_ED25519);
    struct hf_private_key *key = NULL;

    cr_assert_eq(hf_remote_key_load(), HF_OK);
    cr_expect_eq(hf_private_key_remote(&rsa, pki_der(p256), &key), HF_ERR_CREDENTIAL_INVALID);
    cr_expect_eq(hf_private_key_remote(&p384, pki_der(p256), &key), HF_ERR_CREDENTIAL_INVALID);
    cr_expect_eq(hf_private_key_remote(&edwards, pki_der(ed), &key), HF_ERR_CREDENTIAL_INVALID);
    cr_expect_eq(hf_private_key_remote(&rsa, hf_bytes_of_string("x"), &key),
                 HF_ERR_CREDENTIAL_INVALID);
    cr_expect_null(key);
}

/* --- TLS -------------------------------------------------------------------------------------- */
struct meeting {
    struct token token;
    struct hf_credential credential;
    struct hf_trust *trust;
    struct tls_server *server;
    struct hf_tls *client;
    enum hf_tls_state state;
    struct hf_fault fault;
};

static void talk(struct meeting *m)
{
    hf_buf to_client = hf_buf_with_max(65536), to_server = hf_buf_with_max(65536);

    for (int i = 0; i < FLIGHTS_MAX; i++) {
        m->state = hf_tls_handle(m->client, hf_buf_bytes(&to_client), &to_server, &m->fault);
        hf_buf_clear(&to_client);
        if (to_server.len == 0)
            break;
        (void)tls_server_handle(m->server, hf_buf_bytes(&to_server), &to_client);
        hf_buf_clear(&to_server);
    }
    hf_buf_free(&to_client);
    hf_buf_free(&to_server);
}

static void meet(struct meeting *m, size_t kind, int version, hf_status refusal)
{
    const struct pki_cert *server_root = pki_root("CN=Server Root"),
                          *client_root = pki_root("CN=Client Root");
    struct tls_server_config server = {
        .cert = pki_gateway(server_root), .client_ca = client_root, .min = version, .max = version
    };
    struct hf_tls_config config = { .min = HF_TLS_1_2, .max = HF_TLS_1_3, .policy.now = PKI_NOW };
    struct hf_remote_signer remote = signer_of(&m->token, kinds[kind].type);

    *m = (struct meeting){
        .token = {.half = kinds[kind].half, .refusal = refusal}
    };
    m->token.cert =
        PKI_ISSUE(client_root, .subject = "CN=Anna", .key = kinds[kind].made, .eku = "clientAuth");
    cr_assert_eq(hf_remote_key_load(), HF_OK);
    cr_assert_eq(hf_credential_make_remote(&remote, pki_pem(m->token.cert), &m->credential), HF_OK);
    cr_assert_eq(hf_trust_new(&m->trust), HF_OK);
    cr_assert_eq(hf_trust_add(m->trust, pki_der(server_root), NULL), HF_OK);
    cr_assert(hf_identity_make(HF_ID_FQDN, hf_bytes_of_string("gw.example.com"),
                               &config.policy.identity));
    config.trust = m->trust;
    config.credential = &m->credential;
    m->server = tls_server_new(&server);
    cr_assert_eq(hf_tls_new(&config, &m->client), HF_OK);
    talk(m);
}

static void part(struct meeting *m)
{
    hf_tls_free(m->client);
    tls_server_free(m->server);
    hf_credential_clear(&m->credential);
    hf_trust_free(m->trust);
}

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

Test(remote_key, shakes_hands_in_tls_of_both_versions)
{
    FOR_EACH_KIND(kind)
    for (size_t v = 0; v < HF_ARRAY_LEN(versions); v++) {
        struct meeting m;

        meet(&m, kind, versions[v], HF_OK);
        cr_expect_eq(m.state, HF_TLS_ESTABLISHED, "kind %zu, version %x: %s", kind, versions[v],
                     m.fault.received);
        cr_expect(tls_server_has_client_certificate(m.server));
        cr_expect_eq(m.token.asked, 1);
        part(&m);
    }
}

Test(remote_key, says_why_tls_failed_when_the_token_refused)
{
    for (size_t v = 0; v < HF_ARRAY_LEN(versions); v++) {
        struct meeting m;

        meet(&m, 1, versions[v], HF_ERR_TOKEN_MISSING);
        cr_expect_eq(m.state, HF_TLS_FAILED);
        cr_expect_eq(m.fault.status, HF_ERR_TOKEN_MISSING);
        cr_expect_eq(m.fault.stage, HF_STAGE_AUTHENTICATION);
        part(&m);
    }
}

/* The library has two of each now, and ours cannot verify. */
Test(remote_key, leaves_keys_in_memory_to_the_library)
{
    const struct pki_cert *cert = PKI_ISSUE(NULL, .subject = "CN=x", .key = PKI_RSA_2048);
    struct hf_private_key *own = NULL;
    struct hf_public_key *public = NULL;
    struct hf_certificate_info info;
    hf_buf auth = hf_buf_with_max(2048);
    struct hf_signer signer;

    cr_assert_eq(hf_remote_key_load(), HF_OK);
    cr_assert_eq(hf_private_key_decode(pki_key_der(cert), (hf_bytes){ 0 }, &own), HF_OK);
    cr_assert_eq(hf_key_wrap_public(X509_get0_pubkey(cert->x509), &public), HF_OK);
    cr_expect_eq(hf_certificate_describe(pki_der(cert), &info), HF_OK);
    signer = hf_private_key_signer(own);
    cr_expect_eq(
        hf_signature_sign(&signer, HF_SIG_RSA_PSS_SHA2_256, hf_bytes_of_string("m"), &auth), HF_OK);
    cr_expect_eq(hf_signature_verify(public, hf_buf_bytes(&auth), hf_bytes_of_string("m")), HF_OK);
    cr_expect(hf_private_key_matches(own, pki_der(cert)));
    hf_buf_free(&auth);
    hf_private_key_free(own);
    hf_public_key_free(public);
}
