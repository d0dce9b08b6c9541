/* Tests of sealing and opening together, for every suite with and without ESN. */
#include "esp/inbound.h"
#include "esp/outbound.h"
#include "support/alloc.h"
#include "support/esp_pair.h"
#include "support/hex.h"
#include "support/test.h"

/* Runs `check` on a fresh pair of every suite, without and with ESN. */
static void for_each_pair(void (*check)(struct esp_pair *pair))
{
    for (size_t i = 0; i < ESP_SUITES * 2; i++) {
        struct esp_pair pair;

        esp_pair_init(&pair, &esp_suites[i / 2], i % 2 != 0);
        check(&pair);
        esp_pair_clear(&pair);
    }
}

static hf_bytes seal(struct esp_pair *pair, hf_bytes packet)
{
    hf_bytes sealed;

    cr_assert_eq(esp_seal_one(pair->out, packet, &sealed), HF_OK);
    return sealed;
}

static void every_length(struct esp_pair *pair)
{
    for (size_t len = 40; len <= 1500; len += len < 120 ? 1 : 67) {
        enum hf_family family = len % 2 == 0 ? HF_FAMILY_V4 : HF_FAMILY_V6;
        hf_bytes packet = esp_ip_packet(family, len, len), sealed = seal(pair, packet), opened;

        cr_assert_eq(sealed.len, len + hf_esp_overhead(&pair->params, len));
        cr_assert_leq(sealed.len, len + HF_ESP_OVERHEAD_MAX);
        cr_assert_eq(sealed.len % 4, 0, "RFC 4303, section 2.4");
        cr_assert_eq(esp_open_one(pair->in, sealed, &opened), HF_OK);
        cr_assert(hf_bytes_equal(opened, packet));
    }
}

Test(round_trip, every_length_comes_back)
{
    for_each_pair(every_length);
}

static void largest(struct esp_pair *pair)
{
    hf_bytes packet = esp_ip_packet(HF_FAMILY_V4, 65535, 1), opened;

    cr_assert_eq(esp_open_one(pair->in, seal(pair, packet), &opened), HF_OK);
    cr_expect(hf_bytes_equal(opened, packet));
}

Test(round_trip, the_largest_packet_comes_back)
{
    for_each_pair(largest);
}

static void batch(struct esp_pair *pair)
{
    struct hf_esp_item items[HF_ESP_BATCH_MAX], open[HF_ESP_BATCH_MAX];

    for (size_t i = 0; i < HF_ESP_BATCH_MAX; i++) {
        items[i] = (struct hf_esp_item){ .in = esp_ip_packet(HF_FAMILY_V4, 20 + i * 20, i),
                                         .out = test_memory(20 + i * 20 + HF_ESP_OVERHEAD_MAX) };
    }
    items[7].in = hex("50"); /* IP version 5 */
    cr_expect_eq(hf_esp_seal(pair->out, items, HF_ESP_BATCH_MAX), HF_ESP_BATCH_MAX - 1);
    cr_expect_eq(items[7].status, HF_ERR_MALFORMED);
    cr_expect_eq(items[7].out_len, 0);
    for (size_t i = 0; i < HF_ESP_BATCH_MAX; i++) {
        hf_bytes sealed = { items[i].out, items[i].out_len };

        open[i] = (struct hf_esp_item){ .in = sealed, .out = test_memory(sealed.len) };
    }
    cr_expect_eq(hf_esp_open(pair->in, open, HF_ESP_BATCH_MAX), HF_ESP_BATCH_MAX - 1);
    for (size_t i = 0; i < HF_ESP_BATCH_MAX; i++) {
        cr_expect_eq(open[i].status, i == 7 ? HF_ERR_TRUNCATED : HF_OK);
        if (i != 7)
            cr_expect(hf_bytes_equal((hf_bytes){ open[i].out, open[i].out_len }, items[i].in));
    }
}

Test(round_trip, one_bad_packet_does_not_spoil_a_batch)
{
    for_each_pair(batch);
}

/* `out` may be the packet itself; where its ciphertext stands does as well. */
static void in_place(struct esp_pair *pair)
{
    for (size_t offset = 0; offset <= pair->in->layout.iv + HF_ESP_HEADER_LEN;
         offset += pair->in->layout.iv + HF_ESP_HEADER_LEN) {
        hf_bytes packet = esp_ip_packet(HF_FAMILY_V6, 1234, 1), sealed = seal(pair, packet);
        uint8_t *buffer = test_copy(sealed);
        struct hf_esp_item item = {
            .in = {buffer, sealed.len},
              .out = buffer + offset
        };

        cr_assert_eq(hf_esp_open(pair->in, &item, 1), 1);
        cr_expect(hf_bytes_equal((hf_bytes){ item.out, item.out_len }, packet));
    }
}

Test(round_trip, packets_open_in_place)
{
    for_each_pair(in_place);
}

static void flip_every_bit(struct esp_pair *pair)
{
    hf_bytes packet = esp_ip_packet(HF_FAMILY_V4, 41, 1), sealed, opened;
    uint8_t *spoilt;

    pair->out->sequence = 0x80;
    sealed = seal(pair, packet);
    spoilt = test_copy(sealed);
    for (size_t bit = 0; bit < sealed.len * 8; bit++) {
        hf_status status;

        spoilt[bit / 8] = (uint8_t)(spoilt[bit / 8] ^ 1 << bit % 8);
        status = esp_open_one(pair->in, (hf_bytes){ spoilt, sealed.len }, NULL);
        cr_assert_eq(status, bit < 32 ? HF_ERR_MALFORMED : HF_ERR_INTEGRITY, "bit %zu", bit);
        spoilt[bit / 8] = (uint8_t)(spoilt[bit / 8] ^ 1 << bit % 8);
    }
    cr_expect_eq(pair->in->replay.top, 0, "a forgery does not move the window");
    cr_expect_eq(esp_open_one(pair->in, sealed, &opened), HF_OK);
    cr_expect(hf_bytes_equal(opened, packet));
}

Test(round_trip, every_flipped_bit_is_refused)
{
    for_each_pair(flip_every_bit);
}

static void cut_everywhere(struct esp_pair *pair)
{
    hf_bytes sealed = seal(pair, esp_ip_packet(HF_FAMILY_V4, 60, 1));

    for (size_t len = 0; len < sealed.len; len++) {
        hf_bytes cut = { test_copy(hf_bytes_slice(sealed, 0, len)), len };
        hf_status status = esp_open_one(pair->in, cut, NULL);
        size_t least = HF_ESP_HEADER_LEN + pair->in->layout.iv + pair->in->layout.icv;

        if (len <= least)
            cr_assert_eq(status, HF_ERR_TRUNCATED, "%zu", len);
        else if ((len - least) % pair->in->layout.block != 0)
            cr_assert_eq(status, HF_ERR_MALFORMED, "%zu", len);
        else
            cr_assert_eq(status, HF_ERR_INTEGRITY, "%zu", len);
    }
    cr_expect_eq(esp_open_one(pair->in, sealed, NULL), HF_OK);
}

Test(round_trip, every_truncation_is_refused)
{
    for_each_pair(cut_everywhere);
}

static void other_keys(struct esp_pair *pair)
{
    struct hf_selectors selectors = esp_any_selectors();
    struct hf_esp_params params = pair->params;
    hf_bytes sealed = seal(pair, esp_ip_packet(HF_FAMILY_V4, 60, 1));
    struct hf_esp_inbound *in;

    params.encr_key.data[params.encr_key.len - 1] ^= 1; /* the salt of an AEAD */
    if (params.integ_key.len != 0)
        params.integ_key.data[0] ^= 1;
    cr_assert_eq(hf_esp_inbound_new(&params, &selectors, &in), HF_OK);
    cr_expect_eq(esp_open_one(in, sealed, NULL), HF_ERR_INTEGRITY);
    hf_esp_inbound_free(in);
}

Test(round_trip, other_keys_open_nothing)
{
    for_each_pair(other_keys);
}

/* With ESN the high half is authenticated though it is not sent. */
static void other_subspace(struct esp_pair *pair)
{
    hf_bytes sealed;

    pair->out->sequence = 0x100000000;
    pair->in->replay.top = 0x200000000;
    if (!pair->params.esn)
        return;
    sealed = seal(pair, esp_ip_packet(HF_FAMILY_V4, 60, 1));
    cr_expect_eq(esp_open_one(pair->in, sealed, NULL), HF_ERR_INTEGRITY);
}

Test(round_trip, the_high_half_of_the_sequence_number_is_authenticated)
{
    for_each_pair(other_subspace);
}

static void across_the_wrap(struct esp_pair *pair)
{
    hf_bytes sealed[20], packet = esp_ip_packet(HF_FAMILY_V4, 60, 1);

    if (!pair->params.esn)
        return;
    pair->out->sequence = 0x1fffffff5;
    pair->in->replay.top = 0x1fffffff0;
    for (size_t i = 0; i < HF_ARRAY_LEN(sealed); i++)
        sealed[i] = seal(pair, packet);
    for (size_t i = HF_ARRAY_LEN(sealed); i > 0; i--) /* the last one first: all are reordered */
        cr_expect_eq(esp_open_one(pair->in, sealed[i - 1], NULL), HF_OK, "packet %zu", i - 1);
    cr_expect_eq(pair->in->replay.top, 0x1fffffff5 + HF_ARRAY_LEN(sealed));
    for (size_t i = 0; i < HF_ARRAY_LEN(sealed); i++)
        cr_expect_eq(esp_open_one(pair->in, sealed[i], NULL), HF_ERR_REPLAY);
}

Test(round_trip, packets_cross_the_wrap_of_32_bits_in_any_order)
{
    for_each_pair(across_the_wrap);
}

static bool make_both(void *context)
{
    const struct hf_esp_params *params = context;
    struct hf_selectors selectors = esp_any_selectors();
    struct hf_esp_outbound *out = NULL;
    struct hf_esp_inbound *in = NULL;
    bool good = hf_esp_outbound_new(params, &out) == HF_OK &&
                hf_esp_inbound_new(params, &selectors, &in) == HF_OK;

    if (!good)
        cr_expect_null(in);
    hf_esp_outbound_free(out);
    hf_esp_inbound_free(in);
    return good;
}

Test(round_trip, every_failed_allocation_is_reported_and_leaks_nothing)
{
    for (size_t i = 0; i < ESP_SUITES; i++) {
        struct hf_esp_params params = esp_params_of(&esp_suites[i], true, 1);

        cr_expect_eq(test_alloc_each(make_both, &params), 4); /* each: the SA and its cipher */
    }
}

Test(round_trip, unknown_suites_are_refused)
{
    struct hf_esp_params params = esp_params_of(&esp_suites[0], false, 1);
    struct hf_selectors selectors = esp_any_selectors();
    struct hf_esp_outbound *out = NULL;
    struct hf_esp_inbound *in = NULL;

    params.encr = 11; /* NULL encryption */
    cr_expect_eq(hf_esp_outbound_new(&params, &out), HF_ERR_NO_PROPOSAL);
    cr_expect_eq(hf_esp_inbound_new(&params, &selectors, &in), HF_ERR_NO_PROPOSAL);
    cr_expect_null(out);
    cr_expect_null(in);
}
