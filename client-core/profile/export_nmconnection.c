/* A profile as a .nmconnection file of NetworkManager's strongswan or l2tp plugin: the importer
 * (nmconnection*.c) the other way. */
#include "profile/export.h"

#include <string.h>

const char *const hf_export_nmconnection_said[] = { "id",
                                                    "name",
                                                    "source-key",
                                                    "protocol",
                                                    "gateways",
                                                    "port",
                                                    "remote-identity",
                                                    "local-identity",
                                                    "auth",
                                                    "gateway-psk",
                                                    "eap-identity",
                                                    "trust",
                                                    "system-trust",
                                                    "ike.encryption",
                                                    "ike.prf",
                                                    "ike.integrity",
                                                    "ike.groups",
                                                    "esp.encryption",
                                                    "esp.integrity",
                                                    "esp.groups",
                                                    "request.ipv4",
                                                    "request.ipv6",
                                                    "split",
                                                    "include",
                                                    "dns.servers",
                                                    "dns.domains",
                                                    "dns.split",
                                                    "at-login",
                                                    "ike.lifetime",
                                                    "esp.lifetime",
                                                    "esp.allow-without-pfs",
                                                    "mtu",
                                                    "l2tp.clear",
                                                    "l2tp.user",
                                                    "l2tp.domain",
                                                    "l2tp.methods",
                                                    "l2tp.group",
                                                    "l2tp.any-port",
                                                    "l2tp.mru",
                                                    "l2tp.echo-interval",
                                                    "l2tp.echo-failures",
                                                    "l2tp.prefer-ikev2",
                                                    NULL };

/* --- values: Desktop Entry Specification, section 4 ------------------------------------------- */
static void add_escaped(struct hf_export *e, hf_bytes value)
{
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = value.data[i];
        bool at_end = i == 0 || i + 1 == value.len;

        if (c == ' ' && at_end)
            hf_export_add(e, "\\s");
        else if (c == '\n')
            hf_export_add(e, "\\n");
        else if (c == '\r')
            hf_export_add(e, "\\r");
        else if (c == '\t')
            hf_export_add(e, "\\t");
        else if (c == '\\')
            hf_export_add(e, "\\\\");
        else
            hf_export_add_bytes(e, (hf_bytes){ &c, 1 });
    }
}

static void add_bytes(struct hf_export *e, const char *key, hf_bytes value)
{
    if (value.len == 0)
        return;
    hf_export_add(e, key);
    hf_export_add(e, "=");
    add_escaped(e, value);
    hf_export_add(e, "\n");
}

static void add_text(struct hf_export *e, const char *key, const char *value)
{
    add_bytes(e, key, hf_bytes_of_string(value));
}

static void add_bool(struct hf_export *e, const char *key, bool on)
{
    add_text(e, key, on ? "yes" : "no");
}

/* 0 is the default, and left out. */
static void add_number(struct hf_export *e, const char *key, uint64_t number)
{
    char digits[24];
    size_t at = sizeof digits;

    digits[--at] = '\0';
    for (uint64_t rest = number; rest != 0; rest /= 10)
        digits[--at] = (char)('0' + rest % 10);
    if (number != 0)
        add_text(e, key, digits + at);
}

static void add_proposals(struct hf_export *e, bool is_esp, const char *key)
{
    hf_buf text = hf_buf_with_max(4096);

    hf_export_proposals(e, is_esp, ";", &text);
    add_bytes(e, key, hf_buf_bytes(&text));
    hf_buf_free(&text);
}

/* --- [vpn] of strongswan ---------------------------------------------------------------------- */
static const char *method_of(const struct hf_profile *p)
{
    switch (p->auth) {
    case HF_PROFILE_AUTH_CERTIFICATE:
        return "cert";
    case HF_PROFILE_AUTH_PSK:
        return "psk";
    case HF_PROFILE_AUTH_EAP_TLS:
        return "eap-tls";
    case HF_PROFILE_AUTH_EAP:
        return "eap";
    case HF_PROFILE_AUTH_CERTIFICATE_EAP:
        break;
    }
    return NULL;
}

static void add_networks(struct hf_export *e)
{
    const struct hf_profile *p = e->profile;
    char text[HF_PREFIX_TEXT_MAX];

    if (!p->split || p->include_count == 0)
        return;
    hf_export_add(e, "remote-ts=");
    for (size_t i = 0; i < p->include_count; i++) {
        hf_export_add(e, hf_prefix_format(&p->include[i], text));
        hf_export_add(e, ";");
    }
    hf_export_add(e, "\n");
}

static void note_l2tp_alone(struct hf_export *e)
{
    const struct hf_profile *p = e->profile;

    if (p->ike_lifetime != 0)
        hf_export_note(e, HF_NOTICE_UNSUPPORTED, "ike.lifetime", "the plugin has its own times");
    if (p->child_lifetime != 0)
        hf_export_note(e, HF_NOTICE_UNSUPPORTED, "esp.lifetime", "the plugin has its own times");
    if (p->mtu_bytes != 0)
        hf_export_note(e, HF_NOTICE_UNSUPPORTED, "mtu", "the format has no place for it");
    if (p->allow_child_without_pfs)
        hf_export_note(e, HF_NOTICE_UNSUPPORTED, "esp.allow-without-pfs",
                       "follows from the proposals");
}

static void add_strongswan(struct hf_export *e)
{
    const struct hf_profile *p = e->profile;
    const char *method = method_of(p);

    if (method == NULL) {
        hf_export_refuse(e, HF_ERR_PROFILE_UNSUPPORTED, "auth", "one proof: the format has no two");
        return;
    }
    add_text(e, "address", p->gateways[0]);
    add_number(e, "server-port", p->port);
    add_text(e, "method", method);
    add_text(e, "remote-identity", p->remote_identity);
    add_text(e, "local-identity", p->local_identity);
    add_text(e, "user", p->eap_identity);
    add_text(e, "virtual", "yes");
    add_proposals(e, false, "ike");
    add_proposals(e, true, "esp");
    add_bool(e, "proposal", p->ike_encryption.count + p->esp_encryption.count > 0);
    add_networks(e);
    if (p->auth == HF_PROFILE_AUTH_PSK && !p->gateway_uses_psk)
        hf_export_note(e, HF_NOTICE_UNSUPPORTED, "gateway-psk", "both sides prove a PSK");
    note_l2tp_alone(e);
}

/* --- [vpn] of l2tp ---------------------------------------------------------------------------- */
static bool has_method(const struct hf_profile_words *methods, const char *name)
{
    for (size_t i = 0; i < methods->count; i++) {
        if (strcmp(methods->words[i], name) == 0)
            return true;
    }
    return false;
}

static void add_methods(struct hf_export *e)
{
    static const char *const refusals[][2] = {
        {"eap-mschapv2", "refuse-eap"     },
        { "mschapv2",    "refuse-mschapv2"},
        { "chap",        "refuse-chap"    },
        { "pap",         "refuse-pap"     }
    };
    const struct hf_profile_words *methods = &e->profile->l2tp.methods;

    if (has_method(methods, "eap-tls")) {
        add_text(e, "user-auth-type", "tls");
        if (methods->count > 1)
            hf_export_note(e, HF_NOTICE_UNSUPPORTED, "l2tp.methods", "eap-tls alone is written");
        return;
    }
    add_text(e, "user-auth-type", "password");
    for (size_t i = 0; methods->count != 0 && i < HF_ARRAY_LEN(refusals); i++) {
        if (!has_method(methods, refusals[i][0]))
            add_text(e, refusals[i][1], "yes");
    }
}

static void add_l2tp(struct hf_export *e)
{
    const struct hf_profile *p = e->profile;

    add_text(e, "gateway", p->gateways[0]);
    add_text(e, "user", p->l2tp.user);
    add_text(e, "domain", p->l2tp.domain);
    add_methods(e);
    add_bool(e, "ephemeral-port", p->l2tp.any_port);
    add_number(e, "mtu", p->mtu_bytes);
    add_number(e, "mru", p->l2tp.mru_bytes);
    add_number(e, "lcp-echo-failure", p->l2tp.echo_failures);
    add_number(e, "lcp-echo-interval", (uint64_t)(p->l2tp.echo_interval / HF_SECONDS(1)));
    add_bool(e, "ipsec-enabled", !p->l2tp.clear);
    add_text(e, "machine-auth-type", p->auth == HF_PROFILE_AUTH_PSK ? "psk" : "tls");
    add_text(e, "ipsec-remote-id", p->remote_identity);
    add_text(e, "ipsec-group-name", p->l2tp.group);
    add_proposals(e, false, "ipsec-ike");
    add_proposals(e, true, "ipsec-esp");
    add_number(e, "ipsec-ikelifetime", (uint64_t)(p->ike_lifetime / HF_SECONDS(1)));
    add_number(e, "ipsec-salifetime", (uint64_t)(p->child_lifetime / HF_SECONDS(1)));
    add_bool(e, "ipsec-ikev2", p->l2tp.prefer_ikev2);
    add_bool(e, "ipsec-pfs", !p->allow_child_without_pfs);
    if (p->local_identity[0] != '\0' || p->eap_identity[0] != '\0' || p->port != 0)
        hf_export_note(e, HF_NOTICE_UNSUPPORTED, "local-identity",
                       "identities of ours and ports have no place in l2tp files");
    for (size_t i = 0; p->split && i < p->include_count; i++) {
        if (i == 0)
            hf_export_note(e, HF_NOTICE_UNSUPPORTED, "include", "add them as routes");
    }
}

/* --- secrets ---------------------------------------------------------------------------------- */
static void add_secret(struct hf_export *e, const char *key, enum hf_secret_name name)
{
    hf_bytes value = hf_export_secret(e, name);

    if (value.len != 0 && memchr(value.data, 0, value.len) != NULL)
        hf_export_note(e, HF_NOTICE_UNSUPPORTED, hf_secret_name_text(name), "no text");
    else
        add_bytes(e, key, value);
}

static void add_secrets(struct hf_export *e)
{
    const struct hf_profile *p = e->profile;
    hf_bytes psk = hf_export_secret(e, HF_SECRET_PSK);
    bool is_psk = p->protocol == HF_PROTOCOL_IKEV2 && p->auth == HF_PROFILE_AUTH_PSK;

    hf_export_add(e, "\n[vpn-secrets]\n");
    add_secret(e, "password", is_psk ? HF_SECRET_PSK : HF_SECRET_PASSWORD);
    if (p->protocol == HF_PROTOCOL_L2TP && psk.len > 1 && psk.data[0] == '0' && psk.data[1] == 's')
        hf_export_note(e, HF_NOTICE_UNSUPPORTED, "psk", "would be read as base64: set it by hand");
    else if (p->protocol == HF_PROTOCOL_L2TP)
        add_secret(e, "ipsec-psk", HF_SECRET_PSK);
    if (hf_export_secret(e, HF_SECRET_PRIVATE_KEY).len != 0 ||
        hf_export_secret(e, HF_SECRET_USER_KEY).len != 0)
        hf_export_note(e, HF_NOTICE_UNSUPPORTED, "private-key",
                       "the format names keys by their paths: store it beside");
    hf_export_note(e, HF_NOTICE_UNSAFE, "secrets", "the file holds what anybody can read");
}

/* --- [ipv4], [ipv6] --------------------------------------------------------------------------- */
static void add_resolvers(struct hf_export *e, enum hf_family family)
{
    const struct hf_profile *p = e->profile;
    char text[HF_ADDRESS_TEXT_MAX];
    bool begun = false;

    for (size_t i = 0; i < p->resolver_count; i++) {
        if (p->resolvers[i].family != family)
            continue;
        hf_export_add(e, begun ? "" : "dns=");
        hf_export_add(e, hf_address_format(&p->resolvers[i], text));
        hf_export_add(e, ";");
        begun = true;
    }
    hf_export_add(e, begun ? "\n" : "");
}

static void add_search(struct hf_export *e)
{
    const struct hf_profile *p = e->profile;
    bool is_plain = true;

    if (p->domain_count + p->split_count == 0)
        return;
    hf_export_add(e, "dns-search=");
    for (size_t i = 0; i < p->domain_count; i++) {
        hf_export_add(e, p->domains[i]);
        hf_export_add(e, ";");
    }
    for (size_t i = 0; i < p->split_count; i++) {
        hf_export_add(e, "~");
        hf_export_add(e, p->splits[i].domain);
        hf_export_add(e, ";");
        is_plain &= !p->splits[i].exact && p->splits[i].resolver_count == 0;
    }
    hf_export_add(e, "\n");
    if (!is_plain)
        hf_export_note(e, HF_NOTICE_UNSUPPORTED, "dns.split",
                       "names alone, without resolvers of their own");
}

static void add_family(struct hf_export *e, enum hf_family family, bool wanted)
{
    hf_export_add(e, family == HF_FAMILY_V4 ? "\n[ipv4]\n" : "\n[ipv6]\n");
    add_text(e, "method", wanted ? "auto" : "disabled");
    add_text(e, "never-default", e->profile->split ? "true" : "false");
    add_resolvers(e, family);
    if (family == HF_FAMILY_V4)
        add_search(e);
}

static void note_trust(struct hf_export *e)
{
    const struct hf_profile *p = e->profile;

    if (p->trust.len != 0)
        hf_export_note(e, HF_NOTICE_UNSUPPORTED, "trust",
                       "the format names CAs by their paths: without one the system's vouch");
    if (p->gateway_count > 1)
        hf_export_note(e, HF_NOTICE_UNSUPPORTED, "gateways", "the first alone is written");
}

void hf_export_nmconnection(struct hf_export *e)
{
    const struct hf_profile *p = e->profile;
    bool is_l2tp = p->protocol == HF_PROTOCOL_L2TP;
    char uuid[HF_UUID_TEXT_MAX];

    hf_export_uuid(e, "", uuid);
    hf_export_add(e, "[connection]\n");
    add_text(e, "id", p->name);
    add_text(e, "uuid", uuid);
    add_text(e, "type", "vpn");
    add_text(e, "autoconnect", p->at_login ? "true" : "false");
    hf_export_add(e, "\n[vpn]\n");
    add_text(e, "service-type",
             is_l2tp ? "org.freedesktop.NetworkManager.l2tp"
                     : "org.freedesktop.NetworkManager.strongswan");
    add_text(e, "password-flags",
             hf_export_secret(e, HF_SECRET_PASSWORD).len + hf_export_secret(e, HF_SECRET_PSK).len >
                     0
                 ? "0"
                 : "1");
    if (is_l2tp)
        add_l2tp(e);
    else
        add_strongswan(e);
    if (e->secrets != NULL)
        add_secrets(e);
    add_family(e, HF_FAMILY_V4, p->request_ip4);
    add_family(e, HF_FAMILY_V6, p->request_ip6);
    note_trust(e);
}
