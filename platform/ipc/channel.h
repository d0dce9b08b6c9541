/* A SEQPACKET connection between two of our processes: one typed message per packet, file
 * descriptors beside it. The body is written with hf_writer and read with hf_reader; nothing is
 * trusted because of who sent it. */
#ifndef HF_IPC_CHANNEL_H
#define HF_IPC_CHANNEL_H

#include "base/bytes.h"
#include "base/status.h"

#define HF_IPC_BODY_MAX 65536
#define HF_IPC_FDS_MAX  12 /* a profile with all its attachments */

struct hf_ipc_message {
    uint16_t type;
    uint32_t serial; /* a reply carries its request's */
    hf_bytes body;   /* receive: borrows from the buffer given */
    int fds[HF_IPC_FDS_MAX];
    size_t fd_count; /* receive: the caller owns them */
};

/* Sends one message. HF_ERR_BUSY: the socket's buffer is full. HF_ERR_NO_DAEMON: the other side is
 * gone. The fds stay the caller's. */
hf_status hf_ipc_send(int socket, const struct hf_ipc_message *message) HF_MUST_USE;
/* Receives one without waiting. HF_ERR_BUSY: none there. HF_ERR_NO_DAEMON: closed.
 * HF_ERR_MALFORMED: too long, cut, or with too many fds (which are closed). `buffer` holds
 * HF_IPC_BODY_MAX + 16 octets. */
hf_status hf_ipc_receive(int socket, uint8_t *buffer, size_t capacity,
                         struct hf_ipc_message *out) HF_MUST_USE;
/* Waits until it can receive, `timeout_ms` at most (-1: for ever). HF_ERR_TIMEOUT. */
hf_status hf_ipc_wait(int socket, int timeout_ms) HF_MUST_USE;
void hf_ipc_close_fds(struct hf_ipc_message *message);
/* uid of the process at the other end (SO_PEERCRED). */
bool hf_ipc_peer_uid(int socket, unsigned *out_uid) HF_MUST_USE;
/* Writes all of it, however many calls that takes. */
bool hf_ipc_write_all(int fd, hf_bytes content) HF_MUST_USE;
/* A memfd with this content, sealed against writing and growing; -1 on failure. */
int hf_ipc_sealed_memfd(const char *name, hf_bytes content);
/* Reads a sealed memfd or a regular file from its start, `max` octets at most; refuses what is
 * longer. */
hf_status hf_ipc_read_fd(int fd, size_t max, hf_buf *out) HF_MUST_USE;

#endif
