/* Policy files: JSON whose keys are rows of policy.def. */
#include "policy/values.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define POLICY_VERSION 1
#define NUMBER_MAX     (366 * 24 * 60) /* minutes of a year; more days than anybody warns of */

static hf_bytes string_bytes(const json_t *value)
{
    return (hf_bytes){ (const uint8_t *)json_string_value(value), json_string_length(value) };
}

static bool is_printable(hf_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < 0x20 || text.data[i] == 0x7f)
            return false;
    }
    return true;
}

static bool read_text(const json_t *value, char out[HF_POLICY_TEXT_MAX])
{
    hf_bytes text = string_bytes(value);

    if (!json_is_string(value) || text.len >= HF_POLICY_TEXT_MAX || !is_printable(text))
        return false;
    hf_copy(out, text.data, text.len);
    out[text.len] = '\0';
    return true;
}

/* Lists whose entries have a syntax of their own are refused here, not ignored later. */
static bool is_entry_good(enum hf_policy_key key, const char *text)
{
    struct hf_policy_hours hours;
    hf_prefix prefix;

    if (key == HF_POLICY_ALLOWED_HOURS)
        return hf_policy_hours_parse(hf_bytes_of_string(text), &hours);
    if (key == HF_POLICY_ALLOWED_NETWORKS)
        return hf_prefix_parse(hf_bytes_of_string(text), &prefix);
    return text[0] != '\0';
}

static bool read_texts(enum hf_policy_key key, const json_t *array, struct hf_policy_value *out)
{
    size_t count = json_array_size(array);

    if (!json_is_array(array) || count > HF_POLICY_TEXTS)
        return false;
    for (out->text_count = 0; out->text_count < count; out->text_count++) {
        char *text = out->text[out->text_count];

        if (!read_text(json_array_get(array, out->text_count), text) || !is_entry_good(key, text))
            return false;
    }
    return true;
}

static bool read_name(const char *const *choices, const json_t *value, uint32_t *out)
{
    for (uint32_t i = 0; choices[i] != NULL; i++) {
        if (json_is_string(value) &&
            hf_bytes_equal(string_bytes(value), hf_bytes_of_string(choices[i]))) {
            *out = i;
            return true;
        }
    }
    return false;
}

static bool read_value(enum hf_policy_key key, const json_t *value, struct hf_policy_value *out)
{
    const struct hf_policy_row *row = &hf_policy_rows[key];

    switch (row->kind) {
    case HF_POLICY_BOOL:
        out->number = json_is_true(value);
        return json_is_boolean(value);
    case HF_POLICY_NUMBER:
        if (!json_is_integer(value) || json_integer_value(value) < 0 ||
            json_integer_value(value) > NUMBER_MAX)
            return false;
        out->number = (uint32_t)json_integer_value(value);
        return true;
    case HF_POLICY_NAME:
        return read_name(row->choices, value, &out->number);
    case HF_POLICY_TEXT:
        return read_text(value, out->text[0]);
    case HF_POLICY_LIST_OF_TEXTS:
        return read_texts(key, value, out);
    }
    return false;
}

static bool find_key(const char *name, enum hf_policy_key *out)
{
    for (unsigned i = 0; i < HF_POLICY_KEY_COUNT; i++) {
        if (strcmp(hf_policy_rows[i].name, name) == 0) {
            *out = (enum hf_policy_key)i;
            return true;
        }
    }
    return false;
}

static hf_status refuse(struct hf_fault *fault, const char *key, const char *why)
{
    *fault = hf_fault_make(HF_ERR_POLICY_INVALID, HF_STAGE_PROFILE);
    hf_fault_set_text(fault->received, hf_bytes_of_string(key));
    hf_fault_set_text(fault->offered, hf_bytes_of_string(why));
    return HF_ERR_POLICY_INVALID;
}

static void set_origin(struct hf_policy_value *value, enum hf_policy_tier tier, const char *origin)
{
    size_t len = strlen(origin);

    if (len >= sizeof value->origin)
        len = sizeof value->origin - 1;
    value->set = true;
    value->tier = tier;
    hf_copy(value->origin, origin, len);
    value->origin[len] = '\0';
}

static hf_status read_keys(json_t *root, enum hf_policy_tier tier, const char *origin,
                           struct hf_policy *out, struct hf_fault *fault)
{
    const char *name;
    json_t *json;

    json_object_foreach(root, name, json)
    {
        struct hf_policy_value *value;
        enum hf_policy_key key;

        if (strcmp(name, "version") == 0)
            continue;
        if (!find_key(name, &key))
            return refuse(fault, name, "a known key");
        value = &out->values[key];
        if (value->set && value->tier > tier)
            continue; /* a later tier has spoken already */
        if (key == HF_POLICY_REQUIRE_SIGNATURE && tier != HF_POLICY_TIER_VENDOR) {
            if (!json_is_boolean(json))
                return refuse(fault, name, hf_policy_rows[key].help);
            continue; /* whoever it is to bind could lift it */
        }
        memset(value, 0, sizeof *value);
        if (!read_value(key, json, value))
            return refuse(fault, name, hf_policy_rows[key].help);
        set_origin(value, tier, origin);
    }
    return HF_OK;
}

hf_status hf_policy_merge(struct hf_policy *policy, enum hf_policy_tier tier, const char *origin,
                          hf_bytes json, struct hf_fault *out_fault)
{
    struct hf_policy *merged = malloc(sizeof *merged);
    json_error_t error;
    json_t *root = NULL;
    hf_status status = HF_ERR_NO_MEMORY;

    *out_fault = hf_fault_make(HF_ERR_NO_MEMORY, HF_STAGE_PROFILE);
    if (merged == NULL)
        return status;
    if (json.len <= HF_POLICY_FILE_MAX)
        root = json_loadb((const char *)json.data, json.len, JSON_REJECT_DUPLICATES, &error);
    else
        hf_copy(error.text, "256 KiB at most", sizeof "256 KiB at most");
    if (!json_is_object(root))
        status = refuse(out_fault, root == NULL ? error.text : "file", "a JSON object");
    else if (json_integer_value(json_object_get(root, "version")) != POLICY_VERSION)
        status = refuse(out_fault, "version", "version 1");
    else {
        *merged = *policy;
        status = read_keys(root, tier, origin, merged, out_fault);
    }
    if (status == HF_OK) {
        *policy = *merged;
        *out_fault = hf_fault_make(HF_OK, HF_STAGE_NONE);
    }
    json_decref(root);
    free(merged);
    return status;
}

void hf_policy_fail_closed(struct hf_policy *policy, const char *origin)
{
    for (unsigned i = 0; i < HF_POLICY_KEY_COUNT; i++) {
        struct hf_policy_value *value = &policy->values[i];
        json_t *strict;

        if (hf_policy_rows[i].strict[0] == '\0' || hf_policy_is_managed(policy, i))
            continue;
        strict = json_loads(hf_policy_rows[i].strict, JSON_DECODE_ANY, NULL);
        memset(value, 0, sizeof *value);
        HF_ASSERT(read_value((enum hf_policy_key)i, strict, value));
        set_origin(value, HF_POLICY_TIER_MANAGED, origin);
        json_decref(strict);
    }
}
