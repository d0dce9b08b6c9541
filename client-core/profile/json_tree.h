/* JSON documents as a bounded tree (node.h). */
#ifndef HF_PROFILE_JSON_TREE_H
#define HF_PROFILE_JSON_TREE_H

#include "profile/node.h"

/* HF_ERR_PROFILE_FORMAT: not JSON, a key twice in an object, or no object. HF_ERR_MALFORMED: a
 * limit of node.h is passed. HF_ERR_NO_MEMORY. The caller frees `*out` by hf_node_free. */
hf_status hf_json_decode(hf_bytes file, struct hf_node **out) HF_MUST_USE;

#endif
