/* The kill switch as a pure function: what the connection wants protected in, rules out. No kernel,
 * no file, no clock, so that golden files can hold every state and mode. Backends (platform/<os>/)
 * lower the value; they decide nothing. */
#ifndef HF_COMMON_RULESET_H
#define HF_COMMON_RULESET_H

#include <holdfast/plan.h>

enum hf_hook { HF_HOOK_PREROUTING, HF_HOOK_INPUT, HF_HOOK_FORWARD, HF_HOOK_OUTPUT, HF_HOOK_COUNT };
enum hf_verdict {
    HF_VERDICT_ACCEPT,
    HF_VERDICT_DROP,
    HF_VERDICT_REJECT, /* TCP: reset; else: port unreachable. Programs fail at once */
    HF_VERDICT_MARK,   /* the packet gets our mark and goes on to the next rule */
};

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
    bool established; /* conntrack state established */
    hf_address about; /* family NONE: any; else an ICMP error about a flow of ours to this address
                         (conntrack state related) */
    enum hf_family family; /* NONE: both */
};

/* The largest plan: 128 protected prefixes of 5 rules, 128 excluded ones of 4, and the others. */
#define HF_RULES_MAX 1440
#define HF_LAN_MAX   32

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

/* What is decided here and holds in every state:
 * - A table is present when the plan blocks or has a tunnel; without a block it only keeps the
 * inner addresses inside the tunnel.
 * - The name hole exists in `resolving` alone; the gateway hole from `handshaking` to `connected`,
 * in `path-lost`, `reconnecting` and `disconnecting`. In other states neither does, whatever the
 * plan lists.
 * - The tunnel's rules follow from plan->tunnel, not from the state: packets wait in the device
 * while an engine is replaced.
 * - With protected prefixes (split) only these are rejected outside the tunnel, and DNS where the
 *   plan has resolvers of its own; without, everything is.
 * HF_ERR_TOO_LARGE: more than HF_RULES_MAX rules. */
hf_status hf_ruleset_make(const struct hf_plan *plan, const struct hf_ruleset_facts *facts,
                          struct hf_ruleset *out) HF_MUST_USE;
/* What counts as LAN: the fixed private and link-local ranges where they are on-link, less what the
 * tunnel routes more narrowly than everything (the tunnel wins). Empty unless the plan allows LAN.
 * Returns how many of at most HF_LAN_MAX. */
size_t hf_ruleset_lan(const struct hf_plan *plan, const struct hf_ruleset_facts *facts,
                      hf_prefix out[HF_LAN_MAX]);
/* What can be there before a plan, so that the plan changes little: the rules that most plans begin
 * with, in every chain behind one that lets everything pass. It is as good as no table. */
hf_status hf_ruleset_make_open(const char *tun_name, const struct hf_ruleset_facts *facts,
                               struct hf_ruleset *out) HF_MUST_USE;
/* They say the same, comment included. */
bool hf_rule_equal(const struct hf_rule *a, const struct hf_rule *b);
/* One line per rule, for goldens. */
hf_status hf_ruleset_print(const struct hf_ruleset *ruleset, hf_buf *out) HF_MUST_USE;

#endif
