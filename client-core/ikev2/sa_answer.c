/* What the gateway asks of us: probes, deletes, rekeys, and things that nobody should ask. Every
 * authentic request gets an answer (RFC 7296, sections 1.4, 2.5, 2.21, 2.25). See sa_parts.h. */
#include "ikev2/sa_parts.h"
#include "ikev2/text.h"

/* What follows once the answer is on its way. */
enum after { AFTER_NOTHING, AFTER_PEER_DELETED, AFTER_PREPARE };

struct answer {
    struct hf_ikev2_channel *channel;
    const struct hf_ikev2_incoming *in;
    struct hf_ikev2_chain_writer reply;
    enum after after;
    struct hf_ikev2_channel *made;
    struct hf_ikev2_choice choice;
    struct hf_ikev2_child child; /* new, where spi_in is not 0 */
    struct hf_ikev2_child_terms terms;
    uint32_t replaces;
    uint16_t refusal; /* the notify that we refuse with; 0: none */
};

static void say(struct answer *answer, uint16_t notify, hf_bytes data)
{
    answer->refusal = notify;
    hf_ikev2_chain_add_notify(&answer->reply, HF_PROTOCOL_NONE, (hf_bytes){ 0 }, notify, data);
}

static void say_nothing_more(struct answer *answer, uint16_t notify)
{
    say(answer, notify, (hf_bytes){ 0 });
}

/* --- INFORMATIONAL --- */

static bool has_usable_child(struct hf_ikev2_sa *sa)
{
    return hf_ikev2_children_current(&sa->children) != NULL ||
           hf_ikev2_children_in(&sa->children, HF_CHILD_NEXT) != NULL;
}

/* The gateway deletes a child: its successor takes over; without one the tunnel has none left, and
 * a new one is asked for. */
static void delete_child(struct hf_ikev2_sa *sa, struct hf_ikev2_child_entry *entry,
                         struct hf_ikev2_delete *ours, hf_time now)
{
    struct hf_ikev2_child_entry *next = hf_ikev2_children_successor(&sa->children, entry);
    bool crossing = entry->phase == HF_CHILD_DELETING; /* RFC 7296, section 1.4.1 */
    bool in_use = entry->phase == HF_CHILD_CURRENT || entry->phase == HF_CHILD_NEXT;

    if (entry->phase == HF_CHILD_FADING)
        return;
    if (!crossing)
        ours->spis[ours->count++] = entry->spi_in;
    if (next != NULL)
        hf_ikev2_sa_child_switch(sa, next, HF_NEVER);
    hf_ikev2_sa_child_fade(entry, now);
    if (in_use && !has_usable_child(sa)) {
        hf_ikev2_sa_child_down(sa, entry);
        hf_ikev2_tasks_cancel(&sa->tasks, HF_TASK_REKEY_CHILD);
        hf_ikev2_tasks_add(&sa->tasks, HF_TASK_CREATE_CHILD, now);
    }
}

static void delete_children(struct hf_ikev2_sa *sa, const struct hf_ikev2_delete *theirs,
                            struct hf_ikev2_delete *ours, hf_time now)
{
    for (size_t i = 0; i < theirs->count; i++) {
        struct hf_ikev2_child_entry *entry = hf_ikev2_children_find(&sa->children, theirs->spis[i]);

        if (entry == NULL)
            hf_ikev2_sa_child_note_early_delete(sa, theirs->spis[i]);
        else if (ours->count < HF_DELETE_MAX)
            delete_child(sa, entry, ours, now);
    }
}

static void answer_informational(struct hf_ikev2_sa *sa, struct answer *answer, hf_time now)
{
    const struct hf_ikev2_raw_payload *payload;
    struct hf_ikev2_delete theirs, ours = { .protocol = HF_PROTOCOL_ESP };

    for (size_t i = 0;
         (payload = hf_ikev2_chain_find(answer->in->chain, HF_PAYLOAD_DELETE, i)) != NULL; i++) {
        if (hf_ikev2_delete_decode(payload->body, &theirs) != HF_OK)
            continue;
        HF_TRACE_EVENT(sa->env->trace, now, HF_TRACE_IKE_DELETE, hf_trace_text("by", "gateway"),
                       hf_trace_number("protocol", theirs.protocol),
                       hf_trace_number("count", theirs.count));
        if (theirs.protocol == HF_PROTOCOL_IKE)
            answer->after = AFTER_PEER_DELETED;
        else if (theirs.protocol == HF_PROTOCOL_ESP)
            delete_children(sa, &theirs, &ours, now);
    }
    if (ours.count == 0)
        return;
    hf_ikev2_payload_begin(&answer->reply, HF_PAYLOAD_DELETE);
    hf_ikev2_delete_encode(&answer->reply.w, &ours);
    hf_ikev2_payload_end(&answer->reply);
}

/* --- CREATE_CHILD_SA --- */

/* A refusal for what went wrong; with a group, the one that we want (RFC 7296, section 1.3). */
static void refuse(struct answer *answer, hf_status status, uint16_t group)
{
    uint8_t wanted[2];
    hf_writer w = hf_writer_of(wanted, sizeof wanted);

    answer->reply = hf_ikev2_chain_begin(answer->reply.w.data, answer->reply.w.capacity);
    hf_write_u16(&w, group);
    if (status == HF_ERR_BAD_KEY_EXCHANGE && group != HF_KE_NONE)
        say(answer, HF_NOTIFY_INVALID_KE_PAYLOAD, HF_BYTES_OF(wanted));
    else if (status == HF_ERR_NO_PROPOSAL)
        say_nothing_more(answer, HF_NOTIFY_NO_PROPOSAL_CHOSEN);
    else if (status == HF_ERR_TS_REFUSED)
        say_nothing_more(answer, HF_NOTIFY_TS_UNACCEPTABLE);
    else if (status == HF_ERR_MALFORMED || status == HF_ERR_TRUNCATED ||
             status == HF_ERR_BAD_KEY_EXCHANGE)
        say_nothing_more(answer, HF_NOTIFY_INVALID_SYNTAX);
    else
        say_nothing_more(answer, HF_NOTIFY_TEMPORARY_FAILURE);
}

/* The other side is told to come again where its wish crosses one of ours; both sides' timers are
 * jittered, so one of them goes first (RFC 7296, section 2.25). */
static bool is_busy_for_child(const struct hf_ikev2_sa *sa)
{
    return sa->state != HF_IKEV2_TUNNEL || sa->next != NULL || sa->active == HF_TASK_REKEY_IKE ||
           sa->active == HF_TASK_REKEY_CHILD || sa->active == HF_TASK_CREATE_CHILD;
}

static bool is_busy_for_ike(const struct hf_ikev2_sa *sa)
{
    return is_busy_for_child(sa) || sa->active == HF_TASK_DELETE_CHILD;
}

static void answer_rekey_child(struct hf_ikev2_sa *sa, struct answer *answer,
                               struct hf_ikev2_child_entry *old)
{
    struct hf_ikev2_child_source source = hf_ikev2_sa_child_source(sa);
    struct hf_ikev2_child_request request = {
        .env = sa->env,
        .policy = &sa->policy,
        .source = &source,
        .within = &old->selectors,
    };
    uint16_t group = HF_KE_NONE;
    hf_status status = hf_ikev2_sa_child_draw_spi(sa, &request.spi_in);

    if (status == HF_OK)
        status = hf_ikev2_child_answer(&request, answer->in->chain, &answer->reply, &answer->child,
                                       &answer->terms, &group);
    if (status != HF_OK)
        refuse(answer, status, group);
    else
        answer->replaces = old->spi_out;
}

static void say_not_found(struct answer *answer, hf_bytes spi)
{
    answer->refusal = HF_NOTIFY_CHILD_SA_NOT_FOUND;
    hf_ikev2_chain_add_notify(&answer->reply, HF_PROTOCOL_ESP, spi, HF_NOTIFY_CHILD_SA_NOT_FOUND,
                              (hf_bytes){ 0 });
}

static void answer_rekey(struct hf_ikev2_sa *sa, struct answer *answer,
                         const struct hf_ikev2_notify *rekey)
{
    hf_reader r = hf_reader_of(rekey->spi);
    struct hf_ikev2_child_entry *old = NULL;
    uint32_t spi_out;

    if (hf_read_u32(&r, &spi_out))
        old = hf_ikev2_children_find(&sa->children, spi_out);
    if (old == NULL || old->phase == HF_CHILD_FADING)
        say_not_found(answer, rekey->spi);
    else if (is_busy_for_child(sa) || old->phase == HF_CHILD_REPLACED ||
             old->phase == HF_CHILD_DELETING)
        say_nothing_more(answer, HF_NOTIFY_TEMPORARY_FAILURE);
    else if (!hf_ikev2_children_have_room(&sa->children))
        say_nothing_more(answer, HF_NOTIFY_NO_ADDITIONAL_SAS);
    else
        answer_rekey_child(sa, answer, old);
}

static void answer_rekey_ike(struct hf_ikev2_sa *sa, struct answer *answer)
{
    uint16_t group;
    hf_status status;

    if (is_busy_for_ike(sa)) {
        say_nothing_more(answer, HF_NOTIFY_TEMPORARY_FAILURE);
        return;
    }
    status = hf_ikev2_rekey_ike_answer(sa->env, &sa->policy, answer->channel, answer->in->chain,
                                       &answer->reply, &answer->made, &answer->choice, &group);
    if (status == HF_OK)
        answer->after = AFTER_PREPARE;
    else
        refuse(answer, status, group);
}

static bool is_for_ike(const struct hf_ikev2_chain *chain)
{
    const struct hf_ikev2_raw_payload *payload = hf_ikev2_chain_find(chain, HF_PAYLOAD_SA, 0);
    struct hf_ikev2_sa_payload sa;

    return payload != NULL && hf_ikev2_sa_decode(payload->body, &sa) == HF_OK && sa.count != 0 &&
           sa.proposals[0].protocol == HF_PROTOCOL_IKE;
}

/* A CP payload in it is none of our business (some gateways send one). One child is all that we
 * have a use for. */
static void answer_create_child(struct hf_ikev2_sa *sa, struct answer *answer)
{
    struct hf_ikev2_notify rekey;

    if (answer->channel == sa->retired)
        say_nothing_more(answer, HF_NOTIFY_TEMPORARY_FAILURE);
    else if (hf_ikev2_chain_notify(answer->in->chain, HF_NOTIFY_REKEY_SA, &rekey))
        answer_rekey(sa, answer, &rekey);
    else if (is_for_ike(answer->in->chain))
        answer_rekey_ike(sa, answer);
    else
        say_nothing_more(answer, HF_NOTIFY_NO_ADDITIONAL_SAS);
}

/* --- all of them --- */

static void write_answer(struct hf_ikev2_sa *sa, struct answer *answer, hf_status decoded,
                         uint8_t unsupported, hf_time now)
{
    if (decoded == HF_ERR_UNSUPPORTED_CRITICAL)
        say(answer, HF_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD, (hf_bytes){ &unsupported, 1 });
    else if (decoded != HF_OK)
        say_nothing_more(answer, HF_NOTIFY_INVALID_SYNTAX);
    else if (answer->in->header->exchange == HF_INFORMATIONAL)
        answer_informational(sa, answer, now);
    else if (answer->in->header->exchange == HF_CREATE_CHILD_SA)
        answer_create_child(sa, answer);
    else
        say_nothing_more(answer, HF_NOTIFY_INVALID_SYNTAX);
}

/* An IKE SA that a rekey replaced goes alone; it stays to answer a DELETE that comes again. */
static void peer_deleted(struct hf_ikev2_sa *sa, const struct hf_ikev2_channel *channel,
                         hf_time now)
{
    if (channel == sa->current && sa->next != NULL)
        hf_ikev2_sa_channels_confirm(sa, now);
    else if (channel == sa->retired)
        hf_ikev2_sa_channels_keep_retired(sa, now);
    else
        hf_ikev2_sa_step(sa, HF_IKEV2_IN_PEER_DELETED, now);
}

static void trace_refusal(struct hf_ikev2_sa *sa, const struct answer *answer, hf_time now)
{
    char name[48];

    if (answer->refusal == 0)
        return;
    hf_ikev2_text_notify(name, sizeof name, answer->refusal);
    HF_TRACE_EVENT(sa->env->trace, now, HF_TRACE_IKE_NOTIFY, hf_trace_text("by", "us"),
                   hf_trace_text("notify", name));
}

static void new_child(struct hf_ikev2_sa *sa, const struct answer *answer, hf_time now)
{
    struct hf_ikev2_child_entry *entry;

    if (answer->child.spi_in == 0 || !hf_ikev2_sa_child_up(sa, &answer->child, &answer->terms, now))
        return;
    entry = hf_ikev2_children_find(&sa->children, answer->child.spi_out);
    entry->replaces = answer->replaces;
    entry->made_on = hf_ikev2_channel_own_spi(answer->channel);
    hf_ikev2_tasks_cancel(&sa->tasks, HF_TASK_REKEY_CHILD);
}

/* A further request on the same IKE SA: our answer to the one before, which made the next child,
 * has arrived. */
static void confirm_child(struct hf_ikev2_sa *sa, const struct hf_ikev2_channel *channel,
                          hf_time now)
{
    struct hf_ikev2_child_entry *next = hf_ikev2_children_in(&sa->children, HF_CHILD_NEXT);

    if (next != NULL && next->made_on == hf_ikev2_channel_own_spi(channel))
        hf_ikev2_sa_child_confirm(sa, next, now);
}

void hf_ikev2_sa_answer(struct hf_ikev2_sa *sa, struct hf_ikev2_channel *channel,
                        const struct hf_ikev2_incoming *in, hf_status decoded, uint8_t unsupported,
                        hf_time now)
{
    struct answer answer = { .channel = channel, .in = in, .reply = hf_ikev2_sa_draft(sa) };
    hf_status status;

    confirm_child(sa, channel, now);
    write_answer(sa, &answer, decoded, unsupported, now);
    trace_refusal(sa, &answer, now);
    status = hf_ikev2_sa_respond(sa, channel, in, &answer.reply, now);
    if (status != HF_OK) {
        hf_ikev2_channel_free(answer.made);
        hf_ikev2_sa_fail_status(sa, status, now);
    } else {
        new_child(sa, &answer, now);
        if (answer.after == AFTER_PREPARE)
            hf_ikev2_sa_channels_prepare(sa, answer.made, &answer.choice, now);
        else if (answer.after == AFTER_PEER_DELETED)
            peer_deleted(sa, channel, now);
    }
    hf_cleanse(&answer.child, sizeof answer.child);
}
