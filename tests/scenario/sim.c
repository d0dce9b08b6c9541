/* Client, gateway, network and time: see sim.h. */
#include "scenario/sim.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/hex.h"

static const char psk[] = "correct horse battery staple";

static hf_endpoint endpoint(const char *address, uint16_t port)
{
    hf_endpoint e = { .port = port };

    if (!hf_address_parse(hf_bytes_of_string(address), &e.address))
        test_die("not an address: %s", address);
    return e;
}

static hf_identity identity(const char *text)
{
    hf_identity id;

    if (!hf_identity_parse(hf_bytes_of_string(text), &id))
        test_die("not an identity: %s", text);
    return id;
}

static void configure_auth(struct sim *sim, enum hf_ikev2_auth_kind auth)
{
    struct sim_gateway_config *gateway = &sim->gateway_config;

    sim->client.auth = auth;
    switch (auth) {
    case HF_IKEV2_AUTH_PSK:
        sim->client.gateway_uses_psk = true;
        gateway->gateway_auth = SIM_GATEWAY_PSK;
        gateway->client_auth = SIM_CLIENT_PSK;
        break;
    case HF_IKEV2_AUTH_CERTIFICATE:
        gateway->client_auth = SIM_CLIENT_CERTIFICATE;
        break;
    case HF_IKEV2_AUTH_EAP:
        gateway->client_auth = SIM_CLIENT_EAP_TLS;
        break;
    }
}

struct sim *sim_new(uint64_t seed, enum hf_ikev2_auth_kind auth)
{
    struct sim *sim = calloc(1, sizeof *sim);

    if (sim == NULL)
        test_die("out of memory");
    sim->seed = sim->dice = seed;
    sim->now = SIM_START;
    sim->trace = hf_buf_with_max(SIM_TRACE_MAX);
    sim_random_seed(seed); /* before OpenSSL's generator is used first */
    test_env_init(&sim->client_env, seed ^ UINT64_C(0xc11e47));
    test_env_init(&sim->gateway_env, seed ^ UINT64_C(0x6a7e3a7));
    sim_gateway_config_default(&sim->gateway_config, NULL);
    sim->gateway_config.other_id = identity("other.example.com");
    sim->gateway_config.psk = hf_bytes_of_string(psk);
    sim->client = (struct hf_ikev2_sa_config){
        .gateway = {sim->gateway_config.address, 500               },
        .local = endpoint("198.51.100.10", 4500),
        .local_id = identity(SIM_CLIENT_NAME),
        .remote_id = identity(SIM_GATEWAY_NAME),
        .psk = hf_bytes_of_string(psk),
        .want_ip4 = true,
        .want_ip6 = true,
        .wall_clock = SIM_WALL_CLOCK,
        .eap = { .identity = hf_bytes_of_string(SIM_CLIENT_NAME),
                    .method = HF_EAP_TLS,
                    .tls = { .min = HF_TLS_1_2, .max = HF_TLS_1_3 } },
    };
    configure_auth(sim, auth);
    return sim;
}

/* HOLDFAST_SIM_TRACE=1 tells every story on stderr. */
static void tell(const struct sim *sim)
{
    if (getenv("HOLDFAST_SIM_TRACE") != NULL && sim->trace.len != 0)
        fprintf(stderr, "seed %llu\n%.*s", (unsigned long long)sim->seed, (int)sim->trace.len,
                (const char *)sim->trace.data);
}

void sim_free(struct sim *sim)
{
    tell(sim);
    hf_ikev2_sa_free(sim->sa);
    if (sim->gateway != NULL)
        sim_gateway_free(sim->gateway);
    if (sim->pki != NULL)
        sim_pki_free(sim->pki);
    for (size_t i = 0; i < sim->flight_count; i++)
        hf_buf_free(&sim->flights[i].bytes);
    for (size_t i = 0; i < sim->sent_count; i++)
        hf_buf_free(&sim->sent[i]);
    for (size_t i = 0; i < sim->child_count; i++)
        sim_traffic_child_down(&sim->children[i]);
    hf_buf_free(&sim->trace);
    free(sim);
}

/* --- the network --- */

/* What the gateway sees of the client. */
static hf_endpoint seen_by_gateway(const struct sim *sim)
{
    return sim->network.nat ? endpoint("203.0.113.99", 30001) : sim->client.local;
}

static bool happens(struct sim *sim, unsigned per_mille)
{
    return test_random_below(&sim->dice, 1000) < per_mille;
}

static hf_duration delay(struct sim *sim)
{
    const struct sim_network *network = &sim->network;
    hf_duration base = network->delay != 0 ? network->delay : HF_MILLIS(10);
    hf_duration spread = network->spread != 0 ? network->spread : HF_MILLIS(50);

    return happens(sim, network->reorder) ? base + test_random_below(&sim->dice, spread) : base;
}

bool sim_damage(uint64_t *dice, hf_buf *bytes)
{
    size_t marker = bytes->len > 4 && bytes->data[0] == 0 ? HF_IKE_NON_ESP_MARKER_LEN : 0;
    struct hf_ike_header header;
    hf_bytes message =
        hf_bytes_slice(hf_buf_bytes(bytes), marker, bytes->len < marker ? 0 : bytes->len - marker);

    if (hf_ike_header_decode(message, &header) == HF_OK && header.next_payload != HF_PAYLOAD_SK &&
        header.next_payload != HF_PAYLOAD_SKF)
        return false;
    bytes->data[test_random_below(dice, bytes->len)] ^= (uint8_t)(1u << test_random_below(dice, 8));
    return true;
}

static void put_on_wire(struct sim *sim, enum sim_direction direction, const hf_endpoint *from,
                        const hf_endpoint *to, hf_bytes bytes)
{
    struct sim_flight *flight = &sim->flights[sim->flight_count];

    if (sim->flight_count == SIM_FLIGHT_MAX)
        sim_broken(sim, "more datagrams under way than any of both sides may have");
    *flight = (struct sim_flight){ .at = sim->now + delay(sim),
                                   .order = sim->flight_order++,
                                   .direction = direction,
                                   .from = *from,
                                   .to = *to,
                                   .bytes = hf_buf_with_max(HF_IKE_MESSAGE_MAX + 4) };
    if (!hf_buf_append(&flight->bytes, bytes))
        test_die("out of memory");
    if (bytes.len != 0 && happens(sim, sim->network.corrupt) &&
        !sim_damage(&sim->dice, &flight->bytes))
        hf_buf_free(&flight->bytes);
    else
        sim->flight_count++;
}

static void transmit(struct sim *sim, enum sim_direction direction, const hf_endpoint *from,
                     const hf_endpoint *to, hf_bytes bytes)
{
    bool lost = happens(sim, sim->network.lose) || sim->cut[direction];

    if (sim->drop_next[direction] != 0) {
        sim->drop_next[direction]--;
        lost = true;
    }
    if (lost)
        return;
    put_on_wire(sim, direction, from, to, bytes);
    if (happens(sim, sim->network.duplicate))
        put_on_wire(sim, direction, from, to, bytes);
}

static size_t earliest(const struct sim *sim)
{
    size_t best = 0;

    for (size_t i = 1; i < sim->flight_count; i++) {
        const struct sim_flight *a = &sim->flights[i], *b = &sim->flights[best];

        if (a->at < b->at || (a->at == b->at && a->order < b->order))
            best = i;
    }
    return best;
}

static void deliver(struct sim *sim)
{
    size_t at = earliest(sim);
    struct sim_flight flight = sim->flights[at];

    sim->flights[at] = sim->flights[--sim->flight_count];
    if (flight.direction == TO_GATEWAY)
        sim_gateway_handle_datagram(sim->gateway, &flight.from, flight.to.port,
                                    hf_buf_bytes(&flight.bytes), sim->now);
    else if (!sim_traffic_handle(sim, hf_buf_bytes(&flight.bytes)))
        hf_ikev2_sa_handle_datagram(sim->sa, &flight.from, hf_buf_bytes(&flight.bytes), sim->now);
    hf_buf_free(&flight.bytes);
}

/* --- outputs --- */

static void keep_sent(struct sim *sim, hf_bytes bytes)
{
    hf_buf *slot = &sim->sent[sim->sent_count];

    if (sim->sent_count == SIM_SENT_MAX)
        return;
    *slot = hf_buf_with_max(HF_IKE_MESSAGE_MAX + 4);
    if (!hf_buf_append(slot, bytes))
        test_die("out of memory");
    sim->sent_count++;
}

static void note_event(struct sim *sim, const struct hf_ikev2_event *event)
{
    sim_check_event(sim, event);
    sim->events[event->type]++;
    sim->event_at[event->type] = sim->now;
    switch (event->type) {
    case HF_IKEV2_CONFIGURED:
        sim->assigned = event->config;
        break;
    case HF_IKEV2_CHILD_UP:
        sim_traffic_child_up(&sim->children[sim->child_count++], &event->child);
        sim->selectors = event->child.selectors;
        if (event->child.send_now)
            sim->sending = event->child.spi_out;
        break;
    case HF_IKEV2_CHILD_SEND:
        sim->sending = event->child.spi_out;
        break;
    case HF_IKEV2_CHILD_DOWN:
        for (size_t i = 0; i < sim->child_count; i++) {
            if (sim->children[i].spi_in == event->child.spi_in)
                sim_traffic_child_down(&sim->children[i]);
        }
        break;
    case HF_IKEV2_FAILED:
    case HF_IKEV2_CLOSED:
        sim->fault = event->fault;
        break;
    case HF_IKEV2_AUTHENTICATING:
    case HF_IKEV2_PEER_VERIFIED:
    case HF_IKEV2_ESTABLISHED:
    case HF_IKEV2_IKE_REKEYED:
    case HF_IKEV2_PROOF:
    case HF_IKEV2_UNANSWERED:
        break;
    }
}

void sim_transmit(struct sim *sim, const hf_endpoint *to, hf_bytes bytes)
{
    hf_endpoint seen = seen_by_gateway(sim);

    transmit(sim, TO_GATEWAY, &seen, to, bytes);
}

static void drain(struct sim *sim)
{
    struct hf_ikev2_datagram out;
    struct sim_datagram in;
    struct hf_ikev2_event event;

    while (hf_ikev2_sa_next_event(sim->sa, &event))
        note_event(sim, &event);
    while (hf_ikev2_sa_next_datagram(sim->sa, &out)) {
        sim_check_datagram(sim, &out.to);
        keep_sent(sim, out.bytes);
        sim_transmit(sim, &out.to, out.bytes);
    }
    while (sim_gateway_next_datagram(sim->gateway, &in))
        transmit(sim, TO_CLIENT, &in.from, &sim->client.local, in.bytes);
    sim_trace_drain(sim);
    sim_check_step(sim);
}

/* --- time --- */

static hf_time next_happening(const struct sim *sim)
{
    hf_time at = hf_time_min(hf_ikev2_sa_deadline(sim->sa), sim_gateway_deadline(sim->gateway));

    if (sim->flight_count != 0)
        at = hf_time_min(at, sim->flights[earliest(sim)].at);
    return at > sim->now ? at : sim->now;
}

/* What is due is done at once: a deadline that stays would make the caller's loop spin. */
static void let_time_pass(struct sim *sim)
{
    hf_ikev2_sa_handle_time(sim->sa, sim->now);
    if (hf_ikev2_sa_deadline(sim->sa) <= sim->now)
        sim_broken(sim, "a deadline that passed and stays");
}

/* One thing happens; false when nothing does up to `end`, which is then the time. */
static bool step(struct sim *sim, hf_time end)
{
    hf_time at = next_happening(sim);

    if (at > end) {
        sim->now = end;
        return false;
    }
    sim->now = at;
    if (sim->flight_count != 0 && sim->flights[earliest(sim)].at <= at)
        deliver(sim);
    else if (hf_ikev2_sa_deadline(sim->sa) <= at)
        let_time_pass(sim);
    else
        sim_gateway_handle_time(sim->gateway, at);
    drain(sim);
    return true;
}

void sim_advance(struct sim *sim, hf_duration duration)
{
    hf_time end = sim->now + duration;

    drain(sim);
    while (step(sim, end))
        continue;
}

bool sim_run_until(struct sim *sim, enum hf_ikev2_event_type type, hf_duration limit)
{
    hf_time end = sim->now + limit;
    unsigned before = sim->events[type];

    drain(sim);
    while (sim->events[type] == before && step(sim, end))
        continue;
    return sim->events[type] != before;
}

/* --- the story --- */

static void make_credentials(struct sim *sim)
{
    struct hf_tls_config *tls = &sim->client.eap.tls;

    if (sim->client.auth == HF_IKEV2_AUTH_PSK && sim->client.gateway_uses_psk)
        return;
    if (sim->pki == NULL)
        sim->pki = sim_pki_new(&sim->pki_options);
    sim_random_seed(sim->seed); /* again: keys are made once in a process */
    sim->gateway_config.pki = sim->pki;
    sim->client.trust = tls->trust = sim->pki->trust;
    sim->client.credential = tls->credential = &sim->pki->client;
    tls->policy.now = sim->client.wall_clock;
    if (tls->policy.identity.type == HF_ID_NONE)
        tls->policy.identity = sim->client.remote_id;
}

void sim_connect(struct sim *sim)
{
    make_credentials(sim);
    sim->gateway = sim_gateway_new(&sim->gateway_config, &sim->gateway_env.env);
    if (hf_ikev2_sa_new(&sim->client, &sim->client_env.env, sim->now, &sim->sa) != HF_OK)
        test_die("the SA cannot be made");
    drain(sim);
}

void sim_establish(struct sim *sim)
{
    sim_connect(sim);
    if (!sim_run_until(sim, HF_IKEV2_ESTABLISHED, HF_SECONDS(60)))
        sim_broken(sim, "no tunnel within 60 s");
    sim_advance(sim, HF_MILLIS(200));
}

void sim_drop_next(struct sim *sim, enum sim_direction direction)
{
    sim->drop_next[direction]++;
}

void sim_inject(struct sim *sim, uint16_t port, hf_bytes datagram)
{
    hf_endpoint from = { sim->gateway_config.address, port };

    hf_ikev2_sa_handle_datagram(sim->sa, &from, datagram, sim->now);
    drain(sim);
}

hf_bytes sim_sent(const struct sim *sim, size_t n)
{
    return n < sim->sent_count ? hf_buf_bytes(&sim->sent[n]) : (hf_bytes){ 0 };
}

size_t sim_live_children(const struct sim *sim)
{
    size_t live = 0;

    for (size_t i = 0; i < sim->child_count; i++)
        live += !sim->children[i].is_down;
    return live;
}
