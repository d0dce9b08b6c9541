/* Fetches from OpenSSL and keeps: see library.h. */
#include "crypto/library.h"

#include "crypto/hmac.h"
#include "crypto/random.h"

#include <openssl/core_names.h>
#include <openssl/err.h>

#define ROWS_MAX 64

static EVP_CIPHER *ciphers[ROWS_MAX];
static EVP_MD *digests[HF_HASH_SHA2_512 + 1];
static EVP_MAC *hmac;

static size_t index_of(const struct hf_algorithm *algorithm)
{
    size_t index = (size_t)(algorithm - hf_library_row(0));

    HF_ASSERT(index < ROWS_MAX);
    return index;
}

EVP_CIPHER *hf_library_cipher(const struct hf_algorithm *algorithm)
{
    EVP_CIPHER **place = &ciphers[index_of(algorithm)];

    if (*place == NULL)
        *place = EVP_CIPHER_fetch(NULL, algorithm->openssl, NULL);
    return *place;
}

EVP_MD *hf_library_digest(enum hf_hash hash)
{
    static const char *const names[] = { [HF_HASH_SHA1] = "SHA1",
                                         [HF_HASH_SHA2_256] = "SHA256",
                                         [HF_HASH_SHA2_384] = "SHA384",
                                         [HF_HASH_SHA2_512] = "SHA512" };

    HF_ASSERT((size_t)hash < HF_ARRAY_LEN(names));
    if (digests[hash] == NULL)
        digests[hash] = EVP_MD_fetch(NULL, names[hash], NULL);
    return digests[hash];
}

EVP_MAC *hf_library_hmac(void)
{
    if (hmac == NULL)
        hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    return hmac;
}

const char *hf_library_key_type(const struct hf_algorithm *algorithm)
{
    switch ((enum hf_ke_method)algorithm->id) {
    case HF_KE_X25519:
        return "X25519";
    case HF_KE_ECP_256:
    case HF_KE_ECP_384:
    case HF_KE_ECP_521:
        return "EC";
    case HF_KE_MODP_2048:
    case HF_KE_MODP_3072:
    case HF_KE_MODP_4096:
        return "DH";
    case HF_KE_NONE:
        break;
    }
    hf_assert_failed("a group of the registry", __FILE__, __LINE__);
}

EVP_PKEY_CTX *hf_library_keygen(const struct hf_algorithm *algorithm)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, hf_library_key_type(algorithm), NULL);

    if (ctx == NULL || EVP_PKEY_keygen_init(ctx) != 1 ||
        (algorithm->id != HF_KE_X25519 &&
         EVP_PKEY_CTX_set_group_name(ctx, algorithm->openssl) != 1)) {
        EVP_PKEY_CTX_free(ctx);
        return NULL;
    }
    return ctx;
}

/* A key of zeros does: what counts is that the library sets the algorithm up. */
static bool has_cipher(const struct hf_algorithm *row)
{
    static const uint8_t zeros[EVP_MAX_KEY_LENGTH];
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    EVP_CIPHER *cipher = hf_library_cipher(row);
    bool good = ctx != NULL && cipher != NULL &&
                (size_t)EVP_CIPHER_get_key_length(cipher) == row->key_len &&
                EVP_CipherInit_ex2(ctx, cipher, zeros, zeros, 1, NULL) == 1;

    EVP_CIPHER_CTX_free(ctx);
    return good;
}

static bool has_hmac(const struct hf_algorithm *row)
{
    static const uint8_t zeros[HF_HASH_MAX];
    struct hf_hmac mac;
    uint8_t out[HF_HASH_MAX];
    bool good = hf_hmac_init(&mac, row, (hf_bytes){ zeros, row->key_len }) &&
                hf_hmac_compute(&mac, NULL, 0, out);

    hf_hmac_clear(&mac);
    return good;
}

/* Keys are not made here: MODP takes milliseconds and loads nothing that setting up does not. */
static bool has_group(const struct hf_algorithm *row)
{
    EVP_PKEY_CTX *ctx = hf_library_keygen(row);

    EVP_PKEY_CTX_free(ctx);
    return ctx != NULL;
}

static bool has(const struct hf_algorithm *row)
{
    switch (row->type) {
    case HF_TRANSFORM_ENCR:
        return has_cipher(row);
    case HF_TRANSFORM_PRF:
    case HF_TRANSFORM_INTEG:
        return has_hmac(row);
    case HF_TRANSFORM_KE:
        return has_group(row);
    case HF_TRANSFORM_ESN:
        break;
    }
    return false;
}

hf_status hf_crypto_load(const struct hf_algorithm **out_missing)
{
    const struct hf_algorithm *row, *first_missing = NULL;
    uint8_t random[8];
    bool has_rest = hf_random_from_library(NULL, random, sizeof random);

    for (size_t i = 0; (row = hf_library_row(i)) != NULL; i++) {
        bool is_missing = !has(row);

        hf_library_set_missing(i, is_missing);
        if (is_missing && first_missing == NULL)
            first_missing = row;
    }
    for (size_t hash = 0; hash < HF_ARRAY_LEN(digests); hash++)
        has_rest = hf_library_digest((enum hf_hash)hash) != NULL && has_rest;
    ERR_clear_error();
    if (first_missing == NULL && has_rest)
        return HF_OK;
    *out_missing = first_missing;
    return HF_ERR_CRYPTO;
}
