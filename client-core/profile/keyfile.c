/* Key files: see keyfile.h. Syntax: Desktop Entry Specification, sections 3 and 4, as GKeyFile
 * reads it. */
#include "profile/keyfile.h"

#include <string.h>

struct reader {
    hf_bytes rest;
    struct hf_node *root, *group;
    size_t count;
};

static hf_bytes next_line(hf_bytes *rest)
{
    size_t len = 0;
    hf_bytes line;

    while (len < rest->len && rest->data[len] != '\n')
        len++;
    line = hf_bytes_slice(*rest, 0, len);
    len += len < rest->len;
    *rest = hf_bytes_slice(*rest, len, rest->len - len);
    return hf_text_trim(line);
}

static struct hf_node *add(struct reader *r, struct hf_node *parent, enum hf_node_kind kind,
                           hf_bytes name)
{
    if (++r->count > HF_NODE_COUNT_MAX)
        return NULL;
    return hf_node_new(parent, kind, name);
}

/* A group that stands twice is one group. */
static hf_status begin_group(struct reader *r, hf_bytes line)
{
    hf_bytes name;

    if (line.len < 3 || line.data[line.len - 1] != ']')
        return HF_ERR_MALFORMED;
    name = hf_bytes_slice(line, 1, line.len - 2);
    for (struct hf_node *at = r->root->first; at != NULL; at = at->next) {
        if (hf_bytes_equal(hf_buf_bytes(&at->name), name)) {
            r->group = at;
            return HF_OK;
        }
    }
    r->group = add(r, r->root, HF_NODE_OBJECT, name);
    return r->group == NULL ? HF_ERR_TOO_LARGE : HF_OK;
}

static uint8_t unescaped(uint8_t c)
{
    switch (c) {
    case 's':
        return ' ';
    case 'n':
        return '\n';
    case 't':
        return '\t';
    case 'r':
        return '\r';
    default:
        return c;
    }
}

static bool append_value(hf_buf *out, hf_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        bool escaped = text.data[i] == '\\' && i + 1 < text.len && text.data[i + 1] != ';';
        uint8_t c = escaped ? unescaped(text.data[++i]) : text.data[i];

        if (!hf_buf_append(out, (hf_bytes){ &c, 1 }))
            return false;
    }
    return true;
}

static hf_status add_key(struct reader *r, hf_bytes line)
{
    struct hf_node *node;
    size_t equals = 0;

    while (equals < line.len && line.data[equals] != '=')
        equals++;
    if (r->group == NULL || equals == 0 || equals == line.len)
        return HF_ERR_MALFORMED;
    node = add(r, r->group, HF_NODE_SCALAR, hf_text_trim(hf_bytes_slice(line, 0, equals)));
    if (node == NULL)
        return HF_ERR_TOO_LARGE;
    line = hf_text_trim(hf_bytes_slice(line, equals + 1, line.len - equals - 1));
    return append_value(&node->value, line) ? HF_OK : HF_ERR_TOO_LARGE;
}

hf_status hf_keyfile_decode(hf_bytes file, struct hf_node **out)
{
    static const uint8_t mark[] = { 0xef, 0xbb, 0xbf };
    struct reader r = { .rest = file };
    hf_status status = HF_OK;

    if (hf_bytes_equal(hf_bytes_slice(file, 0, sizeof mark), HF_BYTES_OF(mark)))
        r.rest = hf_bytes_slice(file, sizeof mark, file.len - sizeof mark);
    r.root = hf_node_new(NULL, HF_NODE_OBJECT, (hf_bytes){ 0 });
    if (r.root == NULL)
        return HF_ERR_NO_MEMORY;
    while (status == HF_OK && r.rest.len > 0) {
        hf_bytes line = next_line(&r.rest);

        if (line.len == 0 || line.data[0] == '#')
            continue;
        status = line.data[0] == '[' ? begin_group(&r, line) : add_key(&r, line);
    }
    if (status != HF_OK) {
        hf_node_free(r.root);
        return status;
    }
    *out = r.root;
    return HF_OK;
}
