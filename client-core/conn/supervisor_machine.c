/* The machine inside the supervisor: see supervisor_machine.h. */
#include "conn/supervisor_machine.h"

/* How long a state may last before the clock ends it; rest states have none. An engine gives a
 * silent gateway up after 36 s (design, section 7); this is for an engine that does not. */
#define RESOLVE_LIMIT      HF_SECONDS(45)
#define HANDSHAKE_LIMIT    HF_SECONDS(45)
#define AUTHENTICATE_LIMIT HF_SECONDS(60)
#define INPUT_LIMIT        HF_MINUTES(2)
#define INSTALL_LIMIT      HF_SECONDS(15)
#define GOODBYE_LIMIT      HF_SECONDS(2)
#define REVERT_LIMIT       HF_SECONDS(10)

void hf_supervisor_push(struct hf_supervisor *s, enum hf_supervisor_action_type type,
                        hf_status status)
{
    size_t at = (s->queue_first + s->queue_count) % HF_SUPERVISOR_QUEUE;

    if (type == HF_SUPERVISOR_STATE) { /* the status is read when told, so once is enough */
        for (size_t i = 0; i < s->queue_count; i++) {
            if (s->queue[(s->queue_first + i) % HF_SUPERVISOR_QUEUE].type == type)
                return;
        }
    }
    HF_ASSERT(s->queue_count < HF_SUPERVISOR_QUEUE); /* drained after every call, by contract */
    s->queue[at] = (struct hf_supervisor_queued){
        .type = type,
        .serial = s->serial,
        .status = status,
        .intent_connected = s->wanted,
        .resume_at = s->resume_at,
    };
    s->queue_count++;
}

static void end_engine(struct hf_supervisor *s)
{
    if (s->engine)
        hf_supervisor_push(s, HF_SUPERVISOR_STOP_ENGINE, HF_OK);
    s->engine = s->started = s->hole_owed = false;
    s->settle_owed = true;
}

static void want(struct hf_supervisor *s, bool wanted)
{
    s->wanted = wanted;
    hf_supervisor_push(s, HF_SUPERVISOR_SAVE, HF_OK);
}

static void forget_attempts(struct hf_supervisor *s)
{
    s->held = s->has_tunnel = false;
    s->hole = (struct hf_supervisor_hole){ 0 };
    s->summary = (struct hf_attempt_summary){ 0 };
    s->connected_at = s->last_proof = 0;
    s->backoff = (struct hf_backoff){ 0 };
    s->attempt = 0;
}

static void prepare_engine(struct hf_supervisor *s)
{
    s->gateways_asked = 0;
    s->hole = (struct hf_supervisor_hole){ 0 };
    s->hole_owed = s->started = false;
    s->engine = true;
    s->one_way = false;
    hf_supervisor_push(s, HF_SUPERVISOR_PREPARE_ENGINE, HF_OK);
}

static void begin(struct hf_supervisor *s, const struct hf_attempt_event *event, hf_time now)
{
    (void)event;
    (void)now;
    forget_attempts(s);
    s->profile = s->next;
    s->has_profile = true;
    s->has_next = s->unlocked = false;
    s->held = s->profile.auto_connect;
    s->resume_at = HF_NEVER;
    s->fault = (struct hf_fault){ 0 };
    want(s, true);
    prepare_engine(s);
}

/* `in_force` was set by the caller. */
static void resume(struct hf_supervisor *s, const struct hf_attempt_event *event, hf_time now)
{
    (void)event;
    forget_attempts(s);
    s->profile = s->next;
    s->has_profile = s->held = true;
    s->has_next = s->unlocked = false;
    s->has_tunnel = s->in_force.tunnel;
    s->tunnel = s->in_force;
    s->tunnel.firewall = hf_plan_empty().firewall;
    s->deadline = now;
    want(s, true);
}

/* Where the old profile could not be let go of, it is the one that waits for it that is wanted. */
static void attempt(struct hf_supervisor *s, const struct hf_attempt_event *event, hf_time now)
{
    if (s->has_next) {
        begin(s, event, now);
        return;
    }
    if (s->attempt < UINT32_MAX)
        s->attempt++;
    want(s, true);
    prepare_engine(s);
}

static void start(struct hf_supervisor *s, const struct hf_attempt_event *event, hf_time now)
{
    (void)event;
    (void)now;
    if (!s->started)
        hf_supervisor_push(s, HF_SUPERVISOR_START_ENGINE, HF_OK);
    s->started = true;
}

static void take_gateway(struct hf_supervisor *s, const struct hf_attempt_event *event, hf_time now)
{
    (void)now;
    /* Checked by whoever made the input. */
    s->settle_owed =
        hf_supervisor_hole_take(&s->profile, &event->gateway, event->gateway_ports, &s->hole);
    s->hole_owed = true;
}

static void take_plan(struct hf_supervisor *s, const struct hf_attempt_event *event, hf_time now)
{
    (void)event;
    (void)now;
    s->tunnel = s->candidate;
    s->has_tunnel = true;
}

static void tell_hole(struct hf_supervisor *s, hf_status status)
{
    if (s->hole_owed) {
        hf_supervisor_push(s, HF_SUPERVISOR_UNDERLAY, status);
        s->tun_ahead = s->tun_ahead || status == HF_OK;
    }
    s->hole_owed = false;
}

static void tell_open(struct hf_supervisor *s, const struct hf_attempt_event *event, hf_time now)
{
    (void)event;
    (void)now;
    tell_hole(s, HF_OK);
}

/* The engine tries its next gateway, or ends with the fault. */
static void tell_not_open(struct hf_supervisor *s, const struct hf_attempt_event *event,
                          hf_time now)
{
    (void)event;
    (void)now;
    tell_hole(s, s->fault.status);
}

static void tell_installed(struct hf_supervisor *s, const struct hf_attempt_event *event,
                           hf_time now)
{
    (void)event;
    s->held = true;
    s->connected_at = s->last_proof = now;
    s->attempt = 0;
    s->fault = (struct hf_fault){ 0 };
    hf_supervisor_push(s, HF_SUPERVISOR_INSTALLED, HF_OK);
    if (s->summary.gateway.family != HF_FAMILY_NONE) /* else it is still on its way */
        hf_supervisor_push(s, HF_SUPERVISOR_REMEMBER, HF_OK);
}

/* The engine says goodbye to the gateway and ends with the fault; what was in force before stays.
 */
static void tell_not_installed(struct hf_supervisor *s, const struct hf_attempt_event *event,
                               hf_time now)
{
    (void)event;
    s->deadline = now + GOODBYE_LIMIT;
    hf_supervisor_push(s, HF_SUPERVISOR_INSTALLED, s->fault.status);
}

static void set_next_try(struct hf_supervisor *s, hf_duration lived, hf_time now)
{
    s->deadline = hf_time_add(now, hf_backoff_next(&s->backoff, &s->env, lived));
    s->connected_at = 0;
    s->hole = (struct hf_supervisor_hole){ 0 };
}

static void retreat(struct hf_supervisor *s, const struct hf_attempt_event *event, hf_time now)
{
    /* A tunnel that broke in the instant it came up was there all the same. */
    hf_duration lived = s->connected_at == 0 ? 0 : hf_time_since(now, s->connected_at) + 1;

    (void)event;
    end_engine(s);
    set_next_try(s, lived, now);
    if (!s->facts.online)
        s->deadline = HF_NEVER; /* the network will wake us */
}

static void give_up(struct hf_supervisor *s, const struct hf_attempt_event *event, hf_time now)
{
    (void)event;
    (void)now;
    end_engine(s);
    forget_attempts(s);
    want(s, false);
}

static void block(struct hf_supervisor *s, const struct hf_attempt_event *event, hf_time now)
{
    (void)event;
    end_engine(s);
    set_next_try(s, 0, now);
}

static void say_goodbye(struct hf_supervisor *s, const struct hf_attempt_event *event, hf_time now)
{
    (void)event;
    (void)now;
    s->fault = (struct hf_fault){ 0 };
    s->attempt = 0;
    s->has_next = false;
    want(s, false);
    if (s->engine && s->started)
        hf_supervisor_push(s, HF_SUPERVISOR_DISCONNECT_ENGINE, HF_OK);
    else
        end_engine(s);
}

static void switch_profile(struct hf_supervisor *s, const struct hf_attempt_event *event,
                           hf_time now)
{
    say_goodbye(s, event, now);
    s->has_next = true;
    want(s, true);
}

static void queue_next(struct hf_supervisor *s, const struct hf_attempt_event *event, hf_time now)
{
    (void)event;
    (void)now;
    s->fault = (struct hf_fault){ 0 };
    s->resume_at = HF_NEVER;
    s->settle_owed = true;
    want(s, true);
}

static void forget_next(struct hf_supervisor *s, const struct hf_attempt_event *event, hf_time now)
{
    (void)event;
    (void)now;
    s->has_next = false;
    s->settle_owed = true;
    want(s, false);
}

static void forget_fault(struct hf_supervisor *s, const struct hf_attempt_event *event, hf_time now)
{
    (void)event;
    (void)now;
    s->fault = (struct hf_fault){ 0 };
}

static void keep(struct hf_supervisor *s, const struct hf_attempt_event *event, hf_time now)
{
    (void)event;
    (void)now;
    s->kept = true;
    s->deadline = HF_NEVER;
}

static void leave_engine(struct hf_supervisor *s, const struct hf_attempt_event *event, hf_time now)
{
    (void)event;
    end_engine(s);
    s->deadline = now + REVERT_LIMIT;
}

static void drop_all(struct hf_supervisor *s, const struct hf_attempt_event *event, hf_time now)
{
    (void)event;
    (void)now;
    end_engine(s);
    forget_attempts(s);
    s->fault = (struct hf_fault){ 0 };
    s->has_next = false;
    s->unlocked = true;
    s->resume_at = HF_NEVER;
    want(s, false);
}

/* `resume_at` was set by the caller. */
static void set_pause(struct hf_supervisor *s, const struct hf_attempt_event *event, hf_time now)
{
    (void)event;
    (void)now;
    s->deadline = s->resume_at;
    want(s, false);
}

/* So were `next` and `in_force`. */
static void stay_paused(struct hf_supervisor *s, const struct hf_attempt_event *event, hf_time now)
{
    s->profile = s->next;
    s->has_profile = true;
    s->has_next = s->unlocked = false;
    set_pause(s, event, now);
}

/* There was a connection that somebody wants back: no failure of the first attempt opens the block.
 */
static void come_back(struct hf_supervisor *s, const struct hf_attempt_event *event, hf_time now)
{
    s->next = s->profile;
    begin(s, event, now);
    s->held = true;
}

static void nothing(struct hf_supervisor *s, const struct hf_attempt_event *event, hf_time now)
{
    (void)s;
    (void)event;
    (void)now;
}

static void (*const effects[])(struct hf_supervisor *, const struct hf_attempt_event *, hf_time) = {
    [HF_SUPERVISOR_DO_NOTHING] = nothing,
    [HF_SUPERVISOR_DO_BEGIN] = begin,
    [HF_SUPERVISOR_DO_RESUME] = resume,
    [HF_SUPERVISOR_DO_ATTEMPT] = attempt,
    [HF_SUPERVISOR_DO_START] = start,
    [HF_SUPERVISOR_DO_TAKE_GATEWAY] = take_gateway,
    [HF_SUPERVISOR_DO_TAKE_PLAN] = take_plan,
    [HF_SUPERVISOR_DO_TELL_OPEN] = tell_open,
    [HF_SUPERVISOR_DO_TELL_NOT_OPEN] = tell_not_open,
    [HF_SUPERVISOR_DO_TELL_INSTALLED] = tell_installed,
    [HF_SUPERVISOR_DO_TELL_NOT_INSTALLED] = tell_not_installed,
    [HF_SUPERVISOR_DO_RETREAT] = retreat,
    [HF_SUPERVISOR_DO_GIVE_UP] = give_up,
    [HF_SUPERVISOR_DO_BLOCK] = block,
    [HF_SUPERVISOR_DO_SAY_GOODBYE] = say_goodbye,
    [HF_SUPERVISOR_DO_SWITCH] = switch_profile,
    [HF_SUPERVISOR_DO_QUEUE] = queue_next,
    [HF_SUPERVISOR_DO_FORGET_NEXT] = forget_next,
    [HF_SUPERVISOR_DO_FORGET_FAULT] = forget_fault,
    [HF_SUPERVISOR_DO_SET_PAUSE] = set_pause,
    [HF_SUPERVISOR_DO_STAY_PAUSED] = stay_paused,
    [HF_SUPERVISOR_DO_COME_BACK] = come_back,
    [HF_SUPERVISOR_DO_KEEP] = keep,
    [HF_SUPERVISOR_DO_END_ENGINE] = leave_engine,
    [HF_SUPERVISOR_DO_DROP_ALL] = drop_all,
};
_Static_assert(HF_ARRAY_LEN(effects) == HF_SUPERVISOR_EFFECT_COUNT, "every effect has a function");

/* HF_NEVER: a rest state. 0: the effect set the deadline. */
static hf_duration limit_of(const struct hf_supervisor *s, enum hf_conn_state state)
{
    switch (state) {
    case HF_CONN_RESOLVING:
        return RESOLVE_LIMIT;
    case HF_CONN_HANDSHAKING:
        return HANDSHAKE_LIMIT;
    case HF_CONN_AUTHENTICATING:
        return AUTHENTICATE_LIMIT;
    case HF_CONN_NEEDS_INPUT:
        return INPUT_LIMIT;
    case HF_CONN_INSTALLING:
        return INSTALL_LIMIT;
    case HF_CONN_DISCONNECTING:
        return s->engine ? GOODBYE_LIMIT : REVERT_LIMIT;
    case HF_CONN_RECONNECTING:
    case HF_CONN_BLOCKED:
        return 0;
    case HF_CONN_DISCONNECTED:
    case HF_CONN_CONNECTED:
    case HF_CONN_PATH_LOST:
    case HF_CONN_ASLEEP:
    case HF_CONN_PORTAL:
    case HF_CONN_FAILED:
    case HF_CONN_STATE_COUNT:
        break;
    }
    return HF_NEVER;
}

/* The one place that assigns the state. */
static void enter(struct hf_supervisor *s, const struct hf_supervisor_rule *rule, hf_time now)
{
    hf_duration limit = limit_of(s, rule->to);

    HF_TRACE_EVENT(s->env.trace, now, HF_TRACE_STATE,
                   hf_trace_text("from", hf_conn_state_name(rule->from)),
                   hf_trace_text("on", hf_supervisor_input_name(rule->on)),
                   hf_trace_text("to", hf_conn_state_name(rule->to)));
    s->state = rule->to;
    s->kept = s->kept && s->state == HF_CONN_BLOCKED;
    s->since = now;
    s->settle_owed = true;
    s->has_refused = false;
    if (limit != 0)
        s->deadline = hf_time_add(now, limit);
    if (s->state == HF_CONN_DISCONNECTED)
        s->deadline = s->resume_at;
}

bool hf_supervisor_step(struct hf_supervisor *s, enum hf_supervisor_input input,
                        const struct hf_attempt_event *event, hf_time now)
{
    const struct hf_supervisor_rule *rule = hf_supervisor_rule_find(s->state, input);

    if (rule == NULL)
        return false;
    effects[rule->effect](s, event, now);
    if (rule->to != s->state)
        enter(s, rule, now);
    hf_supervisor_push(s, HF_SUPERVISOR_STATE, HF_OK);
    return true;
}

void hf_supervisor_wish(const struct hf_supervisor *s, struct hf_supervisor_wish *out)
{
    const struct hf_profile *profile = s->has_profile ? &s->profile : NULL;
    bool leaving = s->state == HF_CONN_DISCONNECTING && s->engine;

    if (s->has_next && !leaving && s->state == HF_CONN_DISCONNECTING)
        profile = &s->next; /* the block goes over to the profile that waits */
    *out = (struct hf_supervisor_wish){
        .state = s->state,
        .leaving = leaving,
        .profile = profile,
        .tunnel = s->has_tunnel ? &s->tunnel : NULL,
        .hole = &s->hole,
        .resolvers = s->facts.resolvers,
        .resolver_count = s->facts.resolver_count,
    };
    out->kept = profile != NULL && !s->unlocked &&
                (s->has_next ? profile->lock != HF_LOCK_OFF : profile->lock == HF_LOCK_ALWAYS);
}

/* An attempt that ended before its tunnel left a device that only a new plan takes away. */
static bool has_spare_tun(const struct hf_supervisor *s)
{
    return s->tun_ahead && s->state == HF_CONN_DISCONNECTING && !s->engine;
}

static void ask_for(struct hf_supervisor *s, hf_time now)
{
    s->asked = s->desired;
    s->in_flight = true;
    s->settle_owed = true;
    s->must_apply = s->has_refused = false;
    s->tun_ahead = s->tun_ahead && !has_spare_tun(s);
    s->serial++;
    HF_TRACE_EVENT(s->env.trace, now, HF_TRACE_PLAN, hf_trace_number("serial", s->serial),
                   hf_trace_text("state", hf_conn_state_name(s->asked.firewall.state)),
                   hf_trace_number("block", s->asked.firewall.block),
                   hf_trace_number("tunnel", s->asked.tunnel),
                   hf_trace_number("gateways", s->asked.firewall.gateway_count),
                   hf_trace_number("resolvers", s->asked.firewall.resolver_count));
    hf_supervisor_push(s, HF_SUPERVISOR_APPLY, HF_OK);
}

static enum hf_supervisor_input settled_input(const struct hf_supervisor *s)
{
    if (s->state != HF_CONN_DISCONNECTING)
        return HF_SUPERVISOR_IN_IN_FORCE;
    if (s->has_next)
        return HF_SUPERVISOR_IN_RELEASED_NEXT;
    return s->fault.status == HF_OK ? HF_SUPERVISOR_IN_RELEASED : HF_SUPERVISOR_IN_RELEASED_FAULT;
}

/* Each round passes on to a state further ahead, so a few are the most there can be. */
void hf_supervisor_settle(struct hf_supervisor *s, hf_time now)
{
    while (!s->in_flight && s->netd && !s->kept) {
        struct hf_supervisor_wish wish;

        hf_supervisor_wish(s, &wish);
        hf_supervisor_plan_make(&wish, &s->desired);
        if (s->must_apply || has_spare_tun(s) || !hf_plan_equal(&s->desired, &s->in_force)) {
            if (!s->has_refused || !hf_plan_equal(&s->desired, &s->refused))
                ask_for(s, now);
            return;
        }
        if (!s->settle_owed)
            return;
        s->settle_owed = false;
        if (!wish.leaving)
            (void)hf_supervisor_step(s, settled_input(s), NULL, now);
    }
}
