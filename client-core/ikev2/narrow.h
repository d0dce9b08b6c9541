/* Traffic selectors: what we ask for, and what is left of it after the gateway's narrowing (RFC
 * 7296, section 2.9). */
#ifndef HF_IKEV2_NARROW_H
#define HF_IKEV2_NARROW_H

#include "ikev2/payload.h"
#include "ikev2/sa.h"

/* What to ask for: everything of the families that we want addresses of, to the profile's remote
 * selectors. */
void hf_ikev2_narrow_request(const struct hf_ikev2_sa_config *config, struct hf_selectors *out);
/* Every one of `narrowed` lies within one of `asked`, and there is at least one. */
bool hf_ikev2_narrow_is_within(const hf_selector *narrowed, size_t narrowed_count,
                               const hf_selector *asked, size_t asked_count);
/* The common part of both lists, at most HF_SELECTORS_MAX; returns how many `out` holds. */
size_t hf_ikev2_narrow_intersect(const hf_selector *a, size_t a_count, const hf_selector *b,
                                 size_t b_count, hf_selector out[HF_SELECTORS_MAX]);
/* Cuts the local side to the addresses that the gateway assigned: nothing else is ours to send from
 * or to receive on (rule A14). False when nothing is left. */
bool hf_ikev2_narrow_to_assigned(struct hf_selectors *selectors,
                                 const struct hf_ikev2_configuration *assigned) HF_MUST_USE;
/* Encodes a TSi or TSr payload's body. */
void hf_ikev2_narrow_encode(hf_writer *w, const hf_selector *list, size_t count);

#endif
