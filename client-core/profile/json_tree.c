/* JSON by jansson: see json_tree.h. Values become text, whatever type the file gives them. */
#include "profile/json_tree.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct builder {
    size_t nodes;
    struct hf_node *root;
};

static hf_bytes key_bytes(const char *key)
{
    return key == NULL ? (hf_bytes){ 0 } : hf_bytes_of_string(key);
}

static enum hf_node_kind kind_of(const json_t *value)
{
    if (json_is_object(value))
        return HF_NODE_OBJECT;
    if (json_is_array(value))
        return HF_NODE_ARRAY;
    return json_is_null(value) ? HF_NODE_NULL : HF_NODE_SCALAR;
}

static hf_status set_text(struct hf_node *node, const json_t *value)
{
    hf_bytes string = { (const uint8_t *)json_string_value(value), json_string_length(value) };
    char *text = json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY);
    hf_status status = HF_OK;

    if (!json_is_string(value) && text == NULL)
        return HF_ERR_NO_MEMORY;
    if (!hf_buf_append(&node->value, text == NULL ? string : hf_bytes_of_string(text)))
        status = HF_ERR_MALFORMED;
    free(text);
    return status;
}

static hf_status build(struct builder *b, struct hf_node *parent, const char *key,
                       const json_t *value, size_t depth)
{
    struct hf_node *node;
    hf_status status = HF_OK;
    const char *name;
    json_t *child;
    size_t i;

    if (++b->nodes > HF_NODE_COUNT_MAX || depth > HF_NODE_DEPTH_MAX)
        return HF_ERR_MALFORMED;
    node = hf_node_new(parent, kind_of(value), key_bytes(key));
    if (node == NULL)
        return HF_ERR_MALFORMED;
    if (parent == NULL)
        b->root = node;
    if (node->kind == HF_NODE_SCALAR)
        return set_text(node, value);
    json_object_foreach((json_t *)value, name, child)
    {
        if (status == HF_OK)
            status = build(b, node, name, child, depth + 1);
    }
    json_array_foreach(value, i, child)
    {
        if (status == HF_OK)
            status = build(b, node, NULL, child, depth + 1);
    }
    return status;
}

hf_status hf_json_decode(hf_bytes file, struct hf_node **out)
{
    static const uint8_t mark[] = { 0xef, 0xbb, 0xbf };
    struct builder b = { .nodes = 0 };
    json_t *json;
    hf_status status;

    if (hf_bytes_equal(hf_bytes_slice(file, 0, sizeof mark), HF_BYTES_OF(mark)))
        file = hf_bytes_slice(file, sizeof mark, file.len - sizeof mark);
    json = json_loadb((const char *)file.data, file.len, JSON_REJECT_DUPLICATES, NULL);
    if (json == NULL || !json_is_object(json)) {
        json_decref(json);
        return HF_ERR_PROFILE_FORMAT;
    }
    status = build(&b, NULL, NULL, json, 1);
    json_decref(json);
    if (status != HF_OK) {
        hf_node_free(b.root);
        return status;
    }
    *out = b.root;
    return HF_OK;
}
