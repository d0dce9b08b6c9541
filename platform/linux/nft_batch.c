/* Netlink batches of the firewall table: see nft_batch.h. */
#include "linux/nft_batch.h"

#include "instance.h"
#include "linux/nft_expr.h"

#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/rule.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter_ipv4.h>
#include <stdlib.h>
#include <sys/socket.h>

/* More than any message of ours. */
#define MESSAGE_ROOM 4096

/* After other software's mangling of marks, before destination NAT. */
#define PREROUTING_PRIORITY (NF_IP_PRI_MANGLE + 1)

struct batch {
    struct hf_netlink *netlink;
    char *data;
    size_t len, capacity;
    struct nlmsghdr *last; /* the last message that is not the batch's end */
    bool failed;           /* sticky */
};

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
    return nftnl_nlmsg_build_hdr(room, type, NFPROTO_INET, flags, ++batch->netlink->sequence);
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

struct nftnl_chain *hf_nft_chain_new(enum hf_hook hook, bool drop)
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
    struct nftnl_chain *chain = hf_nft_chain_new(hook, drop);
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

/* `before`: the handle of the rule that it goes in front of; 0: at the end of its chain. */
static void put_rule(struct batch *batch, const struct hf_rule *value, uint64_t before)
{
    struct nftnl_rule *rule = hf_nft_rule_new(value);
    uint16_t flags = before == 0 ? NLM_F_CREATE | NLM_F_APPEND : NLM_F_CREATE;
    struct nlmsghdr *header = begin_message(batch, NFT_MSG_NEWRULE, flags);

    if (rule == NULL || header == NULL) {
        batch->failed = true;
    } else {
        if (before != 0)
            nftnl_rule_set_u64(rule, NFTNL_RULE_POSITION, before);
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
        batch->len += build(room, ++batch->netlink->sequence)->nlmsg_len;
}

/* The rule of that handle; without a chain, all rules of the table. */
static void put_removal(struct batch *batch, const char *chain, uint64_t handle)
{
    struct nftnl_rule *rule = nftnl_rule_alloc();
    struct nlmsghdr *header = begin_message(batch, NFT_MSG_DELRULE, 0);

    if (rule == NULL || header == NULL ||
        nftnl_rule_set_str(rule, NFTNL_RULE_TABLE, HF_NFT_TABLE) != 0 ||
        (chain != NULL && nftnl_rule_set_str(rule, NFTNL_RULE_CHAIN, chain) != 0)) {
        batch->failed = true;
    } else {
        if (chain != NULL)
            nftnl_rule_set_u64(rule, NFTNL_RULE_HANDLE, handle);
        nftnl_rule_nlmsg_build_payload(header, rule);
        take_message(batch, header);
    }
    if (rule != NULL)
        nftnl_rule_free(rule);
}

/* Adding a table that is there does nothing, or adopts the one that a process before us left. */
static void put_ruleset(struct batch *batch, const struct hf_ruleset *ruleset,
                        struct hf_nft_way way)
{
    put_table(batch, NFT_MSG_NEWTABLE, way.table_flags);
    if (way.anew || !ruleset->present)
        put_table(batch, NFT_MSG_DELTABLE, 0);
    if (way.anew && ruleset->present)
        put_table(batch, NFT_MSG_NEWTABLE, way.table_flags);
    for (size_t hook = 0; ruleset->present && hook < HF_HOOK_COUNT; hook++)
        put_chain(batch, (enum hf_hook)hook, ruleset->drop_by_default[hook]);
    if (!way.anew && ruleset->present)
        put_removal(batch, NULL, 0);
    for (size_t i = 0; ruleset->present && i < ruleset->count; i++)
        put_rule(batch, &ruleset->rules[i], 0);
}

/* The next rule of the hook from `at` on; the count when there is none. */
static size_t next_of(const struct hf_ruleset *ruleset, enum hf_hook hook, size_t at)
{
    while (at < ruleset->count && ruleset->rules[at].hook != hook)
        at++;
    return at;
}

static size_t find_of(const struct hf_ruleset *ruleset, size_t at, const struct hf_rule *rule)
{
    at = next_of(ruleset, rule->hook, at);
    while (at < ruleset->count && !hf_rule_equal(&ruleset->rules[at], rule))
        at = next_of(ruleset, rule->hook, at + 1);
    return at;
}

/* Removes the rules of the hook in [from, to) of what is held. */
static void put_removals(struct batch *batch, const struct hf_nft_held *held, enum hf_hook hook,
                         size_t from, size_t to)
{
    const char *chain = hf_nft_chain_name(hook);

    for (size_t i = next_of(&held->ruleset, hook, from); i < to;
         i = next_of(&held->ruleset, hook, i + 1))
        put_removal(batch, chain, held->handles[i]);
}

/* What both have in the same order stays; where a wanted rule is not found further on, it is new.
 */
static void put_chain_change(struct batch *batch, const struct hf_nft_held *held,
                             const struct hf_ruleset *wanted, enum hf_hook hook)
{
    size_t at = next_of(&held->ruleset, hook, 0), end = held->ruleset.count;

    if (held->ruleset.drop_by_default[hook] != wanted->drop_by_default[hook])
        put_chain(batch, hook, wanted->drop_by_default[hook]);
    for (size_t i = next_of(wanted, hook, 0); i < wanted->count; i = next_of(wanted, hook, i + 1)) {
        size_t same = find_of(&held->ruleset, at, &wanted->rules[i]);

        if (same == end) {
            put_rule(batch, &wanted->rules[i], at == end ? 0 : held->handles[at]);
        } else {
            put_removals(batch, held, hook, at, same);
            at = next_of(&held->ruleset, hook, same + 1);
        }
    }
    put_removals(batch, held, hook, at, end);
}

static bool batch_init(struct batch *batch, struct hf_netlink *netlink, size_t rules)
{
    *batch = (struct batch){ .netlink = netlink, .capacity = (rules + 12) * MESSAGE_ROOM };
    batch->data = calloc(1, batch->capacity);
    return batch->data != NULL;
}

/* Sends it, with the last message acknowledged, and frees it. A batch with nothing in it is done.
 */
static bool batch_send(struct batch *batch, uint32_t first_sequence)
{
    bool good = !batch->failed && batch->last == NULL;

    if (batch->last != NULL) {
        batch->last->nlmsg_flags |= NLM_F_ACK;
        put_edge(batch, nftnl_batch_end);
        good = !batch->failed &&
               mnl_socket_sendto(batch->netlink->socket, batch->data, batch->len) >= 0 &&
               hf_netlink_acknowledged(batch->netlink, first_sequence);
    }
    free(batch->data);
    return good;
}

bool hf_nft_send_ruleset(struct hf_netlink *netlink, const struct hf_ruleset *ruleset,
                         struct hf_nft_way way)
{
    uint32_t first_sequence = netlink->sequence + 1;
    struct batch batch;

    if (!batch_init(&batch, netlink, ruleset->count))
        return false;
    put_edge(&batch, nftnl_batch_begin);
    put_ruleset(&batch, ruleset, way);
    return batch_send(&batch, first_sequence);
}

bool hf_nft_send_change(struct hf_netlink *netlink, const struct hf_nft_held *held,
                        const struct hf_ruleset *wanted)
{
    uint32_t first_sequence = netlink->sequence + 1;
    struct batch batch;

    if (!batch_init(&batch, netlink, held->ruleset.count + wanted->count))
        return false;
    put_edge(&batch, nftnl_batch_begin);
    for (size_t hook = 0; hook < HF_HOOK_COUNT; hook++)
        put_chain_change(&batch, held, wanted, (enum hf_hook)hook);
    return batch_send(&batch, first_sequence);
}
