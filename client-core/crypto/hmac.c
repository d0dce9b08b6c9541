/* HMAC over OpenSSL's EVP_MAC: see hmac.h. */
#include "crypto/hmac.h"

#include "crypto/library.h"

#include <openssl/core_names.h>

bool hf_hmac_init(struct hf_hmac *mac, const struct hf_algorithm *algorithm, hf_bytes key)
{
    /* NULL would mean "the key of before". */
    const uint8_t *data = key.data == NULL ? (const uint8_t *)"" : key.data;
    char *digest = (char *)(uintptr_t)algorithm->openssl; /* a parameter that is only read */
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC *hmac = hf_library_hmac();

    mac->ctx = hmac == NULL ? NULL : EVP_MAC_CTX_new(hmac);
    return mac->ctx != NULL && EVP_MAC_init(mac->ctx, data, key.len, params) == 1;
}

void hf_hmac_clear(struct hf_hmac *mac)
{
    EVP_MAC_CTX_free(mac->ctx);
    mac->ctx = NULL;
}

bool hf_hmac_compute(struct hf_hmac *mac, const hf_bytes *parts, size_t count,
                     uint8_t out[HF_HASH_MAX])
{
    size_t len;

    if (EVP_MAC_init(mac->ctx, NULL, 0, NULL) != 1)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len != 0 && EVP_MAC_update(mac->ctx, parts[i].data, parts[i].len) != 1)
            return false;
    }
    return EVP_MAC_final(mac->ctx, out, &len, HF_HASH_MAX) == 1;
}
