/* Tests of the EAP packet codec (eap/packet.h). */
#include "eap/packet.h"

#include "support/hex.h"
#include "support/test.h"

Test(packet, a_request_is_read_as_it_was_written)
{
    struct hf_eap_packet packet = { HF_EAP_CODE_REQUEST, 7, 13, hex("20") }, read;
    hf_buf bytes = hf_buf_with_max(64);

    cr_assert_eq(hf_eap_packet_encode(&packet, &bytes), HF_OK);
    cr_expect(hf_bytes_equal(hf_buf_bytes(&bytes), hex("01 07 0006 0d 20")));
    cr_assert_eq(hf_eap_packet_decode(hf_buf_bytes(&bytes), &read), HF_OK);
    cr_expect_eq(read.code, HF_EAP_CODE_REQUEST);
    cr_expect_eq(read.identifier, 7);
    cr_expect_eq(read.type, 13);
    cr_expect(hf_bytes_equal(read.data, hex("20")));
    hf_buf_free(&bytes);
}

Test(packet, success_and_failure_have_no_type)
{
    struct hf_eap_packet packet = { .code = HF_EAP_CODE_SUCCESS, .identifier = 9 }, read;
    hf_buf bytes = hf_buf_with_max(64);

    cr_assert_eq(hf_eap_packet_encode(&packet, &bytes), HF_OK);
    cr_expect(hf_bytes_equal(hf_buf_bytes(&bytes), hex("03 09 0004")));
    cr_assert_eq(hf_eap_packet_decode(hf_buf_bytes(&bytes), &read), HF_OK);
    cr_expect_eq(read.code, HF_EAP_CODE_SUCCESS);
    cr_expect_eq(read.type, 0);
    hf_buf_free(&bytes);
}

Test(packet, every_truncation_is_refused)
{
    hf_bytes whole = hex("01 07 0008 0d 20 aa bb");
    struct hf_eap_packet read = { .identifier = 99 };

    for (size_t len = 0; len < whole.len; len++) {
        hf_bytes part = { test_copy((hf_bytes){ whole.data, len }), len };

        cr_expect_eq(hf_eap_packet_decode(part, &read), HF_ERR_TRUNCATED, "%zu", len);
        cr_expect_eq(read.identifier, 99);
    }
}

Test(packet, a_length_under_the_header_is_refused)
{
    struct hf_eap_packet read;

    for (uint8_t len = 0; len < 5; len++) {
        uint8_t bytes[] = { 1, 7, 0, len, 13, 0x20 };

        cr_expect_eq(hf_eap_packet_decode(HF_BYTES_OF(bytes), &read), HF_ERR_MALFORMED, "%u", len);
    }
}

Test(packet, other_codes_are_refused)
{
    struct hf_eap_packet read;

    for (unsigned code = 0; code < 256; code++) {
        uint8_t bytes[] = { (uint8_t)code, 7, 0, 5, 13 };

        cr_expect_eq(hf_eap_packet_decode(HF_BYTES_OF(bytes), &read),
                     code >= 1 && code <= 4 ? HF_OK : HF_ERR_MALFORMED);
    }
}

Test(packet, what_is_behind_its_length_is_padding) /* RFC 3748, section 4.1 */
{
    struct hf_eap_packet read;

    cr_assert_eq(hf_eap_packet_decode(hex("01 07 0006 0d 20 ffff"), &read), HF_OK);
    cr_expect(hf_bytes_equal(read.data, hex("20")));
}

Test(packet, one_that_is_too_long_is_not_written)
{
    struct hf_eap_packet packet = {
        HF_EAP_CODE_RESPONSE, 7, 13, {test_memory(65536), HF_EAP_PACKET_MAX - 5}
    };
    hf_buf bytes = hf_buf_with_max(1 << 20), small = hf_buf_with_max(10);

    cr_expect_eq(hf_eap_packet_encode(&packet, &small), HF_ERR_TOO_LARGE);
    cr_expect_eq(small.len, 0);
    cr_expect_eq(hf_eap_packet_encode(&packet, &bytes), HF_OK);
    packet.data.len++;
    cr_expect_eq(hf_eap_packet_encode(&packet, &bytes), HF_ERR_TOO_LARGE);
    cr_expect_eq(bytes.len, HF_EAP_PACKET_MAX);
    hf_buf_free(&bytes);
}
