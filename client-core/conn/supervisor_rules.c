/* The table of supervisor_rules.def. */
#include "conn/supervisor_rules.h"

static const struct hf_supervisor_rule rules[] = {
#define HF_SUPERVISOR_RULE(from, on, effect, to)                                                   \
    { HF_CONN_##from, HF_SUPERVISOR_IN_##on, HF_SUPERVISOR_DO_##effect, HF_CONN_##to },
#include "conn/supervisor_rules.def"
#undef HF_SUPERVISOR_RULE
};

const struct hf_supervisor_rule *hf_supervisor_rules(size_t *out_count)
{
    *out_count = HF_ARRAY_LEN(rules);
    return rules;
}

const struct hf_supervisor_rule *hf_supervisor_rule_find(enum hf_conn_state state,
                                                         enum hf_supervisor_input input)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(rules); i++) {
        if (rules[i].from == state && rules[i].on == input)
            return &rules[i];
    }
    return NULL;
}

const char *hf_supervisor_input_name(enum hf_supervisor_input input)
{
    static const char *const names[] = {
#define HF_SUPERVISOR_INPUT(name, text) [HF_SUPERVISOR_IN_##name] = text,
#include "conn/supervisor_inputs.def"
#undef HF_SUPERVISOR_INPUT
    };

    HF_ASSERT((size_t)input < HF_ARRAY_LEN(names));
    return names[input];
}
