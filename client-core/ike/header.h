/* The header that both IKE versions share (RFC 7296, section 3.1) and the numbers in it. */
#ifndef HF_IKE_HEADER_H
#define HF_IKE_HEADER_H

#include "base/reader.h"
#include "base/status.h"
#include "base/writer.h"

#define HF_IKE_HEADER_LEN  28
#define HF_IKE_MESSAGE_MAX 65535 /* octets of a reassembled message that we accept */
#define HF_IKE_PORT        500
#define HF_IKE_NATT_PORT   4500

enum hf_ike_flag {
    HF_IKE_FLAG_INITIATOR = 0x08,
    HF_IKE_FLAG_VERSION = 0x10,
    HF_IKE_FLAG_RESPONSE = 0x20
};

struct hf_ike_header {
    uint64_t spi_i, spi_r;
    uint8_t next_payload;
    uint8_t version; /* major << 4 | minor */
    uint8_t exchange;
    uint8_t flags;
    uint32_t message_id;
    uint32_t length; /* of the whole message */
};

/* Decodes and checks the length against the datagram. HF_ERR_TRUNCATED: under 28 octets.
 * HF_ERR_MALFORMED: the length field is not the datagram's length. On failure `*out` is untouched.
 */
hf_status hf_ike_header_decode(hf_bytes datagram, struct hf_ike_header *out) HF_MUST_USE;
/* Writes the 28 octets; `header->length` as it is (message.h patches it). */
void hf_ike_header_encode(hf_writer *w, const struct hf_ike_header *header);

/* UDP encapsulation on port 4500 (RFC 3948, section 2.2): IKE follows four zero octets. */
#define HF_IKE_NON_ESP_MARKER_LEN 4

#endif
