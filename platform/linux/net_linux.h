/* The network backend of Linux: nftables, netlink, a TUN device, the resolver file; see net.h for
 * its contract. Order: a block comes first and goes last; what changes is on disk before it does.
 */
#ifndef HF_LINUX_NET_LINUX_H
#define HF_LINUX_NET_LINUX_H

#include "instance.h"
#include "net.h"

/* Reads the journal and goes on from there:
 * - of this kernel state: its plan is put in force again (a table in the kernel is adopted);
 * - of an earlier boot: what outlived it (the resolver file) is put back;
 * - damaged or missing, but there is a table of ours: it is kept, and the plan in force is a block.
 * HF_ERR_FIREWALL, HF_ERR_LOCAL_SETUP: the kernel offers no nftables or no netlink. */
hf_status hf_net_linux_new(const struct hf_instance *instance, struct hf_net *out) HF_MUST_USE;

/* The journal that was found could not be read, and there was no table of ours to keep; until the
 * next plan. */
bool hf_net_linux_is_lost(const struct hf_net *net);

/* The TUN device as a descriptor of the caller's, made if it is not there. HF_ERR_BUSY: an engine
 * that was started before this process still holds it. */
hf_status hf_net_linux_tun(const struct hf_net *net, const char *name, uint16_t mtu,
                           int *out_fd) HF_MUST_USE;
/* Becomes readable when the kernel's state may have changed; then call check. */
int hf_net_linux_events(const struct hf_net *net);
/* Puts right what others changed, and follows the networks that are on-link now. True when others
 * had taken away something of ours. */
bool hf_net_linux_check(const struct hf_net *net);

#endif
