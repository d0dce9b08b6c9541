/* Who is who, in IKE_AUTH (RFC 7296, sections 2.15 and 2.16): our identity and proof (auth.c), the
 * gateway's (auth_verify.c), and EAP between them (auth_eap.c). The order is the point: nothing of
 * EAP is read, let alone answered, before the gateway has proved to be the one that the profile
 * names (rules A1 to A7 of the threat model). */
#ifndef HF_IKEV2_AUTH_H
#define HF_IKEV2_AUTH_H

#include "ikev2/channel.h"
#include "ikev2/init.h"

struct hf_ikev2_auth_exchange {
    const struct hf_ikev2_sa_config *config;
    const struct hf_env *env;
    const struct hf_ikev2_init *init; /* messages and nonces that AUTH covers */
    const struct hf_ikev2_channel *channel;
    hf_buf idr; /* the gateway's identity payload, as it was on the wire */
    bool peer_verified;
    struct hf_eap_peer *eap;
    char gateway[HF_FAULT_TEXT_MAX]; /* the identity it proved */
    char method[64];                 /* how we prove ours, for status */
};

/* Sets EAP up, where it will be used, before anybody is asked, as a TLS library takes its time.
 * What fails here fails again when it is needed, and is told then. Both are borrowed until clear.
 */
void hf_ikev2_auth_eap_prepare(struct hf_ikev2_auth_exchange *auth,
                               const struct hf_ikev2_sa_config *config, const struct hf_env *env);
/* All but `out` are borrowed until clear; an EAP that was set up is kept. */
void hf_ikev2_auth_begin(struct hf_ikev2_auth_exchange *auth,
                         const struct hf_ikev2_sa_config *config, const struct hf_env *env,
                         const struct hf_ikev2_init *init, const struct hf_ikev2_channel *channel);
void hf_ikev2_auth_clear(struct hf_ikev2_auth_exchange *auth);

/* Adds IDi, [CERT…,] [CERTREQ,] [IDr,] and, unless EAP follows, AUTH.
 * HF_ERR_CREDENTIAL_MISSING, HF_ERR_CREDENTIAL_INVALID; HF_ERR_AUTH_REJECTED: the gateway knows no
 * signature hash that we use. The fault says more. */
hf_status hf_ikev2_auth_ask(struct hf_ikev2_auth_exchange *auth,
                            struct hf_ikev2_chain_writer *chain,
                            struct hf_fault *out_fault) HF_MUST_USE;

/* Verifies identity, certificate and AUTH of the gateway, in this order. HF_ERR_PEER_IDENTITY,
 * HF_ERR_PEER_AUTH, HF_ERR_CERT_…. Sets `peer_verified`. */
hf_status hf_ikev2_auth_verify(struct hf_ikev2_auth_exchange *auth,
                               const struct hf_ikev2_chain *chain,
                               struct hf_fault *out_fault) HF_MUST_USE;

enum hf_ikev2_auth_eap_result { HF_AUTH_EAP_RESPOND, HF_AUTH_EAP_DONE, HF_AUTH_EAP_FAILED };
/* Takes the EAP payload of a reply. RESPOND: `out` holds our response. DONE: the MSK is there. */
enum hf_ikev2_auth_eap_result hf_ikev2_auth_eap_handle(struct hf_ikev2_auth_exchange *auth,
                                                       const struct hf_ikev2_chain *chain,
                                                       hf_buf *out, struct hf_fault *out_fault,
                                                       hf_time now);
/* Why EAP will fail, where that is known before the gateway says so; NULL: it may yet succeed. */
const struct hf_fault *hf_ikev2_auth_eap_fault(const struct hf_ikev2_auth_exchange *auth);
/* AUTH by the MSK, both ways (RFC 7296, section 2.16). */
hf_status hf_ikev2_auth_eap_add(struct hf_ikev2_auth_exchange *auth,
                                struct hf_ikev2_chain_writer *chain) HF_MUST_USE;
hf_status hf_ikev2_auth_eap_verify(struct hf_ikev2_auth_exchange *auth,
                                   const struct hf_ikev2_chain *chain,
                                   struct hf_fault *out_fault) HF_MUST_USE;

/* The octets that our AUTH covers, and those of the gateway's. */
hf_status hf_ikev2_auth_own_octets(const struct hf_ikev2_auth_exchange *auth,
                                   hf_buf *out) HF_MUST_USE;
hf_status hf_ikev2_auth_peer_octets(const struct hf_ikev2_auth_exchange *auth,
                                    hf_buf *out) HF_MUST_USE;
void hf_ikev2_auth_add(struct hf_ikev2_chain_writer *chain, uint8_t method, hf_bytes data);

#endif
