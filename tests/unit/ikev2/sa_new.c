/* Making an SA when memory or randomness fails (ikev2/sa.h). */
#include "ikev2/sa.h"

#include "support/alloc.h"
#include "support/env.h"
#include "support/test.h"

static const struct hf_ikev2_sa_config config = {
    .gateway = {{ HF_FAMILY_V4, { 192, 0, 2, 1 } }, 500},
    .auth = HF_IKEV2_AUTH_PSK,
    .gateway_uses_psk = true,
};

static bool attempt(void *context)
{
    struct test_env *env = context;
    struct hf_ikev2_sa *sa = NULL;
    struct hf_ikev2_event event;
    hf_status status = hf_ikev2_sa_new(&config, &env->env, 0, &sa);
    bool made = status == HF_OK;

    if (made && hf_ikev2_sa_next_event(sa, &event)) { /* it may say so by an event as well */
        cr_expect_eq(event.type, HF_IKEV2_FAILED);
        cr_expect_eq(hf_ikev2_sa_deadline(sa), HF_NEVER);
        made = false;
    }
    if (status != HF_OK)
        cr_expect_null(sa);
    hf_ikev2_sa_free(sa);
    return made;
}

Test(sa_new, reports_every_failed_allocation_and_leaks_nothing)
{
    static struct test_env env;

    test_env_init(&env, 1);
    cr_expect_gt(test_alloc_each(attempt, &env), 2);
}

Test(sa_new, is_refused_without_randomness)
{
    static struct test_env env;
    struct hf_ikev2_sa *sa = NULL;

    test_env_init(&env, 1);
    env.fails = true;
    cr_expect_eq(hf_ikev2_sa_new(&config, &env.env, 0, &sa), HF_ERR_CRYPTO);
    cr_expect_null(sa);
}
