/* Verifying the peer's AUTH: nothing is parsed but one length; the library hashes, unpads and
 * compares, and its answer counts only when it is 1 (it also returns 0 and negative numbers).
 * RFC 7427, section 3; RFC 4754. See signature.h. */
#include "base/reader.h"
#include "crypto/ecdsa_raw.h"
#include "crypto/key.h"
#include "crypto/signature_scheme.h"

static bool is_good(EVP_MD_CTX *context, const struct hf_public_key *key,
                    enum hf_signature_scheme scheme, hf_bytes signature, hf_bytes message)
{
    EVP_PKEY_CTX *pkey_context;

    return EVP_DigestVerifyInit_ex(context, &pkey_context, hf_signature_scheme_digest(scheme), NULL,
                                   NULL, key->pkey, NULL) == 1 &&
           hf_signature_scheme_set_padding(scheme, pkey_context) &&
           EVP_DigestVerify(context, signature.data, signature.len, message.data, message.len) == 1;
}

static hf_status verify(const struct hf_public_key *key, enum hf_signature_scheme scheme,
                        hf_bytes signature, hf_bytes message)
{
    EVP_MD_CTX *context;
    bool good;

    if (signature.len == 0 || signature.len > HF_SIGNATURE_MAX ||
        !hf_signature_scheme_fits(scheme, key->type))
        return HF_ERR_PEER_AUTH;
    context = EVP_MD_CTX_new();
    if (context == NULL)
        return HF_ERR_NO_MEMORY;
    good = is_good(context, key, scheme, signature, message);
    EVP_MD_CTX_free(context);
    return good ? HF_OK : HF_ERR_PEER_AUTH;
}

hf_status hf_signature_verify(const struct hf_public_key *key, hf_bytes auth_data, hf_bytes message)
{
    hf_reader r = hf_reader_of(auth_data);
    enum hf_signature_scheme scheme;
    hf_bytes identifier;
    uint8_t len;

    if (!hf_read_u8(&r, &len) || !hf_read_bytes(&r, len, &identifier) ||
        !hf_signature_scheme_find(identifier, &scheme))
        return HF_ERR_PEER_AUTH;
    return verify(key, scheme, hf_read_rest(&r), message);
}

hf_status hf_signature_verify_ecdsa(const struct hf_public_key *key, uint8_t auth_method,
                                    hf_bytes auth_data, hf_bytes message)
{
    const struct hf_ecdsa_method *method = hf_ecdsa_raw_method(auth_method);
    hf_buf der = hf_buf_with_max(HF_SIGNATURE_MAX);
    hf_status status;

    if (method == NULL || method->key != key->type)
        return HF_ERR_PEER_AUTH;
    status = hf_ecdsa_raw_decode(auth_data, method->half, &der);
    if (status == HF_OK)
        status = verify(key, method->scheme, hf_buf_bytes(&der), message);
    hf_buf_free(&der);
    return status == HF_ERR_MALFORMED ? HF_ERR_PEER_AUTH : status;
}
