/* The inside of an outbound SA. Private to esp/ and its tests, which set the sequence number. */
#ifndef HF_ESP_OUTBOUND_H
#define HF_ESP_OUTBOUND_H

#include "esp/wire.h"

struct hf_esp_outbound {
    struct hf_esp_layout layout;
    uint32_t spi;
    uint64_t sequence; /* of the last packet; the first has 1 */
    struct hf_cipher *cipher;
    /* IVs of CBC must not be foreseen (RFC 3602, section 3): random ones, drawn a batch at a time.
     */
    uint8_t ivs[HF_ESP_BATCH_MAX * HF_ESP_IV_MAX];
    size_t ivs_left;
};

#endif
