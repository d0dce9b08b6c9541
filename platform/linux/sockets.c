/* Marked sockets: see sockets.h. */
#include "linux/sockets.h"

#include "instance.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <unistd.h>

#define RECEIVE_BUFFER (8 << 20)
#define SEND_BUFFER    (2 << 20)

/* nftables' `meta skuid` is the file system uid of whoever called socket(). */
static int socket_as(int family, unsigned uid)
{
    int fd, error;

    (void)setfsuid(uid);
    fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP);
    error = errno;
    (void)setfsuid(geteuid());
    errno = error;
    return fd;
}

static bool set_int(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

/* IPv4: no DF, and path MTUs that the network reports (which anyone could forge) are not believed:
 * routers cut what does not fit, as the usual gateways do with their own packets. IPv6 routers do
 * not cut, so there the reported path MTU counts and this host cuts. */
static bool set_fragmentation(int fd, enum hf_family family)
{
    if (family == HF_FAMILY_V6)
        return set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) &&
               set_int(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT);
    return set_int(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
}

static bool bind_any_port(int fd, enum hf_family family)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

    return family == HF_FAMILY_V6 ? bind(fd, (struct sockaddr *)&v6, sizeof v6) == 0
                                  : bind(fd, (struct sockaddr *)&v4, sizeof v4) == 0;
}

hf_status hf_socket_marked(enum hf_family family, unsigned engine_uid, int *out_fd)
{
    int fd = socket_as(family == HF_FAMILY_V6 ? AF_INET6 : AF_INET, engine_uid);

    if (fd < 0)
        return errno == EAFNOSUPPORT ? HF_ERR_NO_NETWORK : HF_ERR_LOCAL_SETUP;
    if (!set_int(fd, SOL_SOCKET, SO_MARK, (int)HF_FWMARK) || !set_fragmentation(fd, family) ||
        !bind_any_port(fd, family)) {
        close(fd);
        return HF_ERR_LOCAL_SETUP;
    }
    /* Smaller buffers cost speed, not correctness. */
    (void)set_int(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER);
    (void)set_int(fd, SOL_SOCKET, SO_SNDBUFFORCE, SEND_BUFFER);
    *out_fd = fd;
    return HF_OK;
}
