/* What may be negotiated: the algorithms of the profile's level, narrowed by the profile, in order
 * of preference. Built once for each SA; proposals are made from it (proposal.h). */
#ifndef HF_IKEV2_POLICY_H
#define HF_IKEV2_POLICY_H

#include "base/fault.h"
#include "ikev2/sa.h"

#define HF_IKEV2_ROWS_MAX 12

struct hf_ikev2_rows {
    size_t count;
    const struct hf_algorithm *row[HF_IKEV2_ROWS_MAX];
};

struct hf_ikev2_policy {
    struct hf_ikev2_rows ike_encr, ike_prf, ike_integ, esp_encr, esp_integ;
    struct hf_ikev2_rows ke; /* of the IKE SA, and of children when they are rekeyed */
    bool allow_child_without_pfs;
};

/* HF_ERR_NO_PROPOSAL: the profile leaves nothing of what the level allows. */
hf_status hf_ikev2_policy_init(const struct hf_ikev2_sa_config *config,
                               struct hf_ikev2_policy *out) HF_MUST_USE;
/* Puts this group first: the one that the gateway is known to take. No effect when it is not
 * allowed. */
void hf_ikev2_policy_prefer_ke(struct hf_ikev2_policy *policy, uint16_t ke);
bool hf_ikev2_policy_allows_ke(const struct hf_ikev2_policy *policy, uint16_t ke);
/* "encr aes256gcm16 …, prf …, ke …": what we offer, for a fault. `protocol`: HF_PROTOCOL_IKE or
 * HF_PROTOCOL_ESP. */
void hf_ikev2_policy_describe(const struct hf_ikev2_policy *policy, uint8_t protocol,
                              char text[HF_FAULT_TEXT_MAX]);

#endif
