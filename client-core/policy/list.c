/* A policy for people and tools: what holds and who said so, and the schema of its files. */
#include "policy/values.h"

#include <jansson.h>
#include <stdlib.h>

static const char *const tiers[HF_POLICY_TIER_COUNT] = { "vendor", "recommended", "managed" };

static json_t *texts_of(const struct hf_policy_value *value)
{
    json_t *array = json_array();

    for (size_t i = 0; i < value->text_count; i++)
        (void)json_array_append_new(array, json_string(value->text[i]));
    return array;
}

static json_t *value_of(const struct hf_policy_row *row, const struct hf_policy_value *value)
{
    switch (row->kind) {
    case HF_POLICY_BOOL:
        return json_boolean(value->number != 0);
    case HF_POLICY_NUMBER:
        return json_integer(value->number);
    case HF_POLICY_NAME:
        return json_string(row->choices[value->number]);
    case HF_POLICY_TEXT:
        return json_string(value->text[0]);
    case HF_POLICY_LIST_OF_TEXTS:
        return texts_of(value);
    }
    return NULL;
}

static hf_status print(json_t *json, hf_buf *out)
{
    char *text = json == NULL ? NULL : json_dumps(json, JSON_INDENT(2));
    hf_status status = HF_ERR_NO_MEMORY;

    hf_buf_clear(out);
    if (text != NULL)
        status = hf_buf_append(out, hf_bytes_of_string(text)) ? HF_OK : HF_ERR_TOO_LARGE;
    free(text);
    json_decref(json);
    return status;
}

hf_status hf_policy_list(const struct hf_policy *policy, hf_buf *out)
{
    json_t *list = json_array();

    for (size_t i = 0; i < HF_POLICY_KEY_COUNT; i++) {
        const struct hf_policy_value *value = &policy->values[i];
        const struct hf_policy_row *row = &hf_policy_rows[i];

        if (value->set)
            (void)json_array_append_new(
                list, json_pack("{s:s, s:o, s:s, s:s, s:b, s:b}", "key", row->name, "value",
                                value_of(row, value), "tier", tiers[value->tier], "origin",
                                value->origin, "signed", value->is_signed, "locked",
                                value->tier == HF_POLICY_TIER_MANAGED));
    }
    return print(list, out);
}

/* --- schema ----------------------------------------------------------------------------------- */
static json_t *choices_of(const char *const *choices)
{
    json_t *array = json_array();

    for (size_t i = 0; choices[i] != NULL; i++)
        (void)json_array_append_new(array, json_string(choices[i]));
    return array;
}

static json_t *schema_of(const struct hf_policy_row *row)
{
    switch (row->kind) {
    case HF_POLICY_BOOL:
        return json_pack("{s:s, s:s}", "description", row->help, "type", "boolean");
    case HF_POLICY_NUMBER:
        return json_pack("{s:s, s:s, s:i}", "description", row->help, "type", "integer", "minimum",
                         0);
    case HF_POLICY_NAME:
        return json_pack("{s:s, s:o}", "description", row->help, "enum", choices_of(row->choices));
    case HF_POLICY_TEXT:
        return json_pack("{s:s, s:s, s:i}", "description", row->help, "type", "string", "maxLength",
                         HF_POLICY_TEXT_MAX - 1);
    case HF_POLICY_LIST_OF_TEXTS:
        return json_pack("{s:s, s:s, s:i, s:{s:s, s:i, s:i}}", "description", row->help, "type",
                         "array", "maxItems", HF_POLICY_TEXTS, "items", "type", "string",
                         "minLength", 1, "maxLength", HF_POLICY_TEXT_MAX - 1);
    }
    return NULL;
}

hf_status hf_policy_schema(hf_buf *out)
{
    json_t *keys = json_pack("{s:{s:i}}", "version", "const", 1);

    for (size_t i = 0; i < HF_POLICY_KEY_COUNT; i++)
        (void)json_object_set_new(keys, hf_policy_rows[i].name, schema_of(&hf_policy_rows[i]));
    return print(json_pack("{s:s, s:s, s:s, s:o, s:[s], s:b}", "$schema",
                           "https://json-schema.org/draft/2020-12/schema", "title",
                           "Holdfast policy", "type", "object", "properties", keys, "required",
                           "version", "additionalProperties", 0),
                 out);
}
