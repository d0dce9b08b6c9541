/* The policy of an organisation: what profiles and users may do on this machine. Values come from
 * files in tiers (holdfast-policy(5)); each says where it came from. Pure: files, time and networks
 * are the caller's. */
#ifndef HOLDFAST_POLICY_H
#define HOLDFAST_POLICY_H

#include <holdfast/profile.h>

#define HF_POLICY_TEXT_MAX   256
#define HF_POLICY_TEXTS      32
#define HF_POLICY_ORIGIN_MAX 128
#define HF_POLICY_FILE_MAX   (256 * 1024)

/* Later tiers win. RECOMMENDED and what is before it fill in what a profile leaves open when it is
 * kept; MANAGED binds whenever it is used. */
enum hf_policy_tier {
    HF_POLICY_TIER_VENDOR,
    HF_POLICY_TIER_RECOMMENDED,
    HF_POLICY_TIER_MANAGED,
    HF_POLICY_TIER_COUNT,
};

enum hf_policy_key {
#define HF_POLICY(key, json, kind, choices, strict, help) HF_POLICY_##key,
#include "policy/policy.def"
#undef HF_POLICY
    HF_POLICY_KEY_COUNT,
};

enum hf_policy_permission { HF_POLICY_YES, HF_POLICY_WITH_REASON, HF_POLICY_NO };
enum hf_policy_store { HF_POLICY_STORE_ANY, HF_POLICY_STORE_TPM, HF_POLICY_STORE_PKCS11 };

struct hf_policy; /* a value for each key, or none */

hf_status hf_policy_new(struct hf_policy **out) HF_MUST_USE;
void hf_policy_free(struct hf_policy *policy);
void hf_policy_copy(struct hf_policy *to, const struct hf_policy *from);

/* Lays the keys of one file over what is there; `origin` names it to people. All or nothing.
 * HF_ERR_POLICY_INVALID: the fault names the key; duplicate and unknown keys are refused. */
hf_status hf_policy_merge(struct hf_policy *policy, enum hf_policy_tier tier, const char *origin,
                          hf_bytes json, struct hf_fault *out_fault) HF_MUST_USE;
/* Marks what came from this file as signed, for those who list it. */
void hf_policy_mark_signed(struct hf_policy *policy, const char *origin);
/* Replaces one key's value, origin and all, by that of another policy. */
void hf_policy_copy_key(struct hf_policy *to, const struct hf_policy *from, enum hf_policy_key key);
/* A managed file that cannot be read, of which no earlier reading is known: the keys of lock-down
 * take their strict values where nothing stricter is managed. */
void hf_policy_fail_closed(struct hf_policy *policy, const char *origin);

/* Where no file has the key, the accessors answer `otherwise`; for texts, none. */
bool hf_policy_has(const struct hf_policy *policy, enum hf_policy_key key);
bool hf_policy_is_managed(const struct hf_policy *policy, enum hf_policy_key key);
bool hf_policy_flag(const struct hf_policy *policy, enum hf_policy_key key, bool otherwise);
uint32_t hf_policy_number(const struct hf_policy *policy, enum hf_policy_key key,
                          uint32_t otherwise);
int hf_policy_name(const struct hf_policy *policy, enum hf_policy_key key, int otherwise);
const char *hf_policy_text(const struct hf_policy *policy, enum hf_policy_key key);
size_t hf_policy_texts(const struct hf_policy *policy, enum hf_policy_key key);
const char *hf_policy_nth_text(const struct hf_policy *policy, enum hf_policy_key key, size_t n);
/* The file that the value came from; "" for none. */
const char *hf_policy_origin(const struct hf_policy *policy, enum hf_policy_key key);
const char *hf_policy_key_name(enum hf_policy_key key);

/* Fills in what a profile that is about to be kept leaves at its default. */
void hf_policy_recommend(const struct hf_policy *policy, struct hf_profile *profile);
/* Binds a profile that is about to be used: managed values replace weaker ones of its own.
 * HF_ERR_POLICY: it may not be used at all; the fault's `offered` is the key, `received` the file.
 */
hf_status hf_policy_apply(const struct hf_policy *policy, struct hf_profile *profile,
                          struct hf_fault *out_fault) HF_MUST_USE;
/* May a profile of this format, brought by a user who is not root, be kept? HF_ERR_POLICY. */
hf_status hf_policy_check_import(const struct hf_policy *policy, const char *format, bool by_user,
                                 struct hf_fault *out_fault) HF_MUST_USE;

/* Where and when the question is asked: local time of day and week, and this machine's addresses.
 */
struct hf_policy_place {
    unsigned weekday; /* 0: Sunday */
    unsigned minute;  /* since midnight */
    const hf_address *addresses;
    size_t address_count;
};
/* May a tunnel be up here and now? HF_ERR_POLICY, as above. */
hf_status hf_policy_check_place(const struct hf_policy *policy, const struct hf_policy_place *place,
                                struct hf_fault *out_fault) HF_MUST_USE;
/* May a user who is not root end the protection? `reason` may be "". */
hf_status hf_policy_check_disconnect(const struct hf_policy *policy, const char *reason,
                                     struct hf_fault *out_fault) HF_MUST_USE;
/* May a user who is not root pause for so long? Where no file says how long, a pause is a
 * disconnect without a reason, and not longer than one may last. HF_ERR_POLICY. */
hf_status hf_policy_check_pause(const struct hf_policy *policy, uint32_t minutes,
                                struct hf_fault *out_fault) HF_MUST_USE;

/* Every key that has a value: {"key", "value", "tier", "origin", "signed", "locked"}, as a JSON
 * array. */
hf_status hf_policy_list(const struct hf_policy *policy, hf_buf *out) HF_MUST_USE;
/* The schema of a policy file (JSON Schema, draft 2020-12), made from the table. */
hf_status hf_policy_schema(hf_buf *out) HF_MUST_USE;

#endif
