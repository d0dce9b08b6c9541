/* Fuzz target: opening ESP packets with keys that both sides know.
 *
 * Input: one octet that chooses suite and ESN, one that chooses selectors, then packets, each as
 *   how (1) | sequence number (8) | length (2) | that many octets
 * `how` 0: the octets are the packet as it comes from the wire. Otherwise they are the plaintext,
 * and the target seals them first, so that padding, inner headers and selectors are reached at all.
 */
#include "base/reader.h"
#include "base/writer.h"
#include "esp/inbound.h"
#include "fuzz/fuzz.h"
#include "support/esp_pair.h"

#include <stdlib.h>
#include <string.h>

#define PACKETS_MAX 16

struct target {
    struct hf_esp_params params;
    struct hf_esp_layout layout;
    struct hf_selectors selectors;
    struct hf_esp_inbound *in;
    struct hf_cipher *seal;
    size_t opened;
};

/* Everything, nothing, one network, or one service. */
static struct hf_selectors choose_selectors(uint8_t choice)
{
    struct hf_selectors s = esp_any_selectors();

    switch (choice % 4) {
    case 0:
        return s;
    case 1:
        return (struct hf_selectors){ 0 };
    case 2:
        s.remote[0].first = (hf_address){
            HF_FAMILY_V4, {192, 0, 2, 0}
        };
        s.remote[0].last = (hf_address){
            HF_FAMILY_V4, {192, 0, 2, 255}
        };
        return s;
    default:
        s.remote[0].protocol = s.remote[1].protocol = 17;
        s.remote[0].first_port = s.remote[1].first_port = 53;
        s.remote[0].last_port = s.remote[1].last_port = 4000;
        return s;
    }
}

static void init(struct target *t, uint8_t suite, uint8_t selectors)
{
    t->params = esp_params_of(&esp_suites[suite / 2 % ESP_SUITES], suite % 2 != 0, 1);
    t->selectors = choose_selectors(selectors);
    t->opened = 0;
    FUZZ_EXPECT(hf_esp_layout_of(&t->params, &t->layout) == HF_OK);
    FUZZ_EXPECT(hf_esp_inbound_new(&t->params, &t->selectors, &t->in) == HF_OK);
    FUZZ_EXPECT(hf_esp_cipher_of(&t->params, HF_SEAL, &t->seal) == HF_OK);
}

static void clear(struct target *t)
{
    hf_esp_inbound_free(t->in);
    hf_cipher_free(t->seal);
}

/* A packet with this plaintext, cut to what the cipher takes, in fresh memory. */
static hf_bytes seal(struct target *t, uint64_t sequence, hf_bytes plaintext)
{
    size_t content = plaintext.len - plaintext.len % t->layout.block;
    size_t size = HF_ESP_HEADER_LEN + t->layout.iv + content + t->layout.icv;
    struct hf_cipher_message message = { 0 };
    uint8_t *iv, *body, *icv, associated[HF_ESP_ASSOCIATED_MAX];
    hf_writer w = hf_writer_of(malloc(size), size);
    hf_bytes packet;

    FUZZ_EXPECT(w.data != NULL);
    hf_write_u32(&w, ESP_PAIR_SPI);
    hf_write_u32(&w, (uint32_t)sequence);
    iv = hf_write_reserve(&w, t->layout.iv);
    memset(iv, 0, t->layout.iv);
    body = hf_write_reserve(&w, content);
    icv = hf_write_reserve(&w, t->layout.icv);
    hf_esp_associate(&t->layout, (hf_bytes){ w.data, HF_ESP_HEADER_LEN }, sequence, associated,
                     &message);
    message.iv = iv;
    FUZZ_EXPECT(hf_cipher_seal(t->seal, &message, (hf_bytes){ plaintext.data, content }, body,
                               icv) == HF_OK);
    FUZZ_EXPECT(hf_writer_finish(&w, &packet));
    return packet;
}

static bool is_refusal(hf_status status)
{
    return status == HF_ERR_TRUNCATED || status == HF_ERR_MALFORMED || status == HF_ERR_REPLAY ||
           status == HF_ERR_INTEGRITY || status == HF_ERR_DENIED;
}

static void check_result(const struct target *t, const struct hf_esp_item *item)
{
    hf_bytes inner = { item->out, item->out_len };

    if (item->status == HF_OK) {
        FUZZ_EXPECT(inner.len < item->in.len);
        FUZZ_EXPECT(inner.len == 0 || hf_selectors_match_inbound(&t->selectors, inner));
    } else {
        FUZZ_EXPECT(is_refusal(item->status));
        FUZZ_EXPECT(inner.len == 0);
    }
}

/* What opened once never opens again, in place or not, and counts once. */
static void open_twice(struct target *t, hf_bytes packet)
{
    uint8_t *out = malloc(packet.len == 0 ? 1 : packet.len);
    struct hf_esp_item item = { .in = packet, .out = out };
    hf_status first;

    FUZZ_EXPECT(out != NULL);
    t->opened += hf_esp_open(t->in, &item, 1);
    first = item.status;
    check_result(t, &item);
    hf_copy(out, packet.data, packet.len);
    item.in.data = out;
    t->opened += hf_esp_open(t->in, &item, 1);
    check_result(t, &item);
    if (first == HF_OK || first == HF_ERR_DENIED)
        FUZZ_EXPECT(item.status == HF_ERR_REPLAY);
    free(out);
}

static bool one_packet(struct target *t, hf_reader *r)
{
    uint64_t sequence;
    hf_bytes octets, packet;
    uint16_t len;
    uint8_t how;

    if (!hf_read_u8(r, &how) || !hf_read_u64(r, &sequence) || !hf_read_u16(r, &len))
        return false;
    if (!hf_read_bytes(r, len, &octets))
        octets = hf_read_rest(r);
    if (how == 0) {
        open_twice(t, octets);
        return true;
    }
    packet = seal(t, sequence, octets);
    open_twice(t, packet);
    free((void *)(uintptr_t)packet.data);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hf_reader r = hf_reader_of((hf_bytes){ data, size });
    const struct hf_esp_counters *counters;
    uint8_t suite, selectors;
    struct target t;
    size_t packets = 0;

    if (!hf_read_u8(&r, &suite) || !hf_read_u8(&r, &selectors))
        return 0;
    init(&t, suite, selectors);
    while (packets < PACKETS_MAX && one_packet(&t, &r))
        packets++;
    counters = hf_esp_inbound_counters(t.in);
    FUZZ_EXPECT(counters->packets == t.opened);
    FUZZ_EXPECT(counters->packets + counters->replayed + counters->not_authentic +
                    counters->malformed + counters->outside_selectors ==
                2 * packets);
    clear(&t);
    return 0;
}
