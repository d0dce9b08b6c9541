/* Clamping of the maximum segment size that TCP announces (RFC 9293, section 3.7.1), for networks
 * that lose what says that a packet is too big. */
#ifndef HF_ENGINE_MSS_H
#define HF_ENGINE_MSS_H

#include "base/bytes.h"

/* Lowers the MSS option of a TCP SYN, of IPv4 or IPv6, so that its segments fit packets of
 * `mtu_bytes`, and repairs the checksum. True when it changed something. Anything else is left
 * alone, truncated and malformed packets included. */
bool hf_mss_clamp(uint8_t *packet, size_t len, uint16_t mtu_bytes);

#endif
