/* A TLS client over memory, for EAP-TLS: bytes in, bytes out, keys exported. libssl behind it; no
 * sockets. RFC 5216, RFC 9190; TLS 1.2 and 1.3 only. */
#ifndef HF_CRYPTO_TLS_H
#define HF_CRYPTO_TLS_H

#include "crypto/credential.h"

enum hf_tls_version { HF_TLS_1_2, HF_TLS_1_3 };

struct hf_tls_config {
    const struct hf_credential
        *credential;              /* borrowed for the client's life; NULL: no client certificate */
    const struct hf_trust *trust; /* borrowed for the client's life */
    struct hf_certificate_policy
        policy; /* what the server must be; its identity type is HF_ID_NONE only where the caller
                   has verified the server by other means and says so by `any_server_name` */
    bool any_server_name; /* chain and purpose are still verified */
    enum hf_tls_version min, max;
};

struct hf_tls;

enum hf_tls_state { HF_TLS_HANDSHAKING, HF_TLS_ESTABLISHED, HF_TLS_FAILED };

/* Sets libssl and certificate checking up, so that neither opens a file later (the configuration of
 * OpenSSL, the time zone); call before confinement, before anything else of the library is used. */
hf_status hf_tls_load(void) HF_MUST_USE;

/* HF_ERR_CREDENTIAL_INVALID: the library refuses the credential (a chain signed with SHA-1).
 * HF_ERR_CREDENTIAL_MISSING: it has a key and no certificate. */
hf_status hf_tls_new(const struct hf_tls_config *config, struct hf_tls **out) HF_MUST_USE;
void hf_tls_free(struct hf_tls *tls);
/* Feeds what came from the server (empty at the start) and appends what must be sent to `out`. A
 * failed handshake still yields an alert to send. The fault says why:
 * what hf_certificate_verify says about the server's certificate; HF_ERR_NO_PROPOSAL: no version or
 * cipher suite in common; HF_ERR_EAP_REJECTED: the server sent an alert (in `peer_code`);
 * what a key that lives elsewhere said when it did not sign; HF_ERR_MALFORMED: not TLS;
 * HF_ERR_TOO_LARGE: `out` or the received data would grow too long. */
enum hf_tls_state hf_tls_handle(struct hf_tls *tls, hf_bytes in, hf_buf *out,
                                struct hf_fault *out_fault);
/* The version agreed on; only when established. */
enum hf_tls_version hf_tls_agreed_version(const struct hf_tls *tls);
/* RFC 5705 / RFC 8446, section 7.5. `context` with data NULL: without a context. */
hf_status hf_tls_export(struct hf_tls *tls, const char *label, hf_bytes context, uint8_t *out,
                        size_t len) HF_MUST_USE;
/* Application data received so far (RFC 9190, section 2.1.1: one octet 0x00 is the protected
 * success indication). */
hf_bytes hf_tls_received(const struct hf_tls *tls);

#endif
