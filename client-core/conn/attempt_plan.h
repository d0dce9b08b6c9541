/* The tunnel part of the network plan, made of what the gateway assigned, what was negotiated and
 * what the profile wants. Everything from the gateway is checked: a hostile value is refused and
 * nothing is installed. */
#ifndef HF_CONN_ATTEMPT_PLAN_H
#define HF_CONN_ATTEMPT_PLAN_H

#include "base/fault.h"
#include "ikev2/sa.h"
#include <holdfast/esp.h>
#include <holdfast/plan.h>
#include <holdfast/profile.h>

/* Paths across the Internet that do not say when a packet is too big are common enough that no
 * tunnel starts above this; a profile may. */
#define HF_ATTEMPT_MTU_CAREFUL 1400
#define HF_ATTEMPT_MTU_MIN     1280
#define HF_ATTEMPT_MTU_MAX     9000

struct hf_attempt_plan_input {
    const struct hf_profile *profile;
    const struct hf_ikev2_configuration *configuration;
    const struct hf_selectors *selectors;
    const struct hf_esp_params *outbound;
    hf_address gateway;
    uint16_t path_mtu; /* 0: unknown, 1500 */
};

/* Fills the tunnel part of `*out`; the TUN's name and the firewall are left to the supervisor.
 * HF_ERR_NO_ADDRESS: no inner address was assigned. HF_ERR_HOSTILE_CONFIG: an address, a resolver
 * or the selectors are ones that no gateway may give. The fault names the value. */
hf_status hf_attempt_plan_make(const struct hf_attempt_plan_input *input, struct hf_plan *out,
                               struct hf_fault *out_fault) HF_MUST_USE;
/* The largest inner packet whose ESP in UDP fits `path_mtu` towards a gateway of this family. */
uint16_t hf_attempt_plan_mtu(const struct hf_esp_params *outbound, enum hf_family outer,
                             uint16_t path_mtu);

#endif
