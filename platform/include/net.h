/* The contract of a network backend: a plan goes in, the host matches it, and there is always a way
 * back. */
#ifndef HF_PLATFORM_NET_H
#define HF_PLATFORM_NET_H

#include <holdfast/plan.h>

struct hf_undo; /* what must be put back; kept on disk by the backend's journal */

struct hf_net_ops {
    const char *name; /* "linux-netlink", "fake"; appears in traces */
    /* Makes the host match `plan`, coming from whatever it applied before. On failure nothing stays
     * changed and the status says which part failed: HF_ERR_FIREWALL, HF_ERR_DNS_SETUP,
     * HF_ERR_LOCAL_SETUP, HF_ERR_ADDRESS_CONFLICT. */
    hf_status (*apply)(void *self, const struct hf_plan *plan);
    /* Everything back as it was, firewall last. Idempotent, also after a crash, from the journal
     * alone. */
    hf_status (*revert)(void *self);
    /* The plan in force; false: none. After a restart it is read back from the journal and checked
     * against the kernel. */
    bool (*current)(void *self, struct hf_plan *out);
    void (*destroy)(void *self);
};

struct hf_net {
    const struct hf_net_ops *ops;
    void *self;
};

#endif
