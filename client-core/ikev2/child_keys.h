/* What both sides of a child negotiation share: reading the selectors, making the keys. */
#ifndef HF_IKEV2_CHILD_KEYS_H
#define HF_IKEV2_CHILD_KEYS_H

#include "ikev2/child.h"

/* TSi and TSr as local and remote: TSi is ours where we started the exchange. HF_ERR_MALFORMED: one
 * is missing. */
hf_status hf_ikev2_child_keys_selectors(const struct hf_ikev2_chain *chain, bool we_started,
                                        struct hf_selectors *out) HF_MUST_USE;
/* Fills in SPIs, suite and keys. `shared` is empty without a key exchange. */
hf_status hf_ikev2_child_keys_make(const struct hf_ikev2_child_source *source,
                                   const struct hf_ikev2_choice *choice, const hf_secret *shared,
                                   uint32_t spi_in, bool we_started,
                                   struct hf_ikev2_child *child) HF_MUST_USE;

#endif
