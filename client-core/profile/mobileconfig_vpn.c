/* The payload com.apple.vpn.managed: its type, its name, and the dictionaries that belong to every
 * type. */
#include "profile/mobileconfig.h"

#include <string.h>

/* --- types --- */

static const struct {
    const char *name;
    hf_status status; /* HF_OK: spoken */
    const char *why;
} types[] = {
    {"IKEv2",             HF_OK,                       NULL                                                 },
    { "L2TP",             HF_OK,                       NULL                                                 },
    { "AlwaysOn",         HF_OK,                       NULL                                                 },
    { "IPSec",            HF_ERR_UNSUPPORTED_PROTOCOL,
     "IKEv2 or L2TP; Cisco's IPSec is IKEv1 with XAuth: ask for an IKEv2 profile"                           },
    { "PPTP",             HF_ERR_UNSUPPORTED_PROTOCOL, "IKEv2 or L2TP; PPTP protects nothing"               },
    { "TransparentProxy", HF_ERR_PROFILE_UNSUPPORTED,
     "IKEv2 or L2TP; this is a proxy within an app of its vendor"                                           },
    { "VPN",              HF_ERR_PROFILE_UNSUPPORTED,  "IKEv2 or L2TP; this one needs the app of its vendor"},
};

static size_t type_of(const struct hf_plist *payload)
{
    const struct hf_plist *type = hf_plist_get(payload, "VPNType");
    size_t i = 0;

    while (i < HF_ARRAY_LEN(types) && !hf_plist_is_text(type, types[i].name))
        i++;
    return i;
}

static bool is_type(const struct hf_plist *payload, const char *name)
{
    return hf_plist_is_text(hf_plist_get(payload, "VPNType"), name);
}

bool hf_mobileconfig_vpn_is_spoken(const struct hf_plist *payload)
{
    size_t type = type_of(payload);

    return type < HF_ARRAY_LEN(types) && types[type].status == HF_OK;
}

/* "… the app of its vendor com.cisco.anyconnect" */
static hf_status refuse_app(struct hf_mobileconfig *m, const char *why)
{
    char text[HF_PROFILE_TEXT_MAX];
    hf_bytes app = hf_plist_text(hf_plist_get(m->vpn, "VPNSubType"));
    size_t len = strlen(why);

    hf_copy(text, why, len + 1);
    if (app.len != 0 && app.len < sizeof text - len - 2) {
        text[len++] = ' ';
        hf_copy(text + len, app.data, app.len);
        text[len + app.len] = '\0';
    }
    return hf_mobileconfig_refuse(m, HF_ERR_PROFILE_UNSUPPORTED, "VPNType", text);
}

static hf_status check_type(struct hf_mobileconfig *m)
{
    size_t type = type_of(m->vpn);

    if (type == HF_ARRAY_LEN(types))
        return hf_mobileconfig_refuse(m, HF_ERR_PROFILE_UNSUPPORTED, "VPNType",
                                      "IKEv2, L2TP or AlwaysOn");
    if (types[type].status == HF_ERR_PROFILE_UNSUPPORTED)
        return refuse_app(m, types[type].why);
    if (types[type].status != HF_OK)
        return hf_mobileconfig_refuse(m, types[type].status, "VPNType", types[type].why);
    return HF_OK;
}

/* --- what several dictionaries have --- */

hf_status hf_mobileconfig_certificate(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    m->certificate = hf_plist_text(value);
    return HF_OK;
}

hf_status hf_mobileconfig_idle(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    bool is_on;
    hf_status status = hf_mobileconfig_truth(value, &is_on);

    if (status == HF_OK && is_on && hf_plist_get(m->dict, "DisconnectOnIdleTimer") == NULL)
        return HF_ERR_PROFILE_UNSUPPORTED;
    return status;
}

hf_status hf_mobileconfig_idle_timer(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    const struct hf_plist *on = hf_plist_get(m->dict, "DisconnectOnIdle");
    uint32_t seconds;
    bool is_on = false;

    if (!hf_plist_number(value, &seconds) || seconds == 0 || seconds > 366 * 86400)
        return HF_ERR_PROFILE_UNSUPPORTED;
    if (on == NULL || hf_mobileconfig_truth(on, &is_on) != HF_OK || !is_on)
        return hf_mobileconfig_say(m, HF_NOTICE_HARMLESS, "DisconnectOnIdle is off");
    m->out->profile.idle_limit = HF_SECONDS(seconds);
    return HF_OK;
}

/* --- keys of the payload --- */

static hf_status apply_name(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return hf_mobileconfig_text(value, m->out->profile.name, sizeof m->out->profile.name);
}

static hf_status apply_override_primary(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    bool is_primary;
    hf_status status = hf_mobileconfig_truth(value, &is_primary);

    if (status == HF_OK)
        m->is_full = m->is_full || is_primary;
    return status;
}

static const struct hf_mobileconfig_key ipv4_keys[] = {
    {"OverridePrimary", HF_PLIST_INTEGER, apply_override_primary, HF_NOTICE_UNSUPPORTED, NULL},
};
const struct hf_mobileconfig_table hf_mobileconfig_ipv4 =
    HF_MOBILECONFIG_TABLE("IPv4", ipv4_keys, NULL);

static hf_status apply_ipv4(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return hf_mobileconfig_walk(m, value, "IPv4", &hf_mobileconfig_ipv4);
}

/* Dictionaries of another type than the payload's are passed over. */
static hf_status apply_ikev2(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return is_type(m->vpn, "IKEv2") ? hf_mobileconfig_ikev2(m, value, "IKEv2")
                                    : HF_ERR_PROFILE_UNSUPPORTED;
}

static hf_status apply_ppp(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return is_type(m->vpn, "L2TP") ? hf_mobileconfig_l2tp_ppp(m, value)
                                   : HF_ERR_PROFILE_UNSUPPORTED;
}

static hf_status apply_ipsec(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return is_type(m->vpn, "L2TP") ? hf_mobileconfig_l2tp_ipsec(m, value)
                                   : HF_ERR_PROFILE_UNSUPPORTED;
}

/* --- AlwaysOn --- */

static hf_status apply_toggle(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    bool may_toggle;
    hf_status status = hf_mobileconfig_truth(value, &may_toggle);

    if (status == HF_OK && !may_toggle)
        hf_mobileconfig_lock(m, "disconnect");
    return status;
}

static hf_status apply_protocol(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    if (hf_plist_is_text(value, "IKEv2"))
        return HF_OK;
    return hf_mobileconfig_refuse(m, HF_ERR_UNSUPPORTED_PROTOCOL, "ProtocolType", "IKEv2");
}

/* One tunnel for all interfaces here; Apple has one for each kind. */
static hf_status apply_tunnels(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    const struct hf_plist *first = value->kind == HF_PLIST_ARRAY ? value->first : NULL;
    hf_status status;

    if (first == NULL)
        return HF_ERR_PROFILE_INVALID;
    status =
        hf_mobileconfig_tunnel_walk(m, first, "TunnelConfigurations[0]", &hf_mobileconfig_tunnel);
    if (status == HF_OK && first->next != NULL)
        return hf_mobileconfig_say(m, HF_NOTICE_UNSUPPORTED,
                                   "the first one is used on every kind of network");
    return status;
}

static const struct hf_mobileconfig_key always_on_keys[] = {
    {"UIToggleEnabled",                HF_PLIST_INTEGER, apply_toggle,  HF_NOTICE_UNSUPPORTED, NULL},
    { "TunnelConfigurations",          HF_PLIST_ARRAY,   apply_tunnels, HF_NOTICE_UNSUPPORTED, NULL},
    { "AllowCaptiveWebSheet",          HF_PLIST_INTEGER, NULL,          HF_NOTICE_UNSUPPORTED,
     "portals are opened in a confined window, by policy"                                          },
    { "AllowAllCaptiveNetworkPlugins", HF_PLIST_INTEGER, NULL,          HF_NOTICE_UNSUPPORTED,
     "no app may go around the tunnel"                                                             },
    { "AllowedCaptiveNetworkPlugins",  HF_PLIST_ARRAY,   NULL,          HF_NOTICE_UNSUPPORTED,
     "no app may go around the tunnel"                                                             },
    { "ServiceExceptions",             HF_PLIST_ARRAY,   NULL,          HF_NOTICE_UNSUPPORTED,
     "no service may go around the tunnel"                                                         },
    { "ApplicationExceptions",         HF_PLIST_ARRAY,   NULL,          HF_NOTICE_UNSUPPORTED,
     "no app may go around the tunnel"                                                             },
};
const struct hf_mobileconfig_table hf_mobileconfig_always_on =
    HF_MOBILECONFIG_TABLE("AlwaysOn", always_on_keys, NULL);

static const struct hf_mobileconfig_key tunnel_keys[] = {
    {"ProtocolType", HF_PLIST_STRING, apply_protocol, HF_NOTICE_UNSUPPORTED, NULL                           },
    { "Interfaces",  HF_PLIST_ARRAY,  NULL,           HF_NOTICE_HARMLESS,    "it is used on every interface"},
};
const struct hf_mobileconfig_table hf_mobileconfig_tunnel = HF_MOBILECONFIG_TABLE(
    "AlwaysOn.TunnelConfigurations", tunnel_keys, &hf_mobileconfig_ikev2_table);

/* The block holds at boot and when disconnected; all traffic is in it. */
static hf_status apply_always_on(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    if (!is_type(m->vpn, "AlwaysOn"))
        return HF_ERR_PROFILE_UNSUPPORTED;
    m->out->profile.lock = HF_LOCK_ALWAYS;
    m->out->profile.auto_connect = true;
    m->is_full = true;
    return hf_mobileconfig_walk(m, value, "AlwaysOn", &hf_mobileconfig_always_on);
}

#define OTHER_TYPE "not of this type of VPN"

static const struct hf_mobileconfig_key vpn_keys[] = {
    {"UserDefinedName",   HF_PLIST_STRING, apply_name,            HF_NOTICE_UNSUPPORTED,
     "a name for people, of one line"                                                              },
    { "VPNType",          HF_PLIST_STRING, NULL,                  HF_NOTICE_APPLIED,     ""        },
    { "VPNSubType",       HF_PLIST_STRING, NULL,                  HF_NOTICE_HARMLESS,    OTHER_TYPE},
    { "IKEv2",            HF_PLIST_DICT,   apply_ikev2,           HF_NOTICE_HARMLESS,    OTHER_TYPE},
    { "PPP",              HF_PLIST_DICT,   apply_ppp,             HF_NOTICE_HARMLESS,    OTHER_TYPE},
    { "IPSec",            HF_PLIST_DICT,   apply_ipsec,           HF_NOTICE_HARMLESS,    OTHER_TYPE},
    { "AlwaysOn",         HF_PLIST_DICT,   apply_always_on,       HF_NOTICE_HARMLESS,    OTHER_TYPE},
    { "IPv4",             HF_PLIST_DICT,   apply_ipv4,            HF_NOTICE_UNSUPPORTED, NULL      },
    { "DNS",              HF_PLIST_DICT,   hf_mobileconfig_dns,   HF_NOTICE_UNSUPPORTED, NULL      },
    { "Proxies",          HF_PLIST_DICT,   hf_mobileconfig_proxy, HF_NOTICE_UNSUPPORTED, NULL      },
    { "VPN",              HF_PLIST_DICT,   NULL,                  HF_NOTICE_HARMLESS,    OTHER_TYPE},
    { "VendorConfig",     HF_PLIST_DICT,   NULL,                  HF_NOTICE_HARMLESS,    OTHER_TYPE},
    { "TransparentProxy", HF_PLIST_DICT,   NULL,                  HF_NOTICE_HARMLESS,    OTHER_TYPE},
};
const struct hf_mobileconfig_table hf_mobileconfig_vpn_table =
    HF_MOBILECONFIG_TABLE("VPN", vpn_keys, &hf_mobileconfig_payload);

/* --- the payload --- */

/* Apple replaces a profile with the same identifier, and within it the payload with the same UUID.
 */
static void name_source(struct hf_mobileconfig *m)
{
    hf_bytes parts[] = { hf_plist_text(hf_plist_get(m->root, "PayloadIdentifier")),
                         hf_plist_text(hf_plist_get(m->vpn, "PayloadUUID")) };
    char key[HF_PROFILE_TEXT_MAX];
    size_t len = 0;

    for (size_t i = 0; i < HF_ARRAY_LEN(parts); i++) {
        if (parts[i].len == 0 || len + parts[i].len + 2 > HF_PROFILE_TEXT_MAX)
            continue;
        if (len != 0)
            key[len++] = '/';
        hf_copy(key + len, parts[i].data, parts[i].len);
        len += parts[i].len;
    }
    hf_fault_set_text(m->out->profile.source_key, (hf_bytes){ (const uint8_t *)key, len });
}

static hf_status check_parts(struct hf_mobileconfig *m)
{
    static const struct {
        const char *type, *dictionary;
    } needed[] = {
        {"IKEv2",     "IKEv2"   },
        { "L2TP",     "PPP"     },
        { "AlwaysOn", "AlwaysOn"}
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(needed); i++) {
        if (is_type(m->vpn, needed[i].type) && hf_plist_get(m->vpn, needed[i].dictionary) == NULL)
            return hf_mobileconfig_refuse(m, HF_ERR_PROFILE_INVALID, needed[i].dictionary,
                                          "the dictionary of this type of VPN");
    }
    return HF_OK;
}

hf_status hf_mobileconfig_vpn(struct hf_mobileconfig *m, size_t index)
{
    hf_status status = check_type(m);

    if (status == HF_OK)
        status = check_parts(m);
    if (status != HF_OK)
        return status;
    name_source(m);
    if (is_type(m->vpn, "L2TP")) {
        m->out->profile.protocol = HF_PROTOCOL_L2TP;
        m->out->profile.auth = HF_PROFILE_AUTH_PSK;
    }
    status =
        hf_mobileconfig_walk_entry(m, m->vpn, "PayloadContent", index, &hf_mobileconfig_vpn_table);
    m->out->profile.split = !m->is_full;
    return status;
}
