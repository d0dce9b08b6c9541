/* Traffic selectors made ready for the packet path: the same answer as hf_selectors_match_inbound,
 * on numbers instead of octet strings, and without looking for ports where no selector asks for
 * them. */
#ifndef HF_ESP_FILTER_H
#define HF_ESP_FILTER_H

#include "base/selector.h"

struct hf_esp_filter {
    struct hf_selectors selectors; /* asked where protocol or ports count */
    bool is_plain;                 /* no selector asks for protocol or ports */
    struct hf_esp_ranges {
        size_t count4, count6;
        struct {
            uint32_t first, last;
        } v4[HF_SELECTORS_MAX];
        struct {
            uint64_t first[2], last[2];
        } v6[HF_SELECTORS_MAX];
    } remote, local;
};

void hf_esp_filter_init(struct hf_esp_filter *filter, const struct hf_selectors *selectors);
/* The inner packet, whole, may come in: its source is remote, its destination local. */
bool hf_esp_filter_takes(const struct hf_esp_filter *filter, hf_bytes packet);

#endif
