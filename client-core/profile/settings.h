/* Files in the syntax of strongswan.conf and swanctl.conf ("key = value", "name { ... }"), as a
 * bounded tree: a section is an object, a key a scalar. */
#ifndef HF_PROFILE_SETTINGS_H
#define HF_PROFILE_SETTINGS_H

#include "profile/node.h"

/* Quotes and their escapes are resolved. An "include" becomes a scalar of that name: nothing is
 * opened. Sections that inherit ("name : other") are not known. HF_ERR_MALFORMED: the syntax;
 * HF_ERR_TOO_LARGE: past the limits of node.h. The caller frees `*out`. */
hf_status hf_settings_decode(hf_bytes file, struct hf_node **out) HF_MUST_USE;
/* The first word of the file that is not "include", comments passed over. */
hf_bytes hf_settings_first_word(hf_bytes file);

#endif
