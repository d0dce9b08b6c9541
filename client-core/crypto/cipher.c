/* Message protection on OpenSSL's EVP: see cipher.h. One context per object, whose key is set once;
 * a message sets the IV alone. */
#include "crypto/cipher.h"

#include "crypto/hmac.h"
#include "crypto/library.h"

#include <openssl/core_names.h>
#include <openssl/err.h>

#include <limits.h>
#include <stdlib.h>

#define NONCE_LEN 12 /* salt and explicit IV: RFC 4106, section 4; RFC 7634, section 2 */

struct hf_cipher {
    struct hf_cipher_sizes sizes;
    enum hf_direction direction;
    bool is_aead;
    size_t salt_len;
    uint8_t nonce[NONCE_LEN];
    EVP_CIPHER_CTX *ctx;
    struct hf_hmac mac; /* of CBC */
};

struct rows {
    const struct hf_algorithm *encr, *integ; /* `integ` is NULL with an AEAD */
};

static bool find_rows(const struct hf_cipher_suite *suite, struct rows *out)
{
    struct rows rows = { hf_algorithm_find(HF_TRANSFORM_ENCR, suite->encr, suite->key_bits),
                         hf_algorithm_find(HF_TRANSFORM_INTEG, suite->integ, 0) };

    if (rows.encr == NULL || rows.encr->is_aead != (suite->integ == HF_INTEG_NONE) ||
        rows.encr->is_aead != (rows.integ == NULL))
        return false;
    *out = rows;
    return true;
}

static struct hf_cipher_sizes sizes_of(const struct rows *rows)
{
    return (struct hf_cipher_sizes){
        .encr_key = rows->encr->key_len + rows->encr->salt_len,
        .integ_key = rows->integ == NULL ? 0 : rows->integ->key_len,
        .iv = rows->encr->iv_len,
        .block = rows->encr->block_len,
        .icv = rows->integ == NULL ? rows->encr->tag_len : rows->integ->tag_len,
    };
}

hf_status hf_cipher_sizes(const struct hf_cipher_suite *suite, struct hf_cipher_sizes *out)
{
    struct rows rows;

    if (!find_rows(suite, &rows))
        return HF_ERR_NO_PROPOSAL;
    *out = sizes_of(&rows);
    return HF_OK;
}

static bool set_keys(struct hf_cipher *cipher, const struct rows *rows, hf_bytes encr_key,
                     hf_bytes integ_key)
{
    EVP_CIPHER *algorithm = hf_library_cipher(rows->encr);
    hf_bytes salt = hf_bytes_slice(encr_key, rows->encr->key_len, rows->encr->salt_len);

    hf_copy(cipher->nonce, salt.data, salt.len);
    cipher->ctx = EVP_CIPHER_CTX_new();
    return cipher->ctx != NULL && algorithm != NULL &&
           EVP_CipherInit_ex2(cipher->ctx, algorithm, encr_key.data, NULL,
                              cipher->direction == HF_SEAL, NULL) == 1 &&
           (cipher->is_aead || EVP_CIPHER_CTX_set_padding(cipher->ctx, 0) == 1) &&
           (rows->integ == NULL || hf_hmac_init(&cipher->mac, rows->integ, integ_key));
}

hf_status hf_cipher_new(const struct hf_cipher_suite *suite, enum hf_direction direction,
                        hf_bytes encr_key, hf_bytes integ_key, struct hf_cipher **out)
{
    struct hf_cipher *cipher;
    struct rows rows;

    if (!find_rows(suite, &rows))
        return HF_ERR_NO_PROPOSAL;
    cipher = calloc(1, sizeof *cipher);
    if (cipher == NULL)
        return HF_ERR_NO_MEMORY;
    cipher->sizes = sizes_of(&rows);
    cipher->direction = direction;
    cipher->is_aead = rows.encr->is_aead;
    cipher->salt_len = rows.encr->salt_len;
    HF_ASSERT(encr_key.len == cipher->sizes.encr_key && integ_key.len == cipher->sizes.integ_key);
    if (!set_keys(cipher, &rows, encr_key, integ_key)) {
        hf_cipher_free(cipher);
        ERR_clear_error();
        return HF_ERR_CRYPTO;
    }
    *out = cipher;
    return HF_OK;
}

void hf_cipher_free(struct hf_cipher *cipher)
{
    if (cipher == NULL)
        return;
    EVP_CIPHER_CTX_free(cipher->ctx); /* cleanses the key schedule */
    hf_hmac_clear(&cipher->mac);
    hf_cleanse(cipher->nonce, sizeof cipher->nonce);
    free(cipher);
}

/* The key stays: only the IV is new. */
static bool set_iv(struct hf_cipher *cipher, const uint8_t *iv)
{
    if (cipher->is_aead) {
        hf_copy(cipher->nonce + cipher->salt_len, iv, cipher->sizes.iv);
        iv = cipher->nonce;
    }
    return EVP_CipherInit_ex2(cipher->ctx, NULL, NULL, iv, -1, NULL) == 1;
}

static bool authenticate_only(struct hf_cipher *cipher, hf_bytes bytes)
{
    int len;

    return bytes.len == 0 ||
           EVP_CipherUpdate(cipher->ctx, NULL, &len, bytes.data, (int)bytes.len) == 1;
}

static bool update(struct hf_cipher *cipher, hf_bytes in, uint8_t *out)
{
    int len;

    return in.len == 0 || EVP_CipherUpdate(cipher->ctx, out, &len, in.data, (int)in.len) == 1;
}

/* CBC's ICV covers what is sent from the header on, then what is not sent (RFC 4303, section
 * 2.2.1). */
static bool compute_mac(struct hf_cipher *cipher, const struct hf_cipher_message *message,
                        hf_bytes ciphertext, uint8_t out[HF_HASH_MAX])
{
    const hf_bytes parts[] = {
        message->before, {message->iv, cipher->sizes.iv},
         ciphertext, message->after
    };

    return hf_hmac_compute(&cipher->mac, parts, HF_ARRAY_LEN(parts), out);
}

/* The ICV's place as OpenSSL's tag parameter: written when sealing, read when opening. */
static OSSL_PARAM tag_at(const struct hf_cipher *cipher, const uint8_t *icv)
{
    return OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, (void *)(uintptr_t)icv,
                                             cipher->sizes.icv);
}

static bool seal_aead(struct hf_cipher *cipher, const struct hf_cipher_message *message,
                      hf_bytes in, uint8_t *out, uint8_t *icv)
{
    OSSL_PARAM tag[] = { tag_at(cipher, icv), OSSL_PARAM_construct_end() };
    int len;

    return set_iv(cipher, message->iv) && authenticate_only(cipher, message->before) &&
           update(cipher, in, out) && EVP_EncryptFinal_ex(cipher->ctx, out + in.len, &len) == 1 &&
           EVP_CIPHER_CTX_get_params(cipher->ctx, tag) == 1;
}

static bool seal_cbc(struct hf_cipher *cipher, const struct hf_cipher_message *message, hf_bytes in,
                     uint8_t *out, uint8_t *icv)
{
    hf_bytes ciphertext = { out, in.len };
    uint8_t mac[HF_HASH_MAX];

    if (!set_iv(cipher, message->iv) || !update(cipher, in, out) ||
        !compute_mac(cipher, message, ciphertext, mac))
        return false;
    hf_copy(icv, mac, cipher->sizes.icv);
    return true;
}

/* Lengths that are not what cipher.h says are our own mistake: decoders have checked the peer's. */
static void check_lengths(const struct hf_cipher *cipher, const struct hf_cipher_message *message,
                          hf_bytes in)
{
    HF_ASSERT(in.len <= INT_MAX && message->before.len <= INT_MAX);
    HF_ASSERT(in.len % cipher->sizes.block == 0);
    HF_ASSERT(!cipher->is_aead || message->after.len == 0);
}

hf_status hf_cipher_seal(struct hf_cipher *cipher, const struct hf_cipher_message *message,
                         hf_bytes in, uint8_t *out, uint8_t *icv)
{
    bool good;

    HF_ASSERT(cipher->direction == HF_SEAL);
    check_lengths(cipher, message, in);
    good = cipher->is_aead ? seal_aead(cipher, message, in, out, icv)
                           : seal_cbc(cipher, message, in, out, icv);
    if (good)
        return HF_OK;
    hf_cleanse(out, in.len); /* it may be plaintext, and may not leave */
    ERR_clear_error();
    return HF_ERR_CRYPTO;
}

static bool open_aead(struct hf_cipher *cipher, const struct hf_cipher_message *message,
                      hf_bytes in, uint8_t *out, const uint8_t *icv)
{
    OSSL_PARAM tag[] = { tag_at(cipher, icv), OSSL_PARAM_construct_end() };
    int len;

    return set_iv(cipher, message->iv) && EVP_CIPHER_CTX_set_params(cipher->ctx, tag) == 1 &&
           authenticate_only(cipher, message->before) && update(cipher, in, out) &&
           EVP_DecryptFinal_ex(cipher->ctx, out + in.len, &len) == 1;
}

static bool open_cbc(struct hf_cipher *cipher, const struct hf_cipher_message *message, hf_bytes in,
                     uint8_t *out, const uint8_t *icv)
{
    uint8_t mac[HF_HASH_MAX];

    return compute_mac(cipher, message, in, mac) &&
           hf_bytes_equal_ct((hf_bytes){ mac, cipher->sizes.icv },
                             (hf_bytes){ icv, cipher->sizes.icv }) &&
           set_iv(cipher, message->iv) && update(cipher, in, out);
}

hf_status hf_cipher_open(struct hf_cipher *cipher, const struct hf_cipher_message *message,
                         hf_bytes in, uint8_t *out, const uint8_t *icv)
{
    bool good;

    HF_ASSERT(cipher->direction == HF_OPEN);
    check_lengths(cipher, message, in);
    good = cipher->is_aead ? open_aead(cipher, message, in, out, icv)
                           : open_cbc(cipher, message, in, out, icv);
    if (good)
        return HF_OK;
    hf_cleanse(out, in.len);
    ERR_clear_error();
    return HF_ERR_INTEGRITY;
}
