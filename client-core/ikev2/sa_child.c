/* The life of child SAs as the caller sees it: up, sent on, down. See sa_parts.h. */
#include "ikev2/sa_parts.h"

#define DEFAULT_LIFETIME HF_MINUTES(60)
#define DEFAULT_BYTES    (UINT64_C(64) << 30)
#define KEEP_OLD         HF_SECONDS(5)  /* packets on the way when the old SA was deleted */
#define DELETE_AFTER     HF_SECONDS(1)  /* packets on the way when we stopped sending on it */
#define DELETE_ANYWAY    HF_SECONDS(60) /* the gateway's DELETE of the old SA never came */
#define REKEY_LATER      HF_SECONDS(10) /* the gateway is replacing it already */

/* A gateway that did not get our answer has no child to receive on, and may ask again only after a
 * minute; the old one it keeps. Waiting costs nothing, sending too early costs every packet. */
#define SEND_ANYWAY HF_SECONDS(120)

struct hf_ikev2_child_source hf_ikev2_sa_child_source(const struct hf_ikev2_sa *sa)
{
    return (struct hf_ikev2_child_source){
        .prf = sa->current->suite.prf,
        .d = &sa->current->keys.d,
        .nonce_i = HF_BYTES_OF(sa->init.nonce_i),
        .nonce_r = hf_buf_bytes(&sa->init.nonce_r),
    };
}

hf_status hf_ikev2_sa_child_draw_spi(const struct hf_ikev2_sa *sa, uint32_t *out)
{
    uint32_t taken[HF_IKEV2_CHILDREN_MAX];
    size_t count = hf_ikev2_children_spis(&sa->children, taken);

    return hf_ikev2_child_draw_spi(sa->env, taken, count, out);
}

/* Rekey ahead of the limit, each client at a time of its own. */
static void set_limits(struct hf_ikev2_sa *sa, struct hf_ikev2_child_entry *entry, hf_time now)
{
    const struct hf_ikev2_sa_config *config = sa->config;
    hf_duration lifetime = config->child_lifetime != 0 ? config->child_lifetime : DEFAULT_LIFETIME;
    uint64_t bytes = config->child_bytes != 0 ? config->child_bytes : DEFAULT_BYTES;

    entry->rekey_at = hf_time_add(now, hf_env_jitter(sa->env, lifetime - lifetime / 8));
    entry->expire_at = hf_time_add(now, lifetime + lifetime / 8);
    entry->rekey_bytes = hf_env_jitter(sa->env, bytes - bytes / 8);
}

static void replace(struct hf_ikev2_child_entry *old, hf_time delete_at)
{
    if (old == NULL)
        return;
    old->phase = HF_CHILD_REPLACED;
    old->at = delete_at;
}

bool hf_ikev2_sa_child_up(struct hf_ikev2_sa *sa, const struct hf_ikev2_child *child,
                          const struct hf_ikev2_child_terms *terms, hf_time now)
{
    enum hf_ikev2_child_phase phase = child->send_now ? HF_CHILD_CURRENT : HF_CHILD_NEXT;
    struct hf_ikev2_child_entry *entry;
    uint32_t evicted;

    if (child->send_now)
        replace(hf_ikev2_children_current(&sa->children), hf_time_add(now, DELETE_AFTER));
    entry = hf_ikev2_children_add(&sa->children, child, phase, &evicted);
    if (evicted != 0)
        hf_ikev2_events_add(&sa->events, HF_IKEV2_CHILD_DOWN)->child.spi_in = evicted;
    if (entry == NULL)
        return false;
    set_limits(sa, entry, now);
    if (!child->send_now)
        entry->at = hf_time_add(now, SEND_ANYWAY);
    hf_copy(sa->summary.esp_suite, terms->text, sizeof sa->summary.esp_suite);
    hf_ikev2_events_add(&sa->events, HF_IKEV2_CHILD_UP)->child = *child;
    HF_TRACE_EVENT(sa->env->trace, now, HF_TRACE_CHILD, hf_trace_text("what", "up"),
                   hf_trace_text("suite", terms->text), hf_trace_number("spi_in", child->spi_in),
                   hf_trace_number("spi_out", child->spi_out));
    return true;
}

void hf_ikev2_sa_child_switch(struct hf_ikev2_sa *sa, struct hf_ikev2_child_entry *to,
                              hf_time delete_old_at)
{
    if (to->phase != HF_CHILD_NEXT)
        return;
    replace(hf_ikev2_children_current(&sa->children), delete_old_at);
    to->phase = HF_CHILD_CURRENT;
    to->at = HF_NEVER;
    hf_ikev2_events_add(&sa->events, HF_IKEV2_CHILD_SEND)->child.spi_out = to->spi_out;
}

void hf_ikev2_sa_child_answered_again(struct hf_ikev2_sa *sa, hf_time now)
{
    struct hf_ikev2_child_entry *next = hf_ikev2_children_in(&sa->children, HF_CHILD_NEXT);

    if (next != NULL)
        next->at = hf_time_add(now, SEND_ANYWAY);
}

void hf_ikev2_sa_child_confirm(struct hf_ikev2_sa *sa, struct hf_ikev2_child_entry *next,
                               hf_time now)
{
    hf_ikev2_sa_child_switch(sa, next, hf_time_add(now, DELETE_ANYWAY));
}

void hf_ikev2_sa_child_fade(struct hf_ikev2_child_entry *entry, hf_time now)
{
    entry->phase = HF_CHILD_FADING;
    entry->at = hf_time_add(now, KEEP_OLD);
}

void hf_ikev2_sa_child_down(struct hf_ikev2_sa *sa, struct hf_ikev2_child_entry *entry)
{
    hf_ikev2_events_add(&sa->events, HF_IKEV2_CHILD_DOWN)->child.spi_in = entry->spi_in;
    hf_cleanse(entry, sizeof *entry); /* HF_CHILD_FREE is 0 */
}

void hf_ikev2_sa_child_note_early_delete(struct hf_ikev2_sa *sa, uint32_t spi_out)
{
    bool asking = sa->active == HF_TASK_REKEY_CHILD || sa->active == HF_TASK_CREATE_CHILD;

    if (asking && sa->deleted_early_count < HF_ARRAY_LEN(sa->deleted_early))
        sa->deleted_early[sa->deleted_early_count++] = spi_out;
}

bool hf_ikev2_sa_child_was_deleted_early(struct hf_ikev2_sa *sa, uint32_t spi_out)
{
    bool found = false;

    for (size_t i = 0; i < sa->deleted_early_count; i++)
        found = found || sa->deleted_early[i] == spi_out;
    sa->deleted_early_count = 0;
    return found;
}

/* Past its hard limit, and every rekey was refused: what the last one was refused with. */
static void expire(struct hf_ikev2_sa *sa, hf_time now)
{
    struct hf_fault fault = sa->refused;

    if (fault.status == HF_OK)
        fault = hf_fault_make(HF_ERR_TIMEOUT, HF_STAGE_TUNNEL);
    hf_ikev2_sa_farewell(sa, true, now);
    hf_ikev2_sa_fail(sa, &fault, now);
}

void hf_ikev2_sa_child_due(struct hf_ikev2_sa *sa, hf_time now)
{
    struct hf_ikev2_child_entry *entry;
    enum hf_ikev2_child_due due;

    while ((due = hf_ikev2_children_due(&sa->children, now, &entry)) != HF_CHILD_DUE_NOTHING) {
        switch (due) {
        case HF_CHILD_DUE_SEND:
            hf_ikev2_sa_child_switch(sa, entry, hf_time_add(now, DELETE_ANYWAY));
            break;
        case HF_CHILD_DUE_DELETE:
            hf_ikev2_tasks_add(&sa->tasks, HF_TASK_DELETE_CHILD, now);
            entry->at = HF_NEVER;
            break;
        case HF_CHILD_DUE_FORGET:
            hf_ikev2_sa_child_down(sa, entry);
            break;
        case HF_CHILD_DUE_REKEY:
            entry->rekey_at = HF_NEVER;
            if (hf_ikev2_children_in(&sa->children, HF_CHILD_NEXT) != NULL)
                entry->rekey_at = hf_time_add(now, REKEY_LATER);
            else
                hf_ikev2_tasks_add(&sa->tasks, HF_TASK_REKEY_CHILD, now);
            break;
        case HF_CHILD_DUE_EXPIRE:
            entry->expire_at = HF_NEVER;
            expire(sa, now);
            return;
        case HF_CHILD_DUE_NOTHING:
            break;
        }
    }
}
