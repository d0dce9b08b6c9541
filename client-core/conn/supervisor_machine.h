/* The inside of the supervisor: its data, the one function that takes an input through the table
 * and assigns the state, and what has to follow. supervisor.c classifies what comes in from outside
 * and feeds it here. */
#ifndef HF_CONN_SUPERVISOR_MACHINE_H
#define HF_CONN_SUPERVISOR_MACHINE_H

#include "conn/backoff.h"
#include "conn/supervisor_plan.h"
#include "conn/supervisor_rules.h"
#include <holdfast/supervisor.h>

#define HF_SUPERVISOR_QUEUE    32
/* Gateways that one engine may ask for: every address of every gateway that a profile can name. */
#define HF_SUPERVISOR_GATEWAYS (HF_PROFILE_GATEWAYS * HF_ATTEMPT_ADDRESSES)

struct hf_supervisor_queued {
    enum hf_supervisor_action_type type;
    uint32_t serial;
    hf_status status;
    bool intent_connected;
    hf_time resume_at;
};

struct hf_supervisor {
    struct hf_env env;
    char tun_name[HF_PLAN_TUN_NAME_MAX];

    enum hf_conn_state state; /* assigned in one place: supervisor_machine.c */
    hf_time since;
    hf_time deadline;
    struct hf_fault fault;

    /* Intent. */
    bool wanted;   /* the user wants to be connected */
    bool held;     /* a failure keeps the block: there was a tunnel, or auto-connect wants one */
    bool unlocked; /* the user removed the lock, mode `always` included */
    bool kept;     /* `blocked`: what is in force is another daemon's, and not to be changed */
    hf_time resume_at; /* paused, or about to be: when to connect again; HF_NEVER: not */
    bool has_profile;  /* `profile`, and `next`, are copies without the trust anchors */
    struct hf_profile profile;
    bool has_next;
    struct hf_profile next;

    /* The engine. */
    bool engine;  /* one was asked for and is not gone */
    bool started; /* it was told to begin */
    unsigned gateways_asked;
    bool hole_owed; /* it waits for its hole */
    struct hf_supervisor_hole hole;
    bool has_tunnel;
    struct hf_plan tunnel;    /* checked; kept while reconnecting */
    struct hf_plan candidate; /* checked, for the input INSTALL */
    struct hf_attempt_summary summary;
    hf_time connected_at; /* 0: no tunnel came up since the last loss */
    hf_time last_proof;
    bool one_way; /* as the engine says */
    struct hf_backoff backoff;
    unsigned attempt;

    /* The host. */
    struct hf_network_facts facts;
    enum hf_lock_mode least_lock;
    bool netd;        /* it can be asked */
    bool in_flight;   /* `asked` was handed out and is not answered */
    bool settle_owed; /* the state waits to hear that the host is as it wants */
    bool must_apply;  /* what is in force is not known for sure */
    bool tun_ahead;   /* a device was made that no plan in force names */
    bool has_refused; /* `refused` failed and is not tried again by itself */
    uint32_t serial;
    struct hf_plan asked, in_force, refused, desired;

    struct hf_supervisor_queued queue[HF_SUPERVISOR_QUEUE];
    size_t queue_first, queue_count;
};

/* Takes `input` through the table; `event` is what the engine said, where it was the engine. False:
 * no rule, nothing happened. */
bool hf_supervisor_step(struct hf_supervisor *s, enum hf_supervisor_input input,
                        const struct hf_attempt_event *event, hf_time now);
/* Asks for the plan that the state wants, or, where it is in force, goes on from there. Ends every
 * entry point. */
void hf_supervisor_settle(struct hf_supervisor *s, hf_time now);
void hf_supervisor_push(struct hf_supervisor *s, enum hf_supervisor_action_type type,
                        hf_status status);
void hf_supervisor_wish(const struct hf_supervisor *s, struct hf_supervisor_wish *out);

#endif
