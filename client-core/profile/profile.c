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
    return !profile->gateway_uses_psk;
}

hf_status hf_profile_check(const struct hf_profile *profile, struct hf_fault *out_fault)
{
    if (!is_valid_id(profile->id))
        return refuse(out_fault, HF_ERR_PROFILE_INVALID, "id", "1 to 64 of a-z 0-9 . _ -");
    if (profile->name[0] == '\0')
        return refuse(out_fault, HF_ERR_PROFILE_INVALID, "name", "a name for people");
    if (!are_gateways_valid(profile))
        return refuse(out_fault, HF_ERR_PROFILE_INVALID, "gateways", "host names or addresses");
    if (needs_trust(profile) && profile->trust.len == 0)
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
    if (profile->protocol != HF_PROTOCOL_IKEV2)
        return refuse(out_fault, HF_ERR_UNSUPPORTED_PROTOCOL, "protocol", "ikev2");
    return HF_OK;
}

uint32_t hf_profile_required_secrets(const struct hf_profile *profile)
{
    switch (profile->auth) {
    case HF_PROFILE_AUTH_CERTIFICATE:
    case HF_PROFILE_AUTH_EAP_TLS:
        return 1u << HF_SECRET_PRIVATE_KEY | 1u << HF_SECRET_CERTIFICATES;
    case HF_PROFILE_AUTH_PSK:
        break;
    }
    return 1u << HF_SECRET_PSK;
}
