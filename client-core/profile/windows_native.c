/* NativeProfile of a ProfileXML: servers, protocol, authentication; and which way to authenticate
 * follows from all of it. */
#include "profile/windows.h"

#include "profile/text.h"

#include <string.h>

/* Windows takes "address;name for people"; files of the field repeat the address behind the
 * semicolon. */
static hf_status apply_servers(struct hf_walk *w, const struct hf_walk_row *row,
                               const struct hf_node *value)
{
    hf_bytes rest = hf_node_text(value), entry;

    (void)row;
    while (hf_text_next(&rest, ",", &entry)) {
        hf_bytes host;

        if (hf_text_next(&entry, ";", &host) && !hf_walk_add_gateway(&w->out->profile, host))
            return hf_walk_refuse(w, HF_ERR_PROFILE_INVALID, NULL,
                                  "names or addresses of at most 8 servers");
    }
    return w->out->profile.gateway_count > 0 ? HF_OK : HF_ERR_PROFILE_INVALID;
}

static hf_status apply_protocol(struct hf_walk *w, const struct hf_walk_row *row,
                                const struct hf_node *value)
{
    struct hf_windows *windows = w->state;

    (void)row;
    if (hf_node_is_text(value, "IKEv2"))
        windows->ikev2 = true;
    else if (hf_node_is_text(value, "L2TP"))
        windows->l2tp = true;
    else if (hf_node_is_text(value, "Automatic"))
        windows->automatic = true;
    else if (hf_node_is_text(value, "SSTP") || hf_node_is_text(value, "PPTP"))
        return HF_ERR_PROFILE_UNSUPPORTED;
    else if (!hf_node_is_text(value, "ProtocolList"))
        return HF_ERR_PROFILE_INVALID;
    return HF_OK;
}

static hf_status apply_routing(struct hf_walk *w, const struct hf_walk_row *row,
                               const struct hf_node *value)
{
    struct hf_windows *windows = w->state;

    (void)row;
    windows->split = hf_node_is_text(value, "SplitTunnel");
    return windows->split || hf_node_is_text(value, "ForceTunnel") ? HF_OK : HF_ERR_PROFILE_INVALID;
}

static hf_status apply_class_route(struct hf_walk *w, const struct hf_walk_row *row,
                                   const struct hf_node *value)
{
    struct hf_windows *windows = w->state;

    (void)row;
    return hf_node_bool(value, &windows->no_class_route) ? HF_OK : HF_ERR_PROFILE_INVALID;
}

static bool method_of(const struct hf_node *value, enum hf_windows_method *out)
{
    static const struct {
        const char *name;
        enum hf_windows_method method;
    } rows[] = {
        {"Eap",           HF_WINDOWS_METHOD_EAP        },
        { "MSChapv2",     HF_WINDOWS_METHOD_MSCHAPV2   },
        { "Certificate",  HF_WINDOWS_METHOD_CERTIFICATE},
        { "PresharedKey", HF_WINDOWS_METHOD_PSK        },
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++) {
        if (hf_node_is_text(value, rows[i].name)) {
            *out = rows[i].method;
            return true;
        }
    }
    return false;
}

static hf_status apply_user_method(struct hf_walk *w, const struct hf_walk_row *row,
                                   const struct hf_node *value)
{
    (void)row;
    return method_of(value, &((struct hf_windows *)w->state)->user) ? HF_OK
                                                                    : HF_ERR_PROFILE_INVALID;
}

static hf_status apply_machine_method(struct hf_walk *w, const struct hf_walk_row *row,
                                      const struct hf_node *value)
{
    (void)row;
    return method_of(value, &((struct hf_windows *)w->state)->machine) ? HF_OK
                                                                       : HF_ERR_PROFILE_INVALID;
}

#define NO_SSTP "SSTP and PPTP are not spoken"

static const struct hf_walk_row native_list_rows[] = {
    HF_WALK_APPLY("Type", apply_protocol, UNSUPPORTED, NO_SSTP),
};
static const struct hf_walk_table native_list_table = HF_WALK_TABLE(native_list_rows);
static const struct hf_walk_row protocol_list_rows[] = {
    HF_WALK_INSIDE("NativeProtocolList", &native_list_table, .repeats = true),
    HF_WALK_APPLY("Type", apply_protocol, UNSUPPORTED, NO_SSTP, .repeats = true),
    HF_WALK_NOTE("RetryTimeInHours", HARMLESS, "one protocol is used, always"),
};
static const struct hf_walk_table protocol_list_table = HF_WALK_TABLE(protocol_list_rows);
static const struct hf_walk_row eap_rows[] = {
    HF_WALK_APPLY("Configuration", hf_windows_eap, UNSUPPORTED, "an EapHostConfig",
                  .inside = &hf_windows_eap_table),
    HF_WALK_NOTE("Type", HARMLESS, "said again in the configuration"),
};
static const struct hf_walk_table eap_table = HF_WALK_TABLE(eap_rows);
static const struct hf_walk_row authentication_rows[] = {
    HF_WALK_APPLY("UserMethod", apply_user_method, UNSUPPORTED, "Eap or MSChapv2"),
    HF_WALK_APPLY("MachineMethod", apply_machine_method, UNSUPPORTED,
                  "Certificate, Eap or PresharedKey"),
    HF_WALK_INSIDE("Eap", &eap_table),
    HF_WALK_NOTE("Certificate", UNSUPPORTED,
                 "any certificate that is given for this profile is used"),
};
static const struct hf_walk_table authentication_table = HF_WALK_TABLE(authentication_rows);
static const struct hf_walk_row native_rows[] = {
    HF_WALK_APPLY("Servers", apply_servers, UNSUPPORTED, "at least one server"),
    HF_WALK_APPLY("NativeProtocolType", apply_protocol, UNSUPPORTED, NO_SSTP),
    HF_WALK_INSIDE("ProtocolList", &protocol_list_table),
    HF_WALK_APPLY("RoutingPolicyType", apply_routing, UNSUPPORTED, "SplitTunnel or ForceTunnel"),
    HF_WALK_APPLY("L2tpPsk", hf_walk_secret, UNSUPPORTED, "a pre-shared key",
                  .offset = HF_SECRET_PSK),
    HF_WALK_APPLY("DisableClassBasedDefaultRoute", apply_class_route, UNSUPPORTED, "true or false"),
    HF_WALK_NOTE("PlumbIKEv2TSAsRoutes", HARMLESS,
                 "routes are never wider than the gateway's selectors"),
    HF_WALK_INSIDE("Authentication", &authentication_table),
    HF_WALK_INSIDE("CryptographySuite", &hf_windows_suite),
};
const struct hf_walk_table hf_windows_native = HF_WALK_TABLE(native_rows);

/* --- What follows ------------------------------------------------------------------------------
 */
static hf_status set_methods(struct hf_profile_words *words, const char *method)
{
    return hf_walk_add_word(words, hf_bytes_of_string(method)) ? HF_OK : HF_ERR_TOO_LARGE;
}

/* By the numbers of the registry "EAP Method Types". */
static hf_status decide_eap(struct hf_walk *w, struct hf_profile_words *methods,
                            bool *out_certificate)
{
    const struct hf_windows *windows = w->state;
    const char *path = "NativeProfile.Authentication.Eap";

    switch (windows->eap_outer) {
    case 0: /* the file does not say; noted where the configuration is missing */
        return HF_OK;
    case 13:
        *out_certificate = true;
        return set_methods(methods, "eap-tls");
    case 21:
        return set_methods(methods, "eap-ttls");
    case 26:
        return set_methods(methods, "eap-mschapv2");
    case 25:
        break;
    default:
        return hf_walk_refuse(w, HF_ERR_PROFILE_UNSUPPORTED, path,
                              "EAP-TLS, EAP-TTLS, PEAP or EAP-MSCHAPv2");
    }
    if (windows->eap_inner != 13 && windows->eap_inner != 26 && windows->eap_inner != 0)
        return hf_walk_refuse(w, HF_ERR_PROFILE_UNSUPPORTED, path,
                              "PEAP with EAP-TLS or EAP-MSCHAPv2 inside");
    *out_certificate = windows->eap_inner == 13;
    if (*out_certificate) {
        hf_status status = hf_import_note(
            w->out, HF_NOTICE_UNSUPPORTED, hf_bytes_of_string(path),
            "a certificate inside PEAP: EAP-TLS itself is offered, which the server must allow");
        return status == HF_OK ? set_methods(methods, "eap-tls") : status;
    }
    return set_methods(methods, "peap");
}

static hf_status decide_ikev2(struct hf_walk *w)
{
    struct hf_profile *profile = &w->out->profile;
    const struct hf_windows *windows = w->state;
    bool certificate = false;
    hf_status status = HF_OK;

    profile->auth = HF_PROFILE_AUTH_CERTIFICATE;
    if (windows->user == HF_WINDOWS_METHOD_EAP ||
        (windows->user == HF_WINDOWS_METHOD_NONE && windows->machine == HF_WINDOWS_METHOD_EAP)) {
        status = decide_eap(w, &profile->eap_methods, &certificate);
        profile->auth = certificate ? HF_PROFILE_AUTH_EAP_TLS : HF_PROFILE_AUTH_EAP;
    } else if (windows->user == HF_WINDOWS_METHOD_MSCHAPV2) {
        profile->auth = HF_PROFILE_AUTH_EAP;
        status = set_methods(&profile->eap_methods, "eap-mschapv2");
    } else if (windows->machine == HF_WINDOWS_METHOD_PSK) {
        return hf_walk_refuse(w, HF_ERR_PROFILE_UNSUPPORTED,
                              "NativeProfile.Authentication.MachineMethod",
                              "Certificate or Eap: a pre-shared key is L2TP's");
    } else if (windows->user == HF_WINDOWS_METHOD_NONE &&
               windows->machine == HF_WINDOWS_METHOD_NONE) {
        return hf_walk_refuse(w, HF_ERR_PROFILE_INVALID, "NativeProfile.Authentication",
                              "UserMethod or MachineMethod");
    }
    if (status == HF_OK && w->out->secrets.values[HF_SECRET_PSK].len != 0) {
        hf_buf_free(&w->out->secrets.values[HF_SECRET_PSK]);
        status = hf_walk_note_key(w, "NativeProfile.L2tpPsk", HF_NOTICE_HARMLESS,
                                  "IKEv2 is used, the key is not kept");
    }
    return status;
}

/* The user proves himself in PPP, the machine in IKE: by the key that is given, or by a
 * certificate. */
static hf_status decide_l2tp(struct hf_walk *w)
{
    struct hf_profile *profile = &w->out->profile;
    const struct hf_windows *windows = w->state;
    bool certificate;

    profile->protocol = HF_PROTOCOL_L2TP;
    profile->auth = HF_PROFILE_AUTH_CERTIFICATE;
    if (w->out->secrets.values[HF_SECRET_PSK].len != 0 || windows->machine == HF_WINDOWS_METHOD_PSK)
        profile->auth = HF_PROFILE_AUTH_PSK;
    profile->gateway_uses_psk = profile->auth == HF_PROFILE_AUTH_PSK;
    if (windows->user == HF_WINDOWS_METHOD_MSCHAPV2)
        return set_methods(&profile->l2tp.methods, "mschapv2");
    return windows->user == HF_WINDOWS_METHOD_EAP
               ? decide_eap(w, &profile->l2tp.methods, &certificate)
               : HF_OK;
}

hf_status hf_windows_native_finish(struct hf_walk *w)
{
    const struct hf_windows *windows = w->state;
    bool has_psk = w->out->secrets.values[HF_SECRET_PSK].len != 0;
    bool is_l2tp = windows->l2tp && !windows->ikev2 && !windows->automatic;
    hf_status status;

    if (!windows->ikev2 && !windows->l2tp && !windows->automatic)
        return hf_walk_refuse(w, HF_ERR_UNSUPPORTED_PROTOCOL, "NativeProfile.NativeProtocolType",
                              "IKEv2, L2TP or Automatic: SSTP and PPTP are not spoken");
    if (!windows->ikev2 && windows->automatic && has_psk &&
        windows->machine != HF_WINDOWS_METHOD_CERTIFICATE &&
        windows->user == HF_WINDOWS_METHOD_MSCHAPV2)
        w->out->profile.l2tp.prefer_ikev2 = is_l2tp = true;
    if (windows->l2tp && !is_l2tp)
        status = hf_walk_note_key(w, "NativeProfile.ProtocolList", HF_NOTICE_HARMLESS,
                                  "IKEv2 is used, of those that are named");
    else if (windows->automatic && !is_l2tp)
        status = hf_walk_note_key(w, "NativeProfile.NativeProtocolType", HF_NOTICE_HARMLESS,
                                  "IKEv2 is used");
    else
        status = HF_OK;
    if (status != HF_OK)
        return status;
    if (windows->device_tunnel && (is_l2tp || windows->machine != HF_WINDOWS_METHOD_CERTIFICATE))
        return hf_walk_refuse(w, HF_ERR_PROFILE_INVALID, "DeviceTunnel",
                              "IKEv2 and MachineMethod Certificate");
    return is_l2tp ? decide_l2tp(w) : decide_ikev2(w);
}
