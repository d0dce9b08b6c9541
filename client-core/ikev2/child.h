/* Negotiation of one child SA, as the side that asks and as the side that answers (RFC 7296,
 * sections 1.3, 2.9, 2.17). Which child replaces which is children.h. */
#ifndef HF_IKEV2_CHILD_H
#define HF_IKEV2_CHILD_H

#include "crypto/ke.h"
#include "ikev2/narrow.h"
#include "ikev2/proposal.h"

#define HF_IKEV2_CHILD_NONCE_LEN 32

/* A child that we ask for. */
struct hf_ikev2_child_offer {
    uint32_t spi_in;
    bool in_auth; /* inside IKE_AUTH: no nonce and no KE of its own */
    struct hf_selectors asked;
    uint8_t nonce[HF_IKEV2_CHILD_NONCE_LEN];
    struct hf_ke *ke;
};

/* Draws an SPI that none of `taken` is. HF_ERR_CRYPTO: no randomness. */
hf_status hf_ikev2_child_draw_spi(const struct hf_env *env, const uint32_t *taken, size_t count,
                                  uint32_t *out) HF_MUST_USE;

/* `ke`: group of the KE payload, HF_KE_NONE inside IKE_AUTH. On failure `offer` can still be
 * cleared. */
hf_status hf_ikev2_child_offer_make(const struct hf_env *env, uint32_t spi_in,
                                    const struct hf_selectors *asked, uint16_t ke,
                                    struct hf_ikev2_child_offer *out) HF_MUST_USE;
void hf_ikev2_child_offer_clear(struct hf_ikev2_child_offer *offer);
/* Adds SA, [Ni, KEi,] TSi, TSr. */
void hf_ikev2_child_offer_encode(const struct hf_ikev2_child_offer *offer,
                                 const struct hf_ikev2_policy *policy,
                                 struct hf_ikev2_chain_writer *chain);

/* Where the keys come from. */
struct hf_ikev2_child_source {
    uint16_t prf;
    const hf_secret *d;
    hf_bytes nonce_i, nonce_r; /* of IKE_SA_INIT; used by a child inside IKE_AUTH */
};

/* What was agreed on beside the child itself. */
struct hf_ikev2_child_terms {
    uint16_t ke;
    char text[96];
};

/* Takes the gateway's answer. HF_ERR_NO_PROPOSAL, HF_ERR_TS_REFUSED: it chose what we did not
 * offer; HF_ERR_BAD_KEY_EXCHANGE; HF_ERR_MALFORMED. The fault carries what was offered. */
hf_status hf_ikev2_child_offer_accept(const struct hf_ikev2_child_offer *offer,
                                      const struct hf_ikev2_policy *policy,
                                      const struct hf_ikev2_child_source *source,
                                      const struct hf_ikev2_chain *chain,
                                      struct hf_ikev2_child *out,
                                      struct hf_ikev2_child_terms *out_terms,
                                      struct hf_fault *out_fault) HF_MUST_USE;

/* A child that the gateway asks for, to replace one with these selectors: chooses, makes keys and
 * adds SA, Nr, [KEr,] TSi, TSr. HF_ERR_NO_PROPOSAL; HF_ERR_TS_REFUSED; HF_ERR_BAD_KEY_EXCHANGE:
 * `*out_group` is the one that we want instead of the one it used, or HF_KE_NONE where its value is
 * bad; HF_ERR_MALFORMED. */
struct hf_ikev2_child_request {
    const struct hf_env *env;
    const struct hf_ikev2_policy *policy;
    const struct hf_ikev2_child_source *source;
    const struct hf_selectors *within; /* of the child being replaced */
    uint32_t spi_in;                   /* ours, of the new one */
};
hf_status hf_ikev2_child_answer(const struct hf_ikev2_child_request *request,
                                const struct hf_ikev2_chain *chain,
                                struct hf_ikev2_chain_writer *reply, struct hf_ikev2_child *out,
                                struct hf_ikev2_child_terms *out_terms,
                                uint16_t *out_group) HF_MUST_USE;

#endif
