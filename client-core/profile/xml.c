/* XML by expat's events: see xml.h. Every limit stops the parser at once. */
#include "profile/xml.h"

#include <expat.h>
#include <string.h>

#define NAMESPACE_SEPARATOR '\n' /* can stand in no name, nor in a URI after normalisation */
#define DECLARATION_MAX     100  /* octets at the start within which an encoding is declared */

struct builder {
    XML_Parser parser;
    struct hf_node *root;
    struct hf_node *open; /* the innermost element that has not ended */
    size_t nodes, depth;
    hf_status status;
};

static void stop(struct builder *b, hf_status status)
{
    if (b->status == HF_OK)
        b->status = status;
    (void)XML_StopParser(b->parser, XML_FALSE);
}

static void XMLCALL on_start(void *context, const XML_Char *name, const XML_Char **attributes)
{
    struct builder *b = context;
    const char *separator = strchr(name, NAMESPACE_SEPARATOR);
    hf_bytes local = hf_bytes_of_string(separator == NULL ? name : separator + 1);
    hf_bytes space = { (const uint8_t *)name, separator == NULL ? 0 : (size_t)(separator - name) };
    struct hf_node *node;

    (void)attributes;
    if (++b->nodes > HF_NODE_COUNT_MAX || ++b->depth > HF_NODE_DEPTH_MAX) {
        stop(b, HF_ERR_MALFORMED);
        return;
    }
    node = hf_node_new(b->open, HF_NODE_SCALAR, local);
    if (node == NULL) {
        stop(b, HF_ERR_MALFORMED);
        return;
    }
    if (b->open == NULL)
        b->root = node;
    else
        b->open->kind = HF_NODE_OBJECT;
    b->open = node;
    if (!hf_buf_append(&node->space, space))
        stop(b, HF_ERR_MALFORMED);
}

static void XMLCALL on_text(void *context, const XML_Char *text, int len)
{
    struct builder *b = context;
    hf_bytes bytes = { (const uint8_t *)text, (size_t)len };

    if (b->open != NULL && !hf_buf_append(&b->open->value, bytes))
        stop(b, HF_ERR_MALFORMED);
}

static void XMLCALL on_end(void *context, const XML_Char *name)
{
    struct builder *b = context;
    struct hf_node *node = b->open;

    (void)name;
    if (node->kind == HF_NODE_OBJECT) {
        node->stray_text = hf_text_trim(hf_buf_bytes(&node->value)).len != 0;
        hf_buf_free(&node->value);
    }
    b->open = node->parent;
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

/* An entity that only an external DTD could declare. */
static void XMLCALL on_skipped(void *context, const XML_Char *name, int is_parameter)
{
    (void)name, (void)is_parameter;
    stop(context, HF_ERR_DENIED);
}

static bool starts_with(hf_bytes file, const void *octets, size_t len)
{
    return file.len >= len && memcmp(file.data, octets, len) == 0;
}

/* Octets rule: files in the field declare "utf-16" and are stored in UTF-8. */
static const char *encoding_of(hf_bytes file)
{
    static const uint8_t little[] = { 0xff, 0xfe }, big[] = { 0xfe, 0xff };
    hf_bytes start;

    if (starts_with(file, little, 2) || starts_with(file, big, 2))
        return NULL; /* expat reads the byte order mark */
    if (file.len >= 2 && file.data[0] != 0 && file.data[1] == 0)
        return "UTF-16LE";
    if (file.len >= 2 && file.data[0] == 0)
        return "UTF-16BE";
    start = hf_bytes_slice(file, 0, file.len < DECLARATION_MAX ? file.len : DECLARATION_MAX);
    if (hf_xml_contains(start, "utf-16") || hf_xml_contains(start, "UTF-16"))
        return "UTF-8";
    return NULL;
}

static hf_status feed(struct builder *b, hf_bytes chunk, int is_final)
{
    if (b->status == HF_OK &&
        XML_Parse(b->parser, (const char *)chunk.data, (int)chunk.len, is_final) != XML_STATUS_OK &&
        b->status == HF_OK)
        b->status = HF_ERR_PROFILE_FORMAT;
    return b->status;
}

static hf_status decode(const hf_bytes *chunks, size_t count, const char *encoding,
                        struct hf_node **out)
{
    struct builder b = { .parser = XML_ParserCreateNS(encoding, NAMESPACE_SEPARATOR) };

    if (b.parser == NULL)
        return HF_ERR_NO_MEMORY;
    XML_SetUserData(b.parser, &b);
    XML_SetElementHandler(b.parser, on_start, on_end);
    XML_SetCharacterDataHandler(b.parser, on_text);
    XML_SetEntityDeclHandler(b.parser, on_entity);
    XML_SetSkippedEntityHandler(b.parser, on_skipped);
    for (size_t i = 0; i < count; i++)
        (void)feed(&b, chunks[i], i + 1 == count);
    XML_ParserFree(b.parser);
    if (b.status != HF_OK) {
        hf_node_free(b.root);
        return b.status;
    }
    *out = b.root;
    return HF_OK;
}

static hf_bytes without_mark(hf_bytes file)
{
    static const uint8_t utf8[] = { 0xef, 0xbb, 0xbf };

    return starts_with(file, utf8, 3) ? hf_bytes_slice(file, 3, file.len - 3) : file;
}

hf_status hf_xml_decode(hf_bytes file, struct hf_node **out)
{
    hf_bytes text = without_mark(file);

    if (file.len > INT32_MAX)
        return HF_ERR_MALFORMED;
    /* White space before the declaration is an error in XML, and harmless. */
    while (text.len > 0 && (text.data[0] == ' ' || text.data[0] == '\r' || text.data[0] == '\n'))
        text = hf_bytes_slice(text, 1, text.len - 1);
    return decode(&text, 1, encoding_of(text), out);
}

/* The text is given an element around it, in its own encoding, so that expat can resolve it. */
hf_status hf_xml_unescape(hf_bytes file, hf_buf *out)
{
    static const uint8_t little[] = "<\0x\0>\0<\0/\0x\0>", big[] = "\0<\0x\0>\0<\0/\0x\0>",
                         plain[] = "<x></x>";
    hf_bytes text = without_mark(file);
    const char *encoding = encoding_of(text);
    const uint8_t *around = plain;
    size_t unit = 1;
    struct hf_node *root = NULL;
    hf_status status;

    if (file.len > INT32_MAX)
        return HF_ERR_MALFORMED;
    if (encoding == NULL && text.len >= 2 && (text.data[0] == 0xff || text.data[0] == 0xfe)) {
        encoding = text.data[0] == 0xff ? "UTF-16LE" : "UTF-16BE";
        text = hf_bytes_slice(text, 2, text.len - 2);
    }
    if (encoding != NULL && strcmp(encoding, "UTF-8") != 0) {
        around = strcmp(encoding, "UTF-16LE") == 0 ? little : big;
        unit = 2;
    }
    status = decode(
        (const hf_bytes[]){
            {around,             3 * unit},
            text, { around + 3 * unit, 4 * unit}
    },
        3, encoding != NULL ? encoding : "UTF-8", &root);
    if (status != HF_OK)
        return status;
    status = root->kind == HF_NODE_SCALAR ? HF_OK : HF_ERR_PROFILE_FORMAT;
    if (status == HF_OK && !hf_buf_append(out, hf_node_text(root)))
        status = HF_ERR_MALFORMED;
    hf_node_free(root);
    return status;
}

/* Zero octets are those of UTF-16: no text that we look for has any. */
bool hf_xml_contains(hf_bytes file, const char *text)
{
    size_t len = strlen(text), matched = 0;

    for (size_t i = 0; i < file.len && matched < len; i++) {
        if (file.data[i] == 0)
            continue;
        if (file.data[i] == (uint8_t)text[matched])
            matched++;
        else
            matched = file.data[i] == (uint8_t)text[0] ? 1 : 0;
    }
    return matched == len;
}
