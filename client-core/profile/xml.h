/* XML documents as a bounded tree (node.h). UTF-8, with or without a byte order mark, and UTF-16.
 * No DTD is read, no entity is declared, nothing is fetched; attributes are not kept. */
#ifndef HF_PROFILE_XML_H
#define HF_PROFILE_XML_H

#include "profile/node.h"

/* HF_ERR_PROFILE_FORMAT: not well formed. HF_ERR_MALFORMED: a limit of node.h is passed.
 * HF_ERR_DENIED: it declares or uses entities of its own. HF_ERR_NO_MEMORY. The caller frees `*out`
 * by hf_node_free. */
hf_status hf_xml_decode(hf_bytes file, struct hf_node **out) HF_MUST_USE;
/* As above for a document whose markup is escaped once more ("&lt;a&gt;"): the text that it stands
 * for, to be decoded. */
hf_status hf_xml_unescape(hf_bytes file, hf_buf *out) HF_MUST_USE;
/* Whether the file contains `text`, in UTF-8 or UTF-16; does not parse. */
bool hf_xml_contains(hf_bytes file, const char *text);

#endif
