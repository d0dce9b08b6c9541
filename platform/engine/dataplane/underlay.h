/* The UDP socket towards the gateway: addresses as the kernel has them, and batches of datagrams.
 */
#ifndef HF_ENGINE_UNDERLAY_H
#define HF_ENGINE_UNDERLAY_H

#include "base/address.h"
#include "base/status.h"
#include <holdfast/esp.h>

#include <sys/socket.h>

socklen_t hf_sockaddr_of(const hf_endpoint *endpoint, struct sockaddr_storage *out);
bool hf_sockaddr_endpoint(const struct sockaddr_storage *address, hf_endpoint *out) HF_MUST_USE;

/* Datagrams to be sent, in order. `payload` borrows. */
struct hf_send_batch {
    size_t first, count; /* those from `first` to `count` have not left */
    struct mmsghdr messages[HF_ESP_BATCH_MAX];
    struct iovec payload[HF_ESP_BATCH_MAX];
    /* Room for the type of service of one message; aligned as control data must be. */
    struct {
        _Alignas(struct cmsghdr) uint8_t data[CMSG_SPACE(sizeof(int))];
    } control[HF_ESP_BATCH_MAX];
};

struct hf_sent {
    size_t datagrams, octets; /* that left */
    size_t refused;           /* that the socket would not take */
};

void hf_send_batch_reset(struct hf_send_batch *batch);
/* Adds a datagram to `to`, which is borrowed until it has left. `tos`: type of service, or traffic
 * class, of the outer packet. */
void hf_send_batch_add(struct hf_send_batch *batch, struct sockaddr_storage *to, socklen_t to_len,
                       hf_bytes payload, uint8_t tos);
/* Sends without waiting. True when nothing is left; false: the socket's buffer is full, go on when
 * it can be written. A datagram that is refused is counted and passed over: a firewall, a missing
 * route or a moved link must not stop the others. */
bool hf_send_batch_flush(struct hf_send_batch *batch, int fd, struct hf_sent *out);

#endif
