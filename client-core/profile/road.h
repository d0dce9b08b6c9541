/* What swanctl.conf and ipsec.conf have in common: who proves what to whom in which order, and
 * which of the secrets beside a connection is for it. */
#ifndef HF_PROFILE_ROAD_H
#define HF_PROFILE_ROAD_H

#include "profile/attachment.h"

#define HF_ROAD_ROUNDS  2
#define HF_ROAD_CERTS   4
#define HF_ROAD_IDS     8
#define HF_ROAD_SECRETS 32

/* One proof of one side; texts borrow from the file. */
struct hf_road_round {
    char path[HF_PROFILE_TEXT_MAX]; /* for notices */
    hf_bytes auth, id, eap_id, aaa_id;
    hf_bytes certs[HF_ROAD_CERTS]; /* paths */
    size_t cert_count;
    uint32_t number; /* rounds are made in this order */
};
struct hf_road_side {
    struct hf_road_round rounds[HF_ROAD_ROUNDS];
    size_t count;
};

enum hf_road_kind { HF_ROAD_EAP, HF_ROAD_IKE, HF_ROAD_PPK, HF_ROAD_KEY };
struct hf_road_secret {
    enum hf_road_kind kind;
    char path[HF_PROFILE_TEXT_MAX];
    hf_bytes ids[HF_ROAD_IDS]; /* for whom; none: for anybody */
    size_t id_count;
    hf_bytes value; /* as written: "0x" is hex, "0s" base64; of a KEY: its passphrase */
    hf_bytes file;  /* KEY */
};

struct hf_road {
    struct hf_road_side local, remote;
    struct hf_road_secret secrets[HF_ROAD_SECRETS];
    size_t secret_count;
};

/* The next of the side's rounds, with the walk's path; NULL: there are two already. */
struct hf_road_round *hf_road_begin(struct hf_walk *w, struct hf_road_side *side);
/* A secret with the walk's path; NULL: no room. */
struct hf_road_secret *hf_road_add_secret(struct hf_walk *w, struct hf_road *road,
                                          enum hf_road_kind kind);
/* After the walk: authentication, identities, trust and secrets of the profile. What the product
 * cannot do is refused at the path of its round. */
hf_status hf_road_finish(struct hf_walk *w, struct hf_road *road) HF_MUST_USE;

/* An identity with the type that its prefix names ("fqdn:", "email:", "@", "@#", ...); "%any" is
 * empty. HF_ERR_PROFILE_UNSUPPORTED: wildcards. HF_ERR_PROFILE_INVALID: no clean text. */
hf_status hf_road_identity(hf_bytes text, char out[HF_PROFILE_TEXT_MAX],
                           enum hf_profile_identity_type *out_type) HF_MUST_USE;
/* "4h", "30m", "10s", "1d", "3600", bounded by what a profile may hold. */
bool hf_road_duration(hf_bytes text, hf_duration *out) HF_MUST_USE;
/* "10.0.0.0/8", "0.0.0.0/0", "dynamic", "10.0.0.0/8[tcp/80]", with commas or white space between:
 * adds to what goes through the tunnel. A family's whole range lifts the split. */
hf_status hf_road_selectors(struct hf_walk *w, hf_bytes text) HF_MUST_USE;

#endif
