/* Keys of an IKE SA and its children (RFC 7296, sections 2.14, 2.17, 2.18) and the octets that AUTH
 * signs (section 2.15). */
#ifndef HF_IKEV2_KEYMAT_H
#define HF_IKEV2_KEYMAT_H

#include "base/secret.h"
#include "crypto/cipher.h"
#include "ikev2/message.h"

/* The negotiated transforms of an IKE SA. */
struct hf_ikev2_suite {
    struct hf_cipher_suite cipher;
    uint16_t prf;
    uint16_t ke;
};

struct hf_ikev2_keys {
    hf_secret d, ai, ar, ei, er, pi, pr;
};
void hf_ikev2_keys_clear(struct hf_ikev2_keys *keys);

/* SKEYSEED = prf(Ni | Nr, g^ir), then {SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr} =
 * prf+(SKEYSEED, Ni | Nr | SPIi | SPIr). With `old_d` (a rekey): SKEYSEED = prf(SK_d (old), g^ir |
 * Ni | Nr), computed with `old_prf`. */
struct hf_ikev2_keymat_input {
    hf_bytes nonce_i, nonce_r;
    uint64_t spi_i, spi_r;
    const hf_secret *shared;
    const hf_secret *old_d; /* NULL at the first IKE SA */
    uint16_t old_prf;
};
hf_status hf_ikev2_keymat_derive(const struct hf_ikev2_suite *suite,
                                 const struct hf_ikev2_keymat_input *input,
                                 struct hf_ikev2_keys *out) HF_MUST_USE;
/* Ciphers for one side: the initiator seals with ei/ai. */
hf_status hf_ikev2_keymat_protect(const struct hf_ikev2_suite *suite,
                                  const struct hf_ikev2_keys *keys, bool is_initiator,
                                  struct hf_ikev2_protection *out) HF_MUST_USE;

/* KEYMAT of a child SA = prf+(SK_d, [g^ir |] Ni | Nr): the initiator's outbound keys first. */
struct hf_ikev2_child_keys {
    hf_secret encr_i, integ_i, encr_r, integ_r;
};
hf_status hf_ikev2_keymat_child(uint16_t prf, const hf_secret *d,
                                const hf_secret *shared /* or NULL */, hf_bytes nonce_i,
                                hf_bytes nonce_r, const struct hf_cipher_suite *suite,
                                struct hf_ikev2_child_keys *out) HF_MUST_USE;

/* The octets that one side's AUTH covers: its first message | the other's nonce | prf(SK_p, ID
 * body). */
hf_status hf_ikev2_signed_octets(uint16_t prf, hf_bytes message, hf_bytes nonce,
                                 const hf_secret *sk_p, hf_bytes id_body, hf_buf *out) HF_MUST_USE;
/* AUTH by shared key: prf(prf(secret, "Key Pad for IKEv2"), octets). Also with the MSK of EAP
 * (section 2.16). */
hf_status hf_ikev2_shared_key_auth(uint16_t prf, hf_bytes secret, hf_bytes octets,
                                   hf_secret *out) HF_MUST_USE;

#endif
