/* The loop of netd: see server.h. Nothing in it waits for anybody: a holdfastd that does not read
 * its answers is dropped. */
#include "netd/server.h"

#include "ipc/names.h"
#include "ipc/values.h"
#include "linux/net_linux.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define REPLY_OCTETS     HF_IPC_BODY_MAX
/* Between two looks at the kernel, so that a busy host does not keep us busy. */
#define CHECK_EVERY_MS   200
#define STOP_PATIENCE_MS 10000

struct loop {
    struct hf_netd *netd;
    struct hf_keeper *keeper;
    int64_t checked_at;
    bool check_wanted;
    int64_t stop_at; /* 0: not asked to */
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int open_listener(const char *path, unsigned gid)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t before = umask(0117);
    bool good;

    if (strlen(path) >= sizeof address.sun_path) {
        fprintf(stderr, "holdfast-netd: %s: too long for a socket\n", path);
        good = false;
    } else {
        memcpy(address.sun_path, path, strlen(path));
        good = fd >= 0 && (unlink(path) == 0 || errno == ENOENT) &&
               bind(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
               lchown(path, 0, gid) == 0 && listen(fd, 4) == 0;
    }
    (void)umask(before);
    if (!good && fd >= 0)
        close(fd);
    return good ? fd : -1;
}

static int open_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

hf_status hf_server_open(struct hf_netd *netd)
{
    char path[HF_PATH_MAX];
    hf_status status = hf_instance_path(netd->instance.run, HF_NETD_SOCKET_NAME, path);

    if (status != HF_OK)
        return status;
    netd->listener = open_listener(path, netd->instance.daemon_gid);
    netd->signals = open_signals();
    return netd->listener >= 0 && netd->signals >= 0 ? HF_OK : HF_ERR_LOCAL_SETUP;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void drop_peer(struct hf_netd *netd, struct hf_netd_peer *peer)
{
    close_fd(&peer->socket);
    peer->greeted = false;
    if (peer->kind == HF_PEER_DAEMON) {
        peer->socket = netd->waiting;
        netd->waiting = -1;
    }
}

void hf_server_close(struct hf_netd *netd)
{
    close_fd(&netd->waiting);
    drop_peer(netd, &netd->daemon);
    drop_peer(netd, &netd->root);
    close_fd(&netd->listener);
    close_fd(&netd->signals);
}

/* --- messages ----------------------------------------------------------------------------------
 */

static void send_to(struct hf_netd *netd, struct hf_netd_peer *peer,
                    const struct hf_ipc_message *message)
{
    if (peer->socket >= 0 && hf_ipc_send(peer->socket, message) != HF_OK)
        drop_peer(netd, peer);
}

void hf_netd_tell(struct hf_netd *netd, const struct hf_netd_notice *notice)
{
    uint8_t storage[16];
    hf_writer w = hf_writer_of(storage, sizeof storage);
    struct hf_ipc_message message = { .type = HF_NETD_EVENT };

    hf_netd_notice_encode(&w, notice);
    if (hf_writer_finish(&w, &message.body) && netd->daemon.greeted)
        send_to(netd, &netd->daemon, &message);
}

static void answer(struct hf_netd *netd, struct hf_netd_peer *peer,
                   const struct hf_ipc_message *request)
{
    static uint8_t result[REPLY_OCTETS], whole[REPLY_OCTETS];
    struct hf_netd_reply reply = { hf_writer_of(result, sizeof result - 2), -1 };
    hf_writer w = hf_writer_of(whole, sizeof whole);
    struct hf_ipc_message message = { .type = request->type, .serial = request->serial };
    hf_status status = hf_netd_carry_out(netd, peer, request, &reply);
    hf_bytes body = { 0 };

    if (status == HF_OK && !hf_writer_finish(&reply.body, &body))
        status = HF_ERR_INTERNAL;
    hf_ipc_write_status(&w, status);
    hf_write_bytes(&w, body);
    if (status == HF_OK && reply.fd >= 0)
        message.fds[message.fd_count++] = reply.fd;
    if (hf_writer_finish(&w, &message.body))
        send_to(netd, peer, &message);
    close_fd(&reply.fd);
}

/* One message; the loop comes back for the next. */
static void receive(struct hf_netd *netd, struct hf_netd_peer *peer)
{
    struct hf_ipc_message message;
    hf_status status = hf_ipc_receive(peer->socket, netd->buffer, sizeof netd->buffer, &message);

    if (status == HF_ERR_BUSY)
        return;
    if (status != HF_OK) {
        drop_peer(netd, peer);
        return;
    }
    answer(netd, peer, &message);
    hf_ipc_close_fds(&message);
}

/* --- callers -----------------------------------------------------------------------------------
 */

/* The newest holdfastd waits until the one before it is gone; only one can hold the instance. */
static void take_caller(struct hf_netd *netd, int fd)
{
    unsigned uid;

    if (!hf_ipc_peer_uid(fd, &uid) || (uid != netd->instance.daemon_uid && uid != 0)) {
        close(fd);
    } else if (uid == 0) {
        close_fd(&netd->root.socket);
        netd->root.socket = fd;
    } else if (netd->daemon.socket < 0) {
        netd->daemon.socket = fd;
    } else {
        close_fd(&netd->waiting);
        netd->waiting = fd;
    }
}

static void accept_caller(struct hf_netd *netd)
{
    int fd = accept4(netd->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd >= 0)
        take_caller(netd, fd);
}

/* --- signals -----------------------------------------------------------------------------------
 */

static void reap(struct loop *loop)
{
    int wait_status;
    pid_t pid;

    while ((pid = waitpid(-1, &wait_status, WNOHANG)) > 0) {
        struct hf_netd_notice notice = { HF_NETD_ENGINE_EXITED, (uint32_t)pid,
                                         (uint32_t)wait_status };

        if (hf_engines_forget(&loop->netd->engines, pid))
            hf_netd_tell(loop->netd, &notice);
        else
            (void)hf_keeper_forget(loop->keeper, pid, now_ms());
    }
}

/* holdfastd may still want something from us while it ends; a second request does not wait. */
static void stop(struct loop *loop)
{
    bool again = loop->stop_at != 0;

    loop->stop_at = now_ms();
    loop->keeper->enabled = false;
    if (again || loop->keeper->pid == 0)
        return;
    loop->stop_at += STOP_PATIENCE_MS;
    (void)kill(loop->keeper->pid, SIGTERM);
}

/* A holdfastd that was told of another floor, or another plan, says hello again. */
static void lay_floor_again(struct hf_netd *netd)
{
    enum hf_lock_mode lock = netd->floor.lock;
    struct hf_plan before, after;

    (void)netd->net.ops->current(netd->net.self, &before);
    if (hf_netd_lay_floor(netd) != HF_OK)
        fputs("holdfast-netd: the floor's lock could not be put in force\n", stderr);
    (void)netd->net.ops->current(netd->net.self, &after);
    if (netd->floor.lock != lock || !hf_plan_equal(&before, &after))
        drop_peer(netd, &netd->daemon);
}

static void handle_signals(struct loop *loop)
{
    struct signalfd_siginfo info;

    while (read(loop->netd->signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGCHLD)
            reap(loop);
        else if (info.ssi_signo != SIGHUP)
            stop(loop);
        else
            lay_floor_again(loop->netd);
    }
}

static bool is_over(struct loop *loop)
{
    if (loop->stop_at == 0 || (loop->keeper->pid != 0 && now_ms() < loop->stop_at))
        return false;
    if (loop->keeper->pid != 0)
        (void)kill(loop->keeper->pid, SIGKILL);
    return true;
}

/* --- the kernel --------------------------------------------------------------------------------
 */

static void check_kernel(struct loop *loop)
{
    struct hf_netd_notice notice = { .event = HF_NETD_TABLE_LOST };

    loop->check_wanted = false;
    loop->checked_at = now_ms();
    if (!hf_net_linux_check(&loop->netd->net))
        return;
    fprintf(stderr, "holdfast-netd: others changed the firewall or the routing; put back\n");
    hf_netd_tell(loop->netd, &notice);
}

/* --- the loop ----------------------------------------------------------------------------------
 */

enum { SIGNALS, LISTENER, DAEMON, ROOT, KERNEL, FDS };

static int64_t min_ms(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int timeout_of(struct loop *loop)
{
    int64_t now = now_ms(), at = INT64_MAX;

    at = min_ms(at, hf_keeper_tend(loop->keeper, &loop->netd->instance,
                                   loop->netd->daemon.socket >= 0, now));
    if (loop->check_wanted)
        at = min_ms(at, loop->checked_at + CHECK_EVERY_MS);
    if (loop->stop_at != 0)
        at = min_ms(at, loop->stop_at);
    if (at == INT64_MAX)
        return -1;
    return at <= now ? 0 : (int)min_ms(at - now, 60000);
}

static void turn(struct loop *loop)
{
    struct hf_netd *netd = loop->netd;
    struct pollfd fds[FDS] = {
        [SIGNALS] = {netd->signals,                                              POLLIN},
        [LISTENER] = { netd->listener,                                            POLLIN},
        [DAEMON] = { netd->daemon.socket,                                       POLLIN},
        [ROOT] = { netd->root.socket,                                         POLLIN},
        [KERNEL] = { loop->check_wanted ? -1 : hf_net_linux_events(&netd->net), POLLIN},
    };

    if (poll(fds, FDS, timeout_of(loop)) < 0)
        return;
    if (fds[SIGNALS].revents != 0)
        handle_signals(loop);
    if (fds[DAEMON].revents != 0)
        receive(netd, &netd->daemon);
    if (fds[ROOT].revents != 0)
        receive(netd, &netd->root);
    if (fds[LISTENER].revents != 0)
        accept_caller(netd);
    if (fds[KERNEL].revents != 0)
        loop->check_wanted = true;
    if (loop->check_wanted && now_ms() >= loop->checked_at + CHECK_EVERY_MS)
        check_kernel(loop);
    if (netd->daemon.greeted)
        hf_keeper_note_connected(loop->keeper);
}

void hf_server_run(struct hf_netd *netd, struct hf_keeper *keeper)
{
    struct loop loop = { .netd = netd, .keeper = keeper };

    while (!is_over(&loop))
        turn(&loop);
}
