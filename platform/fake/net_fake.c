/* The backend for tests: see net_fake.h. */
#include "fake/net_fake.h"

#include <string.h>

static void remember(struct hf_fake_net *fake, const struct hf_plan *plan)
{
    if (fake->count == HF_FAKE_PLANS_MAX) {
        memmove(fake->applied, fake->applied + 1, sizeof fake->applied - sizeof fake->applied[0]);
        fake->count--;
    }
    fake->applied[fake->count++] = *plan;
}

/* Keeps the contract of net.h: on failure nothing has changed. */
static hf_status apply(void *self, const struct hf_plan *plan)
{
    struct hf_fake_net *fake = self;
    hf_status failure = fake->fail_with;

    if (hf_plan_check(plan) != HF_OK)
        return HF_ERR_MALFORMED;
    if (failure != HF_OK && fake->fail_after == 0) {
        fake->fail_with = HF_OK;
        fake->refused++;
        return failure;
    }
    if (failure != HF_OK)
        fake->fail_after--;
    remember(fake, plan);
    fake->in_force = *plan;
    return HF_OK;
}

static hf_status revert(void *self)
{
    struct hf_fake_net *fake = self;

    fake->in_force = hf_plan_empty();
    fake->reverted++;
    return HF_OK;
}

static bool current(void *self, struct hf_plan *out)
{
    const struct hf_fake_net *fake = self;

    *out = fake->in_force;
    return !hf_plan_is_empty(out);
}

static void destroy(void *self)
{
    (void)self; /* the caller's */
}

struct hf_net hf_fake_net(struct hf_fake_net *fake)
{
    static const struct hf_net_ops ops = {
        .name = "fake",
        .apply = apply,
        .revert = revert,
        .current = current,
        .destroy = destroy,
    };

    return (struct hf_net){ &ops, fake };
}

struct hf_plan hf_fake_net_last(const struct hf_fake_net *fake)
{
    return fake->count == 0 ? hf_plan_empty() : fake->applied[fake->count - 1];
}
