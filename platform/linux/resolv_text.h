/* The text of a resolv.conf of ours, and what others' say. Ours begins with HF_RESOLV_MARK, and
 * keeps the file that it replaced as comments, so that whoever needs the network's own resolvers
 * (to find the gateway again) can still read them without privilege. */
#ifndef HF_LINUX_RESOLV_TEXT_H
#define HF_LINUX_RESOLV_TEXT_H

#include <holdfast/plan.h>

#define HF_RESOLV_MARK     "# Written by Holdfast; it is put back on disconnect.\n"
#define HF_RESOLV_WAS      "#was: "
#define HF_RESOLV_NOTE     "#note "
#define HF_RESOLV_FILE_MAX 65536

/* Appends our text for the plan's resolvers and domains, with `replaced` as comments.
 * HF_ERR_TOO_LARGE: past the buffer's maximum. */
hf_status hf_resolv_text_make(const struct hf_plan *plan, hf_bytes replaced,
                              hf_buf *out) HF_MUST_USE;
bool hf_resolv_text_is_ours(hf_bytes text);
/* Appends a comment for ourselves: `owner`, a path, and octets in hexadecimal. */
hf_status hf_resolv_text_add_note(const char *owner, hf_bytes note, hf_buf *out) HF_MUST_USE;
/* Reads the note of `owner` from a text of ours and appends it. HF_ERR_NOT_FOUND: there is none
 * that is whole; `*out` may have a part of one. */
hf_status hf_resolv_text_note(hf_bytes text, const char *owner, hf_buf *out) HF_MUST_USE;
/* The name servers of the network: of the file, or of the one that ours replaced. At most `max`;
 * returns how many. Zones and other words are left out. */
size_t hf_resolv_text_servers(hf_bytes text, hf_endpoint *out, size_t max);

/* The domains that the network searches in, likewise; the last "search" or "domain" line counts. */
size_t hf_resolv_text_domains(hf_bytes text, char out[][HF_PLAN_DOMAIN_MAX], size_t max);

#endif
