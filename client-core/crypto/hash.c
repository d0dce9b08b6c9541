/* Plain hashes: see hash.h. */
#include "crypto/hash.h"

#include "crypto/library.h"

size_t hf_hash_len(enum hf_hash hash)
{
    static const size_t lengths[] = { [HF_HASH_SHA1] = 20,
                                      [HF_HASH_SHA2_256] = 32,
                                      [HF_HASH_SHA2_384] = 48,
                                      [HF_HASH_SHA2_512] = 64 };

    HF_ASSERT((size_t)hash < HF_ARRAY_LEN(lengths));
    return lengths[hash];
}

hf_status hf_hash(enum hf_hash hash, const hf_bytes *parts, size_t count, uint8_t *out)
{
    hf_status status = HF_ERR_CRYPTO;
    EVP_MD *digest = hf_library_digest(hash);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t value[HF_HASH_MAX];

    if (ctx == NULL || digest == NULL || EVP_DigestInit_ex2(ctx, digest, NULL) != 1)
        goto done;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len != 0 && EVP_DigestUpdate(ctx, parts[i].data, parts[i].len) != 1)
            goto done;
    }
    if (EVP_DigestFinal_ex(ctx, value, NULL) != 1)
        goto done;
    hf_copy(out, value, hf_hash_len(hash));
    status = HF_OK;
done:
    EVP_MD_CTX_free(ctx);
    return status;
}
