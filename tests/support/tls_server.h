/* A TLS server in memory for tests, with libssl: takes what no sane server would send as well (weak
 * certificates, old digests), because the client is what is tested. */
#ifndef HF_TESTS_SUPPORT_TLS_SERVER_H
#define HF_TESTS_SUPPORT_TLS_SERVER_H

#include "support/pki.h"

enum tls_server_state { TLS_SERVER_HANDSHAKING, TLS_SERVER_ESTABLISHED, TLS_SERVER_FAILED };

struct tls_server_config {
    const struct pki_cert *cert;      /* its issuers but for the root are sent as well */
    const struct pki_cert *client_ca; /* NULL: no client certificate is asked for */
    int min, max;                     /* TLS1_2_VERSION, …; 0: 1.2, 1.3 */
    const char *suites;               /* of TLS 1.2; NULL: the library's */
    const char *groups;               /* NULL: the library's */
    unsigned tickets;                 /* of TLS 1.3 */
    bool speaks_early;                /* TLS 1.3: tls_server_write() may come before the client's
                                         Finished */
};

struct tls_server;

struct tls_server *tls_server_new(const struct tls_server_config *config);
void tls_server_free(struct tls_server *server);
/* Takes the client's octets and appends the answer. */
enum tls_server_state tls_server_handle(struct tls_server *server, hf_bytes in, hf_buf *out);
/* Encrypts application data (in TLS 1.3 also before the client has finished). */
void tls_server_write(struct tls_server *server, hf_bytes data, hf_buf *out);
/* Says goodbye (close_notify). */
void tls_server_close(struct tls_server *server, hf_buf *out);
/* TLS 1.2: asks for another handshake (HelloRequest). */
void tls_server_renegotiate(struct tls_server *server, hf_buf *out);
bool tls_server_has_client_certificate(const struct tls_server *server);
/* The alert that the client sent; -1: none. */
int tls_server_alert(const struct tls_server *server);
bool tls_server_is_tls13(const struct tls_server *server);
void tls_server_export(struct tls_server *server, const char *label, hf_bytes context, uint8_t *out,
                       size_t len);

#endif
