/* The up thread: owns the outbound SA, the TUN's read side and the underlay's write side. It runs
 * each batch to completion: read, clamp, seal, send. While the socket's buffer is full it does not
 * read the TUN, so that the pressure reaches the senders instead of memory. */
#ifndef HF_ENGINE_UP_H
#define HF_ENGINE_UP_H

#include "engine/dataplane/buffers.h"
#include "engine/dataplane/counters.h"
#include "engine/dataplane/message.h"
#include "engine/dataplane/ring.h"
#include "engine/dataplane/underlay.h"
#include "engine/dataplane/wake.h"

struct hf_up {
    /* Shared: the rings, what wakes whom, the counters. */
    struct hf_ring commands; /* control → up */
    struct hf_ring answers;  /* up → control */
    struct hf_wake wake;
    const struct hf_wake *control;
    struct hf_watch *watch;
    _Atomic bool is_running; /* set once, by the thread */
    struct hf_up_counters counters;
    /* The thread's own. */
    int underlay, tun;
    uint16_t mtu_bytes;
    struct sockaddr_storage gateway;
    socklen_t gateway_len;
    struct hf_dp_outbound *sa;
    struct hf_buffers plain, sealed;
    struct hf_esp_item items[HF_ESP_BATCH_MAX];
    struct hf_send_batch batch;
    bool is_stopped;
};

hf_status hf_up_init(struct hf_up *up, const struct hf_wake *control,
                     struct hf_watch *watch) HF_MUST_USE;
/* After the thread has ended. */
void hf_up_clear(struct hf_up *up);
/* The thread's body: `context` is the struct hf_up. Ends with HF_DP_STOP. */
void *hf_up_run(void *context);

#endif
