/* TUN devices: see tun.h. */
#include "linux/tun.h"

#include "linux/links.h"
#include "linux/sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TUN_QUEUE_PACKETS 1000

hf_status hf_tun_open(const char *name, int *out_fd)
{
    struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR };
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0 || strlen(name) >= sizeof request.ifr_name) {
        if (fd >= 0)
            close(fd);
        return HF_ERR_LOCAL_SETUP;
    }
    memcpy(request.ifr_name, name, strlen(name));
    if (ioctl(fd, TUNSETIFF, &request) != 0 || ioctl(fd, TUNSETPERSIST, 1) != 0) {
        hf_status status = errno == EBUSY ? HF_ERR_BUSY : HF_ERR_LOCAL_SETUP;

        close(fd);
        return status;
    }
    *out_fd = fd;
    return HF_OK;
}

static int bring_up(struct hf_netlink *netlink, unsigned index, uint16_t mtu)
{
    struct hf_netlink_message message;
    struct ifinfomsg *info = hf_netlink_begin(&message, RTM_NEWLINK, 0, sizeof *info);

    info->ifi_index = (int)index;
    info->ifi_flags = IFF_UP;
    info->ifi_change = IFF_UP;
    mnl_attr_put_u32(message.header, IFLA_MTU, mtu);
    mnl_attr_put_u32(message.header, IFLA_TXQLEN, TUN_QUEUE_PACKETS);
    return hf_netlink_request(netlink, &message);
}

/* No link-local address: it would send router solicitations into the tunnel. */
static int forbid_generated_addresses(struct hf_netlink *netlink, unsigned index)
{
    struct hf_netlink_message message;
    struct ifinfomsg *info = hf_netlink_begin(&message, RTM_SETLINK, 0, sizeof *info);
    struct nlattr *families, *v6;

    info->ifi_index = (int)index;
    families = mnl_attr_nest_start(message.header, IFLA_AF_SPEC);
    v6 = mnl_attr_nest_start(message.header, AF_INET6);
    mnl_attr_put_u8(message.header, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
    mnl_attr_nest_end(message.header, v6);
    mnl_attr_nest_end(message.header, families);
    return hf_netlink_request(netlink, &message);
}

hf_status hf_tun_set_up(struct hf_netlink *netlink, const char *name, uint16_t mtu)
{
    struct hf_linux_link link = hf_linux_link_read(netlink, name);

    if (link.index != 0 && link.is_up && link.mtu == mtu)
        return HF_OK;
    /* Refused where the host has no IPv6, which is as good. */
    (void)forbid_generated_addresses(netlink, link.index);
    return bring_up(netlink, link.index, mtu) == 0 ? HF_OK : HF_ERR_LOCAL_SETUP;
}

hf_status hf_tun_remove(struct hf_netlink *netlink, const char *name)
{
    struct hf_linux_link link = hf_linux_link_read(netlink, name);
    struct hf_netlink_message message;
    struct ifinfomsg *info;

    if (!link.is_tun)
        return HF_OK;
    info = hf_netlink_begin(&message, RTM_DELLINK, 0, sizeof *info);
    info->ifi_index = (int)link.index;
    return hf_netlink_request(netlink, &message) == 0 ? HF_OK : HF_ERR_LOCAL_SETUP;
}

bool hf_tun_has_ipv6(const char *name)
{
    char path[128];
    int disabled;

    snprintf(path, sizeof path, "net/ipv6/conf/%s/disable_ipv6", name);
    return hf_sysctl_read(path, &disabled) && disabled == 0;
}
