/* Whether two rules say the same: see ruleset.h. */
#include "common/ruleset.h"

#include <string.h>

static bool has_same_place(const struct hf_rule *a, const struct hf_rule *b)
{
    return a->hook == b->hook && strcmp(a->in_interface, b->in_interface) == 0 &&
           strcmp(a->out_interface, b->out_interface) == 0 &&
           a->not_in_interface == b->not_in_interface &&
           a->not_out_interface == b->not_out_interface;
}

static bool has_same_network(const struct hf_rule *a, const struct hf_rule *b)
{
    return a->family == b->family && hf_prefix_equal(&a->source, &b->source) &&
           a->not_source == b->not_source && hf_prefix_equal(&a->destination, &b->destination) &&
           a->hop_limit_255 == b->hop_limit_255;
}

static bool has_same_transport(const struct hf_rule *a, const struct hf_rule *b)
{
    return a->protocol == b->protocol && a->source_port == b->source_port &&
           a->destination_port == b->destination_port &&
           a->destination_port_last == b->destination_port_last &&
           a->has_icmp_type == b->has_icmp_type && a->icmp_type == b->icmp_type;
}

static bool has_same_sender(const struct hf_rule *a, const struct hf_rule *b)
{
    return a->marked == b->marked && a->has_uid == b->has_uid && a->uid == b->uid &&
           a->established == b->established && hf_address_equal(&a->about, &b->about);
}

bool hf_rule_equal(const struct hf_rule *a, const struct hf_rule *b)
{
    return a->verdict == b->verdict && a->counter == b->counter &&
           strcmp(a->comment, b->comment) == 0 && has_same_place(a, b) && has_same_network(a, b) &&
           has_same_transport(a, b) && has_same_sender(a, b);
}
