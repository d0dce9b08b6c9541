/* What the importers share: the formats' functions and the notices that account for every key of a
 * file. */
#ifndef HF_PROFILE_IMPORT_H
#define HF_PROFILE_IMPORT_H

#include <holdfast/profile.h>

typedef bool hf_format_sniff(hf_bytes file);
typedef hf_status hf_format_import(hf_bytes file, const struct hf_import_options *options,
                                   struct hf_import *out, struct hf_fault *out_fault);

/* Every row of formats.def. */
#define HF_FORMAT(name, sniff, decode)                                                             \
    hf_format_sniff sniff;                                                                         \
    hf_format_import decode;
#include "profile/formats.def"
#undef HF_FORMAT

/* Adds a notice; `path` and `text` are made printable and cut to fit. Past HF_NOTICES_MAX the last
 * one says that more follow. */
hf_status hf_import_note(struct hf_import *import, enum hf_notice_severity severity, hf_bytes path,
                         const char *text) HF_MUST_USE;
/* The first octet that is not white space or a byte order mark; 0 for none. */
uint8_t hf_import_first_octet(hf_bytes file);
/* Whether this is XML (UTF-8 or UTF-16) whose outermost element has this name; what stands before
 * it (declaration, comments, DOCTYPE) is passed over, nothing is checked. */
bool hf_import_root_is(hf_bytes file, const char *name);
/* Decodes what was inside a signed file, by the format that fits it; a signature within it is not
 * opened. Sets `out->format`. */
hf_status hf_import_content(hf_bytes file, const struct hf_import_options *options,
                            struct hf_import *out, struct hf_fault *out_fault) HF_MUST_USE;
/* Fills in what the source left open (id from the name, the gateway's name as the name) and notes
 * what is doubtful about its secrets. Done for every format. HF_ERR_NO_MEMORY. */
hf_status hf_import_complete(struct hf_import *import) HF_MUST_USE;

/* One key of a format, for the table that tests print: what happens to it. `effect` is what is said
 * about it ("" for a key that is applied as it stands). */
struct hf_import_row {
    const char *group; /* "IKEv2"; "" at the top */
    const char *key;
    bool is_applied; /* a value of the right kind changes the profile */
    enum hf_notice_severity severity;
    const char *effect;
};
/* The row with this index; false past the last. */
typedef bool hf_import_row_at(size_t index, struct hf_import_row *out);
hf_import_row_at hf_mobileconfig_row_at, hf_windows_row_at, hf_sswan_row_at, hf_onc_row_at,
    hf_azure_row_at, hf_swanctl_row_at, hf_ipsec_row_at;

#endif
