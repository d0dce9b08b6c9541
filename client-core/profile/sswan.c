/* Profiles of strongSwan's Android client (.sswan): JSON with the keys of its documentation, in the
 * types that files in the field use. */
#include "profile/json_tree.h"
#include "profile/proposal.h"
#include "profile/walk.h"

#include <string.h>

static const struct type {
    const char *name;
    enum hf_profile_auth auth;
} types[] = {
    {"ikev2-eap",       HF_PROFILE_AUTH_EAP            },
    { "ikev2-cert",     HF_PROFILE_AUTH_CERTIFICATE    },
    { "ikev2-cert-eap", HF_PROFILE_AUTH_CERTIFICATE_EAP},
    { "ikev2-eap-tls",  HF_PROFILE_AUTH_EAP_TLS        },
};

/* Native profiles have no "uuid"; ONC has no "uuid" in small letters. */
bool hf_sswan_sniff(hf_bytes file)
{
    struct hf_node *root = NULL;
    bool is_ours;

    if (hf_import_first_octet(file) != '{' || hf_json_decode(file, &root) != HF_OK)
        return false;
    is_ours = hf_node_get(root, "uuid") != NULL && hf_node_get(root, "type") != NULL;
    hf_node_free(root);
    return is_ours;
}

static hf_status apply_type(struct hf_walk *w, const struct hf_walk_row *row,
                            const struct hf_node *value)
{
    (void)row;
    for (size_t i = 0; i < HF_ARRAY_LEN(types); i++) {
        if (hf_node_is_text(value, types[i].name)) {
            w->out->profile.auth = types[i].auth;
            return HF_OK;
        }
    }
    if (hf_node_is_text(value, "ikev2-byod-eap"))
        return hf_walk_refuse(
            w, HF_ERR_PROFILE_UNSUPPORTED, NULL,
            "another type: the gateway wants to examine the device (TNC), which is not done");
    return hf_walk_refuse(w, HF_ERR_PROFILE_UNSUPPORTED, NULL,
                          "ikev2-eap, ikev2-cert, ikev2-cert-eap or ikev2-eap-tls");
}

static hf_status apply_address(struct hf_walk *w, const struct hf_walk_row *row,
                               const struct hf_node *value)
{
    (void)row;
    return hf_walk_add_gateway(&w->out->profile, hf_node_text(value)) ? HF_OK
                                                                      : HF_ERR_PROFILE_INVALID;
}

static hf_status apply_port(struct hf_walk *w, const struct hf_walk_row *row,
                            const struct hf_node *value)
{
    uint32_t port;

    (void)row;
    if (!hf_node_number(value, &port) || port == 0 || port > UINT16_MAX)
        return HF_ERR_PROFILE_INVALID;
    w->out->profile.port = port == 500 ? 0 : (uint16_t)port; /* 0: 500, then 4500 */
    return HF_OK;
}

static hf_status apply_certificate(struct hf_walk *w, const struct hf_walk_row *row,
                                   const struct hf_node *value)
{
    (void)row;
    return hf_walk_anchor(w, hf_node_text(value));
}

static hf_status apply_pkcs12(struct hf_walk *w, const struct hf_walk_row *row,
                              const struct hf_node *value)
{
    (void)row;
    return hf_walk_pkcs12(w, hf_node_text(value));
}

/* `offset` of these rows: which of the two lists. */
static hf_status apply_proposal(struct hf_walk *w, const struct hf_walk_row *row,
                                const struct hf_node *value)
{
    size_t notices = w->out->notice_count;
    struct hf_node_items items = hf_node_items(value);
    hf_status status = HF_OK;
    hf_bytes text;

    while (status == HF_OK && hf_node_items_next(&items, ",", &text))
        status = hf_proposal_decode(w->out, (enum hf_proposal_protocol)row->offset,
                                    hf_bytes_of_string(w->path), text);
    if (status == HF_OK && w->out->notice_count != notices)
        return hf_walk_note(w, HF_NOTICE_APPLIED, "");
    return status;
}

static hf_status add_networks(struct hf_walk *w, const struct hf_node *value, hf_prefix *list,
                              size_t *count)
{
    struct hf_node_items items = hf_node_items(value);
    hf_status status = HF_OK;
    hf_bytes text;

    while (status == HF_OK && hf_node_items_next(&items, " ,;", &text))
        status = hf_walk_add_prefixes(text, list, HF_PROFILE_PREFIXES, count);
    if (status == HF_ERR_TOO_LARGE)
        return hf_walk_refuse(w, HF_ERR_PROFILE_UNSUPPORTED, NULL, "64 networks at most");
    return status;
}

static hf_status apply_subnets(struct hf_walk *w, const struct hf_walk_row *row,
                               const struct hf_node *value)
{
    struct hf_profile *profile = &w->out->profile;
    hf_status status = add_networks(w, value, profile->include, &profile->include_count);

    (void)row;
    profile->split = profile->include_count != 0;
    return status;
}

static hf_status apply_excluded(struct hf_walk *w, const struct hf_walk_row *row,
                                const struct hf_node *value)
{
    (void)row;
    return add_networks(w, value, w->out->profile.exclude, &w->out->profile.exclude_count);
}

static hf_status apply_resolvers(struct hf_walk *w, const struct hf_walk_row *row,
                                 const struct hf_node *value)
{
    struct hf_profile *profile = &w->out->profile;
    struct hf_node_items items = hf_node_items(value);
    hf_bytes text;

    (void)row;
    while (hf_node_items_next(&items, " ,;", &text)) {
        if (profile->resolver_count == HF_PROFILE_RESOLVERS)
            return hf_walk_note(w, HF_NOTICE_UNSUPPORTED, "the first eight are used");
        if (!hf_address_parse(text, &profile->resolvers[profile->resolver_count]))
            return HF_ERR_PROFILE_INVALID;
        profile->resolver_count++;
    }
    return HF_OK;
}

static hf_status apply_mtu(struct hf_walk *w, const struct hf_walk_row *row,
                           const struct hf_node *value)
{
    uint32_t mtu;

    (void)row;
    if (!hf_node_number(value, &mtu) || mtu < 1280 || mtu > 9000)
        return HF_ERR_PROFILE_UNSUPPORTED;
    w->out->profile.mtu_bytes = (uint16_t)mtu;
    return HF_OK;
}

static hf_status apply_keepalive(struct hf_walk *w, const struct hf_walk_row *row,
                                 const struct hf_node *value)
{
    uint32_t seconds;

    (void)row;
    if (!hf_node_number(value, &seconds) || seconds < 10 || seconds > 3600)
        return HF_ERR_PROFILE_UNSUPPORTED;
    w->out->profile.keepalive = HF_SECONDS(seconds);
    return HF_OK;
}

static hf_status apply_must_be_on(struct hf_walk *w, const struct hf_walk_row *row,
                                  const struct hf_node *value)
{
    bool on;

    (void)w, (void)row;
    return hf_node_bool(value, &on) && on ? HF_OK : HF_ERR_PROFILE_UNSUPPORTED;
}

/* Both ways are on unless the file says otherwise; strict is a failure to ask one of them. */
static hf_status apply_revocation(struct hf_walk *w, const struct hf_walk_row *row,
                                  const struct hf_node *value)
{
    bool crl = true, ocsp = true, strict = false;
    const struct {
        const char *key;
        bool *on;
    } keys[] = {
        {"crl",     &crl   },
        { "ocsp",   &ocsp  },
        { "strict", &strict}
    };

    (void)row;
    for (const struct hf_node *child = value->first; child != NULL; child = child->next) {
        bool known = false;

        for (size_t i = 0; i < HF_ARRAY_LEN(keys); i++) {
            if (!hf_node_is_named(child, keys[i].key))
                continue;
            known = true;
            if (!hf_node_bool(child, keys[i].on))
                return HF_ERR_PROFILE_INVALID;
        }
        if (!known && hf_walk_note(w, HF_NOTICE_UNSUPPORTED, "unknown key inside") != HF_OK)
            return HF_ERR_NO_MEMORY;
    }
    w->out->profile.revocation = !crl && !ocsp ? HF_PROFILE_REVOCATION_OFF
                                 : strict      ? HF_PROFILE_REVOCATION_HARD
                                               : HF_PROFILE_REVOCATION_SOFT;
    if (crl != ocsp)
        return hf_walk_note(w, HF_NOTICE_HARMLESS,
                            "revocation is asked for in either way that the certificate names");
    return HF_OK;
}

#define PROXIES "proxies are not set; programs keep those of the system"
#define APPS    "Android's programs; the routes are the same for every program"
static const struct hf_walk_row remote_rows[] = {
    HF_WALK_APPLY("addr", apply_address, UNSUPPORTED, "a host name or address"),
    HF_WALK_APPLY("port", apply_port, UNSUPPORTED, "1 to 65535"),
    HF_WALK_APPLY("id", hf_walk_text, UNSUPPORTED, "an identity", HF_WALK_MEMBER(remote_identity)),
    HF_WALK_APPLY("cert", apply_certificate, UNSUPPORTED, "a certificate"),
    HF_WALK_APPLY("certreq", apply_must_be_on, HARMLESS, "a certificate is always asked for"),
    HF_WALK_APPLY("revocation", apply_revocation, UNSUPPORTED, "true or false each"),
};
static const struct hf_walk_table remote_table = HF_WALK_TABLE(remote_rows);
static const struct hf_walk_row local_rows[] = {
    HF_WALK_APPLY("eap_id", hf_walk_text, UNSUPPORTED, "a user name", HF_WALK_MEMBER(eap_identity)),
    HF_WALK_APPLY("id", hf_walk_text, UNSUPPORTED, "an identity", HF_WALK_MEMBER(local_identity)),
    HF_WALK_APPLY("shared_secret", hf_walk_secret, UNSUPPORTED, "a password",
                  .offset = HF_SECRET_PASSWORD),
    HF_WALK_APPLY("p12", apply_pkcs12, UNSUPPORTED, "a PKCS#12 file"),
    HF_WALK_NOTE("rsa-pss", HARMLESS, "follows from what the gateway announces"),
};
static const struct hf_walk_table local_table = HF_WALK_TABLE(local_rows);
static const struct hf_walk_row split_rows[] = {
    HF_WALK_APPLY("subnets", apply_subnets, UNSUPPORTED, "networks, addresses or ranges"),
    HF_WALK_APPLY("excluded", apply_excluded, UNSUPPORTED, "networks, addresses or ranges"),
    HF_WALK_APPLY("block-ipv4", hf_walk_bool, UNSUPPORTED, "true or false",
                  HF_WALK_MEMBER(block_ip4)),
    HF_WALK_APPLY("block-ipv6", hf_walk_bool, UNSUPPORTED, "true or false",
                  HF_WALK_MEMBER(block_ip6)),
};
static const struct hf_walk_table split_table = HF_WALK_TABLE(split_rows);
static const struct hf_walk_row proxy_rows[] = {
    HF_WALK_NOTE("host", UNSUPPORTED, PROXIES),
    HF_WALK_NOTE("port", UNSUPPORTED, PROXIES),
    HF_WALK_NOTE("exclusions", UNSUPPORTED, PROXIES),
};
static const struct hf_walk_table proxy_table = HF_WALK_TABLE(proxy_rows);
static const struct hf_walk_row rows[] = {
    HF_WALK_APPLY("uuid", hf_walk_text, UNSUPPORTED, "a UUID", HF_WALK_MEMBER(source_key)),
    HF_WALK_APPLY("name", hf_walk_text, UNSUPPORTED, "a name for people", HF_WALK_MEMBER(name)),
    HF_WALK_APPLY("type", apply_type, UNSUPPORTED, "a type"),
    HF_WALK_INSIDE("remote", &remote_table),
    HF_WALK_INSIDE("local", &local_table),
    HF_WALK_APPLY("ike-proposal", apply_proposal, UNSUPPORTED, "a proposal",
                  .offset = HF_PROPOSAL_IKE),
    HF_WALK_APPLY("esp-proposal", apply_proposal, UNSUPPORTED, "a proposal",
                  .offset = HF_PROPOSAL_ESP),
    HF_WALK_INSIDE("split-tunneling", &split_table),
    HF_WALK_APPLY("dns-servers", apply_resolvers, UNSUPPORTED, "addresses"),
    HF_WALK_APPLY("mtu", apply_mtu, UNSUPPORTED, "1280 to 9000"),
    HF_WALK_APPLY("nat-keepalive", apply_keepalive, UNSUPPORTED, "10 to 3600 seconds"),
    HF_WALK_INSIDE("proxy", &proxy_table),
    HF_WALK_NOTE("ipv6-transport", HARMLESS, "the gateway's addresses decide"),
    HF_WALK_NOTE("apps", UNSUPPORTED, APPS),
    HF_WALK_NOTE("excluded-apps", UNSUPPORTED, APPS),
};
static const struct hf_walk_table table = HF_WALK_TABLE(rows);

/* What strongSwan takes for what the file leaves out. */
static hf_status complete(struct hf_walk *w)
{
    struct hf_profile *profile = &w->out->profile;
    hf_status status = HF_OK;

    if (profile->local_identity[0] == '\0' && profile->auth == HF_PROFILE_AUTH_EAP)
        hf_copy(profile->local_identity, profile->eap_identity, sizeof profile->local_identity);
    if (profile->trust.len == 0) {
        profile->system_trust = true;
        status = hf_import_note(w->out, HF_NOTICE_APPLIED, hf_bytes_of_string("remote.cert"),
                                "absent: the CAs of the system may vouch for the gateway");
    }
    if (status == HF_OK && w->out->secrets.values[HF_SECRET_PASSWORD].len != 0)
        status = hf_import_note(w->out, HF_NOTICE_UNSAFE, hf_bytes_of_string("local.shared_secret"),
                                "the file holds a password that anybody can read");
    return status;
}

bool hf_sswan_row_at(size_t index, struct hf_import_row *out)
{
    static const struct hf_walk_table *const roots[] = { &table };

    return hf_walk_row_at(roots, HF_ARRAY_LEN(roots), index, out);
}

hf_status hf_sswan_import(hf_bytes file, const struct hf_import_options *options,
                          struct hf_import *out, struct hf_fault *out_fault)
{
    struct hf_walk w = { .out = out, .fault = out_fault, .options = options };
    struct hf_node *root = NULL;
    hf_status status = hf_json_decode(file, &root);

    if (status != HF_OK)
        return hf_walk_refuse_file(&w, status, "a JSON object");
    out->profile.revocation = HF_PROFILE_REVOCATION_SOFT;
    status = hf_walk(&w, root, &table);
    if (status == HF_OK && out->profile.gateway_count == 0)
        status =
            hf_walk_refuse(&w, HF_ERR_PROFILE_INVALID, "remote.addr", "a host name or address");
    if (status == HF_OK)
        status = complete(&w);
    hf_node_free(root);
    return status;
}
