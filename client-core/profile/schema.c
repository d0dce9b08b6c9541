/* The schema of a native profile, made from the table that reads and writes it. */
#include "profile/fields.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define PATH_MAX_OCTETS 128

/* --- help ------------------------------------------------------------------------------------- */
static const struct {
    const char *path, *help;
} helps[] = {
#define HF_FIELD_HELP(path, help) { path, help },
#include "profile/field_help.def"
#undef HF_FIELD_HELP
};

static const char *help_of(const char *path)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(helps); i++) {
        if (strcmp(helps[i].path, path) == 0)
            return helps[i].help;
    }
    return NULL;
}

/* "dns.split[].domain": `above` is "dns.split[]". */
static void join(const char *above, const char *key, char out[PATH_MAX_OCTETS])
{
    size_t len = above == NULL ? 0 : strlen(above);

    HF_ASSERT(len + strlen(key) + 2 <= PATH_MAX_OCTETS);
    if (len > 0) {
        hf_copy(out, above, len);
        out[len++] = '.';
    }
    hf_copy(out + len, key, strlen(key) + 1);
}

/* --- one field -------------------------------------------------------------------------------- */
static json_t *object_of(const struct hf_profile_table *table, const char *above);

static json_t *choices_of(const char *const *names)
{
    json_t *array = json_array();

    for (size_t i = 0; names[i] != NULL; i++)
        (void)json_array_append_new(array, json_string(names[i]));
    return array;
}

static json_t *number_to(json_int_t max)
{
    return json_pack("{s:s, s:i, s:I}", "type", "integer", "minimum", 0, "maximum", max);
}

static json_t *list_of(const struct hf_profile_field *field, json_t *entry)
{
    return json_pack("{s:s, s:I, s:o}", "type", "array", "maxItems", (json_int_t)field->max,
                     "items", entry);
}

static json_t *records_of(const struct hf_profile_field *field, const char *path)
{
    char entry[PATH_MAX_OCTETS];
    size_t len = strlen(path);

    HF_ASSERT(len + 3 <= sizeof entry);
    hf_copy(entry, path, len);
    hf_copy(entry + len, "[]", 3);
    return list_of(field, object_of(field->records, entry));
}

static json_t *type_of(const struct hf_profile_field *field, const char *path)
{
    switch (field->kind) {
    case HF_FIELD_TEXT:
        return json_pack("{s:s, s:I}", "type", "string", "maxLength", (json_int_t)field->size - 1);
    case HF_FIELD_BOOL:
        return json_pack("{s:s}", "type", "boolean");
    case HF_FIELD_NUMBER:
        return number_to(UINT16_MAX);
    case HF_FIELD_SECONDS:
        return number_to(366LL * 86400);
    case HF_FIELD_TIME:
        return number_to(INT32_MAX * 4LL);
    case HF_FIELD_NAME:
        return json_pack("{s:o}", "enum", choices_of(field->names));
    case HF_FIELD_PEM:
    case HF_FIELD_ADDRESS:
        return json_pack("{s:s}", "type", "string");
    case HF_FIELD_TEXTS:
        return list_of(field, json_pack("{s:s, s:i, s:I}", "type", "string", "minLength", 1,
                                        "maxLength", (json_int_t)field->size - 1));
    case HF_FIELD_PREFIXES:
    case HF_FIELD_ADDRESSES:
    case HF_FIELD_PORTS:
        return list_of(field, json_pack("{s:s}", "type", "string"));
    case HF_FIELD_RECORDS:
        return records_of(field, path);
    }
    return NULL;
}

static json_t *schema_of(const struct hf_profile_field *field, const char *above)
{
    char path[PATH_MAX_OCTETS];
    json_t *schema;
    const char *help;

    join(above, field->key, path);
    schema = type_of(field, path);
    help = help_of(path);
    if (help != NULL)
        (void)json_object_set_new(schema, "description", json_string(help));
    return schema;
}

/* --- objects ---------------------------------------------------------------------------------- */
/* The properties of a group; made where it is not there yet. Borrowed. */
static json_t *group_in(json_t *properties, const char *group)
{
    json_t *object = json_object_get(properties, group);

    if (object == NULL) {
        object = json_pack("{s:s, s:b, s:{}}", "type", "object", "additionalProperties", 0,
                           "properties");
        (void)json_object_set_new(properties, group, object);
    }
    return json_object_get(object, "properties");
}

static json_t *object_of(const struct hf_profile_table *table, const char *above)
{
    json_t *properties = json_object();

    for (size_t i = 0; i < table->count; i++) {
        const struct hf_profile_field *field = &table->fields[i];
        json_t *into = field->group == NULL ? properties : group_in(properties, field->group);

        (void)json_object_set_new(into, field->key,
                                  schema_of(field, field->group == NULL ? above : field->group));
    }
    return json_pack("{s:s, s:b, s:o}", "type", "object", "additionalProperties", 0, "properties",
                     properties);
}

hf_status hf_profile_schema(hf_buf *out)
{
    json_t *schema = object_of(&hf_profile_table, NULL);
    hf_status status = HF_ERR_NO_MEMORY;
    char *text;

    (void)json_object_set_new(json_object_get(schema, "properties"), "version",
                              json_pack("{s:i}", "const", 1));
    (void)json_object_set_new(schema, "required", json_pack("[s]", "version"));
    (void)json_object_set_new(schema, "title", json_string("Holdfast profile"));
    (void)json_object_set_new(schema, "$schema",
                              json_string("https://json-schema.org/draft/2020-12/schema"));
    text = json_dumps(schema, JSON_INDENT(2));
    hf_buf_clear(out);
    if (text != NULL)
        status = hf_buf_append(out, hf_bytes_of_string(text)) ? HF_OK : HF_ERR_TOO_LARGE;
    free(text);
    json_decref(schema);
    return status;
}
