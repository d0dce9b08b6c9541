/* What the parts of the swanctl.conf importer share. */
#ifndef HF_PROFILE_SWANCTL_H
#define HF_PROFILE_SWANCTL_H

#include "profile/road.h"

struct hf_swanctl {
    struct hf_road road;
    bool has_addresses, has_v4, has_v6; /* vips */
    size_t children;                    /* that make a tunnel */
};

/* One connection; the secrets of the file. */
extern const struct hf_walk_table hf_swanctl_connection_table, hf_swanctl_secrets_table;
/* A path of a CA certificate, or several with commas between, into the profile's trust. */
hf_walk_apply hf_swanctl_trust;

#endif
