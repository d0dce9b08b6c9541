/* Tests of the selectors on the packet path (esp/filter.h): the same answer as base/selector.h. */
#include "esp/filter.h"
#include "support/env.h"
#include "support/esp_pair.h"
#include "support/hex.h"
#include "support/test.h"

/* From a small world, so that packets and selectors meet often. */
static hf_address random_address(uint64_t *seed)
{
    hf_address address = {
        .family = HF_FAMILY_V4, .octets = {10, 0, 0}
    };

    if (test_random_below(seed, 2) == 0) {
        address = (hf_address){
            .family = HF_FAMILY_V6, .octets = {0x20, 1, 0x0d, 0xb8}
        };
        address.octets[7] = (uint8_t)test_random_below(seed, 3);
        address.octets[8] = (uint8_t)test_random_below(seed, 3);
        address.octets[15] = (uint8_t)test_random_below(seed, 8);
    } else {
        address.octets[3] = (uint8_t)test_random_below(seed, 8);
    }
    return address;
}

static hf_selector random_selector(uint64_t *seed, bool plain)
{
    hf_selector s = { .first = random_address(seed), .last_port = UINT16_MAX };

    do
        s.last = random_address(seed);
    while (s.last.family != s.first.family);
    if (hf_address_compare(&s.first, &s.last) > 0) {
        hf_address swap = s.first;

        s.first = s.last;
        s.last = swap;
    }
    if (!plain && test_random_below(seed, 2) == 0) {
        s.protocol = test_random_below(seed, 2) == 0 ? 17 : 0;
        s.first_port = (uint16_t)test_random_below(seed, 4);
        s.last_port = (uint16_t)(s.first_port + test_random_below(seed, 4));
    }
    return s;
}

static struct hf_selectors random_selectors(uint64_t *seed)
{
    struct hf_selectors s = { 0 };
    bool plain = test_random_below(seed, 2) == 0;

    s.local_count = test_random_below(seed, 5);
    s.remote_count = test_random_below(seed, 5);
    for (size_t i = 0; i < s.local_count; i++)
        s.local[i] = random_selector(seed, plain);
    for (size_t i = 0; i < s.remote_count; i++)
        s.remote[i] = random_selector(seed, plain);
    return s;
}

/* UDP or something without ports, at times a fragment, spoilt, or cut. */
static hf_bytes random_packet(uint64_t *seed, uint8_t storage[64])
{
    hf_address source = random_address(seed), destination;
    bool is_v4 = source.family == HF_FAMILY_V4;
    size_t len = is_v4 ? 28 : 56, at = is_v4 ? 20 : 40;

    do
        destination = random_address(seed);
    while (destination.family != source.family);
    memset(storage, 0, 64);
    storage[0] = is_v4 ? 0x45 : 0x60;
    storage[is_v4 ? 9 : 6] = test_random_below(seed, 3) == 0 ? 1 : 17;
    memcpy(storage + (is_v4 ? 12 : 8), source.octets, is_v4 ? 4 : 16);
    memcpy(storage + (is_v4 ? 16 : 24), destination.octets, is_v4 ? 4 : 16);
    if (!is_v4 && test_random_below(seed, 4) == 0) {
        storage[6] = 44;
        storage[at] = 17;
        at += 8;
    }
    storage[at + 1] = (uint8_t)test_random_below(seed, 8);
    storage[at + 3] = (uint8_t)test_random_below(seed, 8);
    if (test_random_below(seed, 4) == 0)
        storage[is_v4 ? 7 : 43] = (uint8_t)test_random_next(seed); /* fragment offset */
    if (test_random_below(seed, 8) == 0)
        storage[0] = (uint8_t)test_random_next(seed);
    if (test_random_below(seed, 8) == 0)
        len = test_random_below(seed, len);
    return (hf_bytes){ storage, len };
}

Test(filter, gives_the_answer_of_the_selectors)
{
    size_t taken = 0, refused = 0;

    for (uint64_t round = 0; round < 3000; round++) {
        uint64_t seed = round;
        struct hf_selectors selectors = random_selectors(&seed);
        struct hf_esp_filter filter;

        hf_esp_filter_init(&filter, &selectors);
        for (size_t i = 0; i < 60; i++) {
            uint8_t storage[64];
            hf_bytes packet = random_packet(&seed, storage);
            bool expected = hf_selectors_match_inbound(&selectors, packet);

            cr_assert_eq(hf_esp_filter_takes(&filter, packet), expected, "round %llu, packet %zu",
                         (unsigned long long)round, i);
            taken += expected;
            refused += !expected;
        }
    }
    cr_expect(taken > 5000 && refused > 5000, "%zu taken, %zu refused", taken, refused);
}

Test(filter, full_lists_fit)
{
    struct hf_selectors selectors = { .local_count = HF_SELECTORS_MAX,
                                      .remote_count = HF_SELECTORS_MAX };
    struct hf_esp_filter filter;

    for (size_t i = 0; i < HF_SELECTORS_MAX; i++) {
        selectors.local[i] = hf_selector_any(i % 2 == 0 ? HF_FAMILY_V4 : HF_FAMILY_V6);
        selectors.remote[i] = selectors.local[i];
    }
    hf_esp_filter_init(&filter, &selectors);
    cr_expect_eq(filter.local.count4 + filter.local.count6, HF_SELECTORS_MAX);
    cr_expect(hf_esp_filter_takes(&filter, esp_ip_packet(HF_FAMILY_V4, 20, 1)));
    cr_expect(hf_esp_filter_takes(&filter, esp_ip_packet(HF_FAMILY_V6, 40, 1)));
}

Test(filter, no_selectors_take_nothing)
{
    struct hf_selectors none = { 0 };
    struct hf_esp_filter filter;

    hf_esp_filter_init(&filter, &none);
    cr_expect_not(hf_esp_filter_takes(&filter, esp_ip_packet(HF_FAMILY_V4, 20, 1)));
    cr_expect_not(hf_esp_filter_takes(&filter, esp_ip_packet(HF_FAMILY_V6, 40, 1)));
    cr_expect_not(hf_esp_filter_takes(&filter, (hf_bytes){ 0 }));
}
