/* The TUN device: made once, persistent, so that it outlives engines and netd itself. */
#ifndef HF_LINUX_TUN_H
#define HF_LINUX_TUN_H

#include "linux/netlink_socket.h"

/* Makes the device or attaches to the one that is there; non-blocking, with a vnet header of 10
 * octets before each packet. HF_ERR_BUSY: another process holds it. */
hf_status hf_tun_open(const char *name, int *out_fd) HF_MUST_USE;
/* Sets MTU and queue, without any address of the kernel's own, and brings it up, where it is not so
 * already. */
hf_status hf_tun_set_up(struct hf_netlink *netlink, const char *name, uint16_t mtu) HF_MUST_USE;
/* HF_OK also when there is none. A link of another kind is left alone. */
hf_status hf_tun_remove(struct hf_netlink *netlink, const char *name) HF_MUST_USE;
/* Whether this host has IPv6 on that link. */
bool hf_tun_has_ipv6(const char *name);

#endif
