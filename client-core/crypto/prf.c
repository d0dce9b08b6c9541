/* PRF and prf+: see prf.h. */
#include "crypto/prf.h"

#include "crypto/hmac.h"

#define PARTS_MAX 8 /* of prf+: more than any formula of RFC 7296 has */

static const struct hf_algorithm *find(uint16_t prf)
{
    return hf_algorithm_find(HF_TRANSFORM_PRF, prf, 0);
}

size_t hf_prf_len(uint16_t prf)
{
    const struct hf_algorithm *algorithm = find(prf);

    return algorithm == NULL ? 0 : algorithm->tag_len;
}

hf_status hf_prf(uint16_t prf, hf_bytes key, const hf_bytes *parts, size_t count, hf_secret *out)
{
    const struct hf_algorithm *algorithm = find(prf);
    uint8_t value[HF_HASH_MAX];
    struct hf_hmac mac;
    bool good;

    if (algorithm == NULL)
        return HF_ERR_CRYPTO;
    good = hf_hmac_init(&mac, algorithm, key) && hf_hmac_compute(&mac, parts, count, value) &&
           hf_secret_set(out, (hf_bytes){ value, algorithm->tag_len });
    hf_hmac_clear(&mac);
    hf_cleanse(value, sizeof value);
    return good ? HF_OK : HF_ERR_CRYPTO;
}

/* T1 = prf(K, S | 0x01), Tn = prf(K, Tn-1 | S | n): RFC 7296, section 2.13. */
static bool expand(struct hf_hmac *mac, size_t block_len, const hf_bytes *parts, size_t count,
                   uint8_t *out, size_t len)
{
    hf_bytes inputs[PARTS_MAX + 2] = { 0 };
    uint8_t block[HF_HASH_MAX], n = 0;
    bool good = true;

    for (size_t i = 0; i < count; i++)
        inputs[i + 1] = parts[i];
    inputs[count + 1] = (hf_bytes){ &n, 1 };
    while (len > 0 && good) {
        size_t taken = len < block_len ? len : block_len;

        n++;
        good = hf_hmac_compute(mac, inputs, count + 2, block);
        inputs[0] = (hf_bytes){ block, block_len };
        hf_copy(out, block, good ? taken : 0);
        out += taken;
        len -= taken;
    }
    hf_cleanse(block, sizeof block);
    return good;
}

hf_status hf_prf_plus(uint16_t prf, hf_bytes key, const hf_bytes *parts, size_t count, uint8_t *out,
                      size_t len)
{
    const struct hf_algorithm *algorithm = find(prf);
    struct hf_hmac mac;
    bool good;

    if (algorithm == NULL || len > 255 * algorithm->tag_len)
        return HF_ERR_CRYPTO;
    HF_ASSERT(count <= PARTS_MAX);
    good = hf_hmac_init(&mac, algorithm, key) &&
           expand(&mac, algorithm->tag_len, parts, count, out, len);
    hf_hmac_clear(&mac);
    if (!good)
        hf_cleanse(out, len);
    return good ? HF_OK : HF_ERR_CRYPTO;
}
