/* What the parts of the .mobileconfig importer share: the walk that accounts for every key of a
 * dictionary. */
#ifndef HF_PROFILE_MOBILECONFIG_H
#define HF_PROFILE_MOBILECONFIG_H

#include "profile/import.h"
#include "profile/plist.h"

struct hf_mobileconfig {
    struct hf_import *out;
    struct hf_fault *fault;
    const struct hf_import_options *options;
    const struct hf_plist *root;
    const struct hf_plist *vpn;     /* the payload that became the profile */
    uint32_t eap, has_certificate;  /* keys whose meaning depends on each other, gathered first */
    char path[HF_PROFILE_TEXT_MAX]; /* of the dictionary being walked */
};

/* Applies one value. Returning HF_ERR_PROFILE_UNSUPPORTED makes a notice and the import goes on;
 * other failures end it. */
typedef hf_status hf_mobileconfig_apply(struct hf_mobileconfig *m, const struct hf_plist *value);

struct hf_mobileconfig_key {
    const char *key;
    hf_mobileconfig_apply *apply;     /* NULL: nothing to do */
    enum hf_notice_severity severity; /* with `apply`: of a value that could not be applied */
    const char *text; /* the notice; with `apply`, of a value that could not be applied */
};

/* Walks `dict`: each key is applied or noted by its row, a key without a row is noted as
 * unsupported. `segment` is appended to the path for the walk. */
hf_status hf_mobileconfig_walk(struct hf_mobileconfig *m, const struct hf_plist *dict,
                               const char *segment, const struct hf_mobileconfig_key *keys,
                               size_t count) HF_MUST_USE;
/* Ends the import: the path of the key, and what would have been right. */
hf_status hf_mobileconfig_refuse(struct hf_mobileconfig *m, hf_status status, const char *key,
                                 const char *why);

/* The dictionary IKEv2 of a com.apple.vpn.managed payload (mobileconfig_ikev2.c). */
hf_status hf_mobileconfig_ikev2(struct hf_mobileconfig *m, const struct hf_plist *dict) HF_MUST_USE;
/* Certificate payloads: anchors, and the PKCS#12 that the VPN names (mobileconfig_certificates.c).
 */
hf_status hf_mobileconfig_certificates(struct hf_mobileconfig *m,
                                       const struct hf_plist *payloads) HF_MUST_USE;

#endif
