/* What we offer in TLS: forward secrecy, AEAD, SHA-2, nothing to resume. See tls_context.h. */
#include "crypto/tls_context.h"

#include "crypto/certificate_list.h"
#include "crypto/key.h"
#include "crypto/text.h"

#define SECURITY_LEVEL   2     /* as in certificate_verify.c */
#define SERVER_CHAIN_MAX 65536 /* octets of the server's Certificate message */

static const char tls12_suites[] = "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:"
                                   "!aNULL:!eNULL:!PSK:!SRP:!aDSS";
static const char tls13_suites[] = "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:"
                                   "TLS_CHACHA20_POLY1305_SHA256";
static const char groups[] = "X25519:P-256:P-384:P-521";
static const char signatures[] =
    "ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512:ed25519:"
    "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:"
    "rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512:"
    "rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512";

static int version_of(enum hf_tls_version version)
{
    return version == HF_TLS_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION;
}

void hf_tls_context_describe(const struct hf_tls_config *config, char text[HF_FAULT_TEXT_MAX])
{
    text[0] = '\0';
    if (config->min == HF_TLS_1_2)
        hf_fault_add_text(text, hf_bytes_of_string("TLS 1.2"));
    if (config->max == HF_TLS_1_3)
        hf_fault_add_text(text, hf_bytes_of_string("TLS 1.3"));
}

static bool set_algorithms(SSL_CTX *ctx, const struct hf_tls_config *config)
{
    return SSL_CTX_set_min_proto_version(ctx, version_of(config->min)) == 1 &&
           SSL_CTX_set_max_proto_version(ctx, version_of(config->max)) == 1 &&
           SSL_CTX_set_cipher_list(ctx, tls12_suites) == 1 &&
           SSL_CTX_set_ciphersuites(ctx, tls13_suites) == 1 &&
           SSL_CTX_set1_groups_list(ctx, groups) == 1 &&
           SSL_CTX_set1_sigalgs_list(ctx, signatures) == 1;
}

static void set_manners(SSL_CTX *ctx)
{
    SSL_CTX_set_security_level(ctx, SECURITY_LEVEL);
    /* RFC 9190, section 2.1: nothing is resumed, no second handshake, and there is no middlebox to
     * be compatible with. Because there is no second handshake, a server need not announce that it
     * would bind one to the first (RFC 5746; strongSwan 5.9 does not): what could be slipped in
     * before ours is application data, and EAP-TLS takes none. */
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_LEGACY_SERVER_CONNECT);
    SSL_CTX_clear_options(ctx, SSL_OP_ENABLE_MIDDLEBOX_COMPAT);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_max_cert_list(ctx, SERVER_CHAIN_MAX);
    /* The chain is sent as it was given; the library is not to build one of its own. */
    SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
}

static hf_status decode_chain(const struct hf_credential *credential, X509 **out_leaf,
                              STACK_OF(X509) * others)
{
    for (size_t i = 0; i < credential->chain_count; i++) {
        X509 *certificate = NULL;
        hf_status status =
            hf_certificate_list_decode_one(hf_buf_bytes(&credential->chain[i]), &certificate);

        if (status != HF_OK)
            return HF_ERR_CREDENTIAL_INVALID;
        if (i == 0) {
            *out_leaf = certificate;
            continue;
        }
        if (!hf_certificate_list_add(others, certificate))
            status = HF_ERR_NO_MEMORY;
        X509_free(certificate);
        if (status != HF_OK)
            return status;
    }
    return HF_OK;
}

static hf_status set_credential(SSL_CTX *ctx, const struct hf_credential *credential)
{
    STACK_OF(X509) *others = sk_X509_new_null();
    X509 *leaf = NULL;
    hf_status status = HF_ERR_NO_MEMORY;

    if (others != NULL)
        status = decode_chain(credential, &leaf, others);
    if (status == HF_OK && leaf == NULL)
        status = HF_ERR_CREDENTIAL_MISSING;
    if (status == HF_OK &&
        SSL_CTX_use_cert_and_key(ctx, leaf, credential->key->pkey, others, 1) != 1)
        status = HF_ERR_CREDENTIAL_INVALID;
    X509_free(leaf);
    hf_certificate_list_free(others);
    return status;
}

hf_status hf_tls_context_new(const struct hf_tls_config *config, SSL_CTX **out)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    hf_status status = HF_ERR_CRYPTO;

    if (ctx == NULL)
        return HF_ERR_NO_MEMORY;
    set_manners(ctx);
    if (set_algorithms(ctx, config))
        status = config->credential == NULL ? HF_OK : set_credential(ctx, config->credential);
    if (status != HF_OK) {
        SSL_CTX_free(ctx);
        return status;
    }
    *out = ctx;
    return HF_OK;
}
