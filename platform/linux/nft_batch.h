/* The firewall table's changes as netlink batches: each is committed as one, or refused as one. */
#ifndef HF_LINUX_NFT_BATCH_H
#define HF_LINUX_NFT_BATCH_H

#include "common/ruleset.h"
#include "linux/netlink_socket.h"

struct nftnl_chain;

/* How to get from what is there to the ruleset. */
struct hf_nft_way {
    uint32_t table_flags;
    /* The table is deleted and made anew, whatever is in it. Else its rules are replaced inside the
     * chains, which spares the kernel an RCU grace period: tens of milliseconds. */
    bool anew;
};

/* What the kernel was read to hold, with the handle that it gave to each rule. */
struct hf_nft_held {
    struct hf_ruleset ruleset;
    uint64_t handles[HF_RULES_MAX];
};

/* A libnftnl chain of our table; the caller frees it. NULL: out of memory. */
struct nftnl_chain *hf_nft_chain_new(enum hf_hook hook, bool drop);
/* Puts all of the ruleset in the place of what is there. False: refused; nothing changed. */
bool hf_nft_send_ruleset(struct hf_netlink *netlink, const struct hf_ruleset *ruleset,
                         struct hf_nft_way way) HF_MUST_USE;
/* Turns what is held into `wanted`, both present, by the rules alone that differ. False: refused,
 * as where somebody has changed the table since; nothing changed. */
bool hf_nft_send_change(struct hf_netlink *netlink, const struct hf_nft_held *held,
                        const struct hf_ruleset *wanted) HF_MUST_USE;

#endif
