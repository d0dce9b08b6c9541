/* The algorithms that one SA may negotiate: see policy.h. */
#include "ikev2/policy.h"

#include <string.h>

#include "ikev2/numbers.h"
#include "ikev2/text.h"

static void add(struct hf_ikev2_rows *rows, const struct hf_algorithm *row)
{
    if (row->id != 0 && rows->count < HF_IKEV2_ROWS_MAX) /* 0 is NONE in every type */
        rows->row[rows->count++] = row;
}

/* The profile's rows in its order, less what the level refuses; the level's where it names none. */
static void fill(struct hf_ikev2_rows *rows, enum hf_transform_type type, enum hf_level level,
                 const struct hf_algorithm *const *wanted, size_t wanted_count)
{
    const struct hf_algorithm *all[HF_IKEV2_ROWS_MAX];
    size_t count = hf_algorithms_of_level(type, level, all, HF_ARRAY_LEN(all));

    rows->count = 0;
    for (size_t i = 0; i < wanted_count; i++) {
        if (wanted[i]->type == type && hf_algorithm_is_allowed(wanted[i], level))
            add(rows, wanted[i]);
    }
    for (size_t i = 0; wanted_count == 0 && i < count; i++)
        add(rows, all[i]);
}

/* At least one cipher can be proposed: an AEAD, or another with an integrity algorithm. */
static bool has_cipher(const struct hf_ikev2_rows *encr, const struct hf_ikev2_rows *integ)
{
    for (size_t i = 0; i < encr->count; i++) {
        if (encr->row[i]->is_aead || integ->count != 0)
            return true;
    }
    return false;
}

hf_status hf_ikev2_policy_init(const struct hf_ikev2_sa_config *config, struct hf_ikev2_policy *out)
{
    struct hf_ikev2_policy policy = { .allow_child_without_pfs = config->allow_child_without_pfs };

    fill(&policy.ike_encr, HF_TRANSFORM_ENCR, config->level, config->ike_encr,
         config->ike_encr_count);
    fill(&policy.ike_prf, HF_TRANSFORM_PRF, config->level, config->ike_prf, config->ike_prf_count);
    fill(&policy.ike_integ, HF_TRANSFORM_INTEG, config->level, config->ike_integ,
         config->ike_integ_count);
    fill(&policy.ke, HF_TRANSFORM_KE, config->level, config->ike_ke, config->ike_ke_count);
    fill(&policy.esp_encr, HF_TRANSFORM_ENCR, config->level, config->esp_encr,
         config->esp_encr_count);
    fill(&policy.esp_integ, HF_TRANSFORM_INTEG, config->level, config->esp_integ,
         config->esp_integ_count);
    if (policy.ike_prf.count == 0 || policy.ke.count == 0 ||
        !has_cipher(&policy.ike_encr, &policy.ike_integ) ||
        !has_cipher(&policy.esp_encr, &policy.esp_integ))
        return HF_ERR_NO_PROPOSAL;
    hf_ikev2_policy_prefer_ke(&policy, config->first_ke);
    *out = policy;
    return HF_OK;
}

static size_t index_of_ke(const struct hf_ikev2_policy *policy, uint16_t ke)
{
    size_t i = 0;

    while (i < policy->ke.count && policy->ke.row[i]->id != ke)
        i++;
    return i;
}

bool hf_ikev2_policy_allows_ke(const struct hf_ikev2_policy *policy, uint16_t ke)
{
    return index_of_ke(policy, ke) < policy->ke.count;
}

void hf_ikev2_policy_prefer_ke(struct hf_ikev2_policy *policy, uint16_t ke)
{
    size_t at = index_of_ke(policy, ke);
    const struct hf_algorithm *row;

    if (at == policy->ke.count)
        return;
    row = policy->ke.row[at];
    for (; at > 0; at--)
        policy->ke.row[at] = policy->ke.row[at - 1];
    policy->ke.row[0] = row;
}

static void describe_rows(char text[HF_FAULT_TEXT_MAX], const char *label,
                          const struct hf_ikev2_rows *rows)
{
    if (rows->count == 0)
        return;
    hf_ikev2_text_join(text, HF_FAULT_TEXT_MAX, ", ", label);
    for (size_t i = 0; i < rows->count; i++)
        hf_ikev2_text_join(text, HF_FAULT_TEXT_MAX, " ", rows->row[i]->name);
}

void hf_ikev2_policy_describe(const struct hf_ikev2_policy *policy, uint8_t protocol,
                              char text[HF_FAULT_TEXT_MAX])
{
    text[0] = '\0';
    if (protocol == HF_PROTOCOL_IKE) {
        describe_rows(text, "encr", &policy->ike_encr);
        describe_rows(text, "integ", &policy->ike_integ);
        describe_rows(text, "prf", &policy->ike_prf);
    } else {
        describe_rows(text, "encr", &policy->esp_encr);
        describe_rows(text, "integ", &policy->esp_integ);
    }
    describe_rows(text, "ke", &policy->ke);
}
