/* The ring between two threads: see ring.h. A record is a header and its octets, both multiples of
 * the header's size; where one does not fit before the end of the storage, a header that says so
 * fills the rest. */
#include "engine/dataplane/ring.h"

#include <stdlib.h>

#define SKIP UINT64_MAX

struct header {
    _Alignas(16) uint64_t len; /* SKIP: go on at the start of the storage */
};

hf_status hf_ring_init(struct hf_ring *ring, size_t size)
{
    HF_ASSERT(size >= 4 * sizeof(struct header) && (size & (size - 1)) == 0);
    *ring = (struct hf_ring){ .size = size };
    ring->data = aligned_alloc(64, size < 64 ? 64 : size);
    return ring->data == NULL ? HF_ERR_NO_MEMORY : HF_OK;
}

void hf_ring_clear(struct hf_ring *ring)
{
    if (ring->data != NULL)
        hf_cleanse(ring->data, ring->size);
    free(ring->data);
    ring->data = NULL;
}

static struct header *header_at(struct hf_ring *ring, size_t position)
{
    return (struct header *)(void *)(ring->data + (position & (ring->size - 1)));
}

static size_t record_size(size_t len)
{
    return sizeof(struct header) +
           (len + sizeof(struct header) - 1) / sizeof(struct header) * sizeof(struct header);
}

size_t hf_ring_free(struct hf_ring *ring)
{
    size_t used = atomic_load_explicit(&ring->written, memory_order_relaxed) -
                  atomic_load_explicit(&ring->read, memory_order_acquire);

    return ring->size - used;
}

void *hf_ring_reserve(struct hf_ring *ring, size_t len)
{
    size_t at = atomic_load_explicit(&ring->written, memory_order_relaxed);
    size_t to_end = ring->size - (at & (ring->size - 1));
    size_t need, skipped;

    need = record_size(len);
    HF_ASSERT(need <= ring->size / 2); /* so that an empty ring has room, skip included */
    skipped = need > to_end ? to_end : 0;
    if (skipped + need > hf_ring_free(ring))
        return NULL;
    if (skipped != 0)
        header_at(ring, at)->len = SKIP;
    header_at(ring, at + skipped)->len = len;
    ring->reserved = at + skipped + need;
    return header_at(ring, at + skipped) + 1;
}

void hf_ring_publish(struct hf_ring *ring)
{
    atomic_store_explicit(&ring->written, ring->reserved, memory_order_release);
}

/* Where the oldest record begins, past a skip. */
static size_t first_record(struct hf_ring *ring, size_t at)
{
    if (header_at(ring, at)->len != SKIP)
        return at;
    return at + ring->size - (at & (ring->size - 1));
}

bool hf_ring_peek(struct hf_ring *ring, hf_bytes *out)
{
    size_t at = atomic_load_explicit(&ring->read, memory_order_relaxed);

    if (at == atomic_load_explicit(&ring->written, memory_order_acquire))
        return false;
    at = first_record(ring, at);
    *out = (hf_bytes){ (uint8_t *)(header_at(ring, at) + 1), header_at(ring, at)->len };
    return true;
}

void hf_ring_release(struct hf_ring *ring)
{
    size_t at = first_record(ring, atomic_load_explicit(&ring->read, memory_order_relaxed));

    atomic_store_explicit(&ring->read, at + record_size(header_at(ring, at)->len),
                          memory_order_release);
}
