/* A ruleset as text, one line for each chain and rule: what the golden files hold. */
#include "common/ruleset.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const hook_names[HF_HOOK_COUNT] = { "prerouting", "input", "forward", "output" };
static const char *const verdict_names[] = { "accept", "drop", "reject", "mark" };

/* Appends formatted text; after the buffer is full, nothing. */
struct printer {
    hf_buf *out;
    bool full;
};

__attribute__((format(printf, 2, 3))) static void print(struct printer *p, const char *format, ...)
{
    char text[128];
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    HF_ASSERT(length >= 0 && (size_t)length < sizeof text);
    if (!hf_buf_append(p->out, (hf_bytes){ (const uint8_t *)text, (size_t)length }))
        p->full = true;
}

static void print_interfaces(struct printer *p, const struct hf_rule *rule)
{
    if (rule->in_interface[0] != '\0')
        print(p, " %s %s", rule->not_in_interface ? "not-from" : "from", rule->in_interface);
    if (rule->out_interface[0] != '\0')
        print(p, " %s %s", rule->not_out_interface ? "not-into" : "into", rule->out_interface);
}

static void print_prefix(struct printer *p, const char *word, const hf_prefix *prefix)
{
    char text[HF_PREFIX_TEXT_MAX];

    if (prefix->address.family != HF_FAMILY_NONE)
        print(p, " %s %s", word, hf_prefix_format(prefix, text));
}

static void print_port(struct printer *p, const char *word, uint16_t first, uint16_t last)
{
    if (first != 0)
        print(p, " %s %u", word, first);
    if (first != 0 && last != 0)
        print(p, "-%u", last);
}

static void print_protocol(struct printer *p, const struct hf_rule *rule)
{
    if (rule->protocol != 0)
        print(p, " protocol %u", rule->protocol);
    print_port(p, "source-port", rule->source_port, 0);
    print_port(p, "port", rule->destination_port, rule->destination_port_last);
    if (rule->has_icmp_type)
        print(p, " type %u", rule->icmp_type);
    if (rule->hop_limit_255)
        print(p, " hop-limit 255");
}

static void print_origin(struct printer *p, const struct hf_rule *rule)
{
    char text[HF_ADDRESS_TEXT_MAX];

    if (rule->marked)
        print(p, " marked");
    if (rule->has_uid)
        print(p, " uid %u", rule->uid);
    if (rule->established)
        print(p, " established");
    if (rule->about.family != HF_FAMILY_NONE)
        print(p, " about %s", hf_address_format(&rule->about, text));
}

static void print_rule(struct printer *p, const struct hf_rule *rule)
{
    print(p, "%-10s %-6s", hook_names[rule->hook], verdict_names[rule->verdict]);
    if (rule->family != HF_FAMILY_NONE)
        print(p, " ipv%u", (unsigned)rule->family);
    print_interfaces(p, rule);
    print_prefix(p, rule->not_source ? "not-source" : "source", &rule->source);
    print_prefix(p, "destination", &rule->destination);
    print_protocol(p, rule);
    print_origin(p, rule);
    print(p, "%s  # %s\n", rule->counter ? " counted" : "", rule->comment);
}

hf_status hf_ruleset_print(const struct hf_ruleset *ruleset, hf_buf *out)
{
    struct printer p = { .out = out };

    if (!ruleset->present)
        print(&p, "no table\n");
    for (size_t hook = 0; ruleset->present && hook < HF_HOOK_COUNT; hook++)
        print(&p, "%-10s %s by default\n", hook_names[hook],
              ruleset->drop_by_default[hook] ? "drop" : "accept");
    for (size_t i = 0; ruleset->present && i < ruleset->count; i++)
        print_rule(&p, &ruleset->rules[i]);
    return p.full ? HF_ERR_TOO_LARGE : HF_OK;
}
