/* Proposal strings as strongSwan and its relatives write them
 * ("aes256gcm16-prfsha384-ecp384,aes256-sha256-modp2048"), and the one place that knows which
 * algorithms of foreign files are weak. What they become are the profile's lists: a union, so any
 * combination of what the file names may be agreed upon. */
#ifndef HF_PROFILE_PROPOSAL_H
#define HF_PROFILE_PROPOSAL_H

#include "crypto/algorithms.h"
#include "profile/import.h"

enum hf_proposal_protocol { HF_PROPOSAL_IKE, HF_PROPOSAL_ESP };

/* Adds what `text` names to the profile's IKE or ESP lists, in its order. Algorithms are separated
 * by '-', proposals by ',' or
 * ';'; a '!' at the end and the word "default" mean nothing here. With an AEAD, and where no PRF is
 * named, a hash is the PRF. Weak, refused and unknown algorithms become notices at `path`; it fails
 * for want of memory only. */
hf_status hf_proposal_decode(struct hf_import *import, enum hf_proposal_protocol protocol,
                             hf_bytes path, hf_bytes text) HF_MUST_USE;
/* Adds one algorithm to `list`, a list of the import's profile, by a name of the registry or one of
 * its aliases ("aes", "sha2_256", "dh14"). `*out_added`, unless NULL, tells whether `list` now
 * holds it: not when it is refused, unknown, of another type, or the list is full; the notice at
 * `path` says which. */
hf_status hf_proposal_add(struct hf_import *import, hf_bytes path,
                          struct hf_profile_algorithms *list, enum hf_transform_type type,
                          hf_bytes name, bool *out_added) HF_MUST_USE;
/* Known for weakness: needs level legacy, or is never offered. */
bool hf_proposal_is_weak(const char *name);
/* After the lists are filled: with AEADs alone there is no integrity transform. */
void hf_proposal_finish(struct hf_profile *profile);

#endif
