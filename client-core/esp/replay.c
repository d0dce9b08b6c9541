/* The anti-replay window: see replay.h. A ring of bits; moving up clears the words it moves into.
 */
#include "esp/replay.h"

static uint64_t *word_of(struct hf_esp_replay *window, uint64_t sequence)
{
    return &window->seen[sequence / 64 % HF_ESP_REPLAY_WORDS];
}

bool hf_esp_replay_extend(const struct hf_esp_replay *window, uint32_t low, uint64_t *out)
{
    /* Modulo 2^64: near 0 the lower edge wraps to the far end, and so does what lies below 0. */
    uint64_t edge = window->top - (HF_ESP_REPLAY_WINDOW - 1);
    uint64_t sequence = edge + (uint32_t)(low - (uint32_t)edge);

    if ((edge > window->top) != (sequence < edge))
        return false;
    *out = sequence;
    return true;
}

bool hf_esp_replay_is_new(const struct hf_esp_replay *window, uint64_t sequence)
{
    if (sequence > window->top)
        return true;
    if (sequence == 0 || window->top - sequence >= HF_ESP_REPLAY_WINDOW)
        return false;
    return (window->seen[sequence / 64 % HF_ESP_REPLAY_WORDS] >> sequence % 64 & 1) == 0;
}

static void move_up(struct hf_esp_replay *window, uint64_t sequence)
{
    uint64_t words = sequence / 64 - window->top / 64;

    if (words > HF_ESP_REPLAY_WORDS)
        words = HF_ESP_REPLAY_WORDS;
    for (uint64_t i = 0; i < words; i++)
        *word_of(window, sequence - i * 64) = 0;
    window->top = sequence;
}

void hf_esp_replay_take(struct hf_esp_replay *window, uint64_t sequence)
{
    if (sequence > window->top)
        move_up(window, sequence);
    *word_of(window, sequence) |= (uint64_t)1 << sequence % 64;
}
