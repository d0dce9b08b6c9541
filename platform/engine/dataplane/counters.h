/* Counters of a data thread: written by that thread alone, read by the control thread at any time.
 */
#ifndef HF_ENGINE_COUNTERS_H
#define HF_ENGINE_COUNTERS_H

#include "base/time.h"

#include <stdatomic.h>

typedef _Atomic uint64_t hf_counter;

/* A load and a store instead of a locked addition: there is one writer. */
static inline void hf_counter_add(hf_counter *counter, uint64_t n)
{
    uint64_t now = atomic_load_explicit(counter, memory_order_relaxed);

    atomic_store_explicit(counter, now + n, memory_order_relaxed);
}

static inline uint64_t hf_counter_get(const hf_counter *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

struct hf_up_counters {
    hf_counter packets, octets; /* inner, sealed and handed to the kernel */
    hf_counter last_sent;
    hf_counter malformed, outside_selectors; /* read from the TUN and dropped */
    hf_counter unsent;                       /* refused by the socket, or no sequence number left */
    /* Of the SA in use, whose SPI is written last and taken back first: see hf_dataplane_usage. */
    _Atomic uint32_t spi;
    hf_counter sa_octets, sa_sequence;
};

struct hf_down_counters {
    hf_counter packets, octets; /* inner, authentic and written to the TUN */
    hf_counter last_received;
    hf_counter replayed, not_authentic, malformed, outside_selectors, no_sa;
    hf_counter foreign;     /* not from the gateway */
    hf_counter undelivered; /* refused by the TUN, or IKE that the control thread has no room for */
};

#endif
