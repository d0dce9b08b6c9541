/* Tests of the supervisor's plans (conn/supervisor_plan.h). */
#include "conn/supervisor_plan.h"
#include "conn/supervisor_rig.h"

static const char tun_name[HF_PLAN_TUN_NAME_MAX] = "hold0";

static struct hf_profile full_profile(void)
{
    struct hf_profile profile = { .lock = HF_LOCK_SESSION,
                                  .request_ip4 = true,
                                  .gateway_count = 1 };

    memcpy(profile.gateways[0], "vpn.example.org", sizeof "vpn.example.org");
    return profile;
}

static struct hf_profile split_profile(void)
{
    struct hf_profile profile = full_profile();

    profile.split = true;
    profile.include[0] = rig_prefix("10.0.0.0/8");
    profile.include_count = 1;
    return profile;
}

static hf_status take(const struct hf_profile *profile, const struct hf_plan *asked,
                      struct hf_plan *out)
{
    struct hf_fault fault = { 0 };
    hf_status status = hf_supervisor_plan_take(profile, asked, tun_name, out, &fault);

    cr_expect_eq(status, fault.status);
    return status;
}

/* --- what an engine asks for ------------------------------------------------------------------ */
Test(supervisor_plan, takes_a_full_tunnel)
{
    struct hf_profile profile = full_profile();
    struct hf_plan asked = rig_tunnel(), plan;

    cr_assert_eq(take(&profile, &asked, &plan), HF_OK);
    cr_expect(plan.tunnel);
    cr_expect_str_eq(plan.tun_name, "hold0");
    cr_expect_eq(plan.route_count, 1);
    cr_expect_eq(plan.resolver_count, 1);
}

Test(supervisor_plan, leaves_the_output_alone_on_failure)
{
    struct hf_profile profile = full_profile();
    struct hf_plan asked = rig_tunnel(), plan = { .mtu_bytes = 77 };

    asked.route_count = 0;
    cr_expect_eq(take(&profile, &asked, &plan), HF_ERR_TS_REFUSED);
    cr_expect_eq(plan.mtu_bytes, 77);
}

Test(supervisor_plan, refuses_special_addresses)
{
    static const char *const bad[] = { "127.0.0.1/32", "0.0.0.0/32", "169.254.1.1/32",
                                       "224.0.0.1/32" };
    struct hf_profile profile = full_profile();

    for (size_t i = 0; i < HF_ARRAY_LEN(bad); i++) {
        struct hf_plan asked = rig_tunnel(), plan;

        asked.addresses[0] = rig_prefix(bad[i]);
        cr_expect_eq(take(&profile, &asked, &plan), HF_ERR_HOSTILE_CONFIG);
    }
}

Test(supervisor_plan, refuses_a_family_that_was_not_requested)
{
    struct hf_profile profile = full_profile();
    struct hf_plan asked = rig_tunnel(), plan;

    asked.addresses[asked.address_count++] = rig_prefix("2001:db8::2/128");
    cr_expect_eq(take(&profile, &asked, &plan), HF_ERR_HOSTILE_CONFIG);
}

Test(supervisor_plan, refuses_a_route_without_an_address_of_its_family)
{
    struct hf_profile profile = full_profile();
    struct hf_plan asked = rig_tunnel(), plan;

    asked.routes[asked.route_count++] = rig_prefix("::/0");
    cr_expect_eq(take(&profile, &asked, &plan), HF_ERR_HOSTILE_CONFIG);
}

Test(supervisor_plan, refuses_a_plan_without_addresses)
{
    struct hf_profile profile = full_profile();
    struct hf_plan asked = rig_tunnel(), plan;

    asked.address_count = 0;
    cr_expect_eq(take(&profile, &asked, &plan), HF_ERR_NO_ADDRESS);
}

Test(supervisor_plan, refuses_counts_beyond_the_arrays)
{
    struct hf_profile profile = full_profile();
    struct hf_plan asked = rig_tunnel(), plan;

    asked.address_count = HF_PLAN_ADDRESSES + 1;
    cr_expect_neq(take(&profile, &asked, &plan), HF_OK);
    asked = rig_tunnel();
    asked.route_count = HF_PLAN_ROUTES + 1;
    cr_expect_neq(take(&profile, &asked, &plan), HF_OK);
    asked = rig_tunnel();
    asked.domain_count = HF_PLAN_DOMAINS + 1;
    cr_expect_neq(take(&profile, &asked, &plan), HF_OK);
    asked = rig_tunnel();
    asked.resolver_count = SIZE_MAX;
    for (size_t i = 0; i < HF_PLAN_RESOLVERS; i++)
        asked.resolvers[i] = rig_address("10.9.0.1");
    cr_assert_eq(take(&profile, &asked, &plan), HF_OK);
    cr_expect_eq(plan.resolver_count, (size_t)HF_PLAN_RESOLVERS);
}

Test(supervisor_plan, refuses_an_mtu_out_of_range)
{
    struct hf_profile profile = full_profile();
    struct hf_plan asked = rig_tunnel(), plan;

    asked.mtu_bytes = 1279;
    cr_expect_eq(take(&profile, &asked, &plan), HF_ERR_HOSTILE_CONFIG);
}

Test(supervisor_plan, refuses_a_domain_that_could_write_a_second_line)
{
    struct hf_profile profile = full_profile();
    struct hf_plan asked = rig_tunnel(), plan;

    memcpy(asked.domains[0], "a\nnameserver 1", sizeof "a\nnameserver 1");
    asked.domain_count = 1;
    cr_expect_eq(take(&profile, &asked, &plan), HF_ERR_HOSTILE_CONFIG);
}

Test(supervisor_plan, split_takes_only_routes_within_the_include_list)
{
    struct hf_profile profile = split_profile();
    struct hf_plan asked = rig_tunnel(), plan;

    cr_expect_eq(take(&profile, &asked, &plan), HF_ERR_HOSTILE_CONFIG); /* 0.0.0.0/0 */
    asked.routes[0] = rig_prefix("10.9.0.0/16");
    cr_assert_eq(take(&profile, &asked, &plan), HF_OK);
    asked.routes[0] = rig_prefix("11.0.0.0/16");
    cr_expect_eq(take(&profile, &asked, &plan), HF_ERR_HOSTILE_CONFIG);
}

Test(supervisor_plan, split_leaves_out_a_resolver_that_the_tunnel_does_not_reach)
{
    struct hf_profile profile = split_profile();
    struct hf_plan asked = rig_tunnel(), plan;

    asked.routes[0] = rig_prefix("10.9.0.0/16");
    asked.resolvers[asked.resolver_count++] = rig_address("192.0.2.1");
    memcpy(asked.domains[0], "corp.example", sizeof "corp.example");
    asked.domain_count = 1;
    cr_assert_eq(take(&profile, &asked, &plan), HF_OK);
    cr_expect_eq(plan.resolver_count, 1);
    cr_expect_eq(plan.domain_count, 1);
    asked.resolvers[0] = rig_address("192.0.2.2");
    cr_assert_eq(take(&profile, &asked, &plan), HF_OK);
    cr_expect_eq(plan.resolver_count, 0);
    cr_expect_eq(plan.domain_count, 0);
}

Test(supervisor_plan, a_resolver_of_the_profile_that_is_not_reached_is_a_fault)
{
    struct hf_profile profile = split_profile();
    struct hf_plan asked = rig_tunnel(), plan;

    asked.routes[0] = rig_prefix("10.9.0.0/16");
    profile.resolvers[0] = rig_address("192.0.2.1");
    profile.resolver_count = 1;
    cr_expect_eq(take(&profile, &asked, &plan), HF_ERR_DNS_SETUP);
    profile.resolvers[0] = rig_address("10.9.3.3");
    cr_assert_eq(take(&profile, &asked, &plan), HF_OK);
    cr_expect(hf_address_equal(&plan.resolvers[0], &profile.resolvers[0]));
}

Test(supervisor_plan, what_is_excluded_comes_from_the_profile_alone)
{
    struct hf_profile profile = full_profile();
    struct hf_plan asked = rig_tunnel(), plan;

    asked.excluded[0] = rig_prefix("198.51.100.0/24");
    asked.excluded_count = 1;
    profile.exclude[0] = rig_prefix("192.168.7.0/24");
    profile.exclude_count = 1;
    cr_assert_eq(take(&profile, &asked, &plan), HF_OK);
    cr_assert_eq(plan.excluded_count, 1);
    cr_expect(hf_prefix_equal(&plan.excluded[0], &profile.exclude[0]));
}

/* --- holes ------------------------------------------------------------------------------------ */
Test(supervisor_plan, a_hole_is_on_the_profiles_ports)
{
    static const struct {
        uint16_t port, asked[2];
        bool good;
    } cases[] = {
        {0,     { 500, 4500 },  true },
        { 0,    { 4500, 0 },    true },
        { 0,    { 53, 0 },      false},
        { 0,    { 0, 0 },       false},
        { 5500, { 5500, 4500 }, true },
        { 5500, { 500, 0 },     false},
    };
    hf_address gateway = rig_address("203.0.113.1");

    for (size_t i = 0; i < HF_ARRAY_LEN(cases); i++) {
        struct hf_profile profile = full_profile();
        struct hf_supervisor_hole hole;

        profile.port = cases[i].port;
        cr_expect_eq(hf_supervisor_hole_take(&profile, &gateway, cases[i].asked, &hole),
                     cases[i].good, "case %zu", i);
    }
}

/* --- the firewall ----------------------------------------------------------------------------- */
static struct hf_plan made(const struct hf_profile *profile, enum hf_conn_state state,
                           const struct hf_plan *tunnel)
{
    static const struct hf_supervisor_hole hole = {
        .gateway = {HF_FAMILY_V4, { 203, 0, 113, 1 }},
          .ports = { 500,         4500              },
          .port_count = 2
    };
    hf_endpoint resolver = { rig_address("192.0.2.53"), 53 };
    struct hf_supervisor_wish wish = { .state = state,
                                       .profile = profile,
                                       .tunnel = tunnel,
                                       .hole = &hole,
                                       .resolvers = &resolver,
                                       .resolver_count = 1 };
    struct hf_plan plan;

    hf_supervisor_plan_make(&wish, &plan);
    cr_expect_eq(hf_plan_check(&plan), HF_OK);
    return plan;
}

Test(supervisor_plan, is_empty_at_rest)
{
    struct hf_profile profile = full_profile();
    struct hf_plan tunnel = rig_tunnel(), empty = hf_plan_empty(), plan;

    memcpy(tunnel.tun_name, tun_name, sizeof tun_name);
    plan = made(&profile, HF_CONN_DISCONNECTED, &tunnel);
    cr_expect(hf_plan_equal(&plan, &empty));
    plan = made(&profile, HF_CONN_FAILED, &tunnel);
    cr_expect(hf_plan_equal(&plan, &empty));
    plan = made(NULL, HF_CONN_DISCONNECTED, NULL);
    cr_expect(hf_plan_equal(&plan, &empty));
}

Test(supervisor_plan, has_the_holes_of_its_state)
{
    static const struct {
        enum hf_conn_state state;
        size_t resolvers, gateways;
    } cases[] = {
        {HF_CONN_RESOLVING,       1, 0},
        { HF_CONN_HANDSHAKING,    0, 1},
        { HF_CONN_AUTHENTICATING, 0, 1},
        { HF_CONN_NEEDS_INPUT,    0, 1},
        { HF_CONN_INSTALLING,     0, 1},
        { HF_CONN_CONNECTED,      0, 1},
        { HF_CONN_PATH_LOST,      1, 1},
        { HF_CONN_RECONNECTING,   0, 0},
        { HF_CONN_BLOCKED,        0, 0},
    };
    struct hf_profile profile = full_profile();

    for (size_t i = 0; i < HF_ARRAY_LEN(cases); i++) {
        struct hf_plan plan = made(&profile, cases[i].state, NULL);

        cr_expect(plan.firewall.block);
        cr_expect_eq(plan.firewall.resolver_count, cases[i].resolvers);
        cr_expect_eq(plan.firewall.gateway_count, cases[i].gateways);
    }
}

Test(supervisor_plan, protects_the_include_list_of_a_split_profile)
{
    struct hf_profile profile = split_profile();
    struct hf_plan plan = made(&profile, HF_CONN_RESOLVING, NULL);

    cr_assert_eq(plan.firewall.protected_count, 1);
    cr_expect(hf_prefix_equal(&plan.firewall.protected_prefixes[0], &profile.include[0]));
    profile = full_profile();
    plan = made(&profile, HF_CONN_RESOLVING, NULL);
    cr_expect_eq(plan.firewall.protected_count, 0);
}

Test(supervisor_plan, split_without_a_list_takes_and_protects_what_was_negotiated)
{
    struct hf_profile profile = split_profile();
    struct hf_plan asked = rig_tunnel(), tunnel, plan;

    profile.include_count = 0;
    plan = made(&profile, HF_CONN_RESOLVING, NULL);
    cr_expect(hf_plan_is_empty(&plan), "there is nothing to protect yet");
    asked.routes[0] = rig_prefix("10.9.0.0/16");
    cr_assert_eq(take(&profile, &asked, &tunnel), HF_OK);
    plan = made(&profile, HF_CONN_RECONNECTING, &tunnel);
    cr_expect(plan.firewall.block);
    cr_assert_eq(plan.firewall.protected_count, 1);
    cr_expect(hf_prefix_equal(&plan.firewall.protected_prefixes[0], &asked.routes[0]));
}

Test(supervisor_plan, split_that_was_given_everything_of_a_family_protects_both_halves)
{
    struct hf_profile profile = split_profile();
    struct hf_plan asked = rig_tunnel(), tunnel, plan;

    profile.include_count = 0;
    cr_assert_eq(take(&profile, &asked, &tunnel), HF_OK);
    plan = made(&profile, HF_CONN_CONNECTED, &tunnel);
    cr_assert_eq(plan.firewall.protected_count, 2);
    cr_expect_eq(plan.firewall.protected_prefixes[0].address.octets[0], 0);
    cr_expect_eq(plan.firewall.protected_prefixes[1].address.octets[0], 0x80);
}

Test(supervisor_plan, protects_everything_where_the_list_is_too_long)
{
    struct hf_profile profile = split_profile();
    struct hf_plan tunnel = rig_tunnel(), plan;

    memcpy(tunnel.tun_name, tun_name, sizeof tun_name);
    for (size_t i = 0; i < HF_PLAN_ROUTES; i++) {
        tunnel.routes[i] = rig_prefix("11.0.0.0/16");
        tunnel.routes[i].address.octets[1] = (uint8_t)i;
    }
    tunnel.route_count = HF_PLAN_ROUTES;
    plan = made(&profile, HF_CONN_CONNECTED, &tunnel);
    cr_expect(plan.firewall.block);
    cr_expect_eq(plan.firewall.protected_count, 0);
}
