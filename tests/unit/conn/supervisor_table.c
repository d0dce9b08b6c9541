/* Tests of the supervisor's table (conn/supervisor_rules.def): as a graph, against
 * tests/golden/supervisor.dot, and walked with every pair of a state and something that can happen
 * in it. HOLDFAST_UPDATE_GOLDEN=1 writes the graph anew. */
#include "conn/supervisor_rig.h"
#include "conn/supervisor_rules.h"

#include <stdio.h>
#include <stdlib.h>

Test(supervisor_table, has_one_rule_for_a_pair_at_most)
{
    size_t count;
    const struct hf_supervisor_rule *rules = hf_supervisor_rules(&count);

    for (size_t i = 0; i < count; i++)
        cr_expect_eq(hf_supervisor_rule_find(rules[i].from, rules[i].on), &rules[i], "%s on %s",
                     hf_conn_state_name(rules[i].from), hf_supervisor_input_name(rules[i].on));
}

Test(supervisor_table, lets_the_user_out_of_every_state_that_it_enters)
{
    size_t count;
    const struct hf_supervisor_rule *rules = hf_supervisor_rules(&count);

    for (size_t i = 0; i < count; i++) {
        cr_expect_not_null(hf_supervisor_rule_find(rules[i].to, HF_SUPERVISOR_IN_UNBLOCK));
        if (rules[i].to != HF_CONN_DISCONNECTED)
            cr_expect_not_null(hf_supervisor_rule_find(rules[i].to, HF_SUPERVISOR_IN_DISCONNECT));
    }
}

static size_t print_graph(char *out, size_t size)
{
    size_t count, len = 0;
    const struct hf_supervisor_rule *rules = hf_supervisor_rules(&count);

    len += (size_t)snprintf(out + len, size - len, "digraph supervisor {\n");
    for (size_t i = 0; i < count; i++)
        len += (size_t)snprintf(out + len, size - len, "    \"%s\" -> \"%s\" [label=\"%s\"];\n",
                                hf_conn_state_name(rules[i].from), hf_conn_state_name(rules[i].to),
                                hf_supervisor_input_name(rules[i].on));
    len += (size_t)snprintf(out + len, size - len, "}\n");
    cr_assert_lt(len, size);
    return len;
}

Test(supervisor_table, is_the_graph_that_the_golden_file_shows)
{
    static char graph[16384], golden[16384];
    size_t len = print_graph(graph, sizeof graph);
    FILE *file;

    if (getenv("HOLDFAST_UPDATE_GOLDEN") != NULL) {
        file = fopen(TEST_GOLDEN "/supervisor.dot", "w");
        cr_assert_not_null(file);
        cr_assert_eq(fwrite(graph, 1, len, file), len);
        fclose(file);
    }
    file = fopen(TEST_GOLDEN "/supervisor.dot", "r");
    cr_assert_not_null(file);
    cr_expect_eq(fread(golden, 1, sizeof golden - 1, file), len);
    fclose(file);
    cr_expect_str_eq(graph, golden);
}

/* --- every state, every event ----------------------------------------------------------------- */
enum happening {
    CONNECT,
    CONNECT_OTHER,
    DISCONNECT,
    PAUSE,
    UNBLOCK,
    SAYS_RESOLVING,
    SAYS_GATEWAY,
    SAYS_AUTHENTICATING,
    SAYS_NEEDS_INPUT,
    SAYS_INSTALL,
    SAYS_HOSTILE_INSTALL,
    SAYS_CONNECTED,
    SAYS_PATH_LOST,
    SAYS_SUMMARY,
    SAYS_PROOF,
    SAYS_ONE_WAY,
    SAYS_ENDED_WELL,
    SAYS_ENDED_BADLY,
    ENGINE_DIES,
    OFFLINE,
    ONLINE,
    NETD_GOES,
    NETD_COMES,
    TIME_PASSES,
    HAPPENINGS
};

static void say(struct rig *rig, struct hf_attempt_event event)
{
    hf_supervisor_handle_event(rig->supervisor, &event, rig->now);
    rig_drain(rig);
}

static void let_engine_speak(struct rig *rig, enum happening what)
{
    struct hf_plan plan = rig_tunnel();

    switch ((int)what) {
    case SAYS_RESOLVING:
        rig_says_state(rig, HF_CONN_RESOLVING);
        return;
    case SAYS_GATEWAY:
        rig_says_gateway(rig, "203.0.113.7");
        return;
    case SAYS_AUTHENTICATING:
        rig_says_state(rig, HF_CONN_AUTHENTICATING);
        return;
    case SAYS_NEEDS_INPUT:
        say(rig, (struct hf_attempt_event){ .type = HF_ATTEMPT_SECRET_WANTED });
        return;
    case SAYS_HOSTILE_INSTALL:
        plan.mtu_bytes = 9;
        __attribute__((fallthrough));
    case SAYS_INSTALL:
        rig_says_install(rig, &plan);
        return;
    case SAYS_CONNECTED:
        rig_says_state(rig, HF_CONN_CONNECTED);
        return;
    case SAYS_PATH_LOST:
        rig_says_state(rig, HF_CONN_PATH_LOST);
        return;
    case SAYS_SUMMARY:
        say(rig, (struct hf_attempt_event){ .type = HF_ATTEMPT_SUMMARY });
        return;
    case SAYS_PROOF:
        say(rig, (struct hf_attempt_event){ .type = HF_ATTEMPT_PROOF, .at = rig->now });
        return;
    case SAYS_ONE_WAY:
        say(rig, (struct hf_attempt_event){ .type = HF_ATTEMPT_TRAFFIC, .is_one_way = true });
        return;
    case SAYS_ENDED_WELL:
        rig_says_ended(rig, HF_OK, HF_STAGE_NONE);
        return;
    case SAYS_ENDED_BADLY:
        rig_says_ended(rig, HF_ERR_PEER_ERROR, HF_STAGE_AUTHENTICATION);
        return;
    case ENGINE_DIES:
        rig_engine_dies(rig);
        return;
    }
}

static void happen(struct rig *rig, enum happening what)
{
    switch ((int)what) {
    case CONNECT_OTHER:
        memcpy(rig->profile.id, "another", sizeof "another");
        __attribute__((fallthrough));
    case CONNECT:
        rig_connect(rig);
        return;
    case DISCONNECT:
        rig_disconnect(rig);
        return;
    case PAUSE:
        if (!hf_supervisor_pause(rig->supervisor, rig->now + HF_SECONDS(3), rig->now))
            return; /* nothing to pause */
        break;
    case UNBLOCK:
        hf_supervisor_unblock(rig->supervisor, rig->now);
        break;
    case OFFLINE:
        rig_online(rig, false);
        return;
    case ONLINE:
        rig_online(rig, true);
        return;
    case NETD_GOES:
        hf_supervisor_handle_netd_gone(rig->supervisor, rig->now);
        rig->is_asked = false;
        hf_supervisor_handle_netd_back(rig->supervisor, &rig->in_force, rig->now);
        break;
    case NETD_COMES:
        hf_supervisor_handle_netd_back(rig->supervisor, &rig->in_force, rig->now);
        break;
    case TIME_PASSES:
        rig_advance(rig, HF_SECONDS(1));
        return;
    default:
        let_engine_speak(rig, what);
        return;
    }
    rig_drain(rig);
}

static void reach(struct rig *rig, enum hf_conn_state state)
{
    if (state == HF_CONN_FAILED || state == HF_CONN_RECONNECTING) {
        rig_reach(rig, state == HF_CONN_FAILED ? HF_CONN_HANDSHAKING : HF_CONN_CONNECTED);
        rig_engine_dies(rig);
    } else if (state == HF_CONN_NEEDS_INPUT) {
        rig_reach(rig, HF_CONN_AUTHENTICATING);
        rig_says_state(rig, state);
    } else if (state == HF_CONN_INSTALLING) {
        struct hf_plan tunnel = rig_tunnel();

        rig_reach(rig, HF_CONN_AUTHENTICATING);
        rig->hold_applies = true;
        rig_says_install(rig, &tunnel);
    } else if (state == HF_CONN_PATH_LOST) {
        rig_reach(rig, HF_CONN_CONNECTED);
        rig_says_state(rig, state);
    } else if (state == HF_CONN_DISCONNECTING) {
        rig_reach(rig, HF_CONN_CONNECTED);
        rig_disconnect(rig);
    } else if (state == HF_CONN_BLOCKED) {
        rig_reach(rig, HF_CONN_CONNECTED);
        rig->refuses = HF_ERR_FIREWALL;
        rig_engine_dies(rig);
        rig->refuses = HF_OK;
        rig->in_force.firewall.gateway_count = 0; /* what was refused; the block itself is there */
    } else {
        rig_reach(rig, state);
    }
    cr_assert_eq(rig_state(rig), state);
}

static bool is_reached(enum hf_conn_state state)
{
    return state != HF_CONN_ASLEEP && state != HF_CONN_PORTAL;
}

static bool is_rest(enum hf_conn_state state)
{
    return state == HF_CONN_DISCONNECTED || state == HF_CONN_FAILED || state == HF_CONN_CONNECTED ||
           state == HF_CONN_PATH_LOST;
}

/* rig_drain asserts the invariants on the way. */
static void walk(enum hf_conn_state state, enum happening first, enum happening second)
{
    struct rig rig;

    rig_init(&rig);
    reach(&rig, state);
    rig.hold_applies = false;
    happen(&rig, first);
    happen(&rig, second);
    cr_assert(is_rest(rig_state(&rig)) || hf_supervisor_deadline(rig.supervisor) != HF_NEVER ||
                  rig_state(&rig) == HF_CONN_RECONNECTING,
              "no timer in %s", hf_conn_state_name(rig_state(&rig)));
    if (rig.is_asked)
        rig_answer(&rig);
    rig_disconnect(&rig);
    rig_advance(&rig, HF_MINUTES(2));
    cr_assert_eq(rig_state(&rig), HF_CONN_DISCONNECTED, "%s, %d, %d: %s", hf_conn_state_name(state),
                 (int)first, (int)second, hf_conn_state_name(rig_state(&rig)));
    cr_assert(hf_plan_is_empty(&rig.in_force));
    rig_free(&rig);
}

Test(supervisor_table, holds_its_promises_after_every_two_events_in_every_state)
{
    for (int state = 0; state < HF_CONN_STATE_COUNT; state++) {
        for (int first = 0; is_reached((enum hf_conn_state)state) && first < HAPPENINGS; first++) {
            for (int second = 0; second < HAPPENINGS; second++)
                walk((enum hf_conn_state)state, (enum happening)first, (enum happening)second);
        }
    }
}

Test(supervisor_table, holds_its_promises_in_long_random_lives)
{
    uint64_t seed = 11;

    for (int life = 0; life < 50; life++) {
        struct rig rig;

        rig_init(&rig);
        for (int i = 0; i < 400; i++)
            happen(&rig, (enum happening)test_random_below(&seed, HAPPENINGS));
        rig_free(&rig);
    }
}
