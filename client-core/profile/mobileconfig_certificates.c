/* Certificate payloads of a .mobileconfig: CAs become the profile's trust, the PKCS#12 that the VPN
 * names its credential. */
#include "profile/mobileconfig.h"

#include "crypto/credential.h"

static bool is_type(const struct hf_plist *payload, const char *type)
{
    return hf_plist_is_text(hf_plist_get(payload, "PayloadType"), type);
}

static bool is_named_by_vpn(struct hf_mobileconfig *m, const struct hf_plist *payload)
{
    hf_bytes wanted =
        hf_plist_text(hf_plist_get(hf_plist_get(m->vpn, "IKEv2"), "PayloadCertificateUUID"));

    return wanted.len != 0 &&
           hf_bytes_equal_nocase(wanted, hf_plist_text(hf_plist_get(payload, "PayloadUUID")));
}

static hf_status take_pkcs12(struct hf_mobileconfig *m, const struct hf_plist *payload)
{
    const struct hf_plist *content = hf_plist_get(payload, "PayloadContent"),
                          *password = hf_plist_get(payload, "Password");
    struct hf_secrets *secrets = &m->out->secrets;
    struct hf_pkcs12 pkcs12 = { .key = hf_buf_with_max(HF_CERTIFICATE_MAX),
                                .certificates = hf_buf_with_max(HF_PROFILE_TRUST_MAX) };
    hf_status status;

    if (content == NULL || content->kind != HF_PLIST_DATA)
        return hf_mobileconfig_refuse(m, HF_ERR_PROFILE_INVALID, "PayloadContent",
                                      "the PKCS#12 file as data");
    status = hf_pkcs12_decode(hf_buf_bytes(&content->value),
                              password != NULL ? hf_plist_text(password) : m->options->passphrase,
                              &pkcs12);
    if (status == HF_ERR_CREDENTIAL_PASSPHRASE)
        return hf_mobileconfig_refuse(m, status, "Password", "the passphrase of the PKCS#12 file");
    if (status != HF_OK)
        return hf_mobileconfig_refuse(
            m, status == HF_ERR_MALFORMED ? HF_ERR_CREDENTIAL_INVALID : status, "PayloadContent",
            "a PKCS#12 file with a key");
    hf_buf_free(&secrets->values[HF_SECRET_PRIVATE_KEY]);
    hf_buf_free(&secrets->values[HF_SECRET_CERTIFICATES]);
    if (!hf_buf_append(&secrets->values[HF_SECRET_PRIVATE_KEY], hf_buf_bytes(&pkcs12.key)) ||
        !hf_buf_append(&secrets->values[HF_SECRET_CERTIFICATES],
                       hf_buf_bytes(&pkcs12.certificates)))
        status = HF_ERR_TOO_LARGE;
    hf_pkcs12_clear(&pkcs12);
    return status;
}

static hf_status take_anchor(struct hf_mobileconfig *m, const struct hf_plist *payload)
{
    const struct hf_plist *content = hf_plist_get(payload, "PayloadContent");

    if (content == NULL || content->kind != HF_PLIST_DATA ||
        hf_certificates_to_pem(hf_buf_bytes(&content->value), &m->out->profile.trust) != HF_OK)
        return hf_mobileconfig_refuse(m, HF_ERR_PROFILE_INVALID, "PayloadContent",
                                      "a certificate as data");
    return HF_OK;
}

static hf_status note(struct hf_mobileconfig *m, const struct hf_plist *payload,
                      enum hf_notice_severity severity, const char *text)
{
    hf_bytes type = hf_plist_text(hf_plist_get(payload, "PayloadType"));

    return hf_import_note(m->out, severity, type, text);
}

static hf_status take_payload(struct hf_mobileconfig *m, const struct hf_plist *payload)
{
    hf_status status;

    if (payload == m->vpn || is_type(payload, "com.apple.vpn.managed"))
        return HF_OK;
    if (is_type(payload, "com.apple.security.pkcs12") && is_named_by_vpn(m, payload)) {
        status = take_pkcs12(m, payload);
        return status == HF_OK
                   ? note(m, payload, HF_NOTICE_APPLIED, "the client's key and certificates")
                   : status;
    }
    if (is_type(payload, "com.apple.security.root") ||
        is_type(payload, "com.apple.security.pkcs1") ||
        is_type(payload, "com.apple.security.pem")) {
        status = take_anchor(m, payload);
        return status == HF_OK ? note(m, payload, HF_NOTICE_APPLIED,
                                      "may vouch for the gateway of this profile alone")
                               : status;
    }
    return note(m, payload, HF_NOTICE_UNSUPPORTED, "not part of this VPN");
}

hf_status hf_mobileconfig_certificates(struct hf_mobileconfig *m, const struct hf_plist *payloads)
{
    hf_status status = HF_OK;

    for (const struct hf_plist *payload = payloads->first; payload != NULL && status == HF_OK;
         payload = payload->next)
        status = take_payload(m, payload);
    if (status == HF_OK && m->has_certificate &&
        m->out->secrets.values[HF_SECRET_PRIVATE_KEY].len == 0)
        return hf_mobileconfig_refuse(m, HF_ERR_CREDENTIAL_MISSING, "PayloadCertificateUUID",
                                      "a PKCS#12 payload with this UUID");
    return status;
}
