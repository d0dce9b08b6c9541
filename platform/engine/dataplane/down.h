/* The down thread: owns the inbound SAs, the underlay's read side and the TUN's write side. Each
 * batch runs to completion: receive, sort, open, clamp, deliver. IKE goes to the control thread as
 * it came. */
#ifndef HF_ENGINE_DOWN_H
#define HF_ENGINE_DOWN_H

#include "engine/dataplane/buffers.h"
#include "engine/dataplane/counters.h"
#include "engine/dataplane/message.h"
#include "engine/dataplane/ring.h"
#include "engine/dataplane/underlay.h"
#include "engine/dataplane/wake.h"

#define HF_DOWN_SAS_MAX 8

struct hf_down {
    /* Shared: the rings, what wakes whom, the counters. */
    struct hf_ring commands; /* control → down */
    struct hf_ring answers;  /* down → control */
    struct hf_wake wake;
    const struct hf_wake *control;
    struct hf_watch *watch;
    _Atomic bool is_running; /* set once, by the thread */
    struct hf_down_counters counters;
    /* The thread's own. */
    int underlay, tun;
    uint16_t mtu_bytes;
    hf_address gateway;
    struct hf_dp_inbound *sas[HF_DOWN_SAS_MAX];
    size_t sa_count;
    struct hf_buffers received, opened;
    struct mmsghdr messages[HF_ESP_BATCH_MAX];
    struct iovec payload[HF_ESP_BATCH_MAX];
    struct sockaddr_storage from[HF_ESP_BATCH_MAX];
    struct hf_esp_item items[HF_ESP_BATCH_MAX];
    bool is_stopped;
};

hf_status hf_down_init(struct hf_down *down, const struct hf_wake *control,
                       struct hf_watch *watch) HF_MUST_USE;
/* After the thread has ended. */
void hf_down_clear(struct hf_down *down);
/* The thread's body: `context` is the struct hf_down. Ends with HF_DP_STOP. */
void *hf_down_run(void *context);

#endif
