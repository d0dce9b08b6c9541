/* NIST's vectors for the key derivation of IKEv2, through the interface that makes an SA's keys
 * (ikev2/keymat.h): HOLDFAST_VECTORS/ikekdf/ikev2.fax. An SA may need less keying material than a
 * vector has, or more; what both have must agree. */
#include "ikev2/keymat.h"
#include "crypto/algorithms.h"
#include "crypto/prf.h"
#include "support/hex.h"
#include "support/vectors.h"

#include <stdio.h>

static const struct hf_cipher_suite ciphers[] = {
    {HF_ENCR_AES_GCM_16,         256, HF_INTEG_NONE        },
    { HF_ENCR_CHACHA20_POLY1305, 0,   HF_INTEG_NONE        },
    { HF_ENCR_AES_CBC,           128, HF_INTEG_SHA2_256_128},
    { HF_ENCR_AES_CBC,           256, HF_INTEG_SHA2_512_256},
};

/* 0 for the hashes we do not have (SHA-1). */
static uint16_t prf_of(const struct vector_case *vector)
{
    static const struct {
        const char *parameter;
        uint16_t prf;
    } rows[] = {
        {"SHA-256",  HF_PRF_HMAC_SHA2_256},
        { "SHA-384", HF_PRF_HMAC_SHA2_384},
        { "SHA-512", HF_PRF_HMAC_SHA2_512},
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++) {
        if (vector_find(vector, rows[i].parameter) != NULL)
            return rows[i].prf;
    }
    return 0;
}

static hf_secret secret_of(hf_bytes bytes)
{
    hf_secret secret;

    if (!hf_secret_set(&secret, bytes))
        test_die("a secret of the vectors is too long");
    return secret;
}

static uint64_t number_of(hf_bytes spi)
{
    hf_reader r = hf_reader_of(spi);
    uint64_t value;

    if (!hf_read_u64(&r, &value))
        test_die("an SPI of the vectors is too short");
    return value;
}

/* The secrets, one after the other, begin as `expected` does. */
static bool begins_like(const hf_secret *const *secrets, size_t count, hf_bytes expected)
{
    hf_reader r = hf_reader_of(expected);

    for (size_t i = 0; i < count; i++) {
        hf_bytes bytes = hf_secret_bytes(secrets[i]), part;

        if (r.left < bytes.len)
            bytes.len = r.left;
        if (!hf_read_bytes(&r, bytes.len, &part) || !hf_bytes_equal(part, bytes))
            return false;
    }
    return expected.len != 0;
}

static bool keys_begin_like(const struct hf_ikev2_keys *keys, hf_bytes expected)
{
    const hf_secret *const order[] = { &keys->d,  &keys->ai, &keys->ar, &keys->ei,
                                       &keys->er, &keys->pi, &keys->pr };

    return begins_like(order, HF_ARRAY_LEN(order), expected);
}

static bool child_agrees(uint16_t prf, const struct vector_case *v, const hf_secret *d,
                         const hf_secret *shared, const struct hf_cipher_suite *cipher,
                         const char *field)
{
    struct hf_ikev2_child_keys keys;
    const hf_secret *const order[] = { &keys.encr_i, &keys.integ_i, &keys.encr_r, &keys.integ_r };

    return hf_ikev2_keymat_child(prf, d, shared, vector_bytes(v, "Ni"), vector_bytes(v, "Nr"),
                                 cipher, &keys) == HF_OK &&
           begins_like(order, HF_ARRAY_LEN(order), vector_bytes(v, field));
}

/* The vectors give SKEYSEED of the rekeyed SA; its keys follow by prf+, which they test elsewhere.
 */
static bool rekey_agrees(const struct vector_case *v, const struct hf_ikev2_suite *suite,
                         struct hf_ikev2_keymat_input input, const hf_secret *d,
                         const hf_secret *fresh)
{
    hf_bytes parts[] = { input.nonce_i, input.nonce_r, vector_bytes(v, "SPIi"),
                         vector_bytes(v, "SPIr") };
    struct hf_ikev2_keys keys;
    uint8_t expected[400];

    input.old_d = d;
    input.old_prf = suite->prf;
    input.shared = fresh;
    return hf_prf_plus(suite->prf, vector_bytes(v, "SKEYSEED(Rekey)"), parts, 4, expected,
                       sizeof expected) == HF_OK &&
           hf_ikev2_keymat_derive(suite, &input, &keys) == HF_OK &&
           keys_begin_like(&keys, HF_BYTES_OF(expected));
}

static bool agrees(uint16_t prf, const struct vector_case *v, const struct hf_cipher_suite *cipher)
{
    struct hf_ikev2_suite suite = { .cipher = *cipher, .prf = prf };
    hf_secret shared = secret_of(vector_bytes(v, "g^ir"));
    hf_secret fresh = secret_of(vector_bytes(v, "g^ir (new)"));
    struct hf_ikev2_keymat_input input = { .nonce_i = vector_bytes(v, "Ni"),
                                           .nonce_r = vector_bytes(v, "Nr"),
                                           .spi_i = number_of(vector_bytes(v, "SPIi")),
                                           .spi_r = number_of(vector_bytes(v, "SPIr")),
                                           .shared = &shared };
    struct hf_ikev2_keys keys;

    return hf_ikev2_keymat_derive(&suite, &input, &keys) == HF_OK &&
           keys_begin_like(&keys, vector_bytes(v, "DKM")) &&
           child_agrees(prf, v, &keys.d, NULL, cipher, "DKM(Child SA)") &&
           child_agrees(prf, v, &keys.d, &fresh, cipher, "DKM(Child SA D-H)") &&
           rekey_agrees(v, &suite, input, &keys.d, &fresh);
}

int main(void)
{
    size_t right = 0, wrong = 0, not_ours = 0;
    struct vectors file;
    struct vector_case vector;

    if (!vectors_open_external(&file, "ikekdf/ikev2.fax")) {
        printf("skipped: HOLDFAST_VECTORS does not name the external vectors\n");
        return 77;
    }
    while (vectors_next(&file, &vector)) {
        uint16_t prf = prf_of(&vector);

        for (size_t i = 0; i < HF_ARRAY_LEN(ciphers); i++) {
            bool good = prf != 0 && agrees(prf, &vector, &ciphers[i]);

            not_ours += prf == 0;
            right += good;
            wrong += prf != 0 && !good;
            if (prf != 0 && !good)
                printf("%s:%zu: wrong answer\n", vector.file, vector.line);
        }
    }
    printf("ikev2.fax: %zu right, %zu wrong, %zu not ours (SHA-1)\n", right, wrong, not_ours);
    return wrong != 0 || right == 0;
}
