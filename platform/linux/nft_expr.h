/* One rule of the kill switch in the kernel's terms. */
#ifndef HF_LINUX_NFT_EXPR_H
#define HF_LINUX_NFT_EXPR_H

#include "common/ruleset.h"

struct nftnl_rule;

/* "input": the name of a hook's chain. */
const char *hf_nft_chain_name(enum hf_hook hook);
/* A libnftnl rule of our table; the caller frees it. NULL: out of memory. */
struct nftnl_rule *hf_nft_rule_new(const struct hf_rule *rule);
/* Appends what the rule means, as text without handles and counts, so that what was sent and what
 * the kernel holds can be compared. False: out of memory, or longer than any rule of ours. */
bool hf_nft_rule_print(struct nftnl_rule *rule, hf_buf *out) HF_MUST_USE;

#endif
