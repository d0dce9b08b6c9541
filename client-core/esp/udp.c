/* What arrives on port 4500: see <holdfast/esp.h>. */
#include "base/reader.h"

#include <holdfast/esp.h>

#define KEEPALIVE    0xff /* RFC 3948, section 2.3 */
#define IKE_MIN      28   /* its header */
#define ESP_MIN      8    /* SPI and sequence number */
#define NON_ESP_MARK 0    /* four octets that no SPI can be: RFC 3948, section 2.2 */

bool hf_esp_peek_spi(hf_bytes packet, uint32_t *out)
{
    hf_reader r = hf_reader_of(packet);

    return packet.len >= ESP_MIN && hf_read_u32(&r, out);
}

enum hf_udp_kind hf_udp_classify(hf_bytes datagram)
{
    hf_reader r = hf_reader_of(datagram);
    uint32_t first;

    if (datagram.len == 1 && datagram.data[0] == KEEPALIVE)
        return HF_UDP_KEEPALIVE;
    if (!hf_read_u32(&r, &first))
        return HF_UDP_GARBAGE;
    if (first == NON_ESP_MARK)
        return r.left >= IKE_MIN ? HF_UDP_IKE : HF_UDP_GARBAGE;
    return datagram.len >= ESP_MIN ? HF_UDP_ESP : HF_UDP_GARBAGE;
}
