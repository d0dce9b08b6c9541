/* What a policy does to profiles and requests. */
#include "policy/values.h"

#include <string.h>

static hf_status forbid(const struct hf_policy *policy, enum hf_policy_key key,
                        struct hf_fault *fault)
{
    *fault = hf_fault_make(HF_ERR_POLICY, HF_STAGE_PROFILE);
    hf_fault_set_text(fault->offered, hf_bytes_of_string(hf_policy_key_name(key)));
    hf_fault_set_text(fault->received, hf_bytes_of_string(hf_policy_origin(policy, key)));
    return HF_ERR_POLICY;
}

static hf_status allow(struct hf_fault *fault)
{
    *fault = hf_fault_make(HF_OK, HF_STAGE_NONE);
    return HF_OK;
}

/* --- values ----------------------------------------------------------------------------------- */
static void limit(const struct hf_policy *policy, enum hf_policy_key key, hf_duration usual,
                  hf_duration *duration)
{
    hf_duration most = HF_MINUTES(hf_policy_number(policy, key, 0));
    hf_duration own = *duration == 0 ? usual : *duration;

    if (most != 0 && (own == 0 || own > most))
        *duration = most;
}

static void lock_keys(const struct hf_policy *policy, struct hf_profile *profile)
{
    struct hf_profile_words *locked = &profile->locked;

    for (size_t i = 0; i < hf_policy_texts(policy, HF_POLICY_LOCKED); i++) {
        const char *word = hf_policy_nth_text(policy, HF_POLICY_LOCKED, i);

        if (locked->count < HF_PROFILE_WORDS && strlen(word) < HF_PROFILE_WORD_MAX)
            hf_copy(locked->words[locked->count++], word, strlen(word) + 1);
    }
}

/* The default lifetimes of design, section 7: a policy may only shorten them. */
#define CHILD_LIFETIME HF_SECONDS(3600)
#define IKE_LIFETIME   HF_SECONDS(4 * 3600)

static void bind_values(const struct hf_policy *policy, struct hf_profile *profile)
{
    int revocation = hf_policy_name(policy, HF_POLICY_REQUIRE_REVOCATION, 0);
    int level = hf_policy_name(policy, HF_POLICY_MINIMUM_CRYPTO, 0);

    if (hf_policy_is_managed(policy, HF_POLICY_AUTO_CONNECT) ||
        hf_policy_is_managed(policy, HF_POLICY_ALWAYS_ON))
        profile->auto_connect = hf_policy_flag(policy, HF_POLICY_AUTO_CONNECT, false) ||
                                hf_policy_flag(policy, HF_POLICY_ALWAYS_ON, false);
    if (hf_policy_is_managed(policy, HF_POLICY_KILL_SWITCH))
        profile->lock = (enum hf_lock_mode)hf_policy_name(policy, HF_POLICY_KILL_SWITCH, 0);
    if (hf_policy_is_managed(policy, HF_POLICY_ALLOW_LAN))
        profile->allow_lan = hf_policy_flag(policy, HF_POLICY_ALLOW_LAN, false);
    if (hf_policy_is_managed(policy, HF_POLICY_SAVE_PASSWORDS))
        profile->save_secrets =
            profile->save_secrets && hf_policy_flag(policy, HF_POLICY_SAVE_PASSWORDS, false);
    if ((int)profile->revocation < revocation)
        profile->revocation = (enum hf_profile_revocation)revocation;
    if (profile->level != HF_PROFILE_LEVEL_LEGACY && (int)profile->level < level)
        profile->level = (enum hf_profile_level)level;
    limit(policy, HF_POLICY_REKEY_MINUTES_MAX, CHILD_LIFETIME, &profile->child_lifetime);
    limit(policy, HF_POLICY_IKE_REKEY_MINUTES_MAX, IKE_LIFETIME, &profile->ike_lifetime);
    limit(policy, HF_POLICY_IDLE_MINUTES_MAX, 0, &profile->idle_limit);
    lock_keys(policy, profile);
}

void hf_policy_recommend(const struct hf_policy *policy, struct hf_profile *profile)
{
    if (!profile->auto_connect)
        profile->auto_connect = hf_policy_flag(policy, HF_POLICY_AUTO_CONNECT, false) ||
                                hf_policy_flag(policy, HF_POLICY_ALWAYS_ON, false);
    if (profile->lock == HF_LOCK_SESSION)
        profile->lock =
            (enum hf_lock_mode)hf_policy_name(policy, HF_POLICY_KILL_SWITCH, HF_LOCK_SESSION);
    if (!profile->allow_lan)
        profile->allow_lan = hf_policy_flag(policy, HF_POLICY_ALLOW_LAN, false);
}

/* --- permissions ------------------------------------------------------------------------------ */
static bool are_servers_allowed(const struct hf_policy *policy, const struct hf_profile *profile)
{
    size_t patterns = hf_policy_texts(policy, HF_POLICY_ALLOWED_SERVERS);

    for (size_t i = 0; i < profile->gateway_count; i++) {
        size_t n = 0;

        while (n < patterns &&
               !hf_policy_server_matches(hf_policy_nth_text(policy, HF_POLICY_ALLOWED_SERVERS, n),
                                         profile->gateways[i]))
            n++;
        if (n == patterns)
            return false;
    }
    return true;
}

static bool is_key_store_right(const struct hf_policy *policy, const struct hf_profile *profile)
{
    static const char *const schemes[] = { "", "tpm2:", "pkcs11:" };
    const char *scheme = schemes[hf_policy_name(policy, HF_POLICY_CREDENTIAL_STORE, 0)];
    bool has_key = profile->auth == HF_PROFILE_AUTH_CERTIFICATE ||
                   profile->auth == HF_PROFILE_AUTH_EAP_TLS ||
                   profile->auth == HF_PROFILE_AUTH_CERTIFICATE_EAP;

    return !has_key || strncmp(profile->key_uri, scheme, strlen(scheme)) == 0;
}

hf_status hf_policy_apply(const struct hf_policy *policy, struct hf_profile *profile,
                          struct hf_fault *out_fault)
{
    if (hf_policy_has(policy, HF_POLICY_ALLOWED_SERVERS) && !are_servers_allowed(policy, profile))
        return forbid(policy, HF_POLICY_ALLOWED_SERVERS, out_fault);
    if (profile->level == HF_PROFILE_LEVEL_LEGACY) {
        if (!hf_policy_flag(policy, HF_POLICY_ALLOW_LEGACY, true))
            return forbid(policy, HF_POLICY_ALLOW_LEGACY, out_fault);
        if (hf_policy_has(policy, HF_POLICY_MINIMUM_CRYPTO))
            return forbid(policy, HF_POLICY_MINIMUM_CRYPTO, out_fault);
    }
    if (!is_key_store_right(policy, profile))
        return forbid(policy, HF_POLICY_CREDENTIAL_STORE, out_fault);
    bind_values(policy, profile);
    return allow(out_fault);
}

hf_status hf_policy_check_import(const struct hf_policy *policy, const char *format, bool by_user,
                                 struct hf_fault *out_fault)
{
    size_t count = hf_policy_texts(policy, HF_POLICY_ALLOW_FORMATS), n = 0;

    if (by_user && !hf_policy_flag(policy, HF_POLICY_ALLOW_USER_PROFILES, true))
        return forbid(policy, HF_POLICY_ALLOW_USER_PROFILES, out_fault);
    if (!hf_policy_has(policy, HF_POLICY_ALLOW_FORMATS))
        return allow(out_fault);
    while (n < count && strcmp(hf_policy_nth_text(policy, HF_POLICY_ALLOW_FORMATS, n), format) != 0)
        n++;
    return n < count ? allow(out_fault) : forbid(policy, HF_POLICY_ALLOW_FORMATS, out_fault);
}

static bool do_hours_hold(const struct hf_policy *policy, const struct hf_policy_place *place)
{
    for (size_t i = 0; i < hf_policy_texts(policy, HF_POLICY_ALLOWED_HOURS); i++) {
        struct hf_policy_hours hours;
        hf_bytes text = hf_bytes_of_string(hf_policy_nth_text(policy, HF_POLICY_ALLOWED_HOURS, i));

        if (hf_policy_hours_parse(text, &hours) &&
            hf_policy_hours_hold(&hours, place->weekday, place->minute))
            return true;
    }
    return false;
}

static bool is_network_allowed(const struct hf_policy *policy, const struct hf_policy_place *place)
{
    for (size_t i = 0; i < hf_policy_texts(policy, HF_POLICY_ALLOWED_NETWORKS); i++) {
        hf_bytes text =
            hf_bytes_of_string(hf_policy_nth_text(policy, HF_POLICY_ALLOWED_NETWORKS, i));
        hf_prefix prefix;

        if (!hf_prefix_parse(text, &prefix))
            continue;
        for (size_t n = 0; n < place->address_count; n++) {
            if (hf_prefix_contains(&prefix, &place->addresses[n]))
                return true;
        }
    }
    return false;
}

hf_status hf_policy_check_place(const struct hf_policy *policy, const struct hf_policy_place *place,
                                struct hf_fault *out_fault)
{
    if (hf_policy_has(policy, HF_POLICY_ALLOWED_HOURS) && !do_hours_hold(policy, place))
        return forbid(policy, HF_POLICY_ALLOWED_HOURS, out_fault);
    if (hf_policy_has(policy, HF_POLICY_ALLOWED_NETWORKS) && !is_network_allowed(policy, place))
        return forbid(policy, HF_POLICY_ALLOWED_NETWORKS, out_fault);
    return allow(out_fault);
}

hf_status hf_policy_check_disconnect(const struct hf_policy *policy, const char *reason,
                                     struct hf_fault *out_fault)
{
    int permission = hf_policy_name(policy, HF_POLICY_ALLOW_DISCONNECT, HF_POLICY_YES);

    if (permission == HF_POLICY_NO || (permission == HF_POLICY_WITH_REASON && reason[0] == '\0'))
        return forbid(policy, HF_POLICY_ALLOW_DISCONNECT, out_fault);
    return allow(out_fault);
}

hf_status hf_policy_check_pause(const struct hf_policy *policy, uint32_t minutes,
                                struct hf_fault *out_fault)
{
    uint32_t most = hf_policy_number(policy, HF_POLICY_PAUSE_MINUTES_MAX, 0);
    uint32_t until_reconnect = hf_policy_number(policy, HF_POLICY_RECONNECT_MINUTES, 0);

    if (hf_policy_has(policy, HF_POLICY_PAUSE_MINUTES_MAX))
        return minutes <= most ? allow(out_fault)
                               : forbid(policy, HF_POLICY_PAUSE_MINUTES_MAX, out_fault);
    if (until_reconnect != 0 && minutes > until_reconnect)
        return forbid(policy, HF_POLICY_RECONNECT_MINUTES, out_fault);
    return hf_policy_check_disconnect(policy, "", out_fault); /* a long pause is a disconnect */
}
