/* Policy files: what is read, what is refused, which tier wins. */
#include "support/hex.h"
#include "support/test.h"

#include <holdfast/policy.h>

#include <string.h>

static struct hf_policy *policy;
static struct hf_fault fault;

static void setup(void)
{
    cr_assert_eq(hf_policy_new(&policy), HF_OK);
}

static void teardown(void)
{
    hf_policy_free(policy);
}

TestSuite(policy, .init = setup, .fini = teardown);

static hf_status merge(enum hf_policy_tier tier, const char *origin, const char *json)
{
    return hf_policy_merge(policy, tier, origin, hf_bytes_of_string(json), &fault);
}

static void expect_refused(const char *json, const char *key)
{
    cr_expect_eq(merge(HF_POLICY_TIER_MANAGED, "x", json), HF_ERR_POLICY_INVALID, "%s", json);
    cr_expect_str_eq(fault.received, key);
    cr_expect(!hf_policy_has(policy, HF_POLICY_ALLOW_LAN)); /* all or nothing */
}

Test(policy, each_kind_of_value_is_read)
{
    cr_assert_eq(merge(HF_POLICY_TIER_MANAGED, "10-base.json",
                       "{\"version\":1,\"allowLan\":true,\"killSwitch\":\"always\","
                       "\"pauseMinutesMax\":15,\"organizationName\":\"Example\","
                       "\"allowedServers\":[\"gw.example\",\"*.vpn.example\"]}"),
                 HF_OK, "%s", fault.received);
    cr_expect(hf_policy_flag(policy, HF_POLICY_ALLOW_LAN, false));
    cr_expect_eq(hf_policy_name(policy, HF_POLICY_KILL_SWITCH, 0), HF_LOCK_ALWAYS);
    cr_expect_eq(hf_policy_number(policy, HF_POLICY_PAUSE_MINUTES_MAX, 0), 15u);
    cr_expect_str_eq(hf_policy_text(policy, HF_POLICY_ORGANIZATION_NAME), "Example");
    cr_expect_eq(hf_policy_texts(policy, HF_POLICY_ALLOWED_SERVERS), 2u);
    cr_expect_str_eq(hf_policy_origin(policy, HF_POLICY_KILL_SWITCH), "10-base.json");
    cr_expect(!hf_policy_has(policy, HF_POLICY_ALLOW_LEGACY));
}

Test(policy, a_bad_file_changes_nothing_and_names_the_key)
{
    expect_refused("{\"version\":1,\"allowLan\":true,\"alowLegacy\":true}", "alowLegacy");
    expect_refused("{\"version\":1,\"allowLan\":true,\"killSwitch\":\"sometimes\"}", "killSwitch");
    expect_refused("{\"version\":1,\"allowLan\":1}", "allowLan");
    expect_refused("{\"version\":1,\"pauseMinutesMax\":-1}", "pauseMinutesMax");
    expect_refused("{\"version\":1,\"pauseMinutesMax\":99999999999}", "pauseMinutesMax");
    expect_refused("{\"version\":1,\"allowedHours\":[\"Mon 25:00-26:00\"]}", "allowedHours");
    expect_refused("{\"version\":1,\"allowedNetworks\":[\"10.0.0.0/33\"]}", "allowedNetworks");
    expect_refused("{\"version\":1,\"organizationName\":\"two\\nlines\"}", "organizationName");
    cr_expect_eq(
        merge(HF_POLICY_TIER_MANAGED, "x", "{\"version\":1,\"supportUrl\":\"nul\\u0000\"}"),
        HF_ERR_POLICY_INVALID);
}

Test(policy, version_and_shape_are_required)
{
    expect_refused("{}", "version");
    expect_refused("{\"version\":2}", "version");
    expect_refused("[]", "file");
    cr_expect_eq(
        merge(HF_POLICY_TIER_MANAGED, "x", "{\"version\":1,\"allowLan\":true,\"allowLan\":false}"),
        HF_ERR_POLICY_INVALID);
}

Test(policy, a_later_file_of_a_tier_wins_and_a_later_tier_wins_whatever_the_order)
{
    cr_assert_eq(merge(HF_POLICY_TIER_MANAGED, "10", "{\"version\":1,\"killSwitch\":\"session\"}"),
                 HF_OK);
    cr_assert_eq(merge(HF_POLICY_TIER_MANAGED, "20", "{\"version\":1,\"killSwitch\":\"always\"}"),
                 HF_OK);
    cr_assert_eq(merge(HF_POLICY_TIER_RECOMMENDED, "r", "{\"version\":1,\"killSwitch\":\"off\"}"),
                 HF_OK);
    cr_expect_eq(hf_policy_name(policy, HF_POLICY_KILL_SWITCH, 9), HF_LOCK_ALWAYS);
    cr_expect_str_eq(hf_policy_origin(policy, HF_POLICY_KILL_SWITCH), "20");
}

Test(policy, every_truncation_is_refused)
{
    static const char json[] = "{\"version\":1,\"killSwitch\":\"always\",\"locked\":[\"edit\"]}";

    for (size_t n = 0; n < sizeof json - 1; n++)
        cr_expect_eq(
            hf_policy_merge(policy, HF_POLICY_TIER_MANAGED, "x",
                            (hf_bytes){ test_copy((hf_bytes){ (const uint8_t *)json, n }), n },
                            &fault),
            HF_ERR_POLICY_INVALID);
    cr_expect(!hf_policy_has(policy, HF_POLICY_KILL_SWITCH));
}

Test(policy, unreadable_lock_down_is_strict_but_never_weakens_what_is_managed)
{
    cr_assert_eq(merge(HF_POLICY_TIER_MANAGED, "m", "{\"version\":1,\"killSwitch\":\"always\"}"),
                 HF_OK);
    hf_policy_fail_closed(policy, "broken.json");
    cr_expect_eq(hf_policy_name(policy, HF_POLICY_KILL_SWITCH, 9), HF_LOCK_ALWAYS);
    cr_expect_eq(hf_policy_name(policy, HF_POLICY_ALLOW_DISCONNECT, 0), HF_POLICY_NO);
    cr_expect(!hf_policy_flag(policy, HF_POLICY_ALLOW_USER_PROFILES, true));
    cr_expect_str_eq(hf_policy_origin(policy, HF_POLICY_ALLOW_LEGACY), "broken.json");
}

Test(policy, the_list_says_value_tier_and_origin)
{
    hf_buf out = hf_buf_with_max(1 << 16);

    cr_assert_eq(merge(HF_POLICY_TIER_RECOMMENDED, "r.json", "{\"version\":1,\"allowLan\":true}"),
                 HF_OK);
    cr_assert_eq(hf_policy_list(policy, &out), HF_OK);
    cr_assert(hf_buf_append(&out, (hf_bytes){ (const uint8_t *)"", 1 }));
    cr_expect(strstr((const char *)out.data, "\"origin\": \"r.json\"") != NULL);
    cr_expect(strstr((const char *)out.data, "\"tier\": \"recommended\"") != NULL);
    cr_expect(strstr((const char *)out.data, "\"locked\": false") != NULL);
    cr_assert_eq(hf_policy_schema(&out), HF_OK);
    cr_assert(hf_buf_append(&out, (hf_bytes){ (const uint8_t *)"", 1 }));
    for (unsigned key = 0; key < HF_POLICY_KEY_COUNT; key++)
        cr_expect(strstr((const char *)out.data, hf_policy_key_name(key)) != NULL);
    hf_buf_free(&out);
}
