/* A new IKE SA in place of the old one, by CREATE_CHILD_SA (RFC 7296, sections 1.3.2, 2.8, 2.18):
 * as the side that asks and as the side that answers. Who then inherits what is sa_tunnel.c's. */
#ifndef HF_IKEV2_REKEY_IKE_H
#define HF_IKEV2_REKEY_IKE_H

#include "crypto/ke.h"
#include "ikev2/channel.h"
#include "ikev2/init.h"
#include "ikev2/proposal.h"

struct hf_ikev2_rekey_ike {
    uint64_t spi;
    uint8_t nonce[HF_IKEV2_NONCE_LEN];
    struct hf_ke *ke;
};

/* On failure `out` can still be cleared. */
hf_status hf_ikev2_rekey_ike_start(const struct hf_env *env, uint16_t group,
                                   struct hf_ikev2_rekey_ike *out) HF_MUST_USE;
void hf_ikev2_rekey_ike_clear(struct hf_ikev2_rekey_ike *rekey);
/* Adds SA, Ni, KEi. */
void hf_ikev2_rekey_ike_encode(const struct hf_ikev2_rekey_ike *rekey,
                               const struct hf_ikev2_policy *policy,
                               struct hf_ikev2_chain_writer *chain);
/* Makes the new channel from the gateway's answer. */
hf_status hf_ikev2_rekey_ike_accept(const struct hf_ikev2_rekey_ike *rekey,
                                    const struct hf_ikev2_policy *policy,
                                    const struct hf_ikev2_channel *old,
                                    const struct hf_ikev2_chain *chain,
                                    struct hf_ikev2_channel **out,
                                    struct hf_ikev2_choice *out_choice) HF_MUST_USE;
/* Answers the gateway's rekey: adds SA, Nr, KEr and makes the new channel. HF_ERR_NO_PROPOSAL;
 * HF_ERR_BAD_KEY_EXCHANGE: `*out_group` is the group that we want, or HF_KE_NONE where the value is
 * bad; HF_ERR_MALFORMED. */
hf_status hf_ikev2_rekey_ike_answer(const struct hf_env *env, const struct hf_ikev2_policy *policy,
                                    const struct hf_ikev2_channel *old,
                                    const struct hf_ikev2_chain *chain,
                                    struct hf_ikev2_chain_writer *reply,
                                    struct hf_ikev2_channel **out,
                                    struct hf_ikev2_choice *out_choice,
                                    uint16_t *out_group) HF_MUST_USE;

#endif
