/* The dictionary IKEv2 of a .mobileconfig: one row per key, one small function per value that is
 * applied. */
#include "profile/mobileconfig.h"

#include "profile/text.h"

#include <string.h>

static hf_status copy_text(const struct hf_plist *value, char *out, size_t capacity)
{
    return hf_text_copy(hf_plist_text(value), out, capacity) ? HF_OK : HF_ERR_PROFILE_INVALID;
}

static hf_status apply_remote_address(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    m->out->profile.gateway_count = 1;
    return copy_text(value, m->out->profile.gateways[0], sizeof m->out->profile.gateways[0]);
}

static hf_status apply_remote_identifier(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return copy_text(value, m->out->profile.remote_identity,
                     sizeof m->out->profile.remote_identity);
}

static hf_status apply_local_identifier(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return copy_text(value, m->out->profile.local_identity, sizeof m->out->profile.local_identity);
}

static hf_status apply_auth_name(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return copy_text(value, m->out->profile.eap_identity, sizeof m->out->profile.eap_identity);
}

static hf_status apply_secret(struct hf_mobileconfig *m, const struct hf_plist *value,
                              enum hf_secret_name name)
{
    hf_bytes bytes =
        value->kind == HF_PLIST_DATA ? hf_buf_bytes(&value->value) : hf_plist_text(value);

    if (bytes.len == 0)
        return HF_ERR_PROFILE_INVALID;
    hf_buf_clear(&m->out->secrets.values[name]);
    return hf_buf_append(&m->out->secrets.values[name], bytes) ? HF_OK : HF_ERR_TOO_LARGE;
}

static hf_status apply_shared_secret(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return apply_secret(m, value, HF_SECRET_PSK);
}

static hf_status apply_password(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return apply_secret(m, value, HF_SECRET_PASSWORD);
}

/* AuthenticationMethod and ExtendedAuthEnabled have a meaning together only. */
static hf_status apply_authentication(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    struct hf_profile *profile = &m->out->profile;

    if (hf_plist_is_text(value, "SharedSecret") && m->eap == 0) {
        profile->auth = HF_PROFILE_AUTH_PSK;
        profile->gateway_uses_psk = true;
        return HF_OK;
    }
    if (hf_plist_is_text(value, "Certificate") && m->has_certificate) {
        profile->auth = m->eap != 0 ? HF_PROFILE_AUTH_EAP_TLS : HF_PROFILE_AUTH_CERTIFICATE;
        return HF_OK;
    }
    return hf_mobileconfig_refuse(
        m, HF_ERR_PROFILE_UNSUPPORTED, "AuthenticationMethod",
        "SharedSecret, or Certificate with a certificate payload (with EAP: EAP-TLS)");
}

static hf_status apply_dead_peer_detection(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    static const struct {
        const char *name;
        hf_duration interval;
    } rates[] = {
        {"None",    0             },
        { "Low",    HF_MINUTES(30)},
        { "Medium", HF_MINUTES(10)},
        { "High",   HF_MINUTES(1) }
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(rates); i++) {
        if (hf_plist_is_text(value, rates[i].name)) {
            m->out->profile.liveness = rates[i].interval;
            return HF_OK;
        }
    }
    return HF_ERR_PROFILE_UNSUPPORTED;
}

static hf_status apply_tls_version(const struct hf_plist *value, enum hf_profile_tls *out)
{
    if (hf_plist_is_text(value, "1.3"))
        *out = HF_PROFILE_TLS_1_3;
    else if (hf_plist_is_text(value, "1.2"))
        *out = HF_PROFILE_TLS_1_2;
    else
        return HF_ERR_PROFILE_UNSUPPORTED;
    return HF_OK;
}

static hf_status apply_tls_minimum(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return apply_tls_version(value, &m->out->profile.tls_min);
}

static hf_status apply_tls_maximum(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return apply_tls_version(value, &m->out->profile.tls_max);
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

/* Without IncludeAllNetworks the routes follow the gateway's traffic selectors. */
static hf_status apply_include_all(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    uint32_t all;

    if (!hf_plist_number(value, &all))
        return HF_ERR_PROFILE_INVALID;
    m->out->profile.split = all == 0;
    return HF_OK;
}

static hf_status apply_exclude_local(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    uint32_t exclude;

    if (!hf_plist_number(value, &exclude))
        return HF_ERR_PROFILE_INVALID;
    m->out->profile.allow_lan = exclude != 0;
    return HF_OK;
}

/* Switches that are fine when off and say something that we do not do when on. */
static hf_status apply_only_off(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    uint32_t on;

    (void)m;
    return hf_plist_number(value, &on) && on == 0 ? HF_OK : HF_ERR_PROFILE_UNSUPPORTED;
}

static hf_status apply_ppk_mandatory(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    uint32_t mandatory;

    if (hf_plist_number(value, &mandatory) && mandatory == 0)
        return HF_ERR_PROFILE_UNSUPPORTED;
    return hf_mobileconfig_refuse(m, HF_ERR_PROFILE_UNSUPPORTED, "PPKMandatory",
                                  "0: post-quantum keys are not spoken yet");
}

/* --- Security association parameters
 * --------------------------------------------------------------------------- */
struct choice {
    const char *apple;
    const char *ours; /* name in the algorithm registry; NULL: never used */
};

static const struct choice ciphers[] = {
    {"AES-128",           "aes128"          },
    { "AES-256",          "aes256"          },
    { "AES-128-GCM",      "aes128gcm16"     },
    { "AES-256-GCM",      "aes256gcm16"     },
    { "ChaCha20Poly1305", "chacha20poly1305"},
};
static const struct choice hashes[] = {
    {"SHA2-256",  "sha256"},
    { "SHA2-384", "sha384"},
    { "SHA2-512", "sha512"}
};
static const struct choice prfs[] = {
    {"SHA2-256",  "prfsha256"},
    { "SHA2-384", "prfsha384"},
    { "SHA2-512", "prfsha512"}
};
static const struct choice groups[] = {
    {"14",  "modp2048"},
    { "15", "modp3072"},
    { "16", "modp4096"},
    { "19", "ecp256"  },
    { "20", "ecp384"  },
    { "21", "ecp521"  },
    { "31", "x25519"  },
};

static hf_status choose(const struct choice *choices, size_t count, const struct hf_plist *value,
                        struct hf_profile_algorithms *out)
{
    for (size_t i = 0; i < count; i++) {
        if (hf_plist_is_text(value, choices[i].apple)) {
            hf_copy(out->names[0], choices[i].ours, strlen(choices[i].ours) + 1);
            out->count = 1;
            return HF_OK;
        }
    }
    return HF_ERR_PROFILE_UNSUPPORTED;
}

static bool is_aead(const struct hf_profile_algorithms *encryption)
{
    return encryption->count == 1 && strcmp(encryption->names[0], "aes128") != 0 &&
           strcmp(encryption->names[0], "aes256") != 0;
}

static hf_status apply_ike_cipher(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return choose(ciphers, HF_ARRAY_LEN(ciphers), value, &m->out->profile.ike_encryption);
}

/* Real files name a hash beside an AEAD: for IKE it is the PRF. */
static hf_status apply_ike_hash(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    hf_status status = choose(prfs, HF_ARRAY_LEN(prfs), value, &m->out->profile.ike_prf);

    if (status != HF_OK)
        return status;
    return choose(hashes, HF_ARRAY_LEN(hashes), value, &m->out->profile.ike_integrity);
}

static hf_status apply_group(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return choose(groups, HF_ARRAY_LEN(groups), value, &m->out->profile.ike_groups);
}

static hf_status apply_lifetime(const struct hf_plist *value, hf_duration *out)
{
    uint32_t minutes;

    if (!hf_plist_number(value, &minutes) || minutes < 10 || minutes > 1440)
        return HF_ERR_PROFILE_UNSUPPORTED;
    *out = HF_MINUTES(minutes);
    return HF_OK;
}

static hf_status apply_ike_lifetime(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return apply_lifetime(value, &m->out->profile.ike_lifetime);
}

static hf_status apply_esp_cipher(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return choose(ciphers, HF_ARRAY_LEN(ciphers), value, &m->out->profile.esp_encryption);
}

static hf_status apply_esp_hash(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return choose(hashes, HF_ARRAY_LEN(hashes), value, &m->out->profile.esp_integrity);
}

static hf_status apply_esp_lifetime(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return apply_lifetime(value, &m->out->profile.child_lifetime);
}

#define WEAK "not offered: too weak or unknown; the default suites are used"

static const struct hf_mobileconfig_key ike_keys[] = {
    {"EncryptionAlgorithm", apply_ike_cipher,   HF_NOTICE_UNSAFE,      WEAK        },
    { "IntegrityAlgorithm", apply_ike_hash,     HF_NOTICE_UNSAFE,      WEAK        },
    { "DiffieHellmanGroup", apply_group,        HF_NOTICE_UNSAFE,      WEAK        },
    { "LifeTimeInMinutes",  apply_ike_lifetime, HF_NOTICE_UNSUPPORTED, "10 to 1440"},
};
static const struct hf_mobileconfig_key esp_keys[] = {
    {"EncryptionAlgorithm", apply_esp_cipher,   HF_NOTICE_UNSAFE,      WEAK                                      },
    { "IntegrityAlgorithm", apply_esp_hash,     HF_NOTICE_UNSAFE,      WEAK                                      },
    { "DiffieHellmanGroup", NULL,               HF_NOTICE_HARMLESS,    "rekeys use the group of the IKE SA first"},
    { "LifeTimeInMinutes",  apply_esp_lifetime, HF_NOTICE_UNSUPPORTED, "10 to 1440"                              },
};

static hf_status apply_ike_parameters(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    hf_status status = HF_ERR_PROFILE_INVALID;

    if (value->kind == HF_PLIST_DICT)
        status = hf_mobileconfig_walk(m, value, "IKESecurityAssociationParameters", ike_keys,
                                      HF_ARRAY_LEN(ike_keys));
    if (is_aead(&m->out->profile.ike_encryption))
        m->out->profile.ike_integrity.count = 0;
    return status;
}

static hf_status apply_child_parameters(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    hf_status status = HF_ERR_PROFILE_INVALID;

    if (value->kind == HF_PLIST_DICT)
        status = hf_mobileconfig_walk(m, value, "ChildSecurityAssociationParameters", esp_keys,
                                      HF_ARRAY_LEN(esp_keys));
    if (is_aead(&m->out->profile.esp_encryption))
        m->out->profile.esp_integrity.count = 0;
    return status;
}

static const struct hf_mobileconfig_key keys[] = {
    {"RemoteAddress",                              apply_remote_address,      HF_NOTICE_UNSUPPORTED, NULL                                  },
    { "RemoteIdentifier",                          apply_remote_identifier,   HF_NOTICE_UNSUPPORTED, NULL                                  },
    { "LocalIdentifier",                           apply_local_identifier,    HF_NOTICE_UNSUPPORTED, NULL                                  },
    { "AuthenticationMethod",                      apply_authentication,      HF_NOTICE_UNSUPPORTED, NULL                                  },
    { "ExtendedAuthEnabled",                       NULL,                      HF_NOTICE_APPLIED,     ""                                    },
    { "PayloadCertificateUUID",                    NULL,                      HF_NOTICE_APPLIED,     ""                                    },
    { "CertificateType",                           NULL,                      HF_NOTICE_HARMLESS,    "follows from the certificate"        },
    { "SharedSecret",                              apply_shared_secret,       HF_NOTICE_UNSUPPORTED, NULL                                  },
    { "AuthName",                                  apply_auth_name,           HF_NOTICE_UNSUPPORTED, NULL                                  },
    { "AuthPassword",                              apply_password,            HF_NOTICE_UNSUPPORTED, NULL                                  },
    { "ServerCertificateIssuerCommonName",         NULL,                      HF_NOTICE_HARMLESS,
     "the CA payload decides who may vouch"                                                                                                },
    { "ServerCertificateCommonName",               NULL,                      HF_NOTICE_HARMLESS,
     "RemoteIdentifier is verified, exactly"                                                                                               },
    { "DeadPeerDetectionRate",                     apply_dead_peer_detection, HF_NOTICE_UNSUPPORTED,
     "None, Low, Medium or High"                                                                                                           },
    { "IKESecurityAssociationParameters",          apply_ike_parameters,      HF_NOTICE_UNSUPPORTED, NULL                                  },
    { "ChildSecurityAssociationParameters",        apply_child_parameters,    HF_NOTICE_UNSUPPORTED, NULL                                  },
    { "EnablePFS",                                 NULL,                      HF_NOTICE_HARMLESS,    "forward secrecy is always asked for" },
    { "DisableMOBIKE",                             NULL,                      HF_NOTICE_HARMLESS,    "MOBIKE is not spoken yet"            },
    { "DisableRedirect",                           NULL,                      HF_NOTICE_HARMLESS,    "redirects are never followed"        },
    { "UseConfigurationAttributeInternalIPSubnet", apply_only_off,            HF_NOTICE_UNSUPPORTED,
     "subnet attributes are not used"                                                                                                      },
    { "EnableCertificateRevocationCheck",          apply_only_off,            HF_NOTICE_UNSUPPORTED,
     "revocation is not checked yet"                                                                                                       },
    { "TLSMinimumVersion",                         apply_tls_minimum,         HF_NOTICE_HARMLESS,
     "1.2 is the least that is spoken"                                                                                                     },
    { "TLSMaximumVersion",                         apply_tls_maximum,         HF_NOTICE_UNSAFE,      "1.2 is the least that is spoken"     },
    { "MTU",                                       apply_mtu,                 HF_NOTICE_UNSUPPORTED, "1280 to 9000"                        },
    { "NATKeepAliveInterval",                      apply_keepalive,           HF_NOTICE_UNSUPPORTED, "20 to 3600"                          },
    { "NATKeepAliveOffloadEnable",                 NULL,                      HF_NOTICE_HARMLESS,    "an Apple device's hardware"          },
    { "IncludeAllNetworks",                        apply_include_all,         HF_NOTICE_UNSUPPORTED, NULL                                  },
    { "EnforceRoutes",                             NULL,                      HF_NOTICE_HARMLESS,    "the tunnel's routes always win"      },
    { "ExcludeLocalNetworks",                      apply_exclude_local,       HF_NOTICE_UNSUPPORTED, NULL                                  },
    { "ExcludeCellularServices",                   NULL,                      HF_NOTICE_HARMLESS,    "an Apple device's services"          },
    { "ExcludeAPNs",                               NULL,                      HF_NOTICE_HARMLESS,    "an Apple device's services"          },
    { "ExcludeDeviceCommunication",                NULL,                      HF_NOTICE_HARMLESS,    "an Apple device's services"          },
    { "DisconnectOnIdle",                          apply_only_off,            HF_NOTICE_UNSUPPORTED, "idle tunnels stay up"                },
    { "DisconnectOnIdleTimer",                     NULL,                      HF_NOTICE_UNSUPPORTED, "idle tunnels stay up"                },
    { "OnDemandEnabled",                           apply_only_off,            HF_NOTICE_UNSUPPORTED,
     "connecting by rules is not done yet"                                                                                                 },
    { "OnDemandUserOverrideDisabled",              NULL,                      HF_NOTICE_UNSUPPORTED,
     "connecting by rules is not done yet"                                                                                                 },
    { "OnDemandRules",                             NULL,                      HF_NOTICE_UNSUPPORTED, "connecting by rules is not done yet" },
    { "PPK",                                       NULL,                      HF_NOTICE_UNSUPPORTED, "post-quantum keys are not spoken yet"},
    { "PPKIdentifier",                             NULL,                      HF_NOTICE_UNSUPPORTED, "post-quantum keys are not spoken yet"},
    { "PPKMandatory",                              apply_ppk_mandatory,       HF_NOTICE_UNSUPPORTED,
     "post-quantum keys are not spoken yet"                                                                                                },
    { "ProviderType",                              NULL,                      HF_NOTICE_HARMLESS,    "an Apple device's plug-in"           },
    { "ProviderBundleIdentifier",                  NULL,                      HF_NOTICE_HARMLESS,    "an Apple device's plug-in"           },
    { "EnableFallback",                            NULL,                      HF_NOTICE_HARMLESS,    "an Apple device's radio"             },
};

hf_status hf_mobileconfig_ikev2(struct hf_mobileconfig *m, const struct hf_plist *dict)
{
    uint32_t all;

    if (!hf_plist_number(hf_plist_get(dict, "ExtendedAuthEnabled"), &m->eap))
        m->eap = 0;
    m->has_certificate = hf_plist_get(dict, "PayloadCertificateUUID") != NULL;
    m->out->profile.split = !hf_plist_number(hf_plist_get(dict, "IncludeAllNetworks"), &all);
    return hf_mobileconfig_walk(m, dict, "IKEv2", keys, HF_ARRAY_LEN(keys));
}
