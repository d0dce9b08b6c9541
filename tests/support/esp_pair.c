/* Two ends of an ESP SA: see esp_pair.h. */
#include "support/esp_pair.h"

#include "base/writer.h"
#include "crypto/algorithms.h"
#include "crypto/cipher.h"
#include "support/env.h"
#include "support/hex.h"

#include <string.h>

const struct esp_suite esp_suites[ESP_SUITES] = {
    {"aes256gcm16",       HF_ENCR_AES_GCM_16,        256, HF_INTEG_NONE        },
    { "aes128gcm16",      HF_ENCR_AES_GCM_16,        128, HF_INTEG_NONE        },
    { "chacha20poly1305", HF_ENCR_CHACHA20_POLY1305, 0,   HF_INTEG_NONE        },
    { "aes256-sha256",    HF_ENCR_AES_CBC,           256, HF_INTEG_SHA2_256_128},
    { "aes128-sha256",    HF_ENCR_AES_CBC,           128, HF_INTEG_SHA2_256_128},
    { "aes128-sha384",    HF_ENCR_AES_CBC,           128, HF_INTEG_SHA2_384_192},
    { "aes256-sha512",    HF_ENCR_AES_CBC,           256, HF_INTEG_SHA2_512_256},
};

struct hf_esp_params esp_params_of(const struct esp_suite *suite, bool esn, uint64_t seed)
{
    struct hf_esp_params params = { .spi = ESP_PAIR_SPI,
                                    .encr = suite->encr,
                                    .key_bits = suite->key_bits,
                                    .integ = suite->integ,
                                    .esn = esn };
    struct hf_cipher_suite cipher = { suite->encr, suite->key_bits, suite->integ };
    struct hf_cipher_sizes sizes;

    if (hf_cipher_sizes(&cipher, &sizes) != HF_OK)
        test_die("%s is no suite", suite->name);
    params.encr_key.len = sizes.encr_key;
    params.integ_key.len = sizes.integ_key;
    test_random_fill(&seed, params.encr_key.data, sizes.encr_key);
    test_random_fill(&seed, params.integ_key.data, sizes.integ_key);
    return params;
}

struct hf_selectors esp_any_selectors(void)
{
    return (struct hf_selectors){
        .local = {hf_selector_any(HF_FAMILY_V4),  hf_selector_any(HF_FAMILY_V6)},
        .local_count = 2,
        .remote = { hf_selector_any(HF_FAMILY_V4), hf_selector_any(HF_FAMILY_V6)},
        .remote_count = 2,
    };
}

void esp_pair_init(struct esp_pair *pair, const struct esp_suite *suite, bool esn)
{
    struct hf_selectors selectors = esp_any_selectors();

    pair->params = esp_params_of(suite, esn, 1);
    if (hf_esp_outbound_new(&pair->params, &pair->out) != HF_OK ||
        hf_esp_inbound_new(&pair->params, &selectors, &pair->in) != HF_OK)
        test_die("no SA for %s", suite->name);
}

void esp_pair_clear(struct esp_pair *pair)
{
    hf_esp_outbound_free(pair->out);
    hf_esp_inbound_free(pair->in);
}

static void write_v4(hf_writer *w, size_t len)
{
    hf_write_bytes(w, hex("45 00"));
    hf_write_u16(w, (uint16_t)len);
    hf_write_bytes(w, hex("0001 0000 40 fd 0000 c0000201 c6336402"));
}

static void write_v6(hf_writer *w, size_t len)
{
    hf_write_bytes(w, hex("60000000"));
    hf_write_u16(w, (uint16_t)(len - 40));
    hf_write_bytes(w, hex("fd 40 20010db8000000000000000000000001"
                          "20010db8000000000000000000000002"));
}

hf_bytes esp_ip_packet(enum hf_family family, size_t len, uint64_t seed)
{
    hf_writer w = hf_writer_of(test_memory(len), len);
    hf_bytes packet;

    if (family == HF_FAMILY_V4)
        write_v4(&w, len);
    else
        write_v6(&w, len);
    test_random_fill(&seed, w.data + w.len, len - w.len);
    (void)hf_write_reserve(&w, len - w.len);
    if (!hf_writer_finish(&w, &packet))
        test_die("%zu octets hold no IP packet", len);
    return packet;
}

hf_status esp_seal_one(struct hf_esp_outbound *sa, hf_bytes packet, hf_bytes *out)
{
    struct hf_esp_item item = { .in = packet,
                                .out = test_memory(packet.len + HF_ESP_OVERHEAD_MAX) };

    if ((hf_esp_seal(sa, &item, 1) == 1) != (item.status == HF_OK))
        test_die("the count and the status do not agree");
    if (item.status == HF_OK)
        *out = (hf_bytes){ test_copy((hf_bytes){ item.out, item.out_len }), item.out_len };
    return item.status;
}

hf_status esp_open_one(struct hf_esp_inbound *sa, hf_bytes packet, hf_bytes *out)
{
    struct hf_esp_item item = { .in = packet, .out = test_memory(packet.len) };

    if ((hf_esp_open(sa, &item, 1) == 1) != (item.status == HF_OK))
        test_die("the count and the status do not agree");
    if (out != NULL && item.status == HF_OK)
        *out = (hf_bytes){ item.out, item.out_len };
    return item.status;
}
