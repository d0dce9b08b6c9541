/* Every key that the .mobileconfig importer knows, as rows for the table that tests print. */
#include "profile/mobileconfig.h"

static const struct hf_mobileconfig_table *const tables[] = {
    &hf_mobileconfig_top,          &hf_mobileconfig_payload,   &hf_mobileconfig_vpn_table,
    &hf_mobileconfig_ipv4,         &hf_mobileconfig_dns_table, &hf_mobileconfig_proxies,
    &hf_mobileconfig_ikev2_table,  &hf_mobileconfig_ike_suite, &hf_mobileconfig_esp_suite,
    &hf_mobileconfig_demand_table, &hf_mobileconfig_always_on, &hf_mobileconfig_tunnel,
    &hf_mobileconfig_ppp,          &hf_mobileconfig_ipsec,     &hf_mobileconfig_pkcs12,
    &hf_mobileconfig_anchor,       &hf_mobileconfig_enrolment,
};

bool hf_mobileconfig_row_at(size_t index, struct hf_import_row *out)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(tables); i++) {
        if (index < tables[i]->count) {
            const struct hf_mobileconfig_key *key = &tables[i]->keys[index];

            *out = (struct hf_import_row){ .group = tables[i]->group,
                                           .key = key->key,
                                           .is_applied = key->apply != NULL ||
                                                         key->severity == HF_NOTICE_APPLIED,
                                           .severity = key->severity,
                                           .effect = key->text != NULL ? key->text : "" };
            return true;
        }
        index -= tables[i]->count;
    }
    return false;
}
