/* What the importers share: the formats' functions and the notices that account for every key of a
 * file. */
#ifndef HF_PROFILE_IMPORT_H
#define HF_PROFILE_IMPORT_H

#include <holdfast/profile.h>

typedef bool hf_format_sniff(hf_bytes file);
typedef hf_status hf_format_import(hf_bytes file, const struct hf_import_options *options,
                                   struct hf_import *out, struct hf_fault *out_fault);

hf_format_sniff hf_native_sniff, hf_mobileconfig_sniff;
hf_format_import hf_native_import, hf_mobileconfig_import;

/* Adds a notice; `path` and `text` are made printable and cut to fit. Past HF_NOTICES_MAX the last
 * one says that more follow. */
hf_status hf_import_note(struct hf_import *import, enum hf_notice_severity severity, hf_bytes path,
                         const char *text) HF_MUST_USE;
/* The first octet that is not white space or a byte order mark; 0 for none. */
uint8_t hf_import_first_octet(hf_bytes file);
/* Fills in what the source left open: id from the name, the gateway's name as the name. */
void hf_import_complete(struct hf_import *import);

#endif
