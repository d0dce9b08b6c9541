/* ESP of the gateway (RFC 4303, tunnel mode, in UDP), written on the ciphers alone: it shares no
 * code with client-core/esp, so that a mistake there does not open what it sealed. */
#include "scenario/gateway_internal.h"

#include "support/hex.h"

#include <string.h>

#define ESP_HEADER_LEN ((size_t)8)
#define NEXT_IPV4      4
#define NEXT_IPV6      41
#define NEXT_DUMMY     59
#define WINDOW_BITS    ((uint64_t)1024)

/* --- Sequence numbers ------------------------------------------------------------------------ */

/* The high 32 bits that the sender must have had: RFC 4303, appendix A2.1. */
static uint64_t infer_sequence(const struct gw_child *child, uint32_t low)
{
    uint64_t high = child->highest >> 32;
    uint32_t top = (uint32_t)child->highest;

    if (!child->esn)
        return low;
    if (top >= WINDOW_BITS - 1)
        return (low >= top - (WINDOW_BITS - 1) ? high : high + 1) << 32 | low;
    if (high != 0 && low >= (uint32_t)(top - (WINDOW_BITS - 1)))
        return (high - 1) << 32 | low;
    return high << 32 | low;
}

static uint64_t *word_of(struct gw_child *child, uint64_t sequence)
{
    return &child->window[sequence % WINDOW_BITS / 64];
}

static bool is_replayed(struct gw_child *child, uint64_t sequence)
{
    if (sequence == 0 || sequence + WINDOW_BITS <= child->highest)
        return true;
    return sequence <= child->highest && (*word_of(child, sequence) >> (sequence % 64) & 1) != 0;
}

static void mark_seen(struct gw_child *child, uint64_t sequence)
{
    if (sequence > child->highest + WINDOW_BITS)
        memset(child->window, 0, sizeof child->window);
    else {
        for (uint64_t n = child->highest + 1; n <= sequence; n++)
            *word_of(child, n) &= ~(UINT64_C(1) << (n % 64));
    }
    *word_of(child, sequence) |= UINT64_C(1) << (sequence % 64);
    if (sequence > child->highest)
        child->highest = sequence;
}

/* --- What is authenticated ------------------------------------------------------------------- */

/* With an AEAD and ESN the high bits stand between SPI and sequence number (RFC 4106, section 5);
 * with a separate MAC they come last (RFC 4303, section 2.2.1). */
struct covered {
    uint8_t before[12], after[4];
    struct hf_cipher_message message;
};

static void cover(const struct gw_child *child, uint32_t spi, uint64_t sequence, const uint8_t *iv,
                  struct covered *out)
{
    bool is_aead = child->sizes.integ_key == 0;
    hf_writer before = hf_writer_of(out->before, sizeof out->before);
    hf_writer after = hf_writer_of(out->after, sizeof out->after);

    hf_write_u32(&before, spi);
    if (child->esn && is_aead)
        hf_write_u32(&before, (uint32_t)(sequence >> 32));
    hf_write_u32(&before, (uint32_t)sequence);
    if (child->esn && !is_aead)
        hf_write_u32(&after, (uint32_t)(sequence >> 32));
    out->message = (struct hf_cipher_message){
        .before = {out->before, before.len},
          .after = { out->after, after.len },
          .iv = iv
    };
}

/* --- Sending --------------------------------------------------------------------------------- */

static uint8_t next_header_of(hf_bytes packet)
{
    return packet.len != 0 && packet.data[0] >> 4 == 6 ? NEXT_IPV6 : NEXT_IPV4;
}

static void write_plaintext(hf_writer *w, const struct gw_child *child, hf_bytes packet)
{
    size_t block = child->sizes.block < 4 ? 4 : child->sizes.block;
    size_t padding = (block - (packet.len + 2) % block) % block;

    hf_write_bytes(w, packet);
    for (size_t i = 1; i <= padding; i++)
        hf_write_u8(w, (uint8_t)i);
    hf_write_u8(w, (uint8_t)padding);
    hf_write_u8(w, next_header_of(packet));
}

static void write_iv(struct sim_gateway *gateway, const struct gw_child *child, hf_writer *w)
{
    uint8_t *iv = hf_write_reserve(w, child->sizes.iv);
    hf_writer counter = hf_writer_of(iv, child->sizes.iv);

    if (child->sizes.integ_key == 0)
        hf_write_u64(&counter, child->sent);
    else
        gw_random(gateway, iv, child->sizes.iv);
}

bool gw_esp_send(struct gw_sa *sa, struct gw_child *child, hf_bytes packet)
{
    uint8_t storage[2048];
    hf_writer w = hf_writer_of(storage, sizeof storage);
    struct covered covered;
    uint8_t *plaintext, *icv;

    child->sent++;
    hf_write_u32(&w, child->spi_out);
    hf_write_u32(&w, (uint32_t)child->sent);
    cover(child, child->spi_out, child->sent, storage + w.len, &covered);
    write_iv(sa->gateway, child, &w);
    plaintext = storage + w.len;
    write_plaintext(&w, child, packet);
    icv = hf_write_reserve(&w, child->sizes.icv);
    if (icv == NULL)
        return false;
    if (hf_cipher_seal(child->seal, &covered.message,
                       (hf_bytes){ plaintext, (size_t)(icv - plaintext) }, plaintext, icv) != HF_OK)
        test_die("the gateway cannot seal a packet");
    sa->gateway->stats.esp_out++;
    gw_send(sa->gateway, HF_IKE_NATT_PORT, &sa->client, false, (hf_bytes){ storage, w.len });
    return true;
}

/* --- Receiving ------------------------------------------------------------------------------- */

/* Removes the trailer; false when padding or next header are not what the RFC says. */
static bool remove_trailer(hf_bytes plaintext, hf_bytes *out, uint8_t *out_next)
{
    hf_reader r = hf_reader_of(plaintext), content;
    hf_bytes padded, padding;
    uint8_t padding_len;

    if (!hf_read_until_last(&r, 2, &padded) || !hf_read_u8(&r, &padding_len) ||
        !hf_read_u8(&r, out_next))
        return false;
    content = hf_reader_of(padded);
    if (!hf_read_until_last(&content, padding_len, out) ||
        !hf_read_bytes(&content, padding_len, &padding))
        return false;
    for (size_t i = 0; i < padding.len; i++) {
        if (padding.data[i] != i + 1) /* RFC 4303, section 2.4 */
            return false;
    }
    return true;
}

static void swap(uint8_t *a, uint8_t *b, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t kept = a[i];

        a[i] = b[i];
        b[i] = kept;
    }
}

/* The packet with source and destination exchanged; the IPv4 header checksum stays the same. */
static void echo(struct gw_sa *sa, struct gw_child *child, hf_bytes packet)
{
    uint8_t copy[2048];

    if (packet.len > sizeof copy)
        return;
    hf_copy(copy, packet.data, packet.len);
    if (packet.data[0] >> 4 == 4)
        swap(copy + 12, copy + 16, 4);
    else
        swap(copy + 8, copy + 24, 16);
    (void)gw_esp_send(sa, child, (hf_bytes){ copy, packet.len });
}

static void keep(struct sim_gateway *gateway, hf_bytes packet)
{
    size_t place = (gateway->packet_first + gateway->packet_count) % GW_QUEUE_MAX;

    if (gateway->packet_count == GW_QUEUE_MAX) { /* nobody looks: the oldest goes */
        hf_buf_free(&gateway->packets[place]);
        gateway->packet_first = (gateway->packet_first + 1) % GW_QUEUE_MAX;
        gateway->packet_count--;
    }
    gateway->packets[place] = gw_copy(packet);
    gateway->packet_count++;
}

static void deliver(struct gw_sa *sa, struct gw_child *child, hf_bytes packet, uint8_t next)
{
    struct sim_gateway *gateway = sa->gateway;

    if (next == NEXT_DUMMY)
        return;
    if (next != next_header_of(packet))
        gw_violated(gateway, "an ESP packet names another protocol than it holds");
    else if (!hf_selectors_match_inbound(&child->selectors, packet))
        gw_violated(gateway, "a packet outside of the traffic selectors");
    else {
        keep(gateway, packet);
        echo(sa, child, packet);
    }
}

/* The child of this SPI, and its SA. */
static struct gw_child *find_child(struct sim_gateway *gateway, uint32_t spi, struct gw_sa **out_sa)
{
    for (size_t i = 0; i < GW_SAS_MAX; i++) {
        struct gw_sa *sa = gateway->sas[i];
        struct gw_child *child =
            sa == NULL || sa->state == GW_CLOSED ? NULL : gw_sa_child_by_in(sa, spi);

        if (child != NULL) {
            *out_sa = sa;
            return child;
        }
    }
    return NULL;
}

/* Opens a packet in `storage`; empty when it is not authentic. */
static hf_bytes open_packet(struct gw_child *child, hf_bytes packet, uint64_t *out_sequence,
                            uint8_t *storage, size_t capacity)
{
    hf_reader r = hf_reader_of(packet);
    struct covered covered;
    hf_bytes iv, content, icv;
    uint32_t spi, low;

    if (!hf_read_u32(&r, &spi) || !hf_read_u32(&r, &low) ||
        !hf_read_bytes(&r, child->sizes.iv, &iv) ||
        !hf_read_until_last(&r, child->sizes.icv, &content) ||
        !hf_read_bytes(&r, child->sizes.icv, &icv) || content.len == 0 || content.len > capacity ||
        content.len % child->sizes.block != 0)
        return (hf_bytes){ 0 };
    *out_sequence = infer_sequence(child, low);
    cover(child, spi, *out_sequence, iv.data, &covered);
    if (hf_cipher_open(child->open, &covered.message, content, storage, icv.data) != HF_OK)
        return (hf_bytes){ 0 };
    return (hf_bytes){ storage, content.len };
}

void gw_esp_handle(struct sim_gateway *gateway, const hf_endpoint *from, hf_bytes packet)
{
    uint8_t storage[65536];
    hf_reader r = hf_reader_of(packet);
    struct gw_sa *sa = NULL;
    struct gw_child *child;
    hf_bytes plaintext, inner;
    uint64_t sequence;
    uint32_t spi;
    uint8_t next;

    child = hf_read_u32(&r, &spi) ? find_child(gateway, spi, &sa) : NULL;
    plaintext = child == NULL ? (hf_bytes){ 0 }
                              : open_packet(child, packet, &sequence, storage, sizeof storage);
    if (plaintext.len == 0) {
        gateway->stats.esp_rejected++;
        return;
    }
    if (is_replayed(child, sequence)) {
        gateway->stats.esp_replayed++;
        return;
    }
    mark_seen(child, sequence);
    gateway->stats.esp_in++;
    sa->client = *from;
    sa->local_port = HF_IKE_NATT_PORT;
    if (remove_trailer(plaintext, &inner, &next))
        deliver(sa, child, inner, next);
    else
        gw_violated(gateway, "an ESP packet has a trailer that is not valid");
}
