/* Links and their addresses, read from the kernel: see links.h. */
#include "linux/links.h"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINKS_MAX        64
/* <linux/if.h> and <net/if.h> cannot both be included. */
#define LINK_HAS_CARRIER 0x10000u

struct links {
    const char *tun_name;
    unsigned index[LINKS_MAX];
    enum hf_profile_interface interface[LINKS_MAX];
    size_t count;
    unsigned default_index, default_metric; /* 0: no default route over one of them */
    struct hf_linux_uplinks uplinks;
};

static const char *link_name(const struct nlmsghdr *answer)
{
    const struct nlattr *name = hf_netlink_attribute(answer, sizeof(struct ifinfomsg), IFLA_IFNAME);

    if (name == NULL || mnl_attr_validate(name, MNL_TYPE_NUL_STRING) < 0)
        return "";
    return mnl_attr_get_str(name);
}

/* The kernel's netlink does not tell Ethernet from Wi-Fi; its files do. */
static bool has_file(const char *link, const char *name)
{
    char path[64 + IF_NAMESIZE];

    snprintf(path, sizeof path, "/sys/class/net/%.15s/%s", link, name);
    return access(path, F_OK) == 0;
}

/* ARPHRD_RAWIP: what modems of mobile networks speak. */
static enum hf_profile_interface interface_of(const struct nlmsghdr *answer)
{
    const struct ifinfomsg *info = mnl_nlmsg_get_payload(answer);
    const char *name = link_name(answer);

    if (has_file(name, "phy80211"))
        return HF_INTERFACE_WIFI;
    if (info->ifi_type == ARPHRD_RAWIP || info->ifi_type == ARPHRD_PPP ||
        strncmp(name, "wwan", 4) == 0 || strncmp(name, "wwp", 3) == 0)
        return HF_INTERFACE_CELLULAR;
    return info->ifi_type == ARPHRD_ETHER ? HF_INTERFACE_ETHERNET : HF_INTERFACE_ANY;
}

static void note_link(const struct nlmsghdr *answer, void *context)
{
    struct links *links = context;
    const struct ifinfomsg *info = mnl_nlmsg_get_payload(answer);

    if ((info->ifi_flags & IFF_UP) == 0 || (info->ifi_flags & LINK_HAS_CARRIER) == 0 ||
        (info->ifi_flags & IFF_LOOPBACK) != 0 || strcmp(link_name(answer), links->tun_name) == 0)
        return;
    if (links->count == LINKS_MAX)
        return;
    links->interface[links->count] = interface_of(answer);
    links->index[links->count++] = (unsigned)info->ifi_index;
}

static bool is_uplink(const struct links *links, unsigned index)
{
    for (size_t i = 0; i < links->count; i++) {
        if (links->index[i] == index)
            return true;
    }
    return false;
}

static void add_on_link(struct hf_linux_uplinks *uplinks, const hf_prefix *prefix)
{
    for (size_t i = 0; i < uplinks->on_link_count; i++) {
        if (hf_prefix_equal(&uplinks->on_link[i], prefix))
            return;
    }
    if (uplinks->on_link_count < HF_ON_LINK_MAX)
        uplinks->on_link[uplinks->on_link_count++] = *prefix;
}

/* IFA_ADDRESS is what the prefix belongs to: the peer on a point-to-point link. */
static void note_address(const struct nlmsghdr *answer, void *context)
{
    struct links *links = context;
    const struct ifaddrmsg *info = mnl_nlmsg_get_payload(answer);
    hf_prefix prefix;

    if (!is_uplink(links, info->ifa_index) ||
        !hf_netlink_address(answer, sizeof *info, IFA_ADDRESS, info->ifa_family, &prefix.address))
        return;
    prefix.bits = info->ifa_prefixlen;
    prefix.address = hf_prefix_first(&prefix);
    add_on_link(&links->uplinks, &prefix);
    if (info->ifa_scope == RT_SCOPE_UNIVERSE)
        links->uplinks.online = true;
}

/* The default route of the main table with the least metric, IPv4's before IPv6's. */
static void note_route(const struct nlmsghdr *answer, void *context)
{
    struct links *links = context;
    const struct rtmsg *route = mnl_nlmsg_get_payload(answer);
    unsigned index = hf_netlink_u32(answer, sizeof *route, RTA_OIF, 0);
    unsigned metric = hf_netlink_u32(answer, sizeof *route, RTA_PRIORITY, 0);

    if (route->rtm_dst_len != 0 || route->rtm_table != RT_TABLE_MAIN ||
        route->rtm_type != RTN_UNICAST || !is_uplink(links, index) ||
        (links->default_index != 0 && links->default_metric <= metric))
        return;
    links->default_index = index;
    links->default_metric = metric;
}

static hf_status read_default(struct hf_netlink *netlink, struct links *links)
{
    static const unsigned char families[] = { AF_INET, AF_INET6 };

    for (size_t i = 0; i < HF_ARRAY_LEN(families) && links->default_index == 0; i++) {
        struct hf_netlink_message message;
        struct rtmsg *route = hf_netlink_begin(&message, RTM_GETROUTE, 0, sizeof *route);

        route->rtm_family = families[i];
        if (hf_netlink_dump(netlink, &message, note_route, links) != 0)
            return HF_ERR_LOCAL_SETUP;
    }
    for (size_t i = 0; i < links->count; i++) {
        if (links->index[i] == links->default_index)
            links->uplinks.interface = links->interface[i];
    }
    return HF_OK;
}

hf_status hf_linux_uplinks_read(struct hf_netlink *netlink, const char *tun_name,
                                struct hf_linux_uplinks *out)
{
    struct links links = { .tun_name = tun_name };
    struct hf_netlink_message message;

    hf_netlink_begin(&message, RTM_GETLINK, 0, sizeof(struct ifinfomsg));
    if (hf_netlink_dump(netlink, &message, note_link, &links) != 0)
        return HF_ERR_LOCAL_SETUP;
    hf_netlink_begin(&message, RTM_GETADDR, 0, sizeof(struct ifaddrmsg));
    if (hf_netlink_dump(netlink, &message, note_address, &links) != 0)
        return HF_ERR_LOCAL_SETUP;
    if (read_default(netlink, &links) != HF_OK)
        return HF_ERR_LOCAL_SETUP;
    *out = links.uplinks;
    return HF_OK;
}

struct named_link {
    const char *name;
    struct hf_linux_link link;
};

static bool is_tun(const struct nlmsghdr *answer)
{
    const struct nlattr *info =
        hf_netlink_attribute(answer, sizeof(struct ifinfomsg), IFLA_LINKINFO);
    const struct nlattr *at = info == NULL ? NULL : mnl_attr_get_payload(info);
    int left = info == NULL ? 0 : mnl_attr_get_payload_len(info);

    for (; mnl_attr_ok(at, left); left -= (at->nla_len + 3) & ~3, at = mnl_attr_next(at)) {
        if (mnl_attr_get_type(at) == IFLA_INFO_KIND)
            return mnl_attr_validate(at, MNL_TYPE_NUL_STRING) >= 0 &&
                   strcmp(mnl_attr_get_str(at), "tun") == 0;
    }
    return false;
}

static void note_named(const struct nlmsghdr *answer, void *context)
{
    struct named_link *wanted = context;
    const struct ifinfomsg *info = mnl_nlmsg_get_payload(answer);

    if (strcmp(link_name(answer), wanted->name) != 0)
        return;
    wanted->link.index = (unsigned)info->ifi_index;
    wanted->link.is_tun = is_tun(answer);
    wanted->link.is_up = (info->ifi_flags & IFF_UP) != 0;
    wanted->link.mtu = hf_netlink_u32(answer, sizeof *info, IFLA_MTU, 0);
}

struct hf_linux_link hf_linux_link_read(struct hf_netlink *netlink, const char *name)
{
    struct named_link wanted = { .name = name };
    struct hf_netlink_message message;

    hf_netlink_begin(&message, RTM_GETLINK, 0, sizeof(struct ifinfomsg));
    if (name[0] == '\0' || hf_netlink_dump(netlink, &message, note_named, &wanted) != 0)
        return (struct hf_linux_link){ 0 };
    return wanted.link;
}
