/* The anti-replay window of an inbound SA, and the 64-bit sequence number behind the 32 bits of a
 * packet. RFC 4303, section 3.4.3 and appendix A. */
#ifndef HF_ESP_REPLAY_H
#define HF_ESP_REPLAY_H

#include <holdfast/esp.h>

/* The ring holds twice the window, so that the word that is being reused lies outside of it. */
#define HF_ESP_REPLAY_WORDS (2 * HF_ESP_REPLAY_WINDOW / 64)

struct hf_esp_replay {
    uint64_t top; /* highest number taken so far; 0: none */
    uint64_t seen[HF_ESP_REPLAY_WORDS];
};

/* The one number with these low 32 bits that lies in the 2^32 from the lower edge of the window on
 * (appendix A2.2). False when there is none: before 0 or past 2^64 - 1. */
bool hf_esp_replay_extend(const struct hf_esp_replay *window, uint32_t low,
                          uint64_t *out) HF_MUST_USE;
/* The number is neither behind the window nor taken already; 0 never is good. To be asked before
 * the ICV is checked. */
bool hf_esp_replay_is_new(const struct hf_esp_replay *window, uint64_t sequence);
/* Takes a new number, after the ICV was found good. */
void hf_esp_replay_take(struct hf_esp_replay *window, uint64_t sequence);

#endif
