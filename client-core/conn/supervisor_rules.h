/* The supervisor's table of transitions as data: what the machine runs, what tests walk. */
#ifndef HF_CONN_SUPERVISOR_RULES_H
#define HF_CONN_SUPERVISOR_RULES_H

#include "base/bytes.h"
#include <holdfast/state.h>

enum hf_supervisor_input {
#define HF_SUPERVISOR_INPUT(name, text) HF_SUPERVISOR_IN_##name,
#include "conn/supervisor_inputs.def"
#undef HF_SUPERVISOR_INPUT
    HF_SUPERVISOR_INPUT_COUNT
};

enum hf_supervisor_effect {
    HF_SUPERVISOR_DO_NOTHING,
    HF_SUPERVISOR_DO_BEGIN,   /* take the waiting profile: block, and prepare an engine */
    HF_SUPERVISOR_DO_RESUME,  /* take the profile and what is in force of the daemon before us */
    HF_SUPERVISOR_DO_ATTEMPT, /* one more attempt, the block held */
    HF_SUPERVISOR_DO_START,   /* the block is in force: start the engine, unless it runs */
    HF_SUPERVISOR_DO_TAKE_GATEWAY, /* the hole is for this gateway from now on */
    HF_SUPERVISOR_DO_TAKE_PLAN,    /* the tunnel is this one from now on */
    HF_SUPERVISOR_DO_TELL_OPEN,
    HF_SUPERVISOR_DO_TELL_NOT_OPEN,
    HF_SUPERVISOR_DO_TELL_INSTALLED,
    HF_SUPERVISOR_DO_TELL_NOT_INSTALLED,
    HF_SUPERVISOR_DO_RETREAT, /* end the engine, hold the block, set the time of the next attempt */
    HF_SUPERVISOR_DO_GIVE_UP, /* end the engine, want nothing more */
    HF_SUPERVISOR_DO_BLOCK,   /* end the engine, set the time of the next try */
    HF_SUPERVISOR_DO_SAY_GOODBYE, /* want nothing more, let the engine end in order */
    HF_SUPERVISOR_DO_SWITCH,      /* the same, another profile waits */
    HF_SUPERVISOR_DO_QUEUE,       /* another profile waits */
    HF_SUPERVISOR_DO_FORGET_NEXT, /* none waits any more */
    HF_SUPERVISOR_DO_FORGET_FAULT,
    HF_SUPERVISOR_DO_SET_PAUSE,   /* another time to come back, or none */
    HF_SUPERVISOR_DO_STAY_PAUSED, /* take profile and time of the daemon before us */
    HF_SUPERVISOR_DO_COME_BACK, /* the profile of before the pause, its block held from the start */
    HF_SUPERVISOR_DO_KEEP, /* leave what is in force as it is, until somebody says what is wanted */
    HF_SUPERVISOR_DO_END_ENGINE,
    HF_SUPERVISOR_DO_DROP_ALL, /* end the engine, want nothing, not even the lock */
    HF_SUPERVISOR_EFFECT_COUNT
};

struct hf_supervisor_rule {
    enum hf_conn_state from;
    enum hf_supervisor_input on;
    enum hf_supervisor_effect effect;
    enum hf_conn_state to;
};

const struct hf_supervisor_rule *hf_supervisor_rules(size_t *out_count);
/* The one rule for this pair; NULL: it is ignored. */
const struct hf_supervisor_rule *hf_supervisor_rule_find(enum hf_conn_state state,
                                                         enum hf_supervisor_input input);
const char *hf_supervisor_input_name(enum hf_supervisor_input input);

#endif
