/* The facts monitor: see facts.h. Events only wake it; what it tells is always read whole, so lost
 * events (ENOBUFS) need no care of their own. */
#include "linux/facts.h"

#include "ipc/channel.h"
#include "linux/links.h"
#include "linux/resolv_text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <unistd.h>

/* Where systemd-resolved keeps the network's servers while resolv.conf names its own. */
#define RESOLVED_UPLINKS "/run/systemd/resolve/resolv.conf"
#define FILE_EVENTS                                                                                \
    (IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB | IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVE_SELF)

/* What other files in the same folder hold is nothing to us. */
#define FOLDER_EVENTS (IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM)

struct hf_facts_monitor {
    char *resolv_conf, *folder;
    char tun_name[HF_PLAN_TUN_NAME_MAX];
    struct hf_netlink netlink;
    int poll, kernel, files; /* an epoll of the other two */
    struct hf_network_facts facts;
};

/* Nothing, where it cannot be read. */
static hf_buf text_of_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    hf_buf text = hf_buf_with_max(0);

    if (fd < 0)
        return text;
    if (hf_ipc_read_fd(fd, HF_RESOLV_FILE_MAX, &text) != HF_OK)
        hf_buf_free(&text);
    close(fd);
    return text;
}

static size_t servers_of_file(const char *path, hf_endpoint *out, size_t max)
{
    hf_buf text = text_of_file(path);
    size_t count = hf_resolv_text_servers(hf_buf_bytes(&text), out, max);

    hf_buf_free(&text);
    return count;
}

static size_t domains_of_file(const char *path, struct hf_network_facts *facts)
{
    hf_buf text = text_of_file(path);
    size_t count =
        hf_resolv_text_domains(hf_buf_bytes(&text), facts->domains, HF_ARRAY_LEN(facts->domains));

    hf_buf_free(&text);
    return count;
}

static bool is_loopback(const hf_address *address)
{
    return hf_address_is_special(address) &&
           (address->octets[0] == 127 || address->family == HF_FAMILY_V6) &&
           address->octets[0] != 0xfe;
}

/* Drops servers on this host: they ask others, unmarked, and those queries are blocked. */
static size_t without_loopback(hf_endpoint *servers, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (!is_loopback(&servers[i].address))
            servers[kept++] = servers[i];
    }
    return kept;
}

static void read_servers(const char *path, struct hf_network_facts *facts)
{
    hf_endpoint *list = facts->resolvers;
    size_t found = servers_of_file(path, list, HF_PLAN_ENDPOINTS);

    facts->resolver_count = without_loopback(list, found);
    if (found > 0 && facts->resolver_count == 0) {
        found = servers_of_file(RESOLVED_UPLINKS, list, HF_PLAN_ENDPOINTS);
        facts->resolver_count = without_loopback(list, found);
    }
}

static struct hf_network_facts read_facts(struct hf_facts_monitor *monitor)
{
    struct hf_network_facts facts = { 0 };
    struct hf_linux_uplinks uplinks;

    if (hf_linux_uplinks_read(&monitor->netlink, monitor->tun_name, &uplinks) != HF_OK)
        return monitor->facts; /* the kernel is out of memory: what was known stands */
    facts.online = uplinks.online;
    facts.on_link_count = uplinks.on_link_count;
    for (size_t i = 0; i < uplinks.on_link_count; i++)
        facts.on_link[i] = uplinks.on_link[i];
    facts.interface = uplinks.interface;
    facts.domain_count = domains_of_file(monitor->resolv_conf, &facts);
    read_servers(monitor->resolv_conf, &facts);
    return facts;
}

bool hf_facts_equal(const struct hf_network_facts *a, const struct hf_network_facts *b)
{
    if (a->online != b->online || a->resolver_count != b->resolver_count ||
        a->on_link_count != b->on_link_count || a->interface != b->interface ||
        a->domain_count != b->domain_count)
        return false;
    for (size_t i = 0; i < a->domain_count; i++) {
        if (strcmp(a->domains[i], b->domains[i]) != 0)
            return false;
    }
    for (size_t i = 0; i < a->resolver_count; i++) {
        if (!hf_endpoint_equal(&a->resolvers[i], &b->resolvers[i]))
            return false;
    }
    for (size_t i = 0; i < a->on_link_count; i++) {
        if (!hf_prefix_equal(&a->on_link[i], &b->on_link[i]))
            return false;
    }
    return true;
}

static int open_kernel_events(void)
{
    struct sockaddr_nl address = {
        .nl_family = AF_NETLINK,
        .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE |
                     RTMGRP_IPV6_ROUTE,
    };
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* The folder tells when the file is replaced; the file itself, when it or what it links to is
 * written. Repeated, because a new file has no watch. */
static void watch_files(struct hf_facts_monitor *monitor)
{
    (void)inotify_add_watch(monitor->files, monitor->folder, FOLDER_EVENTS);
    (void)inotify_add_watch(monitor->files, monitor->resolv_conf, FILE_EVENTS);
}

static bool watch(int poll, int fd)
{
    struct epoll_event event = { .events = EPOLLIN };

    return fd >= 0 && epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool open_all(struct hf_facts_monitor *monitor)
{
    if (hf_netlink_open(&monitor->netlink, NETLINK_ROUTE) != HF_OK)
        return false;
    monitor->poll = epoll_create1(EPOLL_CLOEXEC);
    monitor->kernel = open_kernel_events();
    monitor->files = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    return monitor->poll >= 0 && watch(monitor->poll, monitor->kernel) &&
           watch(monitor->poll, monitor->files);
}

/* The folder part of a path, "." for none. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL)
        return strdup(".");
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

hf_status hf_facts_monitor_new(const char *resolv_conf, const char *tun_name,
                               struct hf_facts_monitor **out)
{
    struct hf_facts_monitor *monitor = calloc(1, sizeof *monitor);
    hf_status status = HF_ERR_NO_MEMORY;

    if (monitor == NULL)
        return HF_ERR_NO_MEMORY;
    monitor->poll = monitor->kernel = monitor->files = -1;
    monitor->resolv_conf = strdup(resolv_conf);
    monitor->folder = folder_of(resolv_conf);
    if (monitor->resolv_conf == NULL || monitor->folder == NULL)
        goto failed;
    status = HF_ERR_LOCAL_SETUP;
    if (strlen(tun_name) >= sizeof monitor->tun_name || !open_all(monitor))
        goto failed;
    hf_copy(monitor->tun_name, tun_name, strlen(tun_name));
    watch_files(monitor);
    monitor->facts = read_facts(monitor);
    *out = monitor;
    return HF_OK;
failed:
    hf_facts_monitor_free(monitor);
    return status;
}

static void close_fd(int fd)
{
    if (fd >= 0)
        close(fd);
}

void hf_facts_monitor_free(struct hf_facts_monitor *monitor)
{
    if (monitor == NULL)
        return;
    close_fd(monitor->poll);
    close_fd(monitor->kernel);
    close_fd(monitor->files);
    hf_netlink_close(&monitor->netlink);
    free(monitor->resolv_conf);
    free(monitor->folder);
    free(monitor);
}

int hf_facts_monitor_fd(const struct hf_facts_monitor *monitor)
{
    return monitor->poll;
}

static void drain(int fd)
{
    char events[16384];

    while (read(fd, events, sizeof events) > 0)
        ;
}

/* Unlike inotify, netlink reports an overrun as an error and goes on. */
static void drain_kernel(int fd)
{
    char events[16384];
    ssize_t got;

    do
        got = recv(fd, events, sizeof events, MSG_DONTWAIT);
    while (got > 0 || (got < 0 && (errno == ENOBUFS || errno == EINTR)));
}

bool hf_facts_monitor_handle(struct hf_facts_monitor *monitor)
{
    struct hf_network_facts before = monitor->facts;

    drain(monitor->files);
    drain_kernel(monitor->kernel);
    watch_files(monitor);
    monitor->facts = read_facts(monitor);
    return !hf_facts_equal(&before, &monitor->facts);
}

const struct hf_network_facts *hf_facts_monitor_facts(const struct hf_facts_monitor *monitor)
{
    return &monitor->facts;
}
