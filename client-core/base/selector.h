/* Traffic selectors as values (RFC 7296, section 3.13.1) and the one question asked of them: does
 * this packet match? */
#ifndef HF_BASE_SELECTOR_H
#define HF_BASE_SELECTOR_H

#include "base/address.h"

#define HF_SELECTORS_MAX 32

typedef struct hf_selector {
    hf_address first, last;         /* inclusive, of one family */
    uint8_t protocol;               /* 0: any */
    uint16_t first_port, last_port; /* 0–65535: any */
} hf_selector;

/* The negotiated pair of a child SA. */
struct hf_selectors {
    hf_selector local[HF_SELECTORS_MAX];
    size_t local_count;
    hf_selector remote[HF_SELECTORS_MAX];
    size_t remote_count;
};

/* Everything of one family. */
hf_selector hf_selector_any(enum hf_family family);
hf_selector hf_selector_of_prefix(const hf_prefix *prefix);
bool hf_selector_equal(const hf_selector *a, const hf_selector *b);
/* `inner` lies within `outer` in address, protocol and ports. */
bool hf_selector_is_within(const hf_selector *inner, const hf_selector *outer);
/* The IP packet is one that these selectors let out (local is its source) or in (local is its
 * destination). A packet too short to have the fields matches nothing; a fragment without ports
 * matches selectors that take any port. */
bool hf_selectors_match_outbound(const struct hf_selectors *selectors, hf_bytes packet);
bool hf_selectors_match_inbound(const struct hf_selectors *selectors, hf_bytes packet);

#endif
