/* The native profile as a table: one row per JSON key, read and written by the same walk
 * (native_decode.c, native_encode.c). To add a key, add a member to `struct hf_profile` and a row
 * in fields.c; the page holdfast-profile(5) lists the rows. */
#ifndef HF_PROFILE_FIELDS_H
#define HF_PROFILE_FIELDS_H

#include <holdfast/profile.h>

enum hf_field_kind {
    HF_FIELD_TEXT,      /* char[size] */
    HF_FIELD_BOOL,      /* bool */
    HF_FIELD_NUMBER,    /* uint16_t */
    HF_FIELD_SECONDS,   /* hf_duration */
    HF_FIELD_NAME,      /* enum, by `names` */
    HF_FIELD_TEXTS,     /* char[max][size], count */
    HF_FIELD_PREFIXES,  /* hf_prefix[max], count */
    HF_FIELD_ADDRESSES, /* hf_address[max], count */
    HF_FIELD_PEM,       /* hf_buf */
};

struct hf_profile_field {
    const char *group; /* the object that holds it; NULL: the profile itself */
    const char *key;
    enum hf_field_kind kind;
    size_t offset;            /* of the member in struct hf_profile */
    size_t size;              /* TEXT, TEXTS: octets of one text with its NUL */
    size_t count_offset;      /* lists: of their size_t count */
    size_t max;               /* lists: entries */
    const char *const *names; /* NAME: ends with NULL */
};

extern const struct hf_profile_field hf_profile_fields[];
extern const size_t hf_profile_field_count;

#endif
