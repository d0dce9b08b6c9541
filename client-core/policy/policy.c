/* A policy as values: see <holdfast/policy.h>. */
#include "policy/values.h"

#include <stdlib.h>
#include <string.h>

hf_status hf_policy_new(struct hf_policy **out)
{
    struct hf_policy *policy = calloc(1, sizeof *policy);

    if (policy == NULL)
        return HF_ERR_NO_MEMORY;
    *out = policy;
    return HF_OK;
}

void hf_policy_free(struct hf_policy *policy)
{
    free(policy);
}

void hf_policy_copy(struct hf_policy *to, const struct hf_policy *from)
{
    *to = *from;
}

void hf_policy_mark_signed(struct hf_policy *policy, const char *origin)
{
    for (size_t i = 0; i < HF_POLICY_KEY_COUNT; i++) {
        struct hf_policy_value *value = &policy->values[i];

        if (value->set && strcmp(value->origin, origin) == 0)
            value->is_signed = true;
    }
}

void hf_policy_copy_key(struct hf_policy *to, const struct hf_policy *from, enum hf_policy_key key)
{
    to->values[key] = from->values[key];
}

bool hf_policy_has(const struct hf_policy *policy, enum hf_policy_key key)
{
    return policy->values[key].set;
}

bool hf_policy_is_managed(const struct hf_policy *policy, enum hf_policy_key key)
{
    return policy->values[key].set && policy->values[key].tier == HF_POLICY_TIER_MANAGED;
}

bool hf_policy_flag(const struct hf_policy *policy, enum hf_policy_key key, bool otherwise)
{
    HF_ASSERT(hf_policy_rows[key].kind == HF_POLICY_BOOL);
    return policy->values[key].set ? policy->values[key].number != 0 : otherwise;
}

uint32_t hf_policy_number(const struct hf_policy *policy, enum hf_policy_key key,
                          uint32_t otherwise)
{
    HF_ASSERT(hf_policy_rows[key].kind == HF_POLICY_NUMBER);
    return policy->values[key].set ? policy->values[key].number : otherwise;
}

int hf_policy_name(const struct hf_policy *policy, enum hf_policy_key key, int otherwise)
{
    HF_ASSERT(hf_policy_rows[key].kind == HF_POLICY_NAME);
    return policy->values[key].set ? (int)policy->values[key].number : otherwise;
}

const char *hf_policy_text(const struct hf_policy *policy, enum hf_policy_key key)
{
    return policy->values[key].text[0];
}

size_t hf_policy_texts(const struct hf_policy *policy, enum hf_policy_key key)
{
    return policy->values[key].text_count;
}

const char *hf_policy_nth_text(const struct hf_policy *policy, enum hf_policy_key key, size_t n)
{
    HF_ASSERT(n < policy->values[key].text_count);
    return policy->values[key].text[n];
}

const char *hf_policy_origin(const struct hf_policy *policy, enum hf_policy_key key)
{
    return policy->values[key].origin;
}

const char *hf_policy_key_name(enum hf_policy_key key)
{
    return hf_policy_rows[key].name;
}
