/* A whole attempt against the gateway in memory, in virtual time: what the engine would be told, in
 * which order, and how every way of ending ends (<holdfast/attempt.h>). */
#include "scenario/gateway.h"
#include "support/dns_answer.h"
#include "support/env.h"
#include "support/test.h"
#include <holdfast/attempt.h>

#include <string.h>

#define PSK       "correct horse battery staple"
#define QUIET_MAX 1000 /* datagrams of one moment */

static struct {
    struct hf_profile profile;
    struct hf_secrets secrets;
    struct hf_attempt_hints hints;
    struct sim_gateway_config gateway_config;
    struct test_env env, gateway_env;
    struct hf_attempt *attempt;
    struct sim_gateway *gateway;
    hf_time now;
    hf_status hole, plan; /* what the host answers; HF_ERR_BUSY: nothing */
    bool is_silent;       /* nothing reaches the gateway */
    char story[2048];     /* events by name, a blank between */
    unsigned gateways, sent, queries;
    hf_address named[2]; /* what the gateway's name leads to */
    size_t named_count;
    uint32_t spi;                 /* inbound, of the newest child */
    struct hf_attempt_event last; /* of the type asked for by tests: the plan, the end */
    bool has_ended;
} play;

static void set(char *field, const char *text)
{
    memcpy(field, text, strlen(text) + 1);
}

static void add_gateway(const char *text)
{
    set(play.profile.gateways[play.profile.gateway_count++], text);
}

static void prepare(void)
{
    char text[HF_ADDRESS_TEXT_MAX];

    test_env_init(&play.env, 1);
    test_env_init(&play.gateway_env, 2);
    play.now = HF_SECONDS(1000);
    sim_gateway_config_default(&play.gateway_config, NULL);
    play.gateway_config.gateway_auth = SIM_GATEWAY_PSK;
    play.gateway_config.client_auth = SIM_CLIENT_PSK;
    play.gateway_config.psk = hf_bytes_of_string(PSK);
    hf_profile_init(&play.profile);
    hf_secrets_init(&play.secrets);
    set(play.profile.id, "test");
    set(play.profile.name, "Test");
    set(play.profile.remote_identity, SIM_GATEWAY_NAME);
    set(play.profile.local_identity, SIM_CLIENT_NAME);
    add_gateway(hf_address_format(&play.gateway_config.address, text));
    play.profile.auth = HF_PROFILE_AUTH_PSK;
    play.profile.gateway_uses_psk = true;
    cr_assert(hf_buf_append(&play.secrets.values[HF_SECRET_PSK], hf_bytes_of_string(PSK)));
    play.hints.wall_clock = SIM_WALL_CLOCK;
}

static void stop(void)
{
    hf_attempt_free(play.attempt);
    sim_gateway_free(play.gateway);
    hf_profile_clear(&play.profile);
    hf_secrets_clear(&play.secrets);
}

static void note(const char *what)
{
    size_t len = strlen(play.story);

    cr_assert_lt(len + strlen(what) + 2, sizeof play.story);
    if (len != 0)
        play.story[len++] = ' ';
    set(play.story + len, what);
}

static void obey(const struct hf_attempt_event *event)
{
    switch (event->type) {
    case HF_ATTEMPT_STATE:
        note(hf_conn_state_name(event->state));
        break;
    case HF_ATTEMPT_GATEWAY:
        note("GATEWAY");
        play.gateways++;
        if (play.hole != HF_ERR_BUSY)
            hf_attempt_handle_underlay(play.attempt, play.hole, play.now);
        break;
    case HF_ATTEMPT_INSTALL:
        note("INSTALL");
        play.last = *event;
        if (play.plan != HF_ERR_BUSY)
            hf_attempt_handle_installed(play.attempt, play.plan, play.now);
        break;
    case HF_ATTEMPT_CHILD_ADD:
        note(event->send_now ? "ADD" : "ADD-ASIDE");
        play.spi = event->spi;
        break;
    case HF_ATTEMPT_CHILD_SEND:
        note("SEND");
        break;
    case HF_ATTEMPT_CHILD_REMOVE:
        note("REMOVE");
        break;
    case HF_ATTEMPT_SUMMARY:
        note("SUMMARY");
        break;
    case HF_ATTEMPT_ENDED:
        cr_assert_not(play.has_ended, "it ends once");
        note("ENDED");
        play.last = *event;
        play.has_ended = true;
        break;
    case HF_ATTEMPT_TRAFFIC:
        note(event->is_one_way ? "ONE-WAY" : "BOTH-WAYS");
        break;
    case HF_ATTEMPT_PROOF:
    case HF_ATTEMPT_SECRET_WANTED:
        break;
    }
}

static void answer_name(const struct hf_attempt_datagram *query)
{
    uint8_t storage[512];

    play.queries++;
    hf_attempt_handle_datagram(play.attempt, HF_CHANNEL_RESOLVER, &query->to,
                               test_dns_answer(query->bytes, play.named, play.named_count, storage),
                               play.now);
}

static void send_to_gateway(const struct hf_attempt_datagram *datagram)
{
    static const hf_endpoint client = {
        {HF_FAMILY_V4, { 198, 51, 100, 10 }},
        4500
    };

    if (datagram->channel == HF_CHANNEL_RESOLVER) {
        answer_name(datagram);
        return;
    }
    cr_assert_neq(play.hole, HF_ERR_BUSY, "no datagram before the hole is open");
    play.sent++;
    if (!play.is_silent && hf_address_equal(&datagram->to.address, &play.gateway_config.address))
        sim_gateway_handle_datagram(play.gateway, &client, datagram->to.port, datagram->bytes,
                                    play.now);
}

/* Everything that happens in this moment. */
static void settle(void)
{
    struct hf_attempt_event event;
    struct hf_attempt_datagram out;
    struct sim_datagram in;
    bool moved = true;

    for (int i = 0; moved; i++) {
        cr_assert_lt(i, QUIET_MAX, "it never comes to rest: %s", play.story);
        moved = false;
        while (hf_attempt_next_event(play.attempt, &event)) {
            obey(&event);
            moved = true;
        }
        while (hf_attempt_next_datagram(play.attempt, &out)) {
            send_to_gateway(&out);
            moved = true;
        }
        while (sim_gateway_next_datagram(play.gateway, &in)) {
            if (!play.is_silent)
                hf_attempt_handle_datagram(play.attempt, HF_CHANNEL_UNDERLAY, &in.from, in.bytes,
                                           play.now);
            moved = true;
        }
    }
}

static void advance(hf_duration duration)
{
    hf_time end = play.now + duration;

    for (;;) {
        hf_time next =
            hf_time_min(hf_attempt_deadline(play.attempt), sim_gateway_deadline(play.gateway));

        if (next > end)
            break;
        play.now = next > play.now ? next : play.now;
        hf_attempt_handle_time(play.attempt, play.now);
        cr_assert_gt(hf_attempt_deadline(play.attempt), play.now, "it stays due: %s", play.story);
        sim_gateway_handle_time(play.gateway, play.now);
        settle();
    }
    play.now = end;
}

static void begin(void)
{
    struct hf_fault fault;

    play.gateway = sim_gateway_new(&play.gateway_config, &play.gateway_env.env);
    cr_assert_eq(hf_attempt_new(&play.profile, &play.secrets, &play.hints, &play.env.env,
                                &play.attempt, &fault),
                 HF_OK, "%s", fault.offered);
    hf_attempt_start(play.attempt, play.now);
    settle();
}

static void forget_story(void)
{
    play.story[0] = '\0';
}

static void expect_end(hf_status status, enum hf_stage stage)
{
    cr_assert(play.has_ended, "%s", play.story);
    cr_expect_eq(play.last.fault.status, status, "%s", hf_status_code(play.last.fault.status));
    cr_expect_eq(play.last.fault.stage, stage);
    cr_expect_eq(hf_attempt_deadline(play.attempt), HF_NEVER);
}

Test(attempt, tells_its_way_to_connected_in_order, .init = prepare)
{
    begin();
    cr_expect_str_eq(play.story, "resolving handshaking GATEWAY authenticating ADD installing "
                                 "INSTALL SUMMARY connected");
    cr_expect_eq(play.last.plan.address_count, 2);
    cr_expect_eq(play.last.plan.mtu_bytes, 1400);
    cr_expect_null(sim_gateway_violation(play.gateway));
    stop();
}

Test(attempt, waits_for_the_hole_and_then_no_longer, .init = prepare)
{
    play.hole = HF_ERR_BUSY;
    begin();
    cr_expect_str_eq(play.story, "resolving handshaking GATEWAY");
    advance(HF_SECONDS(14));
    cr_expect_eq(play.sent, 0);
    cr_expect_not(play.has_ended);
    advance(HF_SECONDS(2));
    expect_end(HF_ERR_LOCAL_SETUP, HF_STAGE_HANDSHAKE);
    stop();
}

Test(attempt, refused_hole_ends_it_with_the_hosts_reason, .init = prepare)
{
    play.hole = HF_ERR_FIREWALL;
    begin();
    expect_end(HF_ERR_FIREWALL, HF_STAGE_HANDSHAKE);
    cr_expect_eq(play.sent, 0);
    stop();
}

Test(attempt, silent_gateway_gives_way_to_the_next, .init = prepare)
{
    char text[HF_ADDRESS_TEXT_MAX];

    set(play.profile.gateways[0], "192.0.2.99");
    add_gateway(hf_address_format(&play.gateway_config.address, text));
    begin();
    cr_expect_str_eq(play.story, "resolving handshaking GATEWAY");
    advance(HF_SECONDS(9));
    cr_expect_eq(play.gateways, 2);
    cr_expect_not_null(strstr(play.story, " connected"), "%s", play.story);
    stop();
}

Test(attempt, silence_of_the_only_gateway_is_borne_for_36_s, .init = prepare)
{
    play.is_silent = true;
    begin();
    advance(HF_SECONDS(30));
    cr_expect_not(play.has_ended);
    advance(HF_SECONDS(10));
    expect_end(HF_ERR_NO_REPLY, HF_STAGE_HANDSHAKE);
    stop();
}

Test(attempt, refusal_is_not_carried_to_the_next_gateway, .init = prepare)
{
    add_gateway("192.0.2.99");
    play.gateway_config.impair.auth_error = 24; /* AUTHENTICATION_FAILED */
    begin();
    advance(HF_SECONDS(1));
    expect_end(HF_ERR_AUTH_REJECTED, HF_STAGE_AUTHENTICATION);
    cr_expect_eq(play.gateways, 1);
    stop();
}

Test(attempt, gateway_that_cannot_prove_itself_gets_no_tunnel, .init = prepare)
{
    play.gateway_config.impair.wrong_auth = true;
    begin();
    advance(HF_SECONDS(1));
    expect_end(HF_ERR_PEER_AUTH, HF_STAGE_AUTHENTICATION);
    cr_expect_null(strstr(play.story, "ADD"), "%s", play.story);
    cr_expect_null(strstr(play.story, "INSTALL"), "%s", play.story);
    stop();
}

Test(attempt, hostile_configuration_is_not_installed, .init = prepare)
{
    play.gateway_config.impair.hostile_address = (hf_address){
        HF_FAMILY_V4, {127, 0, 0, 1}
    };
    begin();
    advance(HF_SECONDS(1));
    cr_assert(play.has_ended);
    cr_expect_eq(play.last.fault.status, HF_ERR_HOSTILE_CONFIG);
    cr_expect_null(strstr(play.story, "INSTALL"), "%s", play.story);
    stop();
}

Test(attempt, refused_plan_parts_from_the_gateway, .init = prepare)
{
    play.plan = HF_ERR_FIREWALL;
    begin();
    expect_end(HF_ERR_FIREWALL, HF_STAGE_INSTALL);
    cr_expect_eq(sim_gateway_stats(play.gateway)->ike_deletes, 1);
    stop();
}

/* Its answer must find our port open. */
Test(attempt, waits_a_moment_for_the_answer_to_its_last_word, .init = prepare)
{
    play.plan = HF_ERR_BUSY;
    begin();
    play.is_silent = true;
    hf_attempt_handle_installed(play.attempt, HF_ERR_FIREWALL, play.now);
    settle();
    cr_expect_not(play.has_ended);
    advance(HF_MILLIS(600));
    expect_end(HF_ERR_FIREWALL, HF_STAGE_INSTALL);
    stop();
}

Test(attempt, host_that_never_installs_ends_it, .init = prepare)
{
    play.plan = HF_ERR_BUSY;
    begin();
    advance(HF_SECONDS(14));
    cr_expect_not(play.has_ended);
    advance(HF_SECONDS(2));
    expect_end(HF_ERR_LOCAL_SETUP, HF_STAGE_INSTALL);
    cr_expect_eq(sim_gateway_stats(play.gateway)->ike_deletes, 1);
    stop();
}

Test(attempt, says_goodbye_and_ends_well, .init = prepare)
{
    begin();
    forget_story();
    hf_attempt_disconnect(play.attempt, play.now);
    settle();
    expect_end(HF_OK, HF_STAGE_NONE);
    cr_expect_eq(sim_gateway_stats(play.gateway)->ike_deletes, 1);
    stop();
}

Test(attempt, does_not_wait_for_ever_to_be_let_go, .init = prepare)
{
    begin();
    play.is_silent = true;
    hf_attempt_disconnect(play.attempt, play.now);
    settle();
    cr_expect_not(play.has_ended);
    advance(HF_SECONDS(1));
    expect_end(HF_OK, HF_STAGE_NONE);
    stop();
}

Test(attempt, delete_by_the_gateway_ends_it_at_once, .init = prepare)
{
    begin();
    cr_assert(sim_gateway_delete_ike(play.gateway, play.now));
    settle();
    expect_end(HF_ERR_PEER_GONE, HF_STAGE_TUNNEL);
    stop();
}

static void use(hf_time last_sent, hf_time last_received)
{
    const struct hf_attempt_usage usage = { .last_sent = last_sent,
                                            .last_received = last_received };

    hf_attempt_handle_usage(play.attempt, &usage, play.now);
    settle();
}

Test(attempt, path_is_lost_ten_seconds_after_unanswered_traffic_and_comes_back, .init = prepare)
{
    begin();
    advance(HF_SECONDS(60));
    forget_story();
    play.is_silent = true;
    use(play.now, 0);
    advance(HF_MILLIS(9800));
    cr_expect_str_eq(play.story, "");
    advance(HF_MILLIS(200));
    cr_expect_str_eq(play.story, "path-lost");
    play.is_silent = false;
    advance(HF_SECONDS(5));
    cr_expect_str_eq(play.story, "path-lost connected");
    stop();
}

/* ESP is dropped on the way, IKE is not. */
Test(attempt, gateway_that_answers_but_carries_nothing_is_told_apart, .init = prepare)
{
    begin();
    forget_story();
    for (int s = 0; s < 16; s++) {
        use(play.now, 0);
        advance(HF_SECONDS(1));
    }
    cr_expect_str_eq(play.story, "ONE-WAY", "and not path-lost");
    use(play.now, play.now);
    cr_expect_str_eq(play.story, "ONE-WAY BOTH-WAYS");
    stop();
}

/* The Delete of the old child, which would be the other sign, never comes. */
Test(attempt, packet_confirms_a_child_that_the_gateway_made, .init = prepare)
{
    struct sim_datagram request;

    begin();
    forget_story();
    cr_assert(sim_gateway_rekey_child(play.gateway, play.now));
    cr_assert(sim_gateway_next_datagram(play.gateway, &request));
    play.is_silent = true;
    hf_attempt_handle_datagram(play.attempt, HF_CHANNEL_UNDERLAY, &request.from, request.bytes,
                               play.now);
    settle();
    cr_expect_str_eq(play.story, "ADD-ASIDE");
    hf_attempt_handle_first_packet(play.attempt, play.spi ^ 1, play.now);
    settle();
    cr_expect_str_eq(play.story, "ADD-ASIDE", "another SA's packet confirms nothing");
    hf_attempt_handle_first_packet(play.attempt, play.spi, play.now);
    settle();
    cr_expect_str_eq(play.story, "ADD-ASIDE SEND");
    stop();
}

/* The gateway is known by its name, and its name by the name servers. */
static void prepare_name(void)
{
    prepare();
    set(play.profile.gateways[0], SIM_GATEWAY_NAME);
    play.hints.resolvers[play.hints.resolver_count++] = (hf_endpoint){
        {HF_FAMILY_V4, { 198, 51, 100, 53 }},
        53
    };
    play.named[play.named_count++] = play.gateway_config.address;
}

static void lose_path(void)
{
    begin();
    advance(HF_SECONDS(60));
    forget_story();
    play.queries = 0;
    play.is_silent = true;
    use(play.now, 0);
}

Test(attempt, lost_gateway_whose_name_leads_elsewhere_is_left_within_eleven_seconds,
     .init = prepare_name)
{
    lose_path();
    play.named[0].octets[3]++;
    advance(HF_SECONDS(11));
    expect_end(HF_ERR_PEER_GONE, HF_STAGE_TUNNEL);
    cr_expect_str_neq(play.last.fault.offered, play.last.fault.received);
    stop();
}

Test(attempt, lost_gateway_with_another_address_is_left_within_sixteen_seconds,
     .init = prepare_name)
{
    lose_path();
    play.named[1] = play.named[0];
    play.named[1].octets[3]++;
    play.named_count = 2;
    advance(HF_SECONDS(11));
    cr_expect_not(play.has_ended, "it may only have been slow");
    advance(HF_SECONDS(5));
    expect_end(HF_ERR_PEER_GONE, HF_STAGE_TUNNEL);
    stop();
}

Test(attempt, lost_gateway_that_has_not_moved_is_waited_for, .init = prepare_name)
{
    lose_path();
    advance(HF_SECONDS(30));
    cr_expect_str_eq(play.story, "path-lost");
    cr_expect_geq(play.queries, 4);
    play.is_silent = false;
    advance(HF_SECONDS(6));
    cr_expect_str_eq(play.story, "path-lost connected");
    play.queries = 0;
    advance(HF_SECONDS(60));
    cr_expect_eq(play.queries, 0, "no name is asked where there is a path");
    stop();
}

Test(attempt, second_address_of_a_name_is_tried_after_three_seconds, .init = prepare_name)
{
    play.named[1] = play.named[0];
    play.named[0].octets[3]++;
    play.named_count = 2;
    begin();
    advance(HF_MILLIS(3100));
    cr_expect_eq(play.gateways, 2);
    cr_expect_not_null(strstr(play.story, " connected"), "%s", play.story);
    stop();
}

Test(attempt, traffic_that_is_answered_keeps_the_path, .init = prepare)
{
    begin();
    forget_story();
    play.is_silent = true; /* IKE alone: ESP gets through */
    for (int s = 0; s < 15; s++) {
        use(play.now, play.now + HF_MILLIS(20));
        advance(HF_SECONDS(1));
    }
    cr_expect_str_eq(play.story, "");
    stop();
}

Test(attempt, rekey_adds_the_new_child_before_the_old_one_goes, .init = prepare)
{
    begin();
    forget_story();
    hf_attempt_rekey(play.attempt, false, play.now);
    settle();
    advance(HF_SECONDS(10));
    cr_expect(strncmp(play.story, "ADD", 3) == 0, "%s", play.story);
    cr_expect_not_null(strstr(play.story, "REMOVE"), "%s", play.story);
    cr_expect_null(strstr(play.story, "ENDED"));
    stop();
}

/* Wherever it stands when it is told to stop. */
Test(attempt, can_be_ended_at_every_stage)
{
    static const struct {
        hf_status hole, plan;
        bool is_silent;
    } stages[] = {
        {HF_ERR_BUSY, HF_OK,       false}, /* the hole is awaited */
        { HF_OK,      HF_OK,       true }, /* the gateway's first answer is */
        { HF_OK,      HF_ERR_BUSY, false}, /* the plan is */
        { HF_OK,      HF_OK,       false}, /* the tunnel is up */
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(stages); i++) {
        memset(&play, 0, sizeof play);
        prepare();
        play.hole = stages[i].hole;
        play.plan = stages[i].plan;
        play.is_silent = stages[i].is_silent;
        begin();
        hf_attempt_disconnect(play.attempt, play.now);
        settle();
        advance(HF_SECONDS(2));
        expect_end(HF_OK, HF_STAGE_NONE);
        stop();
    }
}
