/* The one place that changes the state of an SA, and its three ends. See sa_parts.h. */
#include "ikev2/sa_parts.h"

void hf_ikev2_sa_step(struct hf_ikev2_sa *sa, enum hf_ikev2_input input, hf_time now)
{
    const struct hf_ikev2_rule *rule = hf_ikev2_sa_table_find(sa->state, input);

    if (rule == NULL)
        return;
    HF_TRACE_EVENT(sa->env->trace, now, HF_TRACE_STATE,
                   hf_trace_text("from", hf_ikev2_sa_table_state_name(rule->from)),
                   hf_trace_text("on", hf_ikev2_sa_table_input_name(input)),
                   hf_trace_text("to", hf_ikev2_sa_table_state_name(rule->to)));
    sa->state = rule->to;
    rule->act(sa, now);
}

enum hf_stage hf_ikev2_sa_stage(const struct hf_ikev2_sa *sa)
{
    switch (sa->state) {
    case HF_IKEV2_CREATED:
    case HF_IKEV2_INIT_SENT:
        return HF_STAGE_HANDSHAKE;
    case HF_IKEV2_AUTH_SENT:
    case HF_IKEV2_EAP_SENT:
    case HF_IKEV2_PROOF_SENT:
        return HF_STAGE_AUTHENTICATION;
    case HF_IKEV2_TUNNEL:
    case HF_IKEV2_CLOSING:
    case HF_IKEV2_STATE_ENDED:
    case HF_IKEV2_STATE_FAILED:
        break;
    }
    return HF_STAGE_TUNNEL;
}

/* What EAP has found out is why, also where the gateway answers our alert with a notify, or not at
 * all. */
static const struct hf_fault *reason(const struct hf_ikev2_sa *sa, const struct hf_fault *fault)
{
    const struct hf_fault *known = sa->auth.eap == NULL ? NULL : hf_eap_peer_fault(sa->auth.eap);

    return known == NULL ? fault : known;
}

void hf_ikev2_sa_fail(struct hf_ikev2_sa *sa, const struct hf_fault *fault, hf_time now)
{
    sa->fault = *reason(sa, fault);
    hf_ikev2_sa_step(sa, HF_IKEV2_IN_FAULT, now);
}

void hf_ikev2_sa_fail_status(struct hf_ikev2_sa *sa, hf_status status, hf_time now)
{
    struct hf_fault fault = hf_fault_make(status, hf_ikev2_sa_stage(sa));

    hf_ikev2_sa_fail(sa, &fault, now);
}

/* Keys go at once; what is queued (a last word, the last events) is still delivered. */
static void forget_everything(struct hf_ikev2_sa *sa)
{
    hf_ikev2_auth_clear(&sa->auth);
    hf_ikev2_init_clear(&sa->init);
    hf_ikev2_window_clear(&sa->init_window);
    hf_ikev2_window_init(&sa->init_window, 0);
    hf_ikev2_child_offer_clear(&sa->offer);
    hf_ikev2_rekey_ike_clear(&sa->rekey);
    hf_buf_free(&sa->eap_response);
    hf_ikev2_sa_channels_forget(sa);
}

static void conclude(struct hf_ikev2_sa *sa, hf_status status)
{
    struct hf_ikev2_event *event = hf_ikev2_events_add(&sa->events, HF_IKEV2_CLOSED);

    event->fault = hf_fault_make(status, status == HF_OK ? HF_STAGE_NONE : HF_STAGE_TUNNEL);
    forget_everything(sa);
}

void hf_ikev2_sa_end_by_us(struct hf_ikev2_sa *sa, hf_time now)
{
    (void)now;
    conclude(sa, HF_OK);
}

void hf_ikev2_sa_end_by_peer(struct hf_ikev2_sa *sa, hf_time now)
{
    HF_TRACE_EVENT(sa->env->trace, now, HF_TRACE_IKE_DELETE, hf_trace_text("by", "gateway"));
    conclude(sa, HF_ERR_PEER_GONE);
}

void hf_ikev2_sa_end_by_fault(struct hf_ikev2_sa *sa, hf_time now)
{
    HF_TRACE_EVENT(sa->env->trace, now, HF_TRACE_FAULT,
                   hf_trace_text("status", hf_status_code(sa->fault.status)),
                   hf_trace_text("stage", hf_stage_name(sa->fault.stage)),
                   hf_trace_number("peer_code", sa->fault.peer_code),
                   hf_trace_text("offered", sa->fault.offered),
                   hf_trace_text("received", sa->fault.received));
    hf_ikev2_events_add(&sa->events, HF_IKEV2_FAILED)->fault = sa->fault;
    forget_everything(sa);
}
