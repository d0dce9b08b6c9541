/* Payload chains: RFC 7296, sections 2.5 and 3.2. */
#include "ikev2/message.h"

#include "support/env.h"
#include "support/hex.h"
#include "support/test.h"

/* Decodes a copy that ends with the bytes; expects that a failure leaves the chain alone. */
static hf_status decode(uint8_t first, hf_bytes bytes, struct hf_ikev2_chain *out)
{
    hf_bytes copy = { test_copy(bytes), bytes.len };
    uint8_t unsupported = 0;
    hf_status status;

    out->count = 9999;
    status = hf_ikev2_chain_decode(first, copy, out, &unsupported);
    cr_expect_eq(status == HF_OK, out->count != 9999);
    return status;
}

/* Ni of 2 octets, a vendor id of 1, an empty notify of type 14. */
static hf_bytes sample(void)
{
    return hex("2b 00 0006 aabb 29 00 0005 cc 00 00 0008 00 00 000e");
}

Test(chain, decodes_payloads_in_order)
{
    struct hf_ikev2_chain chain;

    cr_assert_eq(decode(HF_PAYLOAD_NONCE, sample(), &chain), HF_OK);
    cr_assert_eq(chain.count, 3);
    cr_expect_eq(chain.payloads[0].type, HF_PAYLOAD_NONCE);
    cr_expect_eq(chain.payloads[0].next, HF_PAYLOAD_VENDOR);
    cr_expect(hf_bytes_equal(chain.payloads[0].body, hex("aabb")));
    cr_expect_eq(chain.payloads[1].type, HF_PAYLOAD_VENDOR);
    cr_expect_eq(chain.payloads[2].type, HF_PAYLOAD_NOTIFY);
    cr_expect_not(chain.payloads[2].critical);
}

Test(chain, none_is_an_empty_chain)
{
    struct hf_ikev2_chain chain;

    cr_expect_eq(decode(HF_PAYLOAD_NONE, (hf_bytes){ 0 }, &chain), HF_OK);
    cr_expect_eq(chain.count, 0);
    cr_expect_eq(decode(HF_PAYLOAD_NONE, hex("00"), &chain), HF_ERR_MALFORMED);
    cr_expect_eq(decode(HF_PAYLOAD_NONCE, (hf_bytes){ 0 }, &chain), HF_ERR_TRUNCATED);
}

Test(chain, decode_rejects_every_truncation)
{
    struct hf_ikev2_chain chain;

    for (size_t n = 0; n < sample().len; n++)
        cr_expect_eq(decode(HF_PAYLOAD_NONCE, hf_bytes_slice(sample(), 0, n), &chain),
                     HF_ERR_TRUNCATED);
}

Test(chain, octets_behind_the_last_payload_are_refused)
{
    struct hf_ikev2_chain chain;

    cr_expect_eq(decode(HF_PAYLOAD_VENDOR, hex("00 00 0005 aa 00"), &chain), HF_ERR_MALFORMED);
}

Test(chain, lengths_below_the_header_are_refused)
{
    struct hf_ikev2_chain chain;

    for (uint8_t len = 0; len < 4; len++) {
        uint8_t *bytes = test_copy(hex("00 00 0000 aabb"));

        bytes[3] = len;
        cr_expect_eq(decode(HF_PAYLOAD_VENDOR, (hf_bytes){ bytes, 6 }, &chain), HF_ERR_MALFORMED);
    }
    cr_expect_eq(decode(HF_PAYLOAD_VENDOR, hex("00 00 ffff aabb"), &chain), HF_ERR_TRUNCATED);
}

Test(chain, reserved_bits_are_ignored)
{
    for (unsigned bit = 0; bit < 7; bit++) {
        struct hf_ikev2_chain chain;
        uint8_t *bytes = test_copy(sample());

        bytes[1] |= (uint8_t)(1u << bit);
        cr_assert_eq(decode(HF_PAYLOAD_NONCE, (hf_bytes){ bytes, sample().len }, &chain), HF_OK);
        cr_expect_not(chain.payloads[0].critical);
    }
}

Test(chain, critical_bit_of_a_known_payload_is_harmless)
{
    struct hf_ikev2_chain chain;

    cr_assert_eq(decode(HF_PAYLOAD_NONCE, hex("00 80 0005 aa"), &chain), HF_OK);
    cr_expect(chain.payloads[0].critical);
}

Test(chain, unknown_payload_is_refused_only_when_critical)
{
    struct hf_ikev2_chain chain = { 0 };
    uint8_t unsupported = 0;

    cr_expect_eq(decode(200, hex("00 00 0005 aa"), &chain), HF_OK);
    cr_expect_eq(hf_ikev2_chain_decode(200, hex("00 80 0005 aa"), &chain, &unsupported),
                 HF_ERR_UNSUPPORTED_CRITICAL);
    cr_expect_eq(unsupported, 200);
}

/* Payload types of IKEv1 (1 to 13) mean nothing here: CVE-2015-3991. */
Test(chain, payloads_of_ikev1_are_unknown)
{
    for (uint8_t type = 1; type < HF_PAYLOAD_SA; type++) {
        struct hf_ikev2_chain chain;
        uint8_t unsupported;

        cr_expect_null(hf_ikev2_payload_name(type));
        cr_expect_eq(hf_ikev2_chain_decode(type, hex("00 80 0004"), &chain, &unsupported),
                     HF_ERR_UNSUPPORTED_CRITICAL);
    }
}

Test(chain, number_of_payloads_is_bounded)
{
    struct hf_ikev2_chain chain;
    size_t len = (HF_IKEV2_PAYLOADS_MAX + 1) * 4;
    hf_writer w = hf_writer_of(test_memory(len), len);
    hf_bytes bytes;

    for (size_t i = 0; i < HF_IKEV2_PAYLOADS_MAX + 1; i++)
        hf_write_u32(&w, i == HF_IKEV2_PAYLOADS_MAX ? 4 : (uint32_t)HF_PAYLOAD_VENDOR << 24 | 4);
    cr_assert(hf_writer_finish(&w, &bytes));
    cr_expect_eq(decode(HF_PAYLOAD_VENDOR, bytes, &chain), HF_ERR_TOO_LARGE);
    w.data[len - 8] = 0; /* the last but one now ends the chain */
    cr_expect_eq(decode(HF_PAYLOAD_VENDOR, hf_bytes_slice(bytes, 0, len - 4), &chain), HF_OK);
    cr_expect_eq(chain.count, HF_IKEV2_PAYLOADS_MAX);
}

Test(chain, encrypted_payload_ends_the_chain)
{
    static const uint8_t types[] = { HF_PAYLOAD_SK, HF_PAYLOAD_SKF };

    for (size_t i = 0; i < HF_ARRAY_LEN(types); i++) {
        struct hf_ikev2_chain chain;

        cr_assert_eq(decode(types[i], hex("23 00 0006 aabb"), &chain), HF_OK);
        cr_expect_eq(chain.count, 1);
        cr_expect_eq(chain.payloads[0].next, HF_PAYLOAD_IDI);
        cr_expect_eq(decode(types[i], hex("28 00 0006 aabb 00 00 0004"), &chain), HF_ERR_MALFORMED);
    }
}

Test(chain, finds_the_nth_of_a_type)
{
    struct hf_ikev2_chain chain;
    const struct hf_ikev2_raw_payload *second;

    cr_assert_eq(decode(HF_PAYLOAD_CERT,
                        hex("25 00 0005 01 2b 00 0005 02 25 00 0004 00 00 0005 03"), &chain),
                 HF_OK);
    second = hf_ikev2_chain_find(&chain, HF_PAYLOAD_CERT, 1);
    cr_assert_not_null(second);
    cr_expect_eq(second->body.data[0], 2);
    cr_assert_not_null(hf_ikev2_chain_find(&chain, HF_PAYLOAD_CERT, 2));
    cr_expect_null(hf_ikev2_chain_find(&chain, HF_PAYLOAD_CERT, 3));
    cr_expect_null(hf_ikev2_chain_find(&chain, HF_PAYLOAD_AUTH, 0));
}

/* A status, a notify that does not decode, two errors. */
static hf_bytes notifies(void)
{
    return hex(
        "29 00 0009 00 00 4006 07 29 00 0005 00 29 00 0008 00 00 0018 00 00 0008 00 00 000e");
}

Test(chain, finds_notifies_by_type)
{
    struct hf_ikev2_chain chain;
    struct hf_ikev2_notify notify = { 0 };

    cr_assert_eq(decode(HF_PAYLOAD_NOTIFY, notifies(), &chain), HF_OK);
    cr_assert(hf_ikev2_chain_notify(&chain, HF_NOTIFY_COOKIE, &notify));
    cr_expect(hf_bytes_equal(notify.data, hex("07")));
    cr_expect_not(hf_ikev2_chain_notify(&chain, HF_NOTIFY_REKEY_SA, &notify));
    cr_expect_eq(notify.type, HF_NOTIFY_COOKIE);
}

Test(chain, finds_the_first_error)
{
    struct hf_ikev2_chain chain;
    struct hf_ikev2_notify notify = { 0 };

    cr_assert_eq(decode(HF_PAYLOAD_NOTIFY, notifies(), &chain), HF_OK);
    cr_assert(hf_ikev2_chain_error(&chain, &notify));
    cr_expect_eq(notify.type, HF_NOTIFY_AUTHENTICATION_FAILED);
    cr_assert_eq(decode(HF_PAYLOAD_NOTIFY, hex("00 00 0008 00 00 4006"), &chain), HF_OK);
    cr_expect_not(hf_ikev2_chain_error(&chain, &notify));
}

Test(chain, payloads_are_allowed_where_their_row_says)
{
    static const struct {
        uint8_t type;
        bool in_clear, is_protected;
    } rows[] = {
        {HF_PAYLOAD_SA,      true,  true },
        { HF_PAYLOAD_NOTIFY, true,  true },
        { HF_PAYLOAD_AUTH,   false, true },
        { HF_PAYLOAD_CP,     false, true },
        { HF_PAYLOAD_EAP,    false, true },
        { HF_PAYLOAD_DELETE, false, true },
        { HF_PAYLOAD_SK,     true,  false},
        { HF_PAYLOAD_SKF,    true,  false},
        { 200,               true,  true }, /* unknown and not critical: skipped by everyone */
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++) {
        struct hf_ikev2_chain chain = { .count = 1 };

        chain.payloads[0].type = rows[i].type;
        cr_expect_eq(hf_ikev2_chain_is_allowed(&chain, false), rows[i].in_clear);
        cr_expect_eq(hf_ikev2_chain_is_allowed(&chain, true), rows[i].is_protected);
    }
}

Test(chain, writer_links_payloads)
{
    uint8_t storage[64];
    struct hf_ikev2_chain_writer cw = hf_ikev2_chain_begin(storage, sizeof storage);
    hf_bytes written;

    hf_ikev2_chain_add(&cw, HF_PAYLOAD_NONCE, hex("aabb"));
    hf_ikev2_payload_begin(&cw, HF_PAYLOAD_VENDOR);
    hf_write_u8(&cw.w, 0xcc);
    hf_ikev2_payload_end(&cw);
    hf_ikev2_chain_add_notify(&cw, 0, (hf_bytes){ 0 }, 14, (hf_bytes){ 0 });
    cr_assert(hf_writer_finish(&cw.w, &written));
    cr_expect_eq(cw.first, HF_PAYLOAD_NONCE);
    cr_expect(hf_bytes_equal(written, sample()));
}

Test(chain, writer_without_payloads_is_none)
{
    uint8_t storage[1];
    struct hf_ikev2_chain_writer cw = hf_ikev2_chain_begin(storage, sizeof storage);
    hf_bytes written;

    cr_assert(hf_writer_finish(&cw.w, &written));
    cr_expect_eq(cw.first, HF_PAYLOAD_NONE);
    cr_expect_eq(written.len, 0);
}

Test(chain, writer_overflow_sticks_at_every_size)
{
    for (size_t n = 0; n < sample().len; n++) {
        struct hf_ikev2_chain_writer cw = hf_ikev2_chain_begin(test_memory(n), n);
        hf_bytes written;

        hf_ikev2_chain_add(&cw, HF_PAYLOAD_NONCE, hex("aabb"));
        hf_ikev2_chain_add(&cw, HF_PAYLOAD_VENDOR, hex("cc"));
        hf_ikev2_chain_add_notify(&cw, 0, (hf_bytes){ 0 }, 14, (hf_bytes){ 0 });
        cr_expect_not(hf_writer_finish(&cw.w, &written));
    }
}

Test(chain, payload_longer_than_its_length_field_is_an_overflow)
{
    size_t len = 70000;
    struct hf_ikev2_chain_writer cw = hf_ikev2_chain_begin(test_memory(len), len);
    hf_bytes written;

    hf_ikev2_chain_add(&cw, HF_PAYLOAD_VENDOR, (hf_bytes){ test_memory(65532), 65532 });
    cr_expect_not(hf_writer_finish(&cw.w, &written));
}

Test(chain, random_bytes_never_read_past_the_end)
{
    uint64_t state = 6;
    size_t decoded = 0;

    for (size_t i = 0; i < 20000; i++) {
        size_t len = (size_t)test_random_below(&state, 40);
        uint8_t *bytes = test_memory(len);
        struct hf_ikev2_chain chain;

        test_random_fill(&state, bytes, len);
        for (size_t at = 2; at < len; at += 4)
            bytes[at] = 0; /* lengths that have a chance */
        decoded += decode((uint8_t)test_random_below(&state, 64), (hf_bytes){ bytes, len },
                          &chain) == HF_OK;
    }
    cr_expect_gt(decoded, 0);
}
