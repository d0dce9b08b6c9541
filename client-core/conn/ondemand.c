/* On-demand rules: see <holdfast/ondemand.h>. */
#include <holdfast/ondemand.h>

#include <string.h>

static uint8_t lower(char c)
{
    return (uint8_t)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool is_same_domain(const char *a, const char *b)
{
    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return *a == '\0' && *b == '\0';
}

/* "*.corp.example" matches what is below it, as Apple's rules do, and not the name itself. */
static bool does_domain_match(const char *pattern, const char *domain)
{
    size_t length = strlen(domain), wanted;

    if (strncmp(pattern, "*.", 2) != 0)
        return is_same_domain(pattern, domain);
    wanted = strlen(pattern + 1);
    return length > wanted && is_same_domain(pattern + 1, domain + length - wanted);
}

/* One "*" stands for any octets: "10.1.*". */
static bool does_resolver_match(const char *pattern, const hf_address *address)
{
    const char *star = strchr(pattern, '*');
    size_t before = star == NULL ? 0 : (size_t)(star - pattern), after, length;
    char text[HF_ADDRESS_TEXT_MAX];

    length = strlen(hf_address_format(address, text));
    if (star == NULL)
        return is_same_domain(pattern, text);
    after = strlen(star + 1);
    return length >= before + after && strncmp(pattern, text, before) == 0 &&
           strcmp(star + 1, text + length - after) == 0;
}

static bool has_domain(const struct hf_profile_words *wanted, const struct hf_network_facts *facts)
{
    for (size_t i = 0; i < wanted->count; i++) {
        for (size_t n = 0; n < facts->domain_count; n++) {
            if (does_domain_match(wanted->words[i], facts->domains[n]))
                return true;
        }
    }
    return wanted->count == 0;
}

static bool has_resolver(const struct hf_profile_words *wanted,
                         const struct hf_network_facts *facts)
{
    for (size_t i = 0; i < wanted->count; i++) {
        for (size_t n = 0; n < facts->resolver_count; n++) {
            if (does_resolver_match(wanted->words[i], &facts->resolvers[n].address))
                return true;
        }
    }
    return wanted->count == 0;
}

static bool has_ssid(const struct hf_profile_words *wanted, const char *ssid)
{
    for (size_t i = 0; i < wanted->count && ssid != NULL; i++) {
        if (strcmp(wanted->words[i], ssid) == 0)
            return true;
    }
    return wanted->count == 0 || ssid == NULL;
}

/* As far as is known: an SSID that is not, and a URL that nobody asked, are left to doubt_of. */
static bool might_fit(const struct hf_profile_rule *rule, const struct hf_network_facts *facts,
                      const char *ssid)
{
    if (rule->disabled)
        return false;
    if (rule->interface != HF_INTERFACE_ANY && rule->interface != facts->interface)
        return false;
    return has_domain(&rule->domains, facts) && has_resolver(&rule->resolvers, facts) &&
           has_ssid(&rule->ssids, ssid);
}

static enum hf_ondemand_doubt doubt_of(const struct hf_profile_rule *rule, bool by_admin,
                                       const char *ssid)
{
    if (rule->ssids.count > 0 && ssid == NULL)
        return HF_ONDEMAND_UNKNOWN_SSID;
    if (rule->probe[0] != '\0')
        return HF_ONDEMAND_UNPROBED;
    if (!by_admin && hf_profile_rule_is_fakeable(rule))
        return HF_ONDEMAND_FAKEABLE;
    return HF_ONDEMAND_NO_DOUBT;
}

static enum hf_ondemand_verdict verdict_of(enum hf_profile_rule_action action)
{
    switch (action) {
    case HF_RULE_CONNECT:
        return HF_ONDEMAND_CONNECT;
    case HF_RULE_DISCONNECT:
        return HF_ONDEMAND_DISCONNECT;
    case HF_RULE_IGNORE:
        break;
    }
    return HF_ONDEMAND_IGNORE;
}

struct hf_ondemand_answer hf_ondemand_decide(const struct hf_profile *profile, bool by_admin,
                                             const struct hf_network_facts *facts, const char *ssid)
{
    struct hf_ondemand_answer answer = { .verdict = HF_ONDEMAND_NONE };

    for (size_t i = 0; i < profile->rule_count; i++) {
        const struct hf_profile_rule *rule = &profile->rules[i];
        enum hf_ondemand_doubt doubt = doubt_of(rule, by_admin, ssid);

        if (!might_fit(rule, facts, ssid))
            continue;
        if (doubt == HF_ONDEMAND_NO_DOUBT) {
            answer.verdict = verdict_of(rule->action);
            answer.rule = i;
            return answer;
        }
        if (answer.doubt == HF_ONDEMAND_NO_DOUBT) {
            answer.doubt = doubt;
            answer.doubted = i;
        }
    }
    return answer;
}

const char *hf_ondemand_verdict_name(enum hf_ondemand_verdict verdict)
{
    static const char *const names[] = { "none", "connect", "disconnect", "ignore" };

    return names[verdict];
}

const char *hf_ondemand_doubt_text(enum hf_ondemand_doubt doubt)
{
    static const char *const texts[] = { "", "names an SSID, which is not known",
                                         "names a URL, which is not asked",
                                         "would stop protection by what any network can claim" };

    return texts[doubt];
}
