/* The profile model: defaults, what must hold, and ownership. Formats are native.c and import_*.c.
 */
#include <holdfast/profile.h>

#include "profile/text.h"

#include <string.h>

void hf_profile_init(struct hf_profile *profile)
{
    memset(profile, 0, sizeof *profile);
    profile->trust = hf_buf_with_max(HF_PROFILE_TRUST_MAX);
    profile->tls_min = HF_PROFILE_TLS_1_2;
    profile->tls_max = HF_PROFILE_TLS_1_3;
    profile->request_ip4 = true;
    profile->request_ip6 = true;
    profile->lock = HF_LOCK_SESSION;
}

void hf_profile_clear(struct hf_profile *profile)
{
    hf_buf_free(&profile->trust);
    hf_profile_init(profile);
}

static bool is_valid_id(const char *id)
{
    size_t len = strlen(id);

    if (len == 0 || len > 64 || id[0] == '.')
        return false;
    return strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789._-") == len;
}

static hf_status refuse(struct hf_fault *fault, hf_status status, const char *key, const char *why)
{
    *fault = hf_fault_make(status, HF_STAGE_PROFILE);
    hf_fault_set_text(fault->received, hf_bytes_of_string(key));
    hf_fault_set_text(fault->offered, hf_bytes_of_string(why));
    return status;
}

static bool are_gateways_valid(const struct hf_profile *profile)
{
    for (size_t i = 0; i < profile->gateway_count; i++) {
        hf_bytes host = hf_bytes_of_string(profile->gateways[i]);
        hf_address address;

        if (hf_address_parse(host, &address) ? hf_address_is_any(&address)
                                             : !hf_text_is_host_name(host))
            return false;
    }
    return profile->gateway_count > 0;
}

static bool needs_trust(const struct hf_profile *profile)
{
    if (profile->protocol == HF_PROTOCOL_L2TP)
        return profile->auth == HF_PROFILE_AUTH_CERTIFICATE && !profile->l2tp.clear;
    return !profile->gateway_uses_psk && !profile->eap_only;
}

/* Only a server that proves who it is cannot be imitated. */
bool hf_profile_rule_is_fakeable(const struct hf_profile_rule *rule)
{
    return rule->action != HF_RULE_CONNECT &&
           (rule->ssids.count != 0 || rule->domains.count != 0 || rule->resolvers.count != 0 ||
            rule->probe[0] != '\0') &&
           strncmp(rule->probe, "https://", 8) != 0;
}

hf_status hf_profile_check(const struct hf_profile *profile, struct hf_fault *out_fault)
{
    if (!is_valid_id(profile->id))
        return refuse(out_fault, HF_ERR_PROFILE_INVALID, "id", "1 to 64 of a-z 0-9 . _ -");
    if (profile->name[0] == '\0')
        return refuse(out_fault, HF_ERR_PROFILE_INVALID, "name", "a name for people");
    if (!are_gateways_valid(profile))
        return refuse(out_fault, HF_ERR_PROFILE_INVALID, "gateways", "host names or addresses");
    if (needs_trust(profile) && profile->trust.len == 0 && !profile->system_trust)
        return refuse(out_fault, HF_ERR_PROFILE_INVALID, "trust",
                      "the CA that vouches for the gateway");
    if (profile->gateway_uses_psk && profile->auth != HF_PROFILE_AUTH_PSK)
        return refuse(out_fault, HF_ERR_PROFILE_INVALID, "gateway-psk", "auth psk");
    if (profile->tls_min > profile->tls_max)
        return refuse(out_fault, HF_ERR_PROFILE_INVALID, "tls.min", "not above tls.max");
    if (profile->mtu_bytes != 0 && (profile->mtu_bytes < 1280 || profile->mtu_bytes > 9000))
        return refuse(out_fault, HF_ERR_PROFILE_INVALID, "mtu", "0 or 1280 to 9000");
    if (!profile->request_ip4 && !profile->request_ip6)
        return refuse(out_fault, HF_ERR_PROFILE_INVALID, "request", "ipv4, ipv6 or both");
    if (profile->protocol == HF_PROTOCOL_L2TP && profile->auth != HF_PROFILE_AUTH_PSK &&
        profile->auth != HF_PROFILE_AUTH_CERTIFICATE)
        return refuse(out_fault, HF_ERR_PROFILE_INVALID, "auth", "psk or certificate with l2tp");
    return HF_OK;
}

hf_status hf_profile_check_connectable(const struct hf_profile *profile, struct hf_fault *out_fault)
{
    if (profile->protocol != HF_PROTOCOL_IKEV2)
        return refuse(out_fault, HF_ERR_UNSUPPORTED_PROTOCOL, "protocol", "ikev2");
    if (profile->auth == HF_PROFILE_AUTH_EAP || profile->auth == HF_PROFILE_AUTH_CERTIFICATE_EAP)
        return refuse(out_fault, HF_ERR_PROFILE_UNSUPPORTED, "auth", "certificate, psk or eap-tls");
    if (profile->eap_only)
        return refuse(out_fault, HF_ERR_PROFILE_UNSUPPORTED, "eap.only",
                      "a gateway that proves itself before EAP");
    if (profile->ppk_required)
        return refuse(out_fault, HF_ERR_PROFILE_UNSUPPORTED, "ppk.required", "no PPK");
    if (profile->level != HF_PROFILE_LEVEL_DEFAULT)
        return refuse(out_fault, HF_ERR_PROFILE_UNSUPPORTED, "level", "default");
    if (profile->revocation == HF_PROFILE_REVOCATION_HARD)
        return refuse(out_fault, HF_ERR_PROFILE_UNSUPPORTED, "revocation", "off or soft");
    return HF_OK;
}

/* A user who may only prove himself by a certificate needs no password. */
static uint32_t l2tp_user_secret(const struct hf_profile_l2tp *l2tp)
{
    for (size_t i = 0; i < l2tp->methods.count; i++) {
        if (strcmp(l2tp->methods.words[i], "eap-tls") != 0)
            return 1u << HF_SECRET_PASSWORD;
    }
    return l2tp->methods.count == 0 ? 1u << HF_SECRET_PASSWORD
                                    : 1u << HF_SECRET_USER_KEY | 1u << HF_SECRET_USER_CERTIFICATES;
}

uint32_t hf_profile_required_secrets(const struct hf_profile *profile)
{
    /* A token has the certificate beside the key. */
    uint32_t key = profile->key_uri[0] != '\0'
                       ? 0
                       : 1u << HF_SECRET_PRIVATE_KEY | 1u << HF_SECRET_CERTIFICATES;
    uint32_t proof = 0;

    switch (profile->auth) {
    case HF_PROFILE_AUTH_CERTIFICATE:
    case HF_PROFILE_AUTH_EAP_TLS:
        proof = key;
        break;
    case HF_PROFILE_AUTH_PSK:
        proof = 1u << HF_SECRET_PSK;
        break;
    case HF_PROFILE_AUTH_EAP:
        return 1u << HF_SECRET_PASSWORD;
    case HF_PROFILE_AUTH_CERTIFICATE_EAP:
        return key | 1u << HF_SECRET_PASSWORD;
    }
    if (profile->protocol == HF_PROTOCOL_L2TP)
        return (profile->l2tp.clear ? 0 : proof) | l2tp_user_secret(&profile->l2tp);
    return proof;
}
