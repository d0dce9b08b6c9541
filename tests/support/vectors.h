/* Test vectors as data files. One case after the other, with an empty line or a line "COUNT = n"
 * between; "name = value" lines, values hexadecimal or text; "#" starts a comment, and the first
 * line is "# Source: …". "[name = value]" or "[name]" sets a parameter for the cases below; a group
 * of them replaces the group before. NIST's CAVS files have this form. */
#ifndef HF_TESTS_SUPPORT_VECTORS_H
#define HF_TESTS_SUPPORT_VECTORS_H

#include "base/bytes.h"

#define VECTOR_FIELDS 40

struct vector_field {
    const char *name;
    const char *value;
};

struct vector_case {
    const char *file;
    size_t line; /* of its first field */
    size_t parameters, count;
    struct vector_field fields[VECTOR_FIELDS]; /* parameters first */
};

struct vectors {
    const char *file;
    char *at; /* NULL at the end */
    size_t line;
    struct vector_case current;
    bool parameters_follow_case;
};

/* A file of tests/vectors, read whole. Ends the program when it cannot be read or has no source. */
void vectors_open(struct vectors *vectors, const char *name);
/* One of the external vectors: a file below the directory that HOLDFAST_VECTORS names. False when
 * the variable is not set. */
bool vectors_open_external(struct vectors *vectors, const char *name) HF_MUST_USE;
/* The next case; valid until the process ends. */
bool vectors_next(struct vectors *vectors, struct vector_case *out) HF_MUST_USE;

/* By name; NULL or false when the case has no such field. The rest end the program instead. */
const char *vector_find(const struct vector_case *vector, const char *name);
const char *vector_text(const struct vector_case *vector, const char *name);
hf_bytes vector_bytes(const struct vector_case *vector, const char *name);
unsigned long vector_number(const struct vector_case *vector, const char *name);

/* A whole file, with a NUL behind it; it lives until the process ends. */
hf_bytes test_read_file(const char *path);
/* The path of an external vector; NULL when HOLDFAST_VECTORS is not set. */
const char *test_external_path(const char *name);

#endif
