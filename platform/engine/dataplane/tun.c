/* The TUN device: see tun.h. */
#include "engine/dataplane/tun.h"

#include "engine/dataplane/buffers.h"

#include <errno.h>
#include <linux/virtio_net.h>
#include <string.h>
#include <unistd.h>

_Static_assert(sizeof(struct virtio_net_hdr) == HF_VNET_LEN, "the header of IFF_VNET_HDR");

static bool is_about_waiting(int error)
{
    return error == EAGAIN || error == EINTR || error == ENOBUFS || error == ENOMEM;
}

/* A super-packet or one without its checksum comes only from a device whose offloads somebody has
 * switched on. */
static bool is_plain(const uint8_t *vnet)
{
    struct virtio_net_hdr header;

    memcpy(&header, vnet, sizeof header);
    return header.gso_type == VIRTIO_NET_HDR_GSO_NONE &&
           (header.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) == 0;
}

hf_status hf_tun_read(int fd, uint8_t *packet, size_t room, size_t *out_len)
{
    uint8_t *start = packet - HF_VNET_LEN;
    ssize_t len = read(fd, start, room + HF_VNET_LEN);

    if (len < 0 && is_about_waiting(errno))
        return HF_ERR_BUSY;
    if (len <= 0) /* EBADFD: it was deleted */
        return HF_ERR_LOCAL_SETUP;
    if (len <= HF_VNET_LEN || !is_plain(start))
        return HF_ERR_MALFORMED;
    *out_len = (size_t)len - HF_VNET_LEN;
    return HF_OK;
}

hf_status hf_tun_write(int fd, uint8_t *packet, size_t len)
{
    uint8_t *start = packet - HF_VNET_LEN;

    memset(start, 0, HF_VNET_LEN);
    if (write(fd, start, len + HF_VNET_LEN) >= 0)
        return HF_OK;
    return is_about_waiting(errno) ? HF_ERR_BUSY : HF_ERR_MALFORMED;
}
