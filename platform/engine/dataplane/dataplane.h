/* The data plane as the control thread sees it: two threads, four rings, and who owns what. Nothing
 * here waits, but hf_dataplane_stop. */
#ifndef HF_ENGINE_DATAPLANE_H
#define HF_ENGINE_DATAPLANE_H

#include "ipc/engine_protocol.h"
#include <holdfast/esp.h>

struct hf_dataplane;

enum hf_dataplane_output_type {
    HF_DATAPLANE_DATAGRAM,     /* `from`, `datagram`: IKE */
    HF_DATAPLANE_TUN_LOST,     /* the device is gone */
    HF_DATAPLANE_ECHOED,       /* both threads are at work */
    HF_DATAPLANE_FIRST_PACKET, /* `spi`: an inbound SA has opened its first packet */
};
struct hf_dataplane_output {
    enum hf_dataplane_output_type type;
    hf_endpoint from;
    hf_bytes datagram; /* borrowed until hf_dataplane_release */
    uint32_t spi;
};

/* Allocates everything and starts the threads; they are in their loops when it returns. */
hf_status hf_dataplane_new(struct hf_dataplane **out) HF_MUST_USE;
/* Ends the threads when they have done what they were told before, and frees everything. */
void hf_dataplane_stop(struct hf_dataplane *dataplane);

/* The socket towards the gateway; `gateway` has the port for ESP. The fd stays the caller's: each
 * thread has a duplicate. */
hf_status hf_dataplane_set_underlay(struct hf_dataplane *dataplane, int fd,
                                    const hf_endpoint *gateway) HF_MUST_USE;
/* The TUN device, with vnet header; it is made non-blocking. The fd stays the caller's. */
hf_status hf_dataplane_set_tun(struct hf_dataplane *dataplane, int fd,
                               uint16_t mtu_bytes) HF_MUST_USE;
/* A datagram of IKE. Dropped where the ring is full. */
void hf_dataplane_send(struct hf_dataplane *dataplane, const hf_endpoint *to, hf_bytes datagram);

/* A child SA: open with it from now on, and seal with it at once or when told. HF_ERR_BUSY: there
 * are too many. */
hf_status hf_dataplane_child_add(struct hf_dataplane *dataplane,
                                 const struct hf_esp_params *inbound,
                                 const struct hf_esp_params *outbound,
                                 const struct hf_selectors *selectors, bool send_now) HF_MUST_USE;
/* `spi_out`: seal with this one from now on. */
void hf_dataplane_child_send(struct hf_dataplane *dataplane, uint32_t spi_out);
/* `spi_in`: forget the pair. */
void hf_dataplane_child_remove(struct hf_dataplane *dataplane, uint32_t spi_in);

/* Has both threads say that they are at work; while they are being asked, once is enough. */
void hf_dataplane_echo(struct hf_dataplane *dataplane);

/* Readable when there is output or traffic was watched for. */
int hf_dataplane_fd(const struct hf_dataplane *dataplane);
/* Makes the fd unreadable; then fetch all outputs. */
void hf_dataplane_take_wake(struct hf_dataplane *dataplane);
bool hf_dataplane_next(struct hf_dataplane *dataplane, struct hf_dataplane_output *out) HF_MUST_USE;
/* Ends the life of the last output; after each. */
void hf_dataplane_release(struct hf_dataplane *dataplane);

void hf_dataplane_counters(const struct hf_dataplane *dataplane, struct hf_engine_counters *out);
/* Octets and packets sealed with the SA that is in use; false while it is being changed. */
bool hf_dataplane_usage(const struct hf_dataplane *dataplane, uint64_t *out_octets,
                        uint64_t *out_sequence) HF_MUST_USE;
/* Wakes at the next packet in either direction, once. */
void hf_dataplane_watch(struct hf_dataplane *dataplane);

#endif
