/* EapHostConfig of a ProfileXML: which EAP method, how its server is verified, and what it says
 * about client certificates. Names count without their namespace; that the namespaces are
 * Microsoft's is looked at once. */
#include "profile/windows.h"

#include "profile/text.h"
#include "profile/xml.h"

#include <string.h>

#define NAMESPACE      "http://www.microsoft.com/provisioning/"
#define THUMBPRINT_LEN 40

static hf_status apply_outer(struct hf_walk *w, const struct hf_walk_row *row,
                             const struct hf_node *value)
{
    struct hf_windows *windows = w->state;

    (void)row;
    return hf_node_number(value, &windows->eap_outer) ? HF_OK : HF_ERR_PROFILE_INVALID;
}

static hf_status apply_inner(struct hf_walk *w, const struct hf_walk_row *row,
                             const struct hf_node *value)
{
    struct hf_windows *windows = w->state;

    (void)row;
    return hf_node_number(value, &windows->eap_inner) ? HF_OK : HF_ERR_PROFILE_INVALID;
}

/* A list of names, each of which Windows takes for a regular expression. */
static hf_status apply_server_names(struct hf_walk *w, const struct hf_walk_row *row,
                                    const struct hf_node *value)
{
    char *identity = w->out->profile.eap_server_identity;
    hf_bytes rest = hf_node_text(value), name;

    (void)row;
    while (hf_text_next(&rest, ";", &name)) {
        if (hf_bytes_equal_nocase(name, hf_bytes_of_string(identity)))
            continue;
        if (identity[0] != '\0')
            return hf_walk_note(w, HF_NOTICE_UNSUPPORTED,
                                "the EAP server must have the first of these names");
        if (!hf_text_is_host_name(name) ||
            !hf_text_copy(name, identity, sizeof w->out->profile.eap_server_identity))
            return HF_ERR_PROFILE_UNSUPPORTED;
    }
    return HF_OK;
}

/* "d2 d3 ..." to lower-case hexadecimal; 0: no thumbprint. */
static size_t thumbprint_of(hf_bytes text, char out[THUMBPRINT_LEN])
{
    size_t len = 0;

    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];

        if (c == ' ' || c == ':' || c == '\t' || c == '\r' || c == '\n')
            continue;
        if (c >= 'A' && c <= 'F')
            c = (uint8_t)(c + ('a' - 'A'));
        if (len == THUMBPRINT_LEN || !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return 0;
        out[len++] = (char)c;
    }
    return len == THUMBPRINT_LEN ? len : 0;
}

static hf_status apply_root(struct hf_walk *w, const struct hf_walk_row *row,
                            const struct hf_node *value)
{
    char thumbprint[THUMBPRINT_LEN];
    size_t len = thumbprint_of(hf_node_text(value), thumbprint);

    (void)row;
    if (hf_node_text(value).len == 0)
        return hf_walk_note(w, HF_NOTICE_HARMLESS, "empty");
    if (len == 0)
        return HF_ERR_PROFILE_INVALID;
    if (!hf_walk_add_word(&w->out->profile.trust_thumbprints,
                          (hf_bytes){ (const uint8_t *)thumbprint, len }))
        return hf_walk_note(w, HF_NOTICE_UNSUPPORTED, "8 roots at most: this one is not trusted");
    return HF_OK;
}

static hf_status apply_must_be_on(struct hf_walk *w, const struct hf_walk_row *row,
                                  const struct hf_node *value)
{
    bool on;

    (void)w, (void)row;
    return hf_node_bool(value, &on) && on ? HF_OK : HF_ERR_PROFILE_UNSUPPORTED;
}

#define FILTER    "any certificate that is given for this profile is used"
#define VALIDATED "the server is always verified"
static const struct hf_walk_row store_rows[] = {
    HF_WALK_NOTE("SimpleCertSelection", HARMLESS, "the certificate is named when importing"),
};
static const struct hf_walk_table store_table = HF_WALK_TABLE(store_rows);
static const struct hf_walk_row credentials_rows[] = {
    HF_WALK_NOTE("SmartCard", UNSUPPORTED, "a key in a card: name it by key-uri"),
    HF_WALK_INSIDE("CertificateStore", &store_table),
};
static const struct hf_walk_table credentials_table = HF_WALK_TABLE(credentials_rows);
static const struct hf_walk_row validation_rows[] = {
    HF_WALK_NOTE("DisableUserPromptForServerValidation", HARMLESS,
                 "users are never asked to trust a server"),
    HF_WALK_NOTE("DisablePrompt", HARMLESS, "users are never asked to trust a server"),
    HF_WALK_APPLY("ServerNames", apply_server_names, UNSUPPORTED,
                  "no pattern is matched: the server must have the gateway's name"),
    HF_WALK_APPLY("TrustedRootCA", apply_root, UNSUPPORTED, "a SHA-1 thumbprint", .repeats = true),
    HF_WALK_APPLY("TrustedRootCAHash", apply_root, UNSUPPORTED, "a SHA-1 thumbprint",
                  .repeats = true),
};
static const struct hf_walk_table validation_table = HF_WALK_TABLE(validation_rows);

/* --- Type 13, EAP-TLS, versions 1 to 3 ---------------------------------------------------------
 */
static const struct hf_walk_row filtering_rows[] = {
    HF_WALK_NOTE("AllPurposeEnabled", HARMLESS, FILTER),
    HF_WALK_NOTE("CAHashList", UNSUPPORTED, FILTER),
    HF_WALK_NOTE("EKUMapping", UNSUPPORTED, FILTER),
    HF_WALK_NOTE("ClientAuthEKUList", UNSUPPORTED, FILTER),
    HF_WALK_NOTE("AnyPurposeEKUList", UNSUPPORTED, FILTER),
};
static const struct hf_walk_table filtering_table = HF_WALK_TABLE(filtering_rows);
static const struct hf_walk_row extensions_rows[] = {
    HF_WALK_INSIDE("FilteringInfo", &filtering_table),
};
static const struct hf_walk_table extensions_table = HF_WALK_TABLE(extensions_rows);

/* --- Type 21, EAP-TTLS --------------------------------------------------------------------------
 */
static const struct hf_walk_row phase2_rows[] = {
    HF_WALK_NOTE("PAPAuthentication", HARMLESS, "inside the tunnel the server chooses the method"),
    HF_WALK_NOTE("CHAPAuthentication", HARMLESS, "inside the tunnel the server chooses the method"),
    HF_WALK_NOTE("MSCHAPAuthentication", UNSUPPORTED, "MS-CHAP version 1 is not spoken"),
    HF_WALK_NOTE("MSCHAPv2Authentication", HARMLESS,
                 "inside the tunnel the server chooses the method"),
    HF_WALK_NOTE("EapHostConfig", UNSUPPORTED, "inside the tunnel a password is the proof"),
};
static const struct hf_walk_table phase2_table = HF_WALK_TABLE(phase2_rows);
static const struct hf_walk_row phase1_rows[] = {
    HF_WALK_NOTE("IdentityPrivacy", HARMLESS, "follows from the name"),
    HF_WALK_APPLY("AnonymousIdentity", hf_walk_text, UNSUPPORTED, "a name",
                  HF_WALK_MEMBER(eap_identity)),
};
static const struct hf_walk_table phase1_table = HF_WALK_TABLE(phase1_rows);

/* --- Type 25, PEAP ------------------------------------------------------------------------------
 */
static const struct hf_walk_row privacy_rows[] = {
    HF_WALK_NOTE("EnableIdentityPrivacy", HARMLESS, "follows from the name"),
    HF_WALK_APPLY("AnonymousUserName", hf_walk_text, UNSUPPORTED, "a name",
                  HF_WALK_MEMBER(eap_identity)),
};
static const struct hf_walk_table privacy_table = HF_WALK_TABLE(privacy_rows);
static const struct hf_walk_row peap_extension_rows[] = {
    HF_WALK_APPLY("PerformServerValidation", apply_must_be_on, UNSAFE, VALIDATED),
    HF_WALK_APPLY("AcceptServerName", apply_must_be_on, UNSAFE, VALIDATED),
    HF_WALK_INSIDE("IdentityPrivacy", &privacy_table),
    HF_WALK_NOTE("PeapExtensionsV2", UNSUPPORTED, "nothing of it is done"),
};
static const struct hf_walk_table peap_extension_table = HF_WALK_TABLE(peap_extension_rows);

/* Elements of the method's own part, of all methods: which of them stand there follows from the
 * type. */
#define METHOD_ROWS(inner)                                                                         \
    HF_WALK_INSIDE("CredentialsSource", &credentials_table),                                       \
        HF_WALK_INSIDE("ServerValidation", &validation_table),                                     \
        HF_WALK_APPLY("DifferentUsername", hf_walk_only_off, UNSUPPORTED,                          \
                      "the name is eap-identity, or the local identity"),                          \
        HF_WALK_APPLY("PerformServerValidation", apply_must_be_on, UNSAFE, VALIDATED),             \
        HF_WALK_APPLY("AcceptServerName", apply_must_be_on, UNSAFE, VALIDATED),                    \
        HF_WALK_INSIDE("TLSExtensions", &extensions_table),                                        \
        HF_WALK_APPLY("UseWinLogonCredentials", hf_walk_only_off, UNSUPPORTED,                     \
                      "Windows' own logon: the password is asked for"),                            \
        HF_WALK_INSIDE("Phase2Authentication", &phase2_table),                                     \
        HF_WALK_INSIDE("Phase1Identity", &phase1_table),                                           \
        HF_WALK_APPLY("FastReconnect", hf_walk_only_off, HARMLESS, "sessions are not resumed"),    \
        HF_WALK_APPLY("InnerEapOptional", hf_walk_only_off, UNSAFE,                                \
                      "the inner method is never left out"),                                       \
        HF_WALK_INSIDE("Eap", inner),                                                              \
        HF_WALK_APPLY("EnableQuarantineChecks", hf_walk_only_off, UNSUPPORTED,                     \
                      "no health is stated"),                                                      \
        HF_WALK_NOTE("RequireCryptoBinding", HARMLESS, "always required"),                         \
        HF_WALK_INSIDE("PeapExtensions", &peap_extension_table)

static const struct hf_walk_table nothing_table = { NULL, 0, NULL };
static const struct hf_walk_row inner_method_rows[] = { METHOD_ROWS(&nothing_table) };
static const struct hf_walk_table inner_method_table =
    HF_WALK_NAMED(inner_method_rows, "EapType within PEAP");
static const struct hf_walk_row inner_rows[] = {
    HF_WALK_APPLY("Type", apply_inner, UNSUPPORTED, "a method's number"),
    HF_WALK_INSIDE("EapType", &inner_method_table),
};
static const struct hf_walk_table inner_table = HF_WALK_NAMED(inner_rows, "Eap within PEAP");
static const struct hf_walk_row outer_method_rows[] = { METHOD_ROWS(&inner_table) };
static const struct hf_walk_table outer_method_table = HF_WALK_TABLE(outer_method_rows);
static const struct hf_walk_row outer_rows[] = {
    HF_WALK_APPLY("Type", apply_outer, UNSUPPORTED, "a method's number"),
    HF_WALK_INSIDE("EapType", &outer_method_table),
};
static const struct hf_walk_table outer_table = HF_WALK_NAMED(outer_rows, "Config/Eap");

static const struct hf_walk_row method_rows[] = {
    HF_WALK_APPLY("Type", apply_outer, UNSUPPORTED, "a method's number"),
    HF_WALK_NOTE("VendorId", HARMLESS, "0: a method of the standard"),
    HF_WALK_NOTE("VendorType", HARMLESS, "0: a method of the standard"),
    HF_WALK_NOTE("AuthorId", HARMLESS, "whose program runs it on Windows"),
};
static const struct hf_walk_table method_table = HF_WALK_TABLE(method_rows);
static const struct hf_walk_row config_rows[] = {
    HF_WALK_INSIDE("Eap", &outer_table),
    HF_WALK_INSIDE("EapTtls", &outer_method_table),
};
static const struct hf_walk_table config_table = HF_WALK_TABLE(config_rows);
static const struct hf_walk_row host_rows[] = {
    HF_WALK_INSIDE("EapMethod", &method_table),
    HF_WALK_INSIDE("Config", &config_table),
    HF_WALK_NOTE("ConfigBlob", UNSUPPORTED, "only a configuration in XML can be read"),
};
static const struct hf_walk_table host_table = HF_WALK_TABLE(host_rows);

static bool is_microsofts(const struct hf_node *host)
{
    return hf_bytes_equal(hf_bytes_slice(hf_buf_bytes(&host->space), 0, sizeof NAMESPACE - 1),
                          hf_bytes_of_string(NAMESPACE));
}

static hf_status apply_host(struct hf_walk *w, const struct hf_walk_row *row,
                            const struct hf_node *value)
{
    hf_status status = HF_OK;

    (void)row;
    if (value->kind != HF_NODE_OBJECT)
        return HF_ERR_PROFILE_INVALID;
    if (value->space.len != 0 && !is_microsofts(value))
        return hf_walk_refuse(w, HF_ERR_PROFILE_INVALID, NULL,
                              "the namespace " NAMESPACE "EapHostConfig");
    if (value->space.len == 0)
        status = hf_walk_note(w, HF_NOTICE_HARMLESS,
                              "without its namespace; taken for what it looks like");
    return status == HF_OK ? hf_walk(w, value, &host_table) : status;
}

static const struct hf_walk_row configuration_rows[] = {
    HF_WALK_APPLY("EapHostConfig", apply_host, UNSUPPORTED, "EapMethod and Config",
                  .inside = &host_table),
};
const struct hf_walk_table hf_windows_eap_table = HF_WALK_TABLE(configuration_rows);

/* Some deployment tools escape the inner document once more. */
static hf_status unfold(struct hf_walk *w, hf_bytes text)
{
    struct hf_node *root;
    hf_status status = hf_xml_decode(text, &root);

    if (status != HF_OK)
        return HF_ERR_PROFILE_INVALID;
    status = hf_node_is_named(root, "EapHostConfig") ? apply_host(w, NULL, root)
                                                     : HF_ERR_PROFILE_INVALID;
    hf_node_free(root);
    return status;
}

hf_status hf_windows_eap(struct hf_walk *w, const struct hf_walk_row *row,
                         const struct hf_node *value)
{
    (void)row;
    if (value->kind == HF_NODE_OBJECT)
        return hf_walk(w, value, &hf_windows_eap_table);
    if (hf_node_text(value).len == 0)
        return hf_walk_note(
            w, HF_NOTICE_UNSUPPORTED,
            "empty: which method to use is not said, so this cannot authenticate as it stands");
    return unfold(w, hf_node_text(value));
}
