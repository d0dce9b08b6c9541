/* Tests of the backend for tests (fake/net_fake.h): it keeps the contract of net.h. */
#include "fake/net_fake.h"
#include "support/test.h"

static struct hf_fake_net fake;

static struct hf_plan block(enum hf_conn_state state)
{
    return (struct hf_plan){
        .firewall = {.block = true, .state = state}
    };
}

Test(net_fake, plans_are_remembered_in_order)
{
    struct hf_net net = hf_fake_net(&fake);
    struct hf_plan a = block(HF_CONN_RESOLVING), b = block(HF_CONN_HANDSHAKING), now;

    cr_expect_not(net.ops->current(net.self, &now));
    cr_expect_eq(net.ops->apply(net.self, &a), HF_OK);
    cr_expect_eq(net.ops->apply(net.self, &b), HF_OK);
    cr_assert(net.ops->current(net.self, &now));
    cr_expect(hf_plan_equal(&now, &b));
    cr_expect_eq(fake.count, 2);
    cr_expect(hf_plan_equal(&fake.applied[0], &a));
    now = hf_fake_net_last(&fake);
    cr_expect(hf_plan_equal(&now, &b));
}

Test(net_fake, failure_comes_when_told_and_changes_nothing)
{
    struct hf_net net = hf_fake_net(&fake);
    struct hf_plan a = block(HF_CONN_RESOLVING), b = block(HF_CONN_HANDSHAKING), now;

    fake.fail_after = 1;
    fake.fail_with = HF_ERR_DNS_SETUP;
    cr_expect_eq(net.ops->apply(net.self, &a), HF_OK);
    cr_expect_eq(net.ops->apply(net.self, &b), HF_ERR_DNS_SETUP);
    cr_assert(net.ops->current(net.self, &now));
    cr_expect(hf_plan_equal(&now, &a));
    cr_expect_eq(net.ops->apply(net.self, &b), HF_OK);
    cr_expect_eq(fake.refused, 1);
}

Test(net_fake, unsound_plan_is_refused)
{
    struct hf_net net = hf_fake_net(&fake);
    struct hf_plan bad = { .mtu_bytes = 1 };

    cr_expect_eq(net.ops->apply(net.self, &bad), HF_ERR_MALFORMED);
    cr_expect_eq(fake.count, 0);
}

Test(net_fake, revert_empties_the_host)
{
    struct hf_net net = hf_fake_net(&fake);
    struct hf_plan a = block(HF_CONN_RESOLVING), now;

    cr_expect_eq(net.ops->apply(net.self, &a), HF_OK);
    cr_expect_eq(net.ops->revert(net.self), HF_OK);
    cr_expect_not(net.ops->current(net.self, &now));
    cr_expect_eq(fake.reverted, 1);
}

Test(net_fake, oldest_plans_are_forgotten_first)
{
    struct hf_net net = hf_fake_net(&fake);
    struct hf_plan last = hf_plan_empty();

    for (size_t i = 0; i <= HF_FAKE_PLANS_MAX; i++) {
        struct hf_plan plan = block((enum hf_conn_state)(i % HF_CONN_STATE_COUNT));

        cr_assert_eq(net.ops->apply(net.self, &plan), HF_OK);
        last = plan;
    }
    cr_expect_eq(fake.count, (size_t)HF_FAKE_PLANS_MAX);
    cr_expect_eq(fake.applied[0].firewall.state, 1);
    cr_expect(hf_plan_equal(&fake.applied[HF_FAKE_PLANS_MAX - 1], &last));
}
