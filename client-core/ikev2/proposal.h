/* Proposals of SA payloads (RFC 7296, sections 2.7 and 3.3): made from the policy, checked when the
 * gateway chose from ours, and chosen from when it proposes. */
#ifndef HF_IKEV2_PROPOSAL_H
#define HF_IKEV2_PROPOSAL_H

#include "ikev2/keymat.h"
#include "ikev2/policy.h"

/* What was agreed on. */
struct hf_ikev2_choice {
    uint8_t number; /* of the proposal */
    uint8_t protocol;
    struct hf_cipher_suite cipher;
    uint16_t prf; /* IKE */
    uint16_t ke;  /* HF_KE_NONE: no key exchange */
    bool esn;     /* ESP */
    hf_bytes spi; /* the gateway's; borrows from its payload */
};

/* Our proposals: one of AEADs, one of other ciphers with integrity. `spi` is borrowed by `out`. */
void hf_ikev2_proposal_offer_ike(const struct hf_ikev2_policy *policy, hf_bytes spi,
                                 struct hf_ikev2_sa_payload *out);
/* `with_ke`: false inside IKE_AUTH, where children take their keys from the IKE SA's exchange
 * (RFC 7296, section 1.2). */
void hf_ikev2_proposal_offer_esp(const struct hf_ikev2_policy *policy, bool with_ke, hf_bytes spi,
                                 struct hf_ikev2_sa_payload *out);

/* The gateway's choice out of `offered`. HF_ERR_NO_PROPOSAL unless it is one proposal with exactly
 * one transform of every type that we offered there, each of them ours. */
hf_status hf_ikev2_proposal_accept(const struct hf_ikev2_sa_payload *offered,
                                   const struct hf_ikev2_sa_payload *reply,
                                   struct hf_ikev2_choice *out) HF_MUST_USE;

/* Our choice out of the gateway's proposals of `protocol`, in the order of our preference; among
 * groups the one of its KE payload (`ke_sent`, HF_KE_NONE without) where that is allowed.
 * HF_ERR_NO_PROPOSAL: nothing in common, or no key exchange where the policy wants one. */
hf_status hf_ikev2_proposal_choose(const struct hf_ikev2_policy *policy, uint8_t protocol,
                                   uint16_t ke_sent, const struct hf_ikev2_sa_payload *theirs,
                                   struct hf_ikev2_choice *out) HF_MUST_USE;
/* The SA payload that answers with this choice, carrying our `spi`. */
void hf_ikev2_proposal_answer(const struct hf_ikev2_choice *choice, hf_bytes spi,
                              struct hf_ikev2_sa_payload *out);

struct hf_ikev2_suite hf_ikev2_proposal_suite(const struct hf_ikev2_choice *choice);
/* "aes256gcm16-prfsha512-x25519"; ESP: "aes256gcm16-esn". */
void hf_ikev2_proposal_describe(const struct hf_ikev2_choice *choice, char *text, size_t capacity);

#endif
