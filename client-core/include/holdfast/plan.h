/* The network plan: all that a connection wants of the host, as one value. netd makes the host
 * match it or changes nothing; an empty plan is the host as it was. Sizes are bounded, so a plan
 * can cross a process boundary and be checked on arrival. */
#ifndef HOLDFAST_PLAN_H
#define HOLDFAST_PLAN_H

#include "base/address.h"
#include "base/status.h"
#include <holdfast/state.h>

#define HF_PLAN_TUN_NAME_MAX 16 /* with NUL, as the kernel has it */
#define HF_PLAN_ADDRESSES    4
#define HF_PLAN_ROUTES       128
#define HF_PLAN_RESOLVERS    8
#define HF_PLAN_DOMAINS      8
#define HF_PLAN_DOMAIN_MAX   254 /* with NUL */
#define HF_PLAN_ENDPOINTS    4

enum hf_lock_mode { HF_LOCK_SESSION, HF_LOCK_ALWAYS, HF_LOCK_OFF };

/* What the kill switch must know. The ruleset follows from it by one pure function
 * (platform/common/ruleset.h). */
struct hf_plan_firewall {
    bool block; /* a lock is in force: everything that the rest does not name is rejected */
    enum hf_lock_mode mode;
    enum hf_conn_state state;
    bool allow_lan; /* fixed private ranges that are also on-link */
    /* The gateway hole: these addresses, UDP, these ports, our mark, the engine's uid. */
    hf_address gateways[HF_PLAN_ENDPOINTS];
    size_t gateway_count;
    uint16_t gateway_ports[2];
    size_t gateway_port_count;
    /* The name hole, in `resolving` alone: these addresses, UDP 53 (or the port given), our mark,
     * the engine's uid. */
    hf_endpoint resolvers[HF_PLAN_ENDPOINTS];
    size_t resolver_count;
    /* Split profile: protected destinations; empty: everything is protected. */
    hf_prefix protected_prefixes[HF_PLAN_ROUTES];
    size_t protected_count;
};

struct hf_plan {
    bool tunnel; /* a TUN device with what follows; else the firewall alone */
    char tun_name[HF_PLAN_TUN_NAME_MAX];
    uint16_t mtu_bytes;                     /* 1280–9000 */
    hf_prefix addresses[HF_PLAN_ADDRESSES]; /* inner addresses with their prefix */
    size_t address_count;
    hf_prefix routes[HF_PLAN_ROUTES]; /* into the tunnel; what is not routed in a full tunnel is
                                         unreachable */
    size_t route_count;
    hf_prefix excluded[HF_PLAN_ROUTES]; /* left to the main table */
    size_t excluded_count;
    hf_address resolvers[HF_PLAN_RESOLVERS]; /* empty: DNS is left as it is */
    size_t resolver_count;
    char domains[HF_PLAN_DOMAINS][HF_PLAN_DOMAIN_MAX]; /* search domains */
    size_t domain_count;
    struct hf_plan_firewall firewall;
};

/* "session", "always", "off": stable, for machines. */
const char *hf_lock_mode_name(enum hf_lock_mode mode);
/* `off` is weaker than `session`, and that is weaker than `always`. */
bool hf_lock_mode_is_weaker(enum hf_lock_mode mode, enum hf_lock_mode than);

/* The host as it was: no tunnel, no block. */
struct hf_plan hf_plan_empty(void);
bool hf_plan_is_empty(const struct hf_plan *plan);
bool hf_plan_equal(const struct hf_plan *a, const struct hf_plan *b);
/* All the limits that a plan must keep, checked where it arrives: counts, families, MTU, names, no
 * special addresses. HF_ERR_MALFORMED says no more than that. Defined in conn/plan.c. */
hf_status hf_plan_check(const struct hf_plan *plan) HF_MUST_USE;

#endif
