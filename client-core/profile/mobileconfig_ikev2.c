/* The dictionary IKEv2 of a .mobileconfig: one row per key, one small function per value that is
 * applied. */
#include "profile/mobileconfig.h"

#include <string.h>

static hf_status apply_remote_address(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    m->out->profile.gateway_count = 1;
    return hf_mobileconfig_text(value, m->out->profile.gateways[0],
                                sizeof m->out->profile.gateways[0]);
}

static hf_status apply_remote_identifier(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return hf_mobileconfig_text(value, m->out->profile.remote_identity,
                                sizeof m->out->profile.remote_identity);
}

static hf_status apply_local_identifier(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    char *identity = m->out->profile.local_identity;
    hf_status status = hf_mobileconfig_text(value, identity, sizeof m->out->profile.local_identity);

    if (status == HF_OK && strchr(identity, '=') != NULL)
        return hf_mobileconfig_say(
            m, HF_NOTICE_APPLIED,
            "sent as a distinguished name; Apple sends it as a host name (local-identity-type)");
    return status;
}

static hf_status apply_auth_name(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return hf_mobileconfig_text(value, m->out->profile.eap_identity,
                                sizeof m->out->profile.eap_identity);
}

static hf_status apply_shared_secret(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return hf_mobileconfig_secret(m, value, HF_SECRET_PSK);
}

static hf_status apply_password(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return hf_mobileconfig_secret(m, value, HF_SECRET_PASSWORD);
}

/* --- authentication: three keys have a meaning together only --- */

static void use_eap(struct hf_profile *profile, bool has_certificate)
{
    profile->auth = has_certificate ? HF_PROFILE_AUTH_EAP_TLS : HF_PROFILE_AUTH_EAP;
    if (!has_certificate) {
        profile->eap_methods.count = 1;
        hf_copy(profile->eap_methods.words[0], "eap-mschapv2", sizeof "eap-mschapv2");
    }
}

static hf_status use_psk(struct hf_profile *profile)
{
    profile->auth = HF_PROFILE_AUTH_PSK;
    profile->gateway_uses_psk = true;
    return HF_OK;
}

static hf_status decide(struct hf_mobileconfig *m, hf_bytes method, bool eap, bool has_certificate)
{
    struct hf_profile *profile = &m->out->profile;
    bool is_none = method.len == 0 || hf_bytes_equal(method, hf_bytes_of_string("None"));

    if (!eap && (is_none || hf_bytes_equal(method, hf_bytes_of_string("SharedSecret"))))
        return use_psk(profile);
    if (is_none) {
        use_eap(profile, has_certificate);
        profile->eap_only = true;
        return hf_mobileconfig_say(m, has_certificate ? HF_NOTICE_APPLIED : HF_NOTICE_UNSAFE,
                                   has_certificate
                                       ? "EAP-TLS alone proves who both sides are"
                                       : "a password alone would prove who the gateway is");
    }
    if (!hf_bytes_equal(method, hf_bytes_of_string("Certificate")))
        return hf_mobileconfig_refuse(m, HF_ERR_PROFILE_UNSUPPORTED, "AuthenticationMethod",
                                      "Certificate, None, or SharedSecret without EAP");
    if (eap) {
        use_eap(profile, has_certificate);
        return hf_mobileconfig_say(m, HF_NOTICE_APPLIED,
                                   has_certificate ? "EAP-TLS" : "user and password, MS-CHAPv2");
    }
    profile->auth = HF_PROFILE_AUTH_CERTIFICATE;
    return has_certificate
               ? HF_OK
               : hf_mobileconfig_say(m, HF_NOTICE_UNSUPPORTED,
                                     "the file names no certificate: add a key and certificate");
}

static hf_status decide_by(struct hf_mobileconfig *m, const struct hf_plist *dict)
{
    const struct hf_plist *eap = hf_plist_get(dict, "ExtendedAuthEnabled");
    bool has_eap = false;

    if (eap != NULL && hf_mobileconfig_truth(eap, &has_eap) != HF_OK)
        return hf_mobileconfig_refuse(m, HF_ERR_PROFILE_INVALID, "ExtendedAuthEnabled", "0 or 1");
    return decide(m, hf_plist_text(hf_plist_get(dict, "AuthenticationMethod")), has_eap,
                  hf_plist_text(hf_plist_get(dict, "PayloadCertificateUUID")).len != 0);
}

static hf_status apply_authentication(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    (void)value;
    return decide_by(m, m->dict);
}

/* --- the rest --- */

/* The identity that we verify is RemoteIdentifier. A certificate that must have another name as
 * well, as Apple checks it, has no key in our profiles. */
static hf_status apply_common_name(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    if (hf_bytes_equal(hf_plist_text(value),
                       hf_plist_text(hf_plist_get(m->dict, "RemoteIdentifier"))))
        return hf_mobileconfig_say(m, HF_NOTICE_HARMLESS, "the same as RemoteIdentifier");
    return HF_ERR_PROFILE_UNSUPPORTED;
}

static hf_status apply_dead_peer_detection(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    static const struct {
        const char *name;
        hf_duration interval;
    } rates[] = {
        {"Low",     HF_MINUTES(30)},
        { "Medium", HF_MINUTES(10)},
        { "High",   HF_MINUTES(1) }
    };

    if (hf_plist_is_text(value, "None"))
        return hf_mobileconfig_say(m, HF_NOTICE_HARMLESS,
                                   "a gateway that is silent is always asked");
    for (size_t i = 0; i < HF_ARRAY_LEN(rates); i++) {
        if (hf_plist_is_text(value, rates[i].name)) {
            m->out->profile.liveness = rates[i].interval;
            return HF_OK;
        }
    }
    return HF_ERR_PROFILE_UNSUPPORTED;
}

static bool is_old_tls(const struct hf_plist *value)
{
    return hf_plist_is_text(value, "1.0") || hf_plist_is_text(value, "1.1");
}

static hf_status apply_tls_minimum(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    if (is_old_tls(value))
        return hf_mobileconfig_say(m, HF_NOTICE_HARMLESS, "1.2 is the least that is spoken");
    m->out->profile.tls_min =
        hf_plist_is_text(value, "1.3") ? HF_PROFILE_TLS_1_3 : HF_PROFILE_TLS_1_2;
    return hf_plist_is_text(value, "1.2") || hf_plist_is_text(value, "1.3")
               ? HF_OK
               : HF_ERR_PROFILE_UNSUPPORTED;
}

static hf_status apply_tls_maximum(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    if (hf_plist_is_text(value, "1.3"))
        return HF_OK;
    if (!is_old_tls(value) && !hf_plist_is_text(value, "1.2"))
        return HF_ERR_PROFILE_UNSUPPORTED;
    m->out->profile.tls_max = HF_PROFILE_TLS_1_2;
    if (is_old_tls(value))
        return hf_mobileconfig_say(m, HF_NOTICE_UNSAFE, "1.2 is the least that is spoken");
    return HF_OK;
}

static hf_status apply_mtu(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    uint32_t mtu;

    if (!hf_plist_number(value, &mtu) || mtu < 1280 || mtu > 9000)
        return HF_ERR_PROFILE_UNSUPPORTED;
    m->out->profile.mtu_bytes = (uint16_t)mtu;
    return HF_OK;
}

static hf_status apply_keepalive(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    uint32_t seconds;

    if (!hf_plist_number(value, &seconds) || seconds < 20 || seconds > 3600)
        return HF_ERR_PROFILE_UNSUPPORTED;
    m->out->profile.keepalive = HF_SECONDS(seconds);
    return HF_OK;
}

/* Without it the routes follow the gateway's traffic selectors. */
static hf_status apply_include_all(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    bool all;
    hf_status status = hf_mobileconfig_truth(value, &all);

    if (status == HF_OK)
        m->is_full = m->is_full || all;
    return status;
}

static hf_status apply_exclude_local(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return hf_mobileconfig_truth(value, &m->out->profile.allow_lan);
}

static hf_status apply_no_mobike(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return hf_mobileconfig_truth(value, &m->out->profile.no_mobike);
}

static hf_status apply_no_redirect(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return hf_mobileconfig_truth(value, &m->out->profile.no_redirect);
}

/* Best effort with Apple: an authority that does not answer is no reason to fail. */
static hf_status apply_revocation(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    bool is_on;
    hf_status status = hf_mobileconfig_truth(value, &is_on);

    if (status == HF_OK && is_on)
        m->out->profile.revocation = HF_PROFILE_REVOCATION_SOFT;
    return status;
}

/* A switch that is fine when off and says something that we do not do when on. */
static hf_status apply_only_off(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    bool is_on;
    hf_status status = hf_mobileconfig_truth(value, &is_on);

    (void)m;
    return status == HF_OK && is_on ? HF_ERR_PROFILE_UNSUPPORTED : status;
}

/* --- post-quantum keys: the key and its name, both or neither (RFC 8784) --- */

static hf_status check_ppk(struct hf_mobileconfig *m)
{
    if ((hf_plist_get(m->dict, "PPK") == NULL) == (hf_plist_get(m->dict, "PPKIdentifier") == NULL))
        return HF_OK;
    return hf_mobileconfig_refuse(m, HF_ERR_PROFILE_INVALID, "PPK",
                                  "PPK and PPKIdentifier, both or neither");
}

static hf_status apply_ppk(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    hf_status status = check_ppk(m);

    if (status != HF_OK)
        return status;
    if (hf_plist_get(m->dict, "PPKMandatory") == NULL)
        m->out->profile.ppk_required = true;
    return hf_mobileconfig_secret(m, value, HF_SECRET_PPK);
}

static hf_status apply_ppk_identifier(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    hf_status status = check_ppk(m);

    return status != HF_OK
               ? status
               : hf_mobileconfig_text(value, m->out->profile.ppk_id, sizeof m->out->profile.ppk_id);
}

static hf_status apply_ppk_mandatory(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    if (hf_plist_get(m->dict, "PPK") == NULL)
        return hf_mobileconfig_say(m, HF_NOTICE_HARMLESS, "without a PPK it says nothing");
    return hf_mobileconfig_truth(value, &m->out->profile.ppk_required);
}

#define UNSUPPORTED HF_NOTICE_UNSUPPORTED
#define HARMLESS    HF_NOTICE_HARMLESS

static const struct hf_mobileconfig_key keys[] = {
    {"RemoteAddress",                              HF_PLIST_STRING,  apply_remote_address,             UNSUPPORTED,       NULL                                 },
    { "RemoteIdentifier",                          HF_PLIST_STRING,  apply_remote_identifier,          UNSUPPORTED,       NULL                                 },
    { "LocalIdentifier",                           HF_PLIST_STRING,  apply_local_identifier,           UNSUPPORTED,       NULL                                 },
    { "AuthenticationMethod",                      HF_PLIST_STRING,  apply_authentication,             UNSUPPORTED,       NULL                                 },
    { "ExtendedAuthEnabled",                       HF_PLIST_INTEGER, NULL,                             HF_NOTICE_APPLIED, ""                                   },
    { "PayloadCertificateUUID",                    HF_PLIST_STRING,  hf_mobileconfig_certificate,      UNSUPPORTED,       NULL                                 },
    { "CertificateType",                           HF_PLIST_STRING,  NULL,                             HARMLESS,          "follows from the certificate"       },
    { "SharedSecret",                              HF_PLIST_STRING,  apply_shared_secret,              UNSUPPORTED,       NULL                                 },
    { "AuthName",                                  HF_PLIST_STRING,  apply_auth_name,                  UNSUPPORTED,       NULL                                 },
    { "AuthPassword",                              HF_PLIST_STRING,  apply_password,                   UNSUPPORTED,       NULL                                 },
    { "Password",                                  HF_PLIST_STRING,  NULL,                             HARMLESS,          "AuthPassword is the one that counts"},
    { "ServerCertificateIssuerCommonName",         HF_PLIST_STRING,  NULL,                             HARMLESS,
     "the CA payload decides who may vouch"                                                                                                                    },
    { "ServerCertificateCommonName",               HF_PLIST_STRING,  apply_common_name,                UNSUPPORTED,
     "RemoteIdentifier is verified instead: the certificate must carry it"                                                                                     },
    { "DeadPeerDetectionRate",                     HF_PLIST_STRING,  apply_dead_peer_detection,        UNSUPPORTED,
     "None, Low, Medium or High"                                                                                                                               },
    { "IKESecurityAssociationParameters",          HF_PLIST_DICT,    hf_mobileconfig_ike_parameters,
     UNSUPPORTED,                                                                                                         NULL                                 },
    { "ChildSecurityAssociationParameters",        HF_PLIST_DICT,    hf_mobileconfig_child_parameters,
     UNSUPPORTED,                                                                                                         NULL                                 },
    { "EnablePFS",                                 HF_PLIST_INTEGER, NULL,                             HARMLESS,          "forward secrecy is always asked for"},
    { "DisableMOBIKE",                             HF_PLIST_INTEGER, apply_no_mobike,                  UNSUPPORTED,       NULL                                 },
    { "DisableRedirect",                           HF_PLIST_INTEGER, apply_no_redirect,                UNSUPPORTED,       NULL                                 },
    { "UseConfigurationAttributeInternalIPSubnet", HF_PLIST_INTEGER, apply_only_off,                   UNSUPPORTED,
     "subnet attributes are not used"                                                                                                                          },
    { "EnableCertificateRevocationCheck",          HF_PLIST_INTEGER, apply_revocation,                 UNSUPPORTED,       NULL                                 },
    { "TLSMinimumVersion",                         HF_PLIST_STRING,  apply_tls_minimum,                UNSUPPORTED,       "1.2 or 1.3"                         },
    { "TLSMaximumVersion",                         HF_PLIST_STRING,  apply_tls_maximum,                UNSUPPORTED,       "1.2 or 1.3"                         },
    { "MTU",                                       HF_PLIST_INTEGER, apply_mtu,                        UNSUPPORTED,       "1280 to 9000"                       },
    { "NATKeepAliveInterval",                      HF_PLIST_INTEGER, apply_keepalive,                  UNSUPPORTED,       "20 to 3600"                         },
    { "NATKeepAliveOffloadEnable",                 HF_PLIST_INTEGER, NULL,                             HARMLESS,          "an Apple device's hardware"         },
    { "IncludeAllNetworks",                        HF_PLIST_INTEGER, apply_include_all,                UNSUPPORTED,       NULL                                 },
    { "EnforceRoutes",                             HF_PLIST_INTEGER, NULL,                             HARMLESS,          "the tunnel's routes always win"     },
    { "ExcludeLocalNetworks",                      HF_PLIST_INTEGER, apply_exclude_local,              UNSUPPORTED,       NULL                                 },
    { "ExcludeCellularServices",                   HF_PLIST_INTEGER, NULL,                             HARMLESS,          "an Apple device's services"         },
    { "ExcludeAPNs",                               HF_PLIST_INTEGER, NULL,                             HARMLESS,          "an Apple device's services"         },
    { "ExcludeDeviceCommunication",                HF_PLIST_INTEGER, NULL,                             HARMLESS,
     "an Apple device's services"                                                                                                                              },
    { "DisconnectOnIdle",                          HF_PLIST_INTEGER, hf_mobileconfig_idle,             UNSUPPORTED,
     "without a DisconnectOnIdleTimer idle tunnels stay up"                                                                                                    },
    { "DisconnectOnIdleTimer",                     HF_PLIST_INTEGER, hf_mobileconfig_idle_timer,       UNSUPPORTED,
     "a number of seconds, up to a year"                                                                                                                       },
    { "OnDemandEnabled",                           HF_PLIST_INTEGER, hf_mobileconfig_demand_enabled,   UNSUPPORTED,
     "there are no rules by which to connect"                                                                                                                  },
    { "OnDemandUserOverrideDisabled",              HF_PLIST_INTEGER, hf_mobileconfig_demand_override,
     UNSUPPORTED,                                                                                                         NULL                                 },
    { "OnDemandRules",                             HF_PLIST_ARRAY,   hf_mobileconfig_demand_rules,     UNSUPPORTED,       NULL                                 },
    { "PPK",                                       HF_PLIST_DATA,    apply_ppk,                        UNSUPPORTED,       NULL                                 },
    { "PPKIdentifier",                             HF_PLIST_STRING,  apply_ppk_identifier,             UNSUPPORTED,       NULL                                 },
    { "PPKMandatory",                              HF_PLIST_INTEGER, apply_ppk_mandatory,              UNSUPPORTED,       NULL                                 },
    { "ProviderType",                              HF_PLIST_STRING,  NULL,                             HARMLESS,          "an Apple device's plug-in"          },
    { "ProviderBundleIdentifier",                  HF_PLIST_STRING,  NULL,                             HARMLESS,          "an Apple device's plug-in"          },
    { "ProviderDesignatedRequirement",             HF_PLIST_STRING,  NULL,                             HARMLESS,
     "an Apple device's plug-in"                                                                                                                               },
    { "EnableFallback",                            HF_PLIST_INTEGER, NULL,                             HARMLESS,          "an Apple device's radio"            },
};
const struct hf_mobileconfig_table hf_mobileconfig_ikev2_table =
    HF_MOBILECONFIG_TABLE("IKEv2", keys, NULL);

/* Apple sends the address where there is no LocalIdentifier; the user's name says more. */
static void name_user(struct hf_profile *profile)
{
    if (profile->auth == HF_PROFILE_AUTH_EAP && profile->local_identity[0] == '\0')
        hf_copy(profile->local_identity, profile->eap_identity, sizeof profile->local_identity);
}

hf_status hf_mobileconfig_tunnel_walk(struct hf_mobileconfig *m, const struct hf_plist *dict,
                                      const char *segment,
                                      const struct hf_mobileconfig_table *table)
{
    hf_status status = hf_mobileconfig_walk(m, dict, segment, table);

    if (status == HF_OK && hf_plist_get(dict, "AuthenticationMethod") == NULL)
        status = decide_by(m, dict);
    if (status == HF_OK)
        status = hf_mobileconfig_inherit(m, dict);
    if (status == HF_OK)
        name_user(&m->out->profile);
    return status;
}

hf_status hf_mobileconfig_ikev2(struct hf_mobileconfig *m, const struct hf_plist *dict,
                                const char *segment)
{
    return hf_mobileconfig_tunnel_walk(m, dict, segment, &hf_mobileconfig_ikev2_table);
}
