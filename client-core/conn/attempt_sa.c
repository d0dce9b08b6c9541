/* What the IKE SA tells an attempt, as inputs of its machine: see attempt_sa.h. */
#include "conn/attempt_sa.h"

#include <string.h>

void hf_attempt_sa_judge(struct hf_attempt *a, enum hf_attempt_path_verdict verdict, hf_time now)
{
    switch (verdict) {
    case HF_ATTEMPT_PATH_SAME:
        break;
    case HF_ATTEMPT_PATH_PROBE:
        hf_ikev2_sa_probe(a->sa, now);
        break;
    case HF_ATTEMPT_PATH_LOST:
        hf_attempt_machine_apply(a, HF_ATTEMPT_IN_PATH_LOST, now);
        break;
    case HF_ATTEMPT_PATH_BACK:
        hf_attempt_machine_apply(a, HF_ATTEMPT_IN_PATH_BACK, now);
        break;
    }
}

void hf_attempt_sa_prove(struct hf_attempt *a, hf_time at, hf_time now)
{
    if (!hf_attempt_machine_is_up(a) || at <= a->path.last_proof)
        return;
    hf_attempt_events_push_proof(&a->events, at);
    hf_attempt_sa_judge(a, hf_attempt_path_handle_proof(&a->path, at), now);
    hf_attempt_sa_tell_traffic(a);
}

void hf_attempt_sa_tell_traffic(struct hf_attempt *a)
{
    bool is_one_way = hf_attempt_machine_is_up(a) && hf_attempt_path_is_one_way(&a->path);

    if (is_one_way == a->told_one_way)
        return;
    a->told_one_way = is_one_way;
    hf_attempt_events_push_traffic(&a->events, is_one_way);
}

static void summarise(struct hf_attempt *a)
{
    struct hf_ikev2_summary summary;
    struct hf_attempt_summary out = { .gateway = a->candidate.address, .rtt = a->rtt };

    memset(&summary, 0, sizeof summary);
    hf_ikev2_sa_summary(a->sa, &summary);
    memcpy(out.gateway_identity, summary.gateway_identity, sizeof out.gateway_identity);
    memcpy(out.ike_suite, summary.ike_suite, sizeof out.ike_suite);
    memcpy(out.esp_suite, summary.esp_suite, sizeof out.esp_suite);
    memcpy(out.authentication, summary.authentication, sizeof out.authentication);
    out.ke = summary.ke;
    out.behind_nat = summary.nat_local || summary.nat_remote;
    out.round_trips = summary.round_trips;
    hf_attempt_events_push_summary(&a->events, &out);
}

/* A retransmitted first request makes the estimate too long, which costs a later attempt nothing:
 * the interval that follows from it is bounded. */
static void measure(struct hf_attempt *a, hf_time now)
{
    struct hf_ikev2_summary summary;

    memset(&summary, 0, sizeof summary);
    hf_ikev2_sa_summary(a->sa, &summary);
    a->rtt = hf_time_since(now, a->began) / (summary.round_trips == 0 ? 1 : summary.round_trips);
}

/* Invariant 1: nothing is installed, let alone connected, before the gateway is verified. */
static void take_first_child(struct hf_attempt *a, const struct hf_ikev2_child *child, hf_time now)
{
    a->has_child = true;
    a->selectors = child->selectors;
    a->outbound = hf_attempt_esp_params(child, false);
    hf_secret_clear(&a->outbound.encr_key);
    hf_secret_clear(&a->outbound.integ_key);
    if (a->is_verified)
        hf_attempt_machine_apply(a, HF_ATTEMPT_IN_CHILD, now);
    else
        hf_attempt_machine_fail(a, HF_ERR_INTERNAL, HF_STAGE_AUTHENTICATION, now);
}

void hf_attempt_sa_connect(struct hf_attempt *a, hf_time now)
{
    if (a->is_verified && a->is_established && a->is_installed)
        hf_attempt_machine_apply(a, HF_ATTEMPT_IN_INSTALLED, now);
}

/* Only silence speaks for trying elsewhere: whoever has answered and refused would do it again, and
 * wrong credentials must not be offered around. */
static void end_sa(struct hf_attempt *a, const struct hf_fault *fault, hf_time now)
{
    bool is_silence = fault->status == HF_ERR_NO_REPLY || fault->status == HF_ERR_TIMEOUT ||
                      fault->status == HF_ERR_NO_NETWORK;

    if (is_silence && (a->state == HF_CONN_HANDSHAKING || a->state == HF_CONN_AUTHENTICATING)) {
        hf_attempt_machine_next_after(a, fault, now);
        return;
    }
    a->fault = *fault;
    hf_attempt_machine_apply(a, HF_ATTEMPT_IN_FAILED, now);
}

/* Keys do not stay behind in the event. */
static void take_child(struct hf_attempt *a, struct hf_ikev2_child *child, hf_time now)
{
    hf_attempt_events_push_child_add(&a->events, child);
    if (!a->has_child)
        take_first_child(a, child, now);
    hf_cleanse(child, sizeof *child);
}

static void handle_event(struct hf_attempt *a, struct hf_ikev2_event *event, hf_time now)
{
    switch (event->type) {
    case HF_IKEV2_AUTHENTICATING:
        measure(a, now);
        hf_attempt_machine_apply(a, HF_ATTEMPT_IN_INIT_DONE, now);
        break;
    case HF_IKEV2_PEER_VERIFIED:
        a->is_verified = true;
        break;
    case HF_IKEV2_CONFIGURED:
        a->configuration = event->config;
        break;
    case HF_IKEV2_CHILD_UP:
        take_child(a, &event->child, now);
        break;
    case HF_IKEV2_CHILD_SEND:
        hf_attempt_events_push_child(&a->events, HF_ATTEMPT_CHILD_SEND, &event->child);
        break;
    case HF_IKEV2_CHILD_DOWN:
        hf_attempt_events_push_child(&a->events, HF_ATTEMPT_CHILD_REMOVE, &event->child);
        break;
    case HF_IKEV2_ESTABLISHED:
        a->is_established = true;
        summarise(a);
        hf_attempt_sa_connect(a, now);
        break;
    case HF_IKEV2_IKE_REKEYED:
        summarise(a);
        break;
    case HF_IKEV2_PROOF:
        hf_attempt_sa_prove(a, now, now);
        break;
    case HF_IKEV2_UNANSWERED:
        if (hf_attempt_machine_is_up(a))
            hf_attempt_sa_judge(a, hf_attempt_path_handle_unanswered(&a->path, now), now);
        break;
    case HF_IKEV2_FAILED:
        a->is_sa_over = true;
        end_sa(a, &event->fault, now);
        break;
    case HF_IKEV2_CLOSED:
        a->is_sa_over = true;
        a->fault = event->fault;
        hf_attempt_machine_apply(
            a, event->fault.status == HF_OK ? HF_ATTEMPT_IN_CLOSED : HF_ATTEMPT_IN_FAILED, now);
        break;
    }
}

/* Takes what the SA has to tell. An effect may replace or free the SA, so it is looked at anew. */
void hf_attempt_sa_pump(struct hf_attempt *a, hf_time now)
{
    struct hf_ikev2_event event;

    while (a->sa != NULL && !a->is_over && hf_ikev2_sa_next_event(a->sa, &event))
        handle_event(a, &event, now);
    if (a->events.overflow && !a->is_over)
        hf_attempt_machine_fail(a, HF_ERR_INTERNAL, HF_STAGE_NONE, now);
}
