/* One IKE SA after another: what a rekey of either side leaves behind and hands on (RFC 7296,
 * section 2.8). See sa_parts.h. */
#include "ikev2/sa_parts.h"

#define DEFAULT_LIFETIME HF_MINUTES(240)
#define RETIRED_FOR      HF_SECONDS(36)  /* as long as the gateway may ask again */
#define KNOWN_AFTER      HF_SECONDS(120) /* our answer is not asked for any more */

void hf_ikev2_sa_channels_set_lifetime(struct hf_ikev2_sa *sa, hf_time now)
{
    hf_duration lifetime =
        sa->config->ike_lifetime != 0 ? sa->config->ike_lifetime : DEFAULT_LIFETIME;

    sa->rekey_ike_at = hf_time_add(now, hf_env_jitter(sa->env, lifetime - lifetime / 8));
    sa->expire_ike_at = hf_time_add(now, lifetime + lifetime / 8);
}

void hf_ikev2_sa_channels_forget_retired(struct hf_ikev2_sa *sa)
{
    hf_ikev2_channel_free(sa->retired);
    sa->retired = NULL;
    sa->retired_until = HF_NEVER;
}

static void forget_next(struct hf_ikev2_sa *sa)
{
    hf_ikev2_channel_free(sa->next);
    sa->next = NULL;
    sa->next_at = HF_NEVER;
}

void hf_ikev2_sa_channels_forget(struct hf_ikev2_sa *sa)
{
    hf_ikev2_channel_free(sa->current);
    sa->current = NULL;
    forget_next(sa);
    hf_ikev2_sa_channels_forget_retired(sa);
}

void hf_ikev2_sa_channels_keep_retired(struct hf_ikev2_sa *sa, hf_time now)
{
    sa->retired_until = hf_time_add(now, RETIRED_FOR);
}

void hf_ikev2_sa_channels_adopt(struct hf_ikev2_sa *sa, struct hf_ikev2_channel *channel,
                                const struct hf_ikev2_choice *choice, hf_time now)
{
    hf_ikev2_sa_channels_forget_retired(sa);
    hf_ikev2_window_abandon(&sa->current->window);
    sa->active = HF_TASK_NONE;
    sa->retired = sa->current;
    hf_ikev2_sa_channels_keep_retired(sa, now);
    sa->current = channel;
    sa->group_retries = 0;
    sa->refused.status = HF_OK;
    hf_ikev2_tasks_cancel(&sa->tasks, HF_TASK_REKEY_IKE);
    hf_ikev2_sa_channels_set_lifetime(sa, now);
    hf_ikev2_proposal_describe(choice, sa->summary.ike_suite, sizeof sa->summary.ike_suite);
    sa->summary.ke = choice->ke;
    hf_ikev2_events_add(&sa->events, HF_IKEV2_IKE_REKEYED);
    HF_TRACE_EVENT(sa->env->trace, now, HF_TRACE_IKE_REKEY,
                   hf_trace_text("by", channel->is_initiator ? "us" : "gateway"),
                   hf_trace_text("suite", sa->summary.ike_suite));
}

void hf_ikev2_sa_channels_prepare(struct hf_ikev2_sa *sa, struct hf_ikev2_channel *channel,
                                  const struct hf_ikev2_choice *choice, hf_time now)
{
    forget_next(sa);
    sa->next = channel;
    sa->next_choice = *choice;
    sa->next_choice.spi = (hf_bytes){ 0 }; /* it borrowed from the message */
    sa->next_at = hf_time_add(now, KNOWN_AFTER);
}

void hf_ikev2_sa_channels_answered_again(struct hf_ikev2_sa *sa, hf_time now)
{
    if (sa->next != NULL)
        sa->next_at = hf_time_add(now, KNOWN_AFTER);
}

void hf_ikev2_sa_channels_confirm(struct hf_ikev2_sa *sa, hf_time now)
{
    struct hf_ikev2_channel *next = sa->next;

    if (next == NULL)
        return;
    sa->next = NULL;
    sa->next_at = HF_NEVER;
    hf_ikev2_sa_channels_adopt(sa, next, &sa->next_choice, now);
}

struct hf_ikev2_channel *hf_ikev2_sa_channels_find(const struct hf_ikev2_sa *sa,
                                                   const struct hf_ike_header *header)
{
    struct hf_ikev2_channel *channels[] = { sa->current, sa->next, sa->retired };

    for (size_t i = 0; i < HF_ARRAY_LEN(channels); i++) {
        if (channels[i] != NULL && hf_ikev2_channel_owns(channels[i], header))
            return channels[i];
    }
    return NULL;
}

hf_time hf_ikev2_sa_channels_retired_deadline(const struct hf_ikev2_sa *sa)
{
    if (sa->retired == NULL)
        return HF_NEVER;
    return hf_time_min(sa->retired_until, hf_ikev2_window_deadline(&sa->retired->window));
}

hf_time hf_ikev2_sa_channels_lifetime_deadline(const struct hf_ikev2_sa *sa)
{
    return hf_time_min(sa->next_at, hf_time_min(sa->rekey_ike_at, sa->expire_ike_at));
}
