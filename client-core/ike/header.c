/* The IKE header: see header.h. */
#include "ike/header.h"

/* IKE header (RFC 7296, section 3.1):
 *   +---------------------------------------------------------------+
 *   |                       IKE SA Initiator's SPI                  |
 *   |                                                               |
 *   +---------------------------------------------------------------+
 *   |                       IKE SA Responder's SPI                  |
 *   |                                                               |
 *   +---------------+-------+-------+---------------+---------------+
 *   |  Next Payload | MjVer | MnVer | Exchange Type |     Flags     |
 *   +---------------+-------+-------+---------------+---------------+
 *   |                          Message ID                           |
 *   +---------------------------------------------------------------+
 *   |                            Length                             |
 *   +---------------------------------------------------------------+  */
hf_status hf_ike_header_decode(hf_bytes datagram, struct hf_ike_header *out)
{
    hf_reader r = hf_reader_of(datagram);
    struct hf_ike_header header;

    if (!hf_read_u64(&r, &header.spi_i) || !hf_read_u64(&r, &header.spi_r) ||
        !hf_read_u8(&r, &header.next_payload) || !hf_read_u8(&r, &header.version) ||
        !hf_read_u8(&r, &header.exchange) || !hf_read_u8(&r, &header.flags) ||
        !hf_read_u32(&r, &header.message_id) || !hf_read_u32(&r, &header.length))
        return HF_ERR_TRUNCATED;
    if (header.length != datagram.len)
        return HF_ERR_MALFORMED;
    *out = header;
    return HF_OK;
}

void hf_ike_header_encode(hf_writer *w, const struct hf_ike_header *header)
{
    hf_write_u64(w, header->spi_i);
    hf_write_u64(w, header->spi_r);
    hf_write_u8(w, header->next_payload);
    hf_write_u8(w, header->version);
    hf_write_u8(w, header->exchange);
    hf_write_u8(w, header->flags);
    hf_write_u32(w, header->message_id);
    hf_write_u32(w, header->length);
}
