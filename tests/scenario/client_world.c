/* Daemon, engine, netd, gateway and time: see client_world.h. */
#include "scenario/client_world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instance.h"
#include "support/hex.h"

#define PSK "correct horse battery staple"

void world_note(struct world *world, const char *format, ...)
{
    char line[400];
    va_list arguments;
    int len = snprintf(line, sizeof line, "%llu.%03llu ",
                       (unsigned long long)((world->now - SIM_START) / 1000),
                       (unsigned long long)((world->now - SIM_START) % 1000));

    va_start(arguments, format);
    vsnprintf(line + len, sizeof line - (size_t)len - 1, format, arguments);
    va_end(arguments);
    if (!hf_buf_append(&world->trace, hf_bytes_of_string(line)) ||
        !hf_buf_append(&world->trace, hf_bytes_of_string("\n")))
        test_die("a story longer than its trace may be");
}

/* So that traces of the same story differ where one octet does. */
static unsigned sum_of(hf_bytes bytes)
{
    unsigned sum = 2166136261u;

    for (size_t i = 0; i < bytes.len; i++)
        sum = (sum ^ bytes.data[i]) * 16777619u;
    return sum;
}

struct hf_supervisor_status world_status(const struct world *world)
{
    struct hf_supervisor_status status;

    hf_supervisor_status(world->daemon, &status);
    return status;
}

/* --- the engine ------------------------------------------------------------------------------- */
static void end_engine(struct world *world)
{
    hf_attempt_free(world->attempt);
    world->attempt = NULL;
    world->engine_lives = false;
}

void world_engine_dies(struct world *world)
{
    if (!world->engine_lives)
        return;
    end_engine(world);
    (void)world_post(world, TO_DAEMON_FROM_ENGINE, WORD_GONE);
}

static void tell_daemon(struct world *world, const struct hf_attempt_event *event)
{
    struct world_mail *mail;

    switch (event->type) {
    case HF_ATTEMPT_CHILD_ADD: /* the data plane's */
    case HF_ATTEMPT_CHILD_SEND:
    case HF_ATTEMPT_CHILD_REMOVE:
        return;
    case HF_ATTEMPT_STATE:
    case HF_ATTEMPT_GATEWAY:
    case HF_ATTEMPT_INSTALL:
    case HF_ATTEMPT_SUMMARY:
    case HF_ATTEMPT_PROOF:
    case HF_ATTEMPT_TRAFFIC:
    case HF_ATTEMPT_SECRET_WANTED:
    case HF_ATTEMPT_ENDED:
        break;
    }
    mail = world_post(world, TO_DAEMON_FROM_ENGINE, WORD_EVENT);
    mail->event = malloc(sizeof *mail->event);
    if (mail->event == NULL)
        test_die("out of memory");
    *mail->event = *event;
}

static void send_datagrams(struct world *world)
{
    struct hf_attempt_datagram datagram;

    while (hf_attempt_next_datagram(world->attempt, &datagram)) {
        world_note(world, "sends %zu octets, %08x", datagram.bytes.len, sum_of(datagram.bytes));
        world_send(world, &datagram);
    }
}

static bool drain_engine(struct world *world)
{
    struct hf_attempt_event event;
    bool is_over = false, moved = false;

    if (world->attempt == NULL)
        return false;
    while (hf_attempt_next_event(world->attempt, &event)) {
        world_note(world, "engine event %d state %s status %s", (int)event.type,
                   event.type == HF_ATTEMPT_STATE ? hf_conn_state_name(event.state) : "-",
                   event.type == HF_ATTEMPT_ENDED ? hf_status_code(event.fault.status) : "-");
        world_check_event(world, &event);
        tell_daemon(world, &event);
        is_over = is_over || event.type == HF_ATTEMPT_ENDED;
        moved = true;
    }
    send_datagrams(world);
    if (is_over)
        world_engine_dies(world);
    return moved;
}

static void start_attempt(struct world *world, struct hf_attempt_hints *hints)
{
    struct hf_fault fault;

    hints->wall_clock = SIM_WALL_CLOCK;
    hints->local = (hf_address){
        HF_FAMILY_V4, {198, 51, 100, 10}
    };
    hints->local_port = (uint16_t)(20000 + world->engine % 20000);
    world->established_before = sim_gateway_stats(world->gateway)->established;
    if (hf_attempt_new(&world->running, &world->secrets, hints, &world->engine_env.env,
                       &world->attempt, &fault) != HF_OK)
        test_die("no attempt: %s", fault.offered);
    hf_attempt_start(world->attempt, world->now);
}

/* --- the daemon ------------------------------------------------------------------------------- */
static struct hf_profile *profile_of(struct world *world, const char *id)
{
    for (size_t i = 0; i < WORLD_PROFILES; i++) {
        if (strcmp(world->profiles[i].id, id) == 0)
            return &world->profiles[i];
    }
    test_die("no such profile: %s", id);
}

static void start_engine(struct world *world, const struct hf_supervisor_action *action)
{
    struct world_mail *mail = world_post(world, TO_ENGINE_FROM_DAEMON, WORD_START);

    mail->hints = malloc(sizeof *mail->hints);
    if (mail->hints == NULL)
        test_die("out of memory");
    *mail->hints = action->hints;
    if (!action->name_first && world->last_good.family != HF_FAMILY_NONE)
        mail->hints->last_good[mail->hints->last_good_count++] = world->last_good;
    world->running = *profile_of(world, action->profile);
}

static void ask_netd(struct world *world, const struct hf_supervisor_action *action)
{
    struct world_mail *mail;

    world_check_asked(world, &action->plan);
    mail = world_post(world, TO_NETD_FROM_DAEMON, WORD_APPLY);
    mail->serial = action->serial;
    mail->plan = malloc(sizeof *mail->plan);
    if (mail->plan == NULL)
        test_die("out of memory");
    *mail->plan = action->plan;
}

static void save(struct world *world, const struct hf_supervisor_action *action)
{
    world->intent.connected = action->intent_connected;
    world->intent.resume_at = action->resume_at;
    memcpy(world->intent.profile, action->profile, sizeof world->intent.profile);
}

static void perform(struct world *world, const struct hf_supervisor_action *action)
{
    world_check_told(world, action);
    switch (action->type) {
    case HF_SUPERVISOR_PREPARE_ENGINE:
        if (world->engine_lives)
            world_broken(world, "a second engine beside the first");
        world->engine++;
        world->engine_lives = true;
        return;
    case HF_SUPERVISOR_START_ENGINE:
        start_engine(world, action);
        return;
    case HF_SUPERVISOR_STOP_ENGINE:
        end_engine(world);
        world->engine++; /* nobody listens to what it has said */
        return;
    case HF_SUPERVISOR_DISCONNECT_ENGINE:
        (void)world_post(world, TO_ENGINE_FROM_DAEMON, WORD_DISCONNECT);
        return;
    case HF_SUPERVISOR_APPLY:
        ask_netd(world, action);
        return;
    case HF_SUPERVISOR_UNDERLAY:
        world_post(world, TO_ENGINE_FROM_DAEMON, WORD_UNDERLAY)->status = action->status;
        return;
    case HF_SUPERVISOR_INSTALLED:
        world_post(world, TO_ENGINE_FROM_DAEMON, WORD_INSTALLED)->status = action->status;
        return;
    case HF_SUPERVISOR_SAVE:
        save(world, action);
        return;
    case HF_SUPERVISOR_REMEMBER:
        world->last_good = world_status(world).summary.gateway;
        return;
    case HF_SUPERVISOR_STATE:
        return;
    }
}

static bool drain_daemon(struct world *world)
{
    struct hf_supervisor_action action;
    bool moved = false;

    while (hf_supervisor_next_action(world->daemon, &action)) {
        enum hf_conn_state state = world_status(world).state;

        world_note(world, "%s: action %d, status %s, plan %s %d %d", hf_conn_state_name(state),
                   (int)action.type, hf_status_code(action.status),
                   hf_conn_state_name(action.plan.firewall.state), action.plan.firewall.block,
                   action.plan.tunnel);
        perform(world, &action);
        moved = true;
    }
    return moved;
}

static void tell_facts(struct world *world)
{
    struct hf_network_facts facts = { .online = world->online };

    if (world->online) {
        facts.resolvers[facts.resolver_count++] = (hf_endpoint){
            {HF_FAMILY_V4, { 198, 51, 100, 53 }},
            53
        };
        facts.on_link[facts.on_link_count++] = (hf_prefix){
            {HF_FAMILY_V4, { 198, 51, 100 }},
            24
        };
    }
    hf_supervisor_handle_facts(world->daemon, &facts, world->now);
}

void world_set_online(struct world *world, bool online)
{
    world->online = online;
    tell_facts(world);
}

static void meet_netd(struct world *world)
{
    const struct hf_plan *in_force = &world->netd.in_force;

    hf_supervisor_handle_floor(world->daemon, HF_LOCK_OFF);
    if (world->intent.connected)
        hf_supervisor_resume(world->daemon, profile_of(world, world->intent.profile), in_force,
                             world->now);
    else if (world->intent.resume_at != HF_NEVER)
        hf_supervisor_stay_paused(world->daemon, profile_of(world, world->intent.profile), in_force,
                                  world->intent.resume_at, world->now);
    else if (!hf_plan_is_empty(in_force))
        hf_supervisor_handle_netd_back(world->daemon, in_force, world->now);
}

void world_daemon_dies(struct world *world)
{
    end_engine(world);
    world->engine++;
    for (size_t route = 0; route < WORLD_ORDERED; route++)
        world_mail_drop(world, (enum world_route)route);
    hf_supervisor_free(world->daemon);
    if (hf_supervisor_new(&world->daemon_env.env, HF_TUN_NAME, &world->daemon) != HF_OK)
        test_die("out of memory");
    tell_facts(world);
    world->netd_lives = true;
    world->netd_back_at = HF_NEVER;
    meet_netd(world);
}

/* --- netd ------------------------------------------------------------------------------------- */
static void netd_applies(struct world *world, const struct world_mail *mail)
{
    struct hf_net net = hf_fake_net(&world->netd);
    hf_status status = net.ops->apply(net.self, mail->plan);
    struct world_mail *answer = world_post(world, TO_DAEMON_FROM_NETD, WORD_APPLIED);

    answer->serial = mail->serial;
    answer->status = status;
    if (status == HF_OK)
        world_rules_changed(world);
}

/* What it had not read yet is gone; the rules stay in the kernel. */
void world_netd_dies(struct world *world, hf_duration away)
{
    if (!world->netd_lives)
        return;
    world->netd_lives = false;
    world->netd_back_at = world->now + away;
    world_mail_drop(world, TO_NETD_FROM_DAEMON);
    world_mail_drop(world, TO_DAEMON_FROM_NETD);
    hf_supervisor_handle_netd_gone(world->daemon, world->now);
}

static void netd_comes_back(struct world *world)
{
    world->netd_lives = true;
    world->netd_back_at = HF_NEVER;
    hf_supervisor_handle_netd_back(world->daemon, &world->netd.in_force, world->now);
}

/* --- what arrives ----------------------------------------------------------------------------- */
static void engine_hears(struct world *world, struct world_mail *mail)
{
    if (mail->word == WORD_START && world->attempt == NULL)
        start_attempt(world, mail->hints);
    else if (world->attempt == NULL)
        return;
    else if (mail->word == WORD_DISCONNECT)
        hf_attempt_disconnect(world->attempt, world->now);
    else if (mail->word == WORD_UNDERLAY)
        hf_attempt_handle_underlay(world->attempt, mail->status, world->now);
    else if (mail->word == WORD_INSTALLED)
        hf_attempt_handle_installed(world->attempt, mail->status, world->now);
    else if (mail->word == WORD_DATAGRAM && world_engine_may_send(world, &mail->from))
        hf_attempt_handle_datagram(world->attempt, mail->channel, &mail->from,
                                   hf_buf_bytes(&mail->bytes), world->now);
}

static void daemon_hears(struct world *world, const struct world_mail *mail)
{
    if (mail->word == WORD_APPLIED)
        hf_supervisor_handle_applied(world->daemon, mail->serial, mail->status, world->now);
    else if (mail->engine != world->engine)
        return; /* of an engine that was ended */
    else if (mail->word == WORD_EVENT)
        hf_supervisor_handle_event(world->daemon, mail->event, world->now);
    else
        hf_supervisor_handle_engine_gone(world->daemon, world->now);
}

static void deliver(struct world *world)
{
    struct world_mail mail = world_mail_take(world);

    world_note(world, "arrives: route %d, word %d, %s, %08x", (int)mail.route, (int)mail.word,
               hf_status_code(mail.status), sum_of(hf_buf_bytes(&mail.bytes)));
    switch (mail.route) {
    case TO_DAEMON_FROM_ENGINE:
    case TO_DAEMON_FROM_NETD:
        daemon_hears(world, &mail);
        break;
    case TO_ENGINE_FROM_DAEMON:
    case TO_ENGINE_FROM_NETWORK:
        if (world->engine_lives && mail.engine == world->engine)
            engine_hears(world, &mail);
        break;
    case TO_NETD_FROM_DAEMON:
        netd_applies(world, &mail);
        break;
    case TO_GATEWAY_FROM_NETWORK:
        sim_gateway_handle_datagram(world->gateway, &mail.from, mail.to.port,
                                    hf_buf_bytes(&mail.bytes), world->now);
        break;
    case WORLD_ROUTES:
        break;
    }
    world_mail_clear(&mail);
}

static bool drain_gateway(struct world *world)
{
    struct sim_datagram datagram;
    bool moved = false;

    while (sim_gateway_next_datagram(world->gateway, &datagram)) {
        if (datagram.to.port == (uint16_t)(20000 + world->engine % 20000))
            world_send_back(world, &datagram.from, &datagram.to, HF_CHANNEL_UNDERLAY,
                            datagram.bytes);
        moved = true;
    }
    return moved;
}

static void note_state(struct world *world)
{
    enum hf_conn_state state = world_status(world).state;

    if (state != world->seen)
        world->visits[state]++;
    world->seen = state;
}

void world_settle(struct world *world)
{
    bool moved;

    do {
        moved = drain_daemon(world);
        moved = drain_engine(world) || moved;
        moved = drain_gateway(world) || moved;
    } while (moved);
    note_state(world);
    world_check_step(world);
}

/* --- time ------------------------------------------------------------------------------------- */
static hf_time engine_due(const struct world *world)
{
    return world->attempt == NULL ? HF_NEVER : hf_attempt_deadline(world->attempt);
}

static hf_time next_happening(const struct world *world)
{
    hf_time at = hf_time_min(hf_supervisor_deadline(world->daemon), engine_due(world));

    at = hf_time_min(at, sim_gateway_deadline(world->gateway));
    at = hf_time_min(at, world_mail_due(world));
    at = hf_time_min(at, world->netd_back_at);
    return at > world->now ? at : world->now;
}

static bool step(struct world *world, hf_time end)
{
    hf_time at = next_happening(world);

    if (at > end) {
        world->now = end;
        return false;
    }
    world->now = at;
    if (world_mail_due(world) <= at)
        deliver(world);
    else if (world->netd_back_at <= at)
        netd_comes_back(world);
    else if (engine_due(world) <= at)
        hf_attempt_handle_time(world->attempt, at);
    else if (hf_supervisor_deadline(world->daemon) <= at)
        hf_supervisor_handle_time(world->daemon, at);
    else
        sim_gateway_handle_time(world->gateway, at);
    world_settle(world);
    return true;
}

void world_advance(struct world *world, hf_duration duration)
{
    hf_time end = world->now + duration;

    world_settle(world);
    while (step(world, end))
        continue;
}

/* --- the story -------------------------------------------------------------------------------- */
static void set(char *field, const char *text)
{
    memcpy(field, text, strlen(text) + 1);
}

static void make_profile(struct world *world, struct hf_profile *profile, const char *id)
{
    char text[HF_ADDRESS_TEXT_MAX];

    hf_profile_init(profile);
    set(profile->id, id);
    set(profile->name, id);
    set(profile->remote_identity, SIM_GATEWAY_NAME);
    set(profile->local_identity, SIM_CLIENT_NAME);
    set(profile->gateways[profile->gateway_count++],
        world_roll(world, 2) == 0 ? SIM_GATEWAY_NAME
                                  : hf_address_format(&world->gateway_config.address, text));
    profile->auth = HF_PROFILE_AUTH_PSK;
    profile->gateway_uses_psk = true;
    profile->auto_connect = world_roll(world, 3) == 0;
    profile->allow_lan = world_roll(world, 2) == 0;
    profile->lock = (enum hf_lock_mode[]){ HF_LOCK_SESSION, HF_LOCK_SESSION, HF_LOCK_ALWAYS,
                                           HF_LOCK_OFF }[world_roll(world, 4)];
}

static void make_gateway(struct world *world)
{
    sim_gateway_config_default(&world->gateway_config, NULL);
    world->gateway_config.gateway_auth = SIM_GATEWAY_PSK;
    world->gateway_config.client_auth = SIM_CLIENT_PSK;
    world->gateway_config.psk = hf_bytes_of_string(PSK);
    world->gateway_config.impair.wrong_auth = world->impostor = world_roll(world, 8) == 0;
    world->gateway = sim_gateway_new(&world->gateway_config, &world->gateway_env.env);
}

struct world *world_new(uint64_t seed)
{
    struct world *world = calloc(1, sizeof *world);

    if (world == NULL)
        test_die("out of memory");
    world->seed = seed;
    world->dice = seed * 131;
    world->now = SIM_START;
    world->trace = hf_buf_with_max(WORLD_TRACE_MAX);
    world->netd_back_at = world->intent.resume_at = HF_NEVER;
    world->netd_lives = true;
    sim_random_seed(seed);
    test_env_init(&world->daemon_env, seed ^ UINT64_C(0xdae));
    test_env_init(&world->engine_env, seed ^ UINT64_C(0xe2913e));
    test_env_init(&world->gateway_env, seed ^ UINT64_C(0x6a7e3a7));
    make_gateway(world);
    hf_secrets_init(&world->secrets);
    if (!hf_buf_append(&world->secrets.values[HF_SECRET_PSK], hf_bytes_of_string(PSK)) ||
        hf_supervisor_new(&world->daemon_env.env, HF_TUN_NAME, &world->daemon) != HF_OK)
        test_die("out of memory");
    make_profile(world, &world->profiles[0], "office");
    make_profile(world, &world->profiles[1], "home");
    world_rules_changed(world);
    world_set_online(world, true);
    world_settle(world);
    return world;
}

void world_free(struct world *world)
{
    end_engine(world);
    hf_supervisor_free(world->daemon);
    sim_gateway_free(world->gateway);
    for (size_t i = 0; i < world->mail_count; i++)
        world_mail_clear(&world->mail[i]);
    for (size_t i = 0; i < WORLD_PROFILES; i++)
        hf_profile_clear(&world->profiles[i]);
    hf_secrets_clear(&world->secrets);
    hf_buf_free(&world->trace);
    free(world);
}
