/* Our routing table and the rules that lead to it. Nothing is put into the main table. Like the
 * addresses, both are made to be exactly what is wanted, at any time. */
#ifndef HF_LINUX_ROUTES_H
#define HF_LINUX_ROUTES_H

#include "linux/netlink_socket.h"
#include <holdfast/plan.h>

#define HF_RULES_TO_MAIN 192 /* excluded networks and LAN */

/* The plan's routes through the link, in our table; for a full tunnel also an `unreachable` default
 * behind them, in both families: what the tunnel does not carry has nowhere to go, also when the
 * link is gone. A plan without a tunnel: an empty table. `ipv6`: whether the link has it. */
hf_status hf_routes_set(struct hf_netlink *netlink, unsigned index, const struct hf_plan *plan,
                        bool ipv6) HF_MUST_USE;
/* The rules, in order: marked → main; marked → unreachable; to one of `to_main` → main; everything
 * → our table. A plan without a tunnel: none. */
hf_status hf_rules_set(struct hf_netlink *netlink, const struct hf_plan *plan,
                       const hf_prefix *to_main, size_t count) HF_MUST_USE;

#endif
