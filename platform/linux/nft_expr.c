/* Lowers one hf_rule to nftables expressions: see nft_expr.h. Every condition loads into register 1
 * and compares; the rule goes on only while all of them hold. */
#include "linux/nft_expr.h"

#include "instance.h"

#include <arpa/inet.h>
#include <stdio.h>

#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/netfilter/nf_tables.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* Offsets in octets: RFC 791, section 3.1; RFC 8200, section 3; RFC 768. */
enum { IPV4_SOURCE = 12, IPV4_DESTINATION = 16 };
enum { IPV6_HOP_LIMIT = 7, IPV6_SOURCE = 8, IPV6_DESTINATION = 24 };
enum { SOURCE_PORT = 0, DESTINATION_PORT = 2, ICMP_TYPE = 0 };

struct builder {
    struct nftnl_rule *rule;
    bool failed; /* sticky: out of memory */
};

const char *hf_nft_chain_name(enum hf_hook hook)
{
    static const char *const names[HF_HOOK_COUNT] = { "prerouting", "input", "forward", "output" };

    return names[hook];
}

/* A new expression at the end of the rule; NULL once memory has run out. */
static struct nftnl_expr *append(struct builder *b, const char *name)
{
    struct nftnl_expr *expr = b->failed ? NULL : nftnl_expr_alloc(name);

    if (expr == NULL)
        b->failed = true;
    else
        nftnl_rule_add_expr(b->rule, expr);
    return expr;
}

static void set_data(struct builder *b, struct nftnl_expr *expr, uint16_t attribute,
                     const void *data, size_t len)
{
    if (expr != NULL && nftnl_expr_set(expr, attribute, data, (uint32_t)len) != 0)
        b->failed = true;
}

static void set_u32(struct nftnl_expr *expr, uint16_t attribute, uint32_t value)
{
    if (expr != NULL)
        nftnl_expr_set_u32(expr, attribute, value);
}

static void load_meta(struct builder *b, uint32_t key)
{
    struct nftnl_expr *expr = append(b, "meta");

    set_u32(expr, NFTNL_EXPR_META_KEY, key);
    set_u32(expr, NFTNL_EXPR_META_DREG, NFT_REG_1);
}

static void load_payload(struct builder *b, uint32_t base, uint32_t offset, size_t len)
{
    struct nftnl_expr *expr = append(b, "payload");

    set_u32(expr, NFTNL_EXPR_PAYLOAD_DREG, NFT_REG_1);
    set_u32(expr, NFTNL_EXPR_PAYLOAD_BASE, base);
    set_u32(expr, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
    set_u32(expr, NFTNL_EXPR_PAYLOAD_LEN, (uint32_t)len);
}

static void compare(struct builder *b, uint32_t op, const void *data, size_t len)
{
    struct nftnl_expr *expr = append(b, "cmp");

    set_u32(expr, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
    set_u32(expr, NFTNL_EXPR_CMP_OP, op);
    set_data(b, expr, NFTNL_EXPR_CMP_DATA, data, len);
}

/* register = (register & mask) ^ flip */
static void mask(struct builder *b, const void *kept, const void *flip, size_t len)
{
    struct nftnl_expr *expr = append(b, "bitwise");

    set_u32(expr, NFTNL_EXPR_BITWISE_SREG, NFT_REG_1);
    set_u32(expr, NFTNL_EXPR_BITWISE_DREG, NFT_REG_1);
    set_u32(expr, NFTNL_EXPR_BITWISE_LEN, (uint32_t)len);
    set_data(b, expr, NFTNL_EXPR_BITWISE_MASK, kept, len);
    set_data(b, expr, NFTNL_EXPR_BITWISE_XOR, flip, len);
}

static void match_u8(struct builder *b, uint32_t meta_key, uint8_t value)
{
    load_meta(b, meta_key);
    compare(b, NFT_CMP_EQ, &value, sizeof value);
}

static void match_interface(struct builder *b, uint32_t key, const char *name, bool not )
{
    char padded[HF_PLAN_TUN_NAME_MAX] = { 0 };

    if (name[0] == '\0')
        return;
    memcpy(padded, name, strlen(name));
    load_meta(b, key);
    compare(b, not ? NFT_CMP_NEQ : NFT_CMP_EQ, padded, sizeof padded);
}

static void match_prefix(struct builder *b, const hf_prefix *prefix, bool is_source, bool not )
{
    static const uint8_t zeros[16];
    bool v6 = prefix->address.family == HF_FAMILY_V6;
    size_t len = hf_family_octets(prefix->address.family);
    hf_address none = { prefix->address.family, { 0 } }, last, first = hf_prefix_first(prefix);
    uint32_t offset;

    if (len == 0 || prefix->bits == 0)
        return;
    if (v6)
        offset = is_source ? IPV6_SOURCE : IPV6_DESTINATION;
    else
        offset = is_source ? IPV4_SOURCE : IPV4_DESTINATION;
    load_payload(b, NFT_PAYLOAD_NETWORK_HEADER, offset, len);
    if (prefix->bits < len * 8) {
        last = hf_prefix_last(&(hf_prefix){ none, prefix->bits });
        for (size_t i = 0; i < len; i++)
            last.octets[i] = (uint8_t)~last.octets[i]; /* ones behind the bits → the mask */
        mask(b, last.octets, zeros, len);
    }
    compare(b, not ? NFT_CMP_NEQ : NFT_CMP_EQ, first.octets, len);
}

static enum hf_family family_of(const struct hf_rule *rule)
{
    if (rule->family != HF_FAMILY_NONE)
        return rule->family;
    if (rule->source.address.family != HF_FAMILY_NONE)
        return rule->source.address.family;
    if (rule->destination.address.family != HF_FAMILY_NONE)
        return rule->destination.address.family;
    if (rule->protocol == IPPROTO_ICMP || rule->protocol == IPPROTO_ICMPV6)
        return rule->protocol == IPPROTO_ICMP ? HF_FAMILY_V4 : HF_FAMILY_V6;
    return HF_FAMILY_NONE;
}

static void match_network(struct builder *b, const struct hf_rule *rule)
{
    static const uint8_t hop_limit = 255;
    enum hf_family family = family_of(rule);

    if (family != HF_FAMILY_NONE)
        match_u8(b, NFT_META_NFPROTO, family == HF_FAMILY_V6 ? NFPROTO_IPV6 : NFPROTO_IPV4);
    match_prefix(b, &rule->source, true, rule->not_source);
    match_prefix(b, &rule->destination, false, false);
    if (rule->hop_limit_255) {
        load_payload(b, NFT_PAYLOAD_NETWORK_HEADER, IPV6_HOP_LIMIT, sizeof hop_limit);
        compare(b, NFT_CMP_EQ, &hop_limit, sizeof hop_limit);
    }
}

static void match_port(struct builder *b, uint32_t offset, uint32_t op, uint16_t port)
{
    uint16_t wire = htons(port);

    if (port == 0)
        return;
    load_payload(b, NFT_PAYLOAD_TRANSPORT_HEADER, offset, sizeof wire);
    compare(b, op, &wire, sizeof wire);
}

static void match_transport(struct builder *b, const struct hf_rule *rule)
{
    bool range = rule->destination_port_last != 0;

    if (rule->protocol != 0)
        match_u8(b, NFT_META_L4PROTO, rule->protocol);
    match_port(b, SOURCE_PORT, NFT_CMP_EQ, rule->source_port);
    match_port(b, DESTINATION_PORT, range ? NFT_CMP_GTE : NFT_CMP_EQ, rule->destination_port);
    match_port(b, DESTINATION_PORT, NFT_CMP_LTE, rule->destination_port_last);
    if (rule->has_icmp_type) {
        load_payload(b, NFT_PAYLOAD_TRANSPORT_HEADER, ICMP_TYPE, sizeof rule->icmp_type);
        compare(b, NFT_CMP_EQ, &rule->icmp_type, sizeof rule->icmp_type);
    }
}

/* Marks and uids are compared as the host stores them. */
static void match_sender(struct builder *b, const struct hf_rule *rule)
{
    static const uint32_t kept = HF_FWMARK_MASK, zero = 0, mark = HF_FWMARK;

    if (rule->marked) {
        load_meta(b, NFT_META_MARK);
        mask(b, &kept, &zero, sizeof kept);
        compare(b, NFT_CMP_EQ, &mark, sizeof mark);
    }
    if (rule->has_uid) {
        load_meta(b, NFT_META_SKUID);
        compare(b, NFT_CMP_EQ, &rule->uid, sizeof rule->uid);
    }
}

static void match_state(struct builder *b, uint32_t bit)
{
    static const uint32_t zero = 0;
    struct nftnl_expr *expr = append(b, "ct");

    set_u32(expr, NFTNL_EXPR_CT_KEY, NFT_CT_STATE);
    set_u32(expr, NFTNL_EXPR_CT_DREG, NFT_REG_1);
    mask(b, &bit, &zero, sizeof bit);
    compare(b, NFT_CMP_NEQ, &zero, sizeof zero);
}

/* An ICMP error carries the flow that it is about: ours, to this address. */
static void match_about(struct builder *b, const hf_address *about)
{
    struct nftnl_expr *expr;

    match_state(b, NF_CT_STATE_BIT(IP_CT_RELATED));
    expr = append(b, "ct");
    set_u32(expr, NFTNL_EXPR_CT_KEY,
            about->family == HF_FAMILY_V6 ? NFT_CT_DST_IP6 : NFT_CT_DST_IP);
    set_u32(expr, NFTNL_EXPR_CT_DREG, NFT_REG_1);
    if (expr != NULL)
        nftnl_expr_set_u8(expr, NFTNL_EXPR_CT_DIR, IP_CT_DIR_ORIGINAL);
    compare(b, NFT_CMP_EQ, about->octets, hf_family_octets(about->family));
}

static void match_flow(struct builder *b, const struct hf_rule *rule)
{
    if (rule->established)
        match_state(b, NF_CT_STATE_BIT(IP_CT_ESTABLISHED));
    if (rule->about.family != HF_FAMILY_NONE)
        match_about(b, &rule->about);
}

static void set_mark(struct builder *b)
{
    static const uint32_t kept = ~HF_FWMARK_MASK, flip = HF_FWMARK;
    struct nftnl_expr *expr;

    load_meta(b, NFT_META_MARK);
    mask(b, &kept, &flip, sizeof kept);
    expr = append(b, "meta");
    set_u32(expr, NFTNL_EXPR_META_KEY, NFT_META_MARK);
    set_u32(expr, NFTNL_EXPR_META_SREG, NFT_REG_1);
}

static void reject(struct builder *b, bool tcp)
{
    struct nftnl_expr *expr = append(b, "reject");

    set_u32(expr, NFTNL_EXPR_REJECT_TYPE, tcp ? NFT_REJECT_TCP_RST : NFT_REJECT_ICMPX_UNREACH);
    if (expr != NULL && !tcp)
        nftnl_expr_set_u8(expr, NFTNL_EXPR_REJECT_CODE, NFT_REJECT_ICMPX_PORT_UNREACH);
}

static void decide(struct builder *b, const struct hf_rule *rule)
{
    struct nftnl_expr *expr;

    if (rule->counter)
        append(b, "counter");
    switch (rule->verdict) {
    case HF_VERDICT_MARK:
        set_mark(b);
        break;
    case HF_VERDICT_REJECT:
        reject(b, rule->protocol == IPPROTO_TCP);
        break;
    case HF_VERDICT_ACCEPT:
    case HF_VERDICT_DROP:
        expr = append(b, "immediate");
        set_u32(expr, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
        set_u32(expr, NFTNL_EXPR_IMM_VERDICT,
                rule->verdict == HF_VERDICT_ACCEPT ? NF_ACCEPT : NF_DROP);
        break;
    }
}

/* The comment that `nft list` shows. */
static void set_comment(struct builder *b, const char *comment)
{
    struct nftnl_udata_buf *data = nftnl_udata_buf_alloc(NFT_USERDATA_MAXLEN);

    if (data == NULL || !nftnl_udata_put_strz(data, NFTNL_UDATA_RULE_COMMENT, comment) ||
        nftnl_rule_set_data(b->rule, NFTNL_RULE_USERDATA, nftnl_udata_buf_data(data),
                            nftnl_udata_buf_len(data)) != 0)
        b->failed = true;
    if (data != NULL)
        nftnl_udata_buf_free(data);
}

struct nftnl_rule *hf_nft_rule_new(const struct hf_rule *rule)
{
    struct builder b = { .rule = nftnl_rule_alloc() };

    if (b.rule == NULL)
        return NULL;
    nftnl_rule_set_u32(b.rule, NFTNL_RULE_FAMILY, NFPROTO_INET);
    if (nftnl_rule_set_str(b.rule, NFTNL_RULE_TABLE, HF_NFT_TABLE) != 0 ||
        nftnl_rule_set_str(b.rule, NFTNL_RULE_CHAIN, hf_nft_chain_name(rule->hook)) != 0)
        b.failed = true;
    match_interface(&b, NFT_META_IIFNAME, rule->in_interface, rule->not_in_interface);
    match_interface(&b, NFT_META_OIFNAME, rule->out_interface, rule->not_out_interface);
    match_network(&b, rule);
    match_transport(&b, rule);
    match_sender(&b, rule);
    match_flow(&b, rule);
    decide(&b, rule);
    set_comment(&b, rule->comment);
    if (b.failed) {
        nftnl_rule_free(b.rule);
        return NULL;
    }
    return b.rule;
}

/* Counters count, so their numbers are left out. */
static bool print_expr(const struct nftnl_expr *expr, hf_buf *out)
{
    const char *name = nftnl_expr_get_str(expr, NFTNL_EXPR_NAME);
    char text[256];
    int length;

    if (strcmp(name, "counter") == 0)
        return hf_buf_append(out, hf_bytes_of_string("[counter]"));
    length = nftnl_expr_snprintf(text, sizeof text, expr, NFTNL_OUTPUT_DEFAULT, 0);
    if (length < 0 || (size_t)length >= sizeof text)
        return false;
    return hf_buf_append(out, hf_bytes_of_string("[")) &&
           hf_buf_append(out, hf_bytes_of_string(name)) &&
           hf_buf_append(out, hf_bytes_of_string(" ")) &&
           hf_buf_append(out, (hf_bytes){ (const uint8_t *)text, (size_t)length }) &&
           hf_buf_append(out, hf_bytes_of_string("]"));
}

bool hf_nft_rule_print(struct nftnl_rule *rule, hf_buf *out)
{
    struct nftnl_expr_iter *at = nftnl_expr_iter_create(rule);
    struct nftnl_expr *expr;
    bool good = at != NULL;

    while (good && (expr = nftnl_expr_iter_next(at)) != NULL)
        good = print_expr(expr, out);
    if (at != NULL)
        nftnl_expr_iter_destroy(at);
    return good && hf_buf_append(out, hf_bytes_of_string("\n"));
}
