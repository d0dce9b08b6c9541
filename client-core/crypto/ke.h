/* Key exchange methods: MODP, ECP, Curve25519 behind one object.
 * RFC 7296, section 3.4; RFC 3526; RFC 5903; RFC 8031; checks of the peer's value: RFC 6989. */
#ifndef HF_CRYPTO_KE_H
#define HF_CRYPTO_KE_H

#include "base/secret.h"
#include "base/status.h"

struct hf_ke;

/* Generates a key pair. HF_ERR_CRYPTO: method unknown or the library failed. The caller frees
 * `*out`. */
hf_status hf_ke_new(uint16_t method, struct hf_ke **out) HF_MUST_USE;
void hf_ke_free(struct hf_ke *ke);
uint16_t hf_ke_method(const struct hf_ke *ke);
/* Our public value as on the wire (ECP: x | y without the 0x04; MODP: left-padded to the group's
 * length); borrowed. */
hf_bytes hf_ke_public(const struct hf_ke *ke);
/* The shared secret as IKE uses it (MODP: padded; ECP: x alone). HF_ERR_MALFORMED: wrong length,
 * not on the curve, a subgroup of small order, an all-zero result of X25519, or our own value
 * reflected. */
hf_status hf_ke_derive(const struct hf_ke *ke, hf_bytes peer_public, hf_secret *out) HF_MUST_USE;

#endif
