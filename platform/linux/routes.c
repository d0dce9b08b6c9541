/* The routes of our table: see routes.h. */
#include "linux/routes.h"

#include "instance.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>

/* The plan's, and two defaults. */
#define WANTED_MAX (HF_PLAN_ROUTES + 2)
/* With what others may have added besides. */
#define HELD_MAX   (WANTED_MAX + 256)

/* Metrics: IPv6 has no 0. */
#define TUNNEL_METRIC 1u
#define LAST_METRIC   UINT32_MAX /* behind every other route */

struct route {
    hf_prefix destination;
    unsigned link; /* 0: unreachable */
    uint32_t metric;
};

struct routes {
    struct route list[HELD_MAX];
    size_t count;
};

static bool routes_equal(const struct route *a, const struct route *b)
{
    return hf_prefix_equal(&a->destination, &b->destination) && a->link == b->link &&
           a->metric == b->metric;
}

static bool contains(const struct routes *routes, const struct route *wanted)
{
    for (size_t i = 0; i < routes->count; i++) {
        if (routes_equal(&routes->list[i], wanted))
            return true;
    }
    return false;
}

static void note_route(const struct nlmsghdr *answer, void *context)
{
    const struct rtmsg *info = mnl_nlmsg_get_payload(answer);
    struct routes *held = context;
    struct route route = { .destination.bits = info->rtm_dst_len };

    if (hf_netlink_u32(answer, sizeof *info, RTA_TABLE, info->rtm_table) != HF_ROUTE_TABLE ||
        held->count == HELD_MAX)
        return;
    if (!hf_netlink_address(answer, sizeof *info, RTA_DST, info->rtm_family,
                            &route.destination.address))
        route.destination.address.family = hf_family_of_netlink(info->rtm_family);
    if (info->rtm_type == RTN_UNICAST)
        route.link = hf_netlink_u32(answer, sizeof *info, RTA_OIF, 0);
    route.metric = hf_netlink_u32(answer, sizeof *info, RTA_PRIORITY, 0);
    held->list[held->count++] = route;
}

/* The kernel has no such table, or no such family. */
static bool is_nothing(int error)
{
    return error == ENOENT || error == EAFNOSUPPORT || error == EOPNOTSUPP;
}

static bool read_routes(struct hf_netlink *netlink, struct routes *held)
{
    static const enum hf_family families[] = { HF_FAMILY_V4, HF_FAMILY_V6 };

    held->count = 0;
    for (size_t i = 0; i < HF_ARRAY_LEN(families); i++) {
        struct hf_netlink_message message;
        struct rtmsg *info = hf_netlink_begin(&message, RTM_GETROUTE, 0, sizeof *info);
        int error;

        info->rtm_family = hf_netlink_family(families[i]);
        mnl_attr_put_u32(message.header, RTA_TABLE, HF_ROUTE_TABLE);
        error = hf_netlink_dump(netlink, &message, note_route, held);
        if (error != 0 && !is_nothing(error))
            return false;
    }
    return true;
}

static struct rtmsg *begin_change(struct hf_netlink_message *message, uint16_t type,
                                  const struct route *route)
{
    uint16_t flags = type == RTM_NEWROUTE ? NLM_F_CREATE | NLM_F_EXCL : 0;
    struct rtmsg *info = hf_netlink_begin(message, type, flags, sizeof *info);

    info->rtm_family = hf_netlink_family(route->destination.address.family);
    info->rtm_dst_len = route->destination.bits;
    info->rtm_scope = RT_SCOPE_NOWHERE; /* deleting: of any scope */
    mnl_attr_put_u32(message->header, RTA_TABLE, HF_ROUTE_TABLE);
    mnl_attr_put_u32(message->header, RTA_PRIORITY, route->metric);
    if (route->destination.bits != 0)
        hf_netlink_put_address(message, RTA_DST, &route->destination.address);
    return info;
}

static bool add_route(struct hf_netlink *netlink, const struct route *route)
{
    bool v4 = route->destination.address.family == HF_FAMILY_V4;
    struct hf_netlink_message message;
    struct rtmsg *info = begin_change(&message, RTM_NEWROUTE, route);
    int error;

    info->rtm_protocol = RTPROT_STATIC;
    info->rtm_type = route->link == 0 ? RTN_UNREACHABLE : RTN_UNICAST;
    info->rtm_scope = route->link != 0 && v4 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
    if (route->link != 0)
        mnl_attr_put_u32(message.header, RTA_OIF, route->link);
    error = hf_netlink_request(netlink, &message);
    /* Where IPv6 is switched off there is nothing to make unreachable. */
    return error == 0 || (!v4 && route->link == 0 && (error == EACCES || is_nothing(error)));
}

static bool delete_route(struct hf_netlink *netlink, const struct route *route)
{
    struct hf_netlink_message message;
    int error;

    begin_change(&message, RTM_DELROUTE, route);
    error = hf_netlink_request(netlink, &message);
    return error == 0 || error == ESRCH;
}

static void want_routes(unsigned index, const struct hf_plan *plan, bool ipv6, struct routes *out)
{
    static const enum hf_family families[] = { HF_FAMILY_V4, HF_FAMILY_V6 };

    out->count = 0;
    if (!plan->tunnel)
        return;
    for (size_t i = 0; i < plan->route_count; i++) {
        struct route route = { plan->routes[i], index, TUNNEL_METRIC };

        if ((ipv6 || route.destination.address.family == HF_FAMILY_V4) && !contains(out, &route))
            out->list[out->count++] = route;
    }
    for (size_t i = 0; plan->firewall.protected_count == 0 && i < HF_ARRAY_LEN(families); i++)
        out->list[out->count++] =
            (struct route){ .destination.address.family = families[i], .metric = LAST_METRIC };
}

static bool replace_routes(struct hf_netlink *netlink, const struct routes *wanted,
                           const struct routes *held)
{
    for (size_t i = 0; i < wanted->count; i++) {
        if (!contains(held, &wanted->list[i]) && !add_route(netlink, &wanted->list[i]))
            return false;
    }
    for (size_t i = 0; i < held->count; i++) {
        if (!contains(wanted, &held->list[i]) && !delete_route(netlink, &held->list[i]))
            return false;
    }
    return true;
}

hf_status hf_routes_set(struct hf_netlink *netlink, unsigned index, const struct hf_plan *plan,
                        bool ipv6)
{
    struct routes *wanted = calloc(1, sizeof *wanted), *held = calloc(1, sizeof *held);
    hf_status status = HF_ERR_LOCAL_SETUP;

    if (wanted != NULL && held != NULL && read_routes(netlink, held)) {
        want_routes(index, plan, ipv6, wanted);
        if (replace_routes(netlink, wanted, held))
            status = HF_OK;
    }
    free(wanted);
    free(held);
    return status;
}
