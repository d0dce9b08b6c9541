/* holdfast-netd: starting, ending, and the manual way out. See design, section 2. */
#include "ipc/names.h"
#include "ipc/values.h"
#include "linux/net_linux.h"
#include "netd/folders.h"
#include "netd/server.h"
#include "version.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define LOCK_NAME       "netd.lock"
#define LOCK_TRIES      100
#define LOCK_PAUSE_MS   20
#define UNBLOCK_WAIT_MS 10000

struct options {
    bool unblock, with_daemon;
};

static void usage(FILE *to)
{
    fputs(
        "usage: holdfast-netd [--root DIR] [--bus system|none] [--owner UID] [--resolv-conf FILE]\n"
        "                     [--with-daemon | --unblock]\n"
        "--with-daemon  start holdfastd and keep it running\n"
        "--unblock      remove the block and everything else that Holdfast changed, and end\n",
        to);
}

static int take_own_option(struct options *options, const char *name)
{
    if (strcmp(name, "--unblock") == 0)
        options->unblock = true;
    else if (strcmp(name, "--with-daemon") == 0)
        options->with_daemon = true;
    else
        return 0;
    return 1;
}

static bool read_options(int argc, char **argv, struct hf_instance *instance,
                         struct options *options)
{
    hf_instance_init(instance);
    for (int at = 1; at < argc;) {
        int took = hf_instance_option(instance, argc, argv, at);

        if (took == 0)
            took = take_own_option(options, argv[at]);
        if (took <= 0)
            return false;
        at += took;
    }
    return !(options->unblock && options->with_daemon);
}

/* One netd for each instance; held until the process ends. */
static bool take_lock(const struct hf_instance *instance)
{
    char path[HF_PATH_MAX];
    int fd;

    if (hf_instance_path(instance->run, LOCK_NAME, path) != HF_OK)
        return false;
    fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    /* A netd that was killed in the middle of a fork leaves a child with the lock, for as long as
     * the child needs to find out; nothing but time tells when. */
    for (int tries = 0; fd >= 0 && tries < LOCK_TRIES; tries++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return true;
        (void)poll(NULL, 0, LOCK_PAUSE_MS);
    }
    return false;
}

/* --- --unblock ---------------------------------------------------------------------------------
 */

static int connect_netd(const struct hf_instance *instance)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    char path[HF_PATH_MAX];
    unsigned uid;
    int fd;

    if (hf_instance_path(instance->run, HF_NETD_SOCKET_NAME, path) != HF_OK ||
        strlen(path) >= sizeof address.sun_path)
        return -1;
    memcpy(address.sun_path, path, strlen(path));
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
        hf_ipc_peer_uid(fd, &uid) && uid == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* The table belongs to the netd that runs: nobody else can remove it. */
static hf_status ask_running_netd(const struct hf_instance *instance)
{
    static uint8_t buffer[HF_IPC_BODY_MAX + 16];
    struct hf_ipc_message message = { .type = HF_NETD_UNBLOCK, .serial = 1 };
    hf_status status, answer;
    int fd = connect_netd(instance);
    hf_reader r;

    if (fd < 0)
        return HF_ERR_NO_DAEMON;
    status = hf_ipc_send(fd, &message);
    if (status == HF_OK)
        status = hf_ipc_wait(fd, UNBLOCK_WAIT_MS);
    if (status == HF_OK)
        status = hf_ipc_receive(fd, buffer, sizeof buffer, &message);
    close(fd);
    if (status != HF_OK)
        return status;
    hf_ipc_close_fds(&message);
    r = hf_reader_of(message.body);
    return hf_ipc_read_status(&r, &answer) ? answer : HF_ERR_MALFORMED;
}

static hf_status unblock_alone(const struct hf_instance *instance)
{
    struct hf_net net;
    hf_status status = hf_net_linux_new(instance, &net);

    if (status != HF_OK)
        return status;
    status = net.ops->revert(net.self);
    net.ops->destroy(net.self);
    return status;
}

static int unblock(const struct hf_instance *instance, bool is_alone)
{
    hf_status status = is_alone ? unblock_alone(instance) : ask_running_netd(instance);

    if (status != HF_OK)
        fprintf(stderr, "holdfast-netd: %s: not everything could be put back%s\n",
                hf_status_code(status),
                is_alone ? "" : "; end the holdfast-netd that runs and try again");
    return hf_status_exit(status);
}

/* --- serving -----------------------------------------------------------------------------------
 */

static bool open_all(struct hf_netd *netd)
{
    return getrandom(netd->boot_id, sizeof netd->boot_id, 0) == sizeof netd->boot_id &&
           hf_net_linux_new(&netd->instance, &netd->net) == HF_OK &&
           hf_netd_lay_floor(netd) == HF_OK && hf_server_open(netd) == HF_OK;
}

/* A block that the user did not lift outlives us; anything else does not. */
static void leave(struct hf_netd *netd)
{
    struct hf_plan plan;

    (void)netd->net.ops->current(netd->net.self, &plan);
    if (!plan.firewall.block && netd->net.ops->revert(netd->net.self) != HF_OK)
        fputs("holdfast-netd: not everything could be put back\n", stderr);
    netd->net.ops->destroy(netd->net.self);
}

static int serve(struct hf_netd *netd, struct hf_keeper *keeper)
{
    if (!open_all(netd)) {
        fputs("holdfast-netd: cannot start: no netlink, no nftables, or no socket\n", stderr);
        return hf_status_exit(HF_ERR_LOCAL_SETUP);
    }
    hf_server_run(netd, keeper);
    hf_server_close(netd);
    leave(netd);
    return 0;
}

static int run(struct hf_netd *netd, const struct options *options, int argc, char **argv)
{
    static struct hf_keeper keeper;
    bool is_alone;

    if (hf_instance_finish(&netd->instance) != HF_OK ||
        hf_folders_make(&netd->instance, &netd->engines.empty_folder) != HF_OK) {
        fputs("holdfast-netd: cannot make the instance's folders\n", stderr);
        return hf_status_exit(HF_ERR_LOCAL_SETUP);
    }
    is_alone = take_lock(&netd->instance);
    if (options->unblock)
        return unblock(&netd->instance, is_alone);
    if (!is_alone) {
        fputs("holdfast-netd: already running\n", stderr);
        return hf_status_exit(HF_ERR_BUSY);
    }
    if (options->with_daemon && hf_keeper_init(&keeper, argc, argv) != HF_OK)
        return hf_status_exit(HF_ERR_NO_MEMORY);
    return serve(netd, &keeper);
}

int main(int argc, char **argv)
{
    static struct hf_netd netd = {
        .listener = -1,
        .signals = -1,
        .waiting = -1,
        .daemon = {-1,  HF_PEER_DAEMON, false},
        .root = { -1, HF_PEER_ROOT,   false},
    };
    struct options options = { 0 };

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        usage(stdout);
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts("holdfast-netd " HF_VERSION);
        return 0;
    }
    if (!read_options(argc, argv, &netd.instance, &options)) {
        usage(stderr);
        return hf_status_exit(HF_ERR_USAGE);
    }
    if (geteuid() != 0) {
        fputs("holdfast-netd: must be started as root\n", stderr);
        return hf_status_exit(HF_ERR_DENIED);
    }
    umask(0022);
    return run(&netd, &options, argc, argv);
}
