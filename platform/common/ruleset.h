/* The kill switch as a pure function: what the connection wants protected in, rules out. No kernel,
 * no file, no clock, so that golden files can hold every state and mode. Backends (platform/<os>/)
 * lower the value; they decide nothing. */
#ifndef HF_COMMON_RULESET_H
#define HF_COMMON_RULESET_H

#include <holdfast/plan.h>

enum hf_hook { HF_HOOK_PREROUTING, HF_HOOK_INPUT, HF_HOOK_FORWARD, HF_HOOK_OUTPUT, HF_HOOK_COUNT };
enum hf_verdict { HF_VERDICT_ACCEPT, HF_VERDICT_DROP, HF_VERDICT_REJECT };

/* One rule: all conditions that are set must hold. */
struct hf_rule {
    enum hf_hook hook;
    enum hf_verdict verdict;
    bool counter;        /* counts, so that people can see what was blocked */
    const char *comment; /* a literal; names the rule in listings and goldens */
    char in_interface[HF_PLAN_TUN_NAME_MAX], out_interface[HF_PLAN_TUN_NAME_MAX]; /* "" any */
    bool not_in_interface, not_out_interface;
    hf_prefix source, destination; /* family NONE: any */
    bool not_source;
    uint8_t protocol;                                              /* 0: any */
    uint16_t source_port, destination_port, destination_port_last; /* 0: any */
    uint8_t icmp_type; /* with protocol 58 or 1 and `has_icmp_type` */
    bool has_icmp_type, hop_limit_255;
    bool marked, has_uid;
    uint32_t uid;
    bool established;      /* conntrack state established */
    enum hf_family family; /* NONE: both */
};

#define HF_RULES_MAX 512

struct hf_ruleset {
    bool present; /* false: no table at all */
    bool drop_by_default[HF_HOOK_COUNT];
    size_t count;
    struct hf_rule rules[HF_RULES_MAX];
};

struct hf_ruleset_facts {
    uint32_t engine_uid;
    hf_prefix on_link[16]; /* of the uplinks */
    size_t on_link_count;
};

/* HF_ERR_TOO_LARGE: more than HF_RULES_MAX rules. */
hf_status hf_ruleset_make(const struct hf_plan *plan, const struct hf_ruleset_facts *facts,
                          struct hf_ruleset *out) HF_MUST_USE;
/* One line per rule, for goldens. */
hf_status hf_ruleset_print(const struct hf_ruleset *ruleset, hf_buf *out) HF_MUST_USE;

#endif
