/* Picking from proposals (RFC 7296, sections 2.7 and 3.3.6). */
#include "scenario/gateway_internal.h"

#include "crypto/algorithms.h"

static bool is_same(const struct hf_ikev2_transform *a, const struct hf_ikev2_transform *b)
{
    return a->type == b->type && a->id == b->id && a->key_bits == b->key_bits;
}

static bool is_offered(const struct hf_ikev2_proposal *offered,
                       const struct hf_ikev2_transform *wanted)
{
    for (size_t i = 0; i < offered->transform_count; i++) {
        if (is_same(&offered->transforms[i], wanted))
            return true;
    }
    return false;
}

static bool has_type(const struct hf_ikev2_proposal *offered, uint8_t type)
{
    for (size_t i = 0; i < offered->transform_count; i++) {
        if (offered->transforms[i].type == type)
            return true;
    }
    return false;
}

/* Our best transform of this type among those offered; `preferred` goes first where it is one. */
static bool pick(const struct sim_suites *accepted, const struct hf_ikev2_proposal *offered,
                 uint8_t type, uint16_t preferred, struct gw_choice *choice)
{
    const struct hf_ikev2_transform *best = NULL;

    for (size_t i = 0; i < accepted->count; i++) {
        const struct hf_ikev2_transform *t = &accepted->transforms[i];

        if (t->type != type || !is_offered(offered, t))
            continue;
        if (best == NULL || t->id == preferred)
            best = t;
    }
    if (best == NULL)
        return false;
    choice->answer.transforms[choice->answer.transform_count++] = *best;
    return true;
}

static const struct hf_ikev2_transform *picked(const struct gw_choice *choice, uint8_t type)
{
    for (size_t i = 0; i < choice->answer.transform_count; i++) {
        if (choice->answer.transforms[i].type == type)
            return &choice->answer.transforms[i];
    }
    return NULL;
}

/* With an AEAD integrity is absent or NONE: RFC 7296, section 3.3. */
static bool pick_integrity(const struct sim_suites *accepted,
                           const struct hf_ikev2_proposal *offered, struct gw_choice *choice)
{
    static const struct hf_ikev2_transform none = { .type = HF_TRANSFORM_INTEG };
    const struct hf_ikev2_transform *encr = picked(choice, HF_TRANSFORM_ENCR);
    const struct hf_algorithm *row = hf_algorithm_find(HF_TRANSFORM_ENCR, encr->id, encr->key_bits);

    if (row == NULL || !row->is_aead)
        return pick(accepted, offered, HF_TRANSFORM_INTEG, 0, choice);
    if (!has_type(offered, HF_TRANSFORM_INTEG))
        return true;
    if (!is_offered(offered, &none))
        return false;
    choice->answer.transforms[choice->answer.transform_count++] = none;
    return true;
}

static void fill_suite(struct gw_choice *choice)
{
    const struct hf_ikev2_transform *encr = picked(choice, HF_TRANSFORM_ENCR);
    const struct hf_ikev2_transform *integ = picked(choice, HF_TRANSFORM_INTEG);
    const struct hf_ikev2_transform *prf = picked(choice, HF_TRANSFORM_PRF);
    const struct hf_ikev2_transform *ke = picked(choice, HF_TRANSFORM_KE);
    const struct hf_ikev2_transform *esn = picked(choice, HF_TRANSFORM_ESN);

    choice->suite = (struct hf_ikev2_suite){
        .cipher = {encr->id, encr->key_bits, integ == NULL ? HF_INTEG_NONE : integ->id},
        .prf = prf == NULL ? 0 : prf->id,
        .ke = ke == NULL ? HF_KE_NONE : ke->id,
    };
    choice->esn = esn != NULL && esn->id == 1;
}

static bool choose_from(const struct sim_suites *accepted, const struct hf_ikev2_proposal *offered,
                        bool with_ke, uint16_t preferred_ke, bool prefer_esn,
                        struct gw_choice *choice)
{
    bool is_ike = offered->protocol == HF_PROTOCOL_IKE;

    *choice = (struct gw_choice){
        .answer = {.number = offered->number, .protocol = offered->protocol, .spi = offered->spi}
    };
    if (!pick(accepted, offered, HF_TRANSFORM_ENCR, 0, choice) ||
        !pick_integrity(accepted, offered, choice) ||
        (is_ike && !pick(accepted, offered, HF_TRANSFORM_PRF, 0, choice)) ||
        (with_ke && !pick(accepted, offered, HF_TRANSFORM_KE, preferred_ke, choice)) ||
        (!is_ike && !pick(accepted, offered, HF_TRANSFORM_ESN, prefer_esn ? 1 : 0, choice)))
        return false;
    fill_suite(choice);
    return true;
}

bool gw_choose(const struct sim_suites *accepted, const struct hf_ikev2_sa_payload *offered,
               uint8_t protocol, bool with_ke, uint16_t preferred_ke, bool prefer_esn,
               struct gw_choice *out)
{
    for (size_t i = 0; i < offered->count; i++) {
        if (offered->proposals[i].protocol == protocol &&
            choose_from(accepted, &offered->proposals[i], with_ke, preferred_ke, prefer_esn, out))
            return true;
    }
    return false;
}

static void add(struct hf_ikev2_proposal *proposal, uint8_t type, uint16_t id, uint16_t key_bits)
{
    proposal->transforms[proposal->transform_count++] =
        (struct hf_ikev2_transform){ .type = type, .id = id, .key_bits = key_bits };
}

void gw_propose(const struct hf_ikev2_suite *suite, uint8_t protocol, bool esn, hf_bytes spi,
                struct hf_ikev2_proposal *out)
{
    *out = (struct hf_ikev2_proposal){ .number = 1, .protocol = protocol, .spi = spi };
    add(out, HF_TRANSFORM_ENCR, suite->cipher.encr, suite->cipher.key_bits);
    if (suite->cipher.integ != HF_INTEG_NONE)
        add(out, HF_TRANSFORM_INTEG, suite->cipher.integ, 0);
    if (protocol == HF_PROTOCOL_IKE)
        add(out, HF_TRANSFORM_PRF, suite->prf, 0);
    if (suite->ke != HF_KE_NONE)
        add(out, HF_TRANSFORM_KE, suite->ke, 0);
    if (protocol == HF_PROTOCOL_ESP)
        add(out, HF_TRANSFORM_ESN, esn ? 1 : 0, 0);
}
