/* Tests of SEQPACKET messages and sealed files (ipc/channel.h). */
#include "ipc/channel.h"
#include "support/hex.h"
#include "support/test.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int ends[2];
static uint8_t buffer[HF_IPC_BODY_MAX + 16];

static void connect_ends(void)
{
    cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
}

static void close_ends(void)
{
    close(ends[0]);
    close(ends[1]);
}

static hf_status receive(struct hf_ipc_message *out)
{
    return hf_ipc_receive(ends[1], buffer, sizeof buffer, out);
}

/* How many descriptors this process has, to see that none is left behind. */
static int lowest_free_fd(void)
{
    int fd = dup(0);

    close(fd);
    return fd;
}

/* A raw packet with `count` copies of a descriptor beside it. */
static void send_raw(hf_bytes packet, size_t count)
{
    union {
        struct cmsghdr align;
        char space[CMSG_SPACE(sizeof(int) * (HF_IPC_FDS_MAX + 1))];
    } control = { 0 };
    struct iovec part = { (void *)packet.data, packet.len };
    struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
    int fds[HF_IPC_FDS_MAX + 1] = { 0 };

    if (count != 0) {
        header.msg_control = control.space;
        header.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        *CMSG_FIRSTHDR(&header) = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
                                                    .cmsg_type = SCM_RIGHTS,
                                                    .cmsg_len = CMSG_LEN(sizeof(int) * count) };
        memcpy(CMSG_DATA(CMSG_FIRSTHDR(&header)), fds, sizeof(int) * count);
    }
    cr_assert_eq(sendmsg(ends[0], &header, MSG_NOSIGNAL), (ssize_t)packet.len);
}

Test(channel, message_arrives_whole, .init = connect_ends)
{
    struct hf_ipc_message out = { .type = 0xfffe, .serial = 0x01020304, .body = hex("aabbcc") };
    struct hf_ipc_message in;

    cr_assert_eq(hf_ipc_send(ends[0], &out), HF_OK);
    cr_assert_eq(receive(&in), HF_OK);
    cr_expect_eq(in.type, 0xfffe);
    cr_expect_eq(in.serial, 0x01020304u);
    cr_expect(hf_bytes_equal(in.body, out.body));
    cr_expect_eq(in.fd_count, 0);
    close_ends();
}

Test(channel, largest_body_passes_and_one_more_does_not, .init = connect_ends)
{
    struct hf_ipc_message out = {
        .body = {test_memory(HF_IPC_BODY_MAX + 1), HF_IPC_BODY_MAX}
    };
    struct hf_ipc_message in;

    cr_assert_eq(hf_ipc_send(ends[0], &out), HF_OK);
    cr_assert_eq(receive(&in), HF_OK);
    cr_expect_eq(in.body.len, (size_t)HF_IPC_BODY_MAX);
    out.body.len++;
    cr_expect_eq(hf_ipc_send(ends[0], &out), HF_ERR_TOO_LARGE);
    cr_expect_eq(receive(&in), HF_ERR_BUSY);
    close_ends();
}

Test(channel, descriptors_travel_and_belong_to_the_receiver, .init = connect_ends)
{
    struct hf_ipc_message out = { .fds = { ends[0], ends[1] }, .fd_count = 2 }, in;
    struct stat a, b;
    int before = lowest_free_fd();

    cr_assert_eq(hf_ipc_send(ends[0], &out), HF_OK);
    cr_assert_eq(receive(&in), HF_OK);
    cr_assert_eq(in.fd_count, 2);
    cr_assert_eq(fstat(in.fds[1], &a), 0);
    cr_assert_eq(fstat(ends[1], &b), 0);
    cr_expect_eq(a.st_ino, b.st_ino);
    cr_expect_eq(fcntl(in.fds[0], F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    hf_ipc_close_fds(&in);
    cr_expect_eq(in.fd_count, 0);
    cr_expect_eq(lowest_free_fd(), before);
    close_ends();
}

Test(channel, too_many_descriptors_are_refused_and_closed, .init = connect_ends)
{
    struct hf_ipc_message in;
    int before = lowest_free_fd();

    send_raw(hex("0001000000000000"), HF_IPC_FDS_MAX + 1);
    cr_expect_eq(receive(&in), HF_ERR_MALFORMED);
    cr_expect_eq(lowest_free_fd(), before);
    close_ends();
}

Test(channel, short_and_unknown_headers_are_refused_with_their_descriptors, .init = connect_ends)
{
    static const char *const packets[] = { "00", "00010000000000", "0001000100000000" };
    struct hf_ipc_message in = { .type = 77 };
    int before = lowest_free_fd();

    for (size_t i = 0; i < HF_ARRAY_LEN(packets); i++) {
        send_raw(hex(packets[i]), 1);
        cr_expect_eq(receive(&in), HF_ERR_MALFORMED, "%s", packets[i]);
        cr_expect_eq(lowest_free_fd(), before);
    }
    cr_expect_eq(in.type, 77);
    close_ends();
}

Test(channel, packet_longer_than_the_buffer_is_refused, .init = connect_ends)
{
    struct hf_ipc_message in;

    send_raw((hf_bytes){ test_memory(sizeof buffer + 1), sizeof buffer + 1 }, 0);
    cr_expect_eq(receive(&in), HF_ERR_MALFORMED);
    send_raw((hf_bytes){ test_memory(sizeof buffer), sizeof buffer }, 0); /* over the limit only */
    cr_expect_eq(receive(&in), HF_ERR_MALFORMED);
    close_ends();
}

Test(channel, nothing_there_is_busy_and_a_closed_end_is_gone, .init = connect_ends)
{
    struct hf_ipc_message in = { .type = 1 };

    cr_expect_eq(receive(&in), HF_ERR_BUSY);
    cr_expect_eq(hf_ipc_wait(ends[1], 0), HF_ERR_TIMEOUT);
    close(ends[0]);
    cr_expect_eq(hf_ipc_wait(ends[1], -1), HF_OK);
    cr_expect_eq(receive(&in), HF_ERR_NO_DAEMON);
    cr_expect_eq(hf_ipc_send(ends[1], &in), HF_ERR_NO_DAEMON);
    close(ends[1]);
}

Test(channel, full_socket_is_busy, .init = connect_ends)
{
    struct hf_ipc_message out = {
        .body = {test_memory(32768), 32768}
    };
    hf_status status = HF_OK;

    for (int i = 0; i < 1000 && status == HF_OK; i++)
        status = hf_ipc_send(ends[0], &out);
    cr_expect_eq(status, HF_ERR_BUSY);
    close_ends();
}

Test(channel, peer_is_us, .init = connect_ends)
{
    unsigned uid = 12345;

    cr_assert(hf_ipc_peer_uid(ends[0], &uid));
    cr_expect_eq(uid, getuid());
    close_ends();
}

Test(channel, sealed_file_reads_back_and_cannot_be_written)
{
    int fd = hf_ipc_sealed_memfd("test", hex("010203"));
    hf_buf content = hf_buf_with_max(0);

    cr_assert_geq(fd, 0);
    cr_assert_eq(hf_ipc_read_fd(fd, 3, &content), HF_OK);
    cr_expect(hf_bytes_equal(hf_buf_bytes(&content), hex("010203")));
    cr_expect_eq(write(fd, "x", 1), -1);
    cr_expect_eq(ftruncate(fd, 0), -1);
    cr_expect_eq(hf_ipc_read_fd(fd, 2, &content), HF_ERR_TOO_LARGE);
    cr_expect_eq(content.len, 3); /* failure leaves out alone */
    hf_buf_free(&content);
    close(fd);
}

Test(channel, reading_a_file_starts_at_its_beginning)
{
    int fd = hf_ipc_sealed_memfd("test", hex("010203"));
    hf_buf content = hf_buf_with_max(0);

    cr_assert_eq(lseek(fd, 2, SEEK_SET), 2);
    cr_assert_eq(hf_ipc_read_fd(fd, 100, &content), HF_OK);
    cr_expect_eq(content.len, 3);
    hf_buf_free(&content);
    close(fd);
}

Test(channel, only_regular_files_are_read, .init = connect_ends)
{
    hf_buf content = hf_buf_with_max(0);

    cr_expect_eq(hf_ipc_read_fd(ends[0], 10, &content), HF_ERR_MALFORMED);
    close_ends();
}
