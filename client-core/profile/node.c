/* Nodes of XML and JSON files: see node.h. */
#include "profile/node.h"

#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LEN 256
#define VALUE_MAX    (1024 * 1024)

struct hf_node *hf_node_new(struct hf_node *parent, enum hf_node_kind kind, hf_bytes name)
{
    struct hf_node *node = calloc(1, sizeof *node);

    if (node == NULL)
        return NULL;
    node->kind = kind;
    node->parent = parent;
    node->name = hf_buf_with_max(NAME_MAX_LEN);
    node->space = hf_buf_with_max(NAME_MAX_LEN);
    node->value = hf_buf_with_max(VALUE_MAX);
    if (!hf_buf_append(&node->name, name)) {
        free(node);
        return NULL;
    }
    if (parent != NULL && parent->last != NULL)
        parent->last->next = node;
    else if (parent != NULL)
        parent->first = node;
    if (parent != NULL)
        parent->last = node;
    return node;
}

void hf_node_free(struct hf_node *node)
{
    struct hf_node *next;

    if (node == NULL)
        return;
    for (struct hf_node *child = node->first; child != NULL; child = next) {
        next = child->next;
        hf_node_free(child); /* as deep as HF_NODE_DEPTH_MAX at most */
    }
    hf_buf_free(&node->name);
    hf_buf_free(&node->space);
    hf_buf_free(&node->value);
    free(node);
}

bool hf_node_is_named(const struct hf_node *node, const char *name)
{
    return node != NULL && hf_bytes_equal(hf_buf_bytes(&node->name), hf_bytes_of_string(name));
}

static const struct hf_node *get(const struct hf_node *parent, hf_bytes name)
{
    if (parent == NULL)
        return NULL;
    for (const struct hf_node *child = parent->first; child != NULL; child = child->next) {
        if (hf_bytes_equal(hf_buf_bytes(&child->name), name))
            return child;
    }
    return NULL;
}

const struct hf_node *hf_node_get(const struct hf_node *parent, const char *name)
{
    return get(parent, hf_bytes_of_string(name));
}

const struct hf_node *hf_node_find(const struct hf_node *parent, const char *path)
{
    hf_bytes rest = hf_bytes_of_string(path), name;

    while (parent != NULL && hf_text_next(&rest, "/", &name))
        parent = get(parent, name);
    return parent;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

hf_bytes hf_text_trim(hf_bytes text)
{
    while (text.len > 0 && is_space(text.data[0]))
        text = hf_bytes_slice(text, 1, text.len - 1);
    while (text.len > 0 && is_space(text.data[text.len - 1]))
        text.len--;
    return text;
}

bool hf_text_next(hf_bytes *rest, const char *separators, hf_bytes *out)
{
    while (rest->len > 0) {
        size_t len = 0;
        hf_bytes part;

        while (len < rest->len &&
               (rest->data[len] == '\0' || strchr(separators, rest->data[len]) == NULL))
            len++;
        part = hf_text_trim(hf_bytes_slice(*rest, 0, len));
        *rest =
            len < rest->len ? hf_bytes_slice(*rest, len + 1, rest->len - len - 1) : (hf_bytes){ 0 };
        if (part.len != 0) {
            *out = part;
            return true;
        }
    }
    return false;
}

hf_bytes hf_node_raw(const struct hf_node *node)
{
    return node != NULL && node->kind == HF_NODE_SCALAR ? hf_buf_bytes(&node->value)
                                                        : (hf_bytes){ 0 };
}

hf_bytes hf_node_text(const struct hf_node *node)
{
    return hf_text_trim(hf_node_raw(node));
}

bool hf_node_is_text(const struct hf_node *node, const char *text)
{
    return node != NULL && hf_bytes_equal_nocase(hf_node_text(node), hf_bytes_of_string(text));
}

bool hf_node_bool(const struct hf_node *node, bool *out)
{
    static const char *const words[][2] = {
        {"true", "false"},
        { "1",   "0"    },
        { "yes", "no"   }
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(words); i++) {
        for (size_t k = 0; k < 2; k++) {
            if (hf_node_is_text(node, words[i][k])) {
                *out = k == 0;
                return true;
            }
        }
    }
    return false;
}

bool hf_node_number(const struct hf_node *node, uint32_t *out)
{
    hf_bytes text = hf_node_text(node);
    uint32_t value = 0;
    bool in_fraction = false;

    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];

        if (c == '.' && i > 0 && !in_fraction) {
            in_fraction = true;
            continue;
        }
        if (c < '0' || c > '9' || (in_fraction && c != '0') ||
            (!in_fraction && (value > (UINT32_MAX - (uint32_t)(c - '0')) / 10)))
            return false;
        if (!in_fraction)
            value = value * 10 + (uint32_t)(c - '0');
    }
    if (text.len == 0)
        return false;
    *out = value;
    return true;
}

struct hf_node_items hf_node_items(const struct hf_node *value)
{
    if (value != NULL && value->kind == HF_NODE_ARRAY)
        return (struct hf_node_items){ .at = value->first };
    return (struct hf_node_items){ .rest = hf_node_text(value) };
}

bool hf_node_items_next(struct hf_node_items *items, const char *separators, hf_bytes *out)
{
    while (items->at != NULL) {
        *out = hf_node_text(items->at);
        items->at = items->at->next;
        if (out->len != 0)
            return true;
    }
    return hf_text_next(&items->rest, separators, out);
}
