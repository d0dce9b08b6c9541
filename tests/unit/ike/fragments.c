/* Reassembly: any order, duplicates, lying numbers, bounds. RFC 7383, section 2.6. */
#include "ike/fragments.h"

#include "ike/header.h"
#include "support/alloc.h"
#include "support/env.h"
#include "support/hex.h"
#include "support/test.h"

#include <string.h>

enum { FIRST = 35 };

/* One collection and where its results go. */
struct rig {
    struct hf_fragments f;
    hf_buf out;
    uint8_t first;
};

static struct rig make(void)
{
    struct rig rig = { .out = hf_buf_with_max(16), .first = 0xee };

    hf_fragments_init(&rig.f);
    return rig;
}

static void unmake(struct rig *rig)
{
    hf_fragments_clear(&rig->f);
    hf_buf_free(&rig->out);
}

/* Fragment `number` carries its number as text: "1", "2", … */
static hf_status add(struct rig *rig, uint32_t id, uint16_t number, uint16_t total)
{
    uint8_t text = (uint8_t)('0' + number);

    return hf_fragments_add(&rig->f, id, number, total, number == 1 ? FIRST : 0,
                            (hf_bytes){ &text, 1 }, &rig->out, &rig->first);
}

static bool holds(const struct rig *rig, const char *text)
{
    return hf_bytes_equal(hf_buf_bytes(&rig->out), hf_bytes_of_string(text));
}

Test(fragments, any_order_gives_the_message)
{
    static const uint16_t orders[6][3] = {
        {1,  2, 3},
        { 1, 3, 2},
        { 2, 1, 3},
        { 2, 3, 1},
        { 3, 1, 2},
        { 3, 2, 1}
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(orders); i++) {
        struct rig rig = make();

        cr_expect_eq(add(&rig, 7, orders[i][0], 3), HF_ERR_BUSY);
        cr_expect_eq(add(&rig, 7, orders[i][1], 3), HF_ERR_BUSY);
        cr_expect_eq(rig.first, 0xee);
        cr_expect_eq(add(&rig, 7, orders[i][2], 3), HF_OK);
        cr_expect(holds(&rig, "123"));
        cr_expect_eq(rig.first, FIRST);
        cr_expect_eq(rig.f.total, 0);
        unmake(&rig);
    }
}

Test(fragments, one_of_one_is_a_message)
{
    struct rig rig = make();

    cr_expect_eq(add(&rig, 0, 1, 1), HF_OK);
    cr_expect(holds(&rig, "1"));
    unmake(&rig);
}

Test(fragments, sixty_four_in_reverse_are_a_message)
{
    struct rig rig = make();

    for (uint16_t n = HF_FRAGMENTS_MAX; n > 1; n--)
        cr_expect_eq(add(&rig, 1, n, HF_FRAGMENTS_MAX), HF_ERR_BUSY);
    cr_expect_eq(add(&rig, 1, 1, HF_FRAGMENTS_MAX), HF_OK);
    cr_expect_eq(rig.out.len, HF_FRAGMENTS_MAX);
    cr_expect_eq(rig.out.data[63], '0' + 64);
    unmake(&rig);
}

Test(fragments, duplicate_changes_nothing)
{
    struct rig rig = make();

    cr_expect_eq(add(&rig, 7, 2, 2), HF_ERR_BUSY);
    cr_expect_eq(add(&rig, 7, 2, 2), HF_ERR_REPLAY);
    cr_expect_eq(rig.f.received, 1);
    cr_expect_eq(add(&rig, 7, 1, 2), HF_OK);
    cr_expect(holds(&rig, "12"));
    unmake(&rig);
}

Test(fragments, empty_fragments_count)
{
    struct rig rig = make();
    uint8_t text[] = "ab";

    cr_expect_eq(hf_fragments_add(&rig.f, 1, 1, 3, FIRST, (hf_bytes){ 0 }, &rig.out, &rig.first),
                 HF_ERR_BUSY);
    cr_expect_eq(hf_fragments_add(&rig.f, 1, 2, 3, 0, (hf_bytes){ text, 2 }, &rig.out, &rig.first),
                 HF_ERR_BUSY);
    cr_expect_eq(hf_fragments_add(&rig.f, 1, 1, 3, FIRST, (hf_bytes){ 0 }, &rig.out, &rig.first),
                 HF_ERR_REPLAY);
    cr_expect_eq(hf_fragments_add(&rig.f, 1, 3, 3, 0, (hf_bytes){ 0 }, &rig.out, &rig.first),
                 HF_OK);
    cr_expect(holds(&rig, "ab"));
    unmake(&rig);
}

Test(fragments, numbers_that_lie_are_refused)
{
    static const uint16_t lies[][2] = {
        {0,           0         },
        { 0,          1         },
        { 1,          0         },
        { 2,          1         },
        { 4,          3         },
        { 1,          65        },
        { 65,         65        },
        { 65535,      65535     },
        { 64,         0         },
        { UINT16_MAX, 64        },
        { 1,          UINT16_MAX}
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(lies); i++) {
        struct rig rig = make();

        cr_expect_eq(add(&rig, 1, 2, 3), HF_ERR_BUSY);
        cr_expect_eq(add(&rig, 1, lies[i][0], lies[i][1]), HF_ERR_MALFORMED);
        cr_expect_eq(rig.f.received, 1);
        cr_expect_eq(rig.f.total, 3);
        unmake(&rig);
    }
}

Test(fragments, fewer_in_total_than_announced_are_refused)
{
    struct rig rig = make();

    cr_expect_eq(add(&rig, 1, 1, 3), HF_ERR_BUSY);
    cr_expect_eq(add(&rig, 1, 2, 2), HF_ERR_MALFORMED);
    cr_expect_eq(add(&rig, 1, 2, 3), HF_ERR_BUSY);
    cr_expect_eq(add(&rig, 1, 3, 3), HF_OK);
    cr_expect(holds(&rig, "123"));
    unmake(&rig);
}

Test(fragments, more_in_total_start_over)
{
    struct rig rig = make();

    cr_expect_eq(add(&rig, 1, 1, 2), HF_ERR_BUSY);
    cr_expect_eq(add(&rig, 1, 2, 3), HF_ERR_BUSY);
    cr_expect_eq(add(&rig, 1, 3, 3), HF_ERR_BUSY); /* the first one is of the coarser cut */
    cr_expect_eq(add(&rig, 1, 1, 3), HF_OK);
    cr_expect(holds(&rig, "123"));
    unmake(&rig);
}

Test(fragments, newer_message_replaces_an_unfinished_one)
{
    struct rig rig = make();

    cr_expect_eq(add(&rig, 1, 1, 2), HF_ERR_BUSY);
    cr_expect_eq(add(&rig, 2, 2, 2), HF_ERR_BUSY);
    cr_expect_eq(add(&rig, 1, 1, 2), HF_ERR_REPLAY); /* it would fill the gap of the other */
    cr_expect_eq(rig.f.received, 1);
    cr_expect_eq(add(&rig, 2, 1, 2), HF_OK);
    cr_expect(holds(&rig, "12"));
    unmake(&rig);
}

Test(fragments, after_a_message_any_id_may_follow)
{
    struct rig rig = make();

    cr_expect_eq(add(&rig, 9, 1, 1), HF_OK);
    cr_expect_eq(add(&rig, 3, 1, 1), HF_OK);
    unmake(&rig);
}

static hf_status add_many(struct rig *rig, uint16_t number, size_t len)
{
    return hf_fragments_add(&rig->f, 1, number, 64, FIRST, (hf_bytes){ test_memory(len), len },
                            &rig->out, &rig->first);
}

Test(fragments, more_than_a_message_may_hold_is_refused)
{
    struct rig rig = make();

    cr_expect_eq(add_many(&rig, 1, 40000), HF_ERR_BUSY);
    cr_expect_eq(add_many(&rig, 2, HF_IKE_MESSAGE_MAX - 40000 + 1), HF_ERR_TOO_LARGE);
    cr_expect_eq(rig.f.len, 0);
    cr_expect_eq(rig.f.total, 0);
    cr_expect_eq(rig.out.len, 0);
    unmake(&rig);
}

Test(fragments, as_much_as_a_message_may_hold_is_taken)
{
    struct rig rig = make();

    cr_expect_eq(add_many(&rig, 1, HF_IKE_MESSAGE_MAX), HF_ERR_BUSY);
    for (uint16_t n = 2; n < 64; n++)
        cr_expect_eq(add_many(&rig, n, 0), HF_ERR_BUSY);
    cr_expect_eq(add_many(&rig, 64, 0), HF_OK);
    cr_expect_eq(rig.out.len, HF_IKE_MESSAGE_MAX);
    unmake(&rig);
}

static bool collect(void *context)
{
    struct rig rig = make();
    bool done = false;

    (void)context;
    for (uint16_t n = 1; n <= 3; n++)
        done = add(&rig, 1, n, 3) == HF_OK;
    done = done && holds(&rig, "123");
    unmake(&rig);
    return done;
}

Test(fragments, every_failed_allocation_is_reported)
{
    cr_expect_geq(test_alloc_each(collect, NULL), 4);
}

Test(fragments, random_traffic_keeps_the_bounds)
{
    struct rig rig = make();
    uint64_t state = 1;

    for (size_t i = 0; i < 20000; i++) {
        uint32_t id = (uint32_t)test_random_below(&state, 3);
        uint16_t total = (uint16_t)test_random_below(&state, 70);
        uint16_t number = (uint16_t)test_random_below(&state, 70);
        size_t len = (size_t)test_random_below(&state, 3000);
        static uint8_t text[3000];

        if (hf_fragments_add(&rig.f, id, number, total, FIRST, (hf_bytes){ text, len }, &rig.out,
                             &rig.first) == HF_OK)
            cr_expect_eq(rig.first, FIRST);
        cr_assert_leq(rig.f.len, HF_IKE_MESSAGE_MAX);
        cr_assert_leq(rig.f.received, rig.f.total);
        cr_assert(rig.f.total == 0 || rig.f.received < rig.f.total);
    }
    unmake(&rig);
}
