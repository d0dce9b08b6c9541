/* What the parts of the .mobileconfig importer share: tables of keys, and the walk that accounts
 * for every key of a dictionary by them. */
#ifndef HF_PROFILE_MOBILECONFIG_H
#define HF_PROFILE_MOBILECONFIG_H

#include "profile/import.h"
#include "profile/plist.h"

struct hf_mobileconfig {
    struct hf_import *out;
    struct hf_fault *fault;
    const struct hf_import_options *options;
    const struct hf_plist *root;
    const struct hf_plist *vpn;   /* the payload that became the profile */
    const struct hf_plist *dict;  /* being walked, for keys whose meaning depends on another */
    struct hf_profile_rule *rule; /* being filled; NULL: none */
    bool is_rule_cut;             /* it has more matches than can be kept */
    bool is_full;                 /* some key wants all traffic in the tunnel */
    hf_bytes certificate;         /* UUID of the payload with the client's key; empty: none named */
    bool enrols;                  /* that payload asks an authority for the key */
    const char *says;             /* what an apply function had to say; NULL: nothing */
    enum hf_notice_severity said;
    char path[HF_PROFILE_TEXT_MAX]; /* of the dictionary being walked */
};

/* Applies one value. Returning HF_ERR_PROFILE_UNSUPPORTED makes the row's notice and the import
 * goes on; other failures end it. */
typedef hf_status hf_mobileconfig_apply(struct hf_mobileconfig *m, const struct hf_plist *value);

struct hf_mobileconfig_key {
    const char *key;
    enum hf_plist_kind kind; /* by the schema; a value of another is said to be one, and read */
    hf_mobileconfig_apply *apply;     /* NULL: nothing to do */
    enum hf_notice_severity severity; /* with `apply`: of a value that could not be applied */
    const char *text; /* the notice; with `apply`, of a value that could not be applied */
};
struct hf_mobileconfig_table {
    const char *group; /* for people: "IKEv2" */
    const struct hf_mobileconfig_key *keys;
    size_t count;
    const struct hf_mobileconfig_table *more; /* where a key is looked for next; NULL: nowhere */
};
#define HF_MOBILECONFIG_TABLE(name, rows, next)                                                    \
    {                                                                                              \
        .group = name, .keys = rows, .count = HF_ARRAY_LEN(rows), .more = next                     \
    }

extern const struct hf_mobileconfig_table hf_mobileconfig_top, hf_mobileconfig_payload,
    hf_mobileconfig_vpn_table, hf_mobileconfig_ipv4, hf_mobileconfig_ikev2_table,
    hf_mobileconfig_ike_suite, hf_mobileconfig_esp_suite, hf_mobileconfig_ppp,
    hf_mobileconfig_ipsec, hf_mobileconfig_always_on, hf_mobileconfig_tunnel,
    hf_mobileconfig_demand_table, hf_mobileconfig_dns_table, hf_mobileconfig_proxies,
    hf_mobileconfig_pkcs12, hf_mobileconfig_anchor, hf_mobileconfig_enrolment;

/* Walks `dict`: each key is applied or noted by its row, a key without a row is noted as
 * unsupported. `segment` is appended to the path for the walk; on failure the path stays where it
 * was. A `dict` that is none is HF_ERR_PROFILE_INVALID. */
hf_status hf_mobileconfig_walk(struct hf_mobileconfig *m, const struct hf_plist *dict,
                               const char *segment,
                               const struct hf_mobileconfig_table *table) HF_MUST_USE;
/* The same for the entry of an array: "Name[3]". */
hf_status hf_mobileconfig_walk_entry(struct hf_mobileconfig *m, const struct hf_plist *dict,
                                     const char *name, size_t index,
                                     const struct hf_mobileconfig_table *table) HF_MUST_USE;
/* "Name[3]", as a segment of a path. */
#define HF_MOBILECONFIG_SEGMENT_MAX (HF_PROFILE_WORD_MAX + 24)
void hf_mobileconfig_entry(const char *name, size_t index, char out[HF_MOBILECONFIG_SEGMENT_MAX]);
/* Ends the import: the path of the key, and what would have been right. */
hf_status hf_mobileconfig_refuse(struct hf_mobileconfig *m, hf_status status, const char *key,
                                 const char *why);
/* A notice about a key of the dictionary being walked. */
hf_status hf_mobileconfig_note(struct hf_mobileconfig *m, enum hf_notice_severity severity,
                               const char *key, const char *text) HF_MUST_USE;
/* For apply functions: HF_OK, with a notice other than "applied". */
hf_status hf_mobileconfig_say(struct hf_mobileconfig *m, enum hf_notice_severity severity,
                              const char *text) HF_MUST_USE;
/* HF_ERR_PROFILE_INVALID: not text, not clean or too long. */
hf_status hf_mobileconfig_text(const struct hf_plist *value, char *out,
                               size_t capacity) HF_MUST_USE;
/* HF_ERR_PROFILE_INVALID: neither a truth value nor a number. */
hf_status hf_mobileconfig_truth(const struct hf_plist *value, bool *out) HF_MUST_USE;
/* Keeps text or data as a secret, and says that it was readable in the file. */
hf_status hf_mobileconfig_secret(struct hf_mobileconfig *m, const struct hf_plist *value,
                                 enum hf_secret_name name) HF_MUST_USE;
/* Locks one of the words of `struct hf_profile.locked`. */
void hf_mobileconfig_lock(struct hf_mobileconfig *m, const char *word);
/* The name of a VPN payload for people; empty: none. */
hf_bytes hf_mobileconfig_name(const struct hf_plist *payload);

/* Apply functions that several tables name. */
hf_mobileconfig_apply hf_mobileconfig_certificate, hf_mobileconfig_idle, hf_mobileconfig_idle_timer,
    hf_mobileconfig_demand_enabled, hf_mobileconfig_demand_rules, hf_mobileconfig_demand_override,
    hf_mobileconfig_dns, hf_mobileconfig_proxy;

/* The dictionaries of a com.apple.vpn.managed payload. */
hf_status hf_mobileconfig_ikev2(struct hf_mobileconfig *m, const struct hf_plist *dict,
                                const char *segment) HF_MUST_USE;
hf_status hf_mobileconfig_tunnel_walk(struct hf_mobileconfig *m, const struct hf_plist *dict,
                                      const char *segment,
                                      const struct hf_mobileconfig_table *table) HF_MUST_USE;
hf_mobileconfig_apply hf_mobileconfig_ike_parameters, hf_mobileconfig_child_parameters;
/* Where the file has parameters for IKE alone, ESP takes the same. */
hf_status hf_mobileconfig_inherit(struct hf_mobileconfig *m,
                                  const struct hf_plist *dict) HF_MUST_USE;
hf_mobileconfig_apply hf_mobileconfig_l2tp_ppp, hf_mobileconfig_l2tp_ipsec;
/* The whole VPN payload, of whatever type; `index` is its place in PayloadContent. */
hf_status hf_mobileconfig_vpn(struct hf_mobileconfig *m, size_t index) HF_MUST_USE;
/* True when the payload's type is one that can be imported. */
bool hf_mobileconfig_vpn_is_spoken(const struct hf_plist *payload);
/* Certificate payloads: anchors, and the PKCS#12 that the VPN names (mobileconfig_certificates.c).
 */
hf_status hf_mobileconfig_certificates(struct hf_mobileconfig *m,
                                       const struct hf_plist *payloads) HF_MUST_USE;

#endif
