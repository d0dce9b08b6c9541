/* What the parts of the ProfileXML importer (VPNv2 CSP) share. Elements may stand in any order, so
 * what depends on one another is gathered here first and decided at the end (windows.c). */
#ifndef HF_PROFILE_WINDOWS_H
#define HF_PROFILE_WINDOWS_H

#include "profile/walk.h"

enum hf_windows_method {
    HF_WINDOWS_METHOD_NONE,
    HF_WINDOWS_METHOD_CERTIFICATE,
    HF_WINDOWS_METHOD_EAP,
    HF_WINDOWS_METHOD_MSCHAPV2,
    HF_WINDOWS_METHOD_PSK,
};

struct hf_windows {
    bool ikev2, l2tp, automatic; /* protocols that are named */
    bool lock_down, device_tunnel, split, no_class_route;
    enum hf_windows_method user, machine;
    uint32_t eap_outer, eap_inner; /* type numbers; 0: none */
    bool pfs_of_ike;               /* PfsGroup PFSMM */
};

/* NativeProfile (windows_native.c). */
extern const struct hf_walk_table hf_windows_native;
/* After the walk: protocol and authentication, or why there is none that we speak. */
hf_status hf_windows_native_finish(struct hf_walk *w) HF_MUST_USE;
/* NativeProfile/CryptographySuite (windows_suite.c). */
extern const struct hf_walk_table hf_windows_suite;
/* After the walk: what the hash of IKE means, and the group of PFS. */
hf_status hf_windows_suite_finish(struct hf_walk *w) HF_MUST_USE;
/* Authentication/Eap/Configuration (windows_eap.c). */
hf_walk_apply hf_windows_eap;
extern const struct hf_walk_table hf_windows_eap_table;
/* Route, TrafficFilter, DomainNameInformation (windows_network.c). */
hf_walk_apply hf_windows_route, hf_windows_filter, hf_windows_names;
extern const struct hf_walk_table hf_windows_route_table, hf_windows_filter_table,
    hf_windows_names_table;
/* After the walk: what a full tunnel makes of them. */
hf_status hf_windows_network_finish(struct hf_walk *w) HF_MUST_USE;

#endif
