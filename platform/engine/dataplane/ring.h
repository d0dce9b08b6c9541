/* A bounded queue of records between two threads: one writes, one reads, neither locks or waits.
 * Records are contiguous and of any length up to half of the ring, less a header. Waking the reader
 * is the writer's business (wake.h). */
#ifndef HF_ENGINE_RING_H
#define HF_ENGINE_RING_H

#include "base/bytes.h"
#include "base/status.h"

#include <stdatomic.h>

struct hf_ring {
    uint8_t *data;
    size_t size;                         /* a power of two */
    size_t reserved;                     /* writer's: where the record being written will end */
    _Alignas(64) _Atomic size_t written; /* counts octets from the beginning of time */
    _Alignas(64) _Atomic size_t read;
};

hf_status hf_ring_init(struct hf_ring *ring, size_t size) HF_MUST_USE;
void hf_ring_clear(struct hf_ring *ring);

/* Writer: room for a record of `len` octets, aligned for any type; NULL while the ring is full. The
 * reader sees it after hf_ring_publish. */
void *hf_ring_reserve(struct hf_ring *ring, size_t len) HF_MUST_USE;
void hf_ring_publish(struct hf_ring *ring);
/* Writer: octets that are free; a record may need up to twice its length of them. */
size_t hf_ring_free(struct hf_ring *ring);

/* Reader: the oldest record, which stays until hf_ring_release; false when there is none. */
bool hf_ring_peek(struct hf_ring *ring, hf_bytes *out) HF_MUST_USE;
void hf_ring_release(struct hf_ring *ring);

#endif
