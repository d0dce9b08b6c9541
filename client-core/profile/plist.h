/* Apple property lists (XML form) as a bounded tree. No DTD is read, no entity is declared, nothing
 * is fetched. */
#ifndef HF_PROFILE_PLIST_H
#define HF_PROFILE_PLIST_H

#include "base/bytes.h"
#include "base/status.h"
#include "base/time.h"

#define HF_PLIST_DEPTH_MAX 64
#define HF_PLIST_NODES_MAX 4096

enum hf_plist_kind {
    HF_PLIST_DICT,
    HF_PLIST_ARRAY,
    HF_PLIST_STRING,
    HF_PLIST_DATA,
    HF_PLIST_INTEGER,
    HF_PLIST_REAL,
    HF_PLIST_BOOL,
    HF_PLIST_DATE,
};

struct hf_plist {
    enum hf_plist_kind kind;
    hf_buf key;             /* within a dictionary */
    hf_buf value;           /* text, or the decoded octets of data */
    bool truth;             /* BOOL */
    struct hf_plist *first; /* children of a dictionary or array, in order */
    struct hf_plist *last;
    struct hf_plist *next;
    struct hf_plist *parent;
};

/* HF_ERR_PROFILE_FORMAT: not a property list in XML. HF_ERR_MALFORMED: XML is broken, or a limit is
 * passed. HF_ERR_CREDENTIAL_INVALID: data is not base64. HF_ERR_DENIED: it declares entities. The
 * caller frees `*out`. */
hf_status hf_plist_decode(hf_bytes file, struct hf_plist **out) HF_MUST_USE;
void hf_plist_free(struct hf_plist *node);

/* The entry of a dictionary; NULL when `dict` is NULL, not a dictionary, or has no such key. */
const struct hf_plist *hf_plist_get(const struct hf_plist *dict, const char *key);
/* Text of a STRING, INTEGER, REAL or DATE; empty otherwise (NULL included). */
hf_bytes hf_plist_text(const struct hf_plist *node);
bool hf_plist_is_text(const struct hf_plist *node, const char *text);
/* Values that real files write in several types: numbers as integer, real, bool or string. False
 * when it is none of them. */
bool hf_plist_number(const struct hf_plist *node, uint32_t *out) HF_MUST_USE;
/* A moment, "2026-11-20T19:00:00Z", as DATE or STRING; from 1970 on. */
bool hf_plist_moment(const struct hf_plist *node, hf_wall_clock *out) HF_MUST_USE;

#endif
