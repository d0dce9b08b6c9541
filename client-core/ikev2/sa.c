/* An IKEv2 SA: its beginning and end, the way in for datagrams, the way out for everything. See
 * sa.h; what it is made of is in sa_parts.h. */
#include "ikev2/sa_parts.h"

#include <stdlib.h>

#include "ikev2/text.h"

hf_status hf_ikev2_sa_new(const struct hf_ikev2_sa_config *config, const struct hf_env *env,
                          hf_time now, struct hf_ikev2_sa **out)
{
    struct hf_ikev2_sa *sa = calloc(1, sizeof *sa);
    hf_status status;

    if (sa == NULL)
        return HF_ERR_NO_MEMORY;
    sa->config = config;
    sa->env = env;
    sa->remote = config->gateway;
    sa->marker = config->start_on_natt_port;
    sa->next_at = sa->retired_until = sa->rekey_ike_at = sa->expire_ike_at = sa->close_by =
        HF_NEVER;
    sa->active = HF_TASK_NONE;
    sa->eap_response = hf_buf_with_max(HF_IKE_MESSAGE_MAX);
    hf_ikev2_tasks_init(&sa->tasks);
    hf_ikev2_window_init(&sa->init_window, config->rtt_hint);
    hf_ikev2_liveness_init(&sa->liveness, config->keepalive, config->liveness, now);
    status = hf_ikev2_policy_init(config, &sa->policy);
    if (status == HF_OK)
        status = hf_ikev2_init_start(&sa->init, config, &sa->policy, env);
    if (status != HF_OK) {
        hf_ikev2_sa_free(sa);
        return status;
    }
    hf_ikev2_auth_eap_prepare(&sa->auth, config, env);
    hf_ikev2_sa_step(sa, HF_IKEV2_IN_START, now);
    *out = sa;
    return HF_OK;
}

void hf_ikev2_sa_free(struct hf_ikev2_sa *sa)
{
    if (sa == NULL)
        return;
    hf_ikev2_auth_clear(&sa->auth);
    hf_ikev2_init_clear(&sa->init);
    hf_ikev2_window_clear(&sa->init_window);
    hf_ikev2_child_offer_clear(&sa->offer);
    hf_ikev2_rekey_ike_clear(&sa->rekey);
    hf_buf_free(&sa->eap_response);
    hf_ikev2_sa_channels_forget(sa);
    hf_ikev2_events_clear(&sa->events);
    hf_ikev2_outbox_clear(&sa->outbox);
    hf_cleanse(sa, sizeof *sa);
    free(sa);
}

/* --- datagrams --- */

static void drop(struct hf_ikev2_sa *sa, const struct hf_ike_header *header, const char *why,
                 hf_time now)
{
    HF_TRACE_EVENT(sa->env->trace, now, HF_TRACE_IKE_DROP, hf_trace_text("why", why),
                   hf_trace_number("exchange", header->exchange),
                   hf_trace_number("flags", header->flags),
                   hf_trace_number("msgid", header->message_id));
}

static void note_authentic(struct hf_ikev2_sa *sa, const struct hf_ike_header *header, hf_time now)
{
    const char *name = hf_ikev2_exchange_name(header->exchange);

    hf_ikev2_liveness_heard(&sa->liveness, now);
    sa->in_doubt = false;
    HF_TRACE_EVENT(
        sa->env->trace, now, HF_TRACE_IKE_RECEIVE,
        hf_trace_text("what", header->flags & HF_IKE_FLAG_RESPONSE ? "response" : "request"),
        hf_trace_text("exchange", name != NULL ? name : "unknown"),
        hf_trace_number("msgid", header->message_id));
    if (sa->state == HF_IKEV2_TUNNEL)
        hf_ikev2_events_add(&sa->events, HF_IKEV2_PROOF);
}

/* An answer that cannot be read comes from a gateway that holds the keys: there is no going on. */
static void unreadable(struct hf_ikev2_sa *sa, hf_status status, hf_time now)
{
    hf_ikev2_sa_farewell(sa, sa->state == HF_IKEV2_TUNNEL, now);
    hf_ikev2_sa_fail_status(sa, status, now);
}

static void handle_response(struct hf_ikev2_sa *sa, struct hf_ikev2_channel *channel,
                            const struct hf_ikev2_chain *chain, hf_status decoded, hf_time now)
{
    hf_ikev2_window_answered(&channel->window, now);
    if (channel == sa->retired)
        hf_ikev2_sa_channels_forget_retired(sa);
    else if (decoded != HF_OK)
        unreadable(sa, decoded, now);
    else if (sa->state == HF_IKEV2_TUNNEL || sa->state == HF_IKEV2_CLOSING)
        hf_ikev2_sa_tunnel_handle_reply(sa, chain, now);
    else
        hf_ikev2_sa_connect_handle_auth(sa, chain, now);
}

/* A message of the channel that was opened. */
static void handle_plain(struct hf_ikev2_sa *sa, struct hf_ikev2_channel *channel,
                         const struct hf_ike_header *header, const hf_endpoint *from, uint8_t first,
                         hf_bytes plain, hf_time now)
{
    struct hf_ikev2_chain chain = { 0 };
    struct hf_ikev2_incoming in = { .header = header, .from = from, .chain = &chain };
    uint8_t unsupported = 0;
    hf_status decoded = hf_ikev2_chain_decode(first, plain, &chain, &unsupported);

    note_authentic(sa, header, now);
    if (channel == sa->next)
        hf_ikev2_sa_channels_confirm(sa, now);
    if ((header->flags & HF_IKE_FLAG_RESPONSE) != 0)
        handle_response(sa, channel, &chain, decoded, now);
    else
        hf_ikev2_sa_answer(sa, channel, &in, decoded, unsupported, now);
}

/* The gateway asks again what was answered: the same answer, bit for bit (RFC 7296, section 2.1).
 * What is not the very same datagram must at least be authentic. */
static void handle_repeat(struct hf_ikev2_sa *sa, struct hf_ikev2_channel *channel,
                          const struct hf_ike_header *header, const hf_endpoint *from,
                          hf_bytes message, hf_time now)
{
    struct hf_fragments fragments;
    hf_buf plain = hf_buf_with_max(HF_IKE_MESSAGE_MAX);
    hf_status status = HF_OK;
    uint8_t first;

    if (!hf_ikev2_channel_is_first(header, message))
        return; /* one answer for all fragments: RFC 7383, section 2.6.1 */
    if (!hf_ikev2_window_is_repeat(&channel->window, message)) {
        hf_fragments_init(&fragments);
        status = hf_ikev2_message_open(&channel->protection, header, message, &fragments, &plain,
                                       &first);
        hf_fragments_clear(&fragments);
        hf_buf_free(&plain);
    }
    if (status != HF_OK && status != HF_ERR_BUSY)
        return;
    hf_ikev2_outbox_add_all(&sa->outbox, from, sa->marker, &channel->window.response);
    hf_ikev2_sa_child_answered_again(sa, now);
    hf_ikev2_sa_channels_answered_again(sa, now);
}

/* Where a message belongs by its id, exchange and our state: before the keys are used on it. Before
 * the tunnel stands the gateway has nothing to ask. */
static bool is_expected(const struct hf_ikev2_sa *sa, const struct hf_ikev2_channel *channel,
                        const struct hf_ike_header *header)
{
    const struct hf_ikev2_window *window = &channel->window;

    if ((header->flags & HF_IKE_FLAG_RESPONSE) != 0)
        return window->waiting && header->message_id == window->next_id &&
               header->exchange == window->exchange;
    return (sa->state == HF_IKEV2_TUNNEL || sa->state == HF_IKEV2_CLOSING) &&
           hf_ikev2_window_place(window, header->message_id) != HF_WINDOW_OUTSIDE;
}

static void handle_protected(struct hf_ikev2_sa *sa, struct hf_ikev2_channel *channel,
                             const struct hf_ike_header *header, const hf_endpoint *from,
                             hf_bytes message, hf_time now)
{
    bool is_request = (header->flags & HF_IKE_FLAG_RESPONSE) == 0;
    hf_buf plain = hf_buf_with_max(HF_IKE_MESSAGE_MAX);
    hf_status status;
    uint8_t first;

    if (!is_expected(sa, channel, header)) {
        drop(sa, header, "unexpected", now);
        return;
    }
    if (is_request &&
        hf_ikev2_window_place(&channel->window, header->message_id) == HF_WINDOW_REPEAT) {
        handle_repeat(sa, channel, header, from, message, now);
        return;
    }
    status = hf_ikev2_channel_open(channel, header, message, &plain, &first);
    if ((status == HF_OK || status == HF_ERR_BUSY) && is_request &&
        hf_ikev2_channel_is_first(header, message) &&
        hf_ikev2_window_remember(&channel->window, message) != HF_OK)
        status = HF_ERR_CRYPTO;
    if (status == HF_OK)
        handle_plain(sa, channel, header, from, first, hf_buf_bytes(&plain), now);
    else if (status != HF_ERR_BUSY)
        drop(sa, header, hf_status_code(status), now);
    hf_buf_free(&plain);
}

/* A clear message with our SPIs on an SA that has keys: at most a reason to ask (rule A12). */
static void handle_clear(struct hf_ikev2_sa *sa, const struct hf_ike_header *header, hf_time now)
{
    drop(sa, header, "not protected", now);
    if (sa->state == HF_IKEV2_TUNNEL && hf_ikev2_liveness_hint(&sa->liveness, now))
        hf_ikev2_tasks_add(&sa->tasks, HF_TASK_PROBE, now);
}

/* Four zero octets in front where the message came behind a non-ESP marker: no SPI of ours starts
 * like that. */
static hf_bytes without_marker(hf_bytes datagram)
{
    hf_reader r = hf_reader_of(datagram);
    uint32_t marker;

    return hf_read_u32(&r, &marker) && marker == 0 ? hf_read_rest(&r) : datagram;
}

void hf_ikev2_sa_handle_datagram(struct hf_ikev2_sa *sa, const hf_endpoint *from, hf_bytes datagram,
                                 hf_time now)
{
    hf_bytes message = without_marker(datagram);
    struct hf_ikev2_channel *channel;
    struct hf_ike_header header;

    if (hf_ikev2_sa_table_is_rest(sa->state) ||
        !hf_address_equal(&from->address, &sa->remote.address) ||
        hf_ike_header_decode(message, &header) != HF_OK || header.version >> 4 != 2)
        return;
    channel = hf_ikev2_sa_channels_find(sa, &header);
    if (sa->state == HF_IKEV2_INIT_SENT)
        hf_ikev2_sa_connect_handle_init(sa, &header, message, now);
    else if (channel == NULL)
        drop(sa, &header, "not for us", now);
    else if (header.next_payload != HF_PAYLOAD_SK && header.next_payload != HF_PAYLOAD_SKF)
        handle_clear(sa, &header, now);
    else
        handle_protected(sa, channel, &header, from, message, now);
    if (!hf_ikev2_sa_table_is_rest(sa->state))
        hf_ikev2_sa_tunnel_start_tasks(sa, now);
}

/* --- requests of the caller --- */

static void queue(struct hf_ikev2_sa *sa, enum hf_ikev2_task task, hf_time now)
{
    if (sa->state != HF_IKEV2_TUNNEL)
        return;
    hf_ikev2_tasks_add(&sa->tasks, task, now);
    hf_ikev2_sa_tunnel_start_tasks(sa, now);
}

void hf_ikev2_sa_rekey_child(struct hf_ikev2_sa *sa, hf_time now)
{
    queue(sa, HF_TASK_REKEY_CHILD, now);
}

void hf_ikev2_sa_rekey_ike(struct hf_ikev2_sa *sa, hf_time now)
{
    queue(sa, HF_TASK_REKEY_IKE, now);
}

/* A request in flight is a question already. */
void hf_ikev2_sa_probe(struct hf_ikev2_sa *sa, hf_time now)
{
    if (sa->current == NULL || !sa->current->window.waiting)
        queue(sa, HF_TASK_PROBE, now);
}

void hf_ikev2_sa_delete(struct hf_ikev2_sa *sa, hf_time now)
{
    hf_ikev2_sa_step(sa, HF_IKEV2_IN_DISCONNECT, now);
    if (sa->state == HF_IKEV2_CLOSING)
        hf_ikev2_sa_tunnel_start_tasks(sa, now);
}

void hf_ikev2_sa_report_usage(struct hf_ikev2_sa *sa, uint64_t bytes_out, uint64_t sequence_out,
                              hf_time last_sent, hf_time now)
{
    struct hf_ikev2_child_entry *child = hf_ikev2_children_current(&sa->children);
    bool wraps = child != NULL && !child->esn && sequence_out >= UINT32_C(0xc0000000);

    hf_ikev2_liveness_sent(&sa->liveness, last_sent);
    if (child == NULL || child->rekey_at == HF_NEVER) /* a rekey is under way */
        return;
    if (bytes_out >= child->rekey_bytes || wraps) {
        child->rekey_at = HF_NEVER;
        queue(sa, HF_TASK_REKEY_CHILD, now);
    }
}

void hf_ikev2_sa_report_received(struct hf_ikev2_sa *sa, uint32_t spi_in, hf_time last_received,
                                 hf_time now)
{
    struct hf_ikev2_child_entry *next = hf_ikev2_children_in(&sa->children, HF_CHILD_NEXT);

    hf_ikev2_liveness_heard(&sa->liveness, last_received);
    if (next != NULL && next->spi_in == spi_in)
        hf_ikev2_sa_child_confirm(sa, next, now);
}

/* --- outputs --- */

bool hf_ikev2_sa_next_datagram(struct hf_ikev2_sa *sa, struct hf_ikev2_datagram *out)
{
    return hf_ikev2_outbox_next(&sa->outbox, out);
}

bool hf_ikev2_sa_has_datagram(const struct hf_ikev2_sa *sa)
{
    return sa->outbox.count != 0;
}

bool hf_ikev2_sa_next_event(struct hf_ikev2_sa *sa, struct hf_ikev2_event *out)
{
    return hf_ikev2_events_next(&sa->events, out);
}

void hf_ikev2_sa_summary(const struct hf_ikev2_sa *sa, struct hf_ikev2_summary *out)
{
    *out = sa->summary;
}
