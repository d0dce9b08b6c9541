/* A format as tables: one row for each key of an object, one walk that accounts for every key. Rows
 * without a function of their own name one of the general ones below; a key without a row is noted
 * as unknown. */
#ifndef HF_PROFILE_WALK_H
#define HF_PROFILE_WALK_H

#include "profile/import.h"
#include "profile/node.h"

#include <stddef.h>

struct hf_walk {
    struct hf_import *out;
    struct hf_fault *fault;
    const struct hf_import_options *options;
    void *state;                    /* the importer's own */
    char path[HF_PROFILE_TEXT_MAX]; /* of the key that is being applied */
};

struct hf_walk_row;
/* Applies one value. HF_ERR_PROFILE_UNSUPPORTED makes the row's notice and the import goes on;
 * HF_ERR_PROFILE_INVALID ends it with the row's text as what would have been right, unless
 * hf_walk_refuse has said it better. */
typedef hf_status hf_walk_apply(struct hf_walk *w, const struct hf_walk_row *row,
                                const struct hf_node *value);

struct hf_walk_table {
    const struct hf_walk_row *rows;
    size_t count;
    const char *name; /* in the table of keys; NULL: the key that it is inside of */
};

struct hf_walk_row {
    const char *key; /* with a '*' at its end: every key that starts so and fits no row before it */
    hf_walk_apply *apply;             /* NULL: a notice, or what is inside */
    enum hf_notice_severity severity; /* of the notice */
    const char *text;                 /* the notice; with `apply`: what a value should have been */
    const struct hf_walk_table *inside; /* the value is an object with these keys; with `apply`,
                                           that function walks them */
    size_t offset, size;                /* of the profile's member, for the general functions */
    bool repeats;                       /* XML: may stand more than once */
};

#define HF_WALK_TABLE(rows)                                                                        \
    {                                                                                              \
        rows, HF_ARRAY_LEN(rows), NULL                                                             \
    }
#define HF_WALK_NAMED(rows, name)                                                                  \
    {                                                                                              \
        rows, HF_ARRAY_LEN(rows), name                                                             \
    }
/* Rows: a value that is applied, a key that is only noted, an object with keys of its own. Further
 * members may follow. */
#define HF_WALK_APPLY(key_name, function, notice, ...)                                             \
    {                                                                                              \
        .key = key_name, .apply = function, .severity = HF_NOTICE_##notice, .text = __VA_ARGS__    \
    }
#define HF_WALK_NOTE(key_name, notice, ...)                                                        \
    {                                                                                              \
        .key = key_name, .severity = HF_NOTICE_##notice, .text = __VA_ARGS__                       \
    }
#define HF_WALK_INSIDE(key_name, ...)                                                              \
    {                                                                                              \
        .key = key_name, .inside = __VA_ARGS__                                                     \
    }
/* Rows: the member's place. */
#define HF_WALK_MEMBER(member)                                                                     \
    .offset = offsetof(struct hf_profile, member), .size = sizeof(((struct hf_profile *)0)->member)

/* Walks the children of `node` by `table`. The path is what it was when this returns HF_OK. */
hf_status hf_walk(struct hf_walk *w, const struct hf_node *node,
                  const struct hf_walk_table *table) HF_MUST_USE;
/* The keys of the roots and of all that is inside them, each table once, by index; false past the
 * last. For the table of keys (hf_import_row_at). */
bool hf_walk_row_at(const struct hf_walk_table *const *roots, size_t count, size_t index,
                    struct hf_import_row *out);
/* A notice at the current path, and one at a key below it. */
hf_status hf_walk_note(struct hf_walk *w, enum hf_notice_severity severity,
                       const char *text) HF_MUST_USE;
hf_status hf_walk_note_key(struct hf_walk *w, const char *key, enum hf_notice_severity severity,
                           const char *text) HF_MUST_USE;
/* Ends the import: at the current path, or at the key `path` where that is not NULL; `why` is what
 * would have been right. */
hf_status hf_walk_refuse(struct hf_walk *w, hf_status status, const char *path, const char *why);
/* The fault of a file that hf_xml_decode or hf_json_decode could not read. */
hf_status hf_walk_refuse_file(struct hf_walk *w, hf_status status, const char *what);

/* General functions. They copy to the row's member: clean text; a bool; its opposite;
 * HF_ERR_PROFILE_UNSUPPORTED for a value that is on where the product can only have it off. */
hf_walk_apply hf_walk_text, hf_walk_bool, hf_walk_not, hf_walk_only_off;
/* To a secret, by its number in `offset`; white space and all. */
hf_walk_apply hf_walk_secret;

/* Adds to the profile's lists; false when full (or, for texts, when not clean). */
bool hf_walk_add_gateway(struct hf_profile *profile, hf_bytes host) HF_MUST_USE;
bool hf_walk_add_domain(struct hf_profile *profile, hf_bytes domain) HF_MUST_USE;
bool hf_walk_add_word(struct hf_profile_words *words, hf_bytes word) HF_MUST_USE;
bool hf_walk_add_lock(struct hf_profile *profile, const char *key) HF_MUST_USE;
/* "10.0.0.0/8", "192.0.2.1", "192.0.2.1-192.0.2.9"; HF_ERR_PROFILE_INVALID for what is none of
 * them, HF_ERR_TOO_LARGE when the list is full. */
hf_status hf_walk_add_prefixes(hf_bytes text, hf_prefix *list, size_t max,
                               size_t *count) HF_MUST_USE;

/* Credentials of JSON and XML files (walk_credentials.c), as base64 of DER, or PEM. */
/* A CA that may vouch for the gateway. */
hf_status hf_walk_anchor(struct hf_walk *w, hf_bytes encoded) HF_MUST_USE;
/* The client's key and certificates; opened by the passphrase of the options. */
hf_status hf_walk_pkcs12(struct hf_walk *w, hf_bytes encoded) HF_MUST_USE;

#endif
