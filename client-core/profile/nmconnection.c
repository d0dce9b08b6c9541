/* NetworkManager's .nmconnection files of its strongswan and l2tp plugins: the file, and what every
 * connection has. Keys: nm-settings-nmcli(5), nm_service.c of NetworkManager-strongswan and
 * nm-service-defines.h of NetworkManager-l2tp. */
#include "profile/nmconnection.h"

#include "base/base64.h"
#include "profile/keyfile.h"
#include "profile/text.h"

#include <string.h>

#define SERVICE "org.freedesktop.NetworkManager."

bool hf_nmconnection_sniff(hf_bytes file)
{
    static const char start[] = "[connection]";

    while (file.len > 0) {
        size_t len = 0;
        hf_bytes line;

        while (len < file.len && file.data[len] != '\n')
            len++;
        line = hf_text_trim(hf_bytes_slice(file, 0, len));
        if (line.len != 0 && line.data[0] != '#')
            return hf_bytes_equal(line, hf_bytes_of_string(start));
        len += len < file.len;
        file = hf_bytes_slice(file, len, file.len - len);
    }
    return false;
}

hf_status hf_nm_keep(struct hf_walk *w, const struct hf_walk_row *row, const struct hf_node *value)
{
    *(hf_bytes *)(void *)((uint8_t *)w->state + row->offset) = hf_node_raw(value);
    return HF_OK;
}

hf_status hf_nm_trust(struct hf_walk *w, const struct hf_walk_row *row, const struct hf_node *value)
{
    (void)row;
    return hf_attachment_trust(w, hf_node_text(value));
}

hf_status hf_nm_gateway(struct hf_walk *w, const struct hf_walk_row *row,
                        const struct hf_node *value)
{
    (void)row;
    return hf_walk_add_gateway(&w->out->profile, hf_node_text(value)) ? HF_OK
                                                                      : HF_ERR_PROFILE_INVALID;
}

hf_status hf_nm_number(struct hf_walk *w, const struct hf_walk_row *row,
                       const struct hf_node *value)
{
    uint32_t number;

    if (!hf_node_number(value, &number) || number > UINT16_MAX)
        return HF_ERR_PROFILE_INVALID;
    *(uint16_t *)(void *)((uint8_t *)&w->out->profile + row->offset) = (uint16_t)number;
    return HF_OK;
}

/* --- [connection] ----------------------------------------------------------------------------- */
static hf_status apply_autoconnect(struct hf_walk *w, const struct hf_walk_row *row,
                                   const struct hf_node *value)
{
    (void)row;
    return hf_node_bool(value, &w->out->profile.at_login) ? HF_OK : HF_ERR_PROFILE_INVALID;
}

static const struct hf_walk_row connection_rows[] = {
    HF_WALK_APPLY("id", hf_walk_text, UNSAFE, "a name for people", HF_WALK_MEMBER(name)),
    HF_WALK_APPLY("uuid", hf_walk_text, UNSAFE, "a UUID", HF_WALK_MEMBER(source_key)),
    HF_WALK_NOTE("type", HARMLESS, "a VPN"),
    HF_WALK_APPLY("autoconnect", apply_autoconnect, UNSAFE, "true or false"),
    HF_WALK_NOTE("permissions", HARMLESS, "the profile belongs to whoever imports it"),
    HF_WALK_NOTE("timestamp", HARMLESS, "when it was used last"),
    HF_WALK_NOTE("interface-name", HARMLESS, "the device is named by Holdfast"),
    HF_WALK_NOTE("zone", UNSUPPORTED, "firewall zones are not set"),
    HF_WALK_NOTE("autoconnect-priority", UNSUPPORTED, "profiles have no order"),
    HF_WALK_NOTE("secondaries", UNSUPPORTED, "one tunnel at a time"),
};

/* --- [ipv4], [ipv6] ----------------------------------------------------------------------------
 */
static hf_status apply_method(struct hf_walk *w, const struct hf_walk_row *row,
                              const struct hf_node *value)
{
    bool *wanted = (bool *)(void *)((uint8_t *)&w->out->profile + row->offset);

    *wanted = !hf_node_is_text(value, "disabled") && !hf_node_is_text(value, "ignore");
    return hf_node_is_text(value, "auto") || !*wanted ? HF_OK : HF_ERR_PROFILE_UNSUPPORTED;
}

static hf_status apply_never_default(struct hf_walk *w, const struct hf_walk_row *row,
                                     const struct hf_node *value)
{
    bool on;

    (void)row;
    if (!hf_node_bool(value, &on))
        return HF_ERR_PROFILE_INVALID;
    w->out->profile.split |= on;
    return HF_OK;
}

/* "10.0.0.0/8,10.1.1.1,100": the gateway and the metric mean nothing in a tunnel. */
static hf_status apply_route(struct hf_walk *w, const struct hf_walk_row *row,
                             const struct hf_node *value)
{
    struct hf_profile *p = &w->out->profile;
    hf_bytes rest = hf_node_text(value), prefix;

    (void)row;
    if (!hf_text_next(&rest, ",", &prefix))
        return HF_ERR_PROFILE_INVALID;
    return hf_walk_add_prefixes(prefix, p->include, HF_PROFILE_PREFIXES, &p->include_count);
}

static hf_status apply_dns(struct hf_walk *w, const struct hf_walk_row *row,
                           const struct hf_node *value)
{
    struct hf_profile *p = &w->out->profile;
    hf_bytes rest = hf_node_text(value), address;

    (void)row;
    while (hf_text_next(&rest, ";,", &address)) {
        if (p->resolver_count == HF_PROFILE_RESOLVERS ||
            !hf_address_parse(address, &p->resolvers[p->resolver_count]))
            return HF_ERR_PROFILE_UNSUPPORTED;
        p->resolver_count++;
    }
    return HF_OK;
}

/* "~corp.example" is asked inside the tunnel, and not searched in; "~." is everything. */
static bool add_split(struct hf_profile *p, hf_bytes domain)
{
    struct hf_profile_split *split = &p->splits[p->split_count];

    if (hf_bytes_equal(domain, hf_bytes_of_string(".")))
        return true;
    if (p->split_count == HF_PROFILE_SPLITS || !hf_text_is_host_name(domain) ||
        !hf_text_copy(domain, split->domain, sizeof split->domain))
        return false;
    p->split_count++;
    return true;
}

static hf_status apply_search(struct hf_walk *w, const struct hf_walk_row *row,
                              const struct hf_node *value)
{
    struct hf_profile *p = &w->out->profile;
    hf_bytes rest = hf_node_text(value), domain;

    (void)row;
    while (hf_text_next(&rest, ";,", &domain)) {
        bool added = domain.data[0] == '~' ? add_split(p, hf_bytes_slice(domain, 1, domain.len - 1))
                                           : hf_walk_add_domain(p, domain);

        if (!added)
            return HF_ERR_PROFILE_UNSUPPORTED;
    }
    return HF_OK;
}

#define IP_ROWS(request)                                                                           \
    HF_WALK_APPLY("method", apply_method, UNSUPPORTED, "addresses come from the gateway",          \
                  .offset = offsetof(struct hf_profile, request)),                                 \
        HF_WALK_APPLY("never-default", apply_never_default, UNSAFE, "true or false"),              \
        HF_WALK_APPLY("dns", apply_dns, UNSUPPORTED, "an address of this kind is left out"),       \
        HF_WALK_APPLY("dns-search", apply_search, UNSUPPORTED, "a domain is left out"),            \
        HF_WALK_NOTE("dns-priority", HARMLESS, "the tunnel's resolvers come first in any case"),   \
        HF_WALK_NOTE("ignore-auto-dns", UNSUPPORTED, "set dns.servers to replace the gateway's"),  \
        HF_WALK_NOTE("ignore-auto-routes", UNSUPPORTED, "what the gateway sends stays within"),    \
        HF_WALK_NOTE("route-metric", HARMLESS, "routes have a table of their own"),                \
        HF_WALK_NOTE("addr-gen-mode", HARMLESS, "addresses come from the gateway"),                \
        HF_WALK_NOTE("ip6-privacy", HARMLESS, "addresses come from the gateway"),                  \
        HF_WALK_NOTE("address", UNSUPPORTED, "addresses come from the gateway"),                   \
    {                                                                                              \
        .key = "route", .apply = apply_route, .severity = HF_NOTICE_UNSAFE, .text = "a prefix",    \
        .repeats = true                                                                            \
    }

static const struct hf_walk_row ip4_rows[] = { IP_ROWS(request_ip4) };
static const struct hf_walk_row ip6_rows[] = { IP_ROWS(request_ip6) };
static const struct hf_walk_table connection_table = HF_WALK_TABLE(connection_rows);
static const struct hf_walk_table ip4_table = HF_WALK_TABLE(ip4_rows);
static const struct hf_walk_table ip6_table = HF_WALK_TABLE(ip6_rows);

/* As it stands, or "0s" and base64. */
static hf_status apply_psk(struct hf_walk *w, const struct hf_walk_row *row,
                           const struct hf_node *value)
{
    hf_buf *psk = &w->out->secrets.values[HF_SECRET_PSK];
    hf_bytes text = hf_node_text(value);

    if (text.len < 3 || text.data[0] != '0' || text.data[1] != 's')
        return hf_walk_secret(w, row, value);
    return hf_base64_decode(hf_bytes_slice(text, 2, text.len - 2), psk) ? HF_OK
                                                                        : HF_ERR_PROFILE_INVALID;
}

/* --- [vpn-secrets] -----------------------------------------------------------------------------
 */
static const struct hf_walk_row secret_rows[] = {
    HF_NM_KEEP("password", password),
    HF_NM_KEEP("user-certpass", user_key_password),
    HF_NM_KEEP("machine-certpass", key_password),
    HF_WALK_APPLY("ipsec-psk", apply_psk, UNSAFE, "the pre-shared key", .offset = HF_SECRET_PSK),
};
static const struct hf_walk_table secret_table = HF_WALK_TABLE(secret_rows);

/* --- the file ----------------------------------------------------------------------------------
 */
/* "route1", "route2", …: one key that repeats. */
static bool is_numbered(hf_bytes name, const char *word)
{
    size_t len = strlen(word);

    if (name.len <= len || memcmp(name.data, word, len) != 0)
        return false;
    for (size_t i = len; i < name.len; i++) {
        if (name.data[i] < '0' || name.data[i] > '9')
            return false;
    }
    return true;
}

static bool rename_routes(struct hf_node *group)
{
    for (struct hf_node *at = group->first; at != NULL; at = at->next) {
        if (!is_numbered(hf_buf_bytes(&at->name), "route"))
            continue;
        hf_buf_clear(&at->name);
        if (!hf_buf_append(&at->name, hf_bytes_of_string("route")))
            return false;
    }
    return true;
}

static hf_status walk_file(struct hf_walk *w, struct hf_node *root)
{
    const struct hf_nm *nm = w->state;
    const struct hf_walk_row rows[] = {
        HF_WALK_INSIDE("connection", &connection_table),
        HF_WALK_INSIDE("vpn", nm->is_l2tp ? &hf_nm_l2tp_table : &hf_nm_strongswan_table),
        HF_WALK_INSIDE("vpn-secrets", &secret_table),
        HF_WALK_INSIDE("ipv4", &ip4_table),
        HF_WALK_INSIDE("ipv6", &ip6_table),
        HF_WALK_NOTE("proxy", UNSUPPORTED, "proxies are not set"),
    };
    const struct hf_walk_table table = HF_WALK_TABLE(rows);

    for (struct hf_node *group = root->first; group != NULL; group = group->next) {
        if (!rename_routes(group))
            return HF_ERR_NO_MEMORY;
    }
    return hf_walk(w, root, &table);
}

static hf_status find_service(struct hf_walk *w, const struct hf_node *root)
{
    const struct hf_node *service = hf_node_find(root, "vpn/service-type");
    struct hf_nm *nm = w->state;

    if (!hf_node_is_text(hf_node_find(root, "connection/type"), "vpn"))
        return hf_walk_refuse(w, HF_ERR_PROFILE_UNSUPPORTED, "connection.type", "a VPN");
    nm->is_l2tp = hf_node_is_text(service, SERVICE "l2tp");
    if (!nm->is_l2tp && !hf_node_is_text(service, SERVICE "strongswan"))
        return hf_walk_refuse(w, HF_ERR_UNSUPPORTED_PROTOCOL, "vpn.service-type",
                              "the plugins strongswan (IKEv2) and l2tp");
    return HF_OK;
}

hf_status hf_nmconnection_import(hf_bytes file, const struct hf_import_options *options,
                                 struct hf_import *out, struct hf_fault *out_fault)
{
    struct hf_nm nm = { .is_l2tp = false };
    struct hf_walk w = { .out = out, .fault = out_fault, .options = options, .state = &nm };
    struct hf_node *root;
    hf_status status = hf_keyfile_decode(file, &root);

    if (status != HF_OK)
        return hf_walk_refuse_file(&w, status, "a key file: [group] and key=value");
    status = find_service(&w, root);
    if (nm.is_l2tp)
        out->profile.auth = HF_PROFILE_AUTH_PSK; /* where machine-auth-type is not named */
    if (status == HF_OK)
        status = walk_file(&w, root);
    if (status == HF_OK)
        status = nm.is_l2tp ? hf_nm_l2tp_finish(&w) : hf_nm_strongswan_finish(&w);
    hf_node_free(root);
    return status;
}
