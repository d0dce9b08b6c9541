/* Choosing from the gateway's proposals when it starts a CREATE_CHILD_SA: see proposal.h. */
#include "ikev2/proposal.h"

static bool has(const struct hf_ikev2_proposal *proposal, uint8_t type, uint16_t id,
                uint16_t key_bits)
{
    for (size_t i = 0; i < proposal->transform_count; i++) {
        const struct hf_ikev2_transform *t = &proposal->transforms[i];

        if (t->type == type && t->id == id && t->key_bits == key_bits)
            return true;
    }
    return false;
}

static bool has_type(const struct hf_ikev2_proposal *proposal, uint8_t type)
{
    for (size_t i = 0; i < proposal->transform_count; i++) {
        if (proposal->transforms[i].type == type)
            return true;
    }
    return false;
}

/* A proposal with a transform type that we do not know is not acceptable (RFC 7296,
 * section 3.3.6). */
static bool is_understood(const struct hf_ikev2_proposal *proposal)
{
    for (size_t i = 0; i < proposal->transform_count; i++) {
        if (proposal->transforms[i].type < HF_TRANSFORM_ENCR ||
            proposal->transforms[i].type > HF_TRANSFORM_ESN)
            return false;
    }
    return true;
}

/* The first of our rows that the proposal has too; false when there is none. */
static bool first_common(const struct hf_ikev2_proposal *proposal, const struct hf_ikev2_rows *rows,
                         uint16_t *out)
{
    for (size_t i = 0; i < rows->count; i++) {
        if (has(proposal, (uint8_t)rows->row[i]->type, rows->row[i]->id, rows->row[i]->key_bits)) {
            *out = rows->row[i]->id;
            return true;
        }
    }
    return false;
}

static bool choose_ke(const struct hf_ikev2_policy *policy, const struct hf_ikev2_proposal *theirs,
                      uint16_t ke_sent, uint16_t *out)
{
    if (ke_sent != HF_KE_NONE && hf_ikev2_policy_allows_ke(policy, ke_sent) &&
        has(theirs, HF_TRANSFORM_KE, ke_sent, 0)) {
        *out = ke_sent;
        return true;
    }
    if (first_common(theirs, &policy->ke, out))
        return true;
    *out = HF_KE_NONE;
    return theirs->protocol == HF_PROTOCOL_ESP && policy->allow_child_without_pfs &&
           (!has_type(theirs, HF_TRANSFORM_KE) || has(theirs, HF_TRANSFORM_KE, HF_KE_NONE, 0));
}

static bool choose_integ(const struct hf_ikev2_proposal *theirs, const struct hf_algorithm *encr,
                         const struct hf_ikev2_rows *rows, uint16_t *out)
{
    if (!encr->is_aead)
        return first_common(theirs, rows, out);
    *out = HF_INTEG_NONE;
    return !has_type(theirs, HF_TRANSFORM_INTEG) ||
           has(theirs, HF_TRANSFORM_INTEG, HF_INTEG_NONE, 0);
}

static bool choose_for(const struct hf_ikev2_policy *policy, const struct hf_algorithm *encr,
                       uint16_t ke_sent, const struct hf_ikev2_proposal *theirs,
                       struct hf_ikev2_choice *out)
{
    bool ike = theirs->protocol == HF_PROTOCOL_IKE;
    struct hf_ikev2_choice choice = {
        .number = theirs->number,
        .protocol = theirs->protocol,
        .cipher = {.encr = encr->id, .key_bits = encr->key_bits},
        .spi = theirs->spi,
    };

    if (!is_understood(theirs) || !has(theirs, HF_TRANSFORM_ENCR, encr->id, encr->key_bits) ||
        !choose_integ(theirs, encr, ike ? &policy->ike_integ : &policy->esp_integ,
                      &choice.cipher.integ) ||
        !choose_ke(policy, theirs, ke_sent, &choice.ke))
        return false;
    if (ike && !first_common(theirs, &policy->ike_prf, &choice.prf))
        return false;
    choice.esn = !ike && has(theirs, HF_TRANSFORM_ESN, 1, 0);
    if (!ike && !choice.esn && !has(theirs, HF_TRANSFORM_ESN, 0, 0))
        return false;
    *out = choice;
    return true;
}

hf_status hf_ikev2_proposal_choose(const struct hf_ikev2_policy *policy, uint8_t protocol,
                                   uint16_t ke_sent, const struct hf_ikev2_sa_payload *theirs,
                                   struct hf_ikev2_choice *out)
{
    const struct hf_ikev2_rows *encr =
        protocol == HF_PROTOCOL_IKE ? &policy->ike_encr : &policy->esp_encr;
    size_t spi_len = protocol == HF_PROTOCOL_IKE ? 8 : 4;

    for (size_t i = 0; i < encr->count; i++) {
        for (size_t j = 0; j < theirs->count; j++) {
            const struct hf_ikev2_proposal *proposal = &theirs->proposals[j];

            if (proposal->protocol == protocol && proposal->spi.len == spi_len &&
                choose_for(policy, encr->row[i], ke_sent, proposal, out))
                return HF_OK;
        }
    }
    return HF_ERR_NO_PROPOSAL;
}
