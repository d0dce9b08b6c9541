/* One connection attempt and the tunnel it becomes: see <holdfast/attempt.h>. Composes the search
 * for an address, the IKE SA, the plan and the judgement of the path; the states are a table,
 * attempt_rules.def. */
#include <holdfast/attempt.h>

#include "conn/attempt_machine.h"
#include "conn/attempt_sa.h"

#include <stdlib.h>

static hf_status check(const struct hf_profile *profile, struct hf_fault *out_fault)
{
    hf_status status = hf_profile_check(profile, out_fault);

    return status == HF_OK ? hf_profile_check_connectable(profile, out_fault) : status;
}

hf_status hf_attempt_new(const struct hf_profile *profile, const struct hf_secrets *secrets,
                         const struct hf_attempt_hints *hints, const struct hf_env *env,
                         struct hf_attempt **out, struct hf_fault *out_fault)
{
    struct hf_attempt *a;
    hf_status status = check(profile, out_fault);

    if (status != HF_OK)
        return status;
    a = calloc(1, sizeof *a);
    if (a == NULL) {
        *out_fault = hf_fault_make(HF_ERR_NO_MEMORY, HF_STAGE_NONE);
        return HF_ERR_NO_MEMORY;
    }
    a->profile = profile;
    a->env = env;
    a->hints = *hints;
    a->state = HF_CONN_DISCONNECTED;
    a->limit = HF_NEVER;
    status = hf_attempt_credentials_make(profile, secrets, env->key, &hints->local,
                                         hints->wall_clock, &a->credentials, out_fault);
    if (status != HF_OK) {
        free(a);
        return status;
    }
    hf_attempt_resolve_init(&a->resolve, profile, &a->hints, env);
    *out = a;
    return HF_OK;
}

void hf_attempt_free(struct hf_attempt *attempt)
{
    if (attempt == NULL)
        return;
    hf_ikev2_sa_free(attempt->sa);
    hf_attempt_credentials_clear(&attempt->credentials);
    hf_attempt_events_clear(&attempt->events);
    free(attempt);
}

void hf_attempt_start(struct hf_attempt *attempt, hf_time now)
{
    if (attempt->has_started)
        return;
    attempt->has_started = true;
    hf_attempt_machine_apply(attempt, HF_ATTEMPT_IN_START, now);
}

void hf_attempt_handle_underlay(struct hf_attempt *attempt, hf_status status, hf_time now)
{
    if (attempt->state != HF_CONN_HANDSHAKING || attempt->sa != NULL)
        return;
    if (status == HF_OK)
        hf_attempt_machine_apply(attempt, HF_ATTEMPT_IN_OPEN, now);
    else
        hf_attempt_machine_next(attempt, status, now);
    hf_attempt_sa_pump(attempt, now);
}

void hf_attempt_handle_installed(struct hf_attempt *attempt, hf_status status, hf_time now)
{
    if (attempt->state != HF_CONN_INSTALLING)
        return;
    if (status != HF_OK) {
        hf_attempt_machine_fail(attempt, status, HF_STAGE_INSTALL, now);
        return;
    }
    attempt->is_installed = true;
    hf_attempt_sa_connect(attempt, now);
}

/* Nothing that is negotiated so far asks on the way: what certificates, a pre-shared key and
 * EAP-TLS need is there before the start, or hf_attempt_new says what is missing. */
void hf_attempt_handle_secret(struct hf_attempt *attempt, enum hf_secret_name name, hf_bytes value,
                              hf_time now)
{
    (void)attempt;
    (void)name;
    (void)value;
    (void)now;
}

static void look_around(struct hf_attempt *attempt, hf_time now)
{
    if (attempt->state == HF_CONN_PATH_LOST)
        hf_attempt_machine_look_around(attempt, now);
}

void hf_attempt_handle_datagram(struct hf_attempt *attempt, enum hf_channel channel,
                                const hf_endpoint *from, hf_bytes datagram, hf_time now)
{
    switch (channel) {
    case HF_CHANNEL_RESOLVER:
        hf_attempt_resolve_handle_datagram(&attempt->resolve, from, datagram, now);
        if (attempt->state == HF_CONN_RESOLVING)
            hf_attempt_machine_search(attempt, now);
        hf_attempt_moved_handle_datagram(&attempt->moved, from, datagram, now);
        look_around(attempt, now);
        break;
    case HF_CHANNEL_UNDERLAY:
        if (attempt->is_sa_over) /* the answer to its last word, and if not, it does no harm */
            hf_attempt_machine_apply(attempt, HF_ATTEMPT_IN_CLOSED, now);
        else if (attempt->sa != NULL && !attempt->is_over)
            hf_ikev2_sa_handle_datagram(attempt->sa, from, datagram, now);
        break;
    }
    hf_attempt_sa_pump(attempt, now);
}

void hf_attempt_handle_usage(struct hf_attempt *attempt, const struct hf_attempt_usage *usage,
                             hf_time now)
{
    if (!hf_attempt_machine_is_up(attempt))
        return;
    hf_ikev2_sa_report_usage(attempt->sa, usage->child_bytes_out, usage->child_sequence_out,
                             usage->last_sent, now);
    if (usage->last_received != 0) {
        hf_attempt_path_handle_inbound(&attempt->path, usage->last_received);
        hf_attempt_sa_prove(attempt, usage->last_received, now);
    }
    if (usage->last_sent != 0)
        hf_attempt_path_handle_sent(&attempt->path,
                                    usage->sent_after != 0 ? usage->sent_after : usage->last_sent,
                                    usage->last_sent);
    hf_attempt_sa_pump(attempt, now);
    hf_attempt_sa_tell_traffic(attempt);
}

void hf_attempt_handle_first_packet(struct hf_attempt *attempt, uint32_t spi_in, hf_time now)
{
    if (!hf_attempt_machine_is_up(attempt))
        return;
    hf_ikev2_sa_report_received(attempt->sa, spi_in, now, now);
    hf_attempt_sa_pump(attempt, now);
}

void hf_attempt_handle_time(struct hf_attempt *attempt, hf_time now)
{
    if (attempt->is_over)
        return;
    if (attempt->state == HF_CONN_RESOLVING) {
        hf_attempt_resolve_handle_time(&attempt->resolve, now);
        hf_attempt_machine_search(attempt, now);
    }
    if (attempt->state == HF_CONN_PATH_LOST) {
        hf_attempt_moved_handle_time(&attempt->moved, now);
        look_around(attempt, now);
    }
    if (hf_time_due(attempt->limit, now))
        hf_attempt_machine_handle_limit(attempt, now);
    if (hf_attempt_machine_is_up(attempt))
        hf_attempt_sa_judge(attempt, hf_attempt_path_handle_time(&attempt->path, now), now);
    if (attempt->sa != NULL && !attempt->is_over)
        hf_ikev2_sa_handle_time(attempt->sa, now);
    hf_attempt_sa_pump(attempt, now);
}

void hf_attempt_disconnect(struct hf_attempt *attempt, hf_time now)
{
    hf_attempt_machine_apply(attempt, HF_ATTEMPT_IN_DISCONNECT, now);
    hf_attempt_sa_pump(attempt, now);
}

void hf_attempt_rekey(struct hf_attempt *attempt, bool ike, hf_time now)
{
    if (!hf_attempt_machine_is_up(attempt))
        return;
    if (ike)
        hf_ikev2_sa_rekey_ike(attempt->sa, now);
    else
        hf_ikev2_sa_rekey_child(attempt->sa, now);
    hf_attempt_sa_pump(attempt, now);
}

hf_time hf_attempt_deadline(const struct hf_attempt *attempt)
{
    hf_time deadline = attempt->limit;

    if (attempt->is_over)
        return HF_NEVER;
    if (attempt->state == HF_CONN_RESOLVING)
        deadline = hf_time_min(deadline, hf_attempt_resolve_deadline(&attempt->resolve));
    if (attempt->state == HF_CONN_PATH_LOST)
        deadline = hf_time_min(deadline, hf_attempt_moved_deadline(&attempt->moved));
    if (attempt->sa != NULL)
        deadline = hf_time_min(deadline, hf_ikev2_sa_deadline(attempt->sa));
    if (hf_attempt_machine_is_up(attempt))
        deadline = hf_time_min(deadline, hf_attempt_path_deadline(&attempt->path));
    return deadline;
}

bool hf_attempt_next_datagram(struct hf_attempt *attempt, struct hf_attempt_datagram *out)
{
    struct hf_dns_datagram query;
    struct hf_ikev2_datagram datagram;

    if (!attempt->is_over && (hf_attempt_resolve_next_datagram(&attempt->resolve, &query) ||
                              (attempt->state == HF_CONN_PATH_LOST &&
                               hf_attempt_moved_next_datagram(&attempt->moved, &query)))) {
        *out = (struct hf_attempt_datagram){ HF_CHANNEL_RESOLVER, query.to, query.bytes };
        return true;
    }
    if (attempt->sa != NULL && hf_ikev2_sa_next_datagram(attempt->sa, &datagram)) {
        *out = (struct hf_attempt_datagram){ HF_CHANNEL_UNDERLAY, datagram.to, datagram.bytes };
        return true;
    }
    return false;
}

bool hf_attempt_next_event(struct hf_attempt *attempt, struct hf_attempt_event *out)
{
    return hf_attempt_events_next(&attempt->events, out);
}
