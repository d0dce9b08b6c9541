/* Tests of the supervisor: what happens when engines, netd, the network or the daemon itself go
 * away (the second table of the design, section 2). */
#include "conn/supervisor_rig.h"

#include <string.h>

/* --- the engine ------------------------------------------------------------------------------- */
Test(supervisor_loss, a_lost_engine_leaves_the_block_and_the_tunnel_and_closes_the_hole)
{
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_CONNECTED);
    rig_engine_dies(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_RECONNECTING);
    cr_expect_eq(rig_status(&rig).fault.status, HF_ERR_ENGINE_LOST);
    cr_expect(rig.in_force.firewall.block);
    cr_expect(rig.in_force.tunnel);
    cr_expect_eq(rig.in_force.firewall.gateway_count, 0);
    rig_free(&rig);
}

Test(supervisor_loss, a_new_engine_starts_at_once_after_a_tunnel_broke)
{
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_CONNECTED);
    rig_engine_dies(&rig);
    cr_expect_eq(rig_status(&rig).next_attempt_at, rig.now);
    rig_advance(&rig, 0);
    cr_expect_eq(rig.started, 2);
    cr_expect_eq(rig_status(&rig).attempt, 1);
    cr_expect(rig.in_force.tunnel, "addresses and routes stay while reconnecting");
    rig_reach(&rig, HF_CONN_CONNECTED);
    cr_expect_eq(rig_status(&rig).attempt, 0);
    cr_expect_eq(rig_status(&rig).fault.status, HF_OK);
    rig_free(&rig);
}

Test(supervisor_loss, waits_double_up_to_a_minute_with_jitter)
{
    static const unsigned seconds[] = { 1, 2, 4, 8, 16, 32, 60, 60, 60 };
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_CONNECTED);
    rig_engine_dies(&rig);
    rig_advance(&rig, 0);
    for (size_t i = 0; i < HF_ARRAY_LEN(seconds); i++) {
        hf_duration wait;

        rig_says_ended(&rig, HF_ERR_NO_REPLY, HF_STAGE_HANDSHAKE);
        cr_assert_eq(rig_state(&rig), HF_CONN_RECONNECTING);
        wait = rig_status(&rig).next_attempt_at - rig.now;
        cr_expect_geq(wait, HF_MILLIS(875) * seconds[i]);
        cr_expect_leq(wait, HF_MILLIS(1125) * seconds[i]);
        rig_advance(&rig, wait);
        cr_assert_eq(rig_state(&rig), HF_CONN_RESOLVING);
    }
    cr_expect_eq(rig_status(&rig).attempt, 10);
    rig_free(&rig);
}

Test(supervisor_loss, a_tunnel_that_breaks_at_once_again_and_again_is_not_tried_without_a_wait)
{
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_CONNECTED);
    rig_engine_dies(&rig);
    rig_reach(&rig, HF_CONN_CONNECTED);
    rig_advance(&rig, HF_SECONDS(1));
    rig_engine_dies(&rig);
    cr_expect_gt(rig_status(&rig).next_attempt_at, rig.now);
    rig_reach(&rig, HF_CONN_CONNECTED);
    rig_advance(&rig, HF_SECONDS(5)); /* long enough to count as good */
    rig_engine_dies(&rig);
    cr_expect_eq(rig_status(&rig).next_attempt_at, rig.now);
    rig_free(&rig);
}

Test(supervisor_loss, the_gateway_refusing_a_second_time_does_not_open_the_block)
{
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_CONNECTED);
    rig_says_ended(&rig, HF_ERR_PEER_GONE, HF_STAGE_TUNNEL);
    rig_reach(&rig, HF_CONN_AUTHENTICATING);
    rig_says_ended(&rig, HF_ERR_AUTH_REJECTED, HF_STAGE_AUTHENTICATION);
    cr_expect_eq(rig_state(&rig), HF_CONN_RECONNECTING);
    cr_expect(rig.in_force.firewall.block);
    rig_free(&rig);
}

Test(supervisor_loss, an_end_that_nobody_asked_for_is_a_loss)
{
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_CONNECTED);
    rig_says_ended(&rig, HF_OK, HF_STAGE_NONE);
    cr_expect_eq(rig_state(&rig), HF_CONN_RECONNECTING);
    cr_expect_eq(rig_status(&rig).fault.status, HF_ERR_ENGINE_LOST);
    rig_free(&rig);
}

Test(supervisor_loss, a_lost_path_keeps_everything_and_comes_back)
{
    struct rig rig;
    struct hf_plan before;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_CONNECTED);
    before = rig.in_force;
    rig_says_state(&rig, HF_CONN_PATH_LOST);
    cr_expect_eq(rig_state(&rig), HF_CONN_PATH_LOST);
    cr_expect(rig.in_force.firewall.block && rig.in_force.tunnel);
    cr_expect_eq(rig.in_force.firewall.gateway_count, 1);
    cr_expect_eq(rig.in_force.firewall.resolver_count, 1, "its name is asked again");
    rig_says_state(&rig, HF_CONN_CONNECTED);
    cr_expect_eq(rig_state(&rig), HF_CONN_CONNECTED);
    cr_expect(hf_plan_equal(&rig.in_force, &before));
    rig_free(&rig);
}

Test(supervisor_loss, a_lost_path_to_an_address_changes_nothing_on_the_host)
{
    static const char literal[] = "203.0.113.1";
    struct rig rig;
    unsigned applies;

    rig_init(&rig);
    memcpy(rig.profile.gateways[0], literal, sizeof literal);
    rig_reach(&rig, HF_CONN_CONNECTED);
    applies = rig.applies;
    rig_says_state(&rig, HF_CONN_PATH_LOST);
    rig_says_state(&rig, HF_CONN_CONNECTED);
    cr_expect_eq(rig.applies, applies);
    rig_free(&rig);
}

Test(supervisor_loss, the_user_can_disconnect_while_reconnecting)
{
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_CONNECTED);
    rig_engine_dies(&rig);
    rig_disconnect(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTED);
    cr_expect(hf_plan_is_empty(&rig.in_force));
    rig_advance(&rig, HF_MINUTES(10));
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTED);
    cr_expect_eq(rig.started, 1);
    rig_free(&rig);
}

Test(supervisor_loss, connecting_again_while_reconnecting_ends_the_wait)
{
    struct rig rig;

    rig_init(&rig);
    rig.profile.auto_connect = true;
    rig_reach(&rig, HF_CONN_HANDSHAKING);
    rig_says_ended(&rig, HF_ERR_NO_REPLY, HF_STAGE_HANDSHAKE);
    rig_connect(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_RESOLVING);
    rig_free(&rig);
}

/* --- the network ------------------------------------------------------------------------------ */
Test(supervisor_loss, a_new_uplink_ends_the_wait)
{
    struct rig rig;

    rig_init(&rig);
    rig.profile.auto_connect = true;
    rig_reach(&rig, HF_CONN_HANDSHAKING);
    rig_says_ended(&rig, HF_ERR_NO_REPLY, HF_STAGE_HANDSHAKE);
    rig_online(&rig, true); /* another network than before */
    cr_expect_eq(rig_state(&rig), HF_CONN_RESOLVING);
    rig_says_ended(&rig, HF_ERR_NO_REPLY, HF_STAGE_HANDSHAKE);
    rig_online(&rig, true); /* the same */
    cr_expect_eq(rig_state(&rig), HF_CONN_RECONNECTING);
    rig_free(&rig);
}

Test(supervisor_loss, without_a_network_it_waits_for_one)
{
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_CONNECTED);
    rig_online(&rig, false);
    rig_says_ended(&rig, HF_ERR_PEER_GONE, HF_STAGE_TUNNEL);
    cr_expect_eq(rig_state(&rig), HF_CONN_RECONNECTING);
    cr_expect_eq(rig_status(&rig).next_attempt_at, HF_NEVER);
    rig_advance(&rig, HF_MINUTES(60));
    cr_expect_eq(rig.started, 1);
    rig_online(&rig, true);
    cr_expect_eq(rig.started, 2);
    rig_free(&rig);
}

/* --- netd ------------------------------------------------------------------------------------- */
Test(supervisor_loss, netd_going_away_changes_no_state)
{
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_CONNECTED);
    hf_supervisor_handle_netd_gone(rig.supervisor, rig.now);
    rig_drain(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_CONNECTED);
    cr_expect(rig_status(&rig).blocking);
    rig_free(&rig);
}

Test(supervisor_loss, netd_coming_back_is_told_the_plan_again)
{
    struct rig rig;
    unsigned applies;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_CONNECTED);
    applies = rig.applies;
    hf_supervisor_handle_netd_gone(rig.supervisor, rig.now);
    hf_supervisor_handle_netd_back(rig.supervisor, &rig.in_force, rig.now);
    rig_drain(&rig);
    cr_expect_eq(rig.applies, applies + 1);
    cr_expect(rig.in_force.tunnel);
    cr_expect_eq(rig_state(&rig), HF_CONN_CONNECTED);
    rig_free(&rig);
}

/* Connected, and another profile is asked for, but the host does not let the first one go. */
static void get_stuck_switching(struct rig *rig)
{
    rig_init(rig);
    rig_reach(rig, HF_CONN_CONNECTED);
    hf_supervisor_handle_netd_gone(rig->supervisor, rig->now);
    memcpy(rig->profile.id, "home", sizeof "home");
    rig_connect(rig);
    rig_advance(rig, HF_SECONDS(13));
    cr_assert_eq(rig_state(rig), HF_CONN_BLOCKED);
}

Test(supervisor_loss, profile_that_waited_for_a_stuck_one_is_the_one_that_is_tried)
{
    struct rig rig;

    get_stuck_switching(&rig);
    hf_supervisor_handle_netd_back(rig.supervisor, &rig.in_force, rig.now);
    rig_drain(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_RESOLVING);
    cr_expect_str_eq(rig_status(&rig).profile, "home");
    rig_free(&rig);
}

Test(supervisor_loss, disconnecting_from_a_stuck_profile_forgets_the_one_that_waited)
{
    struct rig rig;

    get_stuck_switching(&rig);
    rig_disconnect(&rig);
    hf_supervisor_handle_netd_back(rig.supervisor, &rig.in_force, rig.now);
    rig_drain(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTED);
    cr_expect_not(rig_status(&rig).wanted);
    rig_free(&rig);
}

/* The next daemon knows no profile, but what is in force: the promise of mode `always`. */
Test(supervisor_loss, daemon_after_a_crash_keeps_the_lock_of_mode_always_while_disconnected)
{
    struct rig rig;
    struct hf_plan left = hf_plan_empty();

    rig_init(&rig);
    left.firewall.block = left.firewall.allow_lan = true;
    left.firewall.mode = HF_LOCK_ALWAYS;
    left.firewall.state = HF_CONN_DISCONNECTED;
    left.firewall.protected_prefixes[left.firewall.protected_count++] = rig_prefix("10.0.0.0/8");
    rig.in_force = left;
    hf_supervisor_handle_netd_back(rig.supervisor, &rig.in_force, rig.now);
    rig_drain(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTED);
    cr_expect(rig_status(&rig).blocking);
    cr_expect_eq(rig_status(&rig).lock, HF_LOCK_ALWAYS);
    cr_expect(hf_plan_equal(&rig.in_force, &left));
    hf_supervisor_unblock(rig.supervisor, rig.now);
    rig_drain(&rig);
    cr_expect(hf_plan_is_empty(&rig.in_force), "who asks gets it lifted");
    rig_free(&rig);
}

Test(supervisor_loss, an_answer_that_netd_took_with_it_is_asked_for_again)
{
    struct rig rig;

    rig_init(&rig);
    rig.hold_applies = true;
    rig_connect(&rig);
    hf_supervisor_handle_netd_gone(rig.supervisor, rig.now);
    rig.is_asked = false;
    rig.hold_applies = false;
    hf_supervisor_handle_netd_back(rig.supervisor, &rig.in_force, rig.now);
    rig_drain(&rig);
    cr_expect_eq(rig.started, 1);
    rig_free(&rig);
}

Test(supervisor_loss, an_answer_to_an_older_plan_is_ignored)
{
    struct rig rig;

    rig_init(&rig);
    rig.hold_applies = true;
    rig_connect(&rig);
    hf_supervisor_handle_applied(rig.supervisor, rig.serial - 1, HF_OK, rig.now);
    rig_drain(&rig);
    cr_expect_eq(rig.started, 0);
    rig_free(&rig);
}

Test(supervisor_loss, a_plan_refused_while_connected_blocks_and_is_tried_again)
{
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_CONNECTED);
    rig.refuses = HF_ERR_FIREWALL;
    hf_supervisor_handle_netd_gone(rig.supervisor, rig.now);
    hf_supervisor_handle_netd_back(rig.supervisor, &rig.in_force, rig.now);
    rig_drain(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_BLOCKED);
    cr_expect_eq(rig.stopped, 1);
    cr_expect(rig_status(&rig).blocking);
    cr_expect(rig.intent);
    rig.refuses = HF_OK;
    rig_advance(&rig, HF_SECONDS(2));
    cr_expect_eq(rig_state(&rig), HF_CONN_RESOLVING);
    rig_free(&rig);
}

Test(supervisor_loss, a_refused_plan_is_not_asked_for_in_a_loop)
{
    struct rig rig;
    unsigned applies;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_CONNECTED);
    rig.refuses = HF_ERR_FIREWALL;
    rig_engine_dies(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_BLOCKED);
    applies = rig.applies;
    for (int i = 0; i < 20; i++)
        rig_online(&rig, true);
    cr_expect_eq(rig.applies, applies);
    rig_free(&rig);
}

Test(supervisor_loss, without_netd_an_attempt_ends_as_a_local_failure)
{
    struct rig rig;

    rig_init(&rig);
    hf_supervisor_handle_netd_gone(rig.supervisor, rig.now);
    rig_connect(&rig);
    rig_advance(&rig, HF_SECONDS(50));
    hf_supervisor_handle_netd_back(rig.supervisor, &rig.in_force, rig.now);
    rig_drain(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_FAILED);
    cr_expect_eq(rig_status(&rig).fault.status, HF_ERR_LOCAL_SETUP);
    cr_expect(hf_plan_is_empty(&rig.in_force));
    rig_free(&rig);
}

Test(supervisor_loss, netd_silent_while_disconnecting_is_blocked_not_disconnected)
{
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_CONNECTED);
    rig_disconnect(&rig);
    rig.hold_applies = true;
    rig_says_ended(&rig, HF_OK, HF_STAGE_NONE);
    rig_advance(&rig, HF_SECONDS(10));
    cr_expect_eq(rig_state(&rig), HF_CONN_BLOCKED);
    cr_expect(rig_status(&rig).blocking);
    rig.hold_applies = false;
    rig_answer(&rig);
    rig_advance(&rig, HF_SECONDS(2));
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTED);
    rig_free(&rig);
}

/* --- the daemon itself ------------------------------------------------------------------------ */
Test(supervisor_loss, a_restarted_daemon_keeps_what_is_in_force_and_tries_at_once)
{
    struct rig before, after;

    rig_init(&before);
    rig_reach(&before, HF_CONN_CONNECTED);
    rig_init(&after);
    after.in_force = before.in_force;
    after.hold_applies = true;
    hf_supervisor_resume(after.supervisor, &after.profile, &before.in_force, after.now);
    rig_drain(&after);
    cr_expect_eq(rig_state(&after), HF_CONN_RECONNECTING);
    cr_expect(after.intent);
    cr_assert(after.is_asked, "the hole of the engine that is gone is closed");
    cr_expect(after.asked.firewall.block);
    cr_expect(after.asked.tunnel);
    cr_expect_eq(after.asked.firewall.gateway_count, 0);
    after.hold_applies = false;
    rig_answer(&after);
    rig_advance(&after, 0);
    cr_expect_eq(after.started, 1);
    rig_reach(&after, HF_CONN_CONNECTED);
    rig_free(&before);
    rig_free(&after);
}

Test(supervisor_loss, a_daemon_that_resumes_never_opens_when_the_attempt_fails)
{
    struct rig rig;
    struct hf_plan in_force = hf_plan_empty();

    in_force.firewall.block = true;
    rig_init(&rig);
    rig.in_force = in_force;
    hf_supervisor_resume(rig.supervisor, &rig.profile, &in_force, rig.now);
    rig_drain(&rig);
    rig_advance(&rig, 0);
    rig_says_ended(&rig, HF_ERR_NAME_TIMEOUT, HF_STAGE_RESOLVE);
    cr_expect_eq(rig_state(&rig), HF_CONN_RECONNECTING);
    cr_expect(rig.in_force.firewall.block);
    rig_free(&rig);
}

Test(supervisor_loss, a_daemon_without_an_intent_reverts_what_it_finds)
{
    struct rig rig;

    rig_init(&rig);
    rig.in_force.firewall.block = true;
    hf_supervisor_handle_netd_back(rig.supervisor, &rig.in_force, rig.now);
    rig_drain(&rig);
    cr_expect(hf_plan_is_empty(&rig.in_force));
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTED);
    rig_free(&rig);
}

/* --- the floor -------------------------------------------------------------------------------- */

Test(supervisor_loss, a_block_that_may_not_be_lifted_is_told_and_not_asked_about_again)
{
    struct rig rig;
    unsigned applies;

    rig_init(&rig);
    rig.in_force.firewall.block = true;
    rig.refuses_empty = HF_ERR_FORBIDDEN;
    hf_supervisor_handle_netd_back(rig.supervisor, &rig.in_force, rig.now);
    rig_drain(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_BLOCKED);
    cr_expect(rig_status(&rig).blocking);
    cr_expect_eq(rig_status(&rig).fault.status, HF_ERR_FORBIDDEN);
    applies = rig.applies;
    rig_advance(&rig, HF_MINUTES(10));
    cr_expect_eq(rig.applies, applies);
    rig.refuses_empty = HF_OK; /* another floor: netd says hello */
    hf_supervisor_handle_netd_back(rig.supervisor, &rig.in_force, rig.now);
    rig_drain(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTED);
    cr_expect(!rig_status(&rig).blocking);
    rig_free(&rig);
}

Test(supervisor_loss, a_refusal_where_nothing_is_blocked_is_no_block)
{
    struct rig rig;

    rig_init(&rig);
    rig.refuses_empty = HF_ERR_FIREWALL;
    hf_supervisor_handle_netd_back(rig.supervisor, &rig.in_force, rig.now);
    rig_drain(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTED);
    cr_expect_eq(rig_status(&rig).fault.status, HF_OK);
    rig_free(&rig);
}

Test(supervisor_loss, why_an_attempt_failed_is_told_where_its_block_may_not_be_lifted)
{
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_HANDSHAKING);
    rig.refuses_empty = HF_ERR_FORBIDDEN;
    rig_says_ended(&rig, HF_ERR_AUTH_REJECTED, HF_STAGE_AUTHENTICATION);
    cr_expect_eq(rig_state(&rig), HF_CONN_BLOCKED);
    cr_expect_eq(rig_status(&rig).fault.status, HF_ERR_AUTH_REJECTED);
    rig_free(&rig);
}

Test(supervisor_loss, profiles_get_the_floors_lock_where_theirs_is_weaker)
{
    struct rig rig;

    rig_init(&rig);
    hf_supervisor_handle_floor(rig.supervisor, HF_LOCK_ALWAYS);
    rig_reach(&rig, HF_CONN_CONNECTED);
    cr_expect_eq(rig.in_force.firewall.mode, HF_LOCK_ALWAYS);
    rig_disconnect(&rig);
    rig_says_ended(&rig, HF_OK, HF_STAGE_NONE);
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTED);
    cr_expect(rig_status(&rig).blocking);
    cr_expect_eq(rig_status(&rig).lock, HF_LOCK_ALWAYS);
    rig_free(&rig);
}

/* --- an attempt that must not go on ----------------------------------------------------------- */
static const struct hf_fault full_disk = { .status = HF_ERR_DISK_FULL, .stage = HF_STAGE_PROFILE };

static void abandon(struct rig *rig)
{
    hf_supervisor_abandon(rig->supervisor, &full_disk, rig->now);
    rig_drain(rig);
}

Test(supervisor_loss, an_abandoned_first_attempt_fails_and_releases_the_block)
{
    for (int auto_connect = 0; auto_connect < 2; auto_connect++) {
        struct rig rig;

        rig_init(&rig);
        rig.profile.auto_connect = auto_connect == 1;
        rig_reach(&rig, HF_CONN_HANDSHAKING);
        abandon(&rig);
        cr_expect_eq(rig_state(&rig), HF_CONN_FAILED);
        cr_expect_eq(rig_status(&rig).fault.status, HF_ERR_DISK_FULL);
        cr_expect_not(rig_status(&rig).wanted);
        cr_expect(hf_plan_is_empty(&rig.in_force));
        rig_free(&rig);
    }
}

Test(supervisor_loss, a_try_after_a_loss_is_not_abandoned)
{
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_CONNECTED);
    rig_engine_dies(&rig);
    rig_advance(&rig, 0);
    cr_assert_eq(rig_state(&rig), HF_CONN_RESOLVING);
    abandon(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_RESOLVING);
    cr_expect(rig.in_force.firewall.block);
    rig_reach(&rig, HF_CONN_CONNECTED);
    abandon(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_CONNECTED);
    rig_free(&rig);
}

Test(supervisor_loss, name_of_a_gateway_that_fell_silent_is_asked_before_its_last_address)
{
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_CONNECTED);
    cr_expect_not(rig.name_first);
    rig_says_state(&rig, HF_CONN_PATH_LOST);
    rig_says_ended(&rig, HF_ERR_PEER_GONE, HF_STAGE_TUNNEL);
    rig_advance(&rig, 0);
    cr_assert_eq(rig.started, 2);
    cr_expect(rig.name_first);
    rig_says_ended(&rig, HF_ERR_NAME_TIMEOUT, HF_STAGE_RESOLVE);
    rig_advance(&rig, HF_SECONDS(2));
    cr_assert_eq(rig.started, 3);
    cr_expect_not(rig.name_first, "the name was of no use");
    rig_free(&rig);
}

/* --- nobody can tell what was wanted ---------------------------------------------------------- */
static void keep(struct rig *rig)
{
    const struct hf_fault lost = { .status = HF_ERR_INTENT_LOST };

    rig_init(rig);
    rig->in_force = rig_tunnel();
    rig->in_force.firewall.block = true;
    hf_supervisor_keep(rig->supervisor, &rig->in_force, &lost, rig->now);
    rig_drain(rig);
}

Test(supervisor_loss, a_block_that_nobody_can_explain_stays_as_it_is)
{
    struct hf_plan before;
    struct rig rig;

    keep(&rig);
    before = rig.in_force;
    rig_advance(&rig, HF_MINUTES(60));
    rig_online(&rig, false);
    rig_online(&rig, true);
    hf_supervisor_handle_netd_gone(rig.supervisor, rig.now);
    hf_supervisor_handle_netd_back(rig.supervisor, &rig.in_force, rig.now);
    rig_drain(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_BLOCKED);
    cr_expect(rig_status(&rig).blocking);
    cr_expect_eq(rig_status(&rig).fault.status, HF_ERR_INTENT_LOST);
    cr_expect_eq(rig_status(&rig).next_attempt_at, HF_NEVER);
    cr_expect_eq(rig.applies, 0);
    cr_expect(hf_plan_equal(&rig.in_force, &before));
    rig_free(&rig);
}

Test(supervisor_loss, whoever_says_what_is_wanted_ends_such_a_block)
{
    struct rig rig;

    keep(&rig);
    rig_disconnect(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTED);
    rig_free(&rig);
    keep(&rig);
    hf_supervisor_unblock(rig.supervisor, rig.now);
    rig_drain(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTED);
    rig_free(&rig);
    keep(&rig);
    rig_connect(&rig);
    rig_reach(&rig, HF_CONN_CONNECTED);
    cr_expect(rig.in_force.firewall.block);
    rig_free(&rig);
}
