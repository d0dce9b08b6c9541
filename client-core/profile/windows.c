/* Windows ProfileXML (VPNv2 CSP): where the profile is in the file, and its top level. Elements may
 * stand in any order, in a document of their own, escaped once more, or within a SyncML command. */
#include "profile/windows.h"

#include "profile/text.h"
#include "profile/xml.h"

#include <string.h>

#define PROFILE_MAX (1024 * 1024)
#define SWITCH      "true or false"

bool hf_windows_sniff(hf_bytes file)
{
    return hf_xml_contains(file, "<VPNProfile") || hf_xml_contains(file, "&lt;VPNProfile");
}

/* --- The top level -----------------------------------------------------------------------------
 */
static hf_status apply_suffixes(struct hf_walk *w, const struct hf_walk_row *row,
                                const struct hf_node *value)
{
    hf_bytes rest = hf_node_text(value), domain;

    (void)row;
    while (hf_text_next(&rest, ",; ", &domain)) {
        if (!hf_walk_add_domain(&w->out->profile, domain))
            return HF_ERR_PROFILE_UNSUPPORTED;
    }
    return HF_OK;
}

static hf_status apply_always_on(struct hf_walk *w, const struct hf_walk_row *row,
                                 const struct hf_node *value)
{
    struct hf_profile *profile = &w->out->profile;
    bool on;

    (void)row;
    if (!hf_node_bool(value, &on))
        return HF_ERR_PROFILE_INVALID;
    profile->auto_connect |= on;
    profile->at_login |= on;
    return HF_OK;
}

static bool add_locks(struct hf_profile *profile)
{
    return hf_walk_add_lock(profile, "edit") && hf_walk_add_lock(profile, "disconnect");
}

/* LockDown and DeviceTunnel have been read before the walk. */
static hf_status apply_lock_down(struct hf_walk *w, const struct hf_walk_row *row,
                                 const struct hf_node *value)
{
    struct hf_profile *profile = &w->out->profile;
    const struct hf_windows *windows = w->state;
    bool on;

    (void)row;
    if (!hf_node_bool(value, &on))
        return HF_ERR_PROFILE_INVALID;
    if (!windows->lock_down)
        return HF_OK;
    profile->auto_connect = true;
    profile->lock = HF_LOCK_ALWAYS;
    return add_locks(profile) ? HF_OK : HF_ERR_TOO_LARGE;
}

static hf_status apply_device_tunnel(struct hf_walk *w, const struct hf_walk_row *row,
                                     const struct hf_node *value)
{
    bool on;

    (void)row;
    if (!hf_node_bool(value, &on))
        return HF_ERR_PROFILE_INVALID;
    if (on)
        w->out->profile.scope = HF_PROFILE_SCOPE_DEVICE;
    return HF_OK;
}

/* A rule that a stranger's network could satisfy by naming its domain. */
static hf_status apply_trusted_networks(struct hf_walk *w, const struct hf_walk_row *row,
                                        const struct hf_node *value)
{
    struct hf_profile *profile = &w->out->profile;
    struct hf_profile_rule *rule = &profile->rules[profile->rule_count];
    hf_bytes rest = hf_node_text(value), domain;

    (void)row;
    *rule = (struct hf_profile_rule){ .action = HF_RULE_IGNORE, .disabled = true };
    while (hf_text_next(&rest, ",; ", &domain)) {
        if (!hf_text_is_host_name(domain) || !hf_walk_add_word(&rule->domains, domain))
            return HF_ERR_PROFILE_UNSUPPORTED;
    }
    if (rule->domains.count == 0)
        return hf_walk_note(w, HF_NOTICE_HARMLESS, "empty");
    profile->rule_count++;
    return hf_walk_note(w, HF_NOTICE_UNSAFE,
                        "kept as a rule that is not followed: any network can claim this domain, "
                        "and protection would stop");
}

/* `text` of these rows is the key that is locked. */
static hf_status apply_lock(struct hf_walk *w, const struct hf_walk_row *row,
                            const struct hf_node *value)
{
    bool on;

    if (!hf_node_bool(value, &on))
        return hf_walk_refuse(w, HF_ERR_PROFILE_INVALID, NULL, SWITCH);
    return !on || hf_walk_add_lock(&w->out->profile, row->text) ? HF_OK : HF_ERR_TOO_LARGE;
}

#define PROXIES "proxies are not set; programs keep those of the system"

static const struct hf_walk_row manual_rows[] = {
    HF_WALK_NOTE("Server", UNSUPPORTED, PROXIES),
};
static const struct hf_walk_table manual_table = HF_WALK_TABLE(manual_rows);
static const struct hf_walk_row proxy_rows[] = {
    HF_WALK_INSIDE("Manual", &manual_table),
    HF_WALK_NOTE("AutoConfigUrl", UNSUPPORTED, PROXIES),
};
static const struct hf_walk_table proxy_table = HF_WALK_TABLE(proxy_rows);
static const struct hf_walk_row sso_rows[] = {
    HF_WALK_NOTE("Enabled", UNSUPPORTED, "no certificate is fetched for the connection"),
    HF_WALK_NOTE("Eku", UNSUPPORTED, "any certificate that is given for this profile is used"),
    HF_WALK_NOTE("IssuerHash", UNSUPPORTED,
                 "any certificate that is given for this profile is used"),
};
static const struct hf_walk_table sso_table = HF_WALK_TABLE(sso_rows);
static const struct hf_walk_row compliance_rows[] = {
    HF_WALK_APPLY("Enabled", hf_walk_only_off, UNSUPPORTED,
                  "the device's compliance is not reported to Entra"),
    HF_WALK_INSIDE("Sso", &sso_table),
};
static const struct hf_walk_table compliance_table = HF_WALK_TABLE(compliance_rows);

static const struct hf_walk_row profile_rows[] = {
    HF_WALK_APPLY("ProfileName", hf_walk_text, UNSUPPORTED, "a name for people",
                  HF_WALK_MEMBER(name)),
    HF_WALK_APPLY("DnsSuffix", apply_suffixes, UNSUPPORTED, "8 domains at most"),
    HF_WALK_APPLY("AlwaysOn", apply_always_on, UNSUPPORTED, SWITCH),
    HF_WALK_NOTE("AlwaysOnActive", HARMLESS, "a connection is always on when AlwaysOn says so"),
    HF_WALK_APPLY("LockDown", apply_lock_down, UNSUPPORTED, SWITCH),
    HF_WALK_APPLY("DeviceTunnel", apply_device_tunnel, UNSUPPORTED, SWITCH),
    HF_WALK_APPLY("RememberCredentials", hf_walk_bool, UNSUPPORTED, SWITCH,
                  HF_WALK_MEMBER(save_secrets)),
    HF_WALK_APPLY("TrustedNetworkDetection", apply_trusted_networks, UNSUPPORTED,
                  "8 domains at most, of 63 characters"),
    HF_WALK_APPLY("DisableAdvancedOptionsEditButton", apply_lock, UNSUPPORTED, "edit"),
    HF_WALK_APPLY("DisableDisconnectButton", apply_lock, UNSUPPORTED, "disconnect"),
    HF_WALK_APPLY("RegisterDNS", hf_walk_only_off, UNSUPPORTED,
                  "the inner address is not registered in DNS"),
    HF_WALK_NOTE("ByPassForLocal", UNSUPPORTED, PROXIES),
    HF_WALK_NOTE("EdpModeId", UNSUPPORTED, "Windows Information Protection"),
    HF_WALK_NOTE("APNBinding", UNSUPPORTED, "a connection of Windows Phone"),
    HF_WALK_INSIDE("Proxy", &proxy_table),
    HF_WALK_INSIDE("NativeProfile", &hf_windows_native),
    HF_WALK_APPLY("Route", hf_windows_route, UNSUPPORTED, "Address and PrefixSize",
                  .inside = &hf_windows_route_table, .repeats = true),
    HF_WALK_APPLY("DomainNameInformation", hf_windows_names, UNSUPPORTED,
                  "DomainName and DnsServers", .inside = &hf_windows_names_table, .repeats = true),
    HF_WALK_APPLY("TrafficFilter", hf_windows_filter, UNSUPPORTED, "Protocol, ports and addresses",
                  .inside = &hf_windows_filter_table, .repeats = true),
    HF_WALK_NOTE("AppTrigger", UNSUPPORTED, "a program that starts makes no connection",
                 .repeats = true),
    HF_WALK_INSIDE("DeviceCompliance", &compliance_table),
    HF_WALK_NOTE("NetworkOutageTime", HARMLESS, "an outage is waited out, however long"),
    HF_WALK_NOTE("IPv4InterfaceMetric", HARMLESS, "the tunnel's routes win, whatever their metric"),
    HF_WALK_NOTE("IPv6InterfaceMetric", HARMLESS, "the tunnel's routes win, whatever their metric"),
    HF_WALK_APPLY("UseRasCredentials", hf_walk_only_off, HARMLESS,
                  "other programs are not given the password"),
    HF_WALK_NOTE("DataEncryption", HARMLESS, "always encrypted"),
    HF_WALK_NOTE("PrivateNetwork", HARMLESS, "a profile of Windows' firewall"),
    HF_WALK_APPLY("DisableIKEv2Fragmentation", hf_walk_bool, UNSUPPORTED, SWITCH,
                  HF_WALK_MEMBER(no_fragmentation)),
};
static const struct hf_walk_table profile_table = HF_WALK_TABLE(profile_rows);

bool hf_windows_row_at(size_t index, struct hf_import_row *out)
{
    static const struct hf_walk_table *const roots[] = { &profile_table };

    return hf_walk_row_at(roots, HF_ARRAY_LEN(roots), index, out);
}

/* The file carries no CA: Windows takes the machine's store, and so do we. */
static hf_status decide_trust(struct hf_walk *w)
{
    w->out->profile.system_trust = true;
    if (w->out->profile.trust_thumbprints.count != 0)
        return hf_import_note(
            w->out, HF_NOTICE_APPLIED, hf_bytes_of_string("trust"),
            "no CA in the file: those of the system with the thumbprints that it names");
    return hf_import_note(w->out, HF_NOTICE_APPLIED, hf_bytes_of_string("trust"),
                          "no CA in the file: those of the system may vouch for the gateway");
}

static hf_status import_profile(struct hf_walk *w, const struct hf_node *profile)
{
    struct hf_windows *windows = w->state;
    hf_status status;

    if (hf_node_get(profile, "PluginProfile") != NULL)
        return hf_walk_refuse(w, HF_ERR_PROFILE_UNSUPPORTED, "PluginProfile",
                              "a NativeProfile: this one is for a vendor's own app");
    if (hf_node_get(profile, "NativeProfile") == NULL)
        return hf_walk_refuse(w, HF_ERR_PROFILE_INVALID, "NativeProfile", "a NativeProfile");
    (void)!hf_node_bool(hf_node_get(profile, "LockDown"), &windows->lock_down);
    (void)!hf_node_bool(hf_node_get(profile, "DeviceTunnel"), &windows->device_tunnel);
    status = hf_walk(w, profile, &profile_table);
    if (status == HF_OK)
        status = hf_windows_native_finish(w);
    if (status == HF_OK)
        status = hf_windows_suite_finish(w);
    if (status == HF_OK)
        status = hf_windows_network_finish(w);
    if (status == HF_OK)
        status = decide_trust(w);
    return status;
}

/* --- Where the profile is ----------------------------------------------------------------------
 */
/* The first node below `node` that is a VPNProfile, or a text that holds one. */
static const struct hf_node *find_profile(const struct hf_node *node)
{
    const struct hf_node *found = NULL;

    if (hf_node_is_named(node, "VPNProfile") ||
        (node->kind == HF_NODE_SCALAR && hf_xml_contains(hf_node_raw(node), "<VPNProfile")))
        return node;
    for (const struct hf_node *child = node->first; child != NULL && found == NULL;
         child = child->next)
        found = find_profile(child); /* as deep as HF_NODE_DEPTH_MAX at most */
    return found;
}

/* "./User/Vendor/MSFT/VPNv2/Office%20VPN/ProfileXML" */
static void take_name(const struct hf_node *node, struct hf_profile *profile)
{
    static const char marker[] = "VPNv2/";
    hf_bytes uri = hf_node_text(node), name;

    if (hf_node_is_named(node, "LocURI")) {
        while (uri.len > sizeof marker && memcmp(uri.data, marker, sizeof marker - 1) != 0)
            uri = hf_bytes_slice(uri, 1, uri.len - 1);
        uri = hf_bytes_slice(uri, sizeof marker - 1, uri.len - (sizeof marker - 1));
        if (hf_text_next(&uri, "/", &name))
            (void)!hf_text_copy(name, profile->name, sizeof profile->name);
    }
    for (const struct hf_node *child = node->first; child != NULL; child = child->next)
        take_name(child, profile);
}

static hf_status import_tree(struct hf_walk *w, const struct hf_node *root, int folds)
{
    const struct hf_node *found = find_profile(root);
    struct hf_node *inner;
    hf_status status;

    if (found == NULL || folds > 2)
        return hf_walk_refuse(w, HF_ERR_PROFILE_INVALID, "VPNProfile", "an element VPNProfile");
    if (hf_node_is_named(found, "VPNProfile"))
        return import_profile(w, found);
    take_name(root, &w->out->profile);
    status = hf_xml_decode(hf_node_text(found), &inner);
    if (status != HF_OK)
        return hf_walk_refuse_file(w, status, "a VPNProfile in XML without entities");
    status = import_tree(w, inner, folds + 1);
    hf_node_free(inner);
    return status;
}

hf_status hf_windows_import(hf_bytes file, const struct hf_import_options *options,
                            struct hf_import *out, struct hf_fault *out_fault)
{
    struct hf_windows windows = { .ikev2 = false };
    struct hf_walk w = { .out = out, .fault = out_fault, .options = options, .state = &windows };
    hf_buf text = hf_buf_with_max(PROFILE_MAX);
    struct hf_node *root = NULL;
    hf_status status = HF_OK;

    if (!hf_xml_contains(file, "<VPNProfile") && hf_xml_unescape(file, &text) == HF_OK)
        file = hf_buf_bytes(&text); /* else: a document around it, or an error to be told */
    status = hf_xml_decode(file, &root);
    if (status != HF_OK)
        status = hf_walk_refuse_file(&w, status, "a VPNProfile in XML without entities");
    else
        status = import_tree(&w, root, 0);
    hf_node_free(root);
    hf_buf_free(&text);
    return status;
}
