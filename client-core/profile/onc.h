/* What the parts of the ChromeOS importer (ONC) share. */
#ifndef HF_PROFILE_ONC_H
#define HF_PROFILE_ONC_H

#include "profile/walk.h"

struct hf_onc {
    const struct hf_node *certificates; /* array; NULL: none */
    bool is_l2tp;
    uint32_t ike_version; /* 0: not said */
    enum { HF_ONC_NONE, HF_ONC_PSK, HF_ONC_CERT, HF_ONC_EAP } auth;
};

/* The object VPN of a network (onc_vpn.c), and what follows from it. */
extern const struct hf_walk_table hf_onc_vpn;
hf_status hf_onc_vpn_finish(struct hf_walk *w) HF_MUST_USE;
/* Applies a text unless it has a variable in it ("${LOGIN_ID}"): that is asked for. */
hf_walk_apply hf_onc_text;
/* The certificate with this GUID: a CA to the profile's trust, a client's to the secrets (onc.c).
 */
hf_status hf_onc_take_authority(struct hf_walk *w, hf_bytes guid) HF_MUST_USE;
hf_status hf_onc_take_client(struct hf_walk *w, hf_bytes guid) HF_MUST_USE;

#endif
