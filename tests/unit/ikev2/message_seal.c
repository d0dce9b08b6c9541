/* SK messages: every suite, every length of padding, every flipped bit. RFC 7296, section 3.14;
 * RFC 5282. */
#include "sealing.h"
#include "support/alloc.h"
#include "support/hex.h"
#include "support/test.h"

#define FOR_EACH_SUITE(s) for (size_t s = 0; s < sealing_suite_count; s++)

/* One message, sealed and to be changed; `*out` stays the caller's to clear. */
static hf_bytes seal_one(struct sealing *sealing, hf_bytes content, struct hf_ikev2_datagrams *out)
{
    cr_assert_eq(sealing_seal(sealing, content, false, 0, out), HF_OK);
    cr_assert_eq(out->count, 1);
    return hf_buf_bytes(&out->list[0]);
}

Test(seal, opens_to_what_was_sealed_at_every_length)
{
    FOR_EACH_SUITE(s)
    {
        struct sealing sealing;

        sealing_init(&sealing, &sealing_suites[s].suite, 1);
        for (size_t len = 0; len <= 70; len++) {
            struct hf_ikev2_datagrams sent = { 0 };

            cr_assert_eq(sealing_open(&sealing, seal_one(&sealing, sealing_content(len), &sent)),
                         HF_OK, "%s, %zu", sealing_suites[s].name, len);
            cr_expect(hf_bytes_equal(hf_buf_bytes(&sealing.opened), sealing_content(len)));
            cr_expect_eq(sealing.first, HF_PAYLOAD_NONCE);
            hf_ikev2_datagrams_clear(&sent);
        }
        sealing_clear(&sealing);
    }
}

Test(seal, header_is_that_of_the_message)
{
    struct sealing sealing;
    struct hf_ikev2_datagrams sent = { 0 };
    struct hf_ike_header header;
    hf_bytes datagram;

    sealing_init(&sealing, &sealing_suites[0].suite, 1);
    datagram = seal_one(&sealing, sealing_content(9), &sent);
    cr_assert_eq(hf_ike_header_decode(datagram, &header), HF_OK);
    cr_expect_eq(header.next_payload, HF_PAYLOAD_SK);
    cr_expect_eq(header.message_id, 1);
    cr_expect_eq(header.exchange, HF_IKE_AUTH);
    cr_expect_eq(datagram.data[28], HF_PAYLOAD_NONCE);
    cr_expect_eq(datagram.data[29], 0);
    cr_expect_eq(datagram.data[30] << 8 | datagram.data[31], (int)datagram.len - 28);
    hf_ikev2_datagrams_clear(&sent);
    sealing_clear(&sealing);
}

Test(seal, padding_is_minimal)
{
    FOR_EACH_SUITE(s)
    {
        struct sealing sealing;
        struct hf_cipher_sizes sizes;

        sealing_init(&sealing, &sealing_suites[s].suite, 1);
        sizes = sealing.initiator.sizes;
        for (size_t len = 0; len <= 40; len++) {
            struct hf_ikev2_datagrams sent = { 0 };
            size_t inner =
                seal_one(&sealing, sealing_content(len), &sent).len - 32 - sizes.iv - sizes.icv;

            cr_expect_eq(inner % sizes.block, 0);
            cr_expect_lt(inner - len - 1, sizes.block);
            hf_ikev2_datagrams_clear(&sent);
        }
        sealing_clear(&sealing);
    }
}

Test(seal, every_flipped_bit_is_refused)
{
    FOR_EACH_SUITE(s)
    {
        struct sealing sealing;
        struct hf_ikev2_datagrams sent = { 0 };
        hf_bytes datagram;

        sealing_init(&sealing, &sealing_suites[s].suite, 1);
        datagram = seal_one(&sealing, sealing_content(21), &sent);
        for (size_t bit = 0; bit < datagram.len * 8; bit++) {
            uint8_t *changed = sent.list[0].data;
            hf_status status;

            changed[bit / 8] ^= (uint8_t)(1u << bit % 8);
            status = sealing_open(&sealing, datagram);
            cr_expect(status == HF_ERR_INTEGRITY || status == HF_ERR_MALFORMED, "%s, bit %zu: %s",
                      sealing_suites[s].name, bit, hf_status_code(status));
            cr_expect_eq(sealing.opened.len, 0);
            cr_expect_eq(sealing.first, 0xee);
            changed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        cr_expect_eq(sealing_open(&sealing, datagram), HF_OK);
        hf_ikev2_datagrams_clear(&sent);
        sealing_clear(&sealing);
    }
}

/* The octets that both lengths count are cut off, so that the header itself is true. */
Test(seal, every_truncation_is_refused)
{
    FOR_EACH_SUITE(s)
    {
        struct sealing sealing;
        struct hf_ikev2_datagrams sent = { 0 };
        hf_bytes datagram;

        sealing_init(&sealing, &sealing_suites[s].suite, 1);
        datagram = seal_one(&sealing, sealing_content(21), &sent);
        for (size_t len = HF_IKE_HEADER_LEN; len < datagram.len; len++) {
            uint8_t *cut = test_copy(hf_bytes_slice(datagram, 0, len));
            hf_status status;

            cut[27] = (uint8_t)len;
            if (len >= 32)
                cut[31] = (uint8_t)(len - 28);
            status = sealing_open(&sealing, (hf_bytes){ cut, len });
            cr_expect(status == HF_ERR_INTEGRITY || status == HF_ERR_MALFORMED, "%zu", len);
        }
        hf_ikev2_datagrams_clear(&sent);
        sealing_clear(&sealing);
    }
}

Test(seal, nobody_opens_his_own_message)
{
    FOR_EACH_SUITE(s)
    {
        struct sealing sealing;
        struct hf_ikev2_datagrams sent = { 0 };
        struct hf_ike_header header;
        hf_bytes datagram;

        sealing_init(&sealing, &sealing_suites[s].suite, 1);
        datagram = seal_one(&sealing, sealing_content(21), &sent);
        cr_assert_eq(hf_ike_header_decode(datagram, &header), HF_OK);
        cr_expect_eq(hf_ikev2_message_open(&sealing.initiator, &header, datagram,
                                           &sealing.fragments, &sealing.opened, &sealing.first),
                     HF_ERR_INTEGRITY);
        hf_ikev2_datagrams_clear(&sent);
        sealing_clear(&sealing);
    }
}

Test(seal, no_iv_comes_twice)
{
    FOR_EACH_SUITE(s)
    {
        enum { MESSAGES = 200 };
        struct sealing sealing;
        struct hf_ikev2_datagrams sent[MESSAGES] = { 0 };
        size_t iv_len;

        sealing_init(&sealing, &sealing_suites[s].suite, 1);
        iv_len = sealing.initiator.sizes.iv;
        for (size_t i = 0; i < MESSAGES; i++) {
            hf_bytes own =
                hf_bytes_slice(seal_one(&sealing, sealing_content(1), &sent[i]), 32, iv_len);

            for (size_t j = 0; j < i; j++)
                cr_assert_not(hf_bytes_equal(
                    own, hf_bytes_slice(hf_buf_bytes(&sent[j].list[0]), 32, iv_len)));
        }
        for (size_t i = 0; i < MESSAGES; i++)
            hf_ikev2_datagrams_clear(&sent[i]);
        sealing_clear(&sealing);
    }
}

Test(seal, counter_that_ran_out_seals_nothing)
{
    FOR_EACH_SUITE(s)
    {
        struct sealing sealing;
        struct hf_ikev2_datagrams sent = { 0 };

        sealing_init(&sealing, &sealing_suites[s].suite, 1);
        sealing.initiator.sealed = UINT64_MAX;
        cr_expect_eq(sealing_seal(&sealing, sealing_content(1), false, 0, &sent), HF_ERR_CRYPTO);
        cr_expect_eq(sent.count, 0);
        sealing_clear(&sealing);
    }
}

/* An AEAD needs no randomness, CBC does. */
Test(seal, failing_randomness_fails_closed)
{
    FOR_EACH_SUITE(s)
    {
        struct sealing sealing;
        struct hf_ikev2_datagrams sent = { 0 };
        bool is_aead;

        sealing_init(&sealing, &sealing_suites[s].suite, 1);
        is_aead = sealing.initiator.sizes.integ_key == 0;
        sealing.env.fails = true;
        cr_expect_eq(sealing_seal(&sealing, sealing_content(1), false, 0, &sent),
                     is_aead ? HF_OK : HF_ERR_CRYPTO);
        hf_ikev2_datagrams_clear(&sent);
        sealing_clear(&sealing);
    }
}

Test(seal, message_too_long_for_its_fields_is_refused)
{
    FOR_EACH_SUITE(s)
    {
        struct sealing sealing;
        struct hf_ikev2_datagrams sent = { 0 };
        size_t fixed;

        sealing_init(&sealing, &sealing_suites[s].suite, 1);
        fixed = 32 + sealing.initiator.sizes.iv + sealing.initiator.sizes.icv + 1;
        cr_expect_eq(sealing_seal(&sealing, sealing_content(HF_IKE_MESSAGE_MAX - fixed + 1), false,
                                  0, &sent),
                     HF_ERR_TOO_LARGE);
        cr_assert_eq(sealing_seal(&sealing, sealing_content(HF_IKE_MESSAGE_MAX - fixed - 15), false,
                                  0, &sent),
                     HF_OK);
        cr_expect_eq(sealing_open(&sealing, hf_buf_bytes(&sent.list[0])), HF_OK);
        hf_ikev2_datagrams_clear(&sent);
        sealing_clear(&sealing);
    }
}

Test(seal, overflowed_chain_is_refused)
{
    struct sealing sealing;
    struct hf_ikev2_datagrams sent = { 0 };
    struct hf_ikev2_chain_writer chain = hf_ikev2_chain_begin(test_memory(3), 3);

    sealing_init(&sealing, &sealing_suites[0].suite, 1);
    hf_ikev2_chain_add(&chain, HF_PAYLOAD_VENDOR, hex("00"));
    cr_expect_eq(hf_ikev2_message_seal(&sealing.initiator, &sealing.header, &chain, false, 0,
                                       &sealing.env.env, &sent),
                 HF_ERR_TOO_LARGE);
    sealing_clear(&sealing);
}

/* A chain made beforehand, so that no allocation but those of sealing and opening can fail. */
struct attempt {
    struct sealing sealing;
    struct hf_ikev2_chain_writer chain;
    bool fragment;
};

static bool seal_and_open(void *context)
{
    struct attempt *a = context;
    struct hf_ikev2_datagrams sent = { 0 };
    hf_status status = hf_ikev2_message_seal(&a->sealing.initiator, &a->sealing.header, &a->chain,
                                             a->fragment, 200, &a->sealing.env.env, &sent);

    for (size_t i = 0; status == HF_OK && i < sent.count; i++) {
        hf_status opened = sealing_open(&a->sealing, hf_buf_bytes(&sent.list[i]));

        status = opened == HF_ERR_BUSY && i + 1 < sent.count ? HF_OK : opened;
    }
    hf_ikev2_datagrams_clear(&sent);
    hf_fragments_clear(&a->sealing.fragments);
    hf_buf_free(&a->sealing.opened);
    return status == HF_OK;
}

Test(seal, every_failed_allocation_is_reported)
{
    FOR_EACH_SUITE(s)
    {
        struct attempt attempt;

        sealing_init(&attempt.sealing, &sealing_suites[s].suite, 1);
        attempt.chain = hf_ikev2_chain_begin(test_memory(600), 600);
        hf_ikev2_chain_add(&attempt.chain, HF_PAYLOAD_VENDOR, sealing_content(500));
        attempt.fragment = false;
        cr_expect_geq(test_alloc_each(seal_and_open, &attempt), 3);
        attempt.fragment = true;
        cr_expect_geq(test_alloc_each(seal_and_open, &attempt), 10);
        sealing_clear(&attempt.sealing);
    }
}
