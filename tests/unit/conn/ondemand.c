/* Tests of on-demand rules (holdfast/ondemand.h): a table of networks, and what each makes of a
 * profile's rules. */
#include "support/test.h"

#include <holdfast/ondemand.h>

#include <string.h>

/* A rule as a line of the table; NULL: matches anything. */
struct row {
    const char *name;
    struct {
        enum hf_profile_rule_action action;
        bool disabled;
        enum hf_profile_interface interface;
        const char *ssid, *domain, *resolver, *probe;
    } rules[3];
    size_t rule_count;
    bool by_admin;
    const char *ssid; /* of the network; NULL: not known */
    enum hf_ondemand_verdict verdict;
    size_t rule;
    enum hf_ondemand_doubt doubt;
};

/* The network: Ethernet, search domains corp.example and lab.corp.example, resolvers 192.0.2.53 and
 * 2001:db8::53. */
static const struct row table[] = {
#define ROW(text, ...) { .name = text, __VA_ARGS__ },
#include "conn/ondemand_rows.def"
#undef ROW
};

static struct hf_network_facts network(void)
{
    struct hf_network_facts facts = { .online = true, .interface = HF_INTERFACE_ETHERNET };

    memcpy(facts.domains[0], "corp.example", sizeof "corp.example");
    memcpy(facts.domains[1], "lab.corp.example", sizeof "lab.corp.example");
    facts.domain_count = 2;
    cr_assert(hf_address_parse(hf_bytes_of_string("192.0.2.53"), &facts.resolvers[0].address));
    cr_assert(hf_address_parse(hf_bytes_of_string("2001:db8::53"), &facts.resolvers[1].address));
    facts.resolver_count = 2;
    return facts;
}

static void put_word(struct hf_profile_words *words, const char *word)
{
    if (word == NULL)
        return;
    hf_copy(words->words[0], "another", sizeof "another");
    hf_copy(words->words[1], word, strlen(word) + 1);
    words->count = 2;
}

static void put_rules(struct hf_profile *profile, const struct row *row)
{
    profile->rule_count = row->rule_count;
    for (size_t i = 0; i < row->rule_count; i++) {
        struct hf_profile_rule *rule = &profile->rules[i];

        rule->action = row->rules[i].action;
        rule->disabled = row->rules[i].disabled;
        rule->interface = row->rules[i].interface;
        put_word(&rule->ssids, row->rules[i].ssid);
        put_word(&rule->domains, row->rules[i].domain);
        put_word(&rule->resolvers, row->rules[i].resolver);
        if (row->rules[i].probe != NULL)
            hf_copy(rule->probe, row->rules[i].probe, strlen(row->rules[i].probe) + 1);
    }
}

Test(ondemand, every_row_of_the_table)
{
    struct hf_network_facts facts = network();

    for (size_t i = 0; i < HF_ARRAY_LEN(table); i++) {
        const struct row *row = &table[i];
        struct hf_ondemand_answer answer;
        struct hf_profile profile;

        hf_profile_init(&profile);
        put_rules(&profile, row);
        answer = hf_ondemand_decide(&profile, row->by_admin, &facts, row->ssid);
        cr_expect_eq(answer.verdict, row->verdict, "%s: %s", row->name,
                     hf_ondemand_verdict_name(answer.verdict));
        cr_expect_eq(answer.doubt, row->doubt, "%s: %s", row->name,
                     hf_ondemand_doubt_text(answer.doubt));
        if (row->verdict != HF_ONDEMAND_NONE)
            cr_expect_eq(answer.rule, row->rule, "%s: rule %zu", row->name, answer.rule);
        hf_profile_clear(&profile);
    }
}

Test(ondemand, a_network_without_domains_or_resolvers_fits_no_rule_that_names_them)
{
    struct hf_network_facts facts = { .online = true };
    struct hf_profile profile;

    for (size_t i = 0; i < HF_ARRAY_LEN(table); i++) {
        if (table[i].rule_count != 1 ||
            (table[i].rules[0].domain == NULL && table[i].rules[0].resolver == NULL))
            continue;
        hf_profile_init(&profile);
        put_rules(&profile, &table[i]);
        cr_expect_eq(hf_ondemand_decide(&profile, true, &facts, NULL).verdict, HF_ONDEMAND_NONE,
                     "%s", table[i].name);
        hf_profile_clear(&profile);
    }
}
