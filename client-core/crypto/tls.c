/* The TLS client: libssl between two memory BIOs. The server's certificate is verified by the code
 * that verifies the gateway's (certificate_verify.c); the library only asks. See tls.h. */
#include "crypto/tls.h"

#include "crypto/certificate_verify.h"
#include "crypto/tls_context.h"

#include <openssl/err.h>
#include <stdlib.h>

#define RECEIVED_MAX 65536
#define READ_SIZE    4096
#define NO_ALERT     (-1)

struct hf_tls {
    struct hf_tls_config config;
    SSL_CTX *ctx;
    SSL *ssl;
    BIO *in, *out; /* the SSL's */
    enum hf_tls_state state;
    struct hf_fault fault;
    bool server_verified;
    int alert; /* that the server sent */
    hf_buf received;
};

/* --- what the library calls --- */

/* The error decides which alert the server gets. */
static int error_for_alert(hf_status status)
{
    static const struct {
        hf_status status;
        int error;
    } errors[] = {
        {HF_ERR_CERT_UNTRUSTED,      X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
        { HF_ERR_CERT_EXPIRED,       X509_V_ERR_CERT_HAS_EXPIRED                 },
        { HF_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_NOT_YET_VALID               },
        { HF_ERR_CERT_PURPOSE,       X509_V_ERR_INVALID_PURPOSE                  },
        { HF_ERR_CERT_WEAK,          X509_V_ERR_EE_KEY_TOO_SMALL                 },
        { HF_ERR_PEER_IDENTITY,      X509_V_ERR_HOSTNAME_MISMATCH                },
        { HF_ERR_NO_MEMORY,          X509_V_ERR_OUT_OF_MEM                       },
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(errors); i++) {
        if (errors[i].status == status)
            return errors[i].error;
    }
    return X509_V_ERR_APPLICATION_VERIFICATION;
}

static int verify_server(X509_STORE_CTX *context, void *argument)
{
    struct hf_tls *tls = argument;
    struct hf_public_key *key = NULL;
    hf_status status =
        hf_certificate_verify_decoded(tls->config.trust, X509_STORE_CTX_get0_cert(context),
                                      X509_STORE_CTX_get0_untrusted(context), &tls->config.policy,
                                      tls->config.any_server_name, &key, &tls->fault);

    hf_public_key_free(key);
    tls->server_verified = status == HF_OK;
    X509_STORE_CTX_set_error(context, status == HF_OK ? X509_V_OK : error_for_alert(status));
    return status == HF_OK ? 1 : 0;
}

/* Notes an alert that ends the connection. */
static void see_alert(const SSL *ssl, int where, int value)
{
    struct hf_tls *tls = SSL_get_app_data(ssl);
    int alert = value & 0xff;

    if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && alert != SSL_AD_CLOSE_NOTIFY &&
        value >> 8 == SSL3_AL_FATAL)
        tls->alert = alert;
}

/* --- life --- */

static hf_status connect_bios(struct hf_tls *tls)
{
    tls->ssl = SSL_new(tls->ctx);
    tls->in = BIO_new(BIO_s_mem());
    tls->out = BIO_new(BIO_s_mem());
    if (tls->ssl == NULL || tls->in == NULL || tls->out == NULL) {
        BIO_free(tls->in);
        BIO_free(tls->out);
        return HF_ERR_NO_MEMORY;
    }
    BIO_set_mem_eof_return(tls->in, -1); /* empty means "not yet", not "never" */
    SSL_set_bio(tls->ssl, tls->in, tls->out);
    SSL_set_connect_state(tls->ssl);
    SSL_set_app_data(tls->ssl, tls);
    SSL_set_info_callback(tls->ssl, see_alert);
    return HF_OK;
}

hf_status hf_tls_new(const struct hf_tls_config *config, struct hf_tls **out)
{
    struct hf_tls *tls = calloc(1, sizeof *tls);
    hf_status status;

    HF_ASSERT(config->trust != NULL && config->min <= config->max);
    if (tls == NULL)
        return HF_ERR_NO_MEMORY;
    tls->config = *config;
    tls->alert = NO_ALERT;
    tls->received = hf_buf_with_max(RECEIVED_MAX);
    status = hf_tls_context_new(config, &tls->ctx);
    if (status == HF_OK) {
        SSL_CTX_set_verify(tls->ctx, SSL_VERIFY_PEER, NULL);
        SSL_CTX_set_cert_verify_callback(tls->ctx, verify_server, tls);
        status = connect_bios(tls);
    }
    if (status != HF_OK) {
        hf_tls_free(tls);
        return status;
    }
    *out = tls;
    return HF_OK;
}

void hf_tls_free(struct hf_tls *tls)
{
    if (tls == NULL)
        return;
    SSL_free(tls->ssl);
    SSL_CTX_free(tls->ctx);
    hf_buf_free(&tls->received);
    free(tls);
}

/* --- why it failed --- */

static void offer_credential(const struct hf_credential *credential, char text[HF_FAULT_TEXT_MAX])
{
    struct hf_certificate_info info;

    if (credential == NULL ||
        hf_certificate_describe(hf_buf_bytes(&credential->chain[0]), &info) != HF_OK)
        hf_fault_set_text(text, hf_bytes_of_string("no client certificate"));
    else
        hf_fault_set_text(text, hf_bytes_of_string(info.subject));
}

/* Before the server's certificate was verified it has not asked for ours, so what it minds then is
 * what we offered. */
static void blame_alert(struct hf_tls *tls)
{
    bool minds_offer = !tls->server_verified && (tls->alert == SSL_AD_HANDSHAKE_FAILURE ||
                                                 tls->alert == SSL_AD_PROTOCOL_VERSION ||
                                                 tls->alert == SSL_AD_INSUFFICIENT_SECURITY);

    tls->fault = hf_fault_make(minds_offer ? HF_ERR_NO_PROPOSAL : HF_ERR_EAP_REJECTED,
                               HF_STAGE_AUTHENTICATION);
    tls->fault.peer_code = (uint32_t)tls->alert;
    if (minds_offer)
        hf_tls_context_describe(&tls->config, tls->fault.offered);
    else
        offer_credential(tls->config.credential, tls->fault.offered);
    hf_fault_set_text(tls->fault.received,
                      hf_bytes_of_string(SSL_alert_desc_string_long(tls->alert)));
}

static bool is_want_of_agreement(unsigned long error)
{
    static const int reasons[] = {
        SSL_R_UNSUPPORTED_PROTOCOL,   SSL_R_WRONG_SSL_VERSION,     SSL_R_VERSION_TOO_LOW,
        SSL_R_NO_PROTOCOLS_AVAILABLE, SSL_R_WRONG_CIPHER_RETURNED, SSL_R_UNKNOWN_CIPHER_RETURNED,
        SSL_R_DH_KEY_TOO_SMALL,       SSL_R_WRONG_SIGNATURE_TYPE,  SSL_R_NO_SUITABLE_KEY_SHARE,
        SSL_R_INAPPROPRIATE_FALLBACK,
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(reasons); i++) {
        if (ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == reasons[i])
            return true;
    }
    return false;
}

static void blame_library(struct hf_tls *tls)
{
    unsigned long error = ERR_peek_error();
    const char *reason = ERR_reason_error_string(error);
    bool disagrees = is_want_of_agreement(error);

    tls->fault =
        hf_fault_make(disagrees ? HF_ERR_NO_PROPOSAL : HF_ERR_MALFORMED, HF_STAGE_AUTHENTICATION);
    hf_tls_context_describe(&tls->config, tls->fault.offered);
    hf_fault_set_text(tls->fault.received, hf_bytes_of_string(reason == NULL ? "not TLS" : reason));
}

/* What kept our own key from signing; the library knows only that it did not. */
static hf_status failure_of_key(const struct hf_tls *tls)
{
    const struct hf_credential *credential = tls->config.credential;

    return credential == NULL || credential->key == NULL ? HF_OK
                                                         : hf_private_key_failure(credential->key);
}

static void fail(struct hf_tls *tls)
{
    tls->state = HF_TLS_FAILED;
    if (tls->fault.status != HF_OK)
        return; /* the certificate was refused */
    if (failure_of_key(tls) != HF_OK) {
        tls->fault = hf_fault_make(failure_of_key(tls), HF_STAGE_AUTHENTICATION);
        return;
    }
    if (tls->alert != NO_ALERT)
        blame_alert(tls);
    else
        blame_library(tls);
}

static void fail_with(struct hf_tls *tls, hf_status status)
{
    tls->state = HF_TLS_FAILED;
    tls->fault = hf_fault_make(status, HF_STAGE_AUTHENTICATION);
}

/* --- bytes --- */

/* A fatal outcome of the last call; waiting for more bytes and an orderly end are none. */
static bool is_fatal(const struct hf_tls *tls, int result)
{
    int error = SSL_get_error(tls->ssl, result);

    return error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE &&
           error != SSL_ERROR_ZERO_RETURN;
}

static void shake_hands(struct hf_tls *tls)
{
    int result = SSL_do_handshake(tls->ssl);

    if (result == 1 && tls->server_verified)
        tls->state = HF_TLS_ESTABLISHED;
    else if (result == 1 || is_fatal(tls, result) ||
             (SSL_get_shutdown(tls->ssl) & SSL_RECEIVED_SHUTDOWN) != 0)
        fail(tls);
}

static void read_data(struct hf_tls *tls)
{
    uint8_t data[READ_SIZE];
    size_t len;
    int result;

    while ((result = SSL_read_ex(tls->ssl, data, sizeof data, &len)) == 1) {
        if (!hf_buf_append(&tls->received, (hf_bytes){ data, len })) {
            fail_with(tls, HF_ERR_TOO_LARGE);
            break;
        }
    }
    hf_cleanse(data, sizeof data);
    if (tls->state == HF_TLS_ESTABLISHED && is_fatal(tls, result))
        fail(tls);
}

static void drain(struct hf_tls *tls, hf_buf *out)
{
    char *data = NULL;
    long len = BIO_get_mem_data(tls->out, &data);

    if (len > 0 && !hf_buf_append(out, (hf_bytes){ (const uint8_t *)data, (size_t)len }))
        fail_with(tls, HF_ERR_TOO_LARGE);
    (void)BIO_reset(tls->out);
}

static bool feed(struct hf_tls *tls, hf_bytes in)
{
    size_t written;

    return in.len == 0 ||
           (BIO_write_ex(tls->in, in.data, in.len, &written) == 1 && written == in.len);
}

enum hf_tls_state hf_tls_handle(struct hf_tls *tls, hf_bytes in, hf_buf *out,
                                struct hf_fault *out_fault)
{
    if (tls->state != HF_TLS_FAILED) {
        ERR_clear_error();
        if (!feed(tls, in))
            fail_with(tls, HF_ERR_NO_MEMORY);
        if (tls->state == HF_TLS_HANDSHAKING)
            shake_hands(tls);
        if (tls->state == HF_TLS_ESTABLISHED)
            read_data(tls);
        drain(tls, out);
    }
    if (tls->state == HF_TLS_FAILED)
        *out_fault = tls->fault;
    return tls->state;
}

enum hf_tls_version hf_tls_agreed_version(const struct hf_tls *tls)
{
    return SSL_version(tls->ssl) == TLS1_3_VERSION ? HF_TLS_1_3 : HF_TLS_1_2;
}

hf_status hf_tls_export(struct hf_tls *tls, const char *label, hf_bytes context, uint8_t *out,
                        size_t len)
{
    hf_bytes name = hf_bytes_of_string(label);

    if (tls->state != HF_TLS_ESTABLISHED)
        return HF_ERR_UNEXPECTED;
    if (SSL_export_keying_material(tls->ssl, out, len, label, name.len, context.data, context.len,
                                   context.data != NULL) != 1)
        return HF_ERR_CRYPTO;
    return HF_OK;
}

hf_bytes hf_tls_received(const struct hf_tls *tls)
{
    return hf_buf_bytes(&tls->received);
}

/* --- loading --- */

/* The first flight of a handshake makes the library set up what later ones need. */
static hf_status say_hello(void)
{
    struct hf_tls_config config = { .any_server_name = true, .min = HF_TLS_1_2, .max = HF_TLS_1_3 };
    hf_buf flight = hf_buf_with_max(READ_SIZE);
    struct hf_trust *trust = NULL;
    struct hf_tls *tls = NULL;
    struct hf_fault fault;
    hf_status status = hf_trust_new(&trust);

    config.trust = trust;
    if (status == HF_OK)
        status = hf_tls_new(&config, &tls);
    if (status == HF_OK &&
        hf_tls_handle(tls, (hf_bytes){ 0 }, &flight, &fault) != HF_TLS_HANDSHAKING)
        status = HF_ERR_CRYPTO;
    hf_tls_free(tls);
    hf_trust_free(trust);
    hf_buf_free(&flight);
    return status;
}

hf_status hf_tls_load(void)
{
    ASN1_TIME *time;

    if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
        return HF_ERR_CRYPTO;
    time = ASN1_TIME_set(NULL, 0); /* breaks time down, as checking certificates will */
    if (time == NULL)
        return HF_ERR_NO_MEMORY;
    ASN1_TIME_free(time);
    return say_hello();
}
