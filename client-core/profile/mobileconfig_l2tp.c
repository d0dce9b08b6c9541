/* L2TP in a .mobileconfig: the dictionary PPP (the user) and the dictionary IPSec (the machine). */
#include "profile/mobileconfig.h"

#include <string.h>

/* --- PPP --- */

static hf_status apply_address(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    m->out->profile.gateway_count = 1;
    return hf_mobileconfig_text(value, m->out->profile.gateways[0],
                                sizeof m->out->profile.gateways[0]);
}

static hf_status apply_user(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return hf_mobileconfig_text(value, m->out->profile.l2tp.user, sizeof m->out->profile.l2tp.user);
}

static hf_status apply_password(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return hf_mobileconfig_secret(m, value, HF_SECRET_PASSWORD);
}

static hf_status apply_token_card(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    bool has_token;
    hf_status status = hf_mobileconfig_truth(value, &has_token);

    if (status == HF_OK && has_token)
        m->out->profile.otp = HF_PROFILE_OTP_ASK;
    return status;
}

static void add_method(struct hf_profile_words *methods, const char *method)
{
    for (size_t i = 0; i < methods->count; i++) {
        if (strcmp(methods->words[i], method) == 0)
            return;
    }
    if (methods->count < HF_PROFILE_WORDS)
        hf_copy(methods->words[methods->count++], method, strlen(method) + 1);
}

/* Entries of a list to methods by a table; true when every entry has a row. A row without a method
 * says that another key decides. */
struct method {
    const char *apple, *ours;
};
static bool add_methods(struct hf_mobileconfig *m, const struct hf_plist *list,
                        const struct method *rows, size_t count)
{
    bool all = true;

    for (const struct hf_plist *entry = list->first; entry != NULL; entry = entry->next) {
        size_t i = 0;

        while (i < count && !hf_plist_is_text(entry, rows[i].apple))
            i++;
        all = all && i < count;
        if (i < count && rows[i].ours != NULL)
            add_method(&m->out->profile.l2tp.methods, rows[i].ours);
    }
    return all;
}

static hf_status apply_protocols(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    static const struct method rows[] = {
        {"EAP",      NULL      },
        { "PAP",     "pap"     },
        { "CHAP",    "chap"    },
        { "MSCHAP2", "mschapv2"}
    };

    if (value->kind != HF_PLIST_ARRAY)
        return HF_ERR_PROFILE_INVALID;
    return add_methods(m, value, rows, HF_ARRAY_LEN(rows)) ? HF_OK : HF_ERR_PROFILE_UNSUPPORTED;
}

static hf_status apply_plugins(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    static const struct method rows[] = {
        {"EAP-TLS",       "eap-tls"     },
        { "EAP-MSCHAPv2", "eap-mschapv2"}
    };

    if (value->kind != HF_PLIST_ARRAY)
        return HF_ERR_PROFILE_INVALID;
    return add_methods(m, value, rows, HF_ARRAY_LEN(rows)) ? HF_OK : HF_ERR_PROFILE_UNSUPPORTED;
}

#define PPTP "of PPTP alone"

static const struct hf_mobileconfig_key ppp_keys[] = {
    {"CommRemoteAddress",      HF_PLIST_STRING,  apply_address,              HF_NOTICE_UNSUPPORTED, NULL},
    { "AuthName",              HF_PLIST_STRING,  apply_user,                 HF_NOTICE_UNSUPPORTED, NULL},
    { "AuthPassword",          HF_PLIST_STRING,  apply_password,             HF_NOTICE_UNSUPPORTED, NULL},
    { "TokenCard",             HF_PLIST_INTEGER, apply_token_card,           HF_NOTICE_UNSUPPORTED, NULL},
    { "AuthProtocol",          HF_PLIST_ARRAY,   apply_protocols,            HF_NOTICE_UNSUPPORTED,
     "EAP, MSCHAP2, CHAP or PAP; others are not spoken"                                                 },
    { "AuthEAPPlugins",        HF_PLIST_ARRAY,   apply_plugins,              HF_NOTICE_UNSUPPORTED,
     "EAP-TLS or EAP-MSCHAPv2; tokens (EAP-RSA) and Kerberos are not spoken"                            },
    { "CCPEnabled",            HF_PLIST_INTEGER, NULL,                       HF_NOTICE_HARMLESS,    PPTP},
    { "CCPMPPE40Enabled",      HF_PLIST_INTEGER, NULL,                       HF_NOTICE_HARMLESS,    PPTP},
    { "CCPMPPE128Enabled",     HF_PLIST_INTEGER, NULL,                       HF_NOTICE_HARMLESS,    PPTP},
    { "DisconnectOnIdle",      HF_PLIST_INTEGER, hf_mobileconfig_idle,       HF_NOTICE_UNSUPPORTED,
     "without a DisconnectOnIdleTimer idle tunnels stay up"                                             },
    { "DisconnectOnIdleTimer", HF_PLIST_INTEGER, hf_mobileconfig_idle_timer, HF_NOTICE_UNSUPPORTED,
     "a number of seconds, up to a year"                                                                },
};
const struct hf_mobileconfig_table hf_mobileconfig_ppp =
    HF_MOBILECONFIG_TABLE("PPP", ppp_keys, NULL);

hf_status hf_mobileconfig_l2tp_ppp(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return hf_mobileconfig_walk(m, value, "PPP", &hf_mobileconfig_ppp);
}

/* --- IPSec --- */

static hf_status apply_authentication(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    struct hf_profile *profile = &m->out->profile;

    if (hf_plist_is_text(value, "SharedSecret")) {
        profile->auth = HF_PROFILE_AUTH_PSK;
        return HF_OK;
    }
    if (!hf_plist_is_text(value, "Certificate"))
        return hf_mobileconfig_refuse(m, HF_ERR_PROFILE_UNSUPPORTED, "AuthenticationMethod",
                                      "SharedSecret or Certificate");
    profile->auth = HF_PROFILE_AUTH_CERTIFICATE;
    if (hf_plist_text(hf_plist_get(m->dict, "PayloadCertificateUUID")).len != 0)
        return HF_OK;
    return hf_mobileconfig_say(m, HF_NOTICE_UNSUPPORTED,
                               "the file names no certificate: add a key and certificate");
}

static hf_status apply_shared_secret(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return hf_mobileconfig_secret(m, value, HF_SECRET_PSK);
}

static hf_status apply_local_identifier(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    const struct hf_plist *type = hf_plist_get(m->dict, "LocalIdentifierType");

    if (type != NULL && !hf_plist_is_text(type, "KeyID"))
        return HF_ERR_PROFILE_UNSUPPORTED;
    return hf_mobileconfig_text(value, m->out->profile.l2tp.group,
                                sizeof m->out->profile.l2tp.group);
}

#define CISCO "of Cisco's IPSec alone"

static const struct hf_mobileconfig_key ipsec_keys[] = {
    {"AuthenticationMethod",         HF_PLIST_STRING,  apply_authentication,           HF_NOTICE_UNSUPPORTED, NULL },
    { "SharedSecret",                HF_PLIST_DATA,    apply_shared_secret,            HF_NOTICE_UNSUPPORTED, NULL },
    { "LocalIdentifier",             HF_PLIST_STRING,  apply_local_identifier,         HF_NOTICE_UNSUPPORTED,
     "a name of the type KeyID"                                                                                    },
    { "LocalIdentifierType",         HF_PLIST_STRING,  NULL,                           HF_NOTICE_APPLIED,     ""   },
    { "PayloadCertificateUUID",      HF_PLIST_STRING,  hf_mobileconfig_certificate,    HF_NOTICE_UNSUPPORTED,
     NULL                                                                                                          },
    { "PromptForVPNPIN",             HF_PLIST_BOOL,    NULL,                           HF_NOTICE_HARMLESS,
     "a PIN is asked for where a token wants one"                                                                  },
    { "RemoteAddress",               HF_PLIST_STRING,  NULL,                           HF_NOTICE_HARMLESS,    CISCO},
    { "XAuthEnabled",                HF_PLIST_INTEGER, NULL,                           HF_NOTICE_HARMLESS,    CISCO},
    { "XAuthName",                   HF_PLIST_STRING,  NULL,                           HF_NOTICE_HARMLESS,    CISCO},
    { "XAuthPassword",               HF_PLIST_STRING,  NULL,                           HF_NOTICE_HARMLESS,    CISCO},
    { "XAuthPasswordEncryption",     HF_PLIST_STRING,  NULL,                           HF_NOTICE_HARMLESS,    CISCO},
    { "OnDemandEnabled",             HF_PLIST_INTEGER, hf_mobileconfig_demand_enabled, HF_NOTICE_UNSUPPORTED,
     "there are no rules by which to connect"                                                                      },
    { "OnDemandRules",               HF_PLIST_ARRAY,   hf_mobileconfig_demand_rules,   HF_NOTICE_UNSUPPORTED, NULL },
    { "OnDemandMatchDomainsAlways",  HF_PLIST_ARRAY,   NULL,                           HF_NOTICE_UNSUPPORTED,
     "names do not start tunnels"                                                                                  },
    { "OnDemandMatchDomainsOnRetry", HF_PLIST_ARRAY,   NULL,                           HF_NOTICE_UNSUPPORTED,
     "names do not start tunnels"                                                                                  },
    { "OnDemandMatchDomainsNever",   HF_PLIST_ARRAY,   NULL,                           HF_NOTICE_UNSUPPORTED,
     "names do not start tunnels"                                                                                  },
    { "DisconnectOnIdle",            HF_PLIST_INTEGER, hf_mobileconfig_idle,           HF_NOTICE_UNSUPPORTED,
     "without a DisconnectOnIdleTimer idle tunnels stay up"                                                        },
    { "DisconnectOnIdleTimer",       HF_PLIST_INTEGER, hf_mobileconfig_idle_timer,     HF_NOTICE_UNSUPPORTED,
     "a number of seconds, up to a year"                                                                           },
};
const struct hf_mobileconfig_table hf_mobileconfig_ipsec =
    HF_MOBILECONFIG_TABLE("IPSec", ipsec_keys, NULL);

hf_status hf_mobileconfig_l2tp_ipsec(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return hf_mobileconfig_walk(m, value, "IPSec", &hf_mobileconfig_ipsec);
}
