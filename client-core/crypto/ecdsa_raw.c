/* Raw ECDSA signatures: see ecdsa_raw.h. */
#include "crypto/ecdsa_raw.h"

#include <openssl/bn.h>
#include <openssl/ec.h>

static const struct hf_ecdsa_method methods[] = {
    {9,   HF_KEY_ECDSA_P256, HF_SIG_ECDSA_SHA2_256, 32},
    { 10, HF_KEY_ECDSA_P384, HF_SIG_ECDSA_SHA2_384, 48},
    { 11, HF_KEY_ECDSA_P521, HF_SIG_ECDSA_SHA2_512, 66},
};

const struct hf_ecdsa_method *hf_ecdsa_raw_method(uint8_t number)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(methods); i++) {
        if (methods[i].number == number)
            return &methods[i];
    }
    return NULL;
}

const struct hf_ecdsa_method *hf_ecdsa_raw_method_of_key(enum hf_key_type key)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(methods); i++) {
        if (methods[i].key == key)
            return &methods[i];
    }
    return NULL;
}

static bool write_half(const BIGNUM *number, size_t half, hf_buf *out)
{
    uint8_t *at = hf_buf_extend(out, half);

    return at != NULL && BN_bn2binpad(number, at, (int)half) == (int)half;
}

hf_status hf_ecdsa_raw_encode(hf_bytes der, size_t half, hf_buf *out)
{
    const uint8_t *at = der.data;
    ECDSA_SIG *signature =
        der.len > HF_SIGNATURE_MAX ? NULL : d2i_ECDSA_SIG(NULL, &at, (long)der.len);
    size_t before = out->len;
    hf_status status = HF_ERR_CREDENTIAL_INVALID;

    if (signature != NULL && write_half(ECDSA_SIG_get0_r(signature), half, out) &&
        write_half(ECDSA_SIG_get0_s(signature), half, out))
        status = HF_OK;
    else
        out->len = before;
    ECDSA_SIG_free(signature);
    return status;
}

/* NULL out of memory. The signature owns the two numbers. */
static ECDSA_SIG *signature_of(hf_bytes r, hf_bytes s)
{
    ECDSA_SIG *signature = ECDSA_SIG_new();
    BIGNUM *r_number = BN_bin2bn(r.data, (int)r.len, NULL);
    BIGNUM *s_number = BN_bin2bn(s.data, (int)s.len, NULL);

    if (signature != NULL && r_number != NULL && s_number != NULL &&
        ECDSA_SIG_set0(signature, r_number, s_number) == 1)
        return signature;
    ECDSA_SIG_free(signature);
    BN_free(r_number);
    BN_free(s_number);
    return NULL;
}

hf_status hf_ecdsa_raw_decode(hf_bytes raw, size_t half, hf_buf *out_der)
{
    ECDSA_SIG *signature;
    uint8_t *der = NULL;
    int len;
    hf_status status = HF_ERR_NO_MEMORY;

    if (raw.len != 2 * half)
        return HF_ERR_MALFORMED;
    signature = signature_of(hf_bytes_slice(raw, 0, half), hf_bytes_slice(raw, half, half));
    len = signature == NULL ? -1 : i2d_ECDSA_SIG(signature, &der);
    if (len > 0 && hf_buf_append(out_der, (hf_bytes){ der, (size_t)len }))
        status = HF_OK;
    OPENSSL_free(der);
    ECDSA_SIG_free(signature);
    return status;
}
