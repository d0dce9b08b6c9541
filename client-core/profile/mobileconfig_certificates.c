/* Certificate payloads of a .mobileconfig: CAs become the profile's trust, the PKCS#12 that the VPN
 * names its credential. */
#include "profile/mobileconfig.h"

#include "crypto/credential.h"

static bool is_type(const struct hf_plist *payload, const char *type)
{
    return hf_plist_is_text(hf_plist_get(payload, "PayloadType"), type);
}

static bool is_named(const struct hf_mobileconfig *m, const struct hf_plist *payload)
{
    return m->certificate.len != 0 &&
           hf_bytes_equal_nocase(m->certificate,
                                 hf_plist_text(hf_plist_get(payload, "PayloadUUID")));
}

/* --- the client's key --- */

static hf_status keep_credential(struct hf_mobileconfig *m, const struct hf_pkcs12 *pkcs12)
{
    struct hf_secrets *secrets = &m->out->secrets;

    hf_buf_free(&secrets->values[HF_SECRET_PRIVATE_KEY]);
    hf_buf_free(&secrets->values[HF_SECRET_CERTIFICATES]);
    if (!hf_buf_append(&secrets->values[HF_SECRET_PRIVATE_KEY], hf_buf_bytes(&pkcs12->key)) ||
        !hf_buf_append(&secrets->values[HF_SECRET_CERTIFICATES],
                       hf_buf_bytes(&pkcs12->certificates)))
        return HF_ERR_TOO_LARGE;
    if (pkcs12->is_weak)
        return hf_mobileconfig_say(m, HF_NOTICE_UNSAFE,
                                   "the client's key, in a weak container (RC2 or DES): whoever "
                                   "has the file may have the key");
    return hf_mobileconfig_say(m, HF_NOTICE_APPLIED, "the client's key and certificates");
}

static hf_status refuse_pkcs12(struct hf_mobileconfig *m, hf_status status)
{
    if (status == HF_ERR_CREDENTIAL_PASSPHRASE)
        return hf_mobileconfig_refuse(m, status, "Password", "the passphrase of the PKCS#12 file");
    return hf_mobileconfig_refuse(m,
                                  status == HF_ERR_MALFORMED ? HF_ERR_CREDENTIAL_INVALID : status,
                                  "PayloadContent", "a PKCS#12 file with a key");
}

static hf_status apply_pkcs12(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    const struct hf_plist *password = hf_plist_get(m->dict, "Password");
    struct hf_pkcs12 pkcs12 = { .certificate_count = 0 };
    hf_status status;

    if (value->kind != HF_PLIST_DATA)
        return hf_mobileconfig_refuse(m, HF_ERR_PROFILE_INVALID, "PayloadContent",
                                      "the PKCS#12 file as data");
    status = hf_pkcs12_decode(hf_buf_bytes(&value->value),
                              password != NULL ? hf_plist_text(password) : m->options->passphrase,
                              &pkcs12);
    if (status == HF_OK && pkcs12.key.len == 0)
        status = HF_ERR_CREDENTIAL_INVALID;
    status = status == HF_OK ? keep_credential(m, &pkcs12) : refuse_pkcs12(m, status);
    hf_pkcs12_clear(&pkcs12);
    return status;
}

static const struct hf_mobileconfig_key pkcs12_keys[] = {
    {"PayloadContent",              HF_PLIST_DATA,   apply_pkcs12, HF_NOTICE_UNSUPPORTED, NULL        },
    { "Password",                   HF_PLIST_STRING, NULL,         HF_NOTICE_UNSAFE,
     "opens the key; whoever has the file can read it"                                                },
    { "KeyIsExtractable",           HF_PLIST_BOOL,   NULL,         HF_NOTICE_HARMLESS,
     "keys are kept as secrets, and nobody is given them"                                             },
    { "AllowAllAppsAccess",         HF_PLIST_BOOL,   NULL,         HF_NOTICE_HARMLESS,
     "keys are kept as secrets, and nobody is given them"                                             },
    { "PayloadCertificateFileName", HF_PLIST_STRING, NULL,         HF_NOTICE_HARMLESS,    "for people"},
};
const struct hf_mobileconfig_table hf_mobileconfig_pkcs12 =
    HF_MOBILECONFIG_TABLE("com.apple.security.pkcs12", pkcs12_keys, &hf_mobileconfig_payload);

/* --- authorities --- */

static hf_status apply_anchor(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    if (value->kind != HF_PLIST_DATA ||
        hf_certificates_to_pem(hf_buf_bytes(&value->value), &m->out->profile.trust) != HF_OK)
        return hf_mobileconfig_refuse(m, HF_ERR_PROFILE_INVALID, "PayloadContent",
                                      "a certificate as data");
    return hf_mobileconfig_say(m, HF_NOTICE_APPLIED,
                               "may vouch for the gateway of this profile alone");
}

static const struct hf_mobileconfig_key anchor_keys[] = {
    {"PayloadContent",              HF_PLIST_DATA,   apply_anchor, HF_NOTICE_UNSUPPORTED, NULL        },
    { "PayloadCertificateFileName", HF_PLIST_STRING, NULL,         HF_NOTICE_HARMLESS,    "for people"},
};
const struct hf_mobileconfig_table hf_mobileconfig_anchor = HF_MOBILECONFIG_TABLE(
    "com.apple.security.root, .pkcs1, .pem", anchor_keys, &hf_mobileconfig_payload);

/* --- keys that an authority is to be asked for --- */

#define ENROL "the key is to be enrolled for apart from the import"
#define ENROL_ROW(name, kind)                                                                      \
    {                                                                                              \
        name, HF_PLIST_##kind, NULL, HF_NOTICE_UNSUPPORTED, ENROL                                  \
    }

static const struct hf_mobileconfig_key enrolment_keys[] = {
    ENROL_ROW("PayloadContent", DICT),
    ENROL_ROW("DirectoryURL", STRING),
    ENROL_ROW("ClientIdentifier", STRING),
    ENROL_ROW("KeySize", INTEGER),
    ENROL_ROW("KeyType", STRING),
    ENROL_ROW("HardwareBound", BOOL),
    ENROL_ROW("Subject", ARRAY),
    ENROL_ROW("SubjectAltName", DICT),
    ENROL_ROW("UsageFlags", INTEGER),
    ENROL_ROW("ExtendedKeyUsage", ARRAY),
    ENROL_ROW("Attest", BOOL),
    ENROL_ROW("KeyIsExtractable", BOOL),
    ENROL_ROW("AllowAllAppsAccess", BOOL),
    ENROL_ROW("CertificateRenewalTimeInterval", INTEGER),
};
const struct hf_mobileconfig_table hf_mobileconfig_enrolment = HF_MOBILECONFIG_TABLE(
    "com.apple.security.scep, .acme", enrolment_keys, &hf_mobileconfig_payload);

/* --- payloads --- */

static const struct {
    const char *type;
    const struct hf_mobileconfig_table *table;
    bool only_named; /* it counts when the VPN names it */
    bool enrols;
} kinds[] = {
    {"com.apple.security.pkcs12", &hf_mobileconfig_pkcs12,    true,  false},
    { "com.apple.security.root",  &hf_mobileconfig_anchor,    false, false},
    { "com.apple.security.pkcs1", &hf_mobileconfig_anchor,    false, false},
    { "com.apple.security.pem",   &hf_mobileconfig_anchor,    false, false},
    { "com.apple.security.scep",  &hf_mobileconfig_enrolment, true,  true },
    { "com.apple.security.acme",  &hf_mobileconfig_enrolment, true,  true },
};

static hf_status note_type(struct hf_mobileconfig *m, const struct hf_plist *payload)
{
    return hf_import_note(m->out, HF_NOTICE_UNSUPPORTED,
                          hf_plist_text(hf_plist_get(payload, "PayloadType")),
                          "not part of this VPN");
}

static hf_status take_payload(struct hf_mobileconfig *m, const struct hf_plist *payload,
                              size_t index)
{
    size_t i = 0;

    if (is_type(payload, "com.apple.vpn.managed"))
        return HF_OK;
    while (i < HF_ARRAY_LEN(kinds) && !is_type(payload, kinds[i].type))
        i++;
    if (i == HF_ARRAY_LEN(kinds) || (kinds[i].only_named && !is_named(m, payload)))
        return note_type(m, payload);
    m->enrols = m->enrols || kinds[i].enrols;
    return hf_mobileconfig_walk_entry(m, payload, "PayloadContent", index, kinds[i].table);
}

static bool needs_key(const struct hf_profile *profile)
{
    return profile->auth == HF_PROFILE_AUTH_CERTIFICATE || profile->auth == HF_PROFILE_AUTH_EAP_TLS;
}

/* An Apple device trusts its own store where the file brings no authority. */
static hf_status complete_trust(struct hf_mobileconfig *m)
{
    struct hf_profile *profile = &m->out->profile;

    if (profile->auth == HF_PROFILE_AUTH_PSK || profile->trust.len != 0)
        return HF_OK;
    profile->system_trust = true;
    return hf_mobileconfig_note(m, HF_NOTICE_APPLIED, "PayloadContent",
                                "no authority in the file: those of the system may vouch for the "
                                "gateway, as on an Apple device");
}

hf_status hf_mobileconfig_certificates(struct hf_mobileconfig *m, const struct hf_plist *payloads)
{
    hf_status status = HF_OK;
    size_t index = 0;

    for (const struct hf_plist *payload = payloads->first; payload != NULL && status == HF_OK;
         payload = payload->next)
        status = take_payload(m, payload, index++);
    if (status == HF_OK && m->certificate.len != 0 && needs_key(&m->out->profile) && !m->enrols &&
        m->out->secrets.values[HF_SECRET_PRIVATE_KEY].len == 0)
        return hf_mobileconfig_refuse(m, HF_ERR_CREDENTIAL_MISSING, "PayloadCertificateUUID",
                                      "a PKCS#12 payload with this UUID");
    return status == HF_OK ? complete_trust(m) : status;
}
