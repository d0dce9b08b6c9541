/* An EAP server for tests: Identity, an unwelcome method, then EAP-TLS (RFC 5216, RFC 9190) over a
 * TLS server in memory. It behaves; a test that wants otherwise changes its packets on the way or
 * says so below. */
#ifndef HF_TESTS_SUPPORT_EAP_SERVER_H
#define HF_TESTS_SUPPORT_EAP_SERVER_H

#include "support/tls_server.h"

enum eap_server_state { EAP_SERVER_GOES_ON, EAP_SERVER_SUCCESS, EAP_SERVER_FAILURE };

struct eap_server_config {
    struct tls_server_config tls;
    size_t fragment_size; /* octets of TLS data in a request; 0: 1000 */
    bool ask_identity;
    const char *notification; /* sent before the method; NULL: none */
    uint8_t unwelcome_method; /* proposed first; 0: none */
    bool gives_in;            /* to the Nak that follows */
    bool without_commitment;  /* TLS 1.3: Success without the protected success */
    bool early_commitment;    /* TLS 1.3: in the flight of the server's Finished */
    hf_bytes commitment;      /* other octets in its place; data NULL: one of zero */
    bool tickets_alone;       /* TLS 1.3: the tickets in a request of their own */
    bool length_always;       /* the length field in every request that has data */
};

struct eap_server;

struct eap_server *eap_server_new(const struct eap_server_config *config);
void eap_server_free(struct eap_server *server);
/* Takes the peer's response (empty at the start) and appends the next packet. With SUCCESS or
 * FAILURE that packet is the last. */
enum eap_server_state eap_server_next(struct eap_server *server, hf_bytes response, hf_buf *out);
/* 64 octets, after SUCCESS. */
hf_bytes eap_server_msk(const struct eap_server *server);
/* What the peer answered to Identity. */
hf_bytes eap_server_identity(const struct eap_server *server);
/* The first thing that the peer did against the RFCs; NULL: none. */
const char *eap_server_violation(const struct eap_server *server);
const struct tls_server *eap_server_tls(const struct eap_server *server);

#endif
