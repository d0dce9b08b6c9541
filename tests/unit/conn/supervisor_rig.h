/* A host and an engine for the supervisor's tests, in virtual time: plans are applied at once or
 * when told, actions are counted, and what must hold after every step is asserted. */
#ifndef HF_TESTS_UNIT_CONN_SUPERVISOR_RIG_H
#define HF_TESTS_UNIT_CONN_SUPERVISOR_RIG_H

#include "support/env.h"
#include "support/test.h"
#include <holdfast/supervisor.h>

struct rig {
    struct test_env env;
    struct hf_supervisor *supervisor;
    struct hf_profile profile;
    hf_time now;

    bool hold_applies; /* plans stay unanswered until rig_answer */
    hf_status refuses; /* what applying a plan with a block ends with; HF_OK: it is applied */
    hf_status refuses_tunnel; /* the same for plans with a tunnel alone */
    hf_status refuses_empty;  /* the same for the empty plan */
    bool is_asked;
    uint32_t serial;
    struct hf_plan asked, in_force;

    unsigned applies, prepared, started, stopped, goodbyes, remembered, saves;
    bool engine; /* it runs and was told to start */
    bool intent;
    hf_time resume_at; /* as saved last */
    struct hf_attempt_hints hints;
    bool name_first;
    bool underlay_told, installed_told;
    hf_status underlay, installed;
};

void rig_init(struct rig *rig);
void rig_free(struct rig *rig);
/* Takes out the actions, plays the host, and asserts the invariants. */
void rig_drain(struct rig *rig);
void rig_answer(struct rig *rig); /* the plan that was held back */
enum hf_conn_state rig_state(const struct rig *rig);
struct hf_supervisor_status rig_status(const struct rig *rig);

/* What people and networks do; each drains. */
void rig_connect(struct rig *rig);
void rig_disconnect(struct rig *rig);
void rig_advance(struct rig *rig, hf_duration duration); /* deadlines on the way fire in order */
void rig_online(struct rig *rig, bool online);

/* What the engine says; each drains. */
void rig_says_state(struct rig *rig, enum hf_conn_state state);
void rig_says_gateway(struct rig *rig, const char *address);
void rig_says_install(struct rig *rig, const struct hf_plan *plan);
void rig_says_summary(struct rig *rig, const char *gateway);
void rig_says_ended(struct rig *rig, hf_status status, enum hf_stage stage);
void rig_engine_dies(struct rig *rig);

hf_address rig_address(const char *text);
hf_prefix rig_prefix(const char *text);
/* 10.9.0.2/32, everything of IPv4 routed, resolver 10.9.0.1. */
struct hf_plan rig_tunnel(void);
/* All the way there, from wherever a connection begins. */
void rig_reach(struct rig *rig, enum hf_conn_state state);

#endif
