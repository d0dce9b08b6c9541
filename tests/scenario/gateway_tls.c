/* A TLS server over memory for the gateway's EAP-TLS, on libssl alone. RFC 5216; RFC 9190. */
#include "scenario/gateway_internal.h"

#include "support/hex.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <stdlib.h>

struct gw_tls {
    SSL_CTX *ctx;
    SSL *ssl;
    BIO *in, *out; /* owned by `ssl` */
    bool told_done;
};

static X509 *certificate_of(hf_bytes der)
{
    const uint8_t *at = der.data;
    X509 *certificate = d2i_X509(NULL, &at, (long)der.len);

    if (certificate == NULL)
        test_die("not a certificate");
    return certificate;
}

static void use_credential(SSL_CTX *ctx, const struct sim_pki *pki)
{
    for (size_t i = 0; i < pki->gateway.chain_count; i++) {
        X509 *certificate = certificate_of(hf_buf_bytes(&pki->gateway.chain[i]));

        if ((i == 0 ? SSL_CTX_use_certificate(ctx, certificate)
                    : SSL_CTX_add1_chain_cert(ctx, certificate)) != 1)
            test_die("no certificate for the TLS server");
        X509_free(certificate);
    }
    if (SSL_CTX_use_PrivateKey(ctx, pki->gateway_key) != 1)
        test_die("no key for the TLS server");
}

static void require_client(SSL_CTX *ctx, const struct sim_pki *pki)
{
    X509 *root = certificate_of(pki->ca);

    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), root) != 1)
        test_die("no anchor for the TLS server");
    X509_free(root);
    X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(ctx), (time_t)SIM_WALL_CLOCK);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
}

struct gw_tls *gw_tls_new(const struct sim_pki *pki, int version)
{
    struct gw_tls *tls = calloc(1, sizeof *tls);
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

    if (tls == NULL || ctx == NULL ||
        SSL_CTX_set_min_proto_version(ctx, version == 13 ? TLS1_3_VERSION : TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_max_proto_version(ctx, version == 12 ? TLS1_2_VERSION : TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_num_tickets(ctx, 0) != 1)
        test_die("no TLS server");
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    use_credential(ctx, pki);
    require_client(ctx, pki);
    tls->ctx = ctx;
    tls->ssl = SSL_new(ctx);
    tls->in = BIO_new(BIO_s_mem());
    tls->out = BIO_new(BIO_s_mem());
    if (tls->ssl == NULL || tls->in == NULL || tls->out == NULL)
        test_die("no TLS server");
    SSL_set_bio(tls->ssl, tls->in, tls->out);
    SSL_set_accept_state(tls->ssl);
    return tls;
}

void gw_tls_free(struct gw_tls *tls)
{
    if (tls == NULL)
        return;
    SSL_free(tls->ssl);
    SSL_CTX_free(tls->ctx);
    free(tls);
}

static void drain(struct gw_tls *tls, hf_buf *out)
{
    uint8_t chunk[4096];
    int len;

    while ((len = BIO_read(tls->out, chunk, sizeof chunk)) > 0) {
        if (!hf_buf_append(out, (hf_bytes){ chunk, (size_t)len }))
            test_die("the TLS server says too much");
    }
}

/* One octet of zero is the protected success indication: RFC 9190, section 2.1.1. */
static void tell_done(struct gw_tls *tls)
{
    static const uint8_t done[] = { 0 };

    if (tls->told_done || SSL_version(tls->ssl) != TLS1_3_VERSION)
        return;
    if (SSL_write(tls->ssl, done, sizeof done) != sizeof done)
        test_die("the TLS server cannot say that it is done");
    tls->told_done = true;
}

enum gw_tls_state gw_tls_handle(struct gw_tls *tls, hf_bytes in, hf_buf *out)
{
    enum gw_tls_state state = GW_TLS_GOES_ON;
    int result;

    if (in.len != 0 && BIO_write(tls->in, in.data, (int)in.len) != (int)in.len)
        test_die("out of memory");
    result = SSL_do_handshake(tls->ssl);
    if (result == 1) {
        tell_done(tls);
        state = GW_TLS_DONE;
    } else if (SSL_get_error(tls->ssl, result) != SSL_ERROR_WANT_READ)
        state = GW_TLS_FAILED;
    ERR_clear_error();
    drain(tls, out);
    return state;
}

/* The first half of what RFC 5216, section 2.3, and RFC 9190, section 2.3, export. */
void gw_tls_msk(struct gw_tls *tls, uint8_t out[64])
{
    static const char old_label[] = "client EAP encryption";
    static const char new_label[] = "EXPORTER_EAP_TLS_Key_Material";
    static const uint8_t method[] = { 13 };
    bool is_new = SSL_version(tls->ssl) == TLS1_3_VERSION;
    const char *label = is_new ? new_label : old_label;
    uint8_t material[128];

    if (SSL_export_keying_material(tls->ssl, material, sizeof material, label,
                                   is_new ? sizeof new_label - 1 : sizeof old_label - 1, method,
                                   is_new ? sizeof method : 0, is_new) != 1)
        test_die("the TLS server exports no keys");
    hf_copy(out, material, 64);
    hf_cleanse(material, sizeof material);
}
