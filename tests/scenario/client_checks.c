/* What must hold in every story of the whole client (design, section 4): see client_world.h. */
#include "scenario/client_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instance.h"

_Noreturn void world_broken(const struct world *world, const char *what)
{
    struct hf_supervisor_status status = world_status(world);

    fprintf(stderr, "%.*s\nseed %llu, %llu ms, state %s, fault %s: %s\n", (int)world->trace.len,
            world->trace.data == NULL ? "" : (const char *)world->trace.data,
            (unsigned long long)world->seed, (unsigned long long)((world->now - SIM_START) / 1000),
            hf_conn_state_name(status.state), hf_status_code(status.fault.status), what);
    abort();
}

static void hold(const struct world *world, bool holds, const char *what)
{
    if (!holds)
        world_broken(world, what);
}

/* --- the rules in force, as a packet meets them ----------------------------------------------- */
struct packet {
    hf_address source, destination;
    uint8_t protocol;
    uint16_t destination_port;
    bool of_engine; /* its user, and our mark */
};

static bool is_interface(const char *name, bool is_not, const char *actual)
{
    return name[0] == '\0' || (strcmp(name, actual) == 0) != is_not;
}

static bool is_port(const struct hf_rule *rule, uint16_t port)
{
    uint16_t last =
        rule->destination_port_last != 0 ? rule->destination_port_last : rule->destination_port;

    return rule->destination_port == 0 || (port >= rule->destination_port && port <= last);
}

/* A first packet on its way out through the uplink. */
static bool is_for(const struct hf_rule *rule, const struct packet *packet)
{
    if (rule->hook != HF_HOOK_OUTPUT || rule->established || rule->has_icmp_type ||
        rule->about.family != HF_FAMILY_NONE || rule->source_port != 0)
        return false;
    if (!is_interface(rule->out_interface, rule->not_out_interface, "uplink"))
        return false;
    if ((rule->family != HF_FAMILY_NONE && rule->family != packet->destination.family) ||
        (rule->protocol != 0 && rule->protocol != packet->protocol))
        return false;
    if ((rule->marked && !packet->of_engine) ||
        (rule->has_uid && (rule->uid == HF_FALLBACK_ENGINE_UID) != packet->of_engine))
        return false;
    if (rule->source.address.family != HF_FAMILY_NONE &&
        hf_prefix_contains(&rule->source, &packet->source) == rule->not_source)
        return false;
    return (rule->destination.address.family == HF_FAMILY_NONE ||
            hf_prefix_contains(&rule->destination, &packet->destination)) &&
           is_port(rule, packet->destination_port);
}

static bool leaves(const struct world *world, const struct packet *packet)
{
    const struct hf_ruleset *rules = &world->rules;

    for (size_t i = 0; rules->present && i < rules->count; i++) {
        if (is_for(&rules->rules[i], packet) && rules->rules[i].verdict != HF_VERDICT_MARK)
            return rules->rules[i].verdict == HF_VERDICT_ACCEPT;
    }
    return !rules->present || !rules->drop_by_default[HF_HOOK_OUTPUT];
}

static const struct packet clear_packets[] = {
    {{ HF_FAMILY_V4, { 198, 51, 100, 10 } },
     { HF_FAMILY_V4, { 203, 0, 113, 80 } },
     6,  443,
     false},
    { { HF_FAMILY_V4, { 198, 51, 100, 10 } },
     { HF_FAMILY_V4, { 198, 51, 100, 53 } },
     17, 53,
     false},
    { { HF_FAMILY_V6, { 0x20, 0x01, 0x0d, 0xb8 } },
     { HF_FAMILY_V6, { 0x20, 0x01, 0x0d, 0xb9 } },
     6,  443,
     false},
};

/* Of somebody else than the engine. */
static bool something_leaks(const struct world *world)
{
    struct packet to_gateway = { .source = clear_packets[0].source,
                                 .destination = world->gateway_config.address,
                                 .protocol = 17,
                                 .destination_port = 4500 };

    for (size_t i = 0; i < HF_ARRAY_LEN(clear_packets); i++) {
        if (leaves(world, &clear_packets[i]))
            return true;
    }
    return leaves(world, &to_gateway);
}

void world_rules_changed(struct world *world)
{
    struct hf_ruleset_facts facts = { .engine_uid = HF_FALLBACK_ENGINE_UID, .on_link_count = 1 };

    facts.on_link[0] = (hf_prefix){
        {HF_FAMILY_V4, { 198, 51, 100 }},
        24
    };
    if (hf_ruleset_make(&world->netd.in_force, &facts, &world->rules) != HF_OK)
        world_broken(world, "a plan that makes no rules");
}

bool world_engine_may_send(const struct world *world, const hf_endpoint *to)
{
    struct packet packet = { .source = clear_packets[0].source,
                             .destination = to->address,
                             .protocol = 17,
                             .destination_port = to->port,
                             .of_engine = true };

    return leaves(world, &packet);
}

/* --- invariant 3 ------------------------------------------------------------------------------ */
static bool is_rest(enum hf_conn_state state)
{
    return state == HF_CONN_DISCONNECTED || state == HF_CONN_FAILED;
}

/* From here on an engine speaks, or spoke, to the gateway. */
static bool is_past_resolving(enum hf_conn_state state)
{
    return state == HF_CONN_HANDSHAKING || state == HF_CONN_AUTHENTICATING ||
           state == HF_CONN_NEEDS_INPUT || state == HF_CONN_INSTALLING ||
           state == HF_CONN_CONNECTED || state == HF_CONN_PATH_LOST;
}

/* A lock begins with the first plan that blocks (an engine waits for it), and in mode `session`
 * ends where the client has decided to part; while a plan is on its way the one before is in force.
 */
static void check_lock(struct world *world, const struct hf_supervisor_status *status)
{
    bool blocks = !something_leaks(world);
    bool in_session = !is_rest(status->state) && status->state != HF_CONN_DISCONNECTING;
    const struct hf_plan_firewall *in_force = &world->netd.in_force.firewall;

    if (!in_session || status->lock == HF_LOCK_OFF)
        world->was_locked = false;
    hold(world, !world->was_locked || blocks, "clear packets leave in a session that was locked");
    if (in_session && status->lock != HF_LOCK_OFF && blocks && status->blocking)
        world->was_locked = true;
    hold(world, !is_past_resolving(status->state) || status->lock == HF_LOCK_OFF || blocks,
         "clear packets leave while an engine is at work");
    hold(world, !world->was_always || blocks, "clear packets leave in mode always");
    if (blocks && !world->always_ends && in_force->mode == HF_LOCK_ALWAYS &&
        status->lock == HF_LOCK_ALWAYS)
        world->was_always = true;
    hold(world, in_force->block == blocks, "the plan says another thing than the rules do");
}

void world_release_always(struct world *world, const struct hf_profile *successor)
{
    world->successor = successor;
    if (successor != NULL && successor->lock == HF_LOCK_ALWAYS)
        return;
    world->was_always = false;
    world->always_ends = true;
}

void world_check_asked(struct world *world, const struct hf_plan *plan)
{
    struct hf_supervisor_status status = world_status(world);
    bool parting = is_rest(status.state) || status.state == HF_CONN_DISCONNECTING;

    hold(world, world->netd_lives, "a plan is asked for while nobody takes it");
    hold(world, hf_plan_check(plan) == HF_OK, "a plan beyond its limits");
    hold(world, !world_is_under_way(world, TO_NETD_FROM_DAEMON), "two plans at once");
    hold(world, plan->firewall.block || parting || status.lock == HF_LOCK_OFF,
         "a plan without a block in a session");
    hold(world, plan->firewall.block || !world->was_always,
         "a plan without a block in mode always");
}

/* --- what the parts say to each other --------------------------------------------------------- */
void world_check_told(struct world *world, const struct hf_supervisor_action *action)
{
    struct hf_supervisor_status status = world_status(world);
    bool blocks = status.lock == HF_LOCK_OFF || !something_leaks(world);

    if (action->type == HF_SUPERVISOR_START_ENGINE) {
        hold(world, blocks, "an engine begins before the block is in force");
        world->always_ends = world->always_ends && world->successor != NULL &&
                             strcmp(action->profile, world->successor->id) != 0;
    }
    if (action->type == HF_SUPERVISOR_UNDERLAY && action->status == HF_OK)
        hold(world, blocks, "an engine is told of its hole before the block is in force");
    if (action->type == HF_SUPERVISOR_INSTALLED && action->status == HF_OK)
        hold(world, world->netd.in_force.tunnel || !world->netd_lives,
             "a tunnel is told that no plan in force has");
}

/* Invariant 1. */
void world_check_event(struct world *world, const struct hf_attempt_event *event)
{
    bool tunnel = event->type == HF_ATTEMPT_INSTALL || event->type == HF_ATTEMPT_CHILD_ADD ||
                  (event->type == HF_ATTEMPT_STATE && event->state == HF_CONN_CONNECTED);

    hold(world, !tunnel || !world->impostor, "an impostor is taken for the gateway");
    hold(world,
         !tunnel || sim_gateway_stats(world->gateway)->established > world->established_before,
         "a tunnel with a gateway that has made none");
    hold(world,
         event->type != HF_ATTEMPT_ENDED || event->fault.status == HF_OK ||
             event->fault.stage != HF_STAGE_NONE,
         "a failure without a stage");
}

/* Invariants 2 and 9: the secret is on no wire. */
void world_check_wire(struct world *world, const struct hf_attempt_datagram *datagram)
{
    hf_bytes secret = hf_buf_bytes(&world->secrets.values[HF_SECRET_PSK]);

    for (size_t i = 0; i + secret.len <= datagram->bytes.len; i++)
        hold(world, memcmp(datagram->bytes.data + i, secret.data, secret.len) != 0,
             "the secret on the wire");
}

/* --- every step ------------------------------------------------------------------------------- */
/* Invariant 6: who will move a state that is none of rest. */
static bool will_go_on(const struct world *world, const struct hf_supervisor_status *status)
{
    bool engine_will = world->attempt != NULL && hf_attempt_deadline(world->attempt) != HF_NEVER;

    if (is_rest(status->state) || hf_supervisor_deadline(world->daemon) != HF_NEVER)
        return true;
    for (size_t route = 0; route < WORLD_ORDERED; route++) {
        if (world_is_under_way(world, (enum world_route)route))
            return true;
    }
    return engine_will || !world->netd_lives ||
           (status->state == HF_CONN_RECONNECTING && !world->online);
}

static void check_pace(struct world *world)
{
    world->standing = world->now == world->standing_at ? world->standing + 1 : 0;
    world->standing_at = world->now;
    hold(world, world->standing < 2000, "time stands still");
}

void world_check_step(struct world *world)
{
    struct hf_supervisor_status status = world_status(world);
    const char *violation = sim_gateway_violation(world->gateway);

    hold(world, violation == NULL, violation);
    hold(world, will_go_on(world, &status), "a state that nothing will ever end");
    hold(world, status.state != HF_CONN_CONNECTED || !world->impostor, "connected to an impostor");
    check_lock(world, &status);
    check_pace(world);
}

/* Once everything is well for long. */
void world_check_settled(struct world *world)
{
    struct hf_supervisor_status status = world_status(world);
    struct sim_gateway_sa_info info;

    sim_gateway_info(world->gateway, &info);
    if (status.wanted && !world->impostor) {
        hold(world, status.state == HF_CONN_CONNECTED, "wanted and not connected");
        hold(world, info.is_established && world->attempt != NULL && world->netd.in_force.tunnel,
             "connected without a tunnel");
    }
    if (!status.wanted) {
        hold(world, is_rest(status.state), "not wanted and not at rest");
        hold(world, !world->engine_lives, "an engine that nobody wants");
        hold(world, !world->netd.in_force.tunnel, "a tunnel that nobody wants");
        hold(world, status.lock == HF_LOCK_ALWAYS || hf_plan_is_empty(&world->netd.in_force),
             "something is left in force");
    }
}
