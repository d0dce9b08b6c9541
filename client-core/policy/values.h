/* How a policy is kept: one value for each key of policy.def. */
#ifndef HF_POLICY_VALUES_H
#define HF_POLICY_VALUES_H

#include <holdfast/policy.h>

enum hf_policy_kind {
    HF_POLICY_BOOL,
    HF_POLICY_NUMBER,
    HF_POLICY_NAME,
    HF_POLICY_TEXT,
    HF_POLICY_LIST_OF_TEXTS,
};

struct hf_policy_row {
    const char *name;
    enum hf_policy_kind kind;
    const char *const *choices; /* NAME: ends with NULL */
    const char *strict, *help;
};
extern const struct hf_policy_row hf_policy_rows[HF_POLICY_KEY_COUNT];

struct hf_policy_value {
    bool set;
    enum hf_policy_tier tier;
    char origin[HF_POLICY_ORIGIN_MAX];
    bool is_signed;
    uint32_t number; /* BOOL, NUMBER, NAME */
    char text[HF_POLICY_TEXTS][HF_POLICY_TEXT_MAX];
    size_t text_count;
};

struct hf_policy {
    struct hf_policy_value values[HF_POLICY_KEY_COUNT];
};

/* Entries of a list that have a meaning of their own. */
struct hf_policy_hours {
    unsigned first_day, last_day; /* 0: Sunday; a span may wrap */
    unsigned from, to;            /* minutes since midnight; a span may wrap past midnight */
};
/* "Mon-Fri 07:00-19:30", "Sat 09:00-12:00", "07:00-19:00": every day. */
bool hf_policy_hours_parse(hf_bytes text, struct hf_policy_hours *out) HF_MUST_USE;
bool hf_policy_hours_hold(const struct hf_policy_hours *hours, unsigned weekday, unsigned minute);

/* "gw.example.com", "*.example.com", "192.0.2.1" against a profile's gateway. */
bool hf_policy_server_matches(const char *pattern, const char *gateway);

#endif
