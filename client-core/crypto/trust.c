/* Trust anchors: see certificate.h. */
#include "crypto/trust.h"

#include "crypto/certificate_list.h"
#include "crypto/hash.h"

#include <stdlib.h>

hf_status hf_trust_new(struct hf_trust **out)
{
    struct hf_trust *trust = calloc(1, sizeof *trust);

    if (trust == NULL)
        return HF_ERR_NO_MEMORY;
    trust->anchors = sk_X509_new_null();
    if (trust->anchors == NULL) {
        free(trust);
        return HF_ERR_NO_MEMORY;
    }
    *out = trust;
    return HF_OK;
}

void hf_trust_free(struct hf_trust *trust)
{
    if (trust == NULL)
        return;
    hf_certificate_list_free(trust->anchors);
    free(trust);
}

static bool is_known(const struct hf_trust *trust, X509 *certificate)
{
    for (int i = 0; i < sk_X509_num(trust->anchors); i++) {
        if (X509_cmp(sk_X509_value(trust->anchors, i), certificate) == 0)
            return true;
    }
    return false;
}

static hf_status add_new(struct hf_trust *trust, STACK_OF(X509) * list)
{
    for (int i = 0; i < sk_X509_num(list); i++) {
        X509 *certificate = sk_X509_value(list, i);

        if (is_known(trust, certificate))
            continue;
        if (hf_trust_count(trust) >= HF_TRUST_MAX)
            return HF_ERR_TOO_LARGE;
        if (!hf_certificate_list_add(trust->anchors, certificate))
            return HF_ERR_NO_MEMORY;
    }
    return HF_OK;
}

hf_status hf_trust_add(struct hf_trust *trust, hf_bytes certificates, size_t *out_added)
{
    STACK_OF(X509) *list = sk_X509_new_null();
    size_t before = hf_trust_count(trust);
    hf_status status = HF_ERR_NO_MEMORY;

    if (list != NULL)
        status = hf_certificate_list_decode(certificates, HF_TRUST_MAX, list);
    if (status == HF_OK)
        status = add_new(trust, list);
    while (status != HF_OK && hf_trust_count(trust) > before)
        X509_free(sk_X509_pop(trust->anchors));
    if (status == HF_OK && out_added != NULL)
        *out_added = hf_trust_count(trust) - before;
    hf_certificate_list_free(list);
    return status;
}

size_t hf_trust_count(const struct hf_trust *trust)
{
    return (size_t)sk_X509_num(trust->anchors);
}

static hf_status has_thumbprint(X509 *anchor, const uint8_t (*thumbprints)[HF_THUMBPRINT_LEN],
                                size_t count, bool *out)
{
    hf_buf der = hf_buf_with_max(HF_CERTIFICATE_MAX);
    uint8_t hash[HF_HASH_MAX];
    hf_status status = hf_certificate_list_encode_der(anchor, &der);
    hf_bytes encoded = hf_buf_bytes(&der);

    if (status == HF_OK)
        status = hf_hash(HF_HASH_SHA1, &encoded, 1, hash);
    *out = false;
    for (size_t i = 0; status == HF_OK && i < count; i++)
        *out |= hf_bytes_equal(HF_BYTES_OF(thumbprints[i]), (hf_bytes){ hash, HF_THUMBPRINT_LEN });
    hf_buf_free(&der);
    return status;
}

hf_status hf_trust_restrict(struct hf_trust *trust, const uint8_t (*thumbprints)[HF_THUMBPRINT_LEN],
                            size_t count)
{
    hf_status status = HF_OK;

    for (int i = sk_X509_num(trust->anchors) - 1; status == HF_OK && i >= 0; i--) {
        bool is_wanted;

        status = has_thumbprint(sk_X509_value(trust->anchors, i), thumbprints, count, &is_wanted);
        if (status == HF_OK && !is_wanted)
            X509_free(sk_X509_delete(trust->anchors, i));
    }
    return status;
}

/* SHA-1 is what RFC 7296, section 3.7 fixes; it only helps the gateway to choose a certificate. */
static hf_status add_key_hash(X509 *anchor, hf_buf *out)
{
    uint8_t *encoded = NULL, hash[HF_HASH_MAX];
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(anchor), &encoded);
    hf_bytes key = { encoded, len > 0 ? (size_t)len : 0 };
    hf_status status = len > 0 ? hf_hash(HF_HASH_SHA1, &key, 1, hash) : HF_ERR_NO_MEMORY;

    OPENSSL_free(encoded);
    if (status == HF_OK && !hf_buf_append(out, (hf_bytes){ hash, hf_hash_len(HF_HASH_SHA1) }))
        status = HF_ERR_NO_MEMORY;
    return status;
}

hf_status hf_trust_key_hashes(const struct hf_trust *trust, hf_buf *out)
{
    hf_status status = HF_OK;

    for (int i = 0; status == HF_OK && i < sk_X509_num(trust->anchors); i++) {
        if (hf_hash_len(HF_HASH_SHA1) > out->max - out->len)
            break; /* a hint that is full; the gateway may use any certificate it has */
        status = add_key_hash(sk_X509_value(trust->anchors, i), out);
    }
    return status;
}
