/* The supervisor's doors: takes in intent, facts and what engines say, sorts each into an input of
 * the table (supervisor_rules.def) and runs the machine. See <holdfast/supervisor.h>. */
#include "conn/supervisor_machine.h"

#include <stdlib.h>
#include <string.h>

hf_status hf_supervisor_new(const struct hf_env *env, const char *tun_name,
                            struct hf_supervisor **out)
{
    struct hf_supervisor *s = calloc(1, sizeof *s);

    HF_ASSERT(strlen(tun_name) < HF_PLAN_TUN_NAME_MAX);
    if (s == NULL)
        return HF_ERR_NO_MEMORY;
    s->env = *env;
    hf_copy(s->tun_name, tun_name, strlen(tun_name));
    s->state = HF_CONN_DISCONNECTED;
    s->deadline = s->resume_at = HF_NEVER;
    s->facts.online = s->netd = true;
    s->least_lock = HF_LOCK_OFF;
    s->in_force = hf_plan_empty();
    *out = s;
    return HF_OK;
}

void hf_supervisor_free(struct hf_supervisor *s)
{
    free(s);
}

static void raise_lock(const struct hf_supervisor *s, struct hf_profile *profile)
{
    if (hf_lock_mode_is_weaker(profile->lock, s->least_lock))
        profile->lock = s->least_lock;
}

static void set_next(struct hf_supervisor *s, const struct hf_profile *profile)
{
    s->next = *profile;
    s->next.trust = (hf_buf){ 0 }; /* the caller's; nothing here looks at certificates */
    raise_lock(s, &s->next);
}

/* The input that ends an attempt or a tunnel: who gave the first tunnel its block decides. */
static enum hf_supervisor_input lost_input(const struct hf_supervisor *s)
{
    return s->held ? HF_SUPERVISOR_IN_LOST : HF_SUPERVISOR_IN_GAVE_UP;
}

static void fail(struct hf_supervisor *s, const struct hf_fault *fault, hf_time now)
{
    bool reaching = fault->stage == HF_STAGE_RESOLVE || fault->stage == HF_STAGE_HANDSHAKE;
    bool silent = fault->status == HF_ERR_NO_REPLY || fault->status == HF_ERR_NAME_TIMEOUT;

    if (s->state != HF_CONN_DISCONNECTING) {
        s->fault = *fault;
        if (reaching && silent && !s->facts.online)
            s->fault.status = HF_ERR_NO_NETWORK; /* nobody could have answered */
        HF_TRACE_EVENT(s->env.trace, now, HF_TRACE_FAULT,
                       hf_trace_text("code", hf_status_code(s->fault.status)),
                       hf_trace_text("stage", hf_stage_name(s->fault.stage)));
    }
    (void)hf_supervisor_step(s, lost_input(s), NULL, now);
}

static enum hf_stage stage_of(enum hf_conn_state state)
{
    switch (state) {
    case HF_CONN_RESOLVING:
        return HF_STAGE_RESOLVE;
    case HF_CONN_HANDSHAKING:
        return HF_STAGE_HANDSHAKE;
    case HF_CONN_AUTHENTICATING:
    case HF_CONN_NEEDS_INPUT:
        return HF_STAGE_AUTHENTICATION;
    case HF_CONN_INSTALLING:
    case HF_CONN_DISCONNECTING:
    case HF_CONN_BLOCKED:
        return HF_STAGE_INSTALL;
    case HF_CONN_CONNECTED:
    case HF_CONN_PATH_LOST:
    case HF_CONN_ASLEEP:
    case HF_CONN_RECONNECTING:
        return HF_STAGE_TUNNEL;
    case HF_CONN_DISCONNECTED:
    case HF_CONN_PORTAL:
    case HF_CONN_FAILED:
    case HF_CONN_STATE_COUNT:
        break;
    }
    return HF_STAGE_NONE;
}

static void fail_with(struct hf_supervisor *s, hf_status status, hf_time now)
{
    struct hf_fault fault = hf_fault_make(status, stage_of(s->state));

    fail(s, &fault, now);
}

/* --- intent ----------------------------------------------------------------------------------- */
void hf_supervisor_connect(struct hf_supervisor *s, const struct hf_profile *profile, hf_time now)
{
    bool same =
        s->has_profile && s->wanted && !s->has_next && strcmp(s->profile.id, profile->id) == 0;
    bool at_rest = s->state == HF_CONN_DISCONNECTED || s->state == HF_CONN_FAILED;

    if (!same || at_rest || s->state == HF_CONN_DISCONNECTING) {
        hf_supervisor_reconnect(s, profile, now);
        return;
    }
    (void)hf_supervisor_step(s, HF_SUPERVISOR_IN_AGAIN, NULL, now);
    hf_supervisor_settle(s, now);
}

void hf_supervisor_reconnect(struct hf_supervisor *s, const struct hf_profile *profile, hf_time now)
{
    set_next(s, profile);
    s->has_next = true;
    s->has_next = hf_supervisor_step(s, HF_SUPERVISOR_IN_CONNECT, NULL, now) && s->has_next;
    hf_supervisor_settle(s, now);
}

/* Whatever is up or on its way is not disturbed by a profile that cannot be used. */
void hf_supervisor_refuse(struct hf_supervisor *s, const struct hf_fault *fault, hf_time now)
{
    if (s->resume_at != HF_NEVER)
        return;
    if (s->state == HF_CONN_DISCONNECTED || s->state == HF_CONN_FAILED)
        s->fault = *fault;
    (void)hf_supervisor_step(s, HF_SUPERVISOR_IN_UNUSABLE, NULL, now);
    hf_supervisor_settle(s, now);
}

void hf_supervisor_abandon(struct hf_supervisor *s, const struct hf_fault *fault, hf_time now)
{
    if (s->attempt > 0 || hf_supervisor_rule_find(s->state, HF_SUPERVISOR_IN_GAVE_UP) == NULL)
        return;
    s->held = false;
    fail(s, fault, now);
    hf_supervisor_settle(s, now);
}

void hf_supervisor_disconnect(struct hf_supervisor *s, hf_time now)
{
    s->resume_at = HF_NEVER;
    (void)hf_supervisor_step(s, HF_SUPERVISOR_IN_DISCONNECT, NULL, now);
    hf_supervisor_settle(s, now);
}

bool hf_supervisor_pause(struct hf_supervisor *s, hf_time resume_at, hf_time now)
{
    bool is_idle = s->state == HF_CONN_DISCONNECTED && s->resume_at == HF_NEVER;

    if (is_idle || s->kept || hf_supervisor_rule_find(s->state, HF_SUPERVISOR_IN_PAUSE) == NULL)
        return false;
    s->resume_at = resume_at;
    (void)hf_supervisor_step(s, HF_SUPERVISOR_IN_PAUSE, NULL, now);
    hf_supervisor_settle(s, now);
    return true;
}

void hf_supervisor_unblock(struct hf_supervisor *s, hf_time now)
{
    (void)hf_supervisor_step(s, HF_SUPERVISOR_IN_UNBLOCK, NULL, now);
    hf_supervisor_settle(s, now);
}

void hf_supervisor_resume(struct hf_supervisor *s, const struct hf_profile *profile,
                          const struct hf_plan *in_force, hf_time now)
{
    if (s->state != HF_CONN_DISCONNECTED)
        return;
    s->in_force = *in_force;
    set_next(s, profile);
    (void)hf_supervisor_step(s, HF_SUPERVISOR_IN_RESUME, NULL, now);
    hf_supervisor_settle(s, now);
}

void hf_supervisor_stay_paused(struct hf_supervisor *s, const struct hf_profile *profile,
                               const struct hf_plan *in_force, hf_time resume_at, hf_time now)
{
    if (s->state != HF_CONN_DISCONNECTED)
        return;
    s->in_force = *in_force;
    s->resume_at = resume_at;
    set_next(s, profile);
    (void)hf_supervisor_step(s, HF_SUPERVISOR_IN_STAY, NULL, now);
    hf_supervisor_settle(s, now);
}

void hf_supervisor_keep(struct hf_supervisor *s, const struct hf_plan *in_force,
                        const struct hf_fault *fault, hf_time now)
{
    if (s->state != HF_CONN_DISCONNECTED)
        return;
    s->in_force = *in_force;
    s->fault = *fault;
    (void)hf_supervisor_step(s, HF_SUPERVISOR_IN_KEEP, NULL, now);
    hf_supervisor_settle(s, now);
}

/* --- the engine ------------------------------------------------------------------------------- */
static void handle_engine_state(struct hf_supervisor *s, const struct hf_attempt_event *event,
                                hf_time now)
{
    switch (event->state) {
    case HF_CONN_RESOLVING:
        (void)hf_supervisor_step(s, HF_SUPERVISOR_IN_RESOLVE, event, now);
        return;
    case HF_CONN_AUTHENTICATING:
        (void)hf_supervisor_step(s, HF_SUPERVISOR_IN_AUTHENTICATE, event, now);
        return;
    case HF_CONN_NEEDS_INPUT:
        (void)hf_supervisor_step(s, HF_SUPERVISOR_IN_ASK, event, now);
        return;
    case HF_CONN_CONNECTED:
        (void)hf_supervisor_step(s, HF_SUPERVISOR_IN_PATH_BACK, event, now);
        return;
    case HF_CONN_PATH_LOST:
        (void)hf_supervisor_step(s, HF_SUPERVISOR_IN_PATH_LOST, event, now);
        return;
    case HF_CONN_HANDSHAKING: /* begins with GATEWAY */
    case HF_CONN_INSTALLING:  /* begins with INSTALL */
    case HF_CONN_DISCONNECTED:
    case HF_CONN_ASLEEP:
    case HF_CONN_RECONNECTING:
    case HF_CONN_BLOCKED:
    case HF_CONN_PORTAL:
    case HF_CONN_DISCONNECTING:
    case HF_CONN_FAILED:
    case HF_CONN_STATE_COUNT:
        return; /* not for an engine to say */
    }
}

static void handle_gateway(struct hf_supervisor *s, const struct hf_attempt_event *event,
                           hf_time now)
{
    struct hf_supervisor_hole hole;

    if (hf_supervisor_rule_find(s->state, HF_SUPERVISOR_IN_GATEWAY) == NULL)
        return;
    s->gateways_asked++;
    if (s->gateways_asked > HF_SUPERVISOR_GATEWAYS ||
        !hf_supervisor_hole_take(&s->profile, &event->gateway, event->gateway_ports, &hole))
        fail_with(s, HF_ERR_HOSTILE_CONFIG, now);
    else
        (void)hf_supervisor_step(s, HF_SUPERVISOR_IN_GATEWAY, event, now);
}

static void handle_install(struct hf_supervisor *s, const struct hf_attempt_event *event,
                           hf_time now)
{
    struct hf_fault fault;

    if (hf_supervisor_rule_find(s->state, HF_SUPERVISOR_IN_INSTALL) == NULL)
        return;
    if (hf_supervisor_plan_take(&s->profile, &event->plan, s->tun_name, &s->candidate, &fault) !=
        HF_OK)
        fail(s, &fault, now);
    else
        (void)hf_supervisor_step(s, HF_SUPERVISOR_IN_INSTALL, event, now);
}

static void handle_ended(struct hf_supervisor *s, const struct hf_fault *fault, hf_time now)
{
    if (fault->status == HF_OK) /* an end that nobody asked for, unless we are disconnecting */
        fail_with(s, HF_ERR_ENGINE_LOST, now);
    else
        fail(s, fault, now);
}

/* Nobody is asked for what the profile has no use for, whatever an engine says. */
static bool uses_secret(const struct hf_profile *profile, enum hf_secret_name name)
{
    uint32_t used = hf_profile_required_secrets(profile);

    if ((used & 1u << HF_SECRET_PRIVATE_KEY) != 0)
        used |= 1u << HF_SECRET_KEY_PASSPHRASE;
    if ((used & 1u << HF_SECRET_PASSWORD) != 0)
        used |= 1u << HF_SECRET_OTP;
    if (profile->key_uri[0] != '\0')
        used |= 1u << HF_SECRET_PIN;
    if (profile->ppk_id[0] != '\0')
        used |= 1u << HF_SECRET_PPK;
    return (used & 1u << name) != 0;
}

static void handle_engine_event(struct hf_supervisor *s, const struct hf_attempt_event *event,
                                hf_time now)
{
    switch (event->type) {
    case HF_ATTEMPT_STATE:
        handle_engine_state(s, event, now);
        return;
    case HF_ATTEMPT_GATEWAY:
        handle_gateway(s, event, now);
        return;
    case HF_ATTEMPT_INSTALL:
        handle_install(s, event, now);
        return;
    case HF_ATTEMPT_SUMMARY:
        s->summary = event->summary;
        if (s->held && s->summary.gateway.family != HF_FAMILY_NONE)
            hf_supervisor_push(s, HF_SUPERVISOR_REMEMBER, HF_OK);
        hf_supervisor_push(s, HF_SUPERVISOR_STATE, HF_OK);
        return;
    case HF_ATTEMPT_PROOF:
        s->last_proof = event->at < now ? event->at : now;
        return;
    case HF_ATTEMPT_TRAFFIC:
        s->one_way = event->is_one_way;
        hf_supervisor_push(s, HF_SUPERVISOR_STATE, HF_OK);
        return;
    case HF_ATTEMPT_SECRET_WANTED:
        if (uses_secret(&s->profile, event->secret))
            (void)hf_supervisor_step(s, HF_SUPERVISOR_IN_ASK, event, now);
        return;
    case HF_ATTEMPT_ENDED:
        handle_ended(s, &event->fault, now);
        return;
    case HF_ATTEMPT_CHILD_ADD: /* these stay inside the engine */
    case HF_ATTEMPT_CHILD_SEND:
    case HF_ATTEMPT_CHILD_REMOVE:
        return;
    }
}

void hf_supervisor_handle_event(struct hf_supervisor *s, const struct hf_attempt_event *event,
                                hf_time now)
{
    if (s->engine && s->started) /* else what an engine said before it was ended */
        handle_engine_event(s, event, now);
    hf_supervisor_settle(s, now);
}

void hf_supervisor_handle_engine_gone(struct hf_supervisor *s, hf_time now)
{
    if (!s->engine)
        return;
    s->engine = s->started = false;
    fail_with(s, HF_ERR_ENGINE_LOST, now);
    hf_supervisor_settle(s, now);
}

/* --- the host --------------------------------------------------------------------------------- */
/* Nothing changed on the host. Before the first tunnel there is then no block either, where the
 * block itself was refused. */
static void handle_refused(struct hf_supervisor *s, hf_status status, hf_time now)
{
    bool at_rest = s->state == HF_CONN_DISCONNECTED || s->state == HF_CONN_FAILED;
    bool attempting = s->state == HF_CONN_RESOLVING || s->state == HF_CONN_AUTHENTICATING ||
                      s->state == HF_CONN_NEEDS_INPUT;
    struct hf_fault fault = hf_fault_make(status, HF_STAGE_INSTALL);

    if (attempting && !s->held) {
        fail(s, &fault, now);
        return;
    }
    if (at_rest && !s->in_force.firewall.block)
        return; /* nothing to lift */
    /* Why an attempt failed says more than who keeps its block. */
    if (status != HF_ERR_FORBIDDEN || s->wanted || s->fault.status == HF_OK)
        s->fault = fault;
    (void)hf_supervisor_step(s, HF_SUPERVISOR_IN_REFUSED, NULL, now);
    if (status == HF_ERR_FORBIDDEN && !s->wanted && s->state == HF_CONN_BLOCKED)
        s->deadline = HF_NEVER; /* netd says hello when the floor is another one */
}

void hf_supervisor_handle_applied(struct hf_supervisor *s, uint32_t serial, hf_status status,
                                  hf_time now)
{
    struct hf_supervisor_wish wish;

    if (!s->in_flight || serial != s->serial)
        return;
    s->in_flight = false;
    if (status == HF_OK) {
        s->in_force = s->asked;
        hf_supervisor_push(s, HF_SUPERVISOR_STATE, HF_OK);
    } else {
        s->refused = s->asked;
        s->has_refused = true;
        hf_supervisor_wish(s, &wish);
        hf_supervisor_plan_make(&wish, &s->desired);
        if (hf_plan_equal(&s->desired, &s->refused)) /* else it is not wanted any more */
            handle_refused(s, status, now);
    }
    hf_supervisor_settle(s, now);
}

static bool is_new_uplink(const struct hf_network_facts *was, const struct hf_network_facts *is)
{
    if (!was->online || was->on_link_count != is->on_link_count)
        return true;
    for (size_t i = 0; i < is->on_link_count; i++) {
        if (!hf_prefix_equal(&was->on_link[i], &is->on_link[i]))
            return true;
    }
    return false;
}

void hf_supervisor_handle_facts(struct hf_supervisor *s, const struct hf_network_facts *facts,
                                hf_time now)
{
    struct hf_network_facts was = s->facts;

    s->facts = *facts;
    if (s->facts.resolver_count > HF_PLAN_ENDPOINTS)
        s->facts.resolver_count = HF_PLAN_ENDPOINTS;
    if (s->state == HF_CONN_RECONNECTING && !facts->online) {
        s->deadline = HF_NEVER;
        hf_supervisor_push(s, HF_SUPERVISOR_STATE, HF_OK);
    } else if (s->state == HF_CONN_RECONNECTING && is_new_uplink(&was, facts)) {
        (void)hf_supervisor_step(s, HF_SUPERVISOR_IN_RETRY, NULL, now);
    }
    hf_supervisor_settle(s, now);
}

/* The state is kept: data flows on and the table stays in the kernel (design, section 2). */
void hf_supervisor_handle_netd_gone(struct hf_supervisor *s, hf_time now)
{
    (void)now;
    s->netd = s->in_flight = false;
    s->must_apply = true;
}

void hf_supervisor_handle_floor(struct hf_supervisor *s, enum hf_lock_mode least)
{
    s->least_lock = least;
    raise_lock(s, &s->profile);
    raise_lock(s, &s->next);
}

/* What is in force is a daemon's that is gone, and nobody wants to be connected. A lock of mode
 * `always` holds all the same (design, section 4): it is taken over with the little that its plan
 * tells of its profile. Where it is the floor's, netd keeps it. */
static void adopt_lock(struct hf_supervisor *s, const struct hf_plan_firewall *firewall)
{
    if (s->has_profile || s->state != HF_CONN_DISCONNECTED || s->least_lock == HF_LOCK_ALWAYS ||
        !firewall->block || firewall->mode != HF_LOCK_ALWAYS)
        return;
    s->has_profile = true;
    s->profile.lock = HF_LOCK_ALWAYS;
    s->profile.allow_lan = firewall->allow_lan;
    s->profile.split =
        firewall->protected_count > 0 && firewall->protected_count <= HF_PROFILE_PREFIXES;
    if (!s->profile.split)
        return; /* everything is protected, which is no less */
    s->profile.include_count = firewall->protected_count;
    hf_copy(s->profile.include, firewall->protected_prefixes,
            firewall->protected_count * sizeof firewall->protected_prefixes[0]);
}

void hf_supervisor_handle_netd_back(struct hf_supervisor *s, const struct hf_plan *in_force,
                                    hf_time now)
{
    s->netd = s->must_apply = true;
    s->in_force = *in_force;
    s->has_refused = false;
    adopt_lock(s, &in_force->firewall);
    if (s->state == HF_CONN_BLOCKED && !s->kept)
        (void)hf_supervisor_step(s, s->wanted ? HF_SUPERVISOR_IN_RETRY : HF_SUPERVISOR_IN_RELEASE,
                                 NULL, now);
    hf_supervisor_settle(s, now);
}

/* --- time ------------------------------------------------------------------------------------- */
static void handle_due(struct hf_supervisor *s, hf_time now)
{
    switch (s->state) {
    case HF_CONN_RESOLVING:
    case HF_CONN_HANDSHAKING:
    case HF_CONN_AUTHENTICATING:
    case HF_CONN_INSTALLING:
        if (s->state == HF_CONN_INSTALLING && s->fault.status != HF_OK)
            (void)hf_supervisor_step(s, lost_input(s), NULL, now); /* refused, and no goodbye */
        else
            fail_with(s, s->netd ? HF_ERR_TIMEOUT : HF_ERR_LOCAL_SETUP, now);
        return;
    case HF_CONN_NEEDS_INPUT:
        fail_with(s, HF_ERR_SECRET_NEEDED, now);
        return;
    case HF_CONN_RECONNECTING:
        (void)hf_supervisor_step(s, HF_SUPERVISOR_IN_RETRY, NULL, now);
        return;
    case HF_CONN_BLOCKED:
        (void)hf_supervisor_step(s, s->wanted ? HF_SUPERVISOR_IN_RETRY : HF_SUPERVISOR_IN_RELEASE,
                                 NULL, now);
        return;
    case HF_CONN_DISCONNECTING:
        if (s->engine) {
            (void)hf_supervisor_step(s, HF_SUPERVISOR_IN_RELEASE, NULL, now);
        } else {
            s->fault = hf_fault_make(HF_ERR_LOCAL_SETUP, HF_STAGE_INSTALL);
            (void)hf_supervisor_step(s, HF_SUPERVISOR_IN_STUCK, NULL, now);
        }
        return;
    case HF_CONN_DISCONNECTED:
        (void)hf_supervisor_step(s, HF_SUPERVISOR_IN_PAUSE_OVER, NULL, now);
        return;
    case HF_CONN_CONNECTED:
    case HF_CONN_PATH_LOST:
    case HF_CONN_ASLEEP:
    case HF_CONN_PORTAL:
    case HF_CONN_FAILED:
    case HF_CONN_STATE_COUNT:
        return; /* rest states */
    }
}

void hf_supervisor_handle_time(struct hf_supervisor *s, hf_time now)
{
    if (hf_time_due(s->deadline, now)) {
        s->deadline = HF_NEVER;
        handle_due(s, now);
    }
    hf_supervisor_settle(s, now);
}

hf_time hf_supervisor_deadline(const struct hf_supervisor *s)
{
    return s->deadline;
}

/* --- out -------------------------------------------------------------------------------------- */
/* A tunnel whose gateway did not answer any more. Once its name has been asked, in vain or not, the
 * fault is another. */
static bool went_silent(const struct hf_fault *fault)
{
    return fault->stage == HF_STAGE_TUNNEL && fault->status == HF_ERR_PEER_GONE;
}

bool hf_supervisor_next_action(struct hf_supervisor *s, struct hf_supervisor_action *out)
{
    const struct hf_supervisor_queued *queued = &s->queue[s->queue_first];

    if (s->queue_count == 0)
        return false;
    *out = (struct hf_supervisor_action){ .type = queued->type,
                                          .serial = queued->serial,
                                          .status = queued->status,
                                          .intent_connected = queued->intent_connected,
                                          .resume_at = queued->resume_at };
    if (queued->type == HF_SUPERVISOR_APPLY)
        out->plan = s->asked;
    hf_copy(out->profile, s->has_next ? s->next.id : s->profile.id, sizeof out->profile);
    out->name_first = went_silent(&s->fault);
    out->hints.resolver_count = s->facts.resolver_count;
    hf_copy(out->hints.resolvers, s->facts.resolvers, sizeof s->facts.resolvers);
    s->queue_first = (s->queue_first + 1) % HF_SUPERVISOR_QUEUE;
    s->queue_count--;
    return true;
}

void hf_supervisor_status(const struct hf_supervisor *s, struct hf_supervisor_status *out)
{
    bool waits = s->state == HF_CONN_RECONNECTING || s->state == HF_CONN_BLOCKED;

    *out = (struct hf_supervisor_status){
        .state = s->state,
        .wanted = s->wanted,
        .blocking = s->in_force.firewall.block, /* what was asked for protects nobody yet */
        .lock = s->profile.lock,
        .since = s->since,
        .last_proof = s->last_proof,
        .one_way = s->one_way && (s->state == HF_CONN_CONNECTED || s->state == HF_CONN_PATH_LOST),
        .attempt = s->attempt,
        .next_attempt_at = waits ? s->deadline : HF_NEVER,
        .resume_at = s->resume_at,
        .fault = s->fault,
        .summary = s->summary,
        .plan = s->in_force,
    };
    if (s->has_profile)
        hf_copy(out->profile, s->profile.id, sizeof out->profile);
}
