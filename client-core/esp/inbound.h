/* The inside of an inbound SA. Private to esp/ and its tests, which move the window. */
#ifndef HF_ESP_INBOUND_H
#define HF_ESP_INBOUND_H

#include "esp/filter.h"
#include "esp/replay.h"
#include "esp/wire.h"

struct hf_esp_inbound {
    struct hf_esp_layout layout;
    uint32_t spi;
    struct hf_cipher *cipher;
    struct hf_esp_replay replay;
    struct hf_esp_filter filter;
    struct hf_esp_counters counters;
};

#endif
