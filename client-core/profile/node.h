/* What XML and JSON files have in common, as a bounded tree of names and texts: importers read both
 * through it and need not care in which type a file writes a value. Made by hf_xml_decode (xml.h)
 * and hf_json_decode (json_tree.h). */
#ifndef HF_PROFILE_NODE_H
#define HF_PROFILE_NODE_H

#include "base/bytes.h"
#include "base/status.h"

#define HF_NODE_DEPTH_MAX 32
#define HF_NODE_COUNT_MAX 4096

enum hf_node_kind {
    HF_NODE_SCALAR, /* JSON: string, number or boolean. XML: an element without elements inside */
    HF_NODE_OBJECT, /* JSON: an object. XML: an element with elements inside */
    HF_NODE_ARRAY,  /* JSON alone */
    HF_NODE_NULL,   /* JSON alone */
};

struct hf_node {
    enum hf_node_kind kind;
    hf_buf name;     /* JSON: the key; XML: the local name; empty within an array */
    hf_buf space;    /* XML: the namespace's URI; may be empty */
    hf_buf value;    /* text of a scalar: "true", "1400"; XML: entities and CDATA resolved */
    bool stray_text; /* XML: characters between the elements, which mean nothing */
    struct hf_node *first, *last, *next, *parent; /* children in the file's order */
};

/* A node at the end of `parent`'s children (NULL: a root). NULL: out of memory or `name` too long.
 * The caller frees a root, and everything below it, by hf_node_free. */
struct hf_node *hf_node_new(struct hf_node *parent, enum hf_node_kind kind, hf_bytes name);
void hf_node_free(struct hf_node *node);

/* Below: NULL is taken for a node that is absent. */
/* The first child of this name; NULL when there is none. Letters count as written. */
const struct hf_node *hf_node_get(const struct hf_node *parent, const char *name);
/* The node at the end of a path of names, "NativeProfile/Servers". */
const struct hf_node *hf_node_find(const struct hf_node *parent, const char *path);
bool hf_node_is_named(const struct hf_node *node, const char *name);
/* The text without white space around it; empty for what is no scalar. `raw` keeps it: for secrets.
 */
hf_bytes hf_node_text(const struct hf_node *node);
hf_bytes hf_node_raw(const struct hf_node *node);
/* Without regard to case. */
bool hf_node_is_text(const struct hf_node *node, const char *text);
/* "true", "false", "1", "0", "yes", "no" in any case; false when it is none of them. */
bool hf_node_bool(const struct hf_node *node, bool *out) HF_MUST_USE;
/* Decimal digits, also with a fraction of zeros ("1400.0"), up to 2^32 - 1. */
bool hf_node_number(const struct hf_node *node, uint32_t *out) HF_MUST_USE;

/* White space at both ends removed; borrowed. */
hf_bytes hf_text_trim(hf_bytes text);
/* The next part of a list up to one of `separators`, trimmed, empty ones left out; false at the
 * end. `*rest` is what follows. */
bool hf_text_next(hf_bytes *rest, const char *separators, hf_bytes *out);

/* The entries of a list that is an array of texts or one text with separators between. Set `rest`
 * to the text, or `at` to the first entry, by hf_node_items. */
struct hf_node_items {
    const struct hf_node *at;
    hf_bytes rest;
};
struct hf_node_items hf_node_items(const struct hf_node *value);
bool hf_node_items_next(struct hf_node_items *items, const char *separators, hf_bytes *out);

#endif
