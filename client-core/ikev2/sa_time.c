/* What time brings: retransmissions, timeouts, lifetimes, keepalives. See sa_parts.h. */
#include "ikev2/sa_parts.h"

static void init_expired(struct hf_ikev2_sa *sa, hf_time now)
{
    struct hf_fault fault = hf_ikev2_init_fault(&sa->init, &sa->policy);

    hf_ikev2_sa_fail(sa, &fault, now);
}

/* Before the gateway's first authentic answer it may not be there at all; after that it is gone. */
static void expired(struct hf_ikev2_sa *sa, hf_time now)
{
    bool in_tunnel = sa->state == HF_IKEV2_TUNNEL;
    const struct hf_fault *known = hf_ikev2_auth_eap_fault(&sa->auth);

    if (sa->state == HF_IKEV2_INIT_SENT)
        init_expired(sa, now);
    else if (known != NULL) /* our alert was the last word that both sides had */
        hf_ikev2_sa_fail(sa, known, now);
    else
        hf_ikev2_sa_fail_status(sa, in_tunnel ? HF_ERR_PEER_GONE : HF_ERR_NO_REPLY, now);
}

static void doubt(struct hf_ikev2_sa *sa)
{
    if (sa->state != HF_IKEV2_TUNNEL || sa->in_doubt)
        return;
    sa->in_doubt = true;
    hf_ikev2_events_add(&sa->events, HF_IKEV2_UNANSWERED);
}

/* Returns false once the window's request, and with it the SA, is given up. */
static bool drive_window(struct hf_ikev2_sa *sa, struct hf_ikev2_window *window, hf_time now)
{
    for (;;) {
        switch (hf_ikev2_window_due(window, now)) {
        case HF_WINDOW_QUIET:
            return true;
        case HF_WINDOW_RESEND:
            hf_ikev2_sa_resend(sa, window, now);
            break;
        case HF_WINDOW_DOUBT:
            doubt(sa);
            break;
        case HF_WINDOW_EXPIRED:
            return false;
        }
    }
}

static void drive_retired(struct hf_ikev2_sa *sa, hf_time now)
{
    if (sa->retired == NULL)
        return;
    if (hf_time_due(sa->retired_until, now) || !drive_window(sa, &sa->retired->window, now))
        hf_ikev2_sa_channels_forget_retired(sa);
}

static void drive_ike_lifetime(struct hf_ikev2_sa *sa, hf_time now)
{
    if (hf_time_due(sa->next_at, now))
        hf_ikev2_sa_channels_confirm(sa, now);
    if (hf_time_due(sa->rekey_ike_at, now)) {
        sa->rekey_ike_at = HF_NEVER;
        hf_ikev2_tasks_add(&sa->tasks, HF_TASK_REKEY_IKE, now);
    }
    if (hf_time_due(sa->expire_ike_at, now)) {
        struct hf_fault fault = sa->refused;

        if (fault.status == HF_OK)
            fault = hf_fault_make(HF_ERR_TIMEOUT, HF_STAGE_TUNNEL);
        hf_ikev2_sa_farewell(sa, true, now);
        hf_ikev2_sa_fail(sa, &fault, now);
    }
}

static void drive_liveness(struct hf_ikev2_sa *sa, hf_time now)
{
    if (hf_ikev2_liveness_probe_due(&sa->liveness, now) && !sa->current->window.waiting)
        hf_ikev2_tasks_add(&sa->tasks, HF_TASK_PROBE, now);
    if (hf_ikev2_liveness_keepalive_due(&sa->liveness, now))
        hf_ikev2_sa_send_keepalive(sa, now);
}

static void drive_tunnel(struct hf_ikev2_sa *sa, hf_time now)
{
    drive_retired(sa, now);
    hf_ikev2_sa_child_due(sa, now);
    if (sa->state == HF_IKEV2_TUNNEL)
        drive_ike_lifetime(sa, now);
    if (sa->state == HF_IKEV2_TUNNEL)
        drive_liveness(sa, now);
    hf_ikev2_sa_tunnel_start_tasks(sa, now);
}

void hf_ikev2_sa_handle_time(struct hf_ikev2_sa *sa, hf_time now)
{
    struct hf_ikev2_window *window = sa->current != NULL ? &sa->current->window : &sa->init_window;

    if (hf_ikev2_sa_table_is_rest(sa->state))
        return;
    if (!drive_window(sa, window, now)) {
        expired(sa, now);
        return;
    }
    if (sa->state == HF_IKEV2_CLOSING && hf_time_due(sa->close_by, now))
        hf_ikev2_sa_step(sa, HF_IKEV2_IN_DELETED, now);
    else if (sa->state == HF_IKEV2_TUNNEL || sa->state == HF_IKEV2_CLOSING)
        drive_tunnel(sa, now);
}

/* Of what drive_tunnel does, and of nothing else: a time that nobody acts on would be due for ever.
 */
static hf_time tunnel_deadline(const struct hf_ikev2_sa *sa)
{
    bool waiting = sa->current->window.waiting;
    hf_time deadline = hf_time_min(hf_ikev2_children_deadline(&sa->children),
                                   hf_ikev2_sa_channels_retired_deadline(sa));

    if (sa->state == HF_IKEV2_TUNNEL) {
        deadline = hf_time_min(deadline, hf_ikev2_sa_channels_lifetime_deadline(sa));
        deadline = hf_time_min(deadline, hf_ikev2_liveness_deadline(&sa->liveness, waiting));
    }
    if (!waiting)
        deadline = hf_time_min(deadline,
                               hf_ikev2_tasks_deadline(&sa->tasks, hf_ikev2_sa_tunnel_allowed(sa)));
    return deadline;
}

hf_time hf_ikev2_sa_deadline(const struct hf_ikev2_sa *sa)
{
    hf_time deadline;

    if (hf_ikev2_sa_table_is_rest(sa->state))
        return HF_NEVER;
    if (sa->current == NULL)
        return hf_ikev2_window_deadline(&sa->init_window);
    deadline = hf_ikev2_window_deadline(&sa->current->window);
    if (sa->state == HF_IKEV2_CLOSING)
        deadline = hf_time_min(deadline, sa->close_by);
    if (sa->state == HF_IKEV2_TUNNEL || sa->state == HF_IKEV2_CLOSING)
        deadline = hf_time_min(deadline, tunnel_deadline(sa));
    return deadline;
}
