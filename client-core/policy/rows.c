/* The rows of policy.def. Choices stand in the order of the enumeration that they mean. */
#include "policy/values.h"

static const char *const kill_switches[] = { "session", "always", "off", NULL };
static const char *const permissions[] = { "yes", "withReason", "no", NULL };
static const char *const levels[] = { "default", "cnsa1", "cnsa2", "pq-strict", NULL };
static const char *const revocations[] = { "off", "soft", "hard", NULL };
static const char *const stores[] = { "any", "tpm", "pkcs11", NULL };
static const char *const log_levels[] = { "error", "warning", "info", "debug", NULL };

#define KIND_BOOL   HF_POLICY_BOOL
#define KIND_NUMBER HF_POLICY_NUMBER
#define KIND_NAME   HF_POLICY_NAME
#define KIND_TEXT   HF_POLICY_TEXT
#define KIND_TEXTS  HF_POLICY_LIST_OF_TEXTS

const struct hf_policy_row hf_policy_rows[HF_POLICY_KEY_COUNT] = {
#define HF_POLICY(key, json, kind, choices, strict, help)                                          \
    [HF_POLICY_##key] = { json, KIND_##kind, choices, strict, help },
#include "policy/policy.def"
#undef HF_POLICY
};
