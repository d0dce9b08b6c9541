/* Memory of a data thread: one mapping, touched before the first packet, never resized. */
#ifndef HF_ENGINE_BUFFERS_H
#define HF_ENGINE_BUFFERS_H

#include "base/bytes.h"
#include "base/status.h"
#include <holdfast/esp.h>

/* Largest inner packet: what a plan's MTU may be. */
#define HF_INNER_MAX 9000
/* virtio_net_hdr in front of each packet of the TUN, whether written or read. */
#define HF_VNET_LEN  10
/* Room in front of a packet, so that the packet itself is aligned and the vnet header ends there.
 */
#define HF_SLOT_HEAD 64
/* One packet with its head and what sealing adds; not a power of two, so that the slots of a batch
 * do not fall on the same sets of a cache. */
#define HF_SLOT_SIZE (HF_SLOT_HEAD + 9216)

struct hf_buffers {
    uint8_t *data;
    size_t slot_size;
    size_t size;
};

/* `slot_size` at least; the first `touched` octets of each slot are backed by memory at once. */
hf_status hf_buffers_init(struct hf_buffers *buffers, size_t slot_size, size_t touched) HF_MUST_USE;
void hf_buffers_clear(struct hf_buffers *buffers);
/* Slot `i` (below HF_ESP_BATCH_MAX), behind its head. */
uint8_t *hf_buffers_slot(const struct hf_buffers *buffers, size_t i);

#endif
