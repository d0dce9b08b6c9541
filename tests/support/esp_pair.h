/* Two ends of an ESP SA with keys from a seed, and IP packets to send through it: for the tests,
 * the fuzzer and the benchmark of esp/. */
#ifndef HF_TESTS_SUPPORT_ESP_PAIR_H
#define HF_TESTS_SUPPORT_ESP_PAIR_H

#include <holdfast/esp.h>

struct esp_suite {
    const char *name;
    uint16_t encr, key_bits, integ;
};

/* Every cipher of the registry, each MAC at least once. */
#define ESP_SUITES 7
extern const struct esp_suite esp_suites[ESP_SUITES];

struct esp_pair {
    struct hf_esp_params params;
    struct hf_esp_outbound *out;
    struct hf_esp_inbound *in;
};

#define ESP_PAIR_SPI 0x01020304

struct hf_esp_params esp_params_of(const struct esp_suite *suite, bool esn, uint64_t seed);
/* Everything of both families may come in. */
struct hf_selectors esp_any_selectors(void);
void esp_pair_init(struct esp_pair *pair, const struct esp_suite *suite, bool esn);
void esp_pair_clear(struct esp_pair *pair);

/* A packet of `len` octets in all (at least 20, or 40), from 192.0.2.1 to 198.51.100.2 or
 * 2001:db8::1 to 2001:db8::2, protocol 253 (for experiments: no ports). */
hf_bytes esp_ip_packet(enum hf_family family, size_t len, uint64_t seed);
/* Seals it into fresh memory of exactly the result's length; the status of the item. */
hf_status esp_seal_one(struct hf_esp_outbound *sa, hf_bytes packet, hf_bytes *out);
/* Opens into fresh memory; `*out` may be NULL. */
hf_status esp_open_one(struct hf_esp_inbound *sa, hf_bytes packet, hf_bytes *out);

#endif
