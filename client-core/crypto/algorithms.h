/* The algorithm registry: the only place that knows numbers, sizes and policy levels of transforms
 * (algorithms.def). RFC 7296, section 3.3.2 and the registry "IKEv2 Parameters" give the numbers.
 */
#ifndef HF_CRYPTO_ALGORITHMS_H
#define HF_CRYPTO_ALGORITHMS_H

#include "base/bytes.h"
#include "base/status.h"

enum hf_transform_type {
    HF_TRANSFORM_ENCR = 1,
    HF_TRANSFORM_PRF = 2,
    HF_TRANSFORM_INTEG = 3,
    HF_TRANSFORM_KE = 4,
    HF_TRANSFORM_ESN = 5,
};

enum hf_encr {
    HF_ENCR_NONE = 0,
    HF_ENCR_AES_CBC = 12,
    HF_ENCR_AES_GCM_16 = 20,
    HF_ENCR_CHACHA20_POLY1305 = 28
};
enum hf_prf { HF_PRF_HMAC_SHA2_256 = 5, HF_PRF_HMAC_SHA2_384 = 6, HF_PRF_HMAC_SHA2_512 = 7 };
enum hf_integ {
    HF_INTEG_NONE = 0,
    HF_INTEG_SHA2_256_128 = 12,
    HF_INTEG_SHA2_384_192 = 13,
    HF_INTEG_SHA2_512_256 = 14
};
enum hf_ke_method {
    HF_KE_NONE = 0,
    HF_KE_MODP_2048 = 14,
    HF_KE_MODP_3072 = 15,
    HF_KE_MODP_4096 = 16,
    HF_KE_ECP_256 = 19,
    HF_KE_ECP_384 = 20,
    HF_KE_ECP_521 = 21,
    HF_KE_X25519 = 31,
};

/* What a profile asks for (design, section 7). More levels are more rows, not more code. */
enum hf_level { HF_LEVEL_DEFAULT, HF_LEVEL_COUNT };

/* One row of the registry. Sizes are in octets. */
struct hf_algorithm {
    enum hf_transform_type type;
    uint16_t id;
    uint16_t key_bits; /* value of the Key Length attribute; 0: the transform has none */
    const char *name;  /* "aes256gcm16": as in profiles, traces and faults */
    size_t key_len;    /* ENCR (without salt), PRF (preferred), INTEG */
    size_t salt_len;   /* ENCR, AEAD: part of the keying material behind the key */
    size_t iv_len;     /* ENCR: explicit IV on the wire */
    size_t block_len;  /* ENCR: padding granularity on the wire (at least 4 for ESP) */
    size_t tag_len;    /* ENCR AEAD, INTEG: ICV; PRF: output; KE: length of the public value */
    bool is_aead;
    uint32_t levels;     /* bit set of 1u << enum hf_level where it is offered */
    const char *openssl; /* fetch name: cipher, digest or group */
};

/* NULL when the transform is unknown. `key_bits` 0 finds a transform of fixed length. */
const struct hf_algorithm *hf_algorithm_find(enum hf_transform_type type, uint16_t id,
                                             uint16_t key_bits);
/* By name ("x25519"); NULL when unknown. */
const struct hf_algorithm *hf_algorithm_find_name(hf_bytes name);
/* The rows of one type that `level` offers, in order of preference: writes at most `max`, returns
 * how many. */
size_t hf_algorithms_of_level(enum hf_transform_type type, enum hf_level level,
                              const struct hf_algorithm **out, size_t max);
bool hf_algorithm_is_allowed(const struct hf_algorithm *algorithm, enum hf_level level);

/* Fetches and instantiates every row once (also what confinement needs: nothing is loaded later).
 * HF_ERR_CRYPTO names a row that the library lacks in `*out_missing`; such a row is never proposed
 * afterwards. */
hf_status hf_crypto_load(const struct hf_algorithm **out_missing) HF_MUST_USE;

#endif
