/* Tests of the clamping of TCP's maximum segment size (engine/dataplane/mss.h). */
#include "engine/dataplane/mss.h"
#include "support/hex.h"
#include "support/test.h"

/* 10.99.0.2:40000 → 10.77.0.1:80, SYN, MSS 1460, window scale and SACK behind it. */
static const char syn4[] = "4500 0034 1234 4000 4006 0000 0a630002 0a4d0001"
                           "9c40 0050 11223344 00000000 8002 faf0 0000 0000"
                           "020405b4 01 030307 01 01 0402";
/* The same with a NOP first, so that the value stands at an odd place. */
static const char syn4_odd[] = "4500 0034 1234 4000 4006 0000 0a630002 0a4d0001"
                               "9c40 0050 11223344 00000000 8002 faf0 0000 0000"
                               "01 020405b4 030307 01 01 0402";
static const char syn6[] = "60000000 0018 06 40 fd770000000000990000000000000002"
                           "fd770000000000010000000000000001"
                           "9c40 0050 11223344 00000000 6002 faf0 0000 0000 020405a0";

struct packet {
    uint8_t *data;
    size_t len;
};

static struct packet packet_of(const char *text)
{
    hf_bytes bytes = hex(text);

    return (struct packet){ test_copy(bytes), bytes.len };
}

static uint32_t sum_of(const uint8_t *at, size_t len)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < len; i++)
        sum += i % 2 == 0 ? (uint32_t)at[i] << 8 : at[i];
    return sum;
}

static uint16_t fold(uint32_t sum)
{
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

/* The sum over pseudo-header and segment: 0 when the checksum in it is right. */
static uint16_t tcp_checksum(const struct packet *p)
{
    bool is_v4 = p->data[0] >> 4 == 4;
    size_t header = is_v4 ? 20 : 40;
    uint32_t sum = is_v4 ? sum_of(p->data + 12, 8) : sum_of(p->data + 8, 32);

    return fold(sum + 6 + (uint32_t)(p->len - header) + sum_of(p->data + header, p->len - header));
}

static struct packet summed(const char *text)
{
    struct packet p = packet_of(text);
    size_t at = (p.data[0] >> 4 == 4 ? 20u : 40u) + 16;
    uint16_t checksum = tcp_checksum(&p);

    p.data[at] = (uint8_t)(checksum >> 8);
    p.data[at + 1] = (uint8_t)checksum;
    cr_assert_eq(tcp_checksum(&p), 0);
    return p;
}

static unsigned mss_at(const struct packet *p, size_t at)
{
    return (unsigned)p->data[at] << 8 | p->data[at + 1];
}

Test(mss, syn_is_lowered_to_what_fits_and_its_checksum_repaired)
{
    struct packet p = summed(syn4);

    cr_expect(hf_mss_clamp(p.data, p.len, 1400));
    cr_expect_eq(mss_at(&p, 42), 1360);
    cr_expect_eq(tcp_checksum(&p), 0);
}

Test(mss, value_at_an_odd_place_keeps_the_checksum_right)
{
    for (uint16_t mtu = 1280; mtu < 1500; mtu++) {
        struct packet p = summed(syn4_odd);

        cr_assert(hf_mss_clamp(p.data, p.len, mtu));
        cr_assert_eq(mss_at(&p, 43), mtu - 40u);
        cr_assert_eq(tcp_checksum(&p), 0);
    }
}

Test(mss, ipv6_leaves_room_for_the_longer_header)
{
    struct packet p = summed(syn6);

    cr_expect(hf_mss_clamp(p.data, p.len, 1400));
    cr_expect_eq(mss_at(&p, 62), 1340);
    cr_expect_eq(tcp_checksum(&p), 0);
}

Test(mss, smaller_value_stays)
{
    struct packet p = summed(syn4);
    uint8_t *before = test_copy((hf_bytes){ p.data, p.len });

    cr_expect_not(hf_mss_clamp(p.data, p.len, 1500));
    cr_expect_arr_eq(p.data, before, p.len);
}

Test(mss, segment_without_syn_and_other_protocols_stay)
{
    struct packet ack = summed(syn4), udp = summed(syn4), fragment = summed(syn4);

    ack.data[33] = 0x10;
    udp.data[9] = 17;
    fragment.data[7] = 1;
    cr_expect_not(hf_mss_clamp(ack.data, ack.len, 1280));
    cr_expect_not(hf_mss_clamp(udp.data, udp.len, 1280));
    cr_expect_not(hf_mss_clamp(fragment.data, fragment.len, 1280));
}

Test(mss, syn_ack_is_lowered_too)
{
    struct packet p = summed(syn4);

    p.data[33] = 0x12;
    cr_expect(hf_mss_clamp(p.data, p.len, 1400));
    cr_expect_eq(mss_at(&p, 42), 1360);
}

Test(mss, every_truncation_is_left_alone)
{
    struct packet whole = summed(syn4);

    for (size_t n = 0; n < 44; n++) {
        struct packet cut = { test_copy((hf_bytes){ whole.data, n }), n };

        cr_expect_not(hf_mss_clamp(cut.data, cut.len, 1280), "%zu", n);
    }
}

Test(mss, hostile_options_are_left_alone)
{
    static const char *const options[] = {
        "00 00 020405b4 0000 0000 0000", /* end of options first */
        "03 00 020405b4 0000 0000 0000", /* length 0 does not go on */
        "03 01 020405b4 0000 0000 0000",  "05 ff 020405b4 0000 0000 0000",
        "02 03 05b4 0000 0000 0000 0000", /* MSS of another length */
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(options); i++) {
        struct packet p = summed(syn4);

        hf_copy(p.data + 40, hex(options[i]).data, 12);
        cr_expect_not(hf_mss_clamp(p.data, p.len, 1280), "%s", options[i]);
    }
}
