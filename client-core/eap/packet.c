/* EAP packets: see packet.h. */
#include "eap/packet.h"

#include "base/reader.h"
#include "base/writer.h"

#define HEADER_LEN 4

static bool has_type(enum hf_eap_code code)
{
    return code == HF_EAP_CODE_REQUEST || code == HF_EAP_CODE_RESPONSE;
}

/*   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |     Code      |  Identifier   |            Length             |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |     Type      |  Type-Data ...      (requests and responses)
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-                RFC 3748, section 4.1 */
hf_status hf_eap_packet_decode(hf_bytes bytes, struct hf_eap_packet *out)
{
    hf_reader r = hf_reader_of(bytes), header, body;
    uint8_t code, identifier, type = 0;
    uint16_t len;
    hf_bytes whole;

    header = r;
    if (!hf_read_u8(&header, &code) || !hf_read_u8(&header, &identifier) ||
        !hf_read_u16(&header, &len) || !hf_read_bytes(&r, len, &whole))
        return HF_ERR_TRUNCATED;
    body = hf_reader_of(whole);
    if (!hf_read_skip(&body, HEADER_LEN) || code < HF_EAP_CODE_REQUEST ||
        code > HF_EAP_CODE_FAILURE)
        return HF_ERR_MALFORMED;
    if (has_type((enum hf_eap_code)code) && !hf_read_u8(&body, &type))
        return HF_ERR_MALFORMED;
    *out = (struct hf_eap_packet){ .code = (enum hf_eap_code)code,
                                   .identifier = identifier,
                                   .type = type,
                                   .data = hf_read_rest(&body) };
    return HF_OK;
}

hf_status hf_eap_packet_encode(const struct hf_eap_packet *packet, hf_buf *out)
{
    size_t header = HEADER_LEN + (has_type(packet->code) ? 1 : 0), len = header + packet->data.len;
    uint8_t *at = len > HF_EAP_PACKET_MAX ? NULL : hf_buf_extend(out, len);
    hf_writer w;
    hf_bytes written;

    if (at == NULL)
        return HF_ERR_TOO_LARGE;
    w = hf_writer_of(at, len);
    hf_write_u8(&w, (uint8_t)packet->code);
    hf_write_u8(&w, packet->identifier);
    hf_write_u16(&w, (uint16_t)len);
    if (has_type(packet->code))
        hf_write_u8(&w, packet->type);
    hf_write_bytes(&w, packet->data);
    HF_ASSERT(hf_writer_finish(&w, &written) && written.len == len);
    return HF_OK;
}
