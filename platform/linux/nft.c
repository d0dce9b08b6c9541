/* The firewall table as netlink batches, and its reading back: see nft.h. */
#include "linux/nft.h"

#include "instance.h"
#include "linux/netlink_socket.h"
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
/* More than any message of ours. */
#define MESSAGE_ROOM  4096
#define SEND_BUFFER   (16 << 20)
#define LISTING_MAX   (8u << 20)

/* After other software's mangling of marks, before destination NAT. */
#define PREROUTING_PRIORITY (NF_IP_PRI_MANGLE + 1)

struct hf_nft {
    struct hf_netlink netlink;
};

struct batch {
    struct hf_nft *nft;
    char *data;
    size_t len, capacity;
    uint32_t first_sequence;
    struct nlmsghdr *last; /* the last message that is not the batch's end */
    bool failed;           /* sticky */
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

static char *room_for_message(struct batch *batch)
{
    if (batch->failed || batch->capacity - batch->len < MESSAGE_ROOM) {
        batch->failed = true;
        return NULL;
    }
    return batch->data + batch->len;
}

static void take_message(struct batch *batch, struct nlmsghdr *header)
{
    HF_ASSERT(header->nlmsg_len <= MESSAGE_ROOM);
    batch->len += header->nlmsg_len;
    batch->last = header;
}

/* Starts a message of the batch; NULL when there is no room. */
static struct nlmsghdr *begin_message(struct batch *batch, uint16_t type, uint16_t flags)
{
    char *room = room_for_message(batch);

    if (room == NULL)
        return NULL;
    return nftnl_nlmsg_build_hdr(room, type, NFPROTO_INET, flags, ++batch->nft->netlink.sequence);
}

static void put_table(struct batch *batch, uint16_t type, uint32_t table_flags)
{
    struct nftnl_table *table = nftnl_table_alloc();
    struct nlmsghdr *header =
        begin_message(batch, type, type == NFT_MSG_NEWTABLE ? NLM_F_CREATE : 0);

    if (table == NULL || header == NULL ||
        nftnl_table_set_str(table, NFTNL_TABLE_NAME, HF_NFT_TABLE) != 0) {
        batch->failed = true;
    } else {
        if (type == NFT_MSG_NEWTABLE)
            nftnl_table_set_u32(table, NFTNL_TABLE_FLAGS, table_flags);
        nftnl_table_nlmsg_build_payload(header, table);
        take_message(batch, header);
    }
    if (table != NULL)
        nftnl_table_free(table);
}

static struct nftnl_chain *chain_new(enum hf_hook hook, bool drop)
{
    static const uint32_t numbers[HF_HOOK_COUNT] = { NF_INET_PRE_ROUTING, NF_INET_LOCAL_IN,
                                                     NF_INET_FORWARD, NF_INET_LOCAL_OUT };
    struct nftnl_chain *chain = nftnl_chain_alloc();

    if (chain == NULL)
        return NULL;
    if (nftnl_chain_set_str(chain, NFTNL_CHAIN_TABLE, HF_NFT_TABLE) != 0 ||
        nftnl_chain_set_str(chain, NFTNL_CHAIN_NAME, hf_nft_chain_name(hook)) != 0 ||
        nftnl_chain_set_str(chain, NFTNL_CHAIN_TYPE, "filter") != 0) {
        nftnl_chain_free(chain);
        return NULL;
    }
    nftnl_chain_set_u32(chain, NFTNL_CHAIN_HOOKNUM, numbers[hook]);
    nftnl_chain_set_s32(chain, NFTNL_CHAIN_PRIO,
                        hook == HF_HOOK_PREROUTING ? PREROUTING_PRIORITY : NF_IP_PRI_FILTER);
    nftnl_chain_set_u32(chain, NFTNL_CHAIN_POLICY, drop ? NF_DROP : NF_ACCEPT);
    return chain;
}

static void put_chain(struct batch *batch, enum hf_hook hook, bool drop)
{
    struct nftnl_chain *chain = chain_new(hook, drop);
    struct nlmsghdr *header = begin_message(batch, NFT_MSG_NEWCHAIN, NLM_F_CREATE);

    if (chain == NULL || header == NULL) {
        batch->failed = true;
    } else {
        nftnl_chain_nlmsg_build_payload(header, chain);
        take_message(batch, header);
    }
    if (chain != NULL)
        nftnl_chain_free(chain);
}

static void put_rule(struct batch *batch, const struct hf_rule *value)
{
    struct nftnl_rule *rule = hf_nft_rule_new(value);
    struct nlmsghdr *header = begin_message(batch, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);

    if (rule == NULL || header == NULL) {
        batch->failed = true;
    } else {
        nftnl_rule_nlmsg_build_payload(header, rule);
        take_message(batch, header);
    }
    if (rule != NULL)
        nftnl_rule_free(rule);
}

static void put_edge(struct batch *batch, struct nlmsghdr *build(char *, uint32_t))
{
    char *room = room_for_message(batch);

    if (room != NULL)
        batch->len += build(room, ++batch->nft->netlink.sequence)->nlmsg_len;
}

/* All rules of the table. */
static void put_flush(struct batch *batch)
{
    struct nftnl_rule *rule = nftnl_rule_alloc();
    struct nlmsghdr *header = begin_message(batch, NFT_MSG_DELRULE, 0);

    if (rule == NULL || header == NULL ||
        nftnl_rule_set_str(rule, NFTNL_RULE_TABLE, HF_NFT_TABLE) != 0) {
        batch->failed = true;
    } else {
        nftnl_rule_nlmsg_build_payload(header, rule);
        take_message(batch, header);
    }
    if (rule != NULL)
        nftnl_rule_free(rule);
}

/* How to get from what is there to the ruleset. */
struct way {
    uint32_t table_flags;
    /* The table is deleted and made anew, whatever is in it. Else its rules are replaced inside the
     * chains, which spares the kernel an RCU grace period: tens of milliseconds. */
    bool anew;
};

/* Adding a table that is there does nothing, or adopts the one that a process before us left. */
static void put_ruleset(struct batch *batch, const struct hf_ruleset *ruleset, struct way way)
{
    put_edge(batch, nftnl_batch_begin);
    put_table(batch, NFT_MSG_NEWTABLE, way.table_flags);
    if (way.anew || !ruleset->present)
        put_table(batch, NFT_MSG_DELTABLE, 0);
    if (way.anew && ruleset->present)
        put_table(batch, NFT_MSG_NEWTABLE, way.table_flags);
    for (size_t hook = 0; ruleset->present && hook < HF_HOOK_COUNT; hook++)
        put_chain(batch, (enum hf_hook)hook, ruleset->drop_by_default[hook]);
    if (!way.anew && ruleset->present)
        put_flush(batch);
    for (size_t i = 0; ruleset->present && i < ruleset->count; i++)
        put_rule(batch, &ruleset->rules[i]);
    if (!batch->failed)
        batch->last->nlmsg_flags |= NLM_F_ACK;
    put_edge(batch, nftnl_batch_end);
}

static bool send_ruleset(struct hf_nft *nft, const struct hf_ruleset *ruleset, struct way way)
{
    struct batch batch = {
        .nft = nft,
        .capacity = (ruleset->count + 12) * MESSAGE_ROOM,
        .first_sequence = nft->netlink.sequence + 1,
    };
    bool good;

    batch.data = calloc(1, batch.capacity);
    if (batch.data == NULL)
        return false;
    put_ruleset(&batch, ruleset, way);
    good = !batch.failed && mnl_socket_sendto(nft->netlink.socket, batch.data, batch.len) >= 0 &&
           hf_netlink_acknowledged(&nft->netlink, batch.first_sequence);
    free(batch.data);
    return good;
}

/* --- reading back ------------------------------------------------------------------------------
 */

struct listing {
    hf_buf chains[HF_HOOK_COUNT]; /* the text of each chain's head and rules */
    bool failed;
};

static void listing_init(struct listing *listing)
{
    *listing = (struct listing){ 0 };
    for (size_t i = 0; i < HF_HOOK_COUNT; i++)
        listing->chains[i] = hf_buf_with_max(LISTING_MAX);
}

static void listing_free(struct listing *listing)
{
    for (size_t i = 0; i < HF_HOOK_COUNT; i++)
        hf_buf_free(&listing->chains[i]);
}

static hf_buf *chain_of(struct listing *listing, const char *name)
{
    for (size_t i = 0; name != NULL && i < HF_HOOK_COUNT; i++) {
        if (strcmp(name, hf_nft_chain_name((enum hf_hook)i)) == 0)
            return &listing->chains[i];
    }
    listing->failed = true; /* no chain of ours */
    return NULL;
}

static void note_chain(struct listing *listing, const struct nftnl_chain *chain)
{
    hf_buf *text = chain_of(listing, nftnl_chain_get_str(chain, NFTNL_CHAIN_NAME));
    uint32_t head[] = { nftnl_chain_get_u32(chain, NFTNL_CHAIN_HOOKNUM),
                        (uint32_t)nftnl_chain_get_s32(chain, NFTNL_CHAIN_PRIO),
                        nftnl_chain_get_u32(chain, NFTNL_CHAIN_POLICY) };

    if (text == NULL || !hf_buf_append(text, (hf_bytes){ (const uint8_t *)head, sizeof head }))
        listing->failed = true;
}

static void note_rule(struct listing *listing, struct nftnl_rule *rule)
{
    hf_buf *text = chain_of(listing, nftnl_rule_get_str(rule, NFTNL_RULE_CHAIN));

    if (text == NULL || !hf_nft_rule_print(rule, text))
        listing->failed = true;
}

static void expect_ruleset(const struct hf_ruleset *ruleset, struct listing *listing)
{
    for (size_t i = 0; i < HF_HOOK_COUNT; i++) {
        struct nftnl_chain *chain = chain_new((enum hf_hook)i, ruleset->drop_by_default[i]);

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

bool hf_nft_holds(struct hf_nft *nft, const struct hf_ruleset *ruleset)
{
    struct table_search table;
    struct listing wanted, held;
    bool equal;

    if (!find_table(nft, &table))
        return false;
    if (!ruleset->present || !table.found || table.dormant)
        return !ruleset->present && !table.found;
    listing_init(&wanted);
    listing_init(&held);
    expect_ruleset(ruleset, &wanted);
    equal = !wanted.failed && read_all(nft, NFT_MSG_GETCHAIN, 0, read_chain, &held) &&
            read_all(nft, NFT_MSG_GETRULE, NFTA_RULE_TABLE, read_rule, &held) &&
            listings_equal(&wanted, &held);
    listing_free(&wanted);
    listing_free(&held);
    return equal;
}

hf_status hf_nft_apply(struct hf_nft *nft, const struct hf_ruleset *ruleset)
{
    /* A kernel that does not know the flags, or a plain table of an older one, refuses them. */
    static const struct way ways[] = {
        {NFT_TABLE_F_OWNER | TABLE_PERSIST,  false},
        { 0,                                 false},
        { NFT_TABLE_F_OWNER | TABLE_PERSIST, true },
        { 0,                                 true },
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(ways); i++) {
        if (send_ruleset(nft, ruleset, ways[i]) && hf_nft_holds(nft, ruleset))
            return HF_OK;
    }
    return HF_ERR_FIREWALL;
}
