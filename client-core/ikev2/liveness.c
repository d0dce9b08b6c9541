/* Keepalives and liveness checks: see liveness.h. */
#include "ikev2/liveness.h"

#define DEFAULT_KEEPALIVE HF_SECONDS(20)
#define HINT_INTERVAL     HF_SECONDS(10)

void hf_ikev2_liveness_init(struct hf_ikev2_liveness *liveness, hf_duration keepalive,
                            hf_duration idle, hf_time now)
{
    *liveness = (struct hf_ikev2_liveness){
        .keepalive = keepalive != 0 ? keepalive : DEFAULT_KEEPALIVE,
        .idle = idle,
        .last_sent = now,
        .last_heard = now,
    };
}

void hf_ikev2_liveness_sent(struct hf_ikev2_liveness *liveness, hf_time at)
{
    if (at > liveness->last_sent)
        liveness->last_sent = at;
}

void hf_ikev2_liveness_heard(struct hf_ikev2_liveness *liveness, hf_time at)
{
    if (at > liveness->last_heard)
        liveness->last_heard = at;
}

static hf_time keepalive_at(const struct hf_ikev2_liveness *liveness)
{
    return hf_time_add(liveness->last_sent, liveness->keepalive);
}

static hf_time probe_at(const struct hf_ikev2_liveness *liveness)
{
    return liveness->idle == 0 ? HF_NEVER : hf_time_add(liveness->last_heard, liveness->idle);
}

bool hf_ikev2_liveness_keepalive_due(const struct hf_ikev2_liveness *liveness, hf_time now)
{
    return hf_time_due(keepalive_at(liveness), now);
}

bool hf_ikev2_liveness_probe_due(const struct hf_ikev2_liveness *liveness, hf_time now)
{
    return hf_time_due(probe_at(liveness), now);
}

bool hf_ikev2_liveness_hint(struct hf_ikev2_liveness *liveness, hf_time now)
{
    if (liveness->asked_for_hint != 0 &&
        hf_time_since(now, liveness->asked_for_hint) < HINT_INTERVAL)
        return false;
    liveness->asked_for_hint = now;
    return true;
}

hf_time hf_ikev2_liveness_deadline(const struct hf_ikev2_liveness *liveness, bool asking)
{
    return asking ? keepalive_at(liveness)
                  : hf_time_min(keepalive_at(liveness), probe_at(liveness));
}
