/* Packets of a TUN device opened with IFF_VNET_HDR: ten octets of virtio_net_hdr precede each.
 * Offloads are off, so what is read is one plain packet and what is written is marked as such. */
#ifndef HF_ENGINE_TUN_H
#define HF_ENGINE_TUN_H

#include "base/bytes.h"
#include "base/status.h"

/* Reads one packet to `packet`, which has HF_VNET_LEN octets before it and room for `room`.
 * HF_ERR_BUSY: none there. HF_ERR_MALFORMED: not a plain packet; dropped. HF_ERR_LOCAL_SETUP: the
 * device is gone. */
hf_status hf_tun_read(int fd, uint8_t *packet, size_t room, size_t *out_len) HF_MUST_USE;
/* Writes the packet; the HF_VNET_LEN octets before it are overwritten. HF_ERR_BUSY: the queue is
 * full. HF_ERR_MALFORMED: the kernel refused it, as it does while the device is down. */
hf_status hf_tun_write(int fd, uint8_t *packet, size_t len) HF_MUST_USE;

#endif
