/* SKF messages: RFC 7383. */
#include "sealing.h"
#include "support/hex.h"
#include "support/test.h"

#define FOR_EACH_SUITE(s) for (size_t s = 0; s < sealing_suite_count; s++)

/* Fisher and Yates. */
static void shuffle(size_t *order, size_t count, uint64_t *state)
{
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)test_random_below(state, i), kept = order[i - 1];

        order[i - 1] = order[j];
        order[j] = kept;
    }
}

static void expect_opens(struct sealing *sealing, const struct hf_ikev2_datagrams *sent,
                         const size_t *order, hf_bytes content)
{
    for (size_t i = 0; i < sent->count; i++)
        cr_assert_eq(sealing_open(sealing, hf_buf_bytes(&sent->list[order[i]])),
                     i + 1 == sent->count ? HF_OK : HF_ERR_BUSY);
    cr_expect(hf_bytes_equal(hf_buf_bytes(&sealing->opened), content));
    cr_expect_eq(sealing->first, HF_PAYLOAD_NONCE);
}

Test(skf, any_order_at_any_size_gives_the_message)
{
    FOR_EACH_SUITE(s)
    {
        struct sealing sealing;
        uint64_t state = 1;

        sealing_init(&sealing, &sealing_suites[s].suite, 1);
        for (size_t max = 120; max < 1300; max += 97) {
            struct hf_ikev2_datagrams sent = { 0 };
            size_t order[HF_IKEV2_DATAGRAMS_MAX];

            cr_assert_eq(sealing_seal(&sealing, sealing_content(1500), true, max, &sent), HF_OK);
            for (size_t i = 0; i < sent.count; i++)
                cr_expect_leq(sent.list[i].len, max);
            cr_expect_gt(sent.count, 1);
            shuffle(order, sent.count, &state);
            expect_opens(&sealing, &sent, order, sealing_content(1500));
            hf_ikev2_datagrams_clear(&sent);
            sealing.header.message_id++;
        }
        sealing_clear(&sealing);
    }
}

Test(skf, fragments_use_the_space_they_have)
{
    FOR_EACH_SUITE(s)
    {
        struct sealing sealing;
        struct hf_ikev2_datagrams sent = { 0 };

        sealing_init(&sealing, &sealing_suites[s].suite, 1);
        cr_assert_eq(sealing_seal(&sealing, sealing_content(3000), true, 500, &sent), HF_OK);
        for (size_t i = 0; i + 1 < sent.count; i++)
            cr_expect_gt(sent.list[i].len + sealing.initiator.sizes.block, 500);
        hf_ikev2_datagrams_clear(&sent);
        sealing_clear(&sealing);
    }
}

Test(skf, header_is_that_of_the_message_in_each)
{
    struct sealing sealing;
    struct hf_ikev2_datagrams sent = { 0 };

    sealing_init(&sealing, &sealing_suites[0].suite, 1);
    cr_assert_eq(sealing_seal(&sealing, sealing_content(1000), true, 400, &sent), HF_OK);
    for (size_t i = 0; i < sent.count; i++) {
        const uint8_t *data = sent.list[i].data;
        struct hf_ike_header header;

        cr_assert_eq(hf_ike_header_decode(hf_buf_bytes(&sent.list[i]), &header), HF_OK);
        cr_expect_eq(header.next_payload, HF_PAYLOAD_SKF);
        cr_expect_eq(header.message_id, 1);
        cr_expect_eq(data[28], i == 0 ? HF_PAYLOAD_NONCE : HF_PAYLOAD_NONE);
        cr_expect_eq((size_t)(data[32] << 8 | data[33]), i + 1);
        cr_expect_eq((size_t)(data[34] << 8 | data[35]), sent.count);
    }
    hf_ikev2_datagrams_clear(&sent);
    sealing_clear(&sealing);
}

Test(skf, message_that_fits_is_not_cut)
{
    struct sealing sealing;
    struct hf_ikev2_datagrams sent = { 0 };
    size_t len;

    sealing_init(&sealing, &sealing_suites[0].suite, 1);
    cr_assert_eq(sealing_seal(&sealing, sealing_content(500), false, 0, &sent), HF_OK);
    len = sent.list[0].len;
    cr_assert_eq(sealing_seal(&sealing, sealing_content(500), true, len, &sent), HF_OK);
    cr_expect_eq(sent.count, 1);
    cr_expect_eq(sent.list[0].data[16], HF_PAYLOAD_SK);
    cr_assert_eq(sealing_seal(&sealing, sealing_content(500), true, len - 1, &sent), HF_OK);
    cr_expect_eq(sent.count, 2);
    cr_assert_eq(sealing_seal(&sealing, sealing_content(500), false, len - 1, &sent), HF_OK);
    cr_expect_eq(sent.count, 1);
    hf_ikev2_datagrams_clear(&sent);
    sealing_clear(&sealing);
}

Test(skf, too_many_fragments_are_refused)
{
    FOR_EACH_SUITE(s)
    {
        struct sealing sealing;
        struct hf_ikev2_datagrams sent = { 0 };

        sealing_init(&sealing, &sealing_suites[s].suite, 1);
        cr_expect_eq(
            sealing_seal(&sealing, sealing_content(HF_FRAGMENTS_MAX * 100), true, 130, &sent),
            HF_ERR_TOO_LARGE);
        for (size_t max = 0; max <= 60; max++)
            cr_expect_eq(sealing_seal(&sealing, sealing_content(100), true, max, &sent),
                         HF_ERR_TOO_LARGE);
        cr_expect_eq(sent.count, 0);
        sealing_clear(&sealing);
    }
}

Test(skf, every_flipped_bit_of_each_fragment_is_refused)
{
    FOR_EACH_SUITE(s)
    {
        struct sealing sealing;
        struct hf_ikev2_datagrams sent = { 0 };

        sealing_init(&sealing, &sealing_suites[s].suite, 1);
        cr_assert_eq(sealing_seal(&sealing, sealing_content(120), true, 140, &sent), HF_OK);
        for (size_t i = 0; i < sent.count; i++) {
            for (size_t bit = 0; bit < sent.list[i].len * 8; bit++) {
                uint8_t *changed = sent.list[i].data;
                hf_status status;

                changed[bit / 8] ^= (uint8_t)(1u << bit % 8);
                status = sealing_open(&sealing, hf_buf_bytes(&sent.list[i]));
                cr_expect(status == HF_ERR_INTEGRITY || status == HF_ERR_MALFORMED,
                          "%s, fragment %zu, bit %zu: %s", sealing_suites[s].name, i, bit,
                          hf_status_code(status));
                changed[bit / 8] ^= (uint8_t)(1u << bit % 8);
            }
        }
        cr_expect_eq(sealing.fragments.received, 0);
        hf_ikev2_datagrams_clear(&sent);
        sealing_clear(&sealing);
    }
}

Test(skf, duplicates_and_whole_copies_do_no_harm)
{
    struct sealing sealing;
    struct hf_ikev2_datagrams cut = { 0 }, whole = { 0 };
    hf_bytes content = sealing_content(300);

    sealing_init(&sealing, &sealing_suites[0].suite, 1);
    cr_assert_eq(sealing_seal(&sealing, content, true, 250, &cut), HF_OK);
    cr_assert_eq(sealing_seal(&sealing, content, false, 0, &whole), HF_OK);
    cr_assert_eq(cut.count, 2);
    cr_expect_eq(sealing_open(&sealing, hf_buf_bytes(&cut.list[0])), HF_ERR_BUSY);
    cr_expect_eq(sealing_open(&sealing, hf_buf_bytes(&cut.list[0])), HF_ERR_REPLAY);
    cr_expect_eq(sealing_open(&sealing, hf_buf_bytes(&whole.list[0])), HF_OK);
    cr_expect_eq(sealing_open(&sealing, hf_buf_bytes(&cut.list[1])), HF_OK);
    cr_expect(hf_bytes_equal(hf_buf_bytes(&sealing.opened), content));
    hf_ikev2_datagrams_clear(&cut);
    hf_ikev2_datagrams_clear(&whole);
    sealing_clear(&sealing);
}

/* The sender cut the message finer because nothing came back: RFC 7383, section 2.5.2. */
Test(skf, finer_cut_starts_over)
{
    struct sealing sealing;
    struct hf_ikev2_datagrams coarse = { 0 }, fine = { 0 };
    hf_bytes content = sealing_content(600);

    sealing_init(&sealing, &sealing_suites[0].suite, 1);
    cr_assert_eq(sealing_seal(&sealing, content, true, 400, &coarse), HF_OK);
    cr_assert_eq(sealing_seal(&sealing, content, true, 300, &fine), HF_OK);
    cr_assert_gt(fine.count, coarse.count);
    cr_expect_eq(sealing_open(&sealing, hf_buf_bytes(&coarse.list[0])), HF_ERR_BUSY);
    for (size_t i = 0; i + 1 < fine.count; i++) {
        cr_expect_eq(sealing_open(&sealing, hf_buf_bytes(&fine.list[i])), HF_ERR_BUSY);
        cr_expect_eq(sealing_open(&sealing, hf_buf_bytes(&coarse.list[1])), HF_ERR_MALFORMED);
    }
    cr_expect_eq(sealing_open(&sealing, hf_buf_bytes(&fine.list[fine.count - 1])), HF_OK);
    cr_expect(hf_bytes_equal(hf_buf_bytes(&sealing.opened), content));
    hf_ikev2_datagrams_clear(&coarse);
    hf_ikev2_datagrams_clear(&fine);
    sealing_clear(&sealing);
}
