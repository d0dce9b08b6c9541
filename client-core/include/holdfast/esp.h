/* ESP in batches (RFC 4303), tunnel mode: seal and open packets of one SA direction. No I/O, no
 * lock, nothing allocated per packet: the data plane owns the buffers, one thread owns each object.
 */
#ifndef HOLDFAST_ESP_H
#define HOLDFAST_ESP_H

#include "base/secret.h"
#include "base/selector.h"
#include "base/status.h"

#define HF_ESP_BATCH_MAX     64
#define HF_ESP_REPLAY_WINDOW 4096 /* packets */
/* Room that sealing needs beyond the inner packet: header 8, IV 16, padding and trailer 17, ICV 32.
 */
#define HF_ESP_OVERHEAD_MAX  80

/* One direction of a child SA, as negotiated. */
struct hf_esp_params {
    uint32_t spi;
    uint16_t encr, key_bits, integ; /* registry numbers (crypto/algorithms.def) */
    bool esn;                       /* RFC 4303, section 2.2.1 */
    hf_secret encr_key;             /* with the salt behind it */
    hf_secret integ_key;            /* empty with an AEAD */
};

struct hf_esp_item {
    hf_bytes in;      /* seal: IP packet; open: ESP packet from the SPI on */
    uint8_t *out;     /* room for in.len + HF_ESP_OVERHEAD_MAX (seal) or in.len (open); does not
                         overlap `in`, but for opening in place: in.data itself */
    size_t out_len;   /* result */
    hf_status status; /* result of this packet; others go on */
};

struct hf_esp_counters {
    uint64_t packets, bytes;
    uint64_t replayed, not_authentic, malformed, outside_selectors;
};

struct hf_esp_outbound;
struct hf_esp_inbound;

hf_status hf_esp_outbound_new(const struct hf_esp_params *params,
                              struct hf_esp_outbound **out) HF_MUST_USE;
void hf_esp_outbound_free(struct hf_esp_outbound *sa);
/* Seals up to HF_ESP_BATCH_MAX packets in order; returns how many succeeded. HF_ERR_INTERNAL in an
 * item: the sequence space is used up and nothing leaves any more (RFC 4303, section 3.3.3).
 * HF_ERR_MALFORMED: neither IPv4 nor IPv6. */
size_t hf_esp_seal(struct hf_esp_outbound *sa, struct hf_esp_item *items, size_t count);
/* Packets sealed so far, for rekey decisions; 64 bits also without ESN. */
uint64_t hf_esp_outbound_sequence(const struct hf_esp_outbound *sa);
/* Octets that sealing adds to an inner packet of `len` octets. */
size_t hf_esp_overhead(const struct hf_esp_params *params, size_t len);

/* `selectors` is copied: packets outside of them are dropped (RFC 4301, section 5.2). */
hf_status hf_esp_inbound_new(const struct hf_esp_params *params,
                             const struct hf_selectors *selectors,
                             struct hf_esp_inbound **out) HF_MUST_USE;
void hf_esp_inbound_free(struct hf_esp_inbound *sa);
/* Opens packets; `out` then holds the inner IP packet (`out_len` 0: a dummy packet, RFC 4303,
 * section 2.6). Status per item: HF_ERR_REPLAY, HF_ERR_INTEGRITY, HF_ERR_TRUNCATED,
 * HF_ERR_MALFORMED, HF_ERR_DENIED (outside the selectors). Returns how many succeeded. */
size_t hf_esp_open(struct hf_esp_inbound *sa, struct hf_esp_item *items, size_t count);
const struct hf_esp_counters *hf_esp_inbound_counters(const struct hf_esp_inbound *sa);

/* The SPI of an ESP packet; false when it is too short. */
bool hf_esp_peek_spi(hf_bytes packet, uint32_t *out) HF_MUST_USE;

/* What a UDP datagram on port 4500 is (RFC 3948, section 2; RFC 7296, section 2.23). */
enum hf_udp_kind { HF_UDP_ESP, HF_UDP_IKE, HF_UDP_KEEPALIVE, HF_UDP_GARBAGE };
enum hf_udp_kind hf_udp_classify(hf_bytes datagram);

#endif
