/* Events of the kernel's networking: see watch.h. They say "look again"; so lost ones do not
 * matter, as long as one arrives. */
#include "linux/watch.h"

#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static int open_groups(int bus, const unsigned *groups, size_t count)
{
    struct sockaddr_nl address = { .nl_family = AF_NETLINK };
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, bus);

    if (fd < 0)
        return -1;
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0)
        goto failed;
    for (size_t i = 0; i < count; i++) {
        if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i], sizeof groups[i]) != 0)
            goto failed;
    }
    return fd;
failed:
    close(fd);
    return -1;
}

static bool add(int poll, int fd)
{
    struct epoll_event event = { .events = EPOLLIN };

    return fd >= 0 && epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) == 0;
}

hf_status hf_watch_open(struct hf_watch *watch)
{
    static const unsigned firewall[] = { NFNLGRP_NFTABLES };
    static const unsigned routing[] = {
        RTNLGRP_LINK,       RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE,
        RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_RULE,   RTNLGRP_IPV6_RULE,
    };

    watch->poll = epoll_create1(EPOLL_CLOEXEC);
    watch->firewall = open_groups(NETLINK_NETFILTER, firewall, HF_ARRAY_LEN(firewall));
    watch->routing = open_groups(NETLINK_ROUTE, routing, HF_ARRAY_LEN(routing));
    if (watch->poll < 0 || !add(watch->poll, watch->firewall) ||
        !add(watch->poll, watch->routing)) {
        hf_watch_close(watch);
        return HF_ERR_LOCAL_SETUP;
    }
    return HF_OK;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void hf_watch_close(struct hf_watch *watch)
{
    close_fd(&watch->poll);
    close_fd(&watch->firewall);
    close_fd(&watch->routing);
}

static void drain(int fd)
{
    char event[8192];
    ssize_t got;

    do
        got = recv(fd, event, sizeof event, MSG_DONTWAIT);
    while (got > 0 || (got < 0 && (errno == ENOBUFS || errno == EINTR)));
}

void hf_watch_drain(struct hf_watch *watch)
{
    drain(watch->firewall);
    drain(watch->routing);
}
