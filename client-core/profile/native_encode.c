/* A profile to native JSON: the walk of native_decode.c the other way. Defaults are written too, so
 * that a stored profile says what it means whatever later versions take as default. */
#include "profile/fields.h"
#include "profile/text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static json_t *encode_record(const struct hf_profile_table *table, const uint8_t *base);

static json_t *encode_entry(const struct hf_profile_field *field, const uint8_t *at)
{
    char text[HF_PREFIX_TEXT_MAX];

    if (field->kind == HF_FIELD_PREFIXES)
        return json_string(hf_prefix_format((const hf_prefix *)(const void *)at, text));
    if (field->kind == HF_FIELD_ADDRESSES)
        return json_string(hf_address_format((const hf_address *)(const void *)at, text));
    if (field->kind == HF_FIELD_PORTS)
        return json_string(
            hf_profile_ports_format((const struct hf_profile_ports *)(const void *)at, text));
    if (field->kind == HF_FIELD_RECORDS)
        return encode_record(field->records, at);
    return json_string((const char *)at);
}

static json_t *encode_list(const struct hf_profile_field *field, const uint8_t *base)
{
    size_t count = *(const size_t *)(const void *)(base + field->count_offset);
    json_t *array = json_array();

    for (size_t i = 0; i < count; i++) {
        if (json_array_append_new(
                array, encode_entry(field, base + field->offset + i * field->size)) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *encode_address(const hf_address *address)
{
    char text[HF_PREFIX_TEXT_MAX];

    return json_string(hf_address_is_any(address) ? "" : hf_address_format(address, text));
}

static json_t *encode_value(const struct hf_profile_field *field, const uint8_t *base)
{
    const void *at = base + field->offset;
    const hf_buf *buf = at;
    int index;

    switch (field->kind) {
    case HF_FIELD_TEXT:
        return json_string(at);
    case HF_FIELD_BOOL:
        return json_boolean(*(const bool *)at);
    case HF_FIELD_NUMBER:
        return json_integer(*(const uint16_t *)at);
    case HF_FIELD_SECONDS:
        return json_integer((json_int_t)(*(const hf_duration *)at / HF_SECONDS(1)));
    case HF_FIELD_NAME:
        memcpy(&index, at, sizeof index);
        return json_string(field->names[index]);
    case HF_FIELD_TIME:
        return json_integer(*(const hf_wall_clock *)at);
    case HF_FIELD_PEM:
        return buf->len == 0 ? json_string("") : json_stringn((const char *)buf->data, buf->len);
    case HF_FIELD_ADDRESS:
        return encode_address(at);
    case HF_FIELD_TEXTS:
    case HF_FIELD_PREFIXES:
    case HF_FIELD_ADDRESSES:
    case HF_FIELD_PORTS:
    case HF_FIELD_RECORDS:
        return encode_list(field, base);
    }
    return NULL;
}

static json_t *encode_record(const struct hf_profile_table *table, const uint8_t *base)
{
    json_t *object = json_object();

    for (size_t i = 0; i < table->count; i++) {
        if (json_object_set_new(object, table->fields[i].key,
                                encode_value(&table->fields[i], base)) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

static json_t *group_of(json_t *root, const char *name)
{
    json_t *group;

    if (name == NULL)
        return root;
    group = json_object_get(root, name);
    if (group == NULL && json_object_set_new(root, name, json_object()) == 0)
        group = json_object_get(root, name);
    return group;
}

hf_status hf_profile_encode(const struct hf_profile *profile, hf_buf *out)
{
    json_t *root = json_pack("{s:i}", "version", 1);
    hf_status status = HF_ERR_NO_MEMORY;
    char *text = NULL;

    hf_buf_clear(out);
    for (size_t i = 0; i < hf_profile_table.count; i++) {
        const struct hf_profile_field *field = &hf_profile_table.fields[i];

        if (json_object_set_new(group_of(root, field->group), field->key,
                                encode_value(field, (const uint8_t *)profile)) != 0)
            goto done;
    }
    text = json_dumps(root, JSON_INDENT(2));
    if (text == NULL)
        goto done;
    status = hf_buf_append(out, hf_bytes_of_string(text)) ? HF_OK : HF_ERR_TOO_LARGE;
done:
    free(text);
    json_decref(root);
    return status;
}
