/* What a policy does to profiles and requests. */
#include "support/test.h"

#include <holdfast/policy.h>

#include <string.h>

static struct hf_policy *policy;
static struct hf_profile profile;
static struct hf_fault fault;

static void setup(void)
{
    cr_assert_eq(hf_policy_new(&policy), HF_OK);
    hf_profile_init(&profile);
    profile.gateway_count = 1;
    hf_copy(profile.gateways[0], "gw.example", sizeof "gw.example");
}

static void teardown(void)
{
    hf_policy_free(policy);
    hf_profile_clear(&profile);
}

TestSuite(policy_apply, .init = setup, .fini = teardown);

static void manage(const char *json)
{
    cr_assert_eq(
        hf_policy_merge(policy, HF_POLICY_TIER_MANAGED, "m.json", hf_bytes_of_string(json), &fault),
        HF_OK, "%s: %s", json, fault.received);
}

static void expect_forbidden(hf_status status, const char *key)
{
    cr_expect_eq(status, HF_ERR_POLICY);
    cr_expect_str_eq(fault.offered, key);
    cr_expect_str_eq(fault.received, "m.json");
}

Test(policy_apply, managed_values_bind_and_recommended_ones_do_not)
{
    cr_assert_eq(hf_policy_merge(policy, HF_POLICY_TIER_RECOMMENDED, "r",
                                 hf_bytes_of_string("{\"version\":1,\"allowLan\":true}"), &fault),
                 HF_OK);
    manage("{\"version\":1,\"killSwitch\":\"always\",\"locked\":[\"edit\"],\"alwaysOn\":true}");
    cr_assert_eq(hf_policy_apply(policy, &profile, &fault), HF_OK);
    cr_expect_eq(profile.lock, HF_LOCK_ALWAYS);
    cr_expect(profile.auto_connect && !profile.allow_lan);
    cr_expect(profile.locked.count == 1 && strcmp(profile.locked.words[0], "edit") == 0);
    hf_policy_recommend(policy, &profile);
    cr_expect(profile.allow_lan);
}

Test(policy_apply, lifetimes_are_only_ever_shortened)
{
    manage("{\"version\":1,\"rekeyMinutesMax\":30,\"ikeRekeyMinutesMax\":600,"
           "\"idleMinutesMax\":10}");
    profile.ike_lifetime = HF_SECONDS(60);
    cr_assert_eq(hf_policy_apply(policy, &profile, &fault), HF_OK);
    cr_expect_eq(profile.child_lifetime, HF_MINUTES(30));
    cr_expect_eq(profile.ike_lifetime, HF_SECONDS(60));
    cr_expect_eq(profile.idle_limit, HF_MINUTES(10));
    profile.ike_lifetime = 0; /* the default is shorter than the limit */
    cr_assert_eq(hf_policy_apply(policy, &profile, &fault), HF_OK);
    cr_expect_eq(profile.ike_lifetime, 0u);
}

Test(policy_apply, servers_are_allowed_by_name_and_below_a_domain)
{
    manage("{\"version\":1,\"allowedServers\":[\"*.corp.example\",\"GW.example\"]}");
    cr_expect_eq(hf_policy_apply(policy, &profile, &fault), HF_OK);
    hf_copy(profile.gateways[0], "a.corp.example", sizeof "a.corp.example");
    cr_expect_eq(hf_policy_apply(policy, &profile, &fault), HF_OK);
    hf_copy(profile.gateways[0], "corp.example", sizeof "corp.example");
    expect_forbidden(hf_policy_apply(policy, &profile, &fault), "allowedServers");
    hf_copy(profile.gateways[0], "a.corp.example", sizeof "a.corp.example");
    hf_copy(profile.gateways[1], "evil.example", sizeof "evil.example");
    profile.gateway_count = 2; /* each of them */
    expect_forbidden(hf_policy_apply(policy, &profile, &fault), "allowedServers");
}

Test(policy_apply, legacy_can_be_forbidden_and_levels_raised)
{
    profile.level = HF_PROFILE_LEVEL_LEGACY;
    cr_expect_eq(hf_policy_apply(policy, &profile, &fault), HF_OK);
    manage("{\"version\":1,\"allowLegacy\":false}");
    expect_forbidden(hf_policy_apply(policy, &profile, &fault), "allowLegacy");
    manage("{\"version\":1,\"allowLegacy\":true,\"minimumCrypto\":\"cnsa1\"}");
    expect_forbidden(hf_policy_apply(policy, &profile, &fault), "minimumCrypto");
    profile.level = HF_PROFILE_LEVEL_DEFAULT;
    cr_expect_eq(hf_policy_apply(policy, &profile, &fault), HF_OK);
    cr_expect_eq(profile.level, HF_PROFILE_LEVEL_CNSA1);
}

Test(policy_apply, keys_may_have_to_live_in_a_token)
{
    manage("{\"version\":1,\"credentialStore\":\"pkcs11\"}");
    profile.auth = HF_PROFILE_AUTH_EAP_TLS;
    expect_forbidden(hf_policy_apply(policy, &profile, &fault), "credentialStore");
    hf_copy(profile.key_uri, "pkcs11:token=t", sizeof "pkcs11:token=t");
    cr_expect_eq(hf_policy_apply(policy, &profile, &fault), HF_OK);
    profile.auth = HF_PROFILE_AUTH_PSK;
    profile.key_uri[0] = '\0';
    cr_expect_eq(hf_policy_apply(policy, &profile, &fault), HF_OK);
}

Test(policy_apply, imports_by_users_and_formats_can_be_forbidden)
{
    manage("{\"version\":1,\"allowUserProfiles\":false,\"allowImportFormats\":[\"native\"]}");
    expect_forbidden(hf_policy_check_import(policy, "native", true, &fault), "allowUserProfiles");
    cr_expect_eq(hf_policy_check_import(policy, "native", false, &fault), HF_OK);
    expect_forbidden(hf_policy_check_import(policy, "sswan", false, &fault), "allowImportFormats");
}

Test(policy_apply, a_pause_without_a_limit_is_a_disconnect)
{
    manage("{\"version\":1,\"allowDisconnect\":\"no\"}");
    expect_forbidden(hf_policy_check_pause(policy, 1, &fault), "allowDisconnect");
    manage("{\"version\":1,\"allowDisconnect\":\"yes\",\"reconnectAfterMinutes\":10}");
    cr_expect_eq(hf_policy_check_pause(policy, 10, &fault), HF_OK);
    expect_forbidden(hf_policy_check_pause(policy, 11, &fault), "reconnectAfterMinutes");
}

Test(policy_apply, disconnect_and_pause_follow_their_keys)
{
    cr_expect_eq(hf_policy_check_disconnect(policy, "", &fault), HF_OK);
    cr_expect_eq(hf_policy_check_pause(policy, 60, &fault), HF_OK);
    manage("{\"version\":1,\"allowDisconnect\":\"withReason\",\"pauseMinutesMax\":5}");
    expect_forbidden(hf_policy_check_disconnect(policy, "", &fault), "allowDisconnect");
    cr_expect_eq(hf_policy_check_disconnect(policy, "printer", &fault), HF_OK);
    cr_expect_eq(hf_policy_check_pause(policy, 5, &fault), HF_OK);
    expect_forbidden(hf_policy_check_pause(policy, 6, &fault), "pauseMinutesMax");
}

Test(policy_apply, hours_and_networks_decide_where_a_tunnel_may_be)
{
    hf_address address;
    struct hf_policy_place place = {
        .weekday = 1, .minute = 8 * 60, .addresses = &address, .address_count = 1
    };

    cr_assert(hf_address_parse(hf_bytes_of_string("192.0.2.7"), &address));
    cr_expect_eq(hf_policy_check_place(policy, &place, &fault), HF_OK);
    manage("{\"version\":1,\"allowedHours\":[\"Mon-Fri 07:00-19:00\"],"
           "\"allowedNetworks\":[\"192.0.2.0/24\"]}");
    cr_expect_eq(hf_policy_check_place(policy, &place, &fault), HF_OK);
    place.minute = 19 * 60;
    expect_forbidden(hf_policy_check_place(policy, &place, &fault), "allowedHours");
    place.minute = 8 * 60;
    cr_assert(hf_address_parse(hf_bytes_of_string("198.51.100.7"), &address));
    expect_forbidden(hf_policy_check_place(policy, &place, &fault), "allowedNetworks");
}
