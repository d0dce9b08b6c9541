/* Protected messages that others make: padding, clear payloads, forms that are not messages. */
#include "crypto/cipher.h"
#include "sealing.h"
#include "support/hex.h"
#include "support/test.h"

/* A message put together by hand, as no sealer of ours would: `clear` stands before SK, `inner` is
 * what is encrypted, padding and all. */
struct forged {
    hf_bytes clear; /* whole payloads, the last of which names SK as next */
    uint8_t clear_type;
    hf_bytes inner;
    hf_bytes behind; /* octets after the SK payload */
};

static hf_bytes forge(struct sealing *sealing, const struct forged *forged)
{
    const struct hf_cipher_sizes *sizes = &sealing->initiator.sizes;
    size_t sk_len = 4 + sizes->iv + forged->inner.len + sizes->icv;
    size_t len = HF_IKE_HEADER_LEN + forged->clear.len + sk_len + forged->behind.len;
    hf_writer w = hf_writer_of(test_memory(len), len);
    struct hf_ike_header header = sealing->header;
    struct hf_cipher_message message = { 0 };
    uint8_t *iv, *inner, *icv;

    header.next_payload = forged->clear.len == 0 ? HF_PAYLOAD_SK : forged->clear_type;
    header.length = (uint32_t)len;
    hf_ike_header_encode(&w, &header);
    hf_write_bytes(&w, forged->clear);
    hf_write_u8(&w, HF_PAYLOAD_NONCE);
    hf_write_u8(&w, 0);
    hf_write_u16(&w, (uint16_t)sk_len);
    message.before = (hf_bytes){ w.data, w.len };
    iv = hf_write_reserve(&w, sizes->iv);
    inner = w.data + w.len;
    hf_write_bytes(&w, forged->inner);
    icv = hf_write_reserve(&w, sizes->icv);
    hf_write_bytes(&w, forged->behind);
    message.iv = iv;
    cr_assert_not(w.overflow);
    cr_assert_eq(hf_cipher_seal(sealing->initiator.seal, &message,
                                (hf_bytes){ inner, forged->inner.len }, inner, icv),
                 HF_OK);
    return (hf_bytes){ w.data, len };
}

enum { GCM = 0, CBC = 3 };

static void init(struct sealing *sealing, size_t suite)
{
    sealing_init(sealing, &sealing_suites[suite].suite, 1);
}

Test(open, padding_may_be_longer_than_needed)
{
    struct sealing sealing;
    struct forged message = { .inner = hex("aabb 0102030405060708090a0b0c 0c aaaaaaaa") };

    message.inner.len = 15;
    init(&sealing, GCM);
    cr_assert_eq(sealing_open(&sealing, forge(&sealing, &message)), HF_OK);
    cr_expect(hf_bytes_equal(hf_buf_bytes(&sealing.opened), hex("aabb")));
    sealing_clear(&sealing);
}

Test(open, padding_of_255_is_taken)
{
    struct sealing sealing;
    uint8_t *inner = test_memory(256 + 16);
    struct forged message = {
        .inner = {inner, 256 + 16}
    };

    inner[271] = 255;
    init(&sealing, CBC);
    cr_assert_eq(sealing_open(&sealing, forge(&sealing, &message)), HF_OK);
    cr_expect_eq(sealing.opened.len, 16);
    sealing_clear(&sealing);
}

/* An AEAD needs no blocks of four: RFC 5282, section 3. */
Test(open, aead_content_of_any_length_is_taken)
{
    struct sealing sealing;

    init(&sealing, GCM);
    for (size_t len = 1; len <= 9; len++) {
        struct forged message = {
            .inner = {test_memory(len), len}
        };

        cr_assert_eq(sealing_open(&sealing, forge(&sealing, &message)), HF_OK);
        cr_expect_eq(sealing.opened.len, len - 1);
    }
    sealing_clear(&sealing);
}

Test(open, padding_longer_than_the_content_is_refused)
{
    struct sealing sealing;

    init(&sealing, GCM);
    for (unsigned padding = 0; padding < 256; padding++) {
        uint8_t *inner = test_memory(16);
        struct forged message = {
            .inner = {inner, 16}
        };

        inner[15] = (uint8_t)padding;
        cr_expect_eq(sealing_open(&sealing, forge(&sealing, &message)),
                     padding <= 15 ? HF_OK : HF_ERR_MALFORMED);
    }
    sealing_clear(&sealing);
}

Test(open, cbc_content_that_is_not_whole_blocks_is_refused)
{
    struct sealing sealing;
    struct hf_ikev2_datagrams sent = { 0 };
    uint8_t *cut;
    size_t len;

    init(&sealing, CBC);
    cr_assert_eq(sealing_seal(&sealing, sealing_content(20), false, 0, &sent), HF_OK);
    len = sent.list[0].len - 1;
    cut = test_copy((hf_bytes){ sent.list[0].data, len });
    cut[27]--;
    cut[31]--;
    cr_expect_eq(sealing_open(&sealing, (hf_bytes){ cut, len }), HF_ERR_MALFORMED);
    hf_ikev2_datagrams_clear(&sent);
    sealing_clear(&sealing);
}

Test(open, clear_payloads_before_sk_are_authenticated_and_not_returned)
{
    struct sealing sealing;
    struct forged message = { .clear = hex("2e 00 0006 aabb"),
                              .clear_type = HF_PAYLOAD_VENDOR,
                              .inner = hex("dd 00") };
    hf_bytes datagram;

    init(&sealing, GCM);
    datagram = forge(&sealing, &message);
    cr_assert_eq(sealing_open(&sealing, datagram), HF_OK);
    cr_expect(hf_bytes_equal(hf_buf_bytes(&sealing.opened), hex("dd")));
    ((uint8_t *)(uintptr_t)datagram.data)[33] ^= 1;
    cr_expect_eq(sealing_open(&sealing, datagram), HF_ERR_INTEGRITY);
    sealing_clear(&sealing);
}

Test(open, sk_must_be_the_last_payload)
{
    struct sealing sealing;
    struct forged message = { .inner = hex("dd 00"), .behind = hex("00 00 0004") };

    init(&sealing, GCM);
    cr_expect_eq(sealing_open(&sealing, forge(&sealing, &message)), HF_ERR_MALFORMED);
    sealing_clear(&sealing);
}

Test(open, message_without_sk_is_refused)
{
    struct sealing sealing;
    uint8_t storage[64];
    struct hf_ikev2_chain_writer chain = hf_ikev2_chain_begin(storage, sizeof storage);
    hf_buf message = hf_buf_with_max(100);

    init(&sealing, GCM);
    cr_assert_eq(hf_ikev2_message_encode(&sealing.header, &chain, &message), HF_OK);
    cr_expect_eq(sealing_open(&sealing, hf_buf_bytes(&message)), HF_ERR_MALFORMED);
    hf_ikev2_chain_add(&chain, HF_PAYLOAD_VENDOR, hex("aabb"));
    cr_assert_eq(hf_ikev2_message_encode(&sealing.header, &chain, &message), HF_OK);
    cr_expect_eq(sealing_open(&sealing, hf_buf_bytes(&message)), HF_ERR_MALFORMED);
    hf_buf_free(&message);
    sealing_clear(&sealing);
}

Test(open, unknown_critical_payload_in_clear_is_refused)
{
    struct sealing sealing;
    struct forged message = { .clear = hex("2e 80 0006 aabb"),
                              .clear_type = 200,
                              .inner = hex("00") };

    init(&sealing, GCM);
    cr_expect_eq(sealing_open(&sealing, forge(&sealing, &message)), HF_ERR_MALFORMED);
    sealing_clear(&sealing);
}

Test(encode, clear_message_is_header_and_chain)
{
    struct hf_ike_header header = { .spi_i = 1,
                                    .next_payload = 99,
                                    .version = 0x20,
                                    .exchange = HF_IKE_SA_INIT,
                                    .flags = HF_IKE_FLAG_INITIATOR,
                                    .length = 7 };
    uint8_t storage[64];
    struct hf_ikev2_chain_writer chain = hf_ikev2_chain_begin(storage, sizeof storage);
    hf_buf message = hf_buf_with_max(34);

    hf_ikev2_chain_add(&chain, HF_PAYLOAD_NONCE, hex("aabb"));
    cr_assert_eq(hf_ikev2_message_encode(&header, &chain, &message), HF_OK);
    cr_expect(hf_bytes_equal(hf_buf_bytes(&message),
                             hex("0000000000000001 0000000000000000 28 20 22 08 00000000 00000022"
                                 "00 00 0006 aabb")));
    hf_buf_free(&message);
}

Test(encode, clear_message_respects_the_buffer)
{
    struct hf_ike_header header = { 0 };
    uint8_t storage[64];
    struct hf_ikev2_chain_writer chain = hf_ikev2_chain_begin(storage, sizeof storage);
    hf_buf message = hf_buf_with_max(33);

    hf_ikev2_chain_add(&chain, HF_PAYLOAD_NONCE, hex("aabb"));
    cr_expect_eq(hf_ikev2_message_encode(&header, &chain, &message), HF_ERR_TOO_LARGE);
    cr_expect_eq(message.len, 0);
    chain = hf_ikev2_chain_begin(storage, 3);
    hf_ikev2_chain_add(&chain, HF_PAYLOAD_NONCE, hex("aabb"));
    message.max = 1000;
    cr_expect_eq(hf_ikev2_message_encode(&header, &chain, &message), HF_ERR_TOO_LARGE);
    hf_buf_free(&message);
}
