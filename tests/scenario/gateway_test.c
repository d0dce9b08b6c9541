/* The gateway in memory itself: its ESP against the client's, which shares no code with it, and
 * that it sees what a client does wrong. What it negotiates is played in scenario_*.c. */
#include "holdfast/esp.h"
#include "ikev2/sa.h"
#include "scenario/gateway_internal.h"
#include "support/env.h"
#include "support/hex.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

/* A client and a gateway with a shared key, and nothing but zero time between them. */
struct rig {
    struct test_env client_env, gateway_env;
    struct sim_gateway_config config;
    struct hf_ikev2_sa_config client_config;
    struct sim_gateway *gateway;
    struct hf_ikev2_sa *client;
    hf_endpoint client_endpoint;
    hf_time now;
    struct hf_ikev2_child child;
    struct hf_esp_outbound *out;
    struct hf_esp_inbound *in;
};

static hf_address address_of(const char *text)
{
    hf_address address;

    if (!hf_address_parse(hf_bytes_of_string(text), &address))
        test_die("not an address: %s", text);
    return address;
}

static void configure(struct rig *rig)
{
    struct hf_ikev2_sa_config *client = &rig->client_config;

    sim_gateway_config_default(&rig->config, NULL);
    rig->config.client_auth = SIM_CLIENT_PSK;
    rig->config.gateway_auth = SIM_GATEWAY_PSK;
    rig->config.psk = hf_bytes_of_string("correct horse battery staple");
    rig->client_endpoint = (hf_endpoint){ address_of("198.51.100.7"), 40000 };
    client->gateway = (hf_endpoint){ rig->config.address, HF_IKE_PORT };
    client->local = rig->client_endpoint;
    client->auth = HF_IKEV2_AUTH_PSK;
    client->gateway_uses_psk = true;
    client->local_id = client->remote_id = rig->config.id;
    client->psk = rig->config.psk;
    client->wall_clock = SIM_WALL_CLOCK;
    client->want_ip4 = client->want_ip6 = true;
}

static struct rig *rig_new(void)
{
    struct rig *rig = calloc(1, sizeof *rig);

    if (rig == NULL)
        test_die("out of memory");
    rig->now = HF_SECONDS(1000);
    test_env_init(&rig->client_env, 1);
    test_env_init(&rig->gateway_env, 2);
    configure(rig);
    return rig;
}

static void rig_free(struct rig *rig)
{
    hf_esp_outbound_free(rig->out);
    hf_esp_inbound_free(rig->in);
    hf_ikev2_sa_free(rig->client);
    sim_gateway_free(rig->gateway);
    free(rig);
}

/* Carries datagrams both ways until nobody has one. */
static void exchange(struct rig *rig)
{
    struct hf_ikev2_datagram up;
    struct sim_datagram down;
    static struct hf_ikev2_event event;
    bool moved;

    do {
        moved = false;
        while (hf_ikev2_sa_next_datagram(rig->client, &up)) {
            sim_gateway_handle_datagram(rig->gateway, &rig->client_endpoint, up.to.port, up.bytes,
                                        rig->now);
            moved = true;
        }
        while (sim_gateway_next_datagram(rig->gateway, &down)) {
            hf_ikev2_sa_handle_datagram(rig->client, &down.from, down.bytes, rig->now);
            moved = true;
        }
        while (hf_ikev2_sa_next_event(rig->client, &event)) {
            if (event.type == HF_IKEV2_CHILD_UP)
                rig->child = event.child;
        }
    } while (moved);
}

static struct hf_esp_params params_of(const struct hf_ikev2_child *child, bool is_outbound)
{
    return (struct hf_esp_params){
        .spi = is_outbound ? child->spi_out : child->spi_in,
        .encr = child->suite.encr,
        .key_bits = child->suite.key_bits,
        .integ = child->suite.integ,
        .esn = child->esn,
        .encr_key = is_outbound ? child->encr_out : child->encr_in,
        .integ_key = is_outbound ? child->integ_out : child->integ_in,
    };
}

/* Connects, and makes the client's ESP from what was negotiated. */
static void connect(struct rig *rig)
{
    struct hf_esp_params out, in;

    rig->gateway = sim_gateway_new(&rig->config, &rig->gateway_env.env);
    cr_assert_eq(hf_ikev2_sa_new(&rig->client_config, &rig->client_env.env, rig->now, &rig->client),
                 HF_OK);
    exchange(rig);
    cr_assert_neq(rig->child.spi_out, 0, "no child SA");
    cr_assert_null(sim_gateway_violation(rig->gateway));
    out = params_of(&rig->child, true);
    in = params_of(&rig->child, false);
    cr_assert_eq(hf_esp_outbound_new(&out, &rig->out), HF_OK);
    cr_assert_eq(hf_esp_inbound_new(&in, &rig->child.selectors, &rig->in), HF_OK);
}

/* --- Packets --------------------------------------------------------------------------------- */

/* UDP from the client to 10.1.2.3; the checksums are not looked at by anybody here. */
static hf_bytes packet4(size_t payload)
{
    size_t len = 28 + payload;
    hf_writer w = hf_writer_of(test_memory(len), len);

    hf_write_u16(&w, 0x4500);
    hf_write_u16(&w, (uint16_t)len);
    hf_write_u32(&w, 0);
    hf_write_u32(&w, 0x40110000);
    hf_write_bytes(&w, hex("0a630002 0a010203 0035 0036"));
    hf_write_u32(&w, (uint32_t)((8 + payload) << 16));
    memset(w.data + w.len, 0x5a, payload);
    return (hf_bytes){ w.data, len };
}

static hf_bytes packet6(void)
{
    return hex("60000000 0008 11 40 20010db8009900000000000000000002"
               "20010db8000000000000000000000001 0035 0036 0008 0000");
}

/* The packet sealed by the client. */
static hf_bytes seal(struct rig *rig, hf_bytes packet)
{
    struct hf_esp_item item = { .in = packet,
                                .out = test_memory(packet.len + HF_ESP_OVERHEAD_MAX) };

    cr_assert_eq(hf_esp_seal(rig->out, &item, 1), 1);
    return (hf_bytes){ item.out, item.out_len };
}

static void send(struct rig *rig, hf_bytes sealed)
{
    sim_gateway_handle_datagram(rig->gateway, &rig->client_endpoint, HF_IKE_NATT_PORT, sealed,
                                rig->now);
}

/* The next packet that the gateway sent, opened by the client; empty when there is none. */
static hf_bytes receive(struct rig *rig)
{
    struct sim_datagram datagram;
    struct hf_esp_item item = { 0 };

    if (!sim_gateway_next_datagram(rig->gateway, &datagram))
        return (hf_bytes){ 0 };
    item.in = datagram.bytes;
    item.out = test_memory(datagram.bytes.len);
    cr_assert_eq(hf_esp_open(rig->in, &item, 1), 1, "%s", hf_status_code(item.status));
    return (hf_bytes){ item.out, item.out_len };
}

/* Sends the packet there and back. */
static void expect_echo(struct rig *rig, hf_bytes packet)
{
    bool is_v4 = packet.data[0] >> 4 == 4;
    size_t at = is_v4 ? 12 : 8, len = is_v4 ? 4 : 16;
    hf_bytes inner, echo;

    send(rig, seal(rig, packet));
    cr_assert(sim_gateway_next_packet(rig->gateway, &inner));
    cr_expect(hf_bytes_equal(inner, packet));
    echo = receive(rig);
    cr_assert_eq(echo.len, packet.len);
    cr_expect(hf_bytes_equal(hf_bytes_slice(echo, at, len), hf_bytes_slice(packet, at + len, len)));
    cr_expect(hf_bytes_equal(hf_bytes_slice(echo, at + len, len), hf_bytes_slice(packet, at, len)));
    cr_expect(hf_bytes_equal(hf_bytes_slice(echo, at + 2 * len, echo.len - at - 2 * len),
                             hf_bytes_slice(packet, at + 2 * len, echo.len - at - 2 * len)));
    cr_expect_null(sim_gateway_violation(rig->gateway));
}

/* Leaves the gateway this cipher, integrity and ESN for ESP. */
static void leave_esp(struct sim_suites *suites, const struct hf_cipher_suite *suite, bool esn)
{
    size_t kept = 0;

    for (size_t i = 0; i < suites->count; i++) {
        const struct hf_ikev2_transform *t = &suites->transforms[i];

        if ((t->type == HF_TRANSFORM_ENCR &&
             (t->id != suite->encr || t->key_bits != suite->key_bits)) ||
            (t->type == HF_TRANSFORM_INTEG && t->id != suite->integ) ||
            (t->type == HF_TRANSFORM_ESN && t->id != (esn ? 1 : 0)))
            continue;
        suites->transforms[kept++] = *t;
    }
    suites->count = kept;
}

Test(gateway_esp, echoes_with_every_suite)
{
    static const struct hf_cipher_suite suites[] = {
        {HF_ENCR_AES_GCM_16,         256, HF_INTEG_NONE        },
        { HF_ENCR_AES_GCM_16,        128, HF_INTEG_NONE        },
        { HF_ENCR_CHACHA20_POLY1305, 0,   HF_INTEG_NONE        },
        { HF_ENCR_AES_CBC,           256, HF_INTEG_SHA2_256_128},
        { HF_ENCR_AES_CBC,           128, HF_INTEG_SHA2_256_128},
        { HF_ENCR_AES_CBC,           256, HF_INTEG_SHA2_512_256},
    };

    for (size_t i = 0; i < 2 * HF_ARRAY_LEN(suites); i++) {
        struct rig *rig = rig_new();
        struct sim_gateway_sa_info info;

        leave_esp(&rig->config.esp, &suites[i / 2], i % 2 == 1);
        connect(rig);
        sim_gateway_info(rig->gateway, &info);
        cr_expect_eq(info.child_suite.encr, suites[i / 2].encr);
        cr_expect_eq(info.child_esn, i % 2 == 1);
        for (size_t payload = 0; payload < 40; payload++)
            expect_echo(rig, packet4(payload));
        expect_echo(rig, packet4(1300));
        expect_echo(rig, packet6());
        rig_free(rig);
    }
}

/* Two implementations of RFC 4303, appendix A2, agree on the sequence number's high half. */
Test(gateway_esp, goes_over_the_edge_of_32_bits_with_esn)
{
    struct rig *rig = rig_new();

    rig->config.prefer_esn = true;
    connect(rig);
    cr_assert(rig->child.esn);
    /* Half way first: near zero a number just below 2^32 is taken for one of the past. */
    gw_sa_newest_child(gw_sa_current(rig->gateway))->sent = UINT64_C(0x80000000);
    expect_echo(rig, packet4(0));
    gw_sa_newest_child(gw_sa_current(rig->gateway))->sent = UINT64_C(0xfffffff0);
    for (size_t i = 0; i < 40; i++)
        expect_echo(rig, packet4(i));
    rig_free(rig);
}

Test(gateway_esp, sends_packets_of_its_own)
{
    struct rig *rig = rig_new();
    hf_bytes packet = hex("4500001c 00000000 40110000 0a010203 0a630002 0035 0036 0008 0000");

    connect(rig);
    cr_assert(sim_gateway_send_packet(rig->gateway, packet));
    cr_expect(hf_bytes_equal(receive(rig), packet));
    rig_free(rig);
}

Test(gateway_esp, takes_a_packet_once)
{
    struct rig *rig = rig_new();
    hf_bytes first, second;

    connect(rig);
    first = seal(rig, packet4(1));
    second = seal(rig, packet4(2));
    send(rig, second);
    send(rig, first);
    send(rig, second);
    send(rig, first);
    cr_expect_eq(sim_gateway_stats(rig->gateway)->esp_in, 2);
    cr_expect_eq(sim_gateway_stats(rig->gateway)->esp_replayed, 2);
    rig_free(rig);
}

Test(gateway_esp, takes_nothing_that_was_changed)
{
    struct rig *rig = rig_new();
    hf_bytes sealed;

    connect(rig);
    sealed = seal(rig, packet4(5));
    for (size_t bit = 0; bit < sealed.len * 8; bit++) {
        uint8_t *changed = test_copy(sealed);

        changed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        send(rig, (hf_bytes){ changed, sealed.len });
    }
    cr_expect_eq(sim_gateway_stats(rig->gateway)->esp_in, 0);
    cr_expect_eq(sim_gateway_stats(rig->gateway)->esp_rejected, sealed.len * 8);
    cr_expect_null(sim_gateway_violation(rig->gateway));
    rig_free(rig);
}

/* --- What a client does wrong ---------------------------------------------------------------- */

Test(gateway_sees, packets_outside_of_the_selectors)
{
    struct rig *rig = rig_new();
    uint8_t *packet = test_copy(packet4(3));

    connect(rig);
    packet[12] ^= 1; /* not the address that was assigned */
    send(rig, seal(rig, (hf_bytes){ packet, 31 }));
    cr_expect_str_eq(sim_gateway_violation(rig->gateway),
                     "a packet outside of the traffic selectors");
    rig_free(rig);
}

/* A second client with the same keys, to say what the real one never would. */
struct twin {
    struct gw_sa *sa;
    struct hf_ikev2_protection protection;
};

static struct twin twin_new(struct rig *rig)
{
    struct twin twin = { .sa = gw_sa_current(rig->gateway) };

    cr_assert_eq(hf_ikev2_keymat_protect(&twin.sa->suite, &twin.sa->keys, true, &twin.protection),
                 HF_OK);
    twin.protection.sealed = 1000; /* beyond what the real one used */
    return twin;
}

/* A request with this message id that holds one vendor id. */
static void say(struct rig *rig, struct twin *twin, uint32_t id, uint8_t exchange_type,
                const char *vendor)
{
    struct hf_ike_header header = { .spi_i = twin->sa->spi_i,
                                    .spi_r = twin->sa->spi_r,
                                    .version = 0x20,
                                    .exchange = exchange_type,
                                    .flags = HF_IKE_FLAG_INITIATOR,
                                    .message_id = id };
    uint8_t storage[100];
    struct hf_ikev2_chain_writer w = hf_ikev2_chain_begin(storage, sizeof storage);
    struct hf_ikev2_datagrams sealed = { 0 };
    uint8_t marked[200] = { 0 };

    hf_ikev2_chain_add(&w, HF_PAYLOAD_VENDOR, hf_bytes_of_string(vendor));
    cr_assert_eq(hf_ikev2_message_seal(&twin->protection, &header, &w, false, 0,
                                       &rig->client_env.env, &sealed),
                 HF_OK);
    cr_assert_leq(sealed.list[0].len + 4, sizeof marked);
    hf_copy(marked + 4, sealed.list[0].data, sealed.list[0].len);
    sim_gateway_handle_datagram(rig->gateway, &rig->client_endpoint, HF_IKE_NATT_PORT,
                                (hf_bytes){ marked, 4 + sealed.list[0].len }, rig->now);
    hf_ikev2_datagrams_clear(&sealed);
}

static void expect_violation(struct rig *rig, struct twin *twin, const char *expected)
{
    const char *seen = sim_gateway_violation(rig->gateway);

    cr_expect_not_null(seen);
    cr_expect_str_eq(seen == NULL ? "" : seen, expected);
    hf_ikev2_protection_clear(&twin->protection);
    rig_free(rig);
}

Test(gateway_sees, nothing_in_what_is_right)
{
    struct rig *rig = rig_new();
    struct twin twin;

    connect(rig);
    twin = twin_new(rig);
    say(rig, &twin, 2, HF_INFORMATIONAL, "a");
    say(rig, &twin, 3, HF_INFORMATIONAL, "b");
    cr_expect_null(sim_gateway_violation(rig->gateway));
    cr_expect_eq(sim_gateway_stats(rig->gateway)->informational_requests, 2);
    hf_ikev2_protection_clear(&twin.protection);
    rig_free(rig);
}

Test(gateway_sees, an_iv_that_comes_again)
{
    struct rig *rig = rig_new();
    struct twin twin;

    connect(rig);
    twin = twin_new(rig);
    say(rig, &twin, 2, HF_INFORMATIONAL, "a");
    twin.protection.sealed = 1000;
    say(rig, &twin, 3, HF_INFORMATIONAL, "b");
    expect_violation(rig, &twin, "an IV was used twice");
}

Test(gateway_sees, a_repetition_that_is_none)
{
    struct rig *rig = rig_new();
    struct twin twin;

    connect(rig);
    twin = twin_new(rig);
    say(rig, &twin, 2, HF_INFORMATIONAL, "a");
    say(rig, &twin, 2, HF_INFORMATIONAL, "b");
    expect_violation(rig, &twin, "a request was sent again with other bytes");
}

Test(gateway_sees, a_request_beyond_the_window)
{
    struct rig *rig = rig_new();
    struct twin twin;

    connect(rig);
    twin = twin_new(rig);
    say(rig, &twin, 3, HF_INFORMATIONAL, "a");
    expect_violation(rig, &twin, "a request came before the answer to the one before");
}

Test(gateway_sees, authentication_after_the_fact)
{
    struct rig *rig = rig_new();
    struct twin twin;

    connect(rig);
    twin = twin_new(rig);
    say(rig, &twin, 2, HF_IKE_AUTH, "a");
    expect_violation(rig, &twin, "IKE_AUTH on an SA that is authenticated");
}

Test(gateway_sees, exchanges_that_do_not_exist)
{
    struct rig *rig = rig_new();
    struct twin twin;

    connect(rig);
    twin = twin_new(rig);
    say(rig, &twin, 2, 99, "a");
    expect_violation(rig, &twin, "an exchange that does not exist");
}
