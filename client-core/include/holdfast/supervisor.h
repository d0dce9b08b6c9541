/* The supervisor in the daemon: turns intent, network facts and what the engine observes into the
 * state that users see and the plan that is in force. It owns the decision about the block: no
 * other code sets it. Sans-I/O. */
#ifndef HOLDFAST_SUPERVISOR_H
#define HOLDFAST_SUPERVISOR_H

#include "base/env.h"
#include <holdfast/attempt.h>

/* What is told about the connection; one value, copied out whole. */
struct hf_supervisor_status {
    enum hf_conn_state state;
    char profile[HF_PROFILE_TEXT_MAX]; /* id; "" when there is none */
    bool wanted;                       /* somebody wants to be connected */
    bool blocking;                     /* a lock is in force */
    enum hf_lock_mode lock;
    hf_time since;                     /* when the state was entered */
    hf_time last_proof;                /* 0: never */
    bool one_way;                      /* connected, and packets go out but none come back */
    unsigned attempt;                  /* reconnecting: which one */
    hf_time next_attempt_at;           /* reconnecting: HF_NEVER while waiting for the network */
    hf_time resume_at;                 /* paused: when it connects again; HF_NEVER: it is not */
    struct hf_fault fault;             /* why failed, blocked, reconnecting */
    struct hf_attempt_summary summary; /* once handshaken */
    struct hf_plan plan;               /* in force: addresses, resolvers, routes */
};

enum hf_supervisor_action_type {
    HF_SUPERVISOR_PREPARE_ENGINE, /* a new engine will be wanted soon: start its process, so that it
                                     loads while the block is being applied */
    HF_SUPERVISOR_START_ENGINE,   /* a new engine for `profile` with `hints`, the prepared one where
                                     there is one: configure it and start the attempt */
    HF_SUPERVISOR_STOP_ENGINE,    /* end it at once */
    HF_SUPERVISOR_DISCONNECT_ENGINE, /* ask it to say goodbye */
    HF_SUPERVISOR_APPLY,             /* `plan`: answer with handle_applied and the same `serial` */
    HF_SUPERVISOR_UNDERLAY,          /* tell the engine that its hole is open: `status` */
    HF_SUPERVISOR_INSTALLED,         /* tell the engine that its plan is in force: `status` */
    HF_SUPERVISOR_STATE,             /* the status changed */
    HF_SUPERVISOR_SAVE,              /* write `intent_connected` or `resume_at` to disk, now */
    HF_SUPERVISOR_REMEMBER, /* keep the summary's address, group and round-trip time for the next
                               attempt */
};

struct hf_supervisor_action {
    enum hf_supervisor_action_type type;
    struct hf_plan plan;
    uint32_t serial;
    hf_status status;
    struct hf_attempt_hints
        hints;       /* the resolvers of the name hole; the daemon fills in the rest, */
    bool name_first; /* but no last good address: it was good no more when the tunnel ended */
    bool intent_connected;
    hf_time resume_at;                 /* not connected now, but again then; HF_NEVER: nor that */
    char profile[HF_PROFILE_TEXT_MAX]; /* what the intent is for, and whose engine it is */
};

struct hf_supervisor;

/* `tun_name` is what tunnels are called on this host. `env` is copied; what it names is borrowed.
 */
hf_status hf_supervisor_new(const struct hf_env *env, const char *tun_name,
                            struct hf_supervisor **out) HF_MUST_USE;
void hf_supervisor_free(struct hf_supervisor *supervisor);

/* Intent. What is needed of `profile` is copied. A connect while connected to another profile ends
 * that first; the block goes over from the one to the other. After every call, all actions are to
 * be taken out (hf_supervisor_next_action). */
void hf_supervisor_connect(struct hf_supervisor *supervisor, const struct hf_profile *profile,
                           hf_time now);
/* The same, though it may be the very profile that is connected: that is set up anew. */
void hf_supervisor_reconnect(struct hf_supervisor *supervisor, const struct hf_profile *profile,
                             hf_time now);
/* A connect that cannot even be tried, for the reason in `fault`: without a tunnel or an attempt it
 * ends in `failed` at once. */
void hf_supervisor_refuse(struct hf_supervisor *supervisor, const struct hf_fault *fault,
                          hf_time now);
/* A first attempt that must not go on, for the reason in `fault`: ends in `failed`, also where a
 * profile connects by itself. One more try after a loss keeps its block and is left alone, and so
 * is a tunnel that is up. */
void hf_supervisor_abandon(struct hf_supervisor *supervisor, const struct hf_fault *fault,
                           hf_time now);
void hf_supervisor_disconnect(struct hf_supervisor *supervisor, hf_time now);
/* Disconnects, and connects again at `resume_at`, held from then on like a connection that was
 * lost; meanwhile the block stays in mode `always` alone. A connect ends the pause, a disconnect or
 * unblock cancels it, another pause moves its end. False: there is nothing to pause. */
bool hf_supervisor_pause(struct hf_supervisor *supervisor, hf_time resume_at,
                         hf_time now) HF_MUST_USE;
/* Removes the block and everything else at once, whatever the state (policy was asked before). */
void hf_supervisor_unblock(struct hf_supervisor *supervisor, hf_time now);
/* After a crash of the daemon: the intent read from disk was "connected" with this profile, and
 * netd reports `in_force`: the block is kept, nothing opens, and a new attempt starts (design,
 * section 2). */
void hf_supervisor_resume(struct hf_supervisor *supervisor, const struct hf_profile *profile,
                          const struct hf_plan *in_force, hf_time now);
/* The same where the intent was a pause of this profile until `resume_at`. */
void hf_supervisor_stay_paused(struct hf_supervisor *supervisor, const struct hf_profile *profile,
                               const struct hf_plan *in_force, hf_time resume_at, hf_time now);
/* The same where nobody can tell what was wanted, for the reason in `fault`: `blocked`, and what is
 * in force is left as it is, until somebody connects, disconnects or unblocks. */
void hf_supervisor_keep(struct hf_supervisor *supervisor, const struct hf_plan *in_force,
                        const struct hf_fault *fault, hf_time now);

/* Facts and answers. */
void hf_supervisor_handle_event(struct hf_supervisor *supervisor,
                                const struct hf_attempt_event *event, hf_time now);
void hf_supervisor_handle_engine_gone(struct hf_supervisor *supervisor, hf_time now);
void hf_supervisor_handle_applied(struct hf_supervisor *supervisor, uint32_t serial,
                                  hf_status status, hf_time now);
/* Resolvers and whether there is a usable uplink. A new uplink wakes a back-off. */
struct hf_network_facts {
    bool online;
    hf_endpoint resolvers[HF_PLAN_ENDPOINTS];
    size_t resolver_count;
    hf_prefix on_link[16]; /* of the uplinks */
    size_t on_link_count;
    /* For on-demand rules; the supervisor does not look at them. */
    enum hf_profile_interface interface;               /* of the default route; ANY: not known */
    char domains[HF_PLAN_DOMAINS][HF_PLAN_DOMAIN_MAX]; /* that the network searches in */
    size_t domain_count;
};
void hf_supervisor_handle_facts(struct hf_supervisor *supervisor,
                                const struct hf_network_facts *facts, hf_time now);
void hf_supervisor_handle_netd_gone(struct hf_supervisor *supervisor, hf_time now);
/* It says that `in_force` is. */
void hf_supervisor_handle_netd_back(struct hf_supervisor *supervisor,
                                    const struct hf_plan *in_force, hf_time now);
/* The least lock that netd takes: profiles with a weaker one get this one. Before netd_back, resume
 * and connect. */
void hf_supervisor_handle_floor(struct hf_supervisor *supervisor, enum hf_lock_mode least);
void hf_supervisor_handle_time(struct hf_supervisor *supervisor, hf_time now);
hf_time hf_supervisor_deadline(const struct hf_supervisor *supervisor);

bool hf_supervisor_next_action(struct hf_supervisor *supervisor, struct hf_supervisor_action *out);
void hf_supervisor_status(const struct hf_supervisor *supervisor, struct hf_supervisor_status *out);

#endif
