/* Signing: the choice of a scheme, and the two forms of Authentication Data. RFC 7427, section 3;
 * RFC 4754, section 7. See signature.h. */
#include "crypto/ecdsa_raw.h"
#include "crypto/signature_scheme.h"

hf_status hf_signature_choose(enum hf_key_type key, uint32_t hashes, enum hf_signature_scheme *out)
{
    /* Best first. A hash longer than the curve is cut, so it adds nothing, but it is better than no
     * signature at all. For RSA the strength of SHA2-256 is that of 3072 bits. */
    static const enum hf_signature_scheme order[HF_KEY_TYPE_COUNT][3] = {
        [HF_KEY_RSA] = {HF_SIG_RSA_PSS_SHA2_256, HF_SIG_RSA_PSS_SHA2_384,
                        HF_SIG_RSA_PSS_SHA2_512                                         },
        [HF_KEY_ECDSA_P256] = { HF_SIG_ECDSA_SHA2_256,  HF_SIG_ECDSA_SHA2_384,
                        HF_SIG_ECDSA_SHA2_512                                           },
        [HF_KEY_ECDSA_P384] = { HF_SIG_ECDSA_SHA2_384,  HF_SIG_ECDSA_SHA2_256,
                        HF_SIG_ECDSA_SHA2_512                                           },
        [HF_KEY_ECDSA_P521] = { HF_SIG_ECDSA_SHA2_512,  HF_SIG_ECDSA_SHA2_384,
                        HF_SIG_ECDSA_SHA2_256                                           },
        [HF_KEY_ED25519] = { HF_SIG_ED25519,         HF_SIG_ED25519,          HF_SIG_ED25519},
    };

    HF_ASSERT((size_t)key < HF_KEY_TYPE_COUNT);
    for (size_t i = 0; i < HF_ARRAY_LEN(order[key]); i++) {
        if ((hashes & 1u << hf_signature_scheme_hash(order[key][i])) != 0) {
            *out = order[key][i];
            return HF_OK;
        }
    }
    return HF_ERR_AUTH_REJECTED;
}

/*   +---------------+-----------------------------------------------+
 *   | ASN.1 Length  | AlgorithmIdentifier ASN.1 object              |
 *   +---------------+-----------------------------------------------+
 *   ~                        Signature Value                        ~  RFC 7427, section 3 */
hf_status hf_signature_sign(const struct hf_signer *signer, enum hf_signature_scheme scheme,
                            hf_bytes message, hf_buf *out)
{
    hf_bytes identifier = hf_signature_scheme_identifier(scheme);
    uint8_t len = (uint8_t)identifier.len;
    hf_buf signature = hf_buf_with_max(HF_SIGNATURE_MAX);
    size_t before = out->len;
    hf_status status;

    if (!hf_signature_scheme_fits(scheme, signer->key_type))
        return HF_ERR_CREDENTIAL_INVALID;
    status = signer->sign(signer->context, scheme, message, &signature);
    if (status == HF_OK &&
        (!hf_buf_append(out, (hf_bytes){ &len, 1 }) || !hf_buf_append(out, identifier) ||
         !hf_buf_append(out, hf_buf_bytes(&signature)))) {
        out->len = before;
        status = HF_ERR_NO_MEMORY;
    }
    hf_buf_free(&signature);
    return status;
}

hf_status hf_signature_sign_ecdsa(const struct hf_signer *signer, hf_bytes message,
                                  uint8_t *out_method, hf_buf *out)
{
    const struct hf_ecdsa_method *method = hf_ecdsa_raw_method_of_key(signer->key_type);
    hf_buf signature = hf_buf_with_max(HF_SIGNATURE_MAX);
    hf_status status;

    if (method == NULL)
        return HF_ERR_CREDENTIAL_INVALID;
    status = signer->sign(signer->context, method->scheme, message, &signature);
    if (status == HF_OK)
        status = hf_ecdsa_raw_encode(hf_buf_bytes(&signature), method->half, out);
    if (status == HF_OK)
        *out_method = method->number;
    hf_buf_free(&signature);
    return status;
}
