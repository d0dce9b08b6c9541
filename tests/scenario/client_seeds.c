/* Many seeds of the whole client: scenario-client COUNT [FIRST]. Every story is told twice, and
 * must be the same. */
#include "scenario/client_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/hex.h"

#define ACTS 25

static void user_acts(struct world *world)
{
    struct hf_profile *profile = &world->profiles[world_roll(world, WORLD_PROFILES)];
    uint64_t what = world_roll(world, 9);

    world_note(world, "the user acts: %llu, %s (%s)", (unsigned long long)what, profile->id,
               hf_lock_mode_name(profile->lock));
    if (what <= 4)
        world_release_always(world, profile);
    if (what <= 3)
        hf_supervisor_connect(world->daemon, profile, world->now);
    else if (what == 4)
        hf_supervisor_reconnect(world->daemon, profile, world->now);
    else if (what <= 6)
        hf_supervisor_disconnect(world->daemon, world->now);
    else if (what == 7)
        world_note(world, "paused: %d",
                   hf_supervisor_pause(world->daemon,
                                       world->now + HF_SECONDS(1 + world_roll(world, 120)),
                                       world->now));
    else {
        world_release_always(world, NULL);
        hf_supervisor_unblock(world->daemon, world->now);
    }
}

static void host_acts(struct world *world)
{
    static const hf_status refusals[] = { HF_ERR_FIREWALL, HF_ERR_LOCAL_SETUP, HF_ERR_DNS_SETUP };
    uint64_t what = world_roll(world, 7);

    world_note(world, "the host acts: %llu", (unsigned long long)what);
    if (what == 0)
        world_engine_dies(world);
    else if (what == 1)
        world_netd_dies(world, world_roll(world, HF_SECONDS(20)));
    else if (what == 2)
        world_daemon_dies(world);
    else if (what <= 4)
        world_set_online(world, !world->online);
    else {
        world->netd.fail_after = world_roll(world, 4);
        world->netd.fail_with = refusals[world_roll(world, HF_ARRAY_LEN(refusals))];
    }
}

static void network_acts(struct world *world)
{
    struct hf_attempt_usage usage = { .last_sent = world->now };
    uint64_t what = world_roll(world, 8);

    world_note(world, "the network acts: %llu", (unsigned long long)what);
    if (what == 0)
        world->silent = !world->silent;
    else if (what == 1)
        sim_gateway_restart(world->gateway);
    else if (what == 2)
        (void)sim_gateway_delete_ike(world->gateway, world->now);
    else if (what == 3)
        (void)sim_gateway_rekey_child(world->gateway, world->now);
    else if (what == 4)
        world->network = (struct sim_network){ .lose = (unsigned)world_roll(world, 300),
                                               .duplicate = (unsigned)world_roll(world, 300),
                                               .corrupt = (unsigned)world_roll(world, 200),
                                               .reorder = (unsigned)world_roll(world, 500) };
    else if (what == 5 && world->attempt != NULL)
        hf_attempt_rekey(world->attempt, world_roll(world, 2) == 0, world->now);
    else if (world->attempt != NULL)
        hf_attempt_handle_usage(world->attempt, &usage, world->now); /* nothing came back yet */
}

static void act(struct world *world)
{
    uint64_t who = world_roll(world, 3);

    if (who == 0)
        user_acts(world);
    else if (who == 1)
        host_acts(world);
    else
        network_acts(world);
}

/* From a few milliseconds, in the middle of something, to minutes. */
static hf_duration pause_of(struct world *world)
{
    static const hf_duration most[] = { HF_MILLIS(5), HF_MILLIS(100), HF_SECONDS(3), HF_SECONDS(20),
                                        HF_MINUTES(3) };

    return world_roll(world, most[world_roll(world, HF_ARRAY_LEN(most))]);
}

/* All is well for long, and packets are sent: what the gateway forgot is noticed by them alone. */
static void let_settle(struct world *world)
{
    struct hf_attempt_usage usage = { 0 };

    world->network = (struct sim_network){ 0 };
    world->silent = false;
    world->netd.fail_with = HF_OK;
    world_set_online(world, true);
    world_advance(world, HF_MINUTES(10));
    usage.last_sent = world->now;
    if (world->attempt != NULL)
        hf_attempt_handle_usage(world->attempt, &usage, world->now);
    world_advance(world, HF_MINUTES(10));
    world_check_settled(world);
}

static struct world *tell(uint64_t seed)
{
    struct world *world = world_new(seed);

    hf_supervisor_connect(world->daemon, &world->profiles[0], world->now);
    for (int i = 0; i < ACTS; i++) {
        world_advance(world, pause_of(world));
        act(world);
        world_settle(world);
    }
    let_settle(world);
    return world;
}

static void tell_twice(uint64_t seed, unsigned visits[HF_CONN_STATE_COUNT])
{
    struct world *world = tell(seed), *again = tell(seed);

    if (!hf_bytes_equal(hf_buf_bytes(&world->trace), hf_buf_bytes(&again->trace)))
        world_broken(world, "the same seed tells another story");
    for (size_t i = 0; i < HF_CONN_STATE_COUNT; i++)
        visits[i] += world->visits[i];
    world_free(world);
    world_free(again);
}

/* A tally of states that the product can be in and no story came to would be a broken test. */
static bool tell_tally(uint64_t count, const unsigned visits[HF_CONN_STATE_COUNT])
{
    static const enum hf_conn_state expected[] = {
        HF_CONN_RESOLVING, HF_CONN_HANDSHAKING,   HF_CONN_AUTHENTICATING, HF_CONN_INSTALLING,
        HF_CONN_CONNECTED, HF_CONN_PATH_LOST,     HF_CONN_RECONNECTING,   HF_CONN_BLOCKED,
        HF_CONN_FAILED,    HF_CONN_DISCONNECTING, HF_CONN_DISCONNECTED,
    };
    bool all = true;

    printf("the whole client: %llu stories, each told twice;", (unsigned long long)count);
    for (size_t i = 0; i < HF_ARRAY_LEN(expected); i++) {
        printf(" %s %u", hf_conn_state_name(expected[i]), visits[expected[i]]);
        all = all && visits[expected[i]] != 0;
    }
    printf("\n");
    return all;
}

int main(int argc, char **argv)
{
    uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
    uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    unsigned visits[HF_CONN_STATE_COUNT] = { 0 };

    if (count == 0) {
        fprintf(stderr, "usage: scenario-client COUNT [FIRST]\n");
        return 2;
    }
    for (uint64_t seed = first; seed < first + count; seed++)
        tell_twice(seed, visits);
    return tell_tally(count, visits) || count < 100 ? 0 : 1;
}
