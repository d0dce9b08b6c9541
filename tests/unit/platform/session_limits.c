/* Tests of the limits of a connection (daemon/session_limits.h). */
#include "daemon/session_limits.h"
#include "support/test.h"

static struct hf_policy *policy;
static struct hf_fault fault;

static void setup(void)
{
    cr_assert_eq(hf_policy_new(&policy), HF_OK);
    cr_assert_eq(hf_policy_merge(policy, HF_POLICY_TIER_MANAGED, "m.json",
                                 hf_bytes_of_string("{\"version\":1,\"sessionMinutesMax\":60}"),
                                 &fault),
                 HF_OK);
}

static void teardown(void)
{
    hf_policy_free(policy);
}

TestSuite(session_limits, .init = setup, .fini = teardown);

static hf_status check(hf_duration age, hf_duration silence, hf_duration idle_limit)
{
    return hf_session_limits_check_age(policy, age, silence, idle_limit, &fault);
}

Test(session_limits, a_session_may_last_as_long_as_policy_says)
{
    cr_expect_eq(check(HF_MINUTES(60) - 1, 0, 0), HF_OK);
    cr_expect_eq(check(HF_MINUTES(60), 0, 0), HF_ERR_POLICY);
    cr_expect_str_eq(fault.offered, "sessionMinutesMax");
    cr_expect_str_eq(fault.received, "m.json");
}

Test(session_limits, a_session_may_idle_as_long_as_its_profile_says)
{
    cr_expect_eq(check(0, HF_MINUTES(600), 0), HF_OK);
    cr_expect_eq(check(0, HF_MINUTES(10) - 1, HF_MINUTES(10)), HF_OK);
    cr_expect_eq(check(0, HF_MINUTES(10), HF_MINUTES(10)), HF_ERR_POLICY);
    cr_expect_str_eq(fault.offered, "idle-limit");
}

Test(session_limits, here_and_now_is_somewhere)
{
    cr_expect_eq(hf_session_limits_check_place(policy, &fault), HF_OK);
    cr_assert_eq(hf_policy_merge(policy, HF_POLICY_TIER_MANAGED, "m.json",
                                 hf_bytes_of_string("{\"version\":1,\"allowedNetworks\":"
                                                    "[\"192.0.2.255/32\"]}"),
                                 &fault),
                 HF_OK);
    cr_expect_eq(hf_session_limits_check_place(policy, &fault), HF_ERR_POLICY);
    cr_assert_eq(hf_policy_merge(policy, HF_POLICY_TIER_MANAGED, "m.json",
                                 hf_bytes_of_string("{\"version\":1,\"allowedNetworks\":"
                                                    "[\"0.0.0.0/0\",\"::/0\"],"
                                                    "\"allowedHours\":[\"00:00-24:00\"]}"),
                                 &fault),
                 HF_OK);
    cr_expect_eq(hf_session_limits_check_place(policy, &fault), HF_OK);
}
