/* From the first message to the tunnel: IKE_SA_INIT, IKE_AUTH, EAP. See sa_parts.h. The order of
 * checks is that of invariants 1 and 2: identity and proof of the gateway before anything else of
 * its message is looked at. */
#include <string.h>

#include "ikev2/config_reply.h"
#include "ikev2/refusal.h"
#include "ikev2/sa_parts.h"

/* --- IKE_SA_INIT --- */

void hf_ikev2_sa_connect_send_init(struct hf_ikev2_sa *sa, hf_time now)
{
    struct hf_ikev2_datagrams *request = &sa->init_window.request;
    hf_status status = hf_ikev2_init_encode(&sa->init, &sa->policy);

    hf_ikev2_datagrams_clear(request);
    request->list[0] = hf_buf_with_max(HF_IKE_MESSAGE_MAX);
    if (status == HF_OK && !hf_buf_append(&request->list[0], hf_buf_bytes(&sa->init.request)))
        status = HF_ERR_NO_MEMORY;
    if (status != HF_OK) {
        hf_ikev2_sa_fail_status(sa, status, now);
        return;
    }
    request->count = 1;
    hf_ikev2_window_started(&sa->init_window, HF_IKE_SA_INIT, now);
    HF_TRACE_EVENT(sa->env->trace, now, HF_TRACE_IKE_SEND, hf_trace_text("what", "request"),
                   hf_trace_text("exchange", "IKE_SA_INIT"), hf_trace_number("msgid", 0),
                   hf_trace_number("ke", sa->init.groups[sa->init.group_count - 1]),
                   hf_trace_number("cookie", sa->init.cookie_len));
    hf_ikev2_outbox_add_all(&sa->outbox, &sa->remote, sa->marker, request);
}

/* From here on port 4500 and the marker, NAT or not: our data plane is always encapsulated. A port
 * that the profile chose is kept. */
static void float_to_natt_port(struct hf_ikev2_sa *sa)
{
    if (sa->remote.port == HF_IKE_PORT)
        sa->remote.port = HF_IKE_NATT_PORT;
    sa->marker = true;
}

static hf_status make_channel(struct hf_ikev2_sa *sa)
{
    const struct hf_ikev2_init *init = &sa->init;
    struct hf_ikev2_channel_setup setup = {
        .suite = hf_ikev2_proposal_suite(&init->choice),
        .keymat = {.nonce_i = HF_BYTES_OF(init->nonce_i),
                   .nonce_r = hf_buf_bytes(&init->nonce_r),
                   .spi_i = init->spi_i,
                   .spi_r = init->spi_r,
                   .shared = &init->shared},
        .is_initiator = true,
        .fragment = init->fragment,
        .max_datagram = sa->config->max_datagram != 0 ? sa->config->max_datagram : 1232,
        .rtt = sa->init_window.rtt,
    };
    hf_status status = hf_ikev2_channel_new(&setup, &sa->current);

    if (status == HF_OK)
        sa->current->window.next_id = 1; /* 0 was IKE_SA_INIT */
    hf_secret_clear(&sa->init.shared);
    return status;
}

static void note_init(struct hf_ikev2_sa *sa)
{
    struct hf_ikev2_summary *summary = &sa->summary;

    hf_ikev2_proposal_describe(&sa->init.choice, summary->ike_suite, sizeof summary->ike_suite);
    summary->ke = sa->init.choice.ke;
    summary->nat_local = sa->init.nat_local;
    summary->nat_remote = sa->init.nat_remote;
}

void hf_ikev2_sa_connect_handle_init(struct hf_ikev2_sa *sa, const struct hf_ike_header *header,
                                     hf_bytes message, hf_time now)
{
    hf_status status;

    switch (hf_ikev2_init_handle(&sa->init, &sa->policy, header, message)) {
    case HF_INIT_IGNORED:
        HF_TRACE_EVENT(sa->env->trace, now, HF_TRACE_IKE_DROP,
                       hf_trace_text("why", "IKE_SA_INIT reply of no use"),
                       hf_trace_text("hint", sa->init.hint.received));
        if (hf_ikev2_init_is_hopeless(&sa->init)) {
            struct hf_fault fault = hf_ikev2_init_fault(&sa->init, &sa->policy);

            hf_ikev2_sa_fail(sa, &fault, now);
        }
        return;
    case HF_INIT_RETRY:
        sa->summary.round_trips++;
        hf_ikev2_window_answered(&sa->init_window, now);
        hf_ikev2_sa_step(sa, HF_IKEV2_IN_RETRY, now);
        return;
    case HF_INIT_DONE:
        break;
    }
    sa->summary.round_trips++;
    hf_ikev2_window_answered(&sa->init_window, now);
    status = make_channel(sa);
    if (status != HF_OK) {
        hf_ikev2_sa_fail_status(sa, status, now);
        return;
    }
    note_init(sa);
    HF_TRACE_EVENT(sa->env->trace, now, HF_TRACE_IKE_PROPOSAL,
                   hf_trace_text("suite", sa->summary.ike_suite),
                   hf_trace_number("nat_local", sa->init.nat_local),
                   hf_trace_number("nat_remote", sa->init.nat_remote),
                   hf_trace_number("fragments", sa->init.fragment));
    float_to_natt_port(sa);
    hf_ikev2_events_add(&sa->events, HF_IKEV2_AUTHENTICATING);
    hf_ikev2_sa_step(sa, HF_IKEV2_IN_INIT_DONE, now);
}

/* --- IKE_AUTH: our part --- */

/* Seals and sends a message of IKE_AUTH, or ends the SA. */
static void send(struct hf_ikev2_sa *sa, const struct hf_ikev2_chain_writer *chain,
                 hf_status status, hf_time now)
{
    if (status == HF_OK)
        status = hf_ikev2_sa_request(sa, sa->current, HF_IKE_AUTH, chain, now);
    if (status != HF_OK)
        hf_ikev2_sa_fail_status(sa, status, now);
}

static hf_status add_child(struct hf_ikev2_sa *sa, struct hf_ikev2_chain_writer *chain)
{
    struct hf_selectors asked;
    uint32_t spi;
    hf_status status = hf_ikev2_sa_child_draw_spi(sa, &spi);

    if (status != HF_OK)
        return status;
    hf_ikev2_narrow_request(sa->config, &asked);
    status = hf_ikev2_child_offer_make(sa->env, spi, &asked, HF_KE_NONE, &sa->offer);
    if (status == HF_OK)
        hf_ikev2_child_offer_encode(&sa->offer, &sa->policy, chain);
    return status;
}

static void add_config_request(struct hf_ikev2_sa *sa, struct hf_ikev2_chain_writer *chain)
{
    if (!sa->config->want_ip4 && !sa->config->want_ip6)
        return;
    hf_ikev2_payload_begin(chain, HF_PAYLOAD_CP);
    hf_ikev2_config_reply_ask(sa->config, &chain->w);
    hf_ikev2_payload_end(chain);
}

void hf_ikev2_sa_connect_send_auth(struct hf_ikev2_sa *sa, hf_time now)
{
    struct hf_ikev2_chain_writer chain = hf_ikev2_sa_draft(sa);
    struct hf_fault fault;
    hf_status status;

    hf_ikev2_auth_begin(&sa->auth, sa->config, sa->env, &sa->init, sa->current);
    status = hf_ikev2_auth_ask(&sa->auth, &chain, &fault);
    if (status != HF_OK) {
        hf_ikev2_sa_fail(sa, &fault, now);
        return;
    }
    if (!sa->config->beside_another)
        hf_ikev2_chain_add_notify(&chain, HF_PROTOCOL_NONE, (hf_bytes){ 0 },
                                  HF_NOTIFY_INITIAL_CONTACT, (hf_bytes){ 0 });
    add_config_request(sa, &chain);
    send(sa, &chain, add_child(sa, &chain), now);
}

void hf_ikev2_sa_connect_send_eap(struct hf_ikev2_sa *sa, hf_time now)
{
    struct hf_ikev2_chain_writer chain = hf_ikev2_sa_draft(sa);

    hf_ikev2_chain_add(&chain, HF_PAYLOAD_EAP, hf_buf_bytes(&sa->eap_response));
    send(sa, &chain, HF_OK, now);
    hf_buf_clear(&sa->eap_response);
}

void hf_ikev2_sa_connect_send_proof(struct hf_ikev2_sa *sa, hf_time now)
{
    struct hf_ikev2_chain_writer chain = hf_ikev2_sa_draft(sa);

    send(sa, &chain, hf_ikev2_auth_eap_add(&sa->auth, &chain), now);
}

/* --- IKE_AUTH: the gateway's part --- */

static void fail_and_say_so(struct hf_ikev2_sa *sa, const struct hf_fault *fault,
                            bool authenticated, hf_time now)
{
    hf_ikev2_sa_farewell(sa, authenticated, now);
    hf_ikev2_sa_fail(sa, fault, now);
}

/* What the gateway refused, beside what we had asked for. */
static void fail_refused(struct hf_ikev2_sa *sa, uint16_t notify, bool authenticated, hf_time now)
{
    struct hf_fault fault = hf_ikev2_refusal_fault(notify, HF_STAGE_AUTHENTICATION);
    const struct hf_fault *known = hf_ikev2_auth_eap_fault(&sa->auth);

    if (known != NULL && !authenticated) /* it refuses because EAP failed, and we know why */
        fault = *known;
    else if (fault.status == HF_ERR_AUTH_REJECTED)
        hf_identity_format(&sa->config->local_id, fault.offered);
    if (fault.status == HF_ERR_NO_PROPOSAL)
        hf_ikev2_policy_describe(&sa->policy, HF_PROTOCOL_ESP, fault.offered);
    if (authenticated)
        hf_ikev2_sa_farewell(sa, true, now);
    hf_ikev2_sa_fail(sa, &fault, now);
}

static void fail_unexpected(struct hf_ikev2_sa *sa, const char *received, hf_time now)
{
    struct hf_fault fault = hf_fault_make(HF_ERR_UNEXPECTED, HF_STAGE_AUTHENTICATION);

    hf_fault_set_text(fault.received, hf_bytes_of_string(received));
    hf_ikev2_sa_fail(sa, &fault, now);
}

static hf_status read_config(struct hf_ikev2_sa *sa, const struct hf_ikev2_chain *chain,
                             struct hf_fault *fault)
{
    const struct hf_ikev2_raw_payload *payload = hf_ikev2_chain_find(chain, HF_PAYLOAD_CP, 0);

    return hf_ikev2_config_reply_read(sa->config, payload != NULL ? &payload->body : NULL,
                                      &sa->assigned, fault);
}

static hf_status read_child(struct hf_ikev2_sa *sa, const struct hf_ikev2_chain *chain,
                            struct hf_ikev2_child *child, struct hf_ikev2_child_terms *terms,
                            struct hf_fault *fault)
{
    struct hf_ikev2_child_source source = hf_ikev2_sa_child_source(sa);
    hf_status status = read_config(sa, chain, fault);

    if (status != HF_OK)
        return status;
    status =
        hf_ikev2_child_offer_accept(&sa->offer, &sa->policy, &source, chain, child, terms, fault);
    if (status == HF_OK && !hf_ikev2_narrow_to_assigned(&child->selectors, &sa->assigned)) {
        *fault = hf_fault_make(HF_ERR_TS_REFUSED, HF_STAGE_AUTHENTICATION);
        hf_fault_set_text(fault->received,
                          hf_bytes_of_string("selectors without the assigned address"));
        status = HF_ERR_TS_REFUSED;
    }
    return status;
}

/* Both sides are who they should be: configuration and child, or the reason why there is none. */
static void finish(struct hf_ikev2_sa *sa, const struct hf_ikev2_chain *chain, hf_time now)
{
    struct hf_ikev2_child child = { 0 };
    struct hf_ikev2_child_terms terms;
    struct hf_ikev2_notify notify;
    struct hf_fault fault;

    if (hf_ikev2_chain_find(chain, HF_PAYLOAD_SA, 0) == NULL &&
        hf_ikev2_chain_error(chain, &notify)) {
        fail_refused(sa, notify.type, true, now);
        return;
    }
    if (read_child(sa, chain, &child, &terms, &fault) != HF_OK) {
        fail_and_say_so(sa, &fault, true, now);
        return;
    }
    hf_ikev2_events_add(&sa->events, HF_IKEV2_CONFIGURED)->config = sa->assigned;
    HF_TRACE_EVENT(sa->env->trace, now, HF_TRACE_IKE_CONFIG,
                   hf_trace_number("ip4", sa->assigned.ip4.bits),
                   hf_trace_number("ip6", sa->assigned.ip6.bits),
                   hf_trace_number("dns", sa->assigned.dns_count),
                   hf_trace_number("domains", sa->assigned.domain_count));
    if (hf_ikev2_sa_child_up(sa, &child, &terms, now))
        hf_ikev2_sa_step(sa, HF_IKEV2_IN_AUTH_DONE, now);
    hf_cleanse(&child, sizeof child);
}

static void continue_eap(struct hf_ikev2_sa *sa, const struct hf_ikev2_chain *chain, hf_time now)
{
    struct hf_ikev2_notify notify;
    struct hf_fault fault = { 0 };

    if (hf_ikev2_chain_find(chain, HF_PAYLOAD_EAP, 0) == NULL &&
        hf_ikev2_chain_error(chain, &notify)) {
        fail_refused(sa, notify.type, false, now);
        return;
    }
    switch (hf_ikev2_auth_eap_handle(&sa->auth, chain, &sa->eap_response, &fault, now)) {
    case HF_AUTH_EAP_RESPOND:
        hf_ikev2_sa_step(sa, HF_IKEV2_IN_EAP_REQUEST, now);
        return;
    case HF_AUTH_EAP_DONE:
        hf_ikev2_sa_step(sa, HF_IKEV2_IN_EAP_SUCCESS, now);
        return;
    case HF_AUTH_EAP_FAILED:
        hf_ikev2_sa_fail(sa, &fault, now);
        return;
    }
}

/* The first answer: the gateway's proof, or its refusal of ours. */
static void handle_proof(struct hf_ikev2_sa *sa, const struct hf_ikev2_chain *chain, hf_time now)
{
    struct hf_ikev2_notify notify;
    struct hf_fault fault;

    if (hf_ikev2_chain_find(chain, HF_PAYLOAD_AUTH, 0) == NULL &&
        hf_ikev2_chain_error(chain, &notify)) {
        fail_refused(sa, notify.type, false, now);
        return;
    }
    if (hf_ikev2_auth_verify(&sa->auth, chain, &fault) != HF_OK) {
        fail_and_say_so(sa, &fault, false, now);
        return;
    }
    hf_copy(sa->summary.gateway_identity, sa->auth.gateway, sizeof sa->auth.gateway);
    HF_TRACE_EVENT(sa->env->trace, now, HF_TRACE_IKE_AUTH,
                   hf_trace_text("gateway", sa->auth.gateway));
    hf_ikev2_events_add(&sa->events, HF_IKEV2_PEER_VERIFIED);
    if (sa->config->auth == HF_IKEV2_AUTH_EAP)
        continue_eap(sa, chain, now);
    else if (hf_ikev2_chain_find(chain, HF_PAYLOAD_EAP, 0) != NULL)
        fail_unexpected(sa, "a demand for EAP", now);
    else
        finish(sa, chain, now);
}

static void handle_final(struct hf_ikev2_sa *sa, const struct hf_ikev2_chain *chain, hf_time now)
{
    struct hf_ikev2_notify notify;
    struct hf_fault fault;

    if (hf_ikev2_chain_find(chain, HF_PAYLOAD_AUTH, 0) == NULL &&
        hf_ikev2_chain_error(chain, &notify))
        fail_refused(sa, notify.type, false, now);
    else if (hf_ikev2_auth_eap_verify(&sa->auth, chain, &fault) != HF_OK)
        fail_and_say_so(sa, &fault, false, now);
    else
        finish(sa, chain, now);
}

void hf_ikev2_sa_connect_handle_auth(struct hf_ikev2_sa *sa, const struct hf_ikev2_chain *chain,
                                     hf_time now)
{
    sa->summary.round_trips++;
    switch (sa->state) {
    case HF_IKEV2_AUTH_SENT:
        handle_proof(sa, chain, now);
        return;
    case HF_IKEV2_EAP_SENT:
        continue_eap(sa, chain, now);
        return;
    case HF_IKEV2_PROOF_SENT:
        handle_final(sa, chain, now);
        return;
    case HF_IKEV2_CREATED:
    case HF_IKEV2_INIT_SENT:
    case HF_IKEV2_TUNNEL:
    case HF_IKEV2_CLOSING:
    case HF_IKEV2_STATE_ENDED:
    case HF_IKEV2_STATE_FAILED:
        return;
    }
}

void hf_ikev2_sa_connect_establish(struct hf_ikev2_sa *sa, hf_time now)
{
    const struct hf_ikev2_sa_config *config = sa->config;

    HF_ASSERT(sa->auth.peer_verified); /* invariant 1 */
    hf_copy(sa->summary.authentication, sa->auth.method, sizeof sa->auth.method);
    hf_ikev2_auth_clear(&sa->auth);
    hf_ikev2_init_clear(&sa->init);
    hf_ikev2_channel_forget_auth_keys(sa->current);
    hf_ikev2_liveness_init(&sa->liveness, config->keepalive, config->liveness, now);
    hf_ikev2_sa_channels_set_lifetime(sa, now);
    hf_ikev2_events_add(&sa->events, HF_IKEV2_ESTABLISHED);
}
