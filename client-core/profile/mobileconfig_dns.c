/* The dictionaries DNS and Proxies of a .mobileconfig. */
#include "profile/mobileconfig.h"

#include "profile/text.h"

#include <string.h>

static hf_status apply_servers(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    struct hf_profile *profile = &m->out->profile;
    bool all = true;

    if (value->kind != HF_PLIST_ARRAY)
        return HF_ERR_PROFILE_INVALID;
    for (const struct hf_plist *entry = value->first; entry != NULL; entry = entry->next) {
        hf_address address;

        if (profile->resolver_count < HF_PROFILE_RESOLVERS &&
            hf_address_parse(hf_plist_text(entry), &address))
            profile->resolvers[profile->resolver_count++] = address;
        else
            all = false;
    }
    return all ? HF_OK
               : hf_mobileconfig_say(m, HF_NOTICE_UNSUPPORTED,
                                     "not all of them are addresses, or there are over eight");
}

static bool add_domain(struct hf_profile *profile, hf_bytes domain)
{
    for (size_t i = 0; i < profile->domain_count; i++) {
        if (hf_bytes_equal_nocase(hf_bytes_of_string(profile->domains[i]), domain))
            return true;
    }
    return profile->domain_count < HF_PLAN_DOMAINS && hf_text_is_host_name(domain) &&
           hf_text_copy(domain, profile->domains[profile->domain_count++], HF_PLAN_DOMAIN_MAX);
}

#define NOT_ALL_DOMAINS "not all of them are domains, or there are over eight"

static hf_status apply_domain(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return add_domain(&m->out->profile, hf_plist_text(value)) ? HF_OK : HF_ERR_PROFILE_UNSUPPORTED;
}

static hf_status apply_search(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    bool all = true;

    if (value->kind != HF_PLIST_ARRAY)
        return HF_ERR_PROFILE_INVALID;
    for (const struct hf_plist *entry = value->first; entry != NULL; entry = entry->next)
        all = add_domain(&m->out->profile, hf_plist_text(entry)) && all;
    return all ? HF_OK : hf_mobileconfig_say(m, HF_NOTICE_UNSUPPORTED, NOT_ALL_DOMAINS);
}

static hf_bytes without_dots(hf_bytes domain)
{
    if (domain.len != 0 && domain.data[0] == '.')
        domain = hf_bytes_slice(domain, 1, domain.len - 1);
    if (domain.len != 0 && domain.data[domain.len - 1] == '.')
        domain.len--;
    return domain;
}

static bool add_split(struct hf_profile *profile, hf_bytes domain)
{
    struct hf_profile_split split = { .exact = false };

    domain = without_dots(domain);
    if (profile->split_count == HF_PROFILE_SPLITS || !hf_text_is_host_name(domain) ||
        !hf_text_copy(domain, split.domain, sizeof split.domain))
        return false;
    profile->splits[profile->split_count++] = split;
    return true;
}

static bool has_empty_entry(const struct hf_plist *list)
{
    for (const struct hf_plist *entry = list->first; entry != NULL; entry = entry->next) {
        if (entry->kind == HF_PLIST_STRING && entry->value.len == 0)
            return true;
    }
    return false;
}

/* Names that are asked inside the tunnel. What cannot be listed must not be asked outside, so then
 * all of them are asked inside. */
static hf_status apply_match(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    struct hf_profile *profile = &m->out->profile;

    if (value->kind != HF_PLIST_ARRAY)
        return HF_ERR_PROFILE_INVALID;
    profile->split_count = 0;
    if (has_empty_entry(value))
        return hf_mobileconfig_say(m, HF_NOTICE_APPLIED, "every name is asked in the tunnel");
    for (const struct hf_plist *entry = value->first; entry != NULL; entry = entry->next) {
        if (!add_split(profile, hf_plist_text(entry))) {
            profile->split_count = 0;
            return hf_mobileconfig_say(m, HF_NOTICE_UNSUPPORTED,
                                       "over sixteen, or not all of them are domains: every name "
                                       "is asked in the tunnel");
        }
    }
    return HF_OK;
}

/* 0 is the default: what is matched is searched in too. */
static hf_status apply_no_search(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    const struct hf_plist *match = hf_plist_get(m->dict, "SupplementalMatchDomains");
    bool is_on;
    hf_status status = hf_mobileconfig_truth(value, &is_on);

    if (status != HF_OK || is_on || match == NULL || match->kind != HF_PLIST_ARRAY)
        return status;
    for (const struct hf_plist *entry = match->first; entry != NULL; entry = entry->next) {
        hf_bytes domain = without_dots(hf_plist_text(entry));

        if (domain.len != 0 && !add_domain(&m->out->profile, domain))
            return hf_mobileconfig_say(m, HF_NOTICE_UNSUPPORTED, NOT_ALL_DOMAINS);
    }
    return HF_OK;
}

static hf_status apply_protocol(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    (void)m;
    return hf_plist_is_text(value, "Cleartext") ? HF_OK : HF_ERR_PROFILE_UNSUPPORTED;
}

#define ENCRYPTED "resolvers are asked in the tunnel, which is encrypted, without TLS of their own"

static const struct hf_mobileconfig_key dns_keys[] = {
    {"ServerAddresses",                   HF_PLIST_ARRAY,   apply_servers,   HF_NOTICE_UNSUPPORTED, NULL          },
    { "SearchDomains",                    HF_PLIST_ARRAY,   apply_search,    HF_NOTICE_UNSUPPORTED, NULL          },
    { "DomainName",                       HF_PLIST_STRING,  apply_domain,    HF_NOTICE_UNSUPPORTED, "not a domain"},
    { "SupplementalMatchDomains",         HF_PLIST_ARRAY,   apply_match,     HF_NOTICE_UNSUPPORTED, NULL          },
    { "SupplementalMatchDomainsNoSearch", HF_PLIST_INTEGER, apply_no_search, HF_NOTICE_UNSUPPORTED,
     NULL                                                                                                         },
    { "DNSProtocol",                      HF_PLIST_STRING,  apply_protocol,  HF_NOTICE_UNSUPPORTED, ENCRYPTED     },
    { "ServerURL",                        HF_PLIST_STRING,  NULL,            HF_NOTICE_UNSUPPORTED, ENCRYPTED     },
    { "ServerName",                       HF_PLIST_STRING,  NULL,            HF_NOTICE_UNSUPPORTED, ENCRYPTED     },
    { "PayloadCertificateUUID",           HF_PLIST_STRING,  NULL,            HF_NOTICE_UNSUPPORTED, ENCRYPTED     },
};
const struct hf_mobileconfig_table hf_mobileconfig_dns_table =
    HF_MOBILECONFIG_TABLE("DNS", dns_keys, NULL);

hf_status hf_mobileconfig_dns(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return hf_mobileconfig_walk(m, value, "DNS", &hf_mobileconfig_dns_table);
}

#define PROXY(name, kind)                                                                          \
    {                                                                                              \
        name, HF_PLIST_##kind, NULL, HF_NOTICE_UNSUPPORTED, "proxies are not set"                  \
    }

static const struct hf_mobileconfig_key proxy_keys[] = {
    PROXY("HTTPEnable", INTEGER),
    PROXY("HTTPProxy", STRING),
    PROXY("HTTPPort", INTEGER),
    PROXY("HTTPProxyUsername", STRING),
    PROXY("HTTPProxyPassword", STRING),
    PROXY("HTTPSEnable", INTEGER),
    PROXY("HTTPSProxy", STRING),
    PROXY("HTTPSPort", INTEGER),
    PROXY("ProxyAutoConfigEnable", INTEGER),
    PROXY("ProxyAutoConfigURLString", STRING),
    PROXY("ProxyAutoDiscoveryEnable", INTEGER),
    PROXY("SupplementalMatchDomains", ARRAY),
};
const struct hf_mobileconfig_table hf_mobileconfig_proxies =
    HF_MOBILECONFIG_TABLE("Proxies", proxy_keys, NULL);

hf_status hf_mobileconfig_proxy(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    hf_status status = hf_mobileconfig_walk(m, value, "Proxies", &hf_mobileconfig_proxies);

    return status == HF_OK ? hf_mobileconfig_say(m, HF_NOTICE_UNSUPPORTED, "proxies are not set")
                           : status;
}
