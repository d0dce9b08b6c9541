/* The TLS server of the tests: see tls_server.h. */
#include "support/tls_server.h"

#include "support/hex.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#define NO_ALERT (-1)

struct tls_server {
    SSL_CTX *ctx;
    SSL *ssl;
    BIO *in, *out;
    enum tls_server_state state;
    int alert;
    bool stops_early; /* after its own Finished, once */
};

static void must(bool good, const char *what)
{
    if (!good)
        test_die("TLS server: %s: %s", what, ERR_error_string(ERR_peek_last_error(), NULL));
}

static void see_alert(const SSL *ssl, int where, int value)
{
    struct tls_server *server = SSL_get_app_data(ssl);

    if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT)
        server->alert = value & 0xff;
}

static void set_versions(SSL_CTX *ctx, const struct tls_server_config *config)
{
    int min = config->min == 0 ? TLS1_2_VERSION : config->min;
    int max = config->max == 0 ? TLS1_3_VERSION : config->max;

    must(SSL_CTX_set_min_proto_version(ctx, min) == 1 &&
             SSL_CTX_set_max_proto_version(ctx, max) == 1,
         "versions");
    if (config->suites != NULL)
        must(SSL_CTX_set_cipher_list(ctx, config->suites) == 1, config->suites);
    if (config->groups != NULL)
        must(SSL_CTX_set1_groups_list(ctx, config->groups) == 1, config->groups);
    must(SSL_CTX_set_num_tickets(ctx, config->tickets) == 1, "tickets");
}

static void set_certificate(SSL_CTX *ctx, const struct pki_cert *cert)
{
    must(SSL_CTX_use_certificate(ctx, cert->x509) == 1 &&
             SSL_CTX_use_PrivateKey(ctx, cert->key) == 1,
         "certificate");
    for (const struct pki_cert *c = cert->issuer; c != c->issuer; c = c->issuer)
        must(SSL_CTX_add1_chain_cert(ctx, c->x509) == 1, "chain");
    SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
}

static void ask_for_certificate(SSL_CTX *ctx, const struct pki_cert *client_ca)
{
    X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ctx);

    if (client_ca == NULL)
        return;
    must(X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), client_ca->x509) == 1 &&
             SSL_CTX_add_client_CA(ctx, client_ca->x509) == 1,
         "client CA");
    X509_VERIFY_PARAM_set_time(param, (time_t)PKI_NOW);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
}

struct tls_server *tls_server_new(const struct tls_server_config *config)
{
    struct tls_server *server = calloc(1, sizeof *server);

    must(server != NULL, "memory");
    server->alert = NO_ALERT;
    server->stops_early = config->speaks_early;
    server->ctx = SSL_CTX_new(TLS_server_method());
    must(server->ctx != NULL, "context");
    SSL_CTX_set_security_level(server->ctx, 0);
    SSL_CTX_set_dh_auto(server->ctx, 1);
    set_versions(server->ctx, config);
    set_certificate(server->ctx, config->cert);
    ask_for_certificate(server->ctx, config->client_ca);
    server->ssl = SSL_new(server->ctx);
    server->in = BIO_new(BIO_s_mem());
    server->out = BIO_new(BIO_s_mem());
    must(server->ssl != NULL && server->in != NULL && server->out != NULL, "memory");
    BIO_set_mem_eof_return(server->in, -1);
    SSL_set_bio(server->ssl, server->in, server->out);
    SSL_set_accept_state(server->ssl);
    SSL_set_app_data(server->ssl, server);
    SSL_set_info_callback(server->ssl, see_alert);
    return server;
}

void tls_server_free(struct tls_server *server)
{
    if (server == NULL)
        return;
    SSL_free(server->ssl);
    SSL_CTX_free(server->ctx);
    free(server);
}

static void drain(struct tls_server *server, hf_buf *out)
{
    char *data = NULL;
    long len = BIO_get_mem_data(server->out, &data);

    if (len > 0)
        must(hf_buf_append(out, (hf_bytes){ (const uint8_t *)data, (size_t)len }), "room");
    (void)BIO_reset(server->out);
}

static bool is_fatal(const struct tls_server *server, int result)
{
    int error = SSL_get_error(server->ssl, result);

    return error != SSL_ERROR_WANT_READ && error != SSL_ERROR_ZERO_RETURN;
}

/* Runs the handshake up to our Finished: the library lets a server that expects early data (there
 * is none) write before the client has finished. */
static void begin_early(struct tls_server *server)
{
    uint8_t data[1];
    size_t len;

    server->stops_early =
        SSL_read_early_data(server->ssl, data, sizeof data, &len) != SSL_READ_EARLY_DATA_FINISH;
}

enum tls_server_state tls_server_handle(struct tls_server *server, hf_bytes in, hf_buf *out)
{
    uint8_t data[1024];
    size_t len;
    int result = 1;

    ERR_clear_error();
    if (in.len != 0)
        must(BIO_write_ex(server->in, in.data, in.len, &len) == 1 && len == in.len, "input");
    if (server->stops_early) {
        begin_early(server);
    } else if (server->state == TLS_SERVER_HANDSHAKING) {
        result = SSL_do_handshake(server->ssl);
        if (result == 1)
            server->state = TLS_SERVER_ESTABLISHED;
    }
    while (server->state == TLS_SERVER_ESTABLISHED && result == 1)
        result = SSL_read_ex(server->ssl, data, sizeof data, &len);
    if (result != 1 && is_fatal(server, result))
        server->state = TLS_SERVER_FAILED;
    drain(server, out);
    return server->state;
}

void tls_server_write(struct tls_server *server, hf_bytes data, hf_buf *out)
{
    size_t len = 0;

    must((SSL_is_init_finished(server->ssl)
              ? SSL_write_ex(server->ssl, data.data, data.len, &len)
              : SSL_write_early_data(server->ssl, data.data, data.len, &len)) == 1 &&
             len == data.len,
         "write");
    drain(server, out);
}

void tls_server_close(struct tls_server *server, hf_buf *out)
{
    must(SSL_shutdown(server->ssl) >= 0, "shutdown");
    drain(server, out);
}

void tls_server_renegotiate(struct tls_server *server, hf_buf *out)
{
    must(SSL_renegotiate(server->ssl) == 1, "renegotiation");
    (void)SSL_do_handshake(server->ssl);
    drain(server, out);
}

bool tls_server_has_client_certificate(const struct tls_server *server)
{
    return SSL_get0_peer_certificate(server->ssl) != NULL;
}

int tls_server_alert(const struct tls_server *server)
{
    return server->alert;
}

bool tls_server_is_tls13(const struct tls_server *server)
{
    return SSL_version(server->ssl) == TLS1_3_VERSION;
}

void tls_server_export(struct tls_server *server, const char *label, hf_bytes context, uint8_t *out,
                       size_t len)
{
    must(SSL_export_keying_material(server->ssl, out, len, label, strlen(label), context.data,
                                    context.len, context.data != NULL) == 1,
         "export");
}
