/* Signing with a key in a token: see token.h. The digest was made by whoever asks, so that all
 * tokens can do it (PKCS #11 v2.40, sections 2.1.6, 2.1.8 and 2.3.6). */
#include "helpers/keys/token.h"

#include <string.h>

enum padding { PKCS1, PSS, ECDSA };

struct way {
    enum padding padding;
    size_t digest_len;
    CK_MECHANISM_TYPE hash;
    unsigned long mask;
    uint8_t hash_oid; /* the last octet of id-sha256, id-sha384, id-sha512 */
};

static const struct way *way_of(enum hf_signature_scheme scheme)
{
    static const struct way ways[HF_SIG_COUNT] = {
        [HF_SIG_RSA_PSS_SHA2_256] = {PSS,    32, CKM_SHA256, CKG_MGF1_SHA256, 1},
        [HF_SIG_RSA_PSS_SHA2_384] = { PSS,   48, CKM_SHA384, CKG_MGF1_SHA384, 2},
        [HF_SIG_RSA_PSS_SHA2_512] = { PSS,   64, CKM_SHA512, CKG_MGF1_SHA512, 3},
        [HF_SIG_RSA_PKCS1_SHA2_256] = { PKCS1, 32, CKM_SHA256, CKG_MGF1_SHA256, 1},
        [HF_SIG_RSA_PKCS1_SHA2_384] = { PKCS1, 48, CKM_SHA384, CKG_MGF1_SHA384, 2},
        [HF_SIG_RSA_PKCS1_SHA2_512] = { PKCS1, 64, CKM_SHA512, CKG_MGF1_SHA512, 3},
        [HF_SIG_ECDSA_SHA2_256] = { ECDSA, 32, CKM_SHA256, CKG_MGF1_SHA256, 1},
        [HF_SIG_ECDSA_SHA2_384] = { ECDSA, 48, CKM_SHA384, CKG_MGF1_SHA384, 2},
        [HF_SIG_ECDSA_SHA2_512] = { ECDSA, 64, CKM_SHA512, CKG_MGF1_SHA512, 3},
    };

    return ways[scheme].digest_len == 0 ? NULL : &ways[scheme]; /* Ed25519 */
}

/* DigestInfo: SEQUENCE { SEQUENCE { OID, NULL }, OCTET STRING } (RFC 8017, section 9.2). */
static hf_bytes digest_info(const struct way *way, hf_bytes digest, uint8_t storage[128])
{
    const uint8_t head[] = { 0x30,
                             (uint8_t)(17 + way->digest_len),
                             0x30,
                             0x0d,
                             0x06,
                             0x09,
                             0x60,
                             0x86,
                             0x48,
                             0x01,
                             0x65,
                             0x03,
                             0x04,
                             0x02,
                             way->hash_oid,
                             0x05,
                             0x00,
                             0x04,
                             (uint8_t)way->digest_len };

    hf_copy(storage, head, sizeof head);
    hf_copy(storage + sizeof head, digest.data, digest.len);
    return (hf_bytes){ storage, sizeof head + digest.len };
}

static size_t order_len(enum hf_key_type type)
{
    switch (type) {
    case HF_KEY_ECDSA_P256:
        return 32;
    case HF_KEY_ECDSA_P384:
        return 48;
    case HF_KEY_ECDSA_P521:
        return 66;
    case HF_KEY_RSA:
    case HF_KEY_ED25519:
    case HF_KEY_TYPE_COUNT:
        break;
    }
    return 0;
}

/* A digest that is longer than the curve's order counts by its first bits (FIPS 186-4, section
 * 6.4); not every token cuts it itself. */
static hf_bytes cut(enum hf_key_type type, hf_bytes digest)
{
    size_t most = order_len(type);

    return digest.len > most ? hf_bytes_slice(digest, 0, most) : digest;
}

static hf_status sign(struct hf_token *token, CK_MECHANISM *mechanism, hf_bytes input, hf_buf *out)
{
    uint8_t signature[HF_SIGNATURE_MAX];
    CK_ULONG len = sizeof signature;
    CK_RV rv = token->module->C_SignInit(token->session, mechanism, token->key);

    if (rv == CKR_OK)
        rv = token->module->C_Sign(token->session, (CK_BYTE_PTR)input.data, input.len, signature,
                                   &len);
    if (rv != CKR_OK)
        return hf_token_status(rv);
    return hf_buf_append(out, (hf_bytes){ signature, len }) ? HF_OK : HF_ERR_NO_MEMORY;
}

hf_status hf_token_sign(struct hf_token *token, const struct hf_keys_sign *request, hf_buf *out)
{
    const struct way *way = way_of(request->scheme);
    CK_RSA_PKCS_PSS_PARAMS pss;
    CK_MECHANISM mechanism = { 0 };
    uint8_t storage[128];
    hf_bytes input = request->digest;

    if (way == NULL || request->digest.len != way->digest_len ||
        (way->padding == ECDSA) == (token->type == HF_KEY_RSA))
        return HF_ERR_CREDENTIAL_INVALID;
    switch (way->padding) {
    case PKCS1:
        mechanism.mechanism = CKM_RSA_PKCS;
        input = digest_info(way, request->digest, storage);
        break;
    case PSS:
        pss = (CK_RSA_PKCS_PSS_PARAMS){ way->hash, way->mask, way->digest_len };
        mechanism = (CK_MECHANISM){ CKM_RSA_PKCS_PSS, &pss, sizeof pss };
        break;
    case ECDSA:
        mechanism.mechanism = CKM_ECDSA;
        input = cut(token->type, request->digest);
        break;
    }
    return sign(token, &mechanism, input, out);
}
