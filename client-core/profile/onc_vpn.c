/* The object VPN of a ChromeOS network: IPsec (IKEv2) and L2TP-IPsec. */
#include "profile/onc.h"

#include "profile/text.h"

#include <string.h>

static bool has_variable(hf_bytes text)
{
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (text.data[i] == '$' && text.data[i + 1] == '{')
            return true;
    }
    return false;
}

#define ASKED "a variable of ChromeOS: asked for when connecting"

hf_status hf_onc_text(struct hf_walk *w, const struct hf_walk_row *row, const struct hf_node *value)
{
    return has_variable(hf_node_text(value)) ? hf_walk_note(w, HF_NOTICE_UNSUPPORTED, ASKED)
                                             : hf_walk_text(w, row, value);
}

static hf_status apply_secret(struct hf_walk *w, const struct hf_walk_row *row,
                              const struct hf_node *value)
{
    return has_variable(hf_node_text(value)) ? hf_walk_note(w, HF_NOTICE_UNSUPPORTED, ASKED)
                                             : hf_walk_secret(w, row, value);
}

static hf_status apply_type(struct hf_walk *w, const struct hf_walk_row *row,
                            const struct hf_node *value)
{
    struct hf_onc *onc = w->state;

    (void)row;
    onc->is_l2tp = hf_node_is_text(value, "L2TP-IPsec");
    if (onc->is_l2tp || hf_node_is_text(value, "IPsec"))
        return HF_OK;
    return hf_walk_refuse(
        w, HF_ERR_UNSUPPORTED_PROTOCOL, NULL,
        "IPsec or L2TP-IPsec: others are not spoken, or are apps of their vendors");
}

static hf_status apply_host(struct hf_walk *w, const struct hf_walk_row *row,
                            const struct hf_node *value)
{
    (void)row;
    return hf_walk_add_gateway(&w->out->profile, hf_node_text(value)) ? HF_OK
                                                                      : HF_ERR_PROFILE_INVALID;
}

static hf_status apply_auto_connect(struct hf_walk *w, const struct hf_walk_row *row,
                                    const struct hf_node *value)
{
    (void)row;
    if (!hf_node_bool(value, &w->out->profile.auto_connect))
        return HF_ERR_PROFILE_INVALID;
    w->out->profile.at_login = w->out->profile.auto_connect;
    return HF_OK;
}

/* --- IPsec -------------------------------------------------------------------------------------
 */
static hf_status apply_authentication(struct hf_walk *w, const struct hf_walk_row *row,
                                      const struct hf_node *value)
{
    struct hf_onc *onc = w->state;

    (void)row;
    onc->auth = hf_node_is_text(value, "PSK")    ? HF_ONC_PSK
                : hf_node_is_text(value, "Cert") ? HF_ONC_CERT
                : hf_node_is_text(value, "EAP")  ? HF_ONC_EAP
                                                 : HF_ONC_NONE;
    return onc->auth != HF_ONC_NONE ? HF_OK : HF_ERR_PROFILE_INVALID;
}

static hf_status apply_version(struct hf_walk *w, const struct hf_walk_row *row,
                               const struct hf_node *value)
{
    struct hf_onc *onc = w->state;

    (void)row;
    return hf_node_number(value, &onc->ike_version) &&
                   (onc->ike_version == 1 || onc->ike_version == 2)
               ? HF_OK
               : HF_ERR_PROFILE_INVALID;
}

static hf_status apply_authorities(struct hf_walk *w, const struct hf_walk_row *row,
                                   const struct hf_node *value)
{
    struct hf_node_items items = hf_node_items(value);
    hf_status status = HF_OK;
    hf_bytes guid;

    (void)row;
    while (status == HF_OK && hf_node_items_next(&items, ",", &guid))
        status = hf_onc_take_authority(w, guid);
    return status;
}

static hf_status apply_pems(struct hf_walk *w, const struct hf_walk_row *row,
                            const struct hf_node *value)
{
    struct hf_node_items items = hf_node_items(value);
    hf_status status = HF_OK;
    hf_bytes pem;

    (void)row;
    while (status == HF_OK && hf_node_items_next(&items, "", &pem))
        status = hf_walk_anchor(w, pem);
    return status;
}

static hf_status apply_client(struct hf_walk *w, const struct hf_walk_row *row,
                              const struct hf_node *value)
{
    (void)row;
    return hf_onc_take_client(w, hf_node_text(value));
}

static hf_status apply_client_type(struct hf_walk *w, const struct hf_walk_row *row,
                                   const struct hf_node *value)
{
    (void)row;
    if (hf_node_is_text(value, "Ref") || hf_node_is_text(value, "None"))
        return HF_OK;
    if (hf_node_is_text(value, "Pattern"))
        return hf_walk_note(w, HF_NOTICE_UNSUPPORTED,
                            "no certificate is looked for: it is given when importing");
    if (hf_node_is_text(value, "PKCS11Id"))
        return hf_walk_note(w, HF_NOTICE_UNSUPPORTED,
                            "a key in ChromeOS' own store: name it by key-uri");
    return HF_ERR_PROFILE_INVALID;
}

static hf_status apply_outer(struct hf_walk *w, const struct hf_walk_row *row,
                             const struct hf_node *value)
{
    static const struct {
        const char *onc, *ours;
    } methods[] = {
        {"MSCHAPv2",      "eap-mschapv2"},
        { "EAP-MSCHAPv2", "eap-mschapv2"},
        { "PEAP",         "peap"        },
        { "EAP-TTLS",     "eap-ttls"    },
        { "EAP-TLS",      "eap-tls"     },
        { "MD5",          "eap-md5"     },
    };
    struct hf_profile *profile = &w->out->profile;

    (void)row;
    for (size_t i = 0; i < HF_ARRAY_LEN(methods); i++) {
        if (hf_node_is_text(value, methods[i].onc))
            return hf_walk_add_word(&profile->eap_methods, hf_bytes_of_string(methods[i].ours))
                       ? HF_OK
                       : HF_ERR_TOO_LARGE;
    }
    return HF_ERR_PROFILE_INVALID;
}

#define SAVED "true or false"
static const struct hf_walk_row eap_rows[] = {
    HF_WALK_APPLY("Outer", apply_outer, UNSUPPORTED, "MSCHAPv2, PEAP, EAP-TTLS or EAP-TLS"),
    HF_WALK_NOTE("Inner", HARMLESS, "inside the tunnel the server chooses the method"),
    HF_WALK_APPLY("Identity", hf_onc_text, UNSUPPORTED, "a user name",
                  HF_WALK_MEMBER(eap_identity)),
    HF_WALK_NOTE("AnonymousIdentity", UNSUPPORTED, "the user's name is sent"),
    HF_WALK_APPLY("Password", apply_secret, UNSUPPORTED, "a password",
                  .offset = HF_SECRET_PASSWORD),
    HF_WALK_APPLY("SaveCredentials", hf_walk_bool, UNSUPPORTED, SAVED,
                  HF_WALK_MEMBER(save_secrets)),
    HF_WALK_APPLY("ServerCARef", apply_authorities, UNSUPPORTED, "the GUID of a certificate"),
    HF_WALK_APPLY("ServerCARefs", apply_authorities, UNSUPPORTED, "GUIDs of certificates"),
    HF_WALK_APPLY("ServerCAPEMs", apply_pems, UNSUPPORTED, "certificates"),
    HF_WALK_NOTE("UseSystemCAs", HARMLESS, "the system's CAs are used where the file names none"),
    HF_WALK_NOTE("UseProactiveKeyCaching", HARMLESS, "of wireless networks"),
    HF_WALK_APPLY("SubjectMatch", hf_walk_text, UNSUPPORTED, "a name",
                  HF_WALK_MEMBER(eap_server_identity)),
    HF_WALK_NOTE("SubjectAlternativeNameMatch", UNSUPPORTED,
                 "the server must have the gateway's name"),
    HF_WALK_NOTE("DomainSuffixMatch", UNSUPPORTED, "the server must have the gateway's name"),
    HF_WALK_APPLY("ClientCertType", apply_client_type, UNSUPPORTED,
                  "Ref, Pattern, PKCS11Id or None"),
    HF_WALK_APPLY("ClientCertRef", apply_client, UNSUPPORTED, "the GUID of a certificate"),
    HF_WALK_NOTE("ClientCertPattern", UNSUPPORTED, "no certificate is looked for"),
    HF_WALK_NOTE("ClientCertPKCS11Id", UNSUPPORTED,
                 "a key in ChromeOS' own store: name it by key-uri"),
    HF_WALK_NOTE("TLSVersionMax", HARMLESS, "1.2 and 1.3 are spoken"),
    HF_WALK_NOTE("Recommended", HARMLESS, "which keys a user may change in ChromeOS"),
};
static const struct hf_walk_table eap_table = HF_WALK_TABLE(eap_rows);

static hf_status apply_eap(struct hf_walk *w, const struct hf_walk_row *row,
                           const struct hf_node *value)
{
    return value->kind == HF_NODE_OBJECT ? hf_walk(w, value, row->inside) : HF_ERR_PROFILE_INVALID;
}

static const struct hf_walk_row ipsec_rows[] = {
    HF_WALK_APPLY("AuthenticationType", apply_authentication, UNSUPPORTED, "PSK, Cert or EAP"),
    HF_WALK_APPLY("IKEVersion", apply_version, UNSUPPORTED, "1 or 2"),
    HF_WALK_APPLY("PSK", apply_secret, UNSUPPORTED, "a pre-shared key", .offset = HF_SECRET_PSK),
    HF_WALK_APPLY("LocalIdentity", hf_onc_text, UNSUPPORTED, "an identity",
                  HF_WALK_MEMBER(local_identity)),
    HF_WALK_APPLY("RemoteIdentity", hf_onc_text, UNSUPPORTED, "an identity",
                  HF_WALK_MEMBER(remote_identity)),
    HF_WALK_APPLY("ServerCARef", apply_authorities, UNSUPPORTED, "the GUID of a certificate"),
    HF_WALK_APPLY("ServerCARefs", apply_authorities, UNSUPPORTED, "GUIDs of certificates"),
    HF_WALK_APPLY("ServerCAPEMs", apply_pems, UNSUPPORTED, "certificates"),
    HF_WALK_APPLY("ClientCertType", apply_client_type, UNSUPPORTED,
                  "Ref, Pattern, PKCS11Id or None"),
    HF_WALK_APPLY("ClientCertRef", apply_client, UNSUPPORTED, "the GUID of a certificate"),
    HF_WALK_NOTE("ClientCertPattern", UNSUPPORTED,
                 "no certificate is looked for: it is given when importing"),
    HF_WALK_NOTE("ClientCertPKCS11Id", UNSUPPORTED,
                 "a key in ChromeOS' own store: name it by key-uri"),
    HF_WALK_APPLY("SaveCredentials", hf_walk_bool, UNSUPPORTED, SAVED,
                  HF_WALK_MEMBER(save_secrets)),
    HF_WALK_APPLY("EAP", apply_eap, UNSUPPORTED, "an object", .inside = &eap_table),
    HF_WALK_APPLY("Group", hf_onc_text, UNSUPPORTED, "a group's name", HF_WALK_MEMBER(l2tp.group)),
    HF_WALK_NOTE("XAUTH", UNSUPPORTED, "of IKEv1 without L2TP, which is not spoken"),
    HF_WALK_NOTE("Recommended", HARMLESS, "which keys a user may change in ChromeOS"),
};
static const struct hf_walk_table ipsec_table = HF_WALK_TABLE(ipsec_rows);

/* --- L2TP ---------------------------------------------------------------------------------------
 */
static const struct hf_walk_row l2tp_rows[] = {
    HF_WALK_APPLY("Username", hf_onc_text, UNSUPPORTED, "a user name", HF_WALK_MEMBER(l2tp.user)),
    HF_WALK_APPLY("Password", apply_secret, UNSUPPORTED, "a password",
                  .offset = HF_SECRET_PASSWORD),
    HF_WALK_APPLY("SaveCredentials", hf_walk_bool, UNSUPPORTED, SAVED,
                  HF_WALK_MEMBER(save_secrets)),
    HF_WALK_APPLY("LcpEchoDisabled", hf_walk_only_off, UNSUPPORTED,
                  "the other end is always asked whether it is there"),
    HF_WALK_NOTE("Recommended", HARMLESS, "which keys a user may change in ChromeOS"),
};
static const struct hf_walk_table l2tp_table = HF_WALK_TABLE(l2tp_rows);

static const struct hf_walk_row vpn_rows[] = {
    HF_WALK_APPLY("Type", apply_type, UNSUPPORTED, "IPsec or L2TP-IPsec"),
    HF_WALK_APPLY("Host", apply_host, UNSUPPORTED, "a host name or address"),
    HF_WALK_APPLY("AutoConnect", apply_auto_connect, UNSUPPORTED, "true or false"),
    HF_WALK_INSIDE("IPsec", &ipsec_table),
    HF_WALK_INSIDE("L2TP", &l2tp_table),
    HF_WALK_NOTE("OpenVPN", UNSUPPORTED, "not spoken"),
    HF_WALK_NOTE("Recommended", HARMLESS, "which keys a user may change in ChromeOS"),
};
const struct hf_walk_table hf_onc_vpn = HF_WALK_TABLE(vpn_rows);

static hf_status decide_auth(struct hf_walk *w)
{
    const struct hf_onc *onc = w->state;
    struct hf_profile *profile = &w->out->profile;

    switch (onc->auth) {
    case HF_ONC_PSK:
        profile->auth = HF_PROFILE_AUTH_PSK;
        profile->gateway_uses_psk = true;
        return HF_OK;
    case HF_ONC_CERT:
        profile->auth = HF_PROFILE_AUTH_CERTIFICATE;
        return HF_OK;
    case HF_ONC_EAP:
        profile->auth =
            profile->eap_methods.count == 1 && strcmp(profile->eap_methods.words[0], "eap-tls") == 0
                ? HF_PROFILE_AUTH_EAP_TLS
                : HF_PROFILE_AUTH_EAP;
        return onc->is_l2tp
                   ? hf_walk_refuse(w, HF_ERR_PROFILE_INVALID, "VPN.IPsec.AuthenticationType",
                                    "PSK or Cert with L2TP")
                   : HF_OK;
    case HF_ONC_NONE:
        break;
    }
    return hf_walk_refuse(w, HF_ERR_PROFILE_INVALID, "VPN.IPsec.AuthenticationType",
                          "PSK, Cert or EAP");
}

hf_status hf_onc_vpn_finish(struct hf_walk *w)
{
    const struct hf_onc *onc = w->state;
    struct hf_profile *profile = &w->out->profile;
    hf_status status;

    if (!onc->is_l2tp && onc->ike_version == 1)
        return hf_walk_refuse(w, HF_ERR_UNSUPPORTED_PROTOCOL, "VPN.IPsec.IKEVersion",
                              "2: IKEv1 is spoken for L2TP alone");
    profile->protocol = onc->is_l2tp ? HF_PROTOCOL_L2TP : HF_PROTOCOL_IKEV2;
    status = decide_auth(w);
    if (status == HF_OK && profile->trust.len == 0 && onc->auth != HF_ONC_PSK) {
        profile->system_trust = true;
        status = hf_import_note(w->out, HF_NOTICE_APPLIED, hf_bytes_of_string("trust"),
                                "no CA in the file: those of the system may vouch for the gateway");
    }
    return status;
}
