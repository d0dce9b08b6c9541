/* The EAP peer (RFC 3748, states of RFC 4137): Identity, Notification and Nak itself, the rest by
 * methods from a table (methods.def). Bytes in, one response out. It carries IKEv2's rule that
 * nothing is answered before the server is authenticated by not being created earlier. */
#ifndef HF_EAP_PEER_H
#define HF_EAP_PEER_H

#include "base/env.h"
#include "base/fault.h"
#include "base/secret.h"
#include "crypto/tls.h"

#define HF_EAP_MAX_ROUNDS  64    /* requests of one conversation */
#define HF_EAP_MESSAGE_MAX 65536 /* octets of a reassembled TLS message */

enum hf_eap_type {
    HF_EAP_IDENTITY = 1,
    HF_EAP_NOTIFICATION = 2,
    HF_EAP_NAK = 3,
    HF_EAP_TLS = 13,
};

struct hf_eap_config {
    hf_bytes identity;        /* answer to an Identity request; borrowed */
    uint8_t method;           /* the one type that the profile allows */
    struct hf_tls_config tls; /* for EAP-TLS */
    size_t fragment_size;     /* octets of TLS data per response; 0: 1024 */
};

enum hf_eap_result {
    HF_EAP_RESPOND, /* `out` holds the response */
    HF_EAP_SUCCESS, /* the method is done and the server said Success; the MSK is there */
    HF_EAP_FAILURE, /* the fault says why */
    HF_EAP_IGNORE,  /* not an answerable packet: nothing changes */
};

struct hf_eap_peer;

/* What `config` borrows, and `env`, must outlive the peer. HF_ERR_EAP_METHOD: not a method that we
 * have; otherwise what its set-up says (hf_tls_new). */
hf_status hf_eap_peer_new(const struct hf_eap_config *config, const struct hf_env *env,
                          struct hf_eap_peer **out) HF_MUST_USE;
void hf_eap_peer_free(struct hf_eap_peer *peer);
/* Takes one EAP packet of the server. `out` is emptied first. A Success before the method is done
 * is HF_EAP_FAILURE with HF_ERR_PEER_AUTH. */
enum hf_eap_result hf_eap_peer_handle(struct hf_eap_peer *peer, hf_bytes packet, hf_buf *out,
                                      struct hf_fault *out_fault, hf_time now);
/* Why the conversation will fail, as soon as that is known: a method that has refused the server
 * still has an alert to send (HF_EAP_RESPOND), and the server's answer to it may never come. NULL:
 * it may yet succeed. Borrowed. */
const struct hf_fault *hf_eap_peer_fault(const struct hf_eap_peer *peer);
/* The MSK, 64 octets; empty before success. Borrowed. */
hf_bytes hf_eap_peer_msk(const struct hf_eap_peer *peer);
/* "tls1.3", for status; NULL before the method is done. */
const char *hf_eap_peer_detail(const struct hf_eap_peer *peer);

#endif
