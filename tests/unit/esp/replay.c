/* Tests of the anti-replay window (esp/replay.h) against definitions written in the plainest way.
 */
#include "esp/replay.h"
#include "support/env.h"
#include "support/hex.h"
#include "support/test.h"

#define W HF_ESP_REPLAY_WINDOW

Test(replay, takes_each_number_once)
{
    struct hf_esp_replay window = { 0 };

    for (uint64_t n = 1; n <= 3 * W; n++) {
        cr_assert(hf_esp_replay_is_new(&window, n));
        hf_esp_replay_take(&window, n);
        cr_assert_not(hf_esp_replay_is_new(&window, n));
    }
}

Test(replay, zero_is_no_number)
{
    struct hf_esp_replay window = { 0 };

    cr_expect_not(hf_esp_replay_is_new(&window, 0));
    hf_esp_replay_take(&window, 5);
    cr_expect_not(hf_esp_replay_is_new(&window, 0));
}

Test(replay, the_window_has_exactly_its_size)
{
    struct hf_esp_replay window = { 0 };

    hf_esp_replay_take(&window, 10 * W);
    cr_expect(hf_esp_replay_is_new(&window, 9 * W + 1));
    cr_expect_not(hf_esp_replay_is_new(&window, 9 * W));
    cr_expect(hf_esp_replay_is_new(&window, 10 * W - 1));
}

Test(replay, reordered_numbers_are_taken_in_any_order)
{
    struct hf_esp_replay window = { 0 };

    for (uint64_t n = W; n >= 1; n--) {
        cr_assert(hf_esp_replay_is_new(&window, n));
        hf_esp_replay_take(&window, n);
    }
    for (uint64_t n = 1; n <= W; n++)
        cr_assert_not(hf_esp_replay_is_new(&window, n));
}

/* Remembers everything. */
struct oracle {
    uint64_t top;
    uint64_t *taken;
    size_t count;
};

static bool oracle_is_new(const struct oracle *oracle, uint64_t n)
{
    if (n == 0 || n + W <= oracle->top)
        return false;
    for (size_t i = oracle->count; i > 0; i--) {
        if (oracle->taken[i - 1] == n)
            return false;
    }
    return true;
}

static void oracle_take(struct oracle *oracle, uint64_t n)
{
    oracle->taken[oracle->count++] = n;
    oracle->top = n > oracle->top ? n : oracle->top;
}

/* Mostly near the top, at times far ahead or behind. */
static uint64_t choose(uint64_t *seed, uint64_t top)
{
    static const uint64_t spans[] = { 4, 70, 130, W, 2 * W + 200, 5 * W };
    uint64_t span = spans[test_random_below(seed, HF_ARRAY_LEN(spans))];
    uint64_t n = top + test_random_below(seed, span) + 1, back = test_random_below(seed, 2 * span);

    return n > back ? n - back : 0;
}

Test(replay, agrees_with_an_oracle_that_remembers_everything)
{
    for (uint64_t round = 0; round < 20; round++) {
        struct hf_esp_replay window = { 0 };
        struct oracle oracle = { .taken =
                                     (uint64_t *)(void *)test_memory(4000 * sizeof(uint64_t)) };
        uint64_t seed = round;

        for (size_t step = 0; step < 4000; step++) {
            uint64_t n = choose(&seed, oracle.top);
            bool is_new = oracle_is_new(&oracle, n);

            cr_assert_eq(hf_esp_replay_is_new(&window, n), is_new, "%llu at %llu",
                         (unsigned long long)n, (unsigned long long)oracle.top);
            if (is_new) {
                hf_esp_replay_take(&window, n);
                oracle_take(&oracle, n);
            }
        }
    }
}

/* RFC 4303, appendix A2.2, as it is written there, with the cases that run out of 64 bits left out:
 * false. */
static bool extend_by_the_book(uint64_t top, uint32_t seql, uint64_t *out)
{
    uint32_t tl = (uint32_t)top, th = (uint32_t)(top >> 32), seqh;

    if (tl >= W - 1) { /* case A: the window lies within one subspace */
        if (seql >= tl - W + 1)
            seqh = th;
        else if (th == UINT32_MAX)
            return false;
        else
            seqh = th + 1;
    } else { /* case B: it spans two */
        if (seql >= tl - W + 1) {
            if (th == 0)
                return false;
            seqh = th - 1;
        } else {
            seqh = th;
        }
    }
    *out = (uint64_t)seqh << 32 | seql;
    return true;
}

static void expect_by_the_book(uint64_t top, uint32_t low)
{
    struct hf_esp_replay window = { .top = top };
    uint64_t got = 1, expected = 1;
    bool possible = extend_by_the_book(top, low, &expected);

    cr_assert_eq(hf_esp_replay_extend(&window, low, &got), possible, "top %llx low %x",
                 (unsigned long long)top, low);
    cr_assert_eq(got, expected, "top %llx low %x", (unsigned long long)top, low);
}

Test(replay, extends_to_64_bits_as_rfc_4303_does)
{
    static const uint64_t edges[] = { 0,
                                      1,
                                      W - 2,
                                      W - 1,
                                      W,
                                      0x7fffffff,
                                      0xffffffff,
                                      0x100000000,
                                      0x100000000 + W - 2,
                                      0x100000000 + W - 1,
                                      0x1ffffffff,
                                      0x200000000,
                                      0xffffffff00000000,
                                      0xffffffff00000000 + W - 1,
                                      UINT64_MAX - W,
                                      UINT64_MAX };
    uint64_t seed = 9;

    for (size_t i = 0; i < HF_ARRAY_LEN(edges); i++) {
        for (uint32_t n = 0; n < 3 * W; n++) {
            expect_by_the_book(edges[i], (uint32_t)edges[i] - 2 * W + n);
            expect_by_the_book(edges[i], n - W);
        }
    }
    for (size_t i = 0; i < 200000; i++)
        expect_by_the_book(test_random_next(&seed) >> test_random_below(&seed, 64),
                           (uint32_t)test_random_next(&seed));
}
