/* NIST's vectors for the key derivation of IKEv2 (RFC 7296, sections 2.13, 2.14, 2.17, 2.18):
 * HOLDFAST_VECTORS/ikekdf/ikev2.fax. */
#include "crypto/algorithms.h"
#include "crypto/prf.h"
#include "support/hex.h"
#include "support/vectors.h"

#include <stdio.h>

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

static bool prf_is(uint16_t prf, hf_bytes key, const hf_bytes *parts, size_t count,
                   hf_bytes expected)
{
    hf_secret out;

    return hf_prf(prf, key, parts, count, &out) == HF_OK &&
           hf_bytes_equal(hf_secret_bytes(&out), expected);
}

static bool prf_plus_is(uint16_t prf, hf_bytes key, const hf_bytes *parts, size_t count,
                        hf_bytes expected)
{
    uint8_t *out = test_memory(expected.len);

    return hf_prf_plus(prf, key, parts, count, out, expected.len) == HF_OK &&
           hf_bytes_equal((hf_bytes){ out, expected.len }, expected);
}

static bool agrees(uint16_t prf, const struct vector_case *v)
{
    hf_bytes ni = vector_bytes(v, "Ni"), nr = vector_bytes(v, "Nr"),
             spi_i = vector_bytes(v, "SPIi"), spi_r = vector_bytes(v, "SPIr"),
             secret = vector_bytes(v, "g^ir"), new_secret = vector_bytes(v, "g^ir (new)"),
             skeyseed = vector_bytes(v, "SKEYSEED"), dkm = vector_bytes(v, "DKM"),
             sk_d = hf_bytes_slice(dkm, 0, hf_prf_len(prf));
    hf_bytes nonces[] = { ni, nr }, fresh[] = { new_secret, ni, nr },
             all[] = { ni, nr, spi_i, spi_r };
    uint8_t *joined = test_memory(ni.len + nr.len);

    hf_copy(joined, ni.data, ni.len);
    hf_copy(joined + ni.len, nr.data, nr.len);
    return prf_is(prf, (hf_bytes){ joined, ni.len + nr.len }, &secret, 1, skeyseed) &&
           prf_plus_is(prf, skeyseed, all, 4, dkm) &&
           prf_plus_is(prf, sk_d, nonces, 2, vector_bytes(v, "DKM(Child SA)")) &&
           prf_plus_is(prf, sk_d, fresh, 3, vector_bytes(v, "DKM(Child SA D-H)")) &&
           prf_is(prf, sk_d, fresh, 3, vector_bytes(v, "SKEYSEED(Rekey)"));
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

        if (prf == 0) {
            not_ours++;
        } else if (agrees(prf, &vector)) {
            right++;
        } else {
            wrong++;
            printf("%s:%zu: wrong answer\n", vector.file, vector.line);
        }
    }
    printf("ikev2.fax: %zu right, %zu wrong, %zu not ours (SHA-1)\n", right, wrong, not_ours);
    return wrong != 0 || right == 0;
}
