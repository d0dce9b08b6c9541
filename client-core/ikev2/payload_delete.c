/* Delete payload: see payload.h. */
#include "ikev2/payload.h"

/* Delete payload body (RFC 7296, section 3.11):
 *   +---------------+---------------+-------------------------------+
 *   | Protocol ID   |   SPI Size    |          Num of SPIs          |
 *   +---------------+---------------+-------------------------------+
 *   ~               Security Parameter Index(es) (SPI)              ~
 *   +---------------------------------------------------------------+  */
hf_status hf_ikev2_delete_decode(hf_bytes body, struct hf_ikev2_delete *out)
{
    hf_reader r = hf_reader_of(body);
    struct hf_ikev2_delete del = { 0 };
    uint8_t spi_len;
    uint16_t count;

    if (!hf_read_u8(&r, &del.protocol) || !hf_read_u8(&r, &spi_len) || !hf_read_u16(&r, &count))
        return HF_ERR_TRUNCATED;
    if (count > HF_DELETE_MAX)
        return HF_ERR_TOO_LARGE;
    if (spi_len != (del.protocol == HF_PROTOCOL_IKE ? 0 : 4))
        return HF_ERR_MALFORMED;
    for (size_t i = 0; spi_len == 4 && i < count; i++) {
        if (!hf_read_u32(&r, &del.spis[del.count++]))
            return HF_ERR_TRUNCATED;
    }
    if (r.left != 0)
        return HF_ERR_MALFORMED;
    *out = del;
    return HF_OK;
}

void hf_ikev2_delete_encode(hf_writer *w, const struct hf_ikev2_delete *del)
{
    HF_ASSERT(del->count <= HF_DELETE_MAX);
    HF_ASSERT(del->protocol != HF_PROTOCOL_IKE || del->count == 0);
    hf_write_u8(w, del->protocol);
    hf_write_u8(w, del->protocol == HF_PROTOCOL_IKE ? 0 : 4);
    hf_write_u16(w, (uint16_t)del->count);
    for (size_t i = 0; i < del->count; i++)
        hf_write_u32(w, del->spis[i]);
}
