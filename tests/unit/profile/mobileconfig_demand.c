/* Tests of on-demand rules (profile/mobileconfig_demand.c). */
#include "mobileconfig_file.h"

#define RULES(rules) IKEV2(N("OnDemandEnabled", 1) A("OnDemandRules", rules))
#define AT           "PayloadContent[0].IKEv2.OnDemandRules"
#define CONNECT      S("Action", "Connect")
#define DISCONNECT   S("Action", "Disconnect")

Test(demand, rules_are_kept_in_order)
{
    struct hf_import in = imported(RULES(
        O(CONNECT S("InterfaceTypeMatch", "WiFi") A("SSIDMatch", E("Cafe &amp; Bar") E("Home"))
              A("DNSDomainMatch", E("*.example")) A("DNSServerAddressMatch", E("192.0.2.*"))
                  S("URLStringProbe", "http://probe.example"))
            O(S("Action", "Ignore") S("InterfaceTypeMatch", "Cellular")) O(DISCONNECT)));
    const struct hf_profile_rule *r = in.profile.rules;

    cr_assert_eq(in.profile.rule_count, 3u);
    cr_expect(in.profile.on_demand);
    cr_expect_eq(r[0].action, HF_RULE_CONNECT);
    cr_expect_eq(r[0].interface, HF_INTERFACE_WIFI);
    cr_expect_eq(r[0].ssids.count, 2u);
    cr_expect_str_eq(r[0].ssids.words[0], "Cafe & Bar");
    cr_expect_str_eq(r[0].domains.words[0], "*.example");
    cr_expect_str_eq(r[0].resolvers.words[0], "192.0.2.*");
    cr_expect_str_eq(r[0].probe, "http://probe.example");
    cr_expect(r[1].action == HF_RULE_IGNORE && r[1].interface == HF_INTERFACE_CELLULAR);
    cr_expect(r[2].action == HF_RULE_DISCONNECT && r[2].interface == HF_INTERFACE_ANY);
    for (size_t i = 0; i < 3; i++)
        cr_expect_not(r[i].disabled, "%zu", i);
    EXPECT_NOTICE(&in, AT "[0].SSIDMatch", HF_NOTICE_APPLIED);
    hf_import_clear(&in);
}

static void expect_disabled(const char *file, bool disabled)
{
    struct hf_import in = imported(file);

    cr_assert_eq(in.profile.rule_count, 1u);
    cr_expect_eq(in.profile.rules[0].disabled, disabled, "%s", file);
    if (disabled)
        cr_expect_neq(find_notice(&in, AT "[0]")->severity, HF_NOTICE_APPLIED);
    else
        cr_expect_null(find_notice(&in, AT "[0]"));
    hf_import_clear(&in);
}

Test(demand, what_any_network_can_claim_never_stops_protection)
{
    expect_disabled(RULES(O(DISCONNECT A("SSIDMatch", E("Office")))), true);
    expect_disabled(RULES(O(DISCONNECT A("DNSDomainMatch", E("corp.example")))), true);
    expect_disabled(RULES(O(S("Action", "Ignore") A("DNSServerAddressMatch", E("192.0.2.1")))),
                    true);
    expect_disabled(
        RULES(O(DISCONNECT S("InterfaceTypeMatch", "WiFi") A("SSIDMatch", E("Office")))), true);
    expect_disabled(RULES(O(DISCONNECT S("URLStringProbe", "http://in.example"))), true);
    expect_disabled(
        RULES(O(DISCONNECT A("SSIDMatch", E("Office")) S("URLStringProbe", "http://in.example"))),
        true);
    expect_disabled(
        RULES(O(DISCONNECT A("SSIDMatch", E("Office")) S("URLStringProbe", "https://in.example"))),
        false);
    expect_disabled(RULES(O(CONNECT A("SSIDMatch", E("Cafe")))), false);
    expect_disabled(RULES(O(DISCONNECT S("InterfaceTypeMatch", "Ethernet"))), false);
}

Test(demand, a_rule_that_cannot_be_kept_whole_is_not_followed)
{
    expect_disabled(RULES(O(CONNECT A("SSIDMatch", E("1") E("2") E("3") E("4") E("5") E("6") E("7")
                                                       E("8") E("9")))),
                    true);
    expect_disabled(RULES(O(CONNECT S("InterfaceTypeMatch", "Satellite"))), true);
}

Test(demand, rules_by_name_are_left_out_and_told)
{
    struct hf_import in = imported(RULES(O(S("Action", "EvaluateConnection") A(
        "ActionParameters",
        O(A("Domains", E("corp.example")) S("DomainAction", "ConnectIfNeeded")))) O(CONNECT)));

    cr_expect_eq(in.profile.rule_count, 1u);
    EXPECT_NOTICE(&in, AT "[0].Action", HF_NOTICE_UNSUPPORTED);
    EXPECT_NOTICE(&in, AT "[0].ActionParameters", HF_NOTICE_UNSUPPORTED);
    hf_import_clear(&in);
}

Test(demand, rules_that_are_switched_off_are_kept_and_not_followed)
{
    struct hf_import in = imported(IKEV2(N("OnDemandEnabled", 0) A("OnDemandRules", O(CONNECT))));

    cr_expect_eq(in.profile.rule_count, 1u);
    cr_expect_not(in.profile.on_demand);
    hf_import_clear(&in);
}
