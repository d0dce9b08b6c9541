/* Native JSON to a profile: a walk over the table of fields.c. Duplicate and unknown keys are
 * refused, so that a typing error never becomes a silently weaker profile. */
#include "profile/fields.h"
#include "profile/text.h"

#include <jansson.h>
#include <string.h>

#define NATIVE_VERSION 1

static hf_bytes string_bytes(const json_t *value)
{
    return (hf_bytes){ (const uint8_t *)json_string_value(value), json_string_length(value) };
}

static bool decode_name(const struct hf_profile_field *field, const json_t *value, void *at)
{
    if (!json_is_string(value))
        return false;
    for (int i = 0; field->names[i] != NULL; i++) {
        if (hf_bytes_equal(string_bytes(value), hf_bytes_of_string(field->names[i]))) {
            memcpy(at, &i, sizeof i); /* every enum of the profile has the size of int */
            return true;
        }
    }
    return false;
}

static bool decode_integer(const json_t *value, json_int_t max, json_int_t *out)
{
    *out = json_integer_value(value);
    return json_is_integer(value) && *out >= 0 && *out <= max;
}

static bool decode_entry(const struct hf_profile_field *field, const json_t *value, uint8_t *at)
{
    if (!json_is_string(value))
        return false;
    if (field->kind == HF_FIELD_PREFIXES)
        return hf_prefix_parse(string_bytes(value), (hf_prefix *)(void *)at);
    if (field->kind == HF_FIELD_ADDRESSES)
        return hf_address_parse(string_bytes(value), (hf_address *)(void *)at);
    if (field->kind == HF_FIELD_PORTS)
        return hf_profile_ports_parse(string_bytes(value), (struct hf_profile_ports *)(void *)at);
    return string_bytes(value).len != 0 &&
           hf_text_copy(string_bytes(value), (char *)at, field->size);
}

static bool decode_list(const struct hf_profile_field *field, const json_t *value, uint8_t *base)
{
    uint8_t *list = base + field->offset;
    size_t *count = (size_t *)(void *)(base + field->count_offset);
    size_t n = json_array_size(value);

    if (!json_is_array(value) || n > field->max)
        return false;
    for (*count = 0; *count < n; (*count)++) {
        if (!decode_entry(field, json_array_get(value, *count), list + *count * field->size))
            return false;
    }
    return true;
}

static bool decode_pem(const json_t *value, hf_buf *buf)
{
    if (!json_is_string(value))
        return false;
    hf_buf_clear(buf);
    return hf_buf_append(buf, string_bytes(value));
}

static bool decode_address(const json_t *value, hf_address *out)
{
    if (json_is_string(value) && json_string_length(value) == 0) {
        *out = (hf_address){ 0 };
        return true;
    }
    return json_is_string(value) && hf_address_parse(string_bytes(value), out);
}

static bool decode_records(const struct hf_profile_field *field, const json_t *value,
                           uint8_t *base);

static bool decode_value(const struct hf_profile_field *field, const json_t *value, uint8_t *base)
{
    void *at = base + field->offset;
    json_int_t number;

    switch (field->kind) {
    case HF_FIELD_TEXT:
        return json_is_string(value) && hf_text_copy(string_bytes(value), at, field->size);
    case HF_FIELD_BOOL:
        *(bool *)at = json_is_true(value);
        return json_is_boolean(value);
    case HF_FIELD_NUMBER:
        if (!decode_integer(value, UINT16_MAX, &number))
            return false;
        *(uint16_t *)at = (uint16_t)number;
        return true;
    case HF_FIELD_SECONDS:
        if (!decode_integer(value, 366LL * 86400, &number))
            return false;
        *(hf_duration *)at = HF_SECONDS(number);
        return true;
    case HF_FIELD_TIME:
        if (!decode_integer(value, INT32_MAX * 4LL, &number))
            return false;
        *(hf_wall_clock *)at = number;
        return true;
    case HF_FIELD_NAME:
        return decode_name(field, value, at);
    case HF_FIELD_PEM:
        return decode_pem(value, at);
    case HF_FIELD_ADDRESS:
        return decode_address(value, at);
    case HF_FIELD_TEXTS:
    case HF_FIELD_PREFIXES:
    case HF_FIELD_ADDRESSES:
    case HF_FIELD_PORTS:
        return decode_list(field, value, base);
    case HF_FIELD_RECORDS:
        return decode_records(field, value, base);
    }
    return false;
}

static bool is_same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static const struct hf_profile_field *find_field(const struct hf_profile_table *table,
                                                 const char *group, const char *key)
{
    for (size_t i = 0; i < table->count; i++) {
        if (is_same(table->fields[i].group, group) && strcmp(table->fields[i].key, key) == 0)
            return &table->fields[i];
    }
    return NULL;
}

/* One entry: its fields have no groups, so depth ends here. */
static bool decode_record(const struct hf_profile_table *table, json_t *object, uint8_t *at)
{
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value)
    {
        const struct hf_profile_field *field = find_field(table, NULL, key);

        if (field == NULL || !decode_value(field, value, at))
            return false;
    }
    return json_is_object(object);
}

static bool decode_records(const struct hf_profile_field *field, const json_t *value, uint8_t *base)
{
    size_t *count = (size_t *)(void *)(base + field->count_offset);
    size_t n = json_array_size(value);

    if (!json_is_array(value) || n > field->max)
        return false;
    for (*count = 0; *count < n; (*count)++) {
        if (!decode_record(field->records, json_array_get(value, *count),
                           base + field->offset + *count * field->size))
            return false;
    }
    return true;
}

static bool is_group(const char *key)
{
    for (size_t i = 0; i < hf_profile_table.count; i++) {
        const char *group = hf_profile_table.fields[i].group;

        if (group != NULL && strcmp(group, key) == 0)
            return true;
    }
    return false;
}

static hf_status refuse(struct hf_fault *fault, const char *group, const char *key, const char *why)
{
    hf_fault_set_text(fault->offered, hf_bytes_of_string(why));
    if (group != NULL) {
        hf_fault_set_text(fault->received, hf_bytes_of_string(group));
        hf_fault_add_text(fault->received, hf_bytes_of_string(key));
    } else {
        hf_fault_set_text(fault->received, hf_bytes_of_string(key));
    }
    return HF_ERR_PROFILE_INVALID;
}

/* Depth is bounded by construction: a group holds fields, never groups. */
static hf_status decode_object(const char *group, json_t *object, struct hf_profile *profile,
                               struct hf_fault *fault)
{
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value)
    {
        const struct hf_profile_field *field = find_field(&hf_profile_table, group, key);

        if (group == NULL && strcmp(key, "version") == 0) {
            if (json_integer_value(value) != NATIVE_VERSION)
                return refuse(fault, group, key, "version 1");
        } else if (group == NULL && field == NULL && is_group(key) && json_is_object(value)) {
            hf_status status = decode_object(key, value, profile, fault);

            if (status != HF_OK)
                return status;
        } else if (field == NULL) {
            return refuse(fault, group, key, "a known key");
        } else if (!decode_value(field, value, (uint8_t *)profile)) {
            return refuse(fault, group, key, "a value of the right type and size");
        }
    }
    return HF_OK;
}

void hf_profile_load(void)
{
    json_object_seed(0);
}

hf_status hf_profile_decode(hf_bytes json, struct hf_profile *out, struct hf_fault *out_fault)
{
    json_error_t error;
    struct hf_profile profile;
    json_t *root;
    hf_status status;

    *out_fault = hf_fault_make(HF_ERR_PROFILE_INVALID, HF_STAGE_PROFILE);
    if (json.len > HF_PROFILE_FILE_MAX)
        return refuse(out_fault, NULL, "file", "1 MiB at most");
    root = json_loadb((const char *)json.data, json.len, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(root)) {
        json_decref(root);
        return refuse(out_fault, NULL, root == NULL ? error.text : "file", "a JSON object");
    }
    hf_profile_init(&profile);
    status = json_object_get(root, "version") == NULL
                 ? refuse(out_fault, NULL, "version", "version 1")
                 : decode_object(NULL, root, &profile, out_fault);
    json_decref(root);
    if (status != HF_OK) {
        hf_profile_clear(&profile);
        return status;
    }
    hf_profile_clear(out);
    *out = profile;
    *out_fault = hf_fault_make(HF_OK, HF_STAGE_NONE);
    return HF_OK;
}
