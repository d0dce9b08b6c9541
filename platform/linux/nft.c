/* The firewall table: what the kernel is read to hold, and how it gets there. See nft.h. */
#include "linux/nft.h"

#include "instance.h"
#include "linux/nft_batch.h"
#include "linux/nft_expr.h"

#include <arpa/inet.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/rule.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter_ipv4.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Kernel 6.9; newer than the headers of older systems. */
#define TABLE_PERSIST 0x4u
#define SEND_BUFFER   (16 << 20)
#define LISTING_MAX   (8u << 20)

struct hf_nft {
    struct hf_netlink netlink;
    struct hf_nft_held held; /* as last read */
    bool is_held;            /* it is still so, as far as we know */
    bool is_unread;          /* the kernel has taken a change that was not read back yet */
};

hf_status hf_nft_open(struct hf_nft **out)
{
    struct hf_nft *nft = calloc(1, sizeof *nft);
    int size = SEND_BUFFER, on = 1, fd;

    if (nft == NULL)
        return HF_ERR_NO_MEMORY;
    if (hf_netlink_open(&nft->netlink, NETLINK_NETFILTER) != HF_OK) {
        free(nft);
        return HF_ERR_FIREWALL;
    }
    fd = mnl_socket_get_fd(nft->netlink.socket);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
    (void)mnl_socket_setsockopt(nft->netlink.socket, NETLINK_CAP_ACK, &on, sizeof on);
    *out = nft;
    return HF_OK;
}

void hf_nft_close(struct hf_nft *nft)
{
    if (nft == NULL)
        return;
    hf_netlink_close(&nft->netlink);
    free(nft);
}

/* --- reading back ------------------------------------------------------------------------------
 */

struct listing {
    hf_buf chains[HF_HOOK_COUNT];  /* the text of each chain's head and rules */
    hf_buf handles[HF_HOOK_COUNT]; /* of the rules, 8 octets each */
    bool failed;
};

static void listing_init(struct listing *listing)
{
    *listing = (struct listing){ 0 };
    for (size_t i = 0; i < HF_HOOK_COUNT; i++) {
        listing->chains[i] = hf_buf_with_max(LISTING_MAX);
        listing->handles[i] = hf_buf_with_max(LISTING_MAX);
    }
}

static void listing_free(struct listing *listing)
{
    for (size_t i = 0; i < HF_HOOK_COUNT; i++) {
        hf_buf_free(&listing->chains[i]);
        hf_buf_free(&listing->handles[i]);
    }
}

/* HF_HOOK_COUNT: no chain of ours. */
static size_t hook_of(struct listing *listing, const char *name)
{
    for (size_t i = 0; name != NULL && i < HF_HOOK_COUNT; i++) {
        if (strcmp(name, hf_nft_chain_name((enum hf_hook)i)) == 0)
            return i;
    }
    listing->failed = true;
    return HF_HOOK_COUNT;
}

static void note_chain(struct listing *listing, const struct nftnl_chain *chain)
{
    size_t hook = hook_of(listing, nftnl_chain_get_str(chain, NFTNL_CHAIN_NAME));
    uint32_t head[] = { nftnl_chain_get_u32(chain, NFTNL_CHAIN_HOOKNUM),
                        (uint32_t)nftnl_chain_get_s32(chain, NFTNL_CHAIN_PRIO),
                        nftnl_chain_get_u32(chain, NFTNL_CHAIN_POLICY) };

    if (hook == HF_HOOK_COUNT ||
        !hf_buf_append(&listing->chains[hook], (hf_bytes){ (const uint8_t *)head, sizeof head }))
        listing->failed = true;
}

static void note_rule(struct listing *listing, struct nftnl_rule *rule)
{
    size_t hook = hook_of(listing, nftnl_rule_get_str(rule, NFTNL_RULE_CHAIN));
    uint64_t handle = nftnl_rule_get_u64(rule, NFTNL_RULE_HANDLE); /* 0 in a rule of our making */

    if (hook == HF_HOOK_COUNT || !hf_nft_rule_print(rule, &listing->chains[hook]) ||
        !hf_buf_append(&listing->handles[hook],
                       (hf_bytes){ (const uint8_t *)&handle, sizeof handle }))
        listing->failed = true;
}

static void expect_ruleset(const struct hf_ruleset *ruleset, struct listing *listing)
{
    for (size_t i = 0; i < HF_HOOK_COUNT; i++) {
        struct nftnl_chain *chain = hf_nft_chain_new((enum hf_hook)i, ruleset->drop_by_default[i]);

        if (chain == NULL) {
            listing->failed = true;
            return;
        }
        note_chain(listing, chain);
        nftnl_chain_free(chain);
    }
    for (size_t i = 0; i < ruleset->count; i++) {
        struct nftnl_rule *rule = hf_nft_rule_new(&ruleset->rules[i]);

        if (rule == NULL) {
            listing->failed = true;
            return;
        }
        note_rule(listing, rule);
        nftnl_rule_free(rule);
    }
}

static bool is_our_table(const char *name)
{
    return name != NULL && strcmp(name, HF_NFT_TABLE) == 0;
}

static void read_chain(const struct nlmsghdr *answer, void *context)
{
    struct nftnl_chain *chain = nftnl_chain_alloc();

    if (chain == NULL || nftnl_chain_nlmsg_parse(answer, chain) != 0)
        ((struct listing *)context)->failed = true;
    else if (is_our_table(nftnl_chain_get_str(chain, NFTNL_CHAIN_TABLE)))
        note_chain(context, chain);
    if (chain != NULL)
        nftnl_chain_free(chain);
}

static void read_rule(const struct nlmsghdr *answer, void *context)
{
    struct nftnl_rule *rule = nftnl_rule_alloc();

    if (rule == NULL || nftnl_rule_nlmsg_parse(answer, rule) != 0)
        ((struct listing *)context)->failed = true;
    else if (is_our_table(nftnl_rule_get_str(rule, NFTNL_RULE_TABLE)))
        note_rule(context, rule);
    if (rule != NULL)
        nftnl_rule_free(rule);
}

/* Asks for all objects of a kind in the inet family; with our table's name, where the kernel can
 * choose by it. */
static bool read_all(struct hf_nft *nft, uint8_t type, uint16_t table_attribute,
                     hf_netlink_each *each, struct listing *listing)
{
    struct hf_netlink_message message;
    struct nfgenmsg *head =
        hf_netlink_begin(&message, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), 0, sizeof *head);

    head->nfgen_family = NFPROTO_INET;
    head->version = NFNETLINK_V0;
    if (table_attribute != 0)
        mnl_attr_put_strz(message.header, table_attribute, HF_NFT_TABLE);
    return hf_netlink_dump(&nft->netlink, &message, each, listing) == 0 && !listing->failed;
}

static bool listings_equal(const struct listing *a, const struct listing *b)
{
    for (size_t i = 0; i < HF_HOOK_COUNT; i++) {
        if (!hf_bytes_equal(hf_buf_bytes(&a->chains[i]), hf_buf_bytes(&b->chains[i])))
            return false;
    }
    return true;
}

struct table_search {
    bool found, dormant;
};

static void read_table(const struct nlmsghdr *answer, void *context)
{
    struct nftnl_table *table = nftnl_table_alloc();
    struct table_search *search = context;

    if (table != NULL && nftnl_table_nlmsg_parse(answer, table) == 0 &&
        is_our_table(nftnl_table_get_str(table, NFTNL_TABLE_NAME))) {
        search->found = true;
        search->dormant =
            (nftnl_table_get_u32(table, NFTNL_TABLE_FLAGS) & NFT_TABLE_F_DORMANT) != 0;
    }
    if (table != NULL)
        nftnl_table_free(table);
}

/* False: the kernel did not say. */
static bool find_table(struct hf_nft *nft, struct table_search *search)
{
    struct hf_netlink_message message;
    struct nfgenmsg *head =
        hf_netlink_begin(&message, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE, 0, sizeof *head);

    *search = (struct table_search){ 0 };
    head->nfgen_family = NFPROTO_INET;
    head->version = NFNETLINK_V0;
    return hf_netlink_dump(&nft->netlink, &message, read_table, search) == 0;
}

bool hf_nft_has_table(struct hf_nft *nft)
{
    struct table_search search;

    return !find_table(nft, &search) || search.found;
}

/* The listing is equal to the ruleset's: its handles are of these rules, in the order of each hook.
 */
static void take_held(struct hf_nft *nft, const struct hf_ruleset *ruleset,
                      const struct listing *listing)
{
    size_t at[HF_HOOK_COUNT] = { 0 };
    struct hf_nft_held *held = &nft->held;

    held->ruleset.present = ruleset->present;
    hf_copy(held->ruleset.drop_by_default, ruleset->drop_by_default,
            sizeof ruleset->drop_by_default);
    held->ruleset.count = ruleset->count;
    for (size_t i = 0; i < ruleset->count; i++) {
        enum hf_hook hook = ruleset->rules[i].hook;
        hf_bytes handle = hf_bytes_slice(hf_buf_bytes(&listing->handles[hook]), 8 * at[hook]++,
                                         sizeof held->handles[i]);

        HF_ASSERT(handle.len == sizeof held->handles[i]);
        held->ruleset.rules[i] = ruleset->rules[i];
        hf_copy(&held->handles[i], handle.data, handle.len);
    }
    nft->is_held = true;
}

static bool read_back(struct hf_nft *nft, const struct hf_ruleset *ruleset)
{
    struct listing wanted, held;
    bool equal;

    listing_init(&wanted);
    listing_init(&held);
    expect_ruleset(ruleset, &wanted);
    equal = !wanted.failed && read_all(nft, NFT_MSG_GETCHAIN, 0, read_chain, &held) &&
            read_all(nft, NFT_MSG_GETRULE, NFTA_RULE_TABLE, read_rule, &held) &&
            listings_equal(&wanted, &held);
    if (equal)
        take_held(nft, ruleset, &held);
    listing_free(&wanted);
    listing_free(&held);
    return equal;
}

bool hf_nft_holds(struct hf_nft *nft, const struct hf_ruleset *ruleset)
{
    struct table_search table;

    nft->is_held = nft->is_unread = false;
    if (!find_table(nft, &table))
        return false;
    if (!ruleset->present || !table.found || table.dormant)
        return !ruleset->present && !table.found;
    return read_back(nft, ruleset);
}

hf_status hf_nft_apply(struct hf_nft *nft, const struct hf_ruleset *ruleset)
{
    /* A kernel that does not know the flags, or a plain table of an older one, refuses them. */
    static const struct hf_nft_way ways[] = {
        {NFT_TABLE_F_OWNER | TABLE_PERSIST,  false},
        { 0,                                 false},
        { NFT_TABLE_F_OWNER | TABLE_PERSIST, true },
        { 0,                                 true },
    };

    nft->is_held = nft->is_unread = false;
    for (size_t i = 0; i < HF_ARRAY_LEN(ways); i++) {
        if (hf_nft_send_ruleset(&nft->netlink, ruleset, ways[i]) && hf_nft_holds(nft, ruleset))
            return HF_OK;
    }
    return HF_ERR_FIREWALL;
}

hf_status hf_nft_change(struct hf_nft *nft, const struct hf_ruleset *ruleset)
{
    if (!nft->is_held || !ruleset->present ||
        !hf_nft_send_change(&nft->netlink, &nft->held, ruleset))
        return hf_nft_apply(nft, ruleset);
    nft->is_held = false;
    nft->is_unread = true;
    return HF_OK;
}

hf_status hf_nft_confirm(struct hf_nft *nft, const struct hf_ruleset *ruleset)
{
    if (!nft->is_unread || hf_nft_holds(nft, ruleset))
        return HF_OK;
    return hf_nft_apply(nft, ruleset);
}
