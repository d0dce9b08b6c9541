/* The table of attempt_rules.def. */
#include "conn/attempt_rules.h"

static const struct hf_attempt_rule rules[] = {
#define HF_ATTEMPT_RULE(from, on, effect, to)                                                      \
    { HF_CONN_##from, HF_ATTEMPT_IN_##on, HF_ATTEMPT_DO_##effect, HF_CONN_##to },
#include "conn/attempt_rules.def"
#undef HF_ATTEMPT_RULE
};

const struct hf_attempt_rule *hf_attempt_rules(size_t *out_count)
{
    *out_count = HF_ARRAY_LEN(rules);
    return rules;
}

const struct hf_attempt_rule *hf_attempt_rule_find(enum hf_conn_state state,
                                                   enum hf_attempt_input input)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(rules); i++) {
        if (rules[i].from == state && rules[i].on == input)
            return &rules[i];
    }
    return NULL;
}

const char *hf_attempt_input_name(enum hf_attempt_input input)
{
    static const char *const names[] = {
#define HF_ATTEMPT_INPUT(name, text) [HF_ATTEMPT_IN_##name] = text,
#include "conn/attempt_inputs.def"
#undef HF_ATTEMPT_INPUT
    };

    HF_ASSERT((size_t)input < HF_ARRAY_LEN(names));
    return names[input];
}
