/* Waiting between attempts: see backoff.h. */
#include "conn/backoff.h"

static hf_duration wait_after(unsigned failures)
{
    hf_duration wait = HF_BACKOFF_FIRST;

    if (failures == 0)
        return 0;
    for (unsigned i = 1; i < failures && wait < HF_BACKOFF_LAST; i++)
        wait *= 2;
    return wait < HF_BACKOFF_LAST ? wait : HF_BACKOFF_LAST;
}

hf_duration hf_backoff_next(struct hf_backoff *backoff, const struct hf_env *env, hf_duration lived)
{
    hf_duration wait;

    if (lived >= HF_BACKOFF_STABLE)
        backoff->failures = 0;
    if (lived == 0 && backoff->failures == 0)
        backoff->failures = 1; /* only what was up once is tried again at once */
    wait = wait_after(backoff->failures);
    if (backoff->failures < UINT32_MAX)
        backoff->failures++;
    return wait == 0 ? 0 : hf_env_jitter(env, wait);
}
