/* Tests of the supervisor (holdfast/supervisor.h): one connection's way through the states. */
#include "conn/supervisor_rig.h"

/* --- connecting ------------------------------------------------------------------------------- */
Test(supervisor, begins_disconnected_and_asks_nothing)
{
    struct rig rig;

    rig_init(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTED);
    cr_expect_eq(rig.applies, 0);
    cr_expect_eq(hf_supervisor_deadline(rig.supervisor), HF_NEVER);
    rig_free(&rig);
}

Test(supervisor, blocks_before_the_engine_starts)
{
    struct rig rig;

    rig_init(&rig);
    rig.hold_applies = true;
    rig_connect(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_RESOLVING);
    cr_expect_eq(rig.prepared, 1);
    cr_expect_eq(rig.started, 0);
    cr_expect(rig.asked.firewall.block);
    cr_expect_not(rig.asked.tunnel);
    rig_answer(&rig);
    cr_expect_eq(rig.started, 1);
    rig_free(&rig);
}

Test(supervisor, says_that_it_blocks_when_the_block_is_in_force_and_not_before)
{
    struct rig rig;

    rig_init(&rig);
    rig.hold_applies = true;
    rig_connect(&rig);
    cr_expect_not(rig_status(&rig).blocking);
    rig_answer(&rig);
    cr_expect(rig_status(&rig).blocking);
    rig_free(&rig);
}

Test(supervisor, saves_the_intent_before_anything_is_applied)
{
    struct rig rig;

    rig_init(&rig);
    rig.hold_applies = true;
    rig_connect(&rig);
    cr_expect(rig.intent);
    rig_free(&rig);
}

Test(supervisor, opens_the_name_hole_for_the_resolvers_it_hands_to_the_engine)
{
    struct rig rig;

    rig_init(&rig);
    rig_connect(&rig);
    cr_assert_eq(rig.in_force.firewall.resolver_count, 1);
    cr_assert_eq(rig.hints.resolver_count, 1);
    cr_expect(hf_endpoint_equal(&rig.in_force.firewall.resolvers[0], &rig.hints.resolvers[0]));
    rig_free(&rig);
}

Test(supervisor, opens_no_name_hole_for_a_gateway_given_by_address)
{
    struct rig rig;

    rig_init(&rig);
    memcpy(rig.profile.gateways[0], "203.0.113.1", sizeof "203.0.113.1");
    rig_connect(&rig);
    cr_expect_eq(rig.in_force.firewall.resolver_count, 0);
    rig_free(&rig);
}

Test(supervisor, opens_the_hole_for_exactly_the_gateway_asked_for)
{
    struct rig rig;
    hf_address gateway = rig_address("203.0.113.1");

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_HANDSHAKING);
    cr_expect(rig.underlay_told);
    cr_expect_eq(rig.underlay, HF_OK);
    cr_assert_eq(rig.in_force.firewall.gateway_count, 1);
    cr_expect(hf_address_equal(&rig.in_force.firewall.gateways[0], &gateway));
    cr_expect_eq(rig.in_force.firewall.gateway_port_count, 2);
    cr_expect_eq(rig.in_force.firewall.gateway_ports[1], 4500);
    rig_free(&rig);
}

Test(supervisor, moves_the_hole_to_the_next_gateway)
{
    struct rig rig;
    hf_address second = rig_address("203.0.113.2");

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_HANDSHAKING);
    rig.underlay_told = false;
    rig_says_gateway(&rig, "203.0.113.2");
    cr_expect(rig.underlay_told);
    cr_assert_eq(rig.in_force.firewall.gateway_count, 1);
    cr_expect(hf_address_equal(&rig.in_force.firewall.gateways[0], &second));
    rig_free(&rig);
}

Test(supervisor, tells_an_engine_that_asks_for_the_same_gateway_again)
{
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_HANDSHAKING);
    rig.underlay_told = false;
    rig_says_gateway(&rig, "203.0.113.1");
    cr_expect(rig.underlay_told);
    rig_free(&rig);
}

Test(supervisor, authenticating_changes_nothing_on_the_host)
{
    struct rig rig;
    unsigned applies;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_HANDSHAKING);
    applies = rig.applies;
    rig_reach(&rig, HF_CONN_AUTHENTICATING);
    cr_expect_eq(rig.applies, applies);
    rig_free(&rig);
}

Test(supervisor, is_connected_only_when_the_plan_is_in_force)
{
    struct rig rig;
    struct hf_plan tunnel = rig_tunnel();

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_AUTHENTICATING);
    rig.hold_applies = true;
    rig_says_install(&rig, &tunnel);
    cr_expect_eq(rig_state(&rig), HF_CONN_INSTALLING);
    rig_says_state(&rig, HF_CONN_CONNECTED); /* not for an engine to decide */
    cr_expect_eq(rig_state(&rig), HF_CONN_INSTALLING);
    rig.hold_applies = false;
    rig_answer(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_CONNECTED);
    cr_expect(rig.installed_told);
    cr_expect_eq(rig.installed, HF_OK);
    cr_expect(rig.in_force.tunnel);
    cr_expect_str_eq(rig.in_force.tun_name, "hold0");
    rig_free(&rig);
}

/* The plan can be in force before the engine has said what was agreed on. */
Test(supervisor, remembers_what_was_agreed_on_whichever_comes_first)
{
    struct hf_plan tunnel = rig_tunnel();
    struct rig rig;

    for (int summary_first = 0; summary_first < 2; summary_first++) {
        rig_init(&rig);
        rig_reach(&rig, HF_CONN_AUTHENTICATING);
        rig.hold_applies = true;
        rig_says_install(&rig, &tunnel);
        if (summary_first)
            rig_says_summary(&rig, "203.0.113.1");
        cr_expect_eq(rig.remembered, 0);
        rig_answer(&rig);
        if (!summary_first)
            rig_says_summary(&rig, "203.0.113.1");
        cr_expect_eq(rig_state(&rig), HF_CONN_CONNECTED);
        cr_expect_eq(rig.remembered, 1);
        rig_free(&rig);
    }
}

Test(supervisor, connects_with_three_plans_and_none_more)
{
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_CONNECTED);
    cr_expect_eq(rig.applies, 3); /* block and name hole; gateway hole; tunnel */
    rig_free(&rig);
}

Test(supervisor, connecting_again_to_the_same_profile_changes_nothing)
{
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_CONNECTED);
    rig_connect(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_CONNECTED);
    cr_expect_eq(rig.started, 1);
    rig_free(&rig);
}

Test(supervisor, without_a_lock_only_the_tunnel_touches_the_host)
{
    struct rig rig;

    rig_init(&rig);
    rig.profile.lock = HF_LOCK_OFF;
    rig_reach(&rig, HF_CONN_AUTHENTICATING);
    cr_expect_eq(rig.applies, 0);
    rig_reach(&rig, HF_CONN_CONNECTED);
    cr_expect_eq(rig.applies, 1);
    cr_expect_not(rig.in_force.firewall.block);
    rig_free(&rig);
}

/* --- failing ---------------------------------------------------------------------------------- */
Test(supervisor, an_attempt_that_fails_before_the_first_tunnel_releases_the_block)
{
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_AUTHENTICATING);
    rig_says_ended(&rig, HF_ERR_AUTH_REJECTED, HF_STAGE_AUTHENTICATION);
    cr_expect_eq(rig_state(&rig), HF_CONN_FAILED);
    cr_expect_eq(rig_status(&rig).fault.status, HF_ERR_AUTH_REJECTED);
    cr_expect(hf_plan_is_empty(&rig.in_force));
    cr_expect_not(rig.intent);
    cr_expect_eq(hf_supervisor_deadline(rig.supervisor), HF_NEVER);
    rig_free(&rig);
}

Test(supervisor, is_failed_only_when_the_block_is_gone)
{
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_AUTHENTICATING);
    rig.hold_applies = true;
    rig_says_ended(&rig, HF_ERR_AUTH_REJECTED, HF_STAGE_AUTHENTICATION);
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTING);
    cr_expect(rig_status(&rig).blocking);
    rig_answer(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_FAILED);
    rig_free(&rig);
}

/* Without a lock the plan in force is empty all along, but a device was made for the tunnel. */
Test(supervisor, an_attempt_that_fails_without_a_lock_takes_back_the_device)
{
    struct rig rig;

    rig_init(&rig);
    rig.profile.lock = HF_LOCK_OFF;
    rig_reach(&rig, HF_CONN_AUTHENTICATING);
    cr_expect_eq(rig.applies, 0);
    rig_says_ended(&rig, HF_ERR_AUTH_REJECTED, HF_STAGE_AUTHENTICATION);
    cr_expect_eq(rig_state(&rig), HF_CONN_FAILED);
    cr_expect_eq(rig.applies, 1);
    cr_expect(hf_plan_is_empty(&rig.in_force));
    rig_free(&rig);
}

Test(supervisor, a_profile_that_cannot_be_used_fails_at_once_and_disturbs_no_tunnel)
{
    struct hf_fault fault = hf_fault_make(HF_ERR_CREDENTIAL_MISSING, HF_STAGE_PROFILE);
    struct rig rig;

    rig_init(&rig);
    hf_supervisor_refuse(rig.supervisor, &fault, 0);
    rig_drain(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_FAILED);
    cr_expect_eq(rig_status(&rig).fault.status, HF_ERR_CREDENTIAL_MISSING);
    cr_expect_eq(rig.applies, 0);
    rig_reach(&rig, HF_CONN_CONNECTED);
    hf_supervisor_refuse(rig.supervisor, &fault, 0);
    rig_drain(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_CONNECTED);
    cr_expect_eq(rig_status(&rig).fault.status, HF_OK);
    rig_free(&rig);
}

Test(supervisor, auto_connect_holds_the_block_and_tries_again)
{
    struct rig rig;

    rig_init(&rig);
    rig.profile.auto_connect = true;
    rig_reach(&rig, HF_CONN_HANDSHAKING);
    rig_says_ended(&rig, HF_ERR_NO_REPLY, HF_STAGE_HANDSHAKE);
    cr_expect_eq(rig_state(&rig), HF_CONN_RECONNECTING);
    cr_expect(rig.in_force.firewall.block);
    cr_expect(rig.intent);
    rig_advance(&rig, HF_SECONDS(2));
    cr_expect_eq(rig_state(&rig), HF_CONN_RESOLVING);
    cr_expect_eq(rig.started, 2);
    rig_free(&rig);
}

Test(supervisor, a_block_that_is_refused_is_a_failure_with_nothing_changed)
{
    struct rig rig;

    rig_init(&rig);
    rig.refuses = HF_ERR_FIREWALL;
    rig_connect(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_FAILED);
    cr_expect_eq(rig_status(&rig).fault.status, HF_ERR_FIREWALL);
    cr_expect_eq(rig.started, 0);
    cr_expect_eq(rig.applies, 1);
    rig_free(&rig);
}

Test(supervisor, a_tunnel_that_is_refused_lets_the_engine_say_goodbye_and_fails)
{
    struct rig rig;
    struct hf_plan tunnel = rig_tunnel();

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_AUTHENTICATING);
    rig.refuses_tunnel = HF_ERR_DNS_SETUP;
    rig_says_install(&rig, &tunnel);
    cr_expect_eq(rig_state(&rig), HF_CONN_INSTALLING);
    cr_expect_eq(rig.installed, HF_ERR_DNS_SETUP);
    rig_says_ended(&rig, HF_ERR_DNS_SETUP, HF_STAGE_INSTALL);
    cr_expect_eq(rig_state(&rig), HF_CONN_FAILED);
    cr_expect(hf_plan_is_empty(&rig.in_force));
    rig_free(&rig);
}

Test(supervisor, a_refused_tunnel_fails_in_time_though_the_engine_is_silent)
{
    struct rig rig;
    struct hf_plan tunnel = rig_tunnel();

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_AUTHENTICATING);
    rig.refuses_tunnel = HF_ERR_LOCAL_SETUP;
    rig_says_install(&rig, &tunnel);
    rig_advance(&rig, HF_SECONDS(3));
    cr_expect_eq(rig_state(&rig), HF_CONN_FAILED);
    cr_expect_eq(rig_status(&rig).fault.status, HF_ERR_LOCAL_SETUP);
    cr_expect_eq(rig.stopped, 1);
    rig_free(&rig);
}

Test(supervisor, silence_without_a_network_is_named_so)
{
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_HANDSHAKING);
    rig_online(&rig, false);
    rig_says_ended(&rig, HF_ERR_NO_REPLY, HF_STAGE_HANDSHAKE);
    cr_expect_eq(rig_status(&rig).fault.status, HF_ERR_NO_NETWORK);
    rig_free(&rig);
}

Test(supervisor, an_engine_that_hangs_is_ended_in_every_stage)
{
    static const enum hf_conn_state stages[] = { HF_CONN_RESOLVING, HF_CONN_HANDSHAKING,
                                                 HF_CONN_AUTHENTICATING };

    for (size_t i = 0; i < HF_ARRAY_LEN(stages); i++) {
        struct rig rig;

        rig_init(&rig);
        rig_reach(&rig, stages[i]);
        rig_advance(&rig, HF_SECONDS(61));
        cr_expect_eq(rig_state(&rig), HF_CONN_FAILED);
        cr_expect_eq(rig_status(&rig).fault.status, HF_ERR_TIMEOUT);
        cr_expect_eq(rig.stopped, 1);
        rig_free(&rig);
    }
}

Test(supervisor, a_secret_that_nobody_gives_ends_the_attempt)
{
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_AUTHENTICATING);
    rig_says_state(&rig, HF_CONN_NEEDS_INPUT);
    cr_expect_eq(rig_state(&rig), HF_CONN_NEEDS_INPUT);
    rig_advance(&rig, HF_MINUTES(3));
    cr_expect_eq(rig_state(&rig), HF_CONN_FAILED);
    cr_expect_eq(rig_status(&rig).fault.status, HF_ERR_SECRET_NEEDED);
    rig_free(&rig);
}

Test(supervisor, nobody_is_asked_for_a_secret_that_the_profile_does_not_use)
{
    struct hf_attempt_event wanted = { .type = HF_ATTEMPT_SECRET_WANTED };
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_AUTHENTICATING);
    wanted.secret = HF_SECRET_PASSWORD;
    hf_supervisor_handle_event(rig.supervisor, &wanted, rig.now);
    cr_expect_eq(rig_state(&rig), HF_CONN_AUTHENTICATING);
    wanted.secret = HF_SECRET_KEY_PASSPHRASE;
    hf_supervisor_handle_event(rig.supervisor, &wanted, rig.now);
    cr_expect_eq(rig_state(&rig), HF_CONN_NEEDS_INPUT);
    rig_free(&rig);
}

/* --- disconnecting ---------------------------------------------------------------------------- */
Test(supervisor, disconnecting_says_goodbye_through_the_hole_then_reverts)
{
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_CONNECTED);
    rig_disconnect(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTING);
    cr_expect_eq(rig.goodbyes, 1);
    cr_expect_eq(rig.in_force.firewall.gateway_count, 1);
    cr_expect_not(rig.intent);
    rig_says_ended(&rig, HF_OK, HF_STAGE_NONE);
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTED);
    cr_expect(hf_plan_is_empty(&rig.in_force));
    cr_expect_eq(rig_status(&rig).fault.status, HF_OK);
    rig_free(&rig);
}

Test(supervisor, disconnecting_waits_two_seconds_for_a_goodbye)
{
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_CONNECTED);
    rig_disconnect(&rig);
    rig_advance(&rig, HF_MILLIS(1999));
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTING);
    rig_advance(&rig, HF_MILLIS(1));
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTED);
    cr_expect_eq(rig.stopped, 1);
    rig_free(&rig);
}

Test(supervisor, an_engine_that_dies_while_saying_goodbye_ends_it)
{
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_CONNECTED);
    rig_disconnect(&rig);
    rig_engine_dies(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTED);
    rig_free(&rig);
}

Test(supervisor, an_attempt_is_cancelled_by_disconnecting)
{
    struct rig rig;

    rig_init(&rig);
    rig.hold_applies = true;
    rig_connect(&rig);
    rig_disconnect(&rig); /* while the block is being applied */
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTING);
    cr_expect_eq(rig.stopped, 1);
    rig.hold_applies = false;
    rig_answer(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTED);
    cr_expect_eq(rig.started, 0);
    rig_free(&rig);
}

Test(supervisor, disconnecting_from_failed_forgets_the_fault)
{
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_HANDSHAKING);
    rig_says_ended(&rig, HF_ERR_NO_REPLY, HF_STAGE_HANDSHAKE);
    rig_disconnect(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTED);
    cr_expect_eq(rig_status(&rig).fault.status, HF_OK);
    rig_free(&rig);
}

Test(supervisor, a_host_that_cannot_be_reverted_is_blocked_and_tried_again)
{
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_CONNECTED);
    rig_disconnect(&rig);
    rig.refuses_empty = HF_ERR_FIREWALL;
    rig_says_ended(&rig, HF_OK, HF_STAGE_NONE);
    cr_expect_eq(rig_state(&rig), HF_CONN_BLOCKED);
    cr_expect_eq(rig_status(&rig).fault.status, HF_ERR_FIREWALL);
    cr_expect(rig_status(&rig).blocking);
    rig.refuses_empty = HF_OK;
    rig_advance(&rig, HF_SECONDS(2));
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTED);
    rig_free(&rig);
}

Test(supervisor, always_keeps_the_block_after_disconnecting_until_unblocked)
{
    struct rig rig;

    rig_init(&rig);
    rig.profile.lock = HF_LOCK_ALWAYS;
    rig_reach(&rig, HF_CONN_CONNECTED);
    rig_disconnect(&rig);
    rig_says_ended(&rig, HF_OK, HF_STAGE_NONE);
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTED);
    cr_expect(rig.in_force.firewall.block);
    cr_expect_not(rig.in_force.tunnel);
    cr_expect_eq(rig.in_force.firewall.gateway_count, 0);
    hf_supervisor_unblock(rig.supervisor, rig.now);
    rig_drain(&rig);
    cr_expect(hf_plan_is_empty(&rig.in_force));
    rig_free(&rig);
}

Test(supervisor, unblock_ends_everything_from_every_state)
{
    static const enum hf_conn_state states[] = { HF_CONN_RESOLVING, HF_CONN_HANDSHAKING,
                                                 HF_CONN_AUTHENTICATING, HF_CONN_CONNECTED };

    for (size_t i = 0; i < HF_ARRAY_LEN(states); i++) {
        struct rig rig;

        rig_init(&rig);
        rig_reach(&rig, states[i]);
        hf_supervisor_unblock(rig.supervisor, rig.now);
        rig_drain(&rig);
        cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTED);
        cr_expect(hf_plan_is_empty(&rig.in_force));
        cr_expect_eq(rig.stopped, 1);
        cr_expect_not(rig.intent);
        rig_free(&rig);
    }
}

/* --- another profile -------------------------------------------------------------------------- */
Test(supervisor, connecting_to_another_profile_ends_the_first_and_never_opens)
{
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_CONNECTED);
    memcpy(rig.profile.id, "second", sizeof "second");
    rig_connect(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTING);
    cr_expect_eq(rig.goodbyes, 1);
    rig.hold_applies = true;
    rig_says_ended(&rig, HF_OK, HF_STAGE_NONE);
    cr_expect(rig.asked.firewall.block);
    cr_expect_not(rig.asked.tunnel);
    rig.hold_applies = false;
    rig_answer(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_RESOLVING);
    cr_expect_str_eq(rig_status(&rig).profile, "second");
    cr_expect_eq(rig.started, 2);
    cr_expect(rig.intent);
    rig_free(&rig);
}

Test(supervisor, reconnecting_sets_the_same_profile_up_anew_and_never_opens)
{
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_CONNECTED);
    hf_supervisor_reconnect(rig.supervisor, &rig.profile, rig.now);
    rig_drain(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTING);
    cr_expect_eq(rig.goodbyes, 1);
    rig.hold_applies = true;
    rig_says_ended(&rig, HF_OK, HF_STAGE_NONE);
    cr_expect(rig.asked.firewall.block);
    cr_expect_not(rig.asked.tunnel);
    rig.hold_applies = false;
    rig_answer(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_RESOLVING);
    cr_expect_eq(rig.started, 2);
    cr_expect(rig.intent);
    rig_free(&rig);
}

Test(supervisor, the_profile_that_waits_can_be_called_off)
{
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_CONNECTED);
    memcpy(rig.profile.id, "second", sizeof "second");
    rig_connect(&rig);
    rig_disconnect(&rig);
    rig_says_ended(&rig, HF_OK, HF_STAGE_NONE);
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTED);
    cr_expect_not(rig.intent);
    rig_free(&rig);
}

/* --- what an engine asks for ------------------------------------------------------------------ */
Test(supervisor, a_gateway_that_is_no_host_ends_the_attempt)
{
    static const char *const bad[] = { "127.0.0.1", "0.0.0.0", "224.0.0.1", "::1", "ff02::1" };

    for (size_t i = 0; i < HF_ARRAY_LEN(bad); i++) {
        struct rig rig;

        rig_init(&rig);
        rig_reach(&rig, HF_CONN_RESOLVING);
        rig_says_gateway(&rig, bad[i]);
        cr_expect_eq(rig_state(&rig), HF_CONN_FAILED);
        cr_expect_eq(rig_status(&rig).fault.status, HF_ERR_HOSTILE_CONFIG);
        rig_free(&rig);
    }
}

Test(supervisor, a_gateway_beside_the_addresses_of_the_profile_ends_the_attempt)
{
    struct rig rig;

    rig_init(&rig);
    memcpy(rig.profile.gateways[0], "203.0.113.9", sizeof "203.0.113.9");
    rig_reach(&rig, HF_CONN_RESOLVING);
    rig_says_gateway(&rig, "203.0.113.1");
    cr_expect_eq(rig_state(&rig), HF_CONN_FAILED);
    rig_free(&rig);
}

Test(supervisor, an_engine_cannot_open_holes_without_end)
{
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_HANDSHAKING);
    for (int i = 0; i < 63; i++)
        rig_says_gateway(&rig, "203.0.113.2");
    cr_expect_eq(rig_state(&rig), HF_CONN_HANDSHAKING);
    rig_says_gateway(&rig, "203.0.113.2");
    cr_expect_eq(rig_state(&rig), HF_CONN_FAILED);
    rig_free(&rig);
}

Test(supervisor, a_hostile_plan_ends_the_attempt)
{
    struct rig rig;
    struct hf_plan tunnel = rig_tunnel();

    tunnel.addresses[0] = rig_prefix("127.0.0.1/32");
    rig_init(&rig);
    rig_reach(&rig, HF_CONN_AUTHENTICATING);
    rig_says_install(&rig, &tunnel);
    cr_expect_eq(rig_state(&rig), HF_CONN_FAILED);
    cr_expect_eq(rig_status(&rig).fault.status, HF_ERR_HOSTILE_CONFIG);
    cr_expect_str_eq(rig_status(&rig).fault.received, "127.0.0.1/32");
    rig_free(&rig);
}

Test(supervisor, an_engine_never_sets_the_firewall)
{
    struct rig rig;
    struct hf_plan tunnel = rig_tunnel();

    tunnel.firewall.allow_lan = true;
    tunnel.firewall.protected_prefixes[0] = rig_prefix("10.0.0.0/8");
    tunnel.firewall.protected_count = 1;
    rig_init(&rig);
    rig_reach(&rig, HF_CONN_AUTHENTICATING);
    rig_says_install(&rig, &tunnel);
    cr_expect(rig.in_force.firewall.block);
    cr_expect_not(rig.in_force.firewall.allow_lan);
    cr_expect_eq(rig.in_force.firewall.protected_count, 0);
    rig_free(&rig);
}

Test(supervisor, a_plan_out_of_turn_is_ignored)
{
    struct rig rig;
    struct hf_plan tunnel = rig_tunnel();

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_HANDSHAKING);
    rig_says_install(&rig, &tunnel);
    cr_expect_eq(rig_state(&rig), HF_CONN_HANDSHAKING);
    cr_expect_not(rig.in_force.tunnel);
    rig_free(&rig);
}

Test(supervisor, what_an_ended_engine_says_is_ignored)
{
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_HANDSHAKING);
    rig_says_ended(&rig, HF_ERR_NO_REPLY, HF_STAGE_HANDSHAKE);
    rig_says_gateway(&rig, "203.0.113.1");
    rig_says_state(&rig, HF_CONN_AUTHENTICATING);
    cr_expect_eq(rig_state(&rig), HF_CONN_FAILED);
    cr_expect(hf_plan_is_empty(&rig.in_force));
    rig_free(&rig);
}
