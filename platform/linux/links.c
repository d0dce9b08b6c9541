/* Links and their addresses, read from the kernel: see links.h. */
#include "linux/links.h"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>

#define LINKS_MAX        64
/* <linux/if.h> and <net/if.h> cannot both be included. */
#define LINK_HAS_CARRIER 0x10000u

struct links {
    const char *tun_name;
    unsigned index[LINKS_MAX];
    size_t count;
    struct hf_linux_uplinks uplinks;
};

static const char *link_name(const struct nlmsghdr *answer)
{
    const struct nlattr *name = hf_netlink_attribute(answer, sizeof(struct ifinfomsg), IFLA_IFNAME);

    if (name == NULL || mnl_attr_validate(name, MNL_TYPE_NUL_STRING) < 0)
        return "";
    return mnl_attr_get_str(name);
}

static void note_link(const struct nlmsghdr *answer, void *context)
{
    struct links *links = context;
    const struct ifinfomsg *info = mnl_nlmsg_get_payload(answer);

    if ((info->ifi_flags & IFF_UP) == 0 || (info->ifi_flags & LINK_HAS_CARRIER) == 0 ||
        (info->ifi_flags & IFF_LOOPBACK) != 0 || strcmp(link_name(answer), links->tun_name) == 0)
        return;
    if (links->count < LINKS_MAX)
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
