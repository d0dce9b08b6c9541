/* Addresses, routes and rules of ours in the kernel. Each function makes the kernel hold exactly
 * what is wanted, adding first and then removing, so it can be called again at any time: after a
 * crash, and when others have changed something. */
#ifndef HF_LINUX_ADDRESSES_H
#define HF_LINUX_ADDRESSES_H

#include "linux/netlink_socket.h"

/* The addresses of a link: each alone, whatever the prefix (there are no neighbours in a tunnel),
 * so that no route and no broadcast address comes with it. */
hf_status hf_addresses_set(struct hf_netlink *netlink, unsigned index, const hf_prefix *wanted,
                           size_t count) HF_MUST_USE;
/* One of `addresses` is on a link other than `index`. */
bool hf_addresses_conflict(struct hf_netlink *netlink, unsigned index, const hf_prefix *addresses,
                           size_t count);

#endif
