/* The plan as a pure function: what the host must be like in a state, and whether what an engine
 * asks for may become part of it. No engine ever sets a firewall input. */
#ifndef HF_CONN_SUPERVISOR_PLAN_H
#define HF_CONN_SUPERVISOR_PLAN_H

#include "base/fault.h"
#include <holdfast/profile.h>

/* The hole for the gateway that the engine talks to: exactly one address. */
struct hf_supervisor_hole {
    hf_address gateway; /* family NONE: no hole */
    uint16_t ports[2];
    size_t port_count;
};

/* All that a plan follows from. */
struct hf_supervisor_wish {
    enum hf_conn_state state;
    bool leaving; /* in `disconnecting`: the engine still says goodbye */
    bool kept;    /* in a rest state: the lock stays (mode `always`, or another profile waits) */
    const struct hf_profile *profile;
    const struct hf_plan *tunnel; /* NULL: none was installed yet */
    const struct hf_supervisor_hole *hole;
    const hf_endpoint *resolvers;
    size_t resolver_count;
};

void hf_supervisor_plan_make(const struct hf_supervisor_wish *wish, struct hf_plan *out);

/* Turns the plan that an engine asks for into the tunnel part of ours, called `tun_name`. Refused,
 * as HF_ERR_HOSTILE_CONFIG: special addresses, families that the profile does not request, routes
 * outside the include list of a split profile, or without an inner address of their family.
 * Resolvers that the tunnel does not reach are left out; when the profile itself names one, that is
 * HF_ERR_DNS_SETUP. */
hf_status hf_supervisor_plan_take(const struct hf_profile *profile, const struct hf_plan *asked,
                                  const char tun_name[HF_PLAN_TUN_NAME_MAX], struct hf_plan *out,
                                  struct hf_fault *out_fault) HF_MUST_USE;

/* The hole that an engine asks for: a unicast address, one of the profile's where that names
 * addresses only, on the profile's ports. */
bool hf_supervisor_hole_take(const struct hf_profile *profile, const hf_address *gateway,
                             const uint16_t ports[2], struct hf_supervisor_hole *out) HF_MUST_USE;

#endif
