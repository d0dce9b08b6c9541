/* The firewall table: a ruleset goes in, the kernel holds it or keeps what it had. One table of the
 * `inet` family in one atomic batch; other tables are never touched. The table is owned by the
 * socket and persists (kernel 6.9 and later): nobody else can flush it, it outlives this process,
 * and the next one adopts it. On older kernels it is a plain table. */
#ifndef HF_LINUX_NFT_H
#define HF_LINUX_NFT_H

#include "common/ruleset.h"

struct hf_nft;

/* HF_ERR_FIREWALL: the kernel has no nftables or refuses us. */
hf_status hf_nft_open(struct hf_nft **out) HF_MUST_USE;
/* The table stays. */
void hf_nft_close(struct hf_nft *nft);
/* Makes the kernel hold exactly `ruleset` (removes the table when it is absent) and reads it back.
 * HF_ERR_FIREWALL: refused, and what was there stays. */
hf_status hf_nft_apply(struct hf_nft *nft, const struct hf_ruleset *ruleset) HF_MUST_USE;
/* The same by the rules alone that differ, where it is known what the kernel holds: one atomic
 * change that the kernel has taken when this returns, and that hf_nft_confirm is to read back. */
hf_status hf_nft_change(struct hf_nft *nft, const struct hf_ruleset *ruleset) HF_MUST_USE;
/* Reads the last change back, unless that was done already; where the kernel holds anything else,
 * all is put in its place. HF_ERR_FIREWALL: refused. */
hf_status hf_nft_confirm(struct hf_nft *nft, const struct hf_ruleset *ruleset) HF_MUST_USE;
/* The kernel holds exactly `ruleset`. */
bool hf_nft_holds(struct hf_nft *nft, const struct hf_ruleset *ruleset);
/* There is a table of ours, whatever is in it (or the kernel does not say). */
bool hf_nft_has_table(struct hf_nft *nft);

#endif
