/* The rules that lead to our table: see routes.h. They stand before the main table's, because any
 * network can add routes to that one; and marked packets look nowhere but there. */
#include "linux/routes.h"

#include "instance.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>

/* Both families of the two mark rules and the last one, and the networks left to main. */
#define RULES_MAX (HF_RULES_TO_MAIN + 6)

enum priority {
    MARKED_TO_MAIN = HF_RULE_PRIORITY_FIRST,
    MARKED_UNREACHABLE,
    NETWORK_TO_MAIN,
    ALL_TO_TUNNEL,
};

struct rule {
    uint32_t priority, table; /* table 0: unreachable */
    bool marked;
    hf_prefix destination; /* bits 0: all of the family */
};

struct rules {
    struct rule list[RULES_MAX * 2]; /* others may have added some of our priorities */
    size_t count;
};

static bool rules_equal(const struct rule *a, const struct rule *b)
{
    return a->priority == b->priority && a->table == b->table && a->marked == b->marked &&
           hf_prefix_equal(&a->destination, &b->destination);
}

static bool contains(const struct rules *rules, const struct rule *wanted)
{
    for (size_t i = 0; i < rules->count; i++) {
        if (rules_equal(&rules->list[i], wanted))
            return true;
    }
    return false;
}

/* Rules of others may have our priorities; they have other conditions, and are left alone. */
static bool is_of_our_form(const struct nlmsghdr *answer, const struct fib_rule_hdr *info,
                           const struct rule *rule)
{
    uint32_t mark = hf_netlink_u32(answer, sizeof *info, FRA_FWMARK, 0);

    return rule->priority >= MARKED_TO_MAIN && rule->priority <= ALL_TO_TUNNEL &&
           rule->marked == (rule->priority <= MARKED_UNREACHABLE) && rule->marked == (mark != 0) &&
           info->src_len == 0 && hf_netlink_attribute(answer, sizeof *info, FRA_IIFNAME) == NULL &&
           hf_netlink_attribute(answer, sizeof *info, FRA_OIFNAME) == NULL;
}

static void note_rule(const struct nlmsghdr *answer, void *context)
{
    const struct fib_rule_hdr *info = mnl_nlmsg_get_payload(answer);
    struct rules *held = context;
    struct rule rule = { .destination.bits = info->dst_len };

    rule.priority = hf_netlink_u32(answer, sizeof *info, FRA_PRIORITY, 0);
    if (info->action == FR_ACT_TO_TBL)
        rule.table = hf_netlink_u32(answer, sizeof *info, FRA_TABLE, info->table);
    rule.marked = hf_netlink_u32(answer, sizeof *info, FRA_FWMARK, 0) == HF_FWMARK &&
                  hf_netlink_u32(answer, sizeof *info, FRA_FWMASK, 0) == HF_FWMARK_MASK;
    if (!hf_netlink_address(answer, sizeof *info, FRA_DST, info->family, &rule.destination.address))
        rule.destination.address.family = hf_family_of_netlink(info->family);
    if (is_of_our_form(answer, info, &rule) && held->count < HF_ARRAY_LEN(held->list))
        held->list[held->count++] = rule;
}

static bool has_no_rules(int error)
{
    return error == EAFNOSUPPORT || error == EOPNOTSUPP;
}

static bool read_rules(struct hf_netlink *netlink, struct rules *held)
{
    static const enum hf_family families[] = { HF_FAMILY_V4, HF_FAMILY_V6 };

    for (size_t i = 0; i < HF_ARRAY_LEN(families); i++) {
        struct hf_netlink_message message;
        struct fib_rule_hdr *info = hf_netlink_begin(&message, RTM_GETRULE, 0, sizeof *info);
        int error;

        info->family = hf_netlink_family(families[i]);
        error = hf_netlink_dump(netlink, &message, note_rule, held);
        if (error != 0 && !has_no_rules(error))
            return false;
    }
    return true;
}

static int change(struct hf_netlink *netlink, uint16_t type, const struct rule *rule)
{
    uint16_t flags = type == RTM_NEWRULE ? NLM_F_CREATE | NLM_F_EXCL : 0;
    struct hf_netlink_message message;
    struct fib_rule_hdr *info = hf_netlink_begin(&message, type, flags, sizeof *info);

    info->family = hf_netlink_family(rule->destination.address.family);
    info->dst_len = rule->destination.bits;
    info->action = rule->table == 0 ? FR_ACT_UNREACHABLE : FR_ACT_TO_TBL;
    mnl_attr_put_u32(message.header, FRA_PRIORITY, rule->priority);
    if (rule->table != 0)
        mnl_attr_put_u32(message.header, FRA_TABLE, rule->table);
    if (rule->destination.bits != 0)
        hf_netlink_put_address(&message, FRA_DST, &rule->destination.address);
    if (rule->marked) {
        mnl_attr_put_u32(message.header, FRA_FWMARK, HF_FWMARK);
        mnl_attr_put_u32(message.header, FRA_FWMASK, HF_FWMARK_MASK);
    }
    return hf_netlink_request(netlink, &message);
}

static void want(struct rules *out, uint32_t priority, uint32_t table, const hf_prefix *destination)
{
    struct rule rule = { priority, table, priority <= MARKED_UNREACHABLE, *destination };

    HF_ASSERT(out->count < HF_ARRAY_LEN(out->list));
    if (!contains(out, &rule))
        out->list[out->count++] = rule;
}

static void want_rules(const hf_prefix *to_main, size_t count, struct rules *out)
{
    static const enum hf_family families[] = { HF_FAMILY_V4, HF_FAMILY_V6 };

    for (size_t i = 0; i < HF_ARRAY_LEN(families); i++) {
        hf_prefix all = { .address.family = families[i] };

        want(out, MARKED_TO_MAIN, RT_TABLE_MAIN, &all);
        want(out, MARKED_UNREACHABLE, 0, &all);
        want(out, ALL_TO_TUNNEL, HF_ROUTE_TABLE, &all);
    }
    for (size_t i = 0; i < count; i++)
        want(out, NETWORK_TO_MAIN, RT_TABLE_MAIN, &to_main[i]);
}

static bool replace_rules(struct hf_netlink *netlink, const struct rules *wanted,
                          const struct rules *held)
{
    for (size_t i = 0; i < wanted->count; i++) {
        int error =
            contains(held, &wanted->list[i]) ? 0 : change(netlink, RTM_NEWRULE, &wanted->list[i]);

        if (error != 0 &&
            !(has_no_rules(error) && wanted->list[i].destination.address.family == HF_FAMILY_V6))
            return false;
    }
    for (size_t i = 0; i < held->count; i++) {
        int error =
            contains(wanted, &held->list[i]) ? 0 : change(netlink, RTM_DELRULE, &held->list[i]);

        if (error != 0 && error != ENOENT)
            return false;
    }
    return true;
}

hf_status hf_rules_set(struct hf_netlink *netlink, const struct hf_plan *plan,
                       const hf_prefix *to_main, size_t count)
{
    struct rules *wanted = calloc(1, sizeof *wanted), *held = calloc(1, sizeof *held);
    hf_status status = HF_ERR_LOCAL_SETUP;

    HF_ASSERT(count <= HF_RULES_TO_MAIN);
    if (wanted != NULL && held != NULL && read_rules(netlink, held)) {
        if (plan->tunnel)
            want_rules(to_main, count, wanted);
        if (replace_rules(netlink, wanted, held))
            status = HF_OK;
    }
    free(wanted);
    free(held);
    return status;
}
