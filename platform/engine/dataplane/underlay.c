/* The UDP socket towards the gateway: see underlay.h. */
#include "engine/dataplane/underlay.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

static socklen_t sockaddr4(const hf_endpoint *endpoint, struct sockaddr_storage *out)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(endpoint->port) };

    memcpy(&address.sin_addr, endpoint->address.octets, sizeof address.sin_addr);
    memcpy(out, &address, sizeof address);
    return sizeof address;
}

static socklen_t sockaddr6(const hf_endpoint *endpoint, struct sockaddr_storage *out)
{
    struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_port = htons(endpoint->port) };

    memcpy(&address.sin6_addr, endpoint->address.octets, sizeof address.sin6_addr);
    memcpy(out, &address, sizeof address);
    return sizeof address;
}

socklen_t hf_sockaddr_of(const hf_endpoint *endpoint, struct sockaddr_storage *out)
{
    memset(out, 0, sizeof *out);
    return endpoint->address.family == HF_FAMILY_V6 ? sockaddr6(endpoint, out)
                                                    : sockaddr4(endpoint, out);
}

bool hf_sockaddr_endpoint(const struct sockaddr_storage *address, hf_endpoint *out)
{
    struct sockaddr_in in4;
    struct sockaddr_in6 in6;

    switch (address->ss_family) {
    case AF_INET:
        memcpy(&in4, address, sizeof in4);
        out->port = ntohs(in4.sin_port);
        return hf_address_of_octets((hf_bytes){ (const uint8_t *)&in4.sin_addr, 4 }, &out->address);
    case AF_INET6:
        memcpy(&in6, address, sizeof in6);
        out->port = ntohs(in6.sin6_port);
        return hf_address_of_octets((hf_bytes){ (const uint8_t *)&in6.sin6_addr, 16 },
                                    &out->address);
    default:
        return false;
    }
}

void hf_send_batch_reset(struct hf_send_batch *batch)
{
    batch->first = batch->count = 0;
}

static void set_tos(struct msghdr *header, uint8_t *control, sa_family_t family, uint8_t tos)
{
    struct cmsghdr *item;
    int value = tos;

    header->msg_control = control;
    header->msg_controllen = CMSG_SPACE(sizeof value);
    item = CMSG_FIRSTHDR(header);
    item->cmsg_level = family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
    item->cmsg_type = family == AF_INET6 ? IPV6_TCLASS : IP_TOS;
    item->cmsg_len = CMSG_LEN(sizeof value);
    memcpy(CMSG_DATA(item), &value, sizeof value);
}

void hf_send_batch_add(struct hf_send_batch *batch, struct sockaddr_storage *to, socklen_t to_len,
                       hf_bytes payload, uint8_t tos)
{
    size_t i = batch->count++;
    struct msghdr *header = &batch->messages[i].msg_hdr;

    HF_ASSERT(i < HF_ESP_BATCH_MAX);
    batch->payload[i] = (struct iovec){ (void *)(uintptr_t)payload.data, payload.len };
    *header = (struct msghdr){
        .msg_name = to, .msg_namelen = to_len, .msg_iov = &batch->payload[i], .msg_iovlen = 1
    };
    if (tos != 0)
        set_tos(header, batch->control[i].data, to->ss_family, tos);
}

static void note_sent(struct hf_send_batch *batch, size_t sent, struct hf_sent *out)
{
    for (size_t i = 0; i < sent; i++)
        out->octets += batch->payload[batch->first + i].iov_len;
    out->datagrams += sent;
    batch->first += sent;
}

bool hf_send_batch_flush(struct hf_send_batch *batch, int fd, struct hf_sent *out)
{
    while (batch->first < batch->count) {
        int sent = sendmmsg(fd, &batch->messages[batch->first],
                            (unsigned)(batch->count - batch->first), MSG_DONTWAIT | MSG_NOSIGNAL);

        if (sent > 0) {
            note_sent(batch, (size_t)sent, out);
        } else if (sent < 0 && errno == EAGAIN) {
            return false;
        } else if (sent < 0 && errno != EINTR) {
            out->refused++;
            batch->first++;
        }
    }
    return true;
}
