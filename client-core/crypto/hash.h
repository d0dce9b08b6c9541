/* Plain hashes: NAT detection (SHA-1, as the protocol fixes it), fingerprints, signatures. */
#ifndef HF_CRYPTO_HASH_H
#define HF_CRYPTO_HASH_H

#include "base/status.h"

enum hf_hash { HF_HASH_SHA1, HF_HASH_SHA2_256, HF_HASH_SHA2_384, HF_HASH_SHA2_512 };

#define HF_HASH_MAX 64

size_t hf_hash_len(enum hf_hash hash);
/* Hashes the parts one after the other; writes hf_hash_len(hash) octets. HF_ERR_CRYPTO: the library
 * failed. */
hf_status hf_hash(enum hf_hash hash, const hf_bytes *parts, size_t count, uint8_t *out) HF_MUST_USE;

#endif
