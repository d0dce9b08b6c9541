/* The attempt's machine: see attempt_machine.h. */
#include "conn/attempt_machine.h"

#include "conn/attempt_plan.h"

/* The host is asked for a hole or a plan and answers in milliseconds; an answer that never comes
 * must not leave the attempt where it is. */
#define HOST_PATIENCE   HF_SECONDS(15)
/* A gateway that has said nothing for so long gives way to another address, where there is one. */
#define SILENT_PATIENCE HF_SECONDS(3)
/* The gateway need not confirm that we leave, but is given the time to: what it sends after we have
 * closed our port makes the host answer in our place. */
#define LEAVE_PATIENCE  HF_SECONDS(1)
#define PART_PATIENCE   HF_MILLIS(500)

/* The one place that assigns the state. The last states are told by HF_ATTEMPT_ENDED. */
static void enter(struct hf_attempt *a, enum hf_conn_state state, hf_time now)
{
    if (a->state == state)
        return;
    a->state = state;
    HF_TRACE_EVENT(a->env->trace, now, HF_TRACE_STATE,
                   hf_trace_text("state", hf_conn_state_name(state)));
    if (state != HF_CONN_DISCONNECTED && state != HF_CONN_FAILED)
        hf_attempt_events_push_state(&a->events, state);
}

void hf_attempt_machine_fail(struct hf_attempt *a, hf_status status, enum hf_stage stage,
                             hf_time now)
{
    a->fault = hf_fault_make(status, stage);
    hf_attempt_machine_apply(a, HF_ATTEMPT_IN_FAILED, now);
}

/* The fault remains if this address was the last; a fault without a text says which one it was. */
void hf_attempt_machine_next_after(struct hf_attempt *a, const struct hf_fault *fault, hf_time now)
{
    char text[HF_ADDRESS_TEXT_MAX];

    a->fault = *fault;
    if (a->fault.offered[0] == '\0')
        hf_fault_set_text(a->fault.offered,
                          hf_bytes_of_string(hf_address_format(&a->candidate.address, text)));
    hf_attempt_machine_apply(a, HF_ATTEMPT_IN_NEXT, now);
}

void hf_attempt_machine_next(struct hf_attempt *a, hf_status status, hf_time now)
{
    struct hf_fault fault = hf_fault_make(status, HF_STAGE_HANDSHAKE);

    hf_attempt_machine_next_after(a, &fault, now);
}

void hf_attempt_machine_search(struct hf_attempt *a, hf_time now)
{
    switch (hf_attempt_resolve_next(&a->resolve, now, &a->candidate)) {
    case HF_ATTEMPT_RESOLVE_FOUND:
        hf_attempt_machine_apply(a, HF_ATTEMPT_IN_FOUND, now);
        break;
    case HF_ATTEMPT_RESOLVE_ASKING:
        break;
    case HF_ATTEMPT_RESOLVE_EXHAUSTED:
        if (a->fault.status == HF_OK) /* no address was tried: the names are the reason */
            a->fault = a->resolve.fault;
        hf_attempt_machine_apply(a, HF_ATTEMPT_IN_FAILED, now);
        break;
    }
}

static void do_search(struct hf_attempt *a, hf_time now)
{
    hf_ikev2_sa_free(a->sa);
    a->sa = NULL;
    a->is_sa_over = false;
    a->is_verified = false;
    a->limit = HF_NEVER;
    hf_attempt_machine_search(a, now);
}

static uint16_t first_port(const struct hf_profile *profile)
{
    return profile->port == 0 ? 500 : profile->port;
}

/* From any other port than 500 IKE runs with the marker from the start and does not move (RFC 7296,
 * section 2.23). */
static void do_want_hole(struct hf_attempt *a, hf_time now)
{
    uint16_t port = first_port(a->profile);
    const uint16_t ports[2] = { port, port == 500 ? 4500 : 0 };

    a->limit = hf_time_add(now, HOST_PATIENCE);
    hf_attempt_events_push_gateway(&a->events, &a->candidate.address, ports);
}

static hf_status configure(struct hf_attempt *a)
{
    hf_status status =
        hf_attempt_credentials_configure(a->profile, &a->credentials, a->candidate.gateway,
                                         a->hints.wall_clock, &a->config, &a->fault);

    if (status != HF_OK)
        return status;
    a->config.gateway = (hf_endpoint){ a->candidate.address, first_port(a->profile) };
    a->config.local = (hf_endpoint){ a->hints.local, a->hints.local_port };
    a->config.start_on_natt_port = a->config.gateway.port != 500;
    a->config.first_ke = a->hints.last_ke;
    a->config.rtt_hint = a->hints.rtt;
    return HF_OK;
}

static void do_begin(struct hf_attempt *a, hf_time now)
{
    hf_status status;

    if (configure(a) != HF_OK) {
        hf_attempt_machine_apply(a, HF_ATTEMPT_IN_FAILED, now);
        return;
    }
    status = hf_ikev2_sa_new(&a->config, a->env, now, &a->sa);
    if (status != HF_OK) {
        hf_attempt_machine_fail(a, status, HF_STAGE_HANDSHAKE, now);
        return;
    }
    a->began = now;
    a->limit =
        hf_attempt_resolve_has_more(&a->resolve) ? hf_time_add(now, SILENT_PATIENCE) : HF_NEVER;
}

static void do_want_install(struct hf_attempt *a, hf_time now)
{
    struct hf_plan plan;
    const struct hf_attempt_plan_input input = {
        .profile = a->profile,
        .configuration = &a->configuration,
        .selectors = &a->selectors,
        .outbound = &a->outbound,
        .gateway = a->candidate.address,
        .path_mtu = a->hints.path_mtu,
    };

    if (hf_attempt_plan_make(&input, &plan, &a->fault) != HF_OK) {
        hf_attempt_machine_apply(a, HF_ATTEMPT_IN_FAILED, now);
        return;
    }
    a->limit = hf_time_add(now, HOST_PATIENCE);
    HF_TRACE_EVENT(a->env->trace, now, HF_TRACE_PLAN, hf_trace_number("mtu", plan.mtu_bytes),
                   hf_trace_number("addresses", plan.address_count),
                   hf_trace_number("routes", plan.route_count),
                   hf_trace_number("resolvers", plan.resolver_count));
    hf_attempt_events_push_install(&a->events, &plan);
}

static void do_watch(struct hf_attempt *a, hf_time now)
{
    a->limit = HF_NEVER;
    hf_attempt_path_init(&a->path, now);
    hf_attempt_events_push_proof(&a->events, now);
}

static void do_ask_again(struct hf_attempt *a, hf_time now)
{
    a->limit = HF_NEVER;
    hf_attempt_moved_begin(&a->moved, a->candidate.gateway, &a->candidate.address, &a->hints,
                           a->env, now);
}

static void do_stay(struct hf_attempt *a, hf_time now)
{
    (void)now;
    a->limit = HF_NEVER;
    hf_attempt_moved_end(&a->moved);
}

/* The supervisor makes the tunnel anew, and asks the name first. */
void hf_attempt_machine_look_around(struct hf_attempt *a, hf_time now)
{
    struct hf_fault fault = hf_fault_make(HF_ERR_PEER_GONE, HF_STAGE_TUNNEL);
    char text[HF_ADDRESS_TEXT_MAX];
    hf_address other;

    if (!hf_attempt_moved_take(&a->moved, now, &other))
        return;
    hf_fault_set_text(fault.offered,
                      hf_bytes_of_string(hf_address_format(&a->candidate.address, text)));
    hf_fault_set_text(fault.received, hf_bytes_of_string(hf_address_format(&other, text)));
    a->fault = fault;
    hf_attempt_machine_apply(a, HF_ATTEMPT_IN_FAILED, now);
}

static void do_say_goodbye(struct hf_attempt *a, hf_time now)
{
    a->limit = hf_time_add(now, LEAVE_PATIENCE);
    hf_ikev2_sa_delete(a->sa, now);
}

/* Nobody answers who has gone before us, or was silent. */
static bool is_answered(const struct hf_attempt *a)
{
    hf_status status = a->verdict.status;

    return a->sa != NULL && hf_ikev2_sa_has_datagram(a->sa) && status != HF_ERR_PEER_GONE &&
           status != HF_ERR_NO_REPLY && status != HF_ERR_TIMEOUT;
}

/* The SA has said its last word, or says now that it is deleted. */
static void do_part(struct hf_attempt *a, hf_time now)
{
    a->verdict = a->fault;
    if (a->sa != NULL)
        hf_ikev2_sa_delete(a->sa, now);
    a->limit = hf_time_add(now, PART_PATIENCE);
    if (!is_answered(a))
        hf_attempt_machine_apply(a, HF_ATTEMPT_IN_CLOSED, now);
}

static void do_finish(struct hf_attempt *a, hf_time now)
{
    struct hf_fault ended = a->state == HF_CONN_FAILED ? a->fault : a->verdict;

    if (ended.status != HF_OK)
        HF_TRACE_EVENT(a->env->trace, now, HF_TRACE_FAULT,
                       hf_trace_text("status", hf_status_code(ended.status)),
                       hf_trace_text("stage", hf_stage_name(ended.stage)),
                       hf_trace_text("received", ended.received));
    a->is_over = true;
    a->limit = HF_NEVER;
    if (a->events.overflow)
        hf_attempt_events_clear(&a->events);
    hf_attempt_events_push_ended(&a->events, &ended);
}

static void do_nothing(struct hf_attempt *a, hf_time now)
{
    (void)now;
    a->limit = HF_NEVER;
}

void hf_attempt_machine_apply(struct hf_attempt *a, enum hf_attempt_input input, hf_time now)
{
    static void (*const effects[])(struct hf_attempt * a, hf_time now) = {
        [HF_ATTEMPT_DO_NOTHING] = do_nothing,
        [HF_ATTEMPT_DO_SEARCH] = do_search,
        [HF_ATTEMPT_DO_WANT_HOLE] = do_want_hole,
        [HF_ATTEMPT_DO_BEGIN] = do_begin,
        [HF_ATTEMPT_DO_WANT_INSTALL] = do_want_install,
        [HF_ATTEMPT_DO_WATCH] = do_watch,
        [HF_ATTEMPT_DO_ASK_AGAIN] = do_ask_again,
        [HF_ATTEMPT_DO_STAY] = do_stay,
        [HF_ATTEMPT_DO_SAY_GOODBYE] = do_say_goodbye,
        [HF_ATTEMPT_DO_PART] = do_part,
        [HF_ATTEMPT_DO_FINISH] = do_finish,
    };
    const struct hf_attempt_rule *rule = hf_attempt_rule_find(a->state, input);

    if (rule == NULL || a->is_over)
        return;
    enter(a, rule->to, now);
    effects[rule->effect](a, now);
}

/* What was waited for has not come. */
void hf_attempt_machine_handle_limit(struct hf_attempt *a, hf_time now)
{
    a->limit = HF_NEVER;
    if (a->state == HF_CONN_HANDSHAKING)
        hf_attempt_machine_next(a, a->sa == NULL ? HF_ERR_LOCAL_SETUP : HF_ERR_NO_REPLY, now);
    else if (a->state == HF_CONN_INSTALLING)
        hf_attempt_machine_fail(a, HF_ERR_LOCAL_SETUP, HF_STAGE_INSTALL, now);
    else
        hf_attempt_machine_apply(a, HF_ATTEMPT_IN_CLOSED, now);
}

bool hf_attempt_machine_is_up(const struct hf_attempt *a)
{
    return a->state == HF_CONN_CONNECTED || a->state == HF_CONN_PATH_LOST;
}
