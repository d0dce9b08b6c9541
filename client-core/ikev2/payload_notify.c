/* Notify payload: see payload.h. */
#include "ikev2/payload.h"

/* Notify payload body (RFC 7296, section 3.10):
 *   +---------------+---------------+-------------------------------+
 *   |  Protocol ID  |   SPI Size    |      Notify Message Type      |
 *   +---------------+---------------+-------------------------------+
 *   ~                Security Parameter Index (SPI)                 ~
 *   +---------------------------------------------------------------+
 *   ~                       Notification Data                       ~
 *   +---------------------------------------------------------------+
 * Gateways disagree on the protocol and SPI of notifies that need neither, so neither is checked
 * here. */
hf_status hf_ikev2_notify_decode(hf_bytes body, struct hf_ikev2_notify *out)
{
    hf_reader r = hf_reader_of(body);
    struct hf_ikev2_notify notify;
    uint8_t spi_len;

    if (!hf_read_u8(&r, &notify.protocol) || !hf_read_u8(&r, &spi_len) ||
        !hf_read_u16(&r, &notify.type) || !hf_read_bytes(&r, spi_len, &notify.spi))
        return HF_ERR_TRUNCATED;
    notify.data = hf_read_rest(&r);
    *out = notify;
    return HF_OK;
}

void hf_ikev2_notify_encode(hf_writer *w, const struct hf_ikev2_notify *notify)
{
    HF_ASSERT(notify->spi.len <= UINT8_MAX);
    hf_write_u8(w, notify->protocol);
    hf_write_u8(w, (uint8_t)notify->spi.len);
    hf_write_u16(w, notify->type);
    hf_write_bytes(w, notify->spi);
    hf_write_bytes(w, notify->data);
}
