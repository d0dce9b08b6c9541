/* What the tests of importers share: one import, its notices, and what every format must bear. */
#ifndef HF_TESTS_PROFILE_IMPORTS_H
#define HF_TESTS_PROFILE_IMPORTS_H

#include <holdfast/profile.h>

/* A CA of the test's own and a client's PKCS#12 ("" for no passphrase), in base64; they live until
 * the process ends. */
const char *imports_ca(void);
const char *imports_pkcs12(const char *passphrase);
hf_status imports_decode(const char *text, struct hf_import *out, struct hf_fault *out_fault);
/* As above; fails the test when it is refused. */
void imports_expect(const char *text, struct hf_import *out);
/* Fails the test unless it is refused so, with `received` as the place that is told. */
void imports_expect_refused(const char *text, hf_status status, const char *received);
/* The notice with this path; NULL when there is none. */
const struct hf_notice *imports_notice(const struct hf_import *import, const char *path);
/* Fails the test unless there is a notice of this severity and path. */
void imports_expect_notice(const struct hf_import *import, enum hf_notice_severity severity,
                           const char *path);
/* Every prefix of the file is refused or imported, and nothing worse. */
void imports_expect_truncations(const char *text);
/* The same for files of lines, of which a part may well be whole: nothing worse than a refusal. */
void imports_expect_lines(const char *text);

/* A value of a file, and the keys of the native profile that it may change, with spaces around
 * each: " id name ". */
struct imports_field {
    const char *value;
    const char *keys;
};
/* Puts hostile texts in the place of each value, written as `escape` wants them: the file is
 * refused, or nothing but the keys of that value has changed, and every text that would be shown is
 * printable. */
void imports_expect_contained(const char *text, const struct imports_field *fields, size_t count,
                              void (*escape)(hf_bytes value, hf_buf *out));
void imports_escape_xml(hf_bytes value, hf_buf *out);
void imports_escape_keyfile(hf_bytes value, hf_buf *out);
void imports_escape_json(hf_bytes value, hf_buf *out);

#endif
