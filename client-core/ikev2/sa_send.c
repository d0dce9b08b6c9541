/* Getting messages out: drafts, requests, answers, last words. See sa_parts.h. */
#include "ikev2/sa_parts.h"

struct hf_ikev2_chain_writer hf_ikev2_sa_draft(struct hf_ikev2_sa *sa)
{
    return hf_ikev2_chain_begin(sa->draft, sizeof sa->draft);
}

static void trace(struct hf_ikev2_sa *sa, hf_time now, const char *what, uint8_t exchange,
                  uint32_t message_id, const struct hf_ikev2_datagrams *datagrams)
{
    const char *name = hf_ikev2_exchange_name(exchange);

    HF_TRACE_EVENT(sa->env->trace, now, HF_TRACE_IKE_SEND, hf_trace_text("what", what),
                   hf_trace_text("exchange", name != NULL ? name : "unknown"),
                   hf_trace_number("msgid", message_id),
                   hf_trace_number("datagrams", datagrams->count));
}

hf_status hf_ikev2_sa_request(struct hf_ikev2_sa *sa, struct hf_ikev2_channel *channel,
                              uint8_t exchange, const struct hf_ikev2_chain_writer *chain,
                              hf_time now)
{
    hf_status status = hf_ikev2_channel_request(channel, exchange, chain, sa->env, now);

    hf_cleanse(sa->draft, chain->w.len);
    if (status != HF_OK)
        return status;
    trace(sa, now, "request", exchange, channel->window.next_id, &channel->window.request);
    hf_ikev2_outbox_add_all(&sa->outbox, &sa->remote, sa->marker, &channel->window.request);
    hf_ikev2_liveness_sent(&sa->liveness, now);
    return HF_OK;
}

hf_status hf_ikev2_sa_respond(struct hf_ikev2_sa *sa, struct hf_ikev2_channel *channel,
                              const struct hf_ikev2_incoming *in,
                              const struct hf_ikev2_chain_writer *chain, hf_time now)
{
    uint32_t message_id = channel->window.peer_next_id;
    hf_status status = hf_ikev2_channel_respond(channel, in->header->exchange, chain, sa->env);

    hf_cleanse(sa->draft, chain->w.len);
    if (status != HF_OK)
        return status;
    trace(sa, now, "response", in->header->exchange, message_id, &channel->window.response);
    hf_ikev2_outbox_add_all(&sa->outbox, in->from, sa->marker, &channel->window.response);
    hf_ikev2_liveness_sent(&sa->liveness, now);
    return HF_OK;
}

void hf_ikev2_sa_resend(struct hf_ikev2_sa *sa, struct hf_ikev2_window *window, hf_time now)
{
    HF_TRACE_EVENT(sa->env->trace, now, HF_TRACE_IKE_RETRANSMIT,
                   hf_trace_number("msgid", window->next_id),
                   hf_trace_number("try", window->sends));
    hf_ikev2_outbox_add_all(&sa->outbox, &sa->remote, sa->marker, &window->request);
    hf_ikev2_liveness_sent(&sa->liveness, now);
}

/* RFC 3948, section 2.3: one octet, no marker. */
void hf_ikev2_sa_send_keepalive(struct hf_ikev2_sa *sa, hf_time now)
{
    static const uint8_t keepalive[] = { 0xff };

    hf_ikev2_outbox_add(&sa->outbox, &sa->remote, false, HF_BYTES_OF(keepalive));
    hf_ikev2_liveness_sent(&sa->liveness, now);
}

void hf_ikev2_sa_farewell(struct hf_ikev2_sa *sa, bool authenticated, hf_time now)
{
    struct hf_ikev2_chain_writer chain = hf_ikev2_sa_draft(sa);
    const struct hf_ikev2_delete delete = { .protocol = HF_PROTOCOL_IKE };

    if (sa->current == NULL || sa->current->window.waiting)
        return;
    if (authenticated) {
        hf_ikev2_payload_begin(&chain, HF_PAYLOAD_DELETE);
        hf_ikev2_delete_encode(&chain.w, &delete);
        hf_ikev2_payload_end(&chain);
    } else {
        hf_ikev2_chain_add_notify(&chain, HF_PROTOCOL_NONE, (hf_bytes){ 0 },
                                  HF_NOTIFY_AUTHENTICATION_FAILED, (hf_bytes){ 0 });
    }
    /* Not getting it out is no second fault: the gateway forgets us by itself. */
    (void)!hf_ikev2_sa_request(sa, sa->current, HF_INFORMATIONAL, &chain, now);
}
