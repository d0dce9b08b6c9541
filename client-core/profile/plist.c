/* Property lists by expat's events: see plist.h. Every limit stops the parser at once. */
#include "profile/plist.h"

#include "base/base64.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_MAX (512 * 1024)
#define KEY_MAX   256

struct builder {
    XML_Parser parser;
    struct hf_plist *root;
    struct hf_plist *open; /* the innermost container or scalar that has not ended */
    hf_buf key;            /* the last <key>, waiting for its value */
    bool in_key;
    bool seen_plist;
    size_t nodes, depth;
    hf_status status;
};

static void stop(struct builder *b, hf_status status)
{
    if (b->status == HF_OK)
        b->status = status;
    (void)XML_StopParser(b->parser, XML_FALSE);
}

static bool kind_of_element(const char *name, enum hf_plist_kind *out)
{
    static const struct {
        const char *name;
        enum hf_plist_kind kind;
    } rows[] = {
        {"dict",     HF_PLIST_DICT   },
        { "array",   HF_PLIST_ARRAY  },
        { "string",  HF_PLIST_STRING },
        { "data",    HF_PLIST_DATA   },
        { "real",    HF_PLIST_REAL   },
        { "integer", HF_PLIST_INTEGER},
        { "true",    HF_PLIST_BOOL   },
        { "false",   HF_PLIST_BOOL   },
        { "date",    HF_PLIST_DATE   },
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++) {
        if (strcmp(name, rows[i].name) == 0) {
            *out = rows[i].kind;
            return true;
        }
    }
    return false;
}

static bool is_container(const struct hf_plist *node)
{
    return node->kind == HF_PLIST_DICT || node->kind == HF_PLIST_ARRAY;
}

static struct hf_plist *new_node(enum hf_plist_kind kind, struct hf_plist *parent)
{
    struct hf_plist *node = calloc(1, sizeof *node);

    if (node == NULL)
        return NULL;
    node->kind = kind;
    node->parent = parent;
    node->key = hf_buf_with_max(KEY_MAX);
    node->value = hf_buf_with_max(VALUE_MAX);
    return node;
}

static void append_child(struct hf_plist *parent, struct hf_plist *child)
{
    if (parent->last == NULL)
        parent->first = child;
    else
        parent->last->next = child;
    parent->last = child;
}

/* Two values for one key would let two readers see two profiles. */
static bool has_key(const struct hf_plist *dict, const hf_buf *key)
{
    for (const struct hf_plist *child = dict->first; child != NULL; child = child->next) {
        if (hf_bytes_equal(hf_buf_bytes(&child->key), hf_buf_bytes(key)))
            return true;
    }
    return false;
}

/* Links a new node where the document stands; false where no value may stand. */
static bool place(struct builder *b, struct hf_plist *node)
{
    if (b->open == NULL) {
        if (b->root != NULL || !b->seen_plist)
            return false;
        b->root = node;
        return true;
    }
    if (!is_container(b->open))
        return false;
    if (b->open->kind == HF_PLIST_DICT) {
        if (b->key.len == 0 || has_key(b->open, &b->key))
            return false;
        node->key = b->key;
        b->key = hf_buf_with_max(KEY_MAX);
    }
    append_child(b->open, node);
    return true;
}

static void start_value(struct builder *b, const char *name, enum hf_plist_kind kind)
{
    struct hf_plist *node;

    if (++b->nodes > HF_PLIST_NODES_MAX || ++b->depth > HF_PLIST_DEPTH_MAX) {
        stop(b, HF_ERR_MALFORMED);
        return;
    }
    node = new_node(kind, b->open);
    if (node == NULL || !place(b, node)) {
        hf_plist_free(node);
        stop(b, node == NULL ? HF_ERR_NO_MEMORY : HF_ERR_MALFORMED);
        return;
    }
    node->truth = strcmp(name, "true") == 0;
    b->open = node;
}

static void XMLCALL on_start(void *context, const XML_Char *name, const XML_Char **attributes)
{
    struct builder *b = context;
    enum hf_plist_kind kind;

    (void)attributes;
    if (strcmp(name, "plist") == 0 && !b->seen_plist)
        b->seen_plist = true;
    else if (!b->seen_plist)
        stop(b, HF_ERR_PROFILE_FORMAT);
    else if (strcmp(name, "key") == 0 && b->open != NULL && b->open->kind == HF_PLIST_DICT &&
             b->key.len == 0 && !b->in_key)
        b->in_key = true;
    else if (!b->in_key && kind_of_element(name, &kind))
        start_value(b, name, kind);
    else
        stop(b, HF_ERR_MALFORMED);
}

static void XMLCALL on_text(void *context, const XML_Char *text, int len)
{
    struct builder *b = context;
    hf_bytes bytes = { (const uint8_t *)text, (size_t)len };
    hf_buf *to = b->in_key                                   ? &b->key
                 : b->open != NULL && !is_container(b->open) ? &b->open->value
                                                             : NULL;

    /* Text between elements is white space or, in files seen in the field, stray characters: it
     * means nothing. */
    if (to != NULL && !hf_buf_append(to, bytes))
        stop(b, HF_ERR_MALFORMED);
}

/* The text becomes what it stands for. */
static bool decode_data(hf_buf *value)
{
    hf_buf data = hf_buf_with_max(value->max);

    if (!hf_base64_decode(hf_buf_bytes(value), &data)) {
        hf_buf_free(&data);
        return false;
    }
    hf_buf_free(value);
    *value = data;
    return true;
}

static void XMLCALL on_end(void *context, const XML_Char *name)
{
    struct builder *b = context;

    if (b->in_key) {
        b->in_key = false;
        return;
    }
    if (strcmp(name, "plist") == 0 || b->open == NULL)
        return;
    if (b->open->kind == HF_PLIST_DATA && !decode_data(&b->open->value))
        stop(b, HF_ERR_CREDENTIAL_INVALID);
    b->open = b->open->parent;
    b->depth--;
}

static void XMLCALL on_entity(void *context, const XML_Char *name, int is_parameter,
                              const XML_Char *value, int value_len, const XML_Char *base,
                              const XML_Char *system_id, const XML_Char *public_id,
                              const XML_Char *notation)
{
    (void)name, (void)is_parameter, (void)value, (void)value_len, (void)base, (void)system_id,
        (void)public_id, (void)notation;
    stop(context, HF_ERR_DENIED);
}

static hf_status parse(struct builder *b, hf_bytes file)
{
    XML_SetUserData(b->parser, b);
    XML_SetElementHandler(b->parser, on_start, on_end);
    XML_SetCharacterDataHandler(b->parser, on_text);
    XML_SetEntityDeclHandler(b->parser, on_entity);
    if (XML_Parse(b->parser, (const char *)file.data, (int)file.len, XML_TRUE) != XML_STATUS_OK &&
        b->status == HF_OK)
        b->status = b->seen_plist ? HF_ERR_MALFORMED : HF_ERR_PROFILE_FORMAT;
    if (b->status == HF_OK && b->root == NULL)
        b->status = HF_ERR_MALFORMED;
    return b->status;
}

hf_status hf_plist_decode(hf_bytes file, struct hf_plist **out)
{
    struct builder b = { .key = hf_buf_with_max(KEY_MAX), .parser = XML_ParserCreate(NULL) };
    hf_status status;

    if (b.parser == NULL)
        return HF_ERR_NO_MEMORY;
    status = file.len > INT32_MAX ? HF_ERR_TOO_LARGE : parse(&b, file);
    XML_ParserFree(b.parser);
    hf_buf_free(&b.key);
    if (status != HF_OK) {
        hf_plist_free(b.root);
        return status;
    }
    *out = b.root;
    return HF_OK;
}

void hf_plist_free(struct hf_plist *node)
{
    struct hf_plist *child, *next;

    if (node == NULL)
        return;
    for (child = node->first; child != NULL;
         child = next) { /* as deep as HF_PLIST_DEPTH_MAX at most */
        next = child->next;
        hf_plist_free(child);
    }
    hf_buf_free(&node->key);
    hf_buf_free(&node->value);
    free(node);
}

const struct hf_plist *hf_plist_get(const struct hf_plist *dict, const char *key)
{
    if (dict == NULL || dict->kind != HF_PLIST_DICT)
        return NULL;
    for (const struct hf_plist *child = dict->first; child != NULL; child = child->next) {
        if (hf_bytes_equal(hf_buf_bytes(&child->key), hf_bytes_of_string(key)))
            return child;
    }
    return NULL;
}

hf_bytes hf_plist_text(const struct hf_plist *node)
{
    if (node == NULL || is_container(node) || node->kind == HF_PLIST_DATA ||
        node->kind == HF_PLIST_BOOL)
        return (hf_bytes){ 0 };
    return hf_buf_bytes(&node->value);
}

bool hf_plist_is_text(const struct hf_plist *node, const char *text)
{
    return node != NULL && hf_bytes_equal(hf_plist_text(node), hf_bytes_of_string(text));
}

bool hf_plist_number(const struct hf_plist *node, uint32_t *out)
{
    hf_bytes text = hf_plist_text(node);
    uint32_t value = 0;

    if (node == NULL)
        return false;
    if (node->kind == HF_PLIST_BOOL || hf_bytes_equal(text, hf_bytes_of_string("true")) ||
        hf_bytes_equal(text, hf_bytes_of_string("false"))) {
        *out = node->kind == HF_PLIST_BOOL ? node->truth : text.data[0] == 't';
        return true;
    }
    if (text.len == 0 || text.len > 12)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '.' && i > 0) /* "1.0" */
            break;
        if (text.data[i] < '0' || text.data[i] > '9' || value > (UINT32_MAX - 9) / 10)
            return false;
        value = value * 10 + (uint32_t)(text.data[i] - '0');
    }
    *out = value;
    return true;
}

static bool read_digits(hf_bytes text, size_t at, size_t count, int64_t *out)
{
    *out = 0;
    for (size_t i = at; i < at + count; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        *out = *out * 10 + (text.data[i] - '0');
    }
    return true;
}

/* Days from 1970-01-01, in the calendar of Gregory: years begin in March, so that the leap day is
 * their last. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t y = month > 2 ? year : year - 1, m = month > 2 ? month - 3 : month + 9;

    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

bool hf_plist_moment(const struct hf_plist *node, hf_wall_clock *out)
{
    static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
    hf_bytes text = hf_plist_text(node);
    int64_t year, month, day, hour, minute, second;

    if (text.len != sizeof form - 1)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (form[i] != 'd' && text.data[i] != form[i])
            return false;
    }
    if (!read_digits(text, 0, 4, &year) || !read_digits(text, 5, 2, &month) ||
        !read_digits(text, 8, 2, &day) || !read_digits(text, 11, 2, &hour) ||
        !read_digits(text, 14, 2, &minute) || !read_digits(text, 17, 2, &second))
        return false;
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 ||
        second > 60)
        return false;
    *out = ((days_of(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    return true;
}
