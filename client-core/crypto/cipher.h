/* One direction of message protection, for SK payloads and ESP alike: an AEAD, or AES-CBC with
 * HMAC. The key is scheduled once; sealing and opening allocate nothing (but OpenSSL 3.0's HMAC
 * copies its inner state to the heap, twice a message).
 * RFC 5282, RFC 4106, RFC 7634, RFC 3602, RFC 4868. */
#ifndef HF_CRYPTO_CIPHER_H
#define HF_CRYPTO_CIPHER_H

#include "base/secret.h"
#include "base/status.h"

/* A negotiated pair of transforms; `integ` is HF_INTEG_NONE with an AEAD. */
struct hf_cipher_suite {
    uint16_t encr;
    uint16_t key_bits;
    uint16_t integ;
};

/* Octets of keying material and of what travels with each message. */
struct hf_cipher_sizes {
    size_t encr_key;  /* SK_e: key and salt */
    size_t integ_key; /* SK_a: 0 with an AEAD */
    size_t iv;
    size_t block; /* plaintext and padding are a multiple of this */
    size_t icv;
};

enum hf_direction { HF_SEAL, HF_OPEN };

struct hf_cipher;

/* HF_ERR_NO_PROPOSAL: not a suite of the registry. */
hf_status hf_cipher_sizes(const struct hf_cipher_suite *suite,
                          struct hf_cipher_sizes *out) HF_MUST_USE;
/* Keys have exactly the sizes above. The caller frees `*out`, which cleanses them. */
hf_status hf_cipher_new(const struct hf_cipher_suite *suite, enum hf_direction direction,
                        hf_bytes encr_key, hf_bytes integ_key, struct hf_cipher **out) HF_MUST_USE;
void hf_cipher_free(struct hf_cipher *cipher);

/* One message. `before` is authenticated and not encrypted (IKE: the message up to the SK payload's
 * body; ESP: SPI and sequence number); `after` is authenticated behind the ciphertext and not sent
 * (ESP with ESN and a separate MAC: the high 32 bits), empty for an AEAD. `iv` has sizes.iv octets
 * and must never repeat for a key. */
struct hf_cipher_message {
    hf_bytes before;
    hf_bytes after;
    const uint8_t *iv;
};

/* Encrypts `in` (a multiple of sizes.block) to `out`, which has room for in.len and may be in.data
 * itself, and writes the ICV. */
hf_status hf_cipher_seal(struct hf_cipher *cipher, const struct hf_cipher_message *message,
                         hf_bytes in, uint8_t *out, uint8_t *icv) HF_MUST_USE;
/* The reverse. HF_ERR_INTEGRITY: the ICV does not match; then `out` holds nothing of use and is
 * cleansed (with a separate MAC nothing was decrypted). */
hf_status hf_cipher_open(struct hf_cipher *cipher, const struct hf_cipher_message *message,
                         hf_bytes in, uint8_t *out, const uint8_t *icv) HF_MUST_USE;

#endif
