/* Addresses of the tunnel's link: see addresses.h. */
#include "linux/addresses.h"

#include <holdfast/plan.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#define ADDRESSES_MAX 32

struct held {
    unsigned index;
    hf_prefix list[ADDRESSES_MAX];
    size_t count;
};

static hf_prefix alone(const hf_prefix *prefix)
{
    return (hf_prefix){ prefix->address, (uint8_t)(hf_family_octets(prefix->address.family) * 8) };
}

static bool contains(const hf_prefix *list, size_t count, const hf_prefix *wanted)
{
    for (size_t i = 0; i < count; i++) {
        if (hf_prefix_equal(&list[i], wanted))
            return true;
    }
    return false;
}

/* The address itself: IFA_LOCAL where there is one, as on point-to-point links. */
static bool local_address(const struct nlmsghdr *answer, hf_prefix *out)
{
    const struct ifaddrmsg *info = mnl_nlmsg_get_payload(answer);

    if (!hf_netlink_address(answer, sizeof *info, IFA_LOCAL, info->ifa_family, &out->address) &&
        !hf_netlink_address(answer, sizeof *info, IFA_ADDRESS, info->ifa_family, &out->address))
        return false;
    out->bits = info->ifa_prefixlen;
    return true;
}

static void note_held(const struct nlmsghdr *answer, void *context)
{
    const struct ifaddrmsg *info = mnl_nlmsg_get_payload(answer);
    struct held *held = context;

    if (info->ifa_index == held->index && held->count < ADDRESSES_MAX &&
        local_address(answer, &held->list[held->count]))
        held->count++;
}

static int dump_addresses(struct hf_netlink *netlink, hf_netlink_each *each, void *context)
{
    struct hf_netlink_message message;

    hf_netlink_begin(&message, RTM_GETADDR, 0, sizeof(struct ifaddrmsg));
    return hf_netlink_dump(netlink, &message, each, context);
}

/* No duplicate address detection (there is nobody to ask) and no route for the prefix. */
static int change(struct hf_netlink *netlink, uint16_t type, unsigned index,
                  const hf_prefix *prefix)
{
    struct hf_netlink_message message;
    uint16_t flags = type == RTM_NEWADDR ? NLM_F_CREATE | NLM_F_EXCL : 0;
    struct ifaddrmsg *info = hf_netlink_begin(&message, type, flags, sizeof *info);

    info->ifa_family = hf_netlink_family(prefix->address.family);
    info->ifa_prefixlen = prefix->bits;
    info->ifa_index = index;
    hf_netlink_put_address(&message, IFA_LOCAL, &prefix->address);
    hf_netlink_put_address(&message, IFA_ADDRESS, &prefix->address);
    if (type == RTM_NEWADDR)
        mnl_attr_put_u32(message.header, IFA_FLAGS, IFA_F_NODAD | IFA_F_NOPREFIXROUTE);
    return hf_netlink_request(netlink, &message);
}

hf_status hf_addresses_set(struct hf_netlink *netlink, unsigned index, const hf_prefix *wanted,
                           size_t count)
{
    struct held held = { .index = index };
    hf_prefix list[HF_PLAN_ADDRESSES];

    HF_ASSERT(count <= HF_PLAN_ADDRESSES);
    if (dump_addresses(netlink, note_held, &held) != 0)
        return HF_ERR_LOCAL_SETUP;
    for (size_t i = 0; i < count; i++) {
        list[i] = alone(&wanted[i]);
        if (!contains(held.list, held.count, &list[i]) &&
            change(netlink, RTM_NEWADDR, index, &list[i]) != 0)
            return HF_ERR_LOCAL_SETUP;
    }
    for (size_t i = 0; i < held.count; i++) {
        if (!contains(list, count, &held.list[i]) &&
            change(netlink, RTM_DELADDR, index, &held.list[i]) != 0)
            return HF_ERR_LOCAL_SETUP;
    }
    return HF_OK;
}

struct conflict {
    unsigned index;
    const hf_prefix *addresses;
    size_t count;
    bool found;
};

static void note_conflict(const struct nlmsghdr *answer, void *context)
{
    const struct ifaddrmsg *info = mnl_nlmsg_get_payload(answer);
    struct conflict *conflict = context;
    hf_prefix other;

    if (info->ifa_index == conflict->index || !local_address(answer, &other))
        return;
    for (size_t i = 0; i < conflict->count; i++) {
        if (hf_address_equal(&conflict->addresses[i].address, &other.address))
            conflict->found = true;
    }
}

bool hf_addresses_conflict(struct hf_netlink *netlink, unsigned index, const hf_prefix *addresses,
                           size_t count)
{
    struct conflict conflict = { .index = index, .addresses = addresses, .count = count };

    return dump_addresses(netlink, note_conflict, &conflict) == 0 && conflict.found;
}
