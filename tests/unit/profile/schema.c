/* The schema of the native profile: every key is there and says what it is. */

#include "profile/fields.h"
#include "support/test.h"

#include <jansson.h>

static json_t *read_schema(void)
{
    hf_buf out = hf_buf_with_max(1 << 20);
    json_t *schema;

    cr_assert_eq(hf_profile_schema(&out), HF_OK);
    schema = json_loadb((const char *)out.data, out.len, JSON_REJECT_DUPLICATES, NULL);
    cr_assert(schema != NULL);
    hf_buf_free(&out);
    return schema;
}

static json_t *property(json_t *object, const char *key)
{
    return json_object_get(json_object_get(object, "properties"), key);
}

static size_t expect_help(json_t *object, const struct hf_profile_table *table)
{
    size_t lines = 0;

    for (size_t i = 0; i < table->count; i++) {
        const struct hf_profile_field *field = &table->fields[i];
        json_t *at = field->group == NULL ? object : property(object, field->group);
        json_t *found = property(at, field->key);

        cr_expect(json_is_string(json_object_get(found, "description")), "%s has no help",
                  field->key);
        lines += 1 + (field->records == NULL
                          ? 0
                          : expect_help(json_object_get(found, "items"), field->records));
    }
    return lines;
}

Test(profile_schema, every_key_says_what_it_is)
{
    static const char *const helps[] = {
#define HF_FIELD_HELP(path, help) path,
#include "profile/field_help.def"
#undef HF_FIELD_HELP
    };
    json_t *schema = read_schema();

    cr_expect_eq(expect_help(schema, &hf_profile_table), HF_ARRAY_LEN(helps)); /* and no other */
    json_decref(schema);
}

Test(profile_schema, says_types_bounds_and_choices)
{
    json_t *schema = read_schema();
    json_t *lifetime = property(property(schema, "ike"), "lifetime");
    json_t *lock = property(schema, "kill-switch");
    json_t *rule = json_object_get(property(schema, "rules"), "items");

    cr_expect(json_is_false(json_object_get(schema, "additionalProperties")));
    cr_expect_str_eq(json_string_value(json_object_get(lifetime, "type")), "integer");
    cr_expect_eq(json_integer_value(json_object_get(lifetime, "maximum")), 366 * 86400);
    cr_expect_eq(json_array_size(json_object_get(lock, "enum")), 3);
    cr_expect_eq(json_array_size(json_object_get(property(rule, "action"), "enum")), 3);
    cr_expect_eq(json_integer_value(json_object_get(property(schema, "gateways"), "maxItems")),
                 HF_PROFILE_GATEWAYS);
    cr_expect_eq(json_integer_value(json_object_get(property(schema, "version"), "const")), 1);
    json_decref(schema);
}
