/* On-demand rules of a .mobileconfig: the first that fits decides. A rule that would stop
 * protection by what any network can claim to be (its SSID, its search domain, its resolver) is
 * kept, but not followed. */
#include "profile/mobileconfig.h"

#include "profile/text.h"

#include <string.h>

static hf_status apply_action(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    static const struct {
        const char *apple;
        enum hf_profile_rule_action action;
    } rows[] = {
        {"Connect",     HF_RULE_CONNECT   },
        { "Disconnect", HF_RULE_DISCONNECT},
        { "Ignore",     HF_RULE_IGNORE    }
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++) {
        if (hf_plist_is_text(value, rows[i].apple)) {
            m->rule->action = rows[i].action;
            return HF_OK;
        }
    }
    return HF_ERR_PROFILE_UNSUPPORTED;
}

static hf_status apply_interface(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    static const struct {
        const char *apple;
        enum hf_profile_interface interface;
    } rows[] = {
        {"Ethernet",  HF_INTERFACE_ETHERNET},
        { "WiFi",     HF_INTERFACE_WIFI    },
        { "Cellular", HF_INTERFACE_CELLULAR}
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++) {
        if (hf_plist_is_text(value, rows[i].apple)) {
            m->rule->interface = rows[i].interface;
            return HF_OK;
        }
    }
    m->is_rule_cut = true;
    return HF_ERR_PROFILE_UNSUPPORTED;
}

/* What does not fit would make the rule fit more often, or less: it is then not followed. */
static hf_status apply_words(struct hf_mobileconfig *m, const struct hf_plist *value,
                             struct hf_profile_words *out)
{
    if (value->kind != HF_PLIST_ARRAY)
        return HF_ERR_PROFILE_INVALID;
    for (const struct hf_plist *entry = value->first; entry != NULL; entry = entry->next) {
        hf_bytes text = hf_plist_text(entry);

        if (out->count < HF_PROFILE_WORDS && text.len != 0 &&
            hf_text_copy(text, out->words[out->count], sizeof out->words[0]))
            out->count++;
        else
            m->is_rule_cut = true;
    }
    return HF_OK;
}

static hf_status apply_ssids(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return apply_words(m, value, &m->rule->ssids);
}

static hf_status apply_domains(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return apply_words(m, value, &m->rule->domains);
}

static hf_status apply_resolvers(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return apply_words(m, value, &m->rule->resolvers);
}

static hf_status apply_probe(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    if (hf_mobileconfig_text(value, m->rule->probe, sizeof m->rule->probe) == HF_OK)
        return HF_OK;
    m->is_rule_cut = true;
    return HF_ERR_PROFILE_UNSUPPORTED;
}

static const struct hf_mobileconfig_key demand_keys[] = {
    {"Action",                 HF_PLIST_STRING, apply_action,    HF_NOTICE_UNSUPPORTED,
     "Connect, Disconnect or Ignore: a rule by the names that are asked for is left out"    },
    { "ActionParameters",      HF_PLIST_ARRAY,  NULL,            HF_NOTICE_UNSUPPORTED,
     "names do not start tunnels"                                                           },
    { "InterfaceTypeMatch",    HF_PLIST_STRING, apply_interface, HF_NOTICE_UNSUPPORTED,
     "Ethernet, WiFi or Cellular"                                                           },
    { "SSIDMatch",             HF_PLIST_ARRAY,  apply_ssids,     HF_NOTICE_UNSUPPORTED, NULL},
    { "DNSDomainMatch",        HF_PLIST_ARRAY,  apply_domains,   HF_NOTICE_UNSUPPORTED, NULL},
    { "DNSServerAddressMatch", HF_PLIST_ARRAY,  apply_resolvers, HF_NOTICE_UNSUPPORTED, NULL},
    { "URLStringProbe",        HF_PLIST_STRING, apply_probe,     HF_NOTICE_UNSUPPORTED,
     "an address of at most 255 characters"                                                 },
};
const struct hf_mobileconfig_table hf_mobileconfig_demand_table =
    HF_MOBILECONFIG_TABLE("OnDemandRules", demand_keys, NULL);

static bool has_action(const struct hf_plist *rule)
{
    const struct hf_plist *action = hf_plist_get(rule, "Action");

    return hf_plist_is_text(action, "Connect") || hf_plist_is_text(action, "Disconnect") ||
           hf_plist_is_text(action, "Ignore");
}

/* Whether to follow it, and why not. */
static hf_status judge(struct hf_mobileconfig *m, struct hf_profile_rule *rule, const char *at)
{
    if (m->is_rule_cut) {
        rule->disabled = true;
        return hf_mobileconfig_note(m, HF_NOTICE_UNSUPPORTED, at,
                                    "a rule with more or longer matches than can be kept is "
                                    "disabled");
    }
    if (!hf_profile_rule_is_fakeable(rule))
        return HF_OK;
    rule->disabled = true;
    return hf_mobileconfig_note(m, HF_NOTICE_UNSAFE, at,
                                "a rule that would stop protection by what any network can claim "
                                "is disabled");
}

static hf_status add_rule(struct hf_mobileconfig *m, const struct hf_plist *entry, size_t index)
{
    struct hf_profile *profile = &m->out->profile;
    struct hf_profile_rule rule = { .action = HF_RULE_CONNECT };
    char at[HF_MOBILECONFIG_SEGMENT_MAX];
    hf_status status;

    m->rule = &rule;
    m->is_rule_cut = false;
    hf_mobileconfig_entry("OnDemandRules", index, at);
    status = hf_mobileconfig_walk(m, entry, at, &hf_mobileconfig_demand_table);
    m->rule = NULL;
    if (status != HF_OK || !has_action(entry))
        return status;
    if (profile->rule_count == HF_PROFILE_RULES)
        return hf_mobileconfig_note(m, HF_NOTICE_UNSUPPORTED, at,
                                    "a rule past the sixteenth is left out");
    status = judge(m, &rule, at);
    if (status == HF_OK)
        profile->rules[profile->rule_count++] = rule;
    return status;
}

hf_status hf_mobileconfig_demand_rules(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    hf_status status = HF_OK;
    size_t index = 0;

    if (value->kind != HF_PLIST_ARRAY)
        return HF_ERR_PROFILE_INVALID;
    m->out->profile.rule_count = 0;
    for (const struct hf_plist *entry = value->first; entry != NULL && status == HF_OK;
         entry = entry->next)
        status = add_rule(m, entry, index++);
    return status;
}

hf_status hf_mobileconfig_demand_enabled(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    const struct hf_plist *rules = hf_plist_get(m->dict, "OnDemandRules");
    bool is_on;
    hf_status status = hf_mobileconfig_truth(value, &is_on);

    if (status != HF_OK || !is_on)
        return status;
    if (rules == NULL || rules->first == NULL)
        return HF_ERR_PROFILE_UNSUPPORTED;
    m->out->profile.on_demand = true;
    return HF_OK;
}

hf_status hf_mobileconfig_demand_override(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    bool is_locked;
    hf_status status = hf_mobileconfig_truth(value, &is_locked);

    if (status == HF_OK && is_locked)
        hf_mobileconfig_lock(m, "on-demand");
    return status;
}
