/* The IKE header: round trip, truncation, lengths that lie. */
#include "ike/header.h"

#include "support/hex.h"
#include "support/test.h"

static hf_bytes sample(void)
{
    return hex("0102030405060708 1112131415161718 21 20 22 08 00000005 0000001c");
}

Test(ike_header, decodes_every_field)
{
    struct hf_ike_header h;

    cr_assert_eq(hf_ike_header_decode(sample(), &h), HF_OK);
    cr_expect_eq(h.spi_i, 0x0102030405060708);
    cr_expect_eq(h.spi_r, 0x1112131415161718);
    cr_expect_eq(h.next_payload, 0x21);
    cr_expect_eq(h.version, 0x20);
    cr_expect_eq(h.exchange, 34);
    cr_expect_eq(h.flags, HF_IKE_FLAG_INITIATOR);
    cr_expect_eq(h.message_id, 5);
    cr_expect_eq(h.length, 28);
}

Test(ike_header, encodes_what_it_decoded)
{
    uint8_t storage[HF_IKE_HEADER_LEN];
    hf_writer w = hf_writer_of(storage, sizeof storage);
    struct hf_ike_header h;
    hf_bytes encoded;

    cr_assert_eq(hf_ike_header_decode(sample(), &h), HF_OK);
    hf_ike_header_encode(&w, &h);
    cr_assert(hf_writer_finish(&w, &encoded));
    cr_expect(hf_bytes_equal(encoded, sample()));
}

Test(ike_header, decode_rejects_every_truncation)
{
    for (size_t n = 0; n < HF_IKE_HEADER_LEN; n++) {
        struct hf_ike_header h = { .message_id = 0xdead };
        hf_bytes cut = { test_copy(hf_bytes_slice(sample(), 0, n)), n };

        cr_expect_eq(hf_ike_header_decode(cut, &h), HF_ERR_TRUNCATED);
        cr_expect_eq(h.message_id, 0xdead);
    }
}

Test(ike_header, length_must_be_that_of_the_datagram)
{
    static const uint32_t lies[] = { 0, 27, 29, 0x1c000000, UINT32_MAX };

    for (size_t i = 0; i < HF_ARRAY_LEN(lies); i++) {
        struct hf_ike_header h = { .message_id = 0xdead };
        uint8_t *bytes = test_copy(sample());
        hf_writer w = hf_writer_of(bytes + 24, 4);

        hf_write_u32(&w, lies[i]);
        cr_expect_eq(hf_ike_header_decode((hf_bytes){ bytes, 28 }, &h), HF_ERR_MALFORMED);
        cr_expect_eq(h.message_id, 0xdead);
    }
}

Test(ike_header, length_counts_what_follows)
{
    struct hf_ike_header h;
    uint8_t *bytes = test_memory(40);

    hf_copy(bytes, sample().data, 28);
    bytes[27] = 40;
    cr_expect_eq(hf_ike_header_decode((hf_bytes){ bytes, 40 }, &h), HF_OK);
    cr_expect_eq(hf_ike_header_decode((hf_bytes){ bytes, 39 }, &h), HF_ERR_MALFORMED);
}
