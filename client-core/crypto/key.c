/* Which keys are supported: see key.h. */
#include "crypto/key.h"

#include "crypto/text.h"

#include <openssl/core_names.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#define GROUP_NAME_MAX 64

static bool has_explicit_parameters(EVP_PKEY *pkey)
{
    char encoding[GROUP_NAME_MAX];

    return EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_EC_ENCODING, encoding,
                                          sizeof encoding, NULL) != 1 ||
           strcmp(encoding, OSSL_PKEY_EC_ENCODING_GROUP) != 0;
}

static bool curve_of(EVP_PKEY *pkey, enum hf_key_type *out)
{
    static const struct {
        const char *group;
        enum hf_key_type type;
    } curves[] = {
        {"prime256v1", HF_KEY_ECDSA_P256},
        { "secp384r1", HF_KEY_ECDSA_P384},
        { "secp521r1", HF_KEY_ECDSA_P521},
    };
    char group[GROUP_NAME_MAX];

    if (EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL) != 1 ||
        has_explicit_parameters(pkey))
        return false;
    for (size_t i = 0; i < HF_ARRAY_LEN(curves); i++) {
        if (strcmp(group, curves[i].group) == 0) {
            *out = curves[i].type;
            return true;
        }
    }
    return false;
}

static bool is_rsa(EVP_PKEY *pkey)
{
    return EVP_PKEY_is_a(pkey, "RSA") == 1 || EVP_PKEY_is_a(pkey, "RSA-PSS") == 1;
}

bool hf_key_type_of(EVP_PKEY *pkey, enum hf_key_type *out)
{
    int bits = EVP_PKEY_get_bits(pkey);

    if (EVP_PKEY_is_a(pkey, "EC") == 1)
        return curve_of(pkey, out);
    if (EVP_PKEY_is_a(pkey, "ED25519") == 1) {
        *out = HF_KEY_ED25519;
        return true;
    }
    if (!is_rsa(pkey) || bits < HF_RSA_BITS_MIN || bits > HF_RSA_BITS_MAX)
        return false;
    *out = HF_KEY_RSA;
    return true;
}

hf_status hf_key_wrap_public(EVP_PKEY *pkey, struct hf_public_key **out)
{
    struct hf_public_key *key;
    enum hf_key_type type;

    if (pkey == NULL || !hf_key_type_of(pkey, &type))
        return HF_ERR_CERT_WEAK;
    key = calloc(1, sizeof *key);
    if (key == NULL)
        return HF_ERR_NO_MEMORY;
    if (EVP_PKEY_up_ref(pkey) != 1) {
        free(key);
        return HF_ERR_CRYPTO;
    }
    *key = (struct hf_public_key){ .pkey = pkey, .type = type };
    *out = key;
    return HF_OK;
}

void hf_public_key_free(struct hf_public_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pkey);
    free(key);
}

enum hf_key_type hf_public_key_type(const struct hf_public_key *key)
{
    return key->type;
}

void hf_key_describe(EVP_PKEY *pkey, char *text, size_t size)
{
    hf_writer w = hf_text_of(text, size);
    const char *kind = pkey == NULL ? NULL : EVP_PKEY_get0_type_name(pkey);
    char group[GROUP_NAME_MAX];

    hf_text_add(&w, kind == NULL ? "a key of unknown kind" : kind);
    if (kind != NULL && EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL) == 1) {
        hf_text_add(&w, " ");
        hf_text_add(&w, group);
    } else if (kind != NULL && EVP_PKEY_get_bits(pkey) > 0) {
        hf_text_add(&w, " ");
        hf_text_add_number(&w, (uint64_t)EVP_PKEY_get_bits(pkey), 1);
    }
    hf_text_finish(&w);
}

hf_status hf_key_encode_pkcs8(EVP_PKEY *pkey, hf_buf *out)
{
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
    uint8_t *der = NULL;
    int len = info == NULL ? -1 : i2d_PKCS8_PRIV_KEY_INFO(info, &der);
    hf_status status = HF_ERR_MALFORMED;

    if (len > 0)
        status = hf_buf_append(out, (hf_bytes){ der, (size_t)len }) ? HF_OK : HF_ERR_NO_MEMORY;
    OPENSSL_clear_free(der, len > 0 ? (size_t)len : 0);
    PKCS8_PRIV_KEY_INFO_free(info);
    return status;
}
