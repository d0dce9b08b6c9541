/* Key files as GLib writes them ("[group]", "key=value"), as a bounded tree: a group is an object
 * of scalars. */
#ifndef HF_PROFILE_KEYFILE_H
#define HF_PROFILE_KEYFILE_H

#include "profile/node.h"

/* Escapes of values are resolved but for "\;", which stays for who splits a list. HF_ERR_MALFORMED:
 * a line is neither a group, a key, a comment nor empty, or a key stands before the first group;
 * HF_ERR_TOO_LARGE: past the limits of node.h. The caller frees `*out`. */
hf_status hf_keyfile_decode(hf_bytes file, struct hf_node **out) HF_MUST_USE;

#endif
