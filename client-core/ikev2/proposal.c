/* Making and accepting our own proposals: see proposal.h. Choosing from the gateway's is in
 * proposal_choose.c. */
#include "ikev2/proposal.h"

#include <string.h>

#include "ikev2/text.h"

static void add(struct hf_ikev2_proposal *proposal, uint8_t type, uint16_t id, uint16_t key_bits)
{
    if (proposal->transform_count < HF_TRANSFORMS_MAX)
        proposal->transforms[proposal->transform_count++] =
            (struct hf_ikev2_transform){ .type = type, .id = id, .key_bits = key_bits };
}

static void add_rows(struct hf_ikev2_proposal *proposal, const struct hf_ikev2_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        add(proposal, (uint8_t)rows->row[i]->type, rows->row[i]->id, rows->row[i]->key_bits);
}

/* An AEAD and another cipher never share a proposal: only the latter takes an integrity algorithm
 * (RFC 7296, section 3.3). False when there is nothing to propose. */
static bool add_ciphers(struct hf_ikev2_proposal *proposal, const struct hf_ikev2_rows *encr,
                        const struct hf_ikev2_rows *integ, bool aead)
{
    for (size_t i = 0; i < encr->count; i++) {
        if (encr->row[i]->is_aead == aead)
            add(proposal, HF_TRANSFORM_ENCR, encr->row[i]->id, encr->row[i]->key_bits);
    }
    if (proposal->transform_count == 0 || (!aead && integ->count == 0))
        return false;
    if (!aead)
        add_rows(proposal, integ);
    return true;
}

static struct hf_ikev2_proposal *next_proposal(struct hf_ikev2_sa_payload *sa, uint8_t protocol,
                                               hf_bytes spi)
{
    struct hf_ikev2_proposal *proposal = &sa->proposals[sa->count];

    *proposal = (struct hf_ikev2_proposal){ .number = (uint8_t)(sa->count + 1),
                                            .protocol = protocol,
                                            .spi = spi };
    return proposal;
}

void hf_ikev2_proposal_offer_ike(const struct hf_ikev2_policy *policy, hf_bytes spi,
                                 struct hf_ikev2_sa_payload *out)
{
    out->count = 0;
    for (int aead = 1; aead >= 0; aead--) {
        struct hf_ikev2_proposal *proposal = next_proposal(out, HF_PROTOCOL_IKE, spi);

        if (!add_ciphers(proposal, &policy->ike_encr, &policy->ike_integ, aead == 1))
            continue;
        add_rows(proposal, &policy->ike_prf);
        add_rows(proposal, &policy->ke);
        out->count++;
    }
}

void hf_ikev2_proposal_offer_esp(const struct hf_ikev2_policy *policy, bool with_ke, hf_bytes spi,
                                 struct hf_ikev2_sa_payload *out)
{
    out->count = 0;
    for (int aead = 1; aead >= 0; aead--) {
        struct hf_ikev2_proposal *proposal = next_proposal(out, HF_PROTOCOL_ESP, spi);

        if (!add_ciphers(proposal, &policy->esp_encr, &policy->esp_integ, aead == 1))
            continue;
        if (with_ke) {
            add_rows(proposal, &policy->ke);
            if (policy->allow_child_without_pfs)
                add(proposal, HF_TRANSFORM_KE, HF_KE_NONE, 0);
        }
        add(proposal, HF_TRANSFORM_ESN, 1, 0);
        add(proposal, HF_TRANSFORM_ESN, 0, 0);
        out->count++;
    }
}

/* A cipher of fixed key length has no Key Length attribute; some gateways send one all the same. */
static bool is_same(const struct hf_ikev2_transform *offered, const struct hf_ikev2_transform *got)
{
    const struct hf_algorithm *row = hf_algorithm_find(offered->type, offered->id, 0);

    if (offered->type != got->type || offered->id != got->id)
        return false;
    if (offered->key_bits == 0 && got->key_bits != 0)
        return row != NULL && offered->type == HF_TRANSFORM_ENCR &&
               got->key_bits == row->key_len * 8;
    return offered->key_bits == got->key_bits;
}

static const struct hf_ikev2_transform *find(const struct hf_ikev2_proposal *proposal,
                                             const struct hf_ikev2_transform *wanted)
{
    for (size_t i = 0; i < proposal->transform_count; i++) {
        if (is_same(&proposal->transforms[i], wanted))
            return &proposal->transforms[i];
    }
    return NULL;
}

static size_t count_of_type(const struct hf_ikev2_proposal *proposal, uint8_t type)
{
    size_t count = 0;

    for (size_t i = 0; i < proposal->transform_count; i++)
        count += proposal->transforms[i].type == type;
    return count;
}

static void take(struct hf_ikev2_choice *choice, const struct hf_ikev2_transform *transform)
{
    switch ((enum hf_transform_type)transform->type) {
    case HF_TRANSFORM_ENCR:
        choice->cipher.encr = transform->id;
        choice->cipher.key_bits = transform->key_bits;
        break;
    case HF_TRANSFORM_PRF:
        choice->prf = transform->id;
        break;
    case HF_TRANSFORM_INTEG:
        choice->cipher.integ = transform->id;
        break;
    case HF_TRANSFORM_KE:
        choice->ke = transform->id;
        break;
    case HF_TRANSFORM_ESN:
        choice->esn = transform->id != 0;
        break;
    }
}

/* Every type that we offered was answered once; a KE may be left out where NONE was on offer. */
static bool is_complete(const struct hf_ikev2_proposal *ours, const struct hf_ikev2_proposal *got)
{
    static const struct hf_ikev2_transform no_ke = { .type = HF_TRANSFORM_KE };

    for (size_t i = 0; i < ours->transform_count; i++) {
        uint8_t type = ours->transforms[i].type;

        if (count_of_type(got, type) == 0 &&
            !(type == HF_TRANSFORM_KE && find(ours, &no_ke) != NULL))
            return false;
    }
    return true;
}

static const struct hf_ikev2_proposal *find_number(const struct hf_ikev2_sa_payload *sa,
                                                   uint8_t number)
{
    for (size_t i = 0; i < sa->count; i++) {
        if (sa->proposals[i].number == number)
            return &sa->proposals[i];
    }
    return NULL;
}

hf_status hf_ikev2_proposal_accept(const struct hf_ikev2_sa_payload *offered,
                                   const struct hf_ikev2_sa_payload *reply,
                                   struct hf_ikev2_choice *out)
{
    const struct hf_ikev2_proposal *got = &reply->proposals[0], *ours;
    struct hf_ikev2_choice choice = { 0 };

    if (reply->count != 1)
        return HF_ERR_NO_PROPOSAL;
    ours = find_number(offered, got->number);
    if (ours == NULL || ours->protocol != got->protocol || ours->spi.len != got->spi.len ||
        !is_complete(ours, got))
        return HF_ERR_NO_PROPOSAL;
    for (size_t i = 0; i < got->transform_count; i++) {
        const struct hf_ikev2_transform *match = find(ours, &got->transforms[i]);

        if (match == NULL || count_of_type(got, match->type) != 1)
            return HF_ERR_NO_PROPOSAL;
        take(&choice, match);
    }
    choice.number = got->number;
    choice.protocol = got->protocol;
    choice.spi = got->spi;
    *out = choice;
    return HF_OK;
}

void hf_ikev2_proposal_answer(const struct hf_ikev2_choice *choice, hf_bytes spi,
                              struct hf_ikev2_sa_payload *out)
{
    struct hf_ikev2_proposal *proposal = &out->proposals[0];

    *proposal = (struct hf_ikev2_proposal){ .number = choice->number,
                                            .protocol = choice->protocol,
                                            .spi = spi };
    add(proposal, HF_TRANSFORM_ENCR, choice->cipher.encr, choice->cipher.key_bits);
    if (choice->cipher.integ != HF_INTEG_NONE)
        add(proposal, HF_TRANSFORM_INTEG, choice->cipher.integ, 0);
    if (choice->protocol == HF_PROTOCOL_IKE)
        add(proposal, HF_TRANSFORM_PRF, choice->prf, 0);
    if (choice->ke != HF_KE_NONE)
        add(proposal, HF_TRANSFORM_KE, choice->ke, 0);
    if (choice->protocol == HF_PROTOCOL_ESP)
        add(proposal, HF_TRANSFORM_ESN, choice->esn ? 1 : 0, 0);
    out->count = 1;
}

struct hf_ikev2_suite hf_ikev2_proposal_suite(const struct hf_ikev2_choice *choice)
{
    return (
        struct hf_ikev2_suite){ .cipher = choice->cipher, .prf = choice->prf, .ke = choice->ke };
}

static void describe(char *text, size_t capacity, enum hf_transform_type type, uint16_t id,
                     uint16_t key_bits)
{
    const struct hf_algorithm *row = hf_algorithm_find(type, id, key_bits);

    if (id != 0 && row != NULL)
        hf_ikev2_text_join(text, capacity, "-", row->name);
}

void hf_ikev2_proposal_describe(const struct hf_ikev2_choice *choice, char *text, size_t capacity)
{
    text[0] = '\0';
    describe(text, capacity, HF_TRANSFORM_ENCR, choice->cipher.encr, choice->cipher.key_bits);
    describe(text, capacity, HF_TRANSFORM_INTEG, choice->cipher.integ, 0);
    describe(text, capacity, HF_TRANSFORM_PRF, choice->prf, 0);
    describe(text, capacity, HF_TRANSFORM_KE, choice->ke, 0);
    if (choice->esn)
        hf_ikev2_text_join(text, capacity, "-", "esn");
}
