/* The uplinks of this host: which links carry packets to a network, and what is directly on them.
 */
#ifndef HF_LINUX_LINKS_H
#define HF_LINUX_LINKS_H

#include "linux/netlink_socket.h"
#include <holdfast/profile.h>

#define HF_ON_LINK_MAX 16

struct hf_linux_uplinks {
    bool online; /* a link with carrier has an address that reaches beyond it */
    hf_prefix on_link[HF_ON_LINK_MAX];
    size_t on_link_count;
    enum hf_profile_interface interface; /* of the best default route; ANY: not known */
};

/* Every link that is up and has a carrier, but loopback and `tun_name`. */
hf_status hf_linux_uplinks_read(struct hf_netlink *netlink, const char *tun_name,
                                struct hf_linux_uplinks *out) HF_MUST_USE;
struct hf_linux_link {
    unsigned index; /* 0: there is no such link */
    bool is_tun, is_up;
    uint32_t mtu;
};

/* The link with this name. */
struct hf_linux_link hf_linux_link_read(struct hf_netlink *netlink, const char *name);

#endif
