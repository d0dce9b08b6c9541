/* ChromeOS Open Network Configuration: which of the file's networks is imported, and its
 * certificates. */
#include "profile/onc.h"

#include "profile/json_tree.h"

#include <string.h>

bool hf_onc_sniff(hf_bytes file)
{
    struct hf_node *root = NULL;
    const struct hf_node *type;
    bool is_ours;

    if (hf_import_first_octet(file) != '{' || hf_json_decode(file, &root) != HF_OK)
        return false;
    type = hf_node_get(root, "Type");
    is_ours = hf_node_get(root, "NetworkConfigurations") != NULL ||
              hf_node_is_text(type, "UnencryptedConfiguration") ||
              hf_node_is_text(type, "EncryptedConfiguration");
    hf_node_free(root);
    return is_ours;
}

/* --- Certificates ------------------------------------------------------------------------------
 */
static const struct hf_node *find_certificate(struct hf_walk *w, hf_bytes guid)
{
    const struct hf_onc *onc = w->state;

    for (const struct hf_node *at = onc->certificates == NULL ? NULL : onc->certificates->first;
         at != NULL; at = at->next) {
        if (guid.len != 0 && hf_bytes_equal(hf_node_text(hf_node_get(at, "GUID")), guid))
            return at;
    }
    return NULL;
}

hf_status hf_onc_take_authority(struct hf_walk *w, hf_bytes guid)
{
    const struct hf_node *certificate = find_certificate(w, guid);

    if (certificate == NULL || hf_node_get(certificate, "X509") == NULL)
        return hf_walk_refuse(w, HF_ERR_PROFILE_INVALID, NULL,
                              "the GUID of a certificate of the file");
    return hf_walk_anchor(w, hf_node_text(hf_node_get(certificate, "X509")));
}

hf_status hf_onc_take_client(struct hf_walk *w, hf_bytes guid)
{
    const struct hf_node *certificate = find_certificate(w, guid);

    if (certificate == NULL || hf_node_get(certificate, "PKCS12") == NULL)
        return hf_walk_refuse(w, HF_ERR_CREDENTIAL_MISSING, NULL,
                              "the GUID of a client certificate of the file");
    return hf_walk_pkcs12(w, hf_node_text(hf_node_get(certificate, "PKCS12")));
}

/* --- Networks ----------------------------------------------------------------------------------
 */
static bool is_vpn(const struct hf_node *network)
{
    bool is_removed = false;

    (void)!hf_node_bool(hf_node_get(network, "Remove"), &is_removed);
    return hf_node_is_text(hf_node_get(network, "Type"), "VPN") && !is_removed;
}

static bool is_wanted(const struct hf_walk *w, const struct hf_node *network)
{
    hf_bytes pick = w->options->pick;

    return pick.len == 0 || hf_bytes_equal(hf_node_text(hf_node_get(network, "Name")), pick) ||
           hf_bytes_equal(hf_node_text(hf_node_get(network, "GUID")), pick);
}

static void name_other(struct hf_import *out, const struct hf_node *network)
{
    hf_bytes name = hf_node_text(hf_node_get(network, "Name"));

    if (out->other_count < HF_IMPORT_OTHERS)
        hf_fault_set_text(out->others[out->other_count++],
                          name.len != 0 ? name : hf_node_text(hf_node_get(network, "GUID")));
}

static hf_status choose(struct hf_walk *w, const struct hf_node *networks,
                        const struct hf_node **out)
{
    hf_status status = HF_OK;
    size_t vpns = 0;

    for (const struct hf_node *at = networks == NULL ? NULL : networks->first;
         at != NULL && status == HF_OK; at = at->next) {
        if (!is_vpn(at)) {
            status = hf_walk_note_key(w, "NetworkConfigurations", HF_NOTICE_HARMLESS,
                                      "a network that is no VPN");
            continue;
        }
        vpns++;
        if (*out == NULL && is_wanted(w, at))
            *out = at;
        else
            name_other(w->out, at);
    }
    if (status != HF_OK || *out != NULL)
        return status;
    if (vpns != 0)
        return hf_walk_refuse(w, HF_ERR_NOT_FOUND, "NetworkConfigurations",
                              "a VPN of the name that was asked for");
    return hf_walk_refuse(w, HF_ERR_PROFILE_UNSUPPORTED, "NetworkConfigurations",
                          "a network of type VPN");
}

static const struct hf_walk_row network_rows[] = {
    HF_WALK_APPLY("GUID", hf_walk_text, UNSUPPORTED, "a GUID", HF_WALK_MEMBER(source_key)),
    HF_WALK_APPLY("Name", hf_walk_text, UNSUPPORTED, "a name for people", HF_WALK_MEMBER(name)),
    HF_WALK_NOTE("Type", HARMLESS, "VPN"),
    HF_WALK_NOTE("Remove", HARMLESS, "not to be removed"),
    HF_WALK_INSIDE("VPN", &hf_onc_vpn),
    HF_WALK_NOTE("ProxySettings", UNSUPPORTED,
                 "proxies are not set; programs keep those of the system"),
    HF_WALK_NOTE("StaticIPConfig", UNSUPPORTED, "addresses and resolvers are the gateway's"),
    HF_WALK_NOTE("IPAddressConfigType", HARMLESS, "addresses are the gateway's"),
    HF_WALK_NOTE("NameServersConfigType", HARMLESS, "resolvers are the gateway's"),
    HF_WALK_NOTE("Priority", HARMLESS, "of networks among each other"),
    HF_WALK_NOTE("Metered", HARMLESS, "not a network of its own"),
    HF_WALK_NOTE("Recommended", HARMLESS, "which keys a user may change in ChromeOS"),
};
static const struct hf_walk_table network_table =
    HF_WALK_NAMED(network_rows, "NetworkConfigurations");

static const struct hf_walk_row top_rows[] = {
    HF_WALK_NOTE("Type", HARMLESS, "not encrypted"),
    HF_WALK_NOTE("NetworkConfigurations", HARMLESS, "one VPN of them is imported"),
    HF_WALK_NOTE("Certificates", HARMLESS, "those that the VPN names are taken"),
    HF_WALK_NOTE("GlobalNetworkConfiguration", UNSUPPORTED, "rules for ChromeOS' own networks"),
};
static const struct hf_walk_table top_table = HF_WALK_TABLE(top_rows);

static hf_status import_tree(struct hf_walk *w, const struct hf_node *root)
{
    struct hf_onc *onc = w->state;
    const struct hf_node *network = NULL;
    hf_status status;

    if (hf_node_is_text(hf_node_get(root, "Type"), "EncryptedConfiguration"))
        return hf_walk_refuse(w, HF_ERR_PROFILE_UNSUPPORTED, "Type",
                              "UnencryptedConfiguration: have it exported without a passphrase");
    onc->certificates = hf_node_get(root, "Certificates");
    status = hf_walk(w, root, &top_table);
    if (status == HF_OK)
        status = choose(w, hf_node_get(root, "NetworkConfigurations"), &network);
    if (status != HF_OK)
        return status;
    hf_copy(w->path, "NetworkConfigurations", sizeof "NetworkConfigurations");
    status = hf_walk(w, network, &network_table);
    return status == HF_OK ? hf_onc_vpn_finish(w) : status;
}

bool hf_onc_row_at(size_t index, struct hf_import_row *out)
{
    static const struct hf_walk_table *const roots[] = { &top_table, &network_table };

    return hf_walk_row_at(roots, HF_ARRAY_LEN(roots), index, out);
}

hf_status hf_onc_import(hf_bytes file, const struct hf_import_options *options,
                        struct hf_import *out, struct hf_fault *out_fault)
{
    struct hf_onc onc = { .certificates = NULL };
    struct hf_walk w = { .out = out, .fault = out_fault, .options = options, .state = &onc };
    struct hf_node *root = NULL;
    hf_status status = hf_json_decode(file, &root);

    if (status != HF_OK)
        return hf_walk_refuse_file(&w, status, "a JSON object");
    status = import_tree(&w, root);
    hf_node_free(root);
    return status;
}
