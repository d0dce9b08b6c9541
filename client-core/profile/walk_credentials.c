/* Certificates and keys inside JSON and XML files: see walk.h. */
#include "profile/walk.h"

#include "base/base64.h"
#include "crypto/credential.h"

hf_status hf_walk_anchor(struct hf_walk *w, hf_bytes encoded)
{
    static const char pem[] = "-----BEGIN";
    hf_buf der = hf_buf_with_max(HF_PROFILE_TRUST_MAX);
    hf_status status = HF_ERR_PROFILE_INVALID;

    if (hf_bytes_equal(hf_bytes_slice(encoded, 0, sizeof pem - 1), hf_bytes_of_string(pem)))
        status = hf_certificates_to_pem(encoded, &w->out->profile.trust);
    else if (hf_base64_decode(encoded, &der))
        status = hf_certificates_to_pem(hf_buf_bytes(&der), &w->out->profile.trust);
    hf_buf_free(&der);
    return status == HF_OK
               ? HF_OK
               : hf_walk_refuse(w, HF_ERR_PROFILE_INVALID, NULL, "a certificate in base64");
}

static hf_status keep(struct hf_secrets *secrets, const struct hf_pkcs12 *pkcs12)
{
    hf_buf_free(&secrets->values[HF_SECRET_PRIVATE_KEY]);
    hf_buf_free(&secrets->values[HF_SECRET_CERTIFICATES]);
    return hf_buf_append(&secrets->values[HF_SECRET_PRIVATE_KEY], hf_buf_bytes(&pkcs12->key)) &&
                   hf_buf_append(&secrets->values[HF_SECRET_CERTIFICATES],
                                 hf_buf_bytes(&pkcs12->certificates))
               ? HF_OK
               : HF_ERR_TOO_LARGE;
}

hf_status hf_walk_pkcs12(struct hf_walk *w, hf_bytes encoded)
{
    hf_buf der = hf_buf_with_max(HF_PROFILE_FILE_MAX);
    struct hf_pkcs12 pkcs12 = { .key = hf_buf_with_max(HF_CERTIFICATE_MAX),
                                .certificates = hf_buf_with_max(HF_PROFILE_TRUST_MAX) };
    hf_status status = HF_ERR_MALFORMED;

    if (hf_base64_decode(encoded, &der))
        status = hf_pkcs12_decode(hf_buf_bytes(&der), w->options->passphrase, &pkcs12);
    hf_buf_free(&der);
    if (status == HF_ERR_CREDENTIAL_PASSPHRASE)
        return hf_walk_refuse(w, status, NULL, "the passphrase of the PKCS#12 file");
    if (status != HF_OK)
        return hf_walk_refuse(w, status == HF_ERR_MALFORMED ? HF_ERR_CREDENTIAL_INVALID : status,
                              NULL, "a PKCS#12 file with a key, in base64");
    status = keep(&w->out->secrets, &pkcs12);
    hf_pkcs12_clear(&pkcs12);
    return status;
}
