/* SEQPACKET messages with file descriptors: see channel.h. On the wire a message is its type (16
 * bits), 16 bits of zero, its serial (32 bits), and the body up to the packet's end. */
#include "ipc/channel.h"

#include "base/reader.h"
#include "base/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define HEADER_OCTETS 8

union control {
    struct cmsghdr align;
    char space[CMSG_SPACE(sizeof(int) * HF_IPC_FDS_MAX)];
};

static hf_status status_of_errno(int error)
{
    switch (error) {
    case EAGAIN:
        return HF_ERR_BUSY;
    case EPIPE:
    case ECONNRESET:
    case ENOTCONN:
        return HF_ERR_NO_DAEMON;
    case EMSGSIZE:
        return HF_ERR_TOO_LARGE;
    default:
        return HF_ERR_INTERNAL;
    }
}

static void attach_fds(struct msghdr *header, union control *control,
                       const struct hf_ipc_message *message)
{
    size_t size = sizeof(int) * message->fd_count;
    struct cmsghdr *rights;

    if (message->fd_count == 0)
        return;
    header->msg_control = control->space;
    header->msg_controllen = CMSG_SPACE(size);
    rights = CMSG_FIRSTHDR(header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(rights), message->fds, size);
}

hf_status hf_ipc_send(int socket, const struct hf_ipc_message *message)
{
    uint8_t head[HEADER_OCTETS];
    hf_writer w = hf_writer_of(head, sizeof head);
    union control control = { 0 };
    struct iovec parts[] = {
        {head,                        sizeof head      },
        { (void *)message->body.data, message->body.len},
    };
    struct msghdr header = { .msg_iov = parts, .msg_iovlen = 2 };
    ssize_t sent;

    HF_ASSERT(message->fd_count <= HF_IPC_FDS_MAX);
    if (message->body.len > HF_IPC_BODY_MAX)
        return HF_ERR_TOO_LARGE;
    hf_write_u16(&w, message->type);
    hf_write_u16(&w, 0);
    hf_write_u32(&w, message->serial);
    attach_fds(&header, &control, message);
    do
        sent = sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? status_of_errno(errno) : HF_OK;
}

/* Whatever was attached, so that it can be used or closed. */
static void collect_fds(struct msghdr *header, struct hf_ipc_message *message)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c)) {
        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        HF_ASSERT(count <= HF_IPC_FDS_MAX - message->fd_count);
        memcpy(message->fds + message->fd_count, CMSG_DATA(c), count * sizeof(int));
        message->fd_count += count;
    }
}

static bool parse(hf_bytes packet, struct hf_ipc_message *message)
{
    hf_reader r = hf_reader_of(packet);
    uint16_t zero;

    if (!hf_read_u16(&r, &message->type) || !hf_read_u16(&r, &zero) ||
        !hf_read_u32(&r, &message->serial) || zero != 0)
        return false;
    message->body = hf_read_rest(&r);
    return message->body.len <= HF_IPC_BODY_MAX;
}

hf_status hf_ipc_receive(int socket, uint8_t *buffer, size_t capacity, struct hf_ipc_message *out)
{
    struct hf_ipc_message message = { 0 };
    union control control;
    struct iovec part = { buffer, capacity };
    struct msghdr header = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control.space,
        .msg_controllen = sizeof control.space,
    };
    ssize_t got;

    do
        got = recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return status_of_errno(errno);
    collect_fds(&header, &message);
    if (got == 0) {
        hf_ipc_close_fds(&message);
        return HF_ERR_NO_DAEMON;
    }
    if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 ||
        !parse((hf_bytes){ buffer, (size_t)got }, &message)) {
        hf_ipc_close_fds(&message);
        return HF_ERR_MALFORMED;
    }
    *out = message;
    return HF_OK;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

hf_status hf_ipc_wait(int socket, int timeout_ms)
{
    int64_t end = now_ms() + timeout_ms;

    for (;;) {
        struct pollfd pollfd = { .fd = socket, .events = POLLIN };
        int64_t left = end - now_ms();
        int ready = poll(&pollfd, 1, timeout_ms < 0 ? -1 : (int)(left > 0 ? left : 0));

        if (ready > 0)
            return HF_OK;
        if (ready == 0)
            return HF_ERR_TIMEOUT;
        if (errno != EINTR)
            return HF_ERR_INTERNAL;
    }
}

void hf_ipc_close_fds(struct hf_ipc_message *message)
{
    for (size_t i = 0; i < message->fd_count; i++)
        close(message->fds[i]);
    message->fd_count = 0;
}

bool hf_ipc_peer_uid(int socket, unsigned *out_uid)
{
    struct ucred peer;
    socklen_t size = sizeof peer;

    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return false;
    *out_uid = peer.uid;
    return true;
}

bool hf_ipc_write_all(int fd, hf_bytes content)
{
    while (content.len > 0) {
        ssize_t written = write(fd, content.data, content.len);

        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0)
            content = hf_bytes_slice(content, (size_t)written, content.len - (size_t)written);
    }
    return true;
}

int hf_ipc_sealed_memfd(const char *name, hf_bytes content)
{
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0)
        return -1;
    if (!hf_ipc_write_all(fd, content) || lseek(fd, 0, SEEK_SET) != 0 ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

hf_status hf_ipc_read_fd(int fd, size_t max, hf_buf *out)
{
    hf_buf content = hf_buf_with_max(max);
    hf_status status = HF_ERR_DENIED;
    uint8_t chunk[4096];
    struct stat file;
    ssize_t got;

    if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode))
        return HF_ERR_MALFORMED;
    while ((got = pread(fd, chunk, sizeof chunk, (off_t)content.len)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            goto failed;
        if ((size_t)got > max - content.len) {
            status = HF_ERR_TOO_LARGE;
            goto failed;
        }
        if (!hf_buf_append(&content, (hf_bytes){ chunk, (size_t)got })) {
            status = HF_ERR_NO_MEMORY;
            goto failed;
        }
    }
    hf_cleanse(chunk, sizeof chunk);
    hf_buf_free(out);
    *out = content;
    return HF_OK;
failed:
    hf_cleanse(chunk, sizeof chunk);
    hf_buf_free(&content);
    return status;
}
