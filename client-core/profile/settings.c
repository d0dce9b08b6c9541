/* The syntax of strongswan.conf(5): see settings.h. */
#include "profile/settings.h"

#include <string.h>

struct cursor {
    hf_bytes file;
    size_t at, count;
};

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_end(const struct cursor *c)
{
    return c->at == c->file.len;
}

static uint8_t here(const struct cursor *c)
{
    return is_end(c) ? 0 : c->file.data[c->at];
}

static void skip_line(struct cursor *c)
{
    while (!is_end(c) && here(c) != '\n')
        c->at++;
}

/* White space and comments. */
static void skip_blanks(struct cursor *c)
{
    while (!is_end(c) && (is_blank(here(c)) || here(c) == '#')) {
        if (here(c) == '#')
            skip_line(c);
        else
            c->at++;
    }
}

static void skip_spaces(struct cursor *c)
{
    while (here(c) == ' ' || here(c) == '\t')
        c->at++;
}

static hf_bytes read_name(struct cursor *c)
{
    size_t start = c->at;

    while (!is_end(c) && !is_blank(here(c)) && strchr("={}#:", here(c)) == NULL)
        c->at++;
    return hf_bytes_slice(c->file, start, c->at - start);
}

static bool is_include(hf_bytes name)
{
    return hf_bytes_equal(name, hf_bytes_of_string("include"));
}

hf_bytes hf_settings_first_word(hf_bytes file)
{
    struct cursor c = { .file = file };
    hf_bytes name;

    for (skip_blanks(&c); is_include(name = read_name(&c)); skip_blanks(&c))
        skip_line(&c);
    return name;
}

static uint8_t unescaped(uint8_t c)
{
    return c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
}

static hf_status read_quoted(struct cursor *c, hf_buf *out)
{
    for (c->at++; !is_end(c) && here(c) != '"'; c->at++) {
        uint8_t octet = here(c);

        if (octet == '\\') {
            c->at++;
            if (is_end(c))
                return HF_ERR_MALFORMED;
            if (here(c) == '\n') /* the text goes on in the next line */
                continue;
            octet = unescaped(here(c));
        }
        if (!hf_buf_append(out, (hf_bytes){ &octet, 1 }))
            return HF_ERR_TOO_LARGE;
    }
    if (is_end(c))
        return HF_ERR_MALFORMED;
    c->at++;
    return HF_OK;
}

/* Up to the end of the line, a comment or the end of the section. */
static hf_status read_value(struct cursor *c, hf_buf *out)
{
    size_t start;
    hf_bytes text;

    skip_spaces(c);
    if (here(c) == '"')
        return read_quoted(c, out);
    start = c->at;
    while (!is_end(c) && strchr("\n#}", here(c)) == NULL)
        c->at++;
    text = hf_text_trim(hf_bytes_slice(c->file, start, c->at - start));
    return hf_buf_append(out, text) ? HF_OK : HF_ERR_TOO_LARGE;
}

/* A section that stands twice is one section, and of a value that stands twice the last counts. */
static struct hf_node *add(struct cursor *c, struct hf_node *parent, enum hf_node_kind kind,
                           hf_bytes name)
{
    if (++c->count > HF_NODE_COUNT_MAX)
        return NULL;
    for (struct hf_node *at = parent->first; at != NULL && !is_include(name); at = at->next) {
        if (at->kind == kind && hf_bytes_equal(hf_buf_bytes(&at->name), name)) {
            hf_buf_clear(&at->value);
            return at;
        }
    }
    return hf_node_new(parent, kind, name);
}

static hf_status read_scalar(struct cursor *c, struct hf_node *parent, hf_bytes name)
{
    struct hf_node *node = add(c, parent, HF_NODE_SCALAR, name);

    return node == NULL ? HF_ERR_TOO_LARGE : read_value(c, &node->value);
}

/* What follows a name: "= value", or "{", into which the reading goes down. */
static hf_status read_entry(struct cursor *c, struct hf_node **section, size_t *depth)
{
    hf_bytes name = read_name(c);

    if (name.len == 0)
        return HF_ERR_MALFORMED;
    if (is_include(name) && is_blank(here(c)))
        return read_scalar(c, *section, name);
    skip_blanks(c);
    if (here(c) == '=') {
        c->at++;
        return read_scalar(c, *section, name);
    }
    if (here(c) != '{')
        return HF_ERR_MALFORMED;
    c->at++;
    *section = *depth == HF_NODE_DEPTH_MAX ? NULL : add(c, *section, HF_NODE_OBJECT, name);
    (*depth)++;
    return *section == NULL ? HF_ERR_TOO_LARGE : HF_OK;
}

static hf_status read_file(struct cursor *c, struct hf_node *root)
{
    struct hf_node *section = root;
    hf_status status = HF_OK;
    size_t depth = 0;

    for (skip_blanks(c); status == HF_OK && !is_end(c); skip_blanks(c)) {
        if (here(c) != '}') {
            status = read_entry(c, &section, &depth);
        } else if (depth == 0) {
            status = HF_ERR_MALFORMED;
        } else {
            section = section->parent;
            depth--;
            c->at++;
        }
    }
    return status == HF_OK && depth > 0 ? HF_ERR_MALFORMED : status;
}

hf_status hf_settings_decode(hf_bytes file, struct hf_node **out)
{
    struct hf_node *root = hf_node_new(NULL, HF_NODE_OBJECT, (hf_bytes){ 0 });
    struct cursor c = { .file = file };
    hf_status status;

    if (root == NULL)
        return HF_ERR_NO_MEMORY;
    status = read_file(&c, root);
    if (status != HF_OK) {
        hf_node_free(root);
        return status;
    }
    *out = root;
    return HF_OK;
}
