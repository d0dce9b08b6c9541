/* What we ask of the gateway once the tunnel stands: rekeys, deletes, probes, one at a time. See
 * sa_parts.h. What each asks and how its answer is read is one row of the table. */
#include "ikev2/refusal.h"
#include "ikev2/sa_parts.h"

#define RETRY_AFTER   HF_SECONDS(10) /* after TEMPORARY_FAILURE and refusals, ± 1/8 */
#define GROUP_RETRIES 3
#define CLOSE_WITHIN  HF_SECONDS(3)

void hf_ikev2_sa_tunnel_queue_delete(struct hf_ikev2_sa *sa, hf_time now)
{
    hf_ikev2_sa_channels_confirm(sa, now); /* of two, the new one has the children */
    sa->close_by = hf_time_add(now, CLOSE_WITHIN);
    hf_ikev2_tasks_init(&sa->tasks);
    hf_ikev2_tasks_add(&sa->tasks, HF_TASK_DELETE_IKE, now);
}

/* --- requests: each writes its payloads; HF_ERR_NOT_FOUND: there is nothing to ask any more --- */

static hf_status ask_nothing(struct hf_ikev2_sa *sa, struct hf_ikev2_chain_writer *chain)
{
    (void)sa;
    (void)chain; /* an empty INFORMATIONAL: RFC 7296, section 2.4 */
    return HF_OK;
}

static void add_delete(struct hf_ikev2_chain_writer *chain, const struct hf_ikev2_delete *delete)
{
    hf_ikev2_payload_begin(chain, HF_PAYLOAD_DELETE);
    hf_ikev2_delete_encode(&chain->w, delete);
    hf_ikev2_payload_end(chain);
}

static hf_status ask_delete_ike(struct hf_ikev2_sa *sa, struct hf_ikev2_chain_writer *chain)
{
    const struct hf_ikev2_delete delete = { .protocol = HF_PROTOCOL_IKE };

    (void)sa;
    add_delete(chain, &delete);
    return HF_OK;
}

/* All of them that wait for it, by the SPIs that we receive on (RFC 7296, section 1.4.1). */
static hf_status ask_delete_child(struct hf_ikev2_sa *sa, struct hf_ikev2_chain_writer *chain)
{
    struct hf_ikev2_delete delete = { .protocol = HF_PROTOCOL_ESP };
    struct hf_ikev2_child_entry *entry;

    while ((entry = hf_ikev2_children_in(&sa->children, HF_CHILD_REPLACED)) != NULL) {
        delete.spis[delete.count++] = entry->spi_in;
        entry->phase = HF_CHILD_DELETING;
    }
    if (delete.count == 0)
        return HF_ERR_NOT_FOUND;
    add_delete(chain, &delete);
    return HF_OK;
}

static hf_status ask_child(struct hf_ikev2_sa *sa, const struct hf_selectors *asked,
                           struct hf_ikev2_chain_writer *chain)
{
    uint32_t spi;
    hf_status status = hf_ikev2_sa_child_draw_spi(sa, &spi);

    hf_ikev2_child_offer_clear(&sa->offer);
    if (status == HF_OK)
        status =
            hf_ikev2_child_offer_make(sa->env, spi, asked, sa->policy.ke.row[0]->id, &sa->offer);
    if (status == HF_OK)
        hf_ikev2_child_offer_encode(&sa->offer, &sa->policy, chain);
    return status;
}

static hf_status ask_create_child(struct hf_ikev2_sa *sa, struct hf_ikev2_chain_writer *chain)
{
    struct hf_selectors asked;

    if (hf_ikev2_children_current(&sa->children) != NULL)
        return HF_ERR_NOT_FOUND;
    hf_ikev2_narrow_request(sa->config, &asked);
    return ask_child(sa, &asked, chain);
}

/* N(REKEY_SA) names the old child by the SPI that we receive on; the selectors stay the same (RFC
 * 7296, sections 1.3.3 and 2.8). */
static hf_status ask_rekey_child(struct hf_ikev2_sa *sa, struct hf_ikev2_chain_writer *chain)
{
    struct hf_ikev2_child_entry *old = hf_ikev2_children_current(&sa->children);
    uint8_t spi[4];
    hf_writer w = hf_writer_of(spi, sizeof spi);

    if (old == NULL || !hf_ikev2_children_have_room(&sa->children) ||
        hf_ikev2_children_in(&sa->children, HF_CHILD_NEXT) != NULL) /* it is being replaced */
        return HF_ERR_NOT_FOUND;
    hf_write_u32(&w, old->spi_in);
    hf_ikev2_chain_add_notify(chain, HF_PROTOCOL_ESP, HF_BYTES_OF(spi), HF_NOTIFY_REKEY_SA,
                              (hf_bytes){ 0 });
    return ask_child(sa, &old->selectors, chain);
}

static hf_status ask_rekey_ike(struct hf_ikev2_sa *sa, struct hf_ikev2_chain_writer *chain)
{
    hf_status status;

    hf_ikev2_rekey_ike_clear(&sa->rekey);
    status = hf_ikev2_rekey_ike_start(sa->env, sa->policy.ke.row[0]->id, &sa->rekey);
    if (status == HF_OK)
        hf_ikev2_rekey_ike_encode(&sa->rekey, &sa->policy, chain);
    return status;
}

/* --- replies --- */

static void got_nothing(struct hf_ikev2_sa *sa, const struct hf_ikev2_chain *chain, hf_time now)
{
    (void)sa;
    (void)chain;
    (void)now;
}

static void got_deleted_ike(struct hf_ikev2_sa *sa, const struct hf_ikev2_chain *chain, hf_time now)
{
    (void)chain;
    hf_ikev2_sa_step(sa, HF_IKEV2_IN_DELETED, now);
}

/* Whatever the answer says: the gateway no longer sends on them. */
static void got_deleted_child(struct hf_ikev2_sa *sa, const struct hf_ikev2_chain *chain,
                              hf_time now)
{
    struct hf_ikev2_child_entry *entry;

    (void)chain;
    while ((entry = hf_ikev2_children_in(&sa->children, HF_CHILD_DELETING)) != NULL)
        hf_ikev2_sa_child_fade(entry, now);
}

/* INVALID_KE_PAYLOAD names a group: again with that one, if it is ours to use (rule A9). */
static bool retry_with_group(struct hf_ikev2_sa *sa, const struct hf_ikev2_notify *notify,
                             enum hf_ikev2_task task, hf_time now)
{
    hf_reader r = hf_reader_of(notify->data);
    uint16_t group;

    if (notify->type != HF_NOTIFY_INVALID_KE_PAYLOAD || sa->group_retries == GROUP_RETRIES ||
        !hf_read_u16(&r, &group) || !hf_ikev2_policy_allows_ke(&sa->policy, group) ||
        sa->policy.ke.row[0]->id == group)
        return false;
    sa->group_retries++;
    hf_ikev2_policy_prefer_ke(&sa->policy, group);
    hf_ikev2_tasks_add(&sa->tasks, task, now);
    return true;
}

/* A rekey that was refused is tried again until the old SA's hard limit, which then says why. */
static void refused(struct hf_ikev2_sa *sa, const struct hf_ikev2_notify *notify,
                    enum hf_ikev2_task task, hf_time now)
{
    if (retry_with_group(sa, notify, task, now))
        return;
    sa->group_retries = 0;
    sa->refused = hf_ikev2_refusal_fault(notify->type, HF_STAGE_TUNNEL);
    HF_TRACE_EVENT(sa->env->trace, now, HF_TRACE_IKE_REKEY,
                   hf_trace_text("task", hf_ikev2_tasks_name(task)),
                   hf_trace_text("refused", sa->refused.received));
    hf_ikev2_tasks_add(&sa->tasks, task, hf_time_add(now, hf_env_jitter(sa->env, RETRY_AFTER)));
}

/* An answer that breaks the rules: nothing that we could go on with. */
static void broken(struct hf_ikev2_sa *sa, hf_status status, hf_time now)
{
    struct hf_fault fault = hf_fault_make(status, HF_STAGE_TUNNEL);

    hf_fault_set_text(fault.received,
                      hf_bytes_of_string("an answer to a rekey that breaks its rules"));
    hf_ikev2_sa_farewell(sa, true, now);
    hf_ikev2_sa_fail(sa, &fault, now);
}

static void accept_child(struct hf_ikev2_sa *sa, const struct hf_ikev2_chain *chain, hf_time now)
{
    struct hf_ikev2_child_source source = hf_ikev2_sa_child_source(sa);
    struct hf_ikev2_child child = { 0 };
    struct hf_ikev2_child_terms terms;
    struct hf_fault fault;
    hf_status status = hf_ikev2_child_offer_accept(&sa->offer, &sa->policy, &source, chain, &child,
                                                   &terms, &fault);

    hf_ikev2_child_offer_clear(&sa->offer);
    if (status == HF_OK && !hf_ikev2_narrow_to_assigned(&child.selectors, &sa->assigned))
        status = HF_ERR_TS_REFUSED;
    if (status == HF_OK) {
        sa->group_retries = 0;
        sa->refused.status = HF_OK;
        if (!hf_ikev2_sa_child_was_deleted_early(sa, child.spi_out))
            (void)hf_ikev2_sa_child_up(sa, &child, &terms, now);
        else if (hf_ikev2_children_current(&sa->children) == NULL)
            hf_ikev2_tasks_add(&sa->tasks, HF_TASK_CREATE_CHILD, now);
    } else {
        broken(sa, status, now);
    }
    hf_cleanse(&child, sizeof child);
}

/* The gateway has no child left and wants none: the tunnel is over. */
static void got_created_child(struct hf_ikev2_sa *sa, const struct hf_ikev2_chain *chain,
                              hf_time now)
{
    struct hf_ikev2_notify notify;

    if (!hf_ikev2_chain_error(chain, &notify)) {
        accept_child(sa, chain, now);
        return;
    }
    if (notify.type == HF_NOTIFY_TEMPORARY_FAILURE) {
        refused(sa, &notify, HF_TASK_CREATE_CHILD, now);
        return;
    }
    if (!retry_with_group(sa, &notify, HF_TASK_CREATE_CHILD, now)) {
        struct hf_fault fault = hf_ikev2_refusal_fault(notify.type, HF_STAGE_TUNNEL);

        fault.status = HF_ERR_PEER_GONE;
        hf_ikev2_sa_farewell(sa, true, now);
        hf_ikev2_sa_fail(sa, &fault, now);
    }
}

static void got_rekeyed_child(struct hf_ikev2_sa *sa, const struct hf_ikev2_chain *chain,
                              hf_time now)
{
    struct hf_ikev2_child_entry *old = hf_ikev2_children_current(&sa->children);
    struct hf_ikev2_notify notify;

    if (!hf_ikev2_chain_error(chain, &notify)) {
        accept_child(sa, chain, now);
        return;
    }
    if (notify.type != HF_NOTIFY_CHILD_SA_NOT_FOUND) {
        refused(sa, &notify, HF_TASK_REKEY_CHILD, now);
        return;
    }
    if (old != NULL) /* RFC 7296, section 2.25.1: it is gone on the other side */
        hf_ikev2_sa_child_down(sa, old);
    hf_ikev2_tasks_add(&sa->tasks, HF_TASK_CREATE_CHILD, now);
}

/* The last request on the old IKE SA (RFC 7296, section 2.8). */
static void delete_retired(struct hf_ikev2_sa *sa, hf_time now)
{
    struct hf_ikev2_chain_writer chain = hf_ikev2_sa_draft(sa);
    hf_status status = ask_delete_ike(sa, &chain);

    if (status == HF_OK)
        status = hf_ikev2_sa_request(sa, sa->retired, HF_INFORMATIONAL, &chain, now);
    if (status != HF_OK)
        hf_ikev2_sa_channels_forget_retired(sa);
}

static void got_rekeyed_ike(struct hf_ikev2_sa *sa, const struct hf_ikev2_chain *chain, hf_time now)
{
    struct hf_ikev2_channel *channel;
    struct hf_ikev2_choice choice;
    struct hf_ikev2_notify notify;
    hf_status status;

    if (hf_ikev2_chain_error(chain, &notify)) {
        refused(sa, &notify, HF_TASK_REKEY_IKE, now);
        return;
    }
    status =
        hf_ikev2_rekey_ike_accept(&sa->rekey, &sa->policy, sa->current, chain, &channel, &choice);
    hf_ikev2_rekey_ike_clear(&sa->rekey);
    if (status != HF_OK) {
        broken(sa, status, now);
        return;
    }
    hf_ikev2_sa_channels_adopt(sa, channel, &choice, now);
    delete_retired(sa, now);
}

/* --- the table --- */

static const struct request {
    uint8_t exchange;
    hf_status (*ask)(struct hf_ikev2_sa *sa, struct hf_ikev2_chain_writer *chain);
    void (*got)(struct hf_ikev2_sa *sa, const struct hf_ikev2_chain *chain, hf_time now);
} requests[HF_TASK_COUNT] = {
    [HF_TASK_DELETE_IKE] = {HF_INFORMATIONAL,    ask_delete_ike,   got_deleted_ike  },
    [HF_TASK_DELETE_CHILD] = { HF_INFORMATIONAL,   ask_delete_child, got_deleted_child},
    [HF_TASK_CREATE_CHILD] = { HF_CREATE_CHILD_SA, ask_create_child, got_created_child},
    [HF_TASK_REKEY_IKE] = { HF_CREATE_CHILD_SA, ask_rekey_ike,    got_rekeyed_ike  },
    [HF_TASK_REKEY_CHILD] = { HF_CREATE_CHILD_SA, ask_rekey_child,  got_rekeyed_child},
    [HF_TASK_PROBE] = { HF_INFORMATIONAL,   ask_nothing,      got_nothing      },
};

static hf_status start(struct hf_ikev2_sa *sa, enum hf_ikev2_task task, hf_time now)
{
    struct hf_ikev2_chain_writer chain = hf_ikev2_sa_draft(sa);
    hf_status status = requests[task].ask(sa, &chain);

    if (status != HF_OK)
        return status;
    sa->active = task;
    sa->deleted_early_count = 0;
    return hf_ikev2_sa_request(sa, sa->current, requests[task].exchange, &chain, now);
}

/* While the gateway replaces the IKE SA, new children wait: which of both they belong to is open.
 */
unsigned hf_ikev2_sa_tunnel_allowed(const struct hf_ikev2_sa *sa)
{
    return sa->next == NULL ? HF_TASKS_ALL : 1u << HF_TASK_PROBE | 1u << HF_TASK_DELETE_IKE;
}

void hf_ikev2_sa_tunnel_start_tasks(struct hf_ikev2_sa *sa, hf_time now)
{
    enum hf_ikev2_task task;
    hf_status status = HF_ERR_NOT_FOUND;

    while (status == HF_ERR_NOT_FOUND &&
           (sa->state == HF_IKEV2_TUNNEL || sa->state == HF_IKEV2_CLOSING) &&
           !sa->current->window.waiting &&
           (task = hf_ikev2_tasks_take(&sa->tasks, hf_ikev2_sa_tunnel_allowed(sa), now)) !=
               HF_TASK_NONE)
        status = start(sa, task, now);
    if (status != HF_OK && status != HF_ERR_NOT_FOUND)
        hf_ikev2_sa_fail_status(sa, status, now);
}

void hf_ikev2_sa_tunnel_handle_reply(struct hf_ikev2_sa *sa, const struct hf_ikev2_chain *chain,
                                     hf_time now)
{
    enum hf_ikev2_task task = sa->active;

    sa->active = HF_TASK_NONE;
    if (task != HF_TASK_NONE)
        requests[task].got(sa, chain, now);
}
