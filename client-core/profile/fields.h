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
    HF_FIELD_TIME,      /* hf_wall_clock, seconds */
    HF_FIELD_NAME,      /* enum, by `names` */
    HF_FIELD_PEM,       /* hf_buf */
    HF_FIELD_ADDRESS,   /* hf_address; any address is written as "" */
    HF_FIELD_TEXTS,     /* char[max][size], count */
    HF_FIELD_PREFIXES,  /* hf_prefix[max], count */
    HF_FIELD_ADDRESSES, /* hf_address[max], count */
    HF_FIELD_PORTS,     /* struct hf_profile_ports[max], count: "443", "1000-2000" */
    HF_FIELD_RECORDS,   /* struct[max] of `size` octets each, count: objects, by `records` */
};

struct hf_profile_field {
    const char *group; /* the object that holds it; NULL: the table's own object */
    const char *key;
    enum hf_field_kind kind;
    size_t offset;            /* of the member in the structure */
    size_t size;              /* TEXT, TEXTS: octets of one text with its NUL; RECORDS: of one */
    size_t count_offset;      /* lists: of their size_t count */
    size_t max;               /* lists: entries */
    const char *const *names; /* NAME: ends with NULL */
    const struct hf_profile_table *records; /* RECORDS: of one entry; its fields have no groups */
};

struct hf_profile_table {
    const struct hf_profile_field *fields;
    size_t count;
};

extern const struct hf_profile_table hf_profile_table;

#endif
