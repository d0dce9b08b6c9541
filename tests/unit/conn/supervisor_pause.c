/* Tests of pauses (holdfast/supervisor.h): down for a while, and back by itself. */
#include "conn/supervisor_rig.h"

static void pause_for(struct rig *rig, hf_duration duration)
{
    cr_assert(hf_supervisor_pause(rig->supervisor, rig->now + duration, rig->now));
    rig_drain(rig);
    if (rig->engine && rig_state(rig) == HF_CONN_DISCONNECTING)
        rig_says_ended(rig, HF_OK, HF_STAGE_NONE);
}

static void pause_a_connection(struct rig *rig, enum hf_lock_mode lock)
{
    rig_init(rig);
    rig->profile.lock = lock;
    rig_reach(rig, HF_CONN_CONNECTED);
    pause_for(rig, HF_MINUTES(5));
    cr_assert_eq(rig_state(rig), HF_CONN_DISCONNECTED);
}

Test(supervisor_pause, is_disconnected_and_says_when_it_connects_again)
{
    struct rig rig;

    pause_a_connection(&rig, HF_LOCK_SESSION);
    cr_expect_eq(rig.goodbyes, 1);
    cr_expect_not(rig_status(&rig).wanted);
    cr_expect_eq(rig_status(&rig).resume_at, rig.now + HF_MINUTES(5));
    cr_expect_eq(hf_supervisor_deadline(rig.supervisor), rig.now + HF_MINUTES(5));
    cr_expect_str_eq(rig_status(&rig).profile, "office");
    cr_expect(hf_plan_is_empty(&rig.in_force));
    rig_free(&rig);
}

Test(supervisor_pause, keeps_the_block_in_mode_always)
{
    struct rig rig;

    pause_a_connection(&rig, HF_LOCK_ALWAYS);
    cr_expect(rig_status(&rig).blocking);
    cr_expect_not(rig.in_force.tunnel);
    cr_expect_eq(rig.in_force.firewall.gateway_count, 0);
    rig_free(&rig);
}

Test(supervisor_pause, saves_when_it_ends_and_that_nothing_is_wanted_meanwhile)
{
    struct rig rig;

    pause_a_connection(&rig, HF_LOCK_SESSION);
    cr_expect_not(rig.intent);
    cr_expect_eq(rig.resume_at, rig_status(&rig).resume_at);
    rig_free(&rig);
}

Test(supervisor_pause, connects_the_same_profile_again_when_it_is_over)
{
    struct rig rig;

    pause_a_connection(&rig, HF_LOCK_SESSION);
    rig_advance(&rig, HF_MINUTES(5) - HF_SECONDS(1));
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTED);
    rig_advance(&rig, HF_SECONDS(1));
    cr_expect_eq(rig_state(&rig), HF_CONN_RESOLVING);
    cr_expect(rig.intent);
    cr_expect_eq(rig.resume_at, HF_NEVER);
    cr_expect_eq(rig_status(&rig).resume_at, HF_NEVER);
    cr_expect_str_eq(rig_status(&rig).profile, "office");
    rig_free(&rig);
}

Test(supervisor_pause, holds_the_block_when_the_attempt_after_it_fails)
{
    struct rig rig;

    pause_a_connection(&rig, HF_LOCK_SESSION);
    rig_advance(&rig, HF_MINUTES(5));
    rig_says_ended(&rig, HF_ERR_NO_REPLY, HF_STAGE_HANDSHAKE);
    cr_expect_eq(rig_state(&rig), HF_CONN_RECONNECTING);
    cr_expect(rig_status(&rig).blocking);
    rig_free(&rig);
}

Test(supervisor_pause, ends_with_a_connect)
{
    struct rig rig;

    pause_a_connection(&rig, HF_LOCK_SESSION);
    rig_reach(&rig, HF_CONN_CONNECTED);
    cr_expect_eq(rig_status(&rig).resume_at, HF_NEVER);
    rig_advance(&rig, HF_MINUTES(6));
    cr_expect_eq(rig_state(&rig), HF_CONN_CONNECTED);
    rig_free(&rig);
}

Test(supervisor_pause, is_cancelled_by_a_disconnect)
{
    struct rig rig;

    pause_a_connection(&rig, HF_LOCK_SESSION);
    rig_disconnect(&rig);
    cr_expect_eq(rig.resume_at, HF_NEVER);
    cr_expect_eq(hf_supervisor_deadline(rig.supervisor), HF_NEVER);
    rig_advance(&rig, HF_MINUTES(6));
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTED);
    rig_free(&rig);
}

Test(supervisor_pause, is_cancelled_while_the_goodbye_is_on_its_way)
{
    struct rig rig;

    rig_init(&rig);
    rig_reach(&rig, HF_CONN_CONNECTED);
    cr_assert(hf_supervisor_pause(rig.supervisor, rig.now + HF_MINUTES(5), rig.now));
    rig_drain(&rig);
    cr_assert_eq(rig_state(&rig), HF_CONN_DISCONNECTING);
    rig_disconnect(&rig);
    rig_advance(&rig, HF_MINUTES(6));
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTED);
    cr_expect_eq(rig_status(&rig).resume_at, HF_NEVER);
    rig_free(&rig);
}

Test(supervisor_pause, is_cancelled_by_an_unblock)
{
    struct rig rig;

    pause_a_connection(&rig, HF_LOCK_ALWAYS);
    hf_supervisor_unblock(rig.supervisor, rig.now);
    rig_drain(&rig);
    rig_advance(&rig, HF_MINUTES(6));
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTED);
    cr_expect(hf_plan_is_empty(&rig.in_force));
    rig_free(&rig);
}

Test(supervisor_pause, is_moved_by_another)
{
    struct rig rig;

    pause_a_connection(&rig, HF_LOCK_SESSION);
    pause_for(&rig, HF_MINUTES(10));
    rig_advance(&rig, HF_MINUTES(9));
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTED);
    rig_advance(&rig, HF_MINUTES(1));
    cr_expect_eq(rig_state(&rig), HF_CONN_RESOLVING);
    rig_free(&rig);
}

Test(supervisor_pause, needs_something_to_pause)
{
    struct rig rig;

    rig_init(&rig);
    cr_expect_not(hf_supervisor_pause(rig.supervisor, rig.now + HF_MINUTES(5), rig.now));
    rig_reach(&rig, HF_CONN_HANDSHAKING);
    rig_engine_dies(&rig);
    cr_assert_eq(rig_state(&rig), HF_CONN_FAILED);
    cr_expect_not(hf_supervisor_pause(rig.supervisor, rig.now + HF_MINUTES(5), rig.now));
    cr_expect_eq(rig_status(&rig).resume_at, HF_NEVER);
    rig_free(&rig);
}

Test(supervisor_pause, is_not_ended_by_a_profile_that_cannot_be_used)
{
    struct rig rig;
    struct hf_fault fault = { .status = HF_ERR_PROFILE_INVALID };

    pause_a_connection(&rig, HF_LOCK_SESSION);
    hf_supervisor_refuse(rig.supervisor, &fault, rig.now);
    rig_drain(&rig);
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTED);
    rig_advance(&rig, HF_MINUTES(5));
    cr_expect_eq(rig_state(&rig), HF_CONN_RESOLVING);
    rig_free(&rig);
}

static void come_up_paused(struct rig *rig, enum hf_lock_mode lock, hf_duration left)
{
    rig_init(rig);
    rig->profile.lock = lock;
    rig->in_force = rig_tunnel(); /* the daemon before us died while it disconnected */
    rig->in_force.firewall.block = true;
    hf_supervisor_stay_paused(rig->supervisor, &rig->profile, &rig->in_force, rig->now + left,
                              rig->now);
    rig_drain(rig);
}

Test(supervisor_pause, outlives_the_daemon)
{
    struct rig rig;

    come_up_paused(&rig, HF_LOCK_SESSION, HF_MINUTES(2));
    cr_expect_eq(rig_state(&rig), HF_CONN_DISCONNECTED);
    cr_expect(hf_plan_is_empty(&rig.in_force));
    cr_expect_eq(rig_status(&rig).resume_at, rig.now + HF_MINUTES(2));
    rig_advance(&rig, HF_MINUTES(2));
    cr_expect_eq(rig_state(&rig), HF_CONN_RESOLVING);
    rig_free(&rig);
}

Test(supervisor_pause, outlives_the_daemon_blocked_in_mode_always)
{
    struct rig rig;

    come_up_paused(&rig, HF_LOCK_ALWAYS, HF_MINUTES(2));
    cr_expect(rig_status(&rig).blocking);
    cr_expect_not(rig.in_force.tunnel);
    rig_free(&rig);
}

Test(supervisor_pause, is_over_at_once_where_its_end_passed_between_two_daemons)
{
    struct rig rig;

    come_up_paused(&rig, HF_LOCK_SESSION, 0);
    rig_advance(&rig, 0);
    cr_expect_eq(rig_state(&rig), HF_CONN_RESOLVING);
    rig_free(&rig);
}
