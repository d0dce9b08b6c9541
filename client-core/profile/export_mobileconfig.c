/* A profile as an Apple .mobileconfig with an IKEv2 payload: the importer (mobileconfig*.c) the
 * other way. */
#include "profile/export.h"

#include <string.h>

const char *const hf_export_mobileconfig_said[] = { "id",
                                                    "name",
                                                    "source-key",
                                                    "organization",
                                                    "scope",
                                                    "protocol",
                                                    "gateways",
                                                    "remote-identity",
                                                    "local-identity",
                                                    "auth",
                                                    "gateway-psk",
                                                    "eap.only",
                                                    "eap.methods",
                                                    "eap-identity",
                                                    "tls.min",
                                                    "tls.max",
                                                    "trust",
                                                    "system-trust",
                                                    "revocation",
                                                    "ike.encryption",
                                                    "ike.prf",
                                                    "ike.integrity",
                                                    "ike.groups",
                                                    "esp.encryption",
                                                    "esp.integrity",
                                                    "ike.lifetime",
                                                    "esp.lifetime",
                                                    "ike.liveness",
                                                    "ike.keepalive",
                                                    "ike.no-mobike",
                                                    "ike.no-redirect",
                                                    "idle-limit",
                                                    "mtu",
                                                    "split",
                                                    "allow-lan",
                                                    "dns.servers",
                                                    "dns.domains",
                                                    "dns.split",
                                                    NULL };

/* --- XML -------------------------------------------------------------------------------------- */
static void add_escaped(struct hf_export *e, hf_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];

        if (c == '&')
            hf_export_add(e, "&amp;");
        else if (c == '<')
            hf_export_add(e, "&lt;");
        else if (c == '>')
            hf_export_add(e, "&gt;");
        else if (c == '\r')
            hf_export_add(e, "&#13;");
        else
            hf_export_add_bytes(e, (hf_bytes){ &c, 1 });
    }
}

/* XML 1.0 has no way to write the other control characters. */
static bool can_be_written(hf_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];

        if (c < ' ' && c != '\n' && c != '\t' && c != '\r')
            return false;
    }
    return true;
}

static void add_value(struct hf_export *e, const char *key, const char *kind, hf_bytes text)
{
    if (text.len == 0)
        return;
    if (!can_be_written(text)) {
        hf_export_note(e, HF_NOTICE_UNSUPPORTED, key, "holds characters that XML has not");
        return;
    }
    hf_export_add(e, "<key>");
    hf_export_add(e, key);
    hf_export_add(e, "</key><");
    hf_export_add(e, kind);
    hf_export_add(e, ">");
    add_escaped(e, text);
    hf_export_add(e, "</");
    hf_export_add(e, kind);
    hf_export_add(e, ">\n");
}

static void add_text(struct hf_export *e, const char *key, const char *text)
{
    add_value(e, key, "string", hf_bytes_of_string(text));
}

static void add_number(struct hf_export *e, const char *key, uint64_t number)
{
    char digits[24];
    size_t at = sizeof digits;

    digits[--at] = '\0';
    do
        digits[--at] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    add_value(e, key, "integer", hf_bytes_of_string(digits + at));
}

static void begin(struct hf_export *e, const char *key)
{
    hf_export_add(e, "<key>");
    hf_export_add(e, key);
    hf_export_add(e, "</key><dict>\n");
}

static void end(struct hf_export *e)
{
    hf_export_add(e, "</dict>\n");
}

/* --- suites: one of each kind ----------------------------------------------------------------- */
static const char *const names[][2] = {
    {"aes128",            "AES-128"         },
    { "aes256",           "AES-256"         },
    { "aes128gcm16",      "AES-128-GCM"     },
    { "aes256gcm16",      "AES-256-GCM"     },
    { "chacha20poly1305", "ChaCha20Poly1305"},
    { "3des",             "3DES"            },
    { "sha256",           "SHA2-256"        },
    { "sha384",           "SHA2-384"        },
    { "sha512",           "SHA2-512"        },
    { "sha1",             "SHA1-160"        },
    { "prfsha256",        "SHA2-256"        },
    { "prfsha384",        "SHA2-384"        },
    { "prfsha512",        "SHA2-512"        },
    { "prfsha1",          "SHA1-160"        },
    { "modp2048",         "14"              },
    { "modp3072",         "15"              },
    { "modp4096",         "16"              },
    { "ecp256",           "19"              },
    { "ecp384",           "20"              },
    { "ecp521",           "21"              },
    { "x25519",           "31"              },
    { "modp1024",         "2"               },
};

static void add_algorithm(struct hf_export *e, const struct hf_profile_algorithms *list,
                          const char *key, const char *kind, const char *native)
{
    const char *apple = NULL;

    if (list->count == 0)
        return;
    for (size_t i = 0; i < HF_ARRAY_LEN(names); i++) {
        if (strcmp(names[i][0], list->names[0]) == 0)
            apple = names[i][1];
    }
    if (apple != NULL)
        add_value(e, key, kind, hf_bytes_of_string(apple));
    if (apple == NULL || list->count > 1)
        hf_export_note(e, HF_NOTICE_UNSUPPORTED, native, "one algorithm that Apple has a name for");
}

static void add_lifetime(struct hf_export *e, hf_duration lifetime, const char *native)
{
    hf_duration minutes = lifetime / HF_SECONDS(60);

    if (minutes >= 10 && minutes <= 1440)
        add_number(e, "LifeTimeInMinutes", (uint64_t)minutes);
    if (lifetime != 0 && (minutes < 10 || minutes > 1440 || minutes * HF_SECONDS(60) != lifetime))
        hf_export_note(e, HF_NOTICE_UNSUPPORTED, native, "whole minutes, 10 to 1440");
}

/* Apple's one hash is both the PRF and the integrity of IKE. */
static void note_hash(struct hf_export *e)
{
    const struct hf_profile *p = e->profile;
    bool both = p->ike_prf.count == 1 && p->ike_integrity.count == 1 &&
                strcmp(p->ike_prf.names[0] + 3, p->ike_integrity.names[0]) == 0;

    if (!both && p->ike_prf.count + p->ike_integrity.count != 0) {
        hf_export_note(e, HF_NOTICE_HARMLESS, "ike.integrity", "one hash is PRF and integrity");
        hf_export_note(e, HF_NOTICE_HARMLESS, "ike.prf", "one hash is PRF and integrity");
    }
}

static void add_suites(struct hf_export *e)
{
    const struct hf_profile *p = e->profile;

    begin(e, "IKESecurityAssociationParameters");
    add_algorithm(e, &p->ike_encryption, "EncryptionAlgorithm", "string", "ike.encryption");
    add_algorithm(e, p->ike_prf.count != 0 ? &p->ike_prf : &p->ike_integrity, "IntegrityAlgorithm",
                  "string", "ike.prf");
    add_algorithm(e, &p->ike_groups, "DiffieHellmanGroup", "integer", "ike.groups");
    add_lifetime(e, p->ike_lifetime, "ike.lifetime");
    end(e);
    note_hash(e);
    begin(e, "ChildSecurityAssociationParameters");
    add_algorithm(e, &p->esp_encryption, "EncryptionAlgorithm", "string", "esp.encryption");
    add_algorithm(e, &p->esp_integrity, "IntegrityAlgorithm", "string", "esp.integrity");
    add_lifetime(e, p->child_lifetime, "esp.lifetime");
    end(e);
}

/* --- IKEv2 ------------------------------------------------------------------------------------ */
static void add_eap(struct hf_export *e)
{
    const struct hf_profile *p = e->profile;

    add_text(e, "AuthenticationMethod", p->eap_only ? "None" : "Certificate");
    add_number(e, "ExtendedAuthEnabled", 1);
    add_value(e, "AuthPassword", "string", hf_export_secret(e, HF_SECRET_PASSWORD));
    if (p->eap_methods.count != 1 || strcmp(p->eap_methods.words[0], "eap-mschapv2") != 0)
        hf_export_note(e, HF_NOTICE_UNSUPPORTED, "eap.methods", "MS-CHAPv2, as Apple does");
}

static void add_authentication(struct hf_export *e)
{
    const struct hf_profile *p = e->profile;

    add_text(e, "AuthName", p->eap_identity);
    if (p->auth == HF_PROFILE_AUTH_EAP) {
        add_eap(e);
    } else if (p->auth == HF_PROFILE_AUTH_PSK) {
        add_text(e, "AuthenticationMethod", "SharedSecret");
        add_value(e, "SharedSecret", "string", hf_export_secret(e, HF_SECRET_PSK));
        if (!p->gateway_uses_psk)
            hf_export_note(e, HF_NOTICE_UNSUPPORTED, "gateway-psk", "both sides prove a PSK");
    } else {
        add_text(e, "AuthenticationMethod", "Certificate");
        hf_export_note(e, HF_NOTICE_UNSUPPORTED, "private-key",
                       "is not written: hand key and certificate over as PKCS#12");
    }
    if (p->auth != HF_PROFILE_AUTH_EAP && p->eap_methods.count != 0)
        hf_export_note(e, HF_NOTICE_HARMLESS, "eap.methods", "without EAP it says nothing");
    if (p->auth != HF_PROFILE_AUTH_EAP && p->eap_only)
        hf_export_note(e, HF_NOTICE_HARMLESS, "eap.only", "without EAP it says nothing");
}

static void add_liveness(struct hf_export *e)
{
    const struct hf_profile *p = e->profile;
    hf_duration seconds = p->keepalive / HF_SECONDS(1);
    const char *rate = p->liveness == HF_MINUTES(30)   ? "Low"
                       : p->liveness == HF_MINUTES(10) ? "Medium"
                       : p->liveness == HF_MINUTES(1)  ? "High"
                                                       : "";

    add_text(e, "DeadPeerDetectionRate", rate);
    if (p->liveness != 0 && rate[0] == '\0')
        hf_export_note(e, HF_NOTICE_UNSUPPORTED, "ike.liveness", "1, 10 or 30 minutes");
    if (seconds >= 20 && seconds <= 3600)
        add_number(e, "NATKeepAliveInterval", (uint64_t)seconds);
    else if (seconds != 0)
        hf_export_note(e, HF_NOTICE_UNSUPPORTED, "ike.keepalive", "20 to 3600 seconds");
}

static void add_switches(struct hf_export *e)
{
    const struct hf_profile *p = e->profile;

    add_number(e, "DisableMOBIKE", p->no_mobike);
    add_number(e, "DisableRedirect", p->no_redirect);
    add_number(e, "EnableCertificateRevocationCheck", p->revocation != HF_PROFILE_REVOCATION_OFF);
    if (p->revocation == HF_PROFILE_REVOCATION_HARD)
        hf_export_note(e, HF_NOTICE_UNSUPPORTED, "revocation",
                       "no answer does not end the attempt");
    add_text(e, "TLSMinimumVersion", p->tls_min == HF_PROFILE_TLS_1_3 ? "1.3" : "1.2");
    add_text(e, "TLSMaximumVersion", p->tls_max == HF_PROFILE_TLS_1_3 ? "1.3" : "1.2");
    if (p->mtu_bytes != 0)
        add_number(e, "MTU", p->mtu_bytes);
    add_number(e, "IncludeAllNetworks", !p->split);
    add_number(e, "ExcludeLocalNetworks", p->allow_lan);
    add_number(e, "DisconnectOnIdle", p->idle_limit != 0);
    if (p->idle_limit != 0)
        add_number(e, "DisconnectOnIdleTimer", (uint64_t)(p->idle_limit / HF_SECONDS(1)));
}

static void add_ikev2(struct hf_export *e)
{
    const struct hf_profile *p = e->profile;

    begin(e, "IKEv2");
    add_text(e, "RemoteAddress", p->gateways[0]);
    add_text(e, "RemoteIdentifier",
             p->remote_identity[0] != '\0' ? p->remote_identity : p->gateways[0]);
    if (p->remote_identity[0] == '\0')
        hf_export_note(e, HF_NOTICE_HARMLESS, "remote-identity",
                       "has to be said: the gateway's name");
    if (p->gateway_count > 1)
        hf_export_note(e, HF_NOTICE_UNSUPPORTED, "gateways", "the first alone is written");
    add_text(e, "LocalIdentifier", p->local_identity);
    add_authentication(e);
    add_suites(e);
    add_liveness(e);
    add_switches(e);
    end(e);
}

/* --- DNS -------------------------------------------------------------------------------------- */
static void add_entry(struct hf_export *e, const char *text)
{
    hf_export_add(e, "<string>");
    add_escaped(e, hf_bytes_of_string(text));
    hf_export_add(e, "</string>\n");
}

static void begin_list(struct hf_export *e, const char *key)
{
    hf_export_add(e, "<key>");
    hf_export_add(e, key);
    hf_export_add(e, "</key><array>\n");
}

static void add_splits(struct hf_export *e)
{
    const struct hf_profile *p = e->profile;
    bool is_plain = true;

    begin_list(e, "SupplementalMatchDomains");
    for (size_t i = 0; i < p->split_count; i++) {
        add_entry(e, p->splits[i].domain);
        is_plain &= !p->splits[i].exact && p->splits[i].resolver_count == 0;
    }
    hf_export_add(e, "</array>\n");
    add_number(e, "SupplementalMatchDomainsNoSearch", 1);
    if (!is_plain)
        hf_export_note(e, HF_NOTICE_UNSUPPORTED, "dns.split",
                       "names alone, without resolvers of their own");
}

static void add_dns(struct hf_export *e)
{
    const struct hf_profile *p = e->profile;
    char text[HF_ADDRESS_TEXT_MAX];

    if (p->resolver_count + p->domain_count + p->split_count == 0)
        return;
    begin(e, "DNS");
    begin_list(e, "ServerAddresses");
    for (size_t i = 0; i < p->resolver_count; i++)
        add_entry(e, hf_address_format(&p->resolvers[i], text));
    hf_export_add(e, "</array>\n");
    begin_list(e, "SearchDomains");
    for (size_t i = 0; i < p->domain_count; i++)
        add_entry(e, p->domains[i]);
    hf_export_add(e, "</array>\n");
    if (p->split_count != 0)
        add_splits(e);
    end(e);
}

/* --- payloads --------------------------------------------------------------------------------- */
static void add_identity(struct hf_export *e, const char *type, const char *part)
{
    char uuid[HF_UUID_TEXT_MAX];

    hf_export_uuid(e, part, uuid);
    add_text(e, "PayloadType", type);
    add_text(e, "PayloadIdentifier", uuid);
    add_text(e, "PayloadUUID", uuid);
    add_number(e, "PayloadVersion", 1);
}

static void add_vpn(struct hf_export *e)
{
    hf_export_add(e, "<dict>\n");
    add_identity(e, "com.apple.vpn.managed", "vpn");
    add_text(e, "UserDefinedName", e->profile->name);
    add_text(e, "VPNType", "IKEv2");
    add_ikev2(e);
    add_dns(e);
    hf_export_add(e, "</dict>\n");
}

static void add_anchors(struct hf_export *e)
{
    const struct hf_profile *p = e->profile;
    hf_bytes rest = hf_buf_bytes(&p->trust);
    hf_buf text = hf_buf_with_max(HF_PROFILE_TRUST_MAX);
    char part[] = "ca-0";

    for (; hf_export_next_pem(&rest, &text); part[3]++) {
        hf_export_add(e, "<dict>\n");
        add_identity(e, "com.apple.security.root", part);
        add_value(e, "PayloadContent", "data", hf_buf_bytes(&text));
        hf_export_add(e, "</dict>\n");
        hf_buf_clear(&text);
        if (part[3] == '~') {
            hf_export_note(e, HF_NOTICE_UNSUPPORTED, "trust", "seventy-eight CAs at most");
            break;
        }
    }
    if (p->trust.len != 0 && p->system_trust)
        hf_export_note(e, HF_NOTICE_UNSUPPORTED, "system-trust", "the CAs of the file alone vouch");
    hf_buf_free(&text);
}

static bool is_refused(struct hf_export *e)
{
    const struct hf_profile *p = e->profile;

    if (p->protocol != HF_PROTOCOL_IKEV2)
        hf_export_refuse(e, HF_ERR_UNSUPPORTED_PROTOCOL, "protocol", "ikev2");
    else if (p->auth == HF_PROFILE_AUTH_EAP_TLS || p->auth == HF_PROFILE_AUTH_CERTIFICATE_EAP)
        hf_export_refuse(e, HF_ERR_PROFILE_UNSUPPORTED, "auth",
                         "a certificate, a PSK, or EAP with a password");
    return e->status != HF_OK;
}

void hf_export_mobileconfig(struct hf_export *e)
{
    const struct hf_profile *p = e->profile;

    if (is_refused(e))
        return;
    hf_export_add(e, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\"><dict>\n");
    add_identity(e, "Configuration", "file");
    add_text(e, "PayloadDisplayName", p->name);
    add_text(e, "PayloadOrganization", p->organization);
    add_text(e, "PayloadScope", p->scope == HF_PROFILE_SCOPE_USER ? "User" : "System");
    if (p->scope == HF_PROFILE_SCOPE_DEVICE)
        hf_export_note(e, HF_NOTICE_UNSUPPORTED, "scope", "User or System");
    hf_export_add(e, "<key>PayloadContent</key><array>\n");
    add_vpn(e);
    add_anchors(e);
    hf_export_add(e, "</array>\n</dict></plist>\n");
    hf_export_note(e, HF_NOTICE_HARMLESS, "source-key", "Apple's identifiers are made of it");
    if (e->secrets != NULL)
        hf_export_note(e, HF_NOTICE_UNSAFE, "secrets", "the file holds what anybody can read");
}
