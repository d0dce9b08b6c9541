/* See supervisor_rig.h. */
#include "conn/supervisor_rig.h"

hf_address rig_address(const char *text)
{
    hf_address address = { 0 };

    cr_assert(hf_address_parse(hf_bytes_of_string(text), &address));
    return address;
}

hf_prefix rig_prefix(const char *text)
{
    hf_prefix prefix = { 0 };

    cr_assert(hf_prefix_parse(hf_bytes_of_string(text), &prefix));
    return prefix;
}

struct hf_plan rig_tunnel(void)
{
    struct hf_plan plan = hf_plan_empty();

    plan.tunnel = true;
    plan.mtu_bytes = 1400;
    plan.addresses[0] = rig_prefix("10.9.0.2/32");
    plan.address_count = 1;
    plan.routes[0] = rig_prefix("0.0.0.0/0");
    plan.route_count = 1;
    plan.resolvers[0] = rig_address("10.9.0.1");
    plan.resolver_count = 1;
    return plan;
}

void rig_init(struct rig *rig)
{
    struct hf_network_facts facts = { .online = true, .resolver_count = 1, .on_link_count = 1 };

    memset(rig, 0, sizeof *rig);
    test_env_init(&rig->env, 7);
    cr_assert_eq(hf_supervisor_new(&rig->env.env, "hold0", &rig->supervisor), HF_OK);
    memcpy(rig->profile.id, "office", sizeof "office");
    memcpy(rig->profile.gateways[0], "vpn.example.org", sizeof "vpn.example.org");
    rig->profile.gateway_count = 1;
    rig->profile.request_ip4 = rig->profile.request_ip6 = true;
    rig->profile.lock = HF_LOCK_SESSION;
    rig->now = HF_SECONDS(1000);
    facts.resolvers[0] = (hf_endpoint){ rig_address("192.0.2.53"), 53 };
    facts.on_link[0] = rig_prefix("192.0.2.0/24");
    hf_supervisor_handle_facts(rig->supervisor, &facts, rig->now);
    rig_drain(rig);
}

void rig_free(struct rig *rig)
{
    hf_supervisor_free(rig->supervisor);
}

struct hf_supervisor_status rig_status(const struct rig *rig)
{
    struct hf_supervisor_status status;

    hf_supervisor_status(rig->supervisor, &status);
    return status;
}

enum hf_conn_state rig_state(const struct rig *rig)
{
    return rig_status(rig).state;
}

static hf_status outcome(const struct rig *rig)
{
    if (hf_plan_is_empty(&rig->asked))
        return rig->refuses_empty;
    if (rig->asked.tunnel && rig->refuses_tunnel != HF_OK)
        return rig->refuses_tunnel;
    return rig->asked.firewall.block ? rig->refuses : HF_OK;
}

void rig_answer(struct rig *rig)
{
    hf_status status = outcome(rig);

    cr_assert(rig->is_asked);
    rig->is_asked = false;
    if (status == HF_OK)
        rig->in_force = rig->asked;
    hf_supervisor_handle_applied(rig->supervisor, rig->serial, status, rig->now);
    rig_drain(rig);
}

static bool hole_is_open(const struct rig *rig)
{
    return rig->profile.lock == HF_LOCK_OFF || rig->in_force.firewall.gateway_count == 1;
}

static void play(struct rig *rig, const struct hf_supervisor_action *action)
{
    switch (action->type) {
    case HF_SUPERVISOR_APPLY:
        cr_assert_not(rig->is_asked, "one plan at a time");
        cr_assert_eq(hf_plan_check(&action->plan), HF_OK);
        rig->is_asked = true;
        rig->asked = action->plan;
        rig->serial = action->serial;
        rig->applies++;
        return;
    case HF_SUPERVISOR_PREPARE_ENGINE:
        rig->prepared++;
        return;
    case HF_SUPERVISOR_START_ENGINE:
        cr_assert(rig->in_force.firewall.block || rig->profile.lock == HF_LOCK_OFF,
                  "the block comes first");
        rig->started++;
        rig->engine = true;
        rig->hints = action->hints;
        rig->name_first = action->name_first;
        return;
    case HF_SUPERVISOR_STOP_ENGINE:
        rig->stopped++;
        rig->engine = false;
        return;
    case HF_SUPERVISOR_DISCONNECT_ENGINE:
        rig->goodbyes++;
        return;
    case HF_SUPERVISOR_UNDERLAY:
        cr_assert(action->status != HF_OK || hole_is_open(rig), "told open, but is not");
        rig->underlay_told = true;
        rig->underlay = action->status;
        return;
    case HF_SUPERVISOR_INSTALLED:
        cr_assert(action->status != HF_OK || rig->in_force.tunnel, "told installed, but is not");
        rig->installed_told = true;
        rig->installed = action->status;
        return;
    case HF_SUPERVISOR_SAVE:
        rig->saves++;
        rig->intent = action->intent_connected;
        rig->resume_at = action->resume_at;
        return;
    case HF_SUPERVISOR_REMEMBER:
        cr_assert_neq(rig_status(rig).summary.gateway.family, HF_FAMILY_NONE, "nothing is known");
        rig->remembered++;
        return;
    case HF_SUPERVISOR_STATE:
        return;
    }
}

static bool is_rest(enum hf_conn_state state)
{
    return state == HF_CONN_DISCONNECTED || state == HF_CONN_FAILED;
}

/* Design, section 4, invariant 3, as far as one process can see it. */
static void assert_invariants(const struct rig *rig)
{
    struct hf_supervisor_status status = rig_status(rig);
    const struct hf_plan_firewall *in_force = &rig->in_force.firewall;

    if (rig->is_asked)
        return; /* between two plans: what is in force belongs to the state before */
    cr_assert_eq(status.blocking, in_force->block);
    if (status.state == HF_CONN_CONNECTED || status.state == HF_CONN_RECONNECTING)
        cr_assert(in_force->block || rig->profile.lock == HF_LOCK_OFF);
    if (is_rest(status.state) && status.lock != HF_LOCK_ALWAYS)
        cr_assert(hf_plan_is_empty(&rig->in_force), "nothing stays behind");
    if (status.state != HF_CONN_RESOLVING && status.state != HF_CONN_PATH_LOST)
        cr_assert_eq(in_force->resolver_count, 0, "a name hole where no name is asked");
    if (status.state == HF_CONN_RECONNECTING || status.state == HF_CONN_RESOLVING)
        cr_assert_eq(in_force->gateway_count, 0, "a gateway hole without a gateway");
    cr_assert_leq(in_force->gateway_count, 1);
}

void rig_drain(struct rig *rig)
{
    struct hf_supervisor_action action;

    do {
        while (hf_supervisor_next_action(rig->supervisor, &action))
            play(rig, &action);
        if (!rig->is_asked || rig->hold_applies)
            break;
        rig_answer(rig);
    } while (true);
    if (rig->refuses == HF_OK && rig->refuses_empty == HF_OK && rig->refuses_tunnel == HF_OK)
        assert_invariants(rig);
}

void rig_connect(struct rig *rig)
{
    hf_supervisor_connect(rig->supervisor, &rig->profile, rig->now);
    rig_drain(rig);
}

void rig_disconnect(struct rig *rig)
{
    hf_supervisor_disconnect(rig->supervisor, rig->now);
    rig_drain(rig);
}

void rig_advance(struct rig *rig, hf_duration duration)
{
    hf_time until = rig->now + duration;

    while (hf_supervisor_deadline(rig->supervisor) <= until) {
        hf_time deadline = hf_supervisor_deadline(rig->supervisor);

        rig->now = deadline > rig->now ? deadline : rig->now;
        hf_supervisor_handle_time(rig->supervisor, rig->now);
        rig_drain(rig);
    }
    rig->now = until;
}

void rig_online(struct rig *rig, bool online)
{
    struct hf_network_facts facts = { .online = online, .on_link_count = online ? 1 : 0 };

    facts.on_link[0] = rig_prefix("198.51.100.0/24");
    hf_supervisor_handle_facts(rig->supervisor, &facts, rig->now);
    rig_drain(rig);
}

static void say(struct rig *rig, const struct hf_attempt_event *event)
{
    hf_supervisor_handle_event(rig->supervisor, event, rig->now);
    rig_drain(rig);
}

void rig_says_state(struct rig *rig, enum hf_conn_state state)
{
    say(rig, &(struct hf_attempt_event){ .type = HF_ATTEMPT_STATE, .state = state });
}

void rig_says_gateway(struct rig *rig, const char *address)
{
    say(rig, &(struct hf_attempt_event){
                 .type = HF_ATTEMPT_GATEWAY,
                 .gateway = rig_address(address),
                 .gateway_ports = {500, 4500}
    });
}

void rig_says_install(struct rig *rig, const struct hf_plan *plan)
{
    say(rig, &(struct hf_attempt_event){ .type = HF_ATTEMPT_INSTALL, .plan = *plan });
}

void rig_says_summary(struct rig *rig, const char *gateway)
{
    struct hf_attempt_event event = { .type = HF_ATTEMPT_SUMMARY };

    event.summary.gateway = rig_address(gateway);
    say(rig, &event);
}

void rig_says_ended(struct rig *rig, hf_status status, enum hf_stage stage)
{
    say(rig, &(struct hf_attempt_event){ .type = HF_ATTEMPT_ENDED,
                                         .fault = hf_fault_make(status, stage) });
}

void rig_engine_dies(struct rig *rig)
{
    rig->engine = false;
    hf_supervisor_handle_engine_gone(rig->supervisor, rig->now);
    rig_drain(rig);
}

static void go_on(struct rig *rig)
{
    struct hf_plan tunnel = rig_tunnel();

    switch (rig_state(rig)) {
    case HF_CONN_DISCONNECTED:
    case HF_CONN_FAILED:
        rig_connect(rig);
        return;
    case HF_CONN_RESOLVING:
        rig_says_gateway(rig, "203.0.113.1");
        return;
    case HF_CONN_HANDSHAKING:
        rig_says_state(rig, HF_CONN_AUTHENTICATING);
        return;
    case HF_CONN_AUTHENTICATING:
    case HF_CONN_NEEDS_INPUT:
        rig_says_install(rig, &tunnel);
        return;
    case HF_CONN_RECONNECTING:
        rig_advance(rig, rig_status(rig).next_attempt_at - rig->now);
        return;
    case HF_CONN_INSTALLING:
    case HF_CONN_CONNECTED:
    case HF_CONN_PATH_LOST:
    case HF_CONN_ASLEEP:
    case HF_CONN_BLOCKED:
    case HF_CONN_PORTAL:
    case HF_CONN_DISCONNECTING:
    case HF_CONN_STATE_COUNT:
        break;
    }
    cr_assert_fail("no way on from here");
}

void rig_reach(struct rig *rig, enum hf_conn_state state)
{
    while (rig_state(rig) != state)
        go_on(rig);
}
