/* VpnSettings.xml of an Azure point-to-site package. No schema is published: what is known is
 * applied, and a file without the elements that a connection needs is refused. The settings of
 * Azure's own client (OpenVPN with Entra ID) are refused. */
#include "crypto/credential.h"
#include "profile/walk.h"
#include "profile/xml.h"

#include <string.h>

#define ROOT_FILE "VpnServerRoot.cer"

bool hf_azure_sniff(hf_bytes file)
{
    return hf_import_root_is(file, "VpnProfile") || hf_import_root_is(file, "VpnSettings") ||
           hf_import_root_is(file, "AzVpnProfile") || hf_import_root_is(file, "azvpnprofile");
}

struct azure {
    bool has_type, has_auth;
};

static hf_status apply_server(struct hf_walk *w, const struct hf_walk_row *row,
                              const struct hf_node *value)
{
    struct hf_node_items items = hf_node_items(value);
    hf_bytes host;

    (void)row;
    while (hf_node_items_next(&items, ",;", &host)) {
        if (!hf_walk_add_gateway(&w->out->profile, host))
            return HF_ERR_PROFILE_INVALID;
    }
    return w->out->profile.gateway_count != 0 ? HF_OK : HF_ERR_PROFILE_INVALID;
}

static hf_status apply_type(struct hf_walk *w, const struct hf_walk_row *row,
                            const struct hf_node *value)
{
    struct azure *azure = w->state;
    struct hf_node_items items = hf_node_items(value);
    hf_bytes type;

    (void)row;
    while (hf_node_items_next(&items, ",; ", &type))
        azure->has_type |= hf_bytes_equal_nocase(type, hf_bytes_of_string("IkeV2"));
    return azure->has_type ? HF_OK
                           : hf_walk_refuse(w, HF_ERR_UNSUPPORTED_PROTOCOL, NULL,
                                            "IkeV2: OpenVPN and SSTP are not spoken");
}

static hf_status apply_auth(struct hf_walk *w, const struct hf_walk_row *row,
                            const struct hf_node *value)
{
    static const struct {
        const char *name;
        enum hf_profile_auth auth;
        const char *method;
    } ways[] = {
        {"Certificate",   HF_PROFILE_AUTH_CERTIFICATE, NULL          },
        { "Cert",         HF_PROFILE_AUTH_CERTIFICATE, NULL          },
        { "EapTls",       HF_PROFILE_AUTH_EAP_TLS,     NULL          },
        { "Eap-Tls",      HF_PROFILE_AUTH_EAP_TLS,     NULL          },
        { "EapMschapv2",  HF_PROFILE_AUTH_EAP,         "eap-mschapv2"},
        { "Eap-Mschapv2", HF_PROFILE_AUTH_EAP,         "eap-mschapv2"},
        { "Radius",       HF_PROFILE_AUTH_EAP,         "eap-mschapv2"},
    };
    struct azure *azure = w->state;

    (void)row;
    for (size_t i = 0; i < HF_ARRAY_LEN(ways); i++) {
        if (!hf_node_is_text(value, ways[i].name))
            continue;
        w->out->profile.auth = ways[i].auth;
        azure->has_auth = true;
        return ways[i].method == NULL || hf_walk_add_word(&w->out->profile.eap_methods,
                                                          hf_bytes_of_string(ways[i].method))
                   ? HF_OK
                   : HF_ERR_TOO_LARGE;
    }
    return hf_walk_refuse(w, HF_ERR_PROFILE_UNSUPPORTED, NULL,
                          "Certificate, EapTls or EapMschapv2: Entra ID needs Azure's own client");
}

static hf_status apply_routes(struct hf_walk *w, const struct hf_walk_row *row,
                              const struct hf_node *value)
{
    struct hf_profile *profile = &w->out->profile;
    hf_status status = HF_OK;

    (void)row;
    for (const struct hf_node *at = value->kind == HF_NODE_OBJECT ? value->first : value;
         at != NULL && status == HF_OK; at = value->kind == HF_NODE_OBJECT ? at->next : NULL) {
        struct hf_node_items items = hf_node_items(at);
        hf_bytes text;

        while (status == HF_OK && hf_node_items_next(&items, ",; ", &text))
            status = hf_walk_add_prefixes(text, profile->include, HF_PROFILE_PREFIXES,
                                          &profile->include_count);
    }
    profile->split = profile->include_count != 0;
    return status;
}

static hf_status apply_resolvers(struct hf_walk *w, const struct hf_walk_row *row,
                                 const struct hf_node *value)
{
    struct hf_profile *profile = &w->out->profile;

    (void)row;
    for (const struct hf_node *at = value->kind == HF_NODE_OBJECT ? value->first : value;
         at != NULL; at = value->kind == HF_NODE_OBJECT ? at->next : NULL) {
        struct hf_node_items items = hf_node_items(at);
        hf_bytes text;

        while (hf_node_items_next(&items, ",; ", &text)) {
            if (profile->resolver_count == HF_PROFILE_RESOLVERS ||
                !hf_address_parse(text, &profile->resolvers[profile->resolver_count]))
                return HF_ERR_PROFILE_INVALID;
            profile->resolver_count++;
        }
    }
    return HF_OK;
}

static hf_status apply_ca(struct hf_walk *w, const struct hf_walk_row *row,
                          const struct hf_node *value)
{
    (void)row;
    if (hf_node_text(value).len == 0)
        return hf_walk_note(w, HF_NOTICE_HARMLESS, "empty");
    return hf_walk_anchor(w, hf_node_text(value));
}

static const struct hf_walk_row rows[] = {
    HF_WALK_APPLY("VpnServer", apply_server, UNSUPPORTED, "the gateway's name"),
    HF_WALK_APPLY("VpnType", apply_type, UNSUPPORTED, "IkeV2"),
    HF_WALK_APPLY("Auth", apply_auth, UNSUPPORTED, "Certificate"),
    HF_WALK_APPLY("Routes", apply_routes, UNSUPPORTED, "64 networks at most, with commas between"),
    HF_WALK_APPLY("CustomDnsServers", apply_resolvers, UNSUPPORTED,
                  "8 addresses at most, with commas between"),
    HF_WALK_APPLY("CaCert", apply_ca, UNSUPPORTED, "a certificate"),
    HF_WALK_APPLY("VpnServerRoot", apply_ca, UNSUPPORTED, "a certificate"),
    HF_WALK_APPLY("Name", hf_walk_text, UNSUPPORTED, "a name for people", HF_WALK_MEMBER(name)),
    HF_WALK_NOTE("CustomDnsSuffixes", UNSUPPORTED, "not known well enough to be used"),
    HF_WALK_NOTE("RadiusServerRoot", UNSUPPORTED,
                 "give the CA's certificate as the profile's trust"),
    HF_WALK_NOTE("SplitTunnel", HARMLESS, "follows from the routes"),
};
static const struct hf_walk_table table = HF_WALK_TABLE(rows);

static hf_status take_root(struct hf_walk *w)
{
    struct hf_profile *profile = &w->out->profile;

    for (size_t i = 0; profile->trust.len == 0 && i < w->options->attachment_count; i++) {
        const struct hf_import_attachment *file = &w->options->attachments[i];

        if (strcmp(file->name, ROOT_FILE) == 0)
            return hf_certificates_to_pem(file->file, &profile->trust) == HF_OK
                       ? hf_import_note(w->out, HF_NOTICE_APPLIED, hf_bytes_of_string(ROOT_FILE),
                                        "may vouch for the gateway of this profile alone")
                       : hf_walk_refuse(w, HF_ERR_PROFILE_INVALID, ROOT_FILE, "a certificate");
    }
    if (profile->trust.len != 0)
        return HF_OK;
    profile->system_trust = true;
    return hf_import_note(w->out, HF_NOTICE_APPLIED, hf_bytes_of_string("trust"),
                          "no " ROOT_FILE ": the CAs of the system may vouch for the gateway");
}

static hf_status complete(struct hf_walk *w)
{
    const struct azure *azure = w->state;
    struct hf_profile *profile = &w->out->profile;
    hf_status status = HF_OK;

    if (profile->gateway_count == 0)
        return hf_walk_refuse(w, HF_ERR_PROFILE_INVALID, "VpnServer", "the gateway's name");
    if (!azure->has_type)
        return hf_walk_refuse(w, HF_ERR_PROFILE_INVALID, "VpnType", "IkeV2");
    hf_copy(profile->remote_identity, profile->gateways[0], sizeof profile->remote_identity);
    if (!azure->has_auth) {
        profile->auth = HF_PROFILE_AUTH_CERTIFICATE;
        status = hf_walk_note_key(w, "Auth", HF_NOTICE_HARMLESS,
                                  "absent: a certificate, which is given apart");
    }
    return status == HF_OK ? take_root(w) : status;
}

bool hf_azure_row_at(size_t index, struct hf_import_row *out)
{
    static const struct hf_walk_table *const roots[] = { &table };

    return hf_walk_row_at(roots, HF_ARRAY_LEN(roots), index, out);
}

hf_status hf_azure_import(hf_bytes file, const struct hf_import_options *options,
                          struct hf_import *out, struct hf_fault *out_fault)
{
    struct azure azure = { .has_type = false };
    struct hf_walk w = { .out = out, .fault = out_fault, .options = options, .state = &azure };
    struct hf_node *root = NULL;
    hf_status status = hf_xml_decode(file, &root);

    if (status != HF_OK)
        return hf_walk_refuse_file(&w, status, "Azure's VpnSettings.xml");
    if (hf_node_is_named(root, "AzVpnProfile") || hf_node_is_named(root, "azvpnprofile"))
        status = hf_walk_refuse(
            &w, HF_ERR_UNSUPPORTED_PROTOCOL, "AzVpnProfile",
            "Generic/VpnSettings.xml: this file is for OpenVPN with Entra ID, which is not spoken");
    else
        status = hf_walk(&w, root, &table);
    if (status == HF_OK)
        status = complete(&w);
    hf_node_free(root);
    return status;
}
