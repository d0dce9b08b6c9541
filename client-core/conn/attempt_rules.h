/* The attempt's table of transitions as data: what the machine runs, what tests walk. */
#ifndef HF_CONN_ATTEMPT_RULES_H
#define HF_CONN_ATTEMPT_RULES_H

#include "base/bytes.h"
#include <holdfast/state.h>

enum hf_attempt_input {
#define HF_ATTEMPT_INPUT(name, text) HF_ATTEMPT_IN_##name,
#include "conn/attempt_inputs.def"
#undef HF_ATTEMPT_INPUT
    HF_ATTEMPT_INPUT_COUNT
};

enum hf_attempt_effect {
    HF_ATTEMPT_DO_NOTHING,
    HF_ATTEMPT_DO_SEARCH,       /* forget the SA, if any; look for the next address */
    HF_ATTEMPT_DO_WANT_HOLE,    /* ask for the hole of the address found */
    HF_ATTEMPT_DO_BEGIN,        /* make the SA: its first datagram is due */
    HF_ATTEMPT_DO_WANT_INSTALL, /* make the plan and ask for it */
    HF_ATTEMPT_DO_WATCH,        /* begin to judge the path */
    HF_ATTEMPT_DO_ASK_AGAIN,    /* ask whether the gateway has moved */
    HF_ATTEMPT_DO_STAY,         /* it has not */
    HF_ATTEMPT_DO_SAY_GOODBYE,  /* because we were asked to go */
    HF_ATTEMPT_DO_PART,         /* the same for the fault's sake */
    HF_ATTEMPT_DO_FINISH,       /* tell how it ended */
    HF_ATTEMPT_EFFECT_COUNT
};

struct hf_attempt_rule {
    enum hf_conn_state from;
    enum hf_attempt_input on;
    enum hf_attempt_effect effect;
    enum hf_conn_state to;
};

const struct hf_attempt_rule *hf_attempt_rules(size_t *out_count);
/* The one rule for this pair; NULL: it is ignored. */
const struct hf_attempt_rule *hf_attempt_rule_find(enum hf_conn_state state,
                                                   enum hf_attempt_input input);
const char *hf_attempt_input_name(enum hf_attempt_input input);

#endif
