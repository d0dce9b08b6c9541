/* Tests of the data plane with real SAs, a UDP socket of loopback as the gateway and a socketpair
 * in place of the TUN device (engine/dataplane/dataplane.h). */
#include "engine/dataplane/dataplane.h"

#include "crypto/algorithms.h"
#include "engine/dataplane/buffers.h"
#include "engine/dataplane/underlay.h"
#include "support/test.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#define PATIENCE_MS 5000
#define INNER_LEN   60

static struct hf_dataplane *dp;
static int gateway, underlay, tun; /* our ends, but `underlay`, which is the client's socket */
static struct sockaddr_in client_at;
static hf_endpoint gateway_at;
static const struct hf_selectors everything = {
    .local = { { .first = { HF_FAMILY_V4, { 10, 99, 0, 2 } },
                 .last = { HF_FAMILY_V4, { 10, 99, 0, 2 } },
                 .last_port = UINT16_MAX } },
    .local_count = 1,
    .remote = { { .first = { HF_FAMILY_V4, { 10, 0, 0, 0 } },
                  .last = { HF_FAMILY_V4, { 10, 77, 255, 255 } },
                  .last_port = UINT16_MAX } },
    .remote_count = 1,
};

static struct sockaddr_in bound(int fd, uint32_t address)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(address) };
    socklen_t len = sizeof at;

    cr_assert_eq(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    return at;
}

static void start(void)
{
    struct sockaddr_storage gateway_address = { 0 };
    struct sockaddr_in at;
    int pair[2];

    cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    tun = pair[0];
    gateway = socket(AF_INET, SOCK_DGRAM, 0);
    underlay = socket(AF_INET, SOCK_DGRAM, 0);
    client_at = bound(underlay, INADDR_LOOPBACK);
    at = bound(gateway, INADDR_LOOPBACK);
    memcpy(&gateway_address, &at, sizeof at);
    cr_assert(hf_sockaddr_endpoint(&gateway_address, &gateway_at));
    cr_assert_eq(hf_dataplane_new(&dp), HF_OK);
    cr_assert_eq(hf_dataplane_set_underlay(dp, underlay, &gateway_at), HF_OK);
    cr_assert_eq(hf_dataplane_set_tun(dp, pair[1], 1400), HF_OK);
    close(pair[1]);
}

static void stop(void)
{
    hf_dataplane_stop(dp);
    close(gateway);
    close(underlay);
    close(tun);
}

static bool is_readable(int fd, int timeout_ms)
{
    struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

    return poll(&poll_fd, 1, timeout_ms) == 1;
}

static size_t receive(int fd, uint8_t *out, size_t capacity)
{
    ssize_t len;

    cr_assert(is_readable(fd, PATIENCE_MS), "nothing came");
    len = recv(fd, out, capacity, MSG_DONTWAIT);
    cr_assert_gt(len, 0);
    return (size_t)len;
}

/* The two directions of a child SA as the client sees them; keys follow from the SPI. */
static struct hf_esp_params params(uint32_t spi)
{
    struct hf_esp_params p = { .spi = spi, .encr = HF_ENCR_AES_GCM_16, .key_bits = 256 };

    p.encr_key.len = 36;
    for (size_t i = 0; i < p.encr_key.len; i++)
        p.encr_key.data[i] = (uint8_t)(spi + i);
    return p;
}

/* A child and the gateway's side of it. */
struct child {
    uint32_t in, out;
    struct hf_esp_outbound *seals; /* the gateway's, towards the client */
    struct hf_esp_inbound *opens;
};

static struct hf_selectors mirrored(void)
{
    struct hf_selectors s = everything;

    s.local[0] = everything.remote[0];
    s.remote[0] = everything.local[0];
    return s;
}

static struct child add_child(uint32_t spi, bool send_now)
{
    struct child c = { .in = spi, .out = spi + 1 };
    struct hf_esp_params in = params(c.in), out = params(c.out);
    struct hf_selectors theirs = mirrored();

    cr_assert_eq(hf_esp_outbound_new(&in, &c.seals), HF_OK);
    cr_assert_eq(hf_esp_inbound_new(&out, &theirs, &c.opens), HF_OK);
    cr_assert_eq(hf_dataplane_child_add(dp, &in, &out, &everything, send_now), HF_OK);
    return c;
}

static void free_child(struct child *c)
{
    hf_esp_outbound_free(c->seals);
    hf_esp_inbound_free(c->opens);
}

/* An IPv4 packet with a number in it, client → network or back, as a TUN device has it. */
struct inner {
    uint8_t vnet[HF_VNET_LEN];
    uint8_t packet[INNER_LEN];
};

static struct inner inner(uint32_t number, bool outbound)
{
    static const uint8_t client[4] = { 10, 99, 0, 2 }, host[4] = { 10, 77, 0, 1 };
    struct inner i = {
        .packet = {0x45, 0, 0, INNER_LEN, 0, 0, 0, 0, 64, 17}
    };

    memcpy(i.packet + 12, outbound ? client : host, 4);
    memcpy(i.packet + 16, outbound ? host : client, 4);
    memcpy(i.packet + 28, &number, sizeof number);
    return i;
}

static uint32_t number_of(const uint8_t *packet, size_t len)
{
    uint32_t number;

    cr_assert_eq(len, INNER_LEN);
    memcpy(&number, packet + 28, sizeof number);
    return number;
}

static void write_tun(const struct inner *i)
{
    cr_assert_eq(send(tun, i, sizeof *i, 0), sizeof *i);
}

static void send_to_client(int from, const void *octets, size_t len)
{
    cr_assert_eq(sendto(from, octets, len, 0, (struct sockaddr *)&client_at, sizeof client_at),
                 (ssize_t)len);
}

/* The gateway sends an inner packet to the client. */
static void send_sealed(struct child *c, uint32_t number)
{
    struct inner i = inner(number, false);
    uint8_t sealed[INNER_LEN + HF_ESP_OVERHEAD_MAX];
    struct hf_esp_item item = { .in = HF_BYTES_OF(i.packet), .out = sealed };

    cr_assert_eq(hf_esp_seal(c->seals, &item, 1), 1);
    send_to_client(gateway, sealed, item.out_len);
}

/* The gateway opens what came with the child that it belongs to. */
static uint32_t receive_sealed(struct child *children, size_t count)
{
    uint8_t datagram[2000], opened[2000];
    struct hf_esp_item item = {
        .in = {datagram, receive(gateway, datagram, sizeof datagram)},
          .out = opened
    };
    uint32_t spi;

    cr_assert(hf_esp_peek_spi(item.in, &spi));
    for (size_t i = 0; i < count; i++) {
        if (children[i].out == spi && hf_esp_open(children[i].opens, &item, 1) == 1)
            return number_of(opened, item.out_len);
    }
    cr_assert_fail("a packet of SPI %08x that does not open", spi);
    return 0;
}

static uint32_t read_tun(void)
{
    struct inner i;
    static const uint8_t zeros[HF_VNET_LEN];
    size_t len = receive(tun, (uint8_t *)&i, sizeof i);

    cr_assert_eq(len, sizeof i);
    cr_assert_arr_eq(i.vnet, zeros, sizeof zeros);
    return number_of(i.packet, len - HF_VNET_LEN);
}

/* Waits until a counter has a value; the threads count a moment after they have acted. */
static uint64_t counter(size_t offset, uint64_t wanted)
{
    struct hf_engine_counters counters;
    uint64_t value = 0;

    for (int i = 0; i < PATIENCE_MS && value != wanted; i++) {
        hf_dataplane_counters(dp, &counters);
        memcpy(&value, (uint8_t *)&counters + offset, sizeof value);
        if (value != wanted)
            (void)poll(NULL, 0, 1);
    }
    return value;
}
#define expect_counter(name, wanted)                                                               \
    cr_expect_eq(counter(offsetof(struct hf_engine_counters, name), wanted), wanted, #name)

Test(dataplane, packet_of_the_tun_leaves_sealed)
{
    struct child c;
    struct inner i = inner(77, true);

    start();
    c = add_child(0x1000, true);
    write_tun(&i);
    cr_expect_eq(receive_sealed(&c, 1), 77);
    expect_counter(packets_out, 1);
    expect_counter(octets_out, INNER_LEN);
    stop();
    free_child(&c);
}

Test(dataplane, sealed_packet_reaches_the_tun)
{
    struct child c;

    start();
    c = add_child(0x1000, true);
    send_sealed(&c, 78);
    cr_expect_eq(read_tun(), 78);
    expect_counter(packets_in, 1);
    expect_counter(octets_in, INNER_LEN);
    stop();
    free_child(&c);
}

Test(dataplane, packets_wait_for_the_first_sa)
{
    struct child c;
    struct inner i = inner(5, true);

    start();
    write_tun(&i);
    cr_expect_not(is_readable(gateway, 50));
    c = add_child(0x1000, true);
    cr_expect_eq(receive_sealed(&c, 1), 5);
    stop();
    free_child(&c);
}

Test(dataplane, replayed_and_changed_packets_are_counted_and_dropped)
{
    struct child c;
    struct inner i = inner(1, false);
    uint8_t sealed[INNER_LEN + HF_ESP_OVERHEAD_MAX];
    struct hf_esp_item item = { .in = HF_BYTES_OF(i.packet), .out = sealed };

    start();
    c = add_child(0x1000, true);
    cr_assert_eq(hf_esp_seal(c.seals, &item, 1), 1);
    send_to_client(gateway, sealed, item.out_len);
    cr_expect_eq(read_tun(), 1);
    send_to_client(gateway, sealed, item.out_len);
    expect_counter(replayed, 1);
    sealed[7]++; /* another sequence number */
    send_to_client(gateway, sealed, item.out_len);
    expect_counter(not_authentic, 1);
    sealed[0]++; /* another SPI */
    send_to_client(gateway, sealed, item.out_len);
    expect_counter(no_sa, 1);
    cr_expect_not(is_readable(tun, 0));
    stop();
    free_child(&c);
}

Test(dataplane, datagrams_of_others_are_dropped_unseen)
{
    struct child c;
    struct hf_dataplane_output output;
    uint8_t ike[40] = { 0, 0, 0, 0, 1 };
    int stranger = socket(AF_INET, SOCK_DGRAM, 0);

    (void)bound(stranger, INADDR_LOOPBACK + 1);
    start();
    c = add_child(0x1000, true);
    send_to_client(stranger, ike, sizeof ike);
    expect_counter(foreign, 1);
    cr_expect_not(hf_dataplane_next(dp, &output));
    stop();
    close(stranger);
    free_child(&c);
}

static void fetch(struct hf_dataplane_output *out)
{
    cr_assert(is_readable(hf_dataplane_fd(dp), PATIENCE_MS));
    hf_dataplane_take_wake(dp);
    cr_assert(hf_dataplane_next(dp, out));
}

Test(dataplane, ike_goes_to_control_as_it_came_and_keepalives_do_not)
{
    uint8_t ike[40] = { 0, 0, 0, 0, 1, 2, 3 }, keepalive = 0xff;
    struct hf_dataplane_output output;

    start();
    send_to_client(gateway, &keepalive, 1);
    send_to_client(gateway, ike, sizeof ike);
    fetch(&output);
    cr_expect_eq(output.type, HF_DATAPLANE_DATAGRAM);
    cr_expect(hf_endpoint_equal(&output.from, &gateway_at));
    cr_expect(hf_bytes_equal(output.datagram, HF_BYTES_OF(ike)));
    hf_dataplane_release(dp);
    cr_expect_not(hf_dataplane_next(dp, &output));
    stop();
}

Test(dataplane, large_ike_datagram_arrives_whole)
{
    static uint8_t ike[60000];
    struct hf_dataplane_output output;

    for (size_t i = 4; i < sizeof ike; i++)
        ike[i] = (uint8_t)i;
    start();
    send_to_client(gateway, ike, sizeof ike);
    fetch(&output);
    cr_expect(hf_bytes_equal(output.datagram, HF_BYTES_OF(ike)));
    hf_dataplane_release(dp);
    stop();
}

Test(dataplane, datagram_of_control_leaves_also_when_the_end_follows)
{
    uint8_t ike[] = "goodbye", got[64];
    size_t len;

    start();
    hf_dataplane_send(dp, &gateway_at, HF_BYTES_OF(ike));
    hf_dataplane_stop(dp);
    len = receive(gateway, got, sizeof got);
    cr_expect(hf_bytes_equal((hf_bytes){ got, len }, HF_BYTES_OF(ike)));
    close(gateway);
    close(underlay);
    close(tun);
}

Test(dataplane, super_packets_and_foreign_packets_of_the_tun_are_dropped)
{
    struct child c;
    struct inner super = inner(1, true), foreign = inner(2, true), good = inner(3, true);

    super.vnet[1] = 1;       /* VIRTIO_NET_HDR_GSO_TCPV4 */
    foreign.packet[15] = 99; /* not our inner address */
    start();
    c = add_child(0x1000, true);
    write_tun(&super);
    write_tun(&foreign);
    write_tun(&good);
    cr_expect_eq(receive_sealed(&c, 1), 3);
    expect_counter(malformed, 1);
    expect_counter(outside_selectors, 1);
    stop();
    free_child(&c);
}

/* Numbered packets in both directions while SAs come, are switched and go: RFC 7296, section 2.8.
 */
Test(dataplane, rekeys_lose_nothing_either_way)
{
    struct child children[2];
    uint32_t up = 0, down = 0;

    start();
    children[0] = add_child(0x1000, true);
    for (uint32_t round = 1; round < 60; round++) {
        for (size_t i = 0; i < 20; i++) {
            struct inner packet = inner(up + (uint32_t)i, true);

            write_tun(&packet);
            if (i == 4)
                children[1] = add_child(0x1000 + round * 2, false);
            if (i == 9)
                hf_dataplane_child_send(dp, children[1].out);
        }
        for (size_t i = 0; i < 20; i++)
            send_sealed(&children[i % 2], down + (uint32_t)i);
        for (size_t i = 0; i < 20; i++)
            cr_assert_eq(receive_sealed(children, 2), up++);
        for (size_t i = 0; i < 20; i++)
            cr_assert_eq(read_tun(), down++);
        hf_dataplane_child_remove(dp, children[0].in);
        free_child(&children[0]);
        children[0] = children[1];
    }
    expect_counter(packets_out, up);
    expect_counter(packets_in, down);
    expect_counter(no_sa, 0);
    expect_counter(unsent, 0);
    stop();
    free_child(&children[0]);
}

Test(dataplane, forgotten_sa_opens_and_seals_no_more)
{
    struct child c;
    struct inner i = inner(1, true);

    start();
    c = add_child(0x1000, true);
    hf_dataplane_child_remove(dp, c.in);
    send_sealed(&c, 1);
    expect_counter(no_sa, 1);
    write_tun(&i);
    cr_expect_not(is_readable(gateway, 50));
    stop();
    free_child(&c);
}

Test(dataplane, usage_is_of_the_sa_in_use_alone)
{
    struct child children[2];
    uint64_t octets = 0, sequence = 0;
    struct inner i = inner(1, true);

    start();
    cr_expect_not(hf_dataplane_usage(dp, &octets, &sequence));
    children[0] = add_child(0x1000, true);
    write_tun(&i);
    write_tun(&i);
    (void)receive_sealed(children, 1);
    (void)receive_sealed(children, 1);
    expect_counter(packets_out, 2);
    cr_assert(hf_dataplane_usage(dp, &octets, &sequence));
    cr_expect_eq(octets, 2 * INNER_LEN);
    cr_expect_eq(sequence, 2);
    children[1] = add_child(0x2000, true);
    write_tun(&i);
    (void)receive_sealed(children, 2);
    expect_counter(packets_out, 3);
    cr_assert(hf_dataplane_usage(dp, &octets, &sequence));
    cr_expect_eq(octets, INNER_LEN);
    cr_expect_eq(sequence, 1);
    stop();
    free_child(&children[0]);
    free_child(&children[1]);
}

Test(dataplane, watched_traffic_wakes_once_and_unwatched_never)
{
    struct hf_dataplane_output output;
    struct child c;

    start();
    c = add_child(0x1000, true);
    send_sealed(&c, 1);
    cr_expect_eq(read_tun(), 1);
    fetch(&output); /* the SA's first packet */
    hf_dataplane_release(dp);
    cr_expect_not(is_readable(hf_dataplane_fd(dp), 50));
    hf_dataplane_watch(dp);
    send_sealed(&c, 2);
    cr_expect(is_readable(hf_dataplane_fd(dp), PATIENCE_MS));
    cr_expect_eq(read_tun(), 2);
    hf_dataplane_take_wake(dp);
    send_sealed(&c, 3);
    cr_expect_eq(read_tun(), 3);
    cr_expect_not(is_readable(hf_dataplane_fd(dp), 50));
    stop();
    free_child(&c);
}

Test(dataplane, lost_device_is_told)
{
    struct child c;
    struct hf_dataplane_output output;

    start();
    c = add_child(0x1000, true);
    close(tun);
    fetch(&output);
    cr_expect_eq(output.type, HF_DATAPLANE_TUN_LOST);
    hf_dataplane_release(dp);
    tun = -1;
    stop();
    free_child(&c);
}

Test(dataplane, first_packet_of_each_inbound_sa_is_told)
{
    struct child children[2];
    struct hf_dataplane_output output;

    start();
    children[0] = add_child(0x1000, true);
    children[1] = add_child(0x2000, false);
    for (uint32_t i = 0; i < 2; i++) {
        send_sealed(&children[i], 2 * i);
        cr_expect_eq(read_tun(), 2 * i);
        fetch(&output);
        cr_expect_eq(output.type, HF_DATAPLANE_FIRST_PACKET);
        cr_expect_eq(output.spi, children[i].in);
        hf_dataplane_release(dp);
        send_sealed(&children[i], 2 * i + 1);
        cr_expect_eq(read_tun(), 2 * i + 1);
        cr_expect_not(hf_dataplane_next(dp, &output));
    }
    stop();
    free_child(&children[0]);
    free_child(&children[1]);
}

Test(dataplane, both_threads_answer_an_echo_together)
{
    struct hf_dataplane_output output;

    start();
    for (unsigned i = 0; i < 2; i++) {
        hf_dataplane_echo(dp);
        hf_dataplane_echo(dp);                    /* is under way already */
        while (!hf_dataplane_next(dp, &output)) { /* the first of the two wakes us as well */
            cr_assert(is_readable(hf_dataplane_fd(dp), PATIENCE_MS));
            hf_dataplane_take_wake(dp);
        }
        cr_expect_eq(output.type, HF_DATAPLANE_ECHOED);
        hf_dataplane_release(dp);
        cr_expect_not(hf_dataplane_next(dp, &output));
    }
    stop();
}

Test(dataplane, children_are_bounded)
{
    struct hf_esp_params in, out;

    start();
    for (uint32_t i = 0; i < 8; i++) {
        in = params(i * 2 + 1);
        out = params(i * 2 + 2);
        cr_assert_eq(hf_dataplane_child_add(dp, &in, &out, &everything, false), HF_OK);
    }
    in = params(100);
    out = params(101);
    cr_expect_eq(hf_dataplane_child_add(dp, &in, &out, &everything, false), HF_ERR_BUSY);
    hf_dataplane_child_remove(dp, 1);
    cr_expect_eq(hf_dataplane_child_add(dp, &in, &out, &everything, false), HF_OK);
    stop();
}
