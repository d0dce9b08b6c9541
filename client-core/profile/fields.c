/* The rows of the native profile: see fields.h. */
#include "profile/fields.h"

#include <stddef.h>

#define FIELD(type, group_name, key_name, field_kind, member)                                      \
    .group = group_name, .key = key_name, .kind = field_kind, .offset = offsetof(type, member)
#define LIST_FIELD(type, member, counter)                                                          \
    .size = sizeof(((type *)0)->member[0]), .count_offset = offsetof(type, counter),               \
    .max = HF_ARRAY_LEN(((type *)0)->member)

/* Of the profile; RECORD_... of an entry of one of its lists. */
#define ONE(kind, group, key, member)                                                              \
    {                                                                                              \
        FIELD(struct hf_profile, group, key, HF_FIELD_##kind, member)                              \
    }
#define TEXT(group, key, member)                                                                   \
    {                                                                                              \
        FIELD(struct hf_profile, group, key, HF_FIELD_TEXT, member),                               \
            .size = sizeof(((struct hf_profile *)0)->member)                                       \
    }
#define NAME(group, key, member, list)                                                             \
    {                                                                                              \
        FIELD(struct hf_profile, group, key, HF_FIELD_NAME, member), .names = list                 \
    }
#define LIST(kind, group, key, member, counter)                                                    \
    {                                                                                              \
        FIELD(struct hf_profile, group, key, HF_FIELD_##kind, member),                             \
            LIST_FIELD(struct hf_profile, member, counter)                                         \
    }
#define RECORDS(group, key, member, counter, table)                                                \
    {                                                                                              \
        FIELD(struct hf_profile, group, key, HF_FIELD_RECORDS, member),                            \
            LIST_FIELD(struct hf_profile, member, counter), .records = &(table)                    \
    }
#define ALGORITHMS(group, key, member) LIST(TEXTS, group, key, member.names, member.count)
#define WORDS(group, key, member)      LIST(TEXTS, group, key, member.words, member.count)

#define RECORD_ONE(type, kind, key, member)                                                        \
    {                                                                                              \
        FIELD(type, NULL, key, HF_FIELD_##kind, member)                                            \
    }
#define RECORD_TEXT(type, key, member)                                                             \
    {                                                                                              \
        FIELD(type, NULL, key, HF_FIELD_TEXT, member), .size = sizeof(((type *)0)->member)         \
    }
#define RECORD_NAME(type, key, member, list)                                                       \
    {                                                                                              \
        FIELD(type, NULL, key, HF_FIELD_NAME, member), .names = list                               \
    }
#define RECORD_LIST(type, kind, key, member, counter)                                              \
    {                                                                                              \
        FIELD(type, NULL, key, HF_FIELD_##kind, member), LIST_FIELD(type, member, counter)         \
    }
#define RECORD_WORDS(type, key, member) RECORD_LIST(type, TEXTS, key, member.words, member.count)
#define TABLE(rows)                                                                                \
    {                                                                                              \
        rows, HF_ARRAY_LEN(rows)                                                                   \
    }

static const char *const protocols[] = { "ikev2", "l2tp", NULL };
static const char *const auths[] = {
    "certificate", "psk", "eap-tls", "eap", "certificate-eap", NULL
};
static const char *const levels[] = { "default", "cnsa1", "cnsa2", "pq-strict", "legacy", NULL };
static const char *const tls_versions[] = { "1.2", "1.3", NULL };
static const char *const locks[] = { "session", "always", "off", NULL };
static const char *const identity_types[] = { "auto", "address", "fqdn", "email",
                                              "dn",   "key-id",  NULL };
static const char *const revocations[] = { "off", "soft", "hard", NULL };
static const char *const scopes[] = { "user", "system", "device", NULL };
static const char *const otps[] = { "none", "ask", "append", NULL };
static const char *const actions[] = { "connect", "disconnect", "ignore", NULL };
static const char *const interfaces[] = { "any", "ethernet", "wifi", "cellular", NULL };

static const struct hf_profile_field rule_fields[] = {
    RECORD_NAME(struct hf_profile_rule, "action", action, actions),
    RECORD_ONE(struct hf_profile_rule, BOOL, "disabled", disabled),
    RECORD_NAME(struct hf_profile_rule, "interface", interface, interfaces),
    RECORD_WORDS(struct hf_profile_rule, "ssids", ssids),
    RECORD_WORDS(struct hf_profile_rule, "domains", domains),
    RECORD_WORDS(struct hf_profile_rule, "resolvers", resolvers),
    RECORD_TEXT(struct hf_profile_rule, "probe", probe),
};
static const struct hf_profile_field filter_fields[] = {
    RECORD_ONE(struct hf_profile_filter, BOOL, "inbound", inbound),
    RECORD_ONE(struct hf_profile_filter, NUMBER, "protocol", protocol),
    RECORD_LIST(struct hf_profile_filter, PREFIXES, "remote", remote, remote_count),
    RECORD_LIST(struct hf_profile_filter, PREFIXES, "local", local, local_count),
    RECORD_LIST(struct hf_profile_filter, PORTS, "remote-ports", remote_ports, remote_port_count),
    RECORD_LIST(struct hf_profile_filter, PORTS, "local-ports", local_ports, local_port_count),
};
static const struct hf_profile_field split_fields[] = {
    RECORD_TEXT(struct hf_profile_split, "domain", domain),
    RECORD_ONE(struct hf_profile_split, BOOL, "exact", exact),
    RECORD_LIST(struct hf_profile_split, ADDRESSES, "servers", resolvers, resolver_count),
};
static const struct hf_profile_table rule_table = TABLE(rule_fields);
static const struct hf_profile_table filter_table = TABLE(filter_fields);
static const struct hf_profile_table split_table = TABLE(split_fields);

static const struct hf_profile_field profile_fields[] = {
    TEXT(NULL, "id", id),
    TEXT(NULL, "name", name),
    TEXT(NULL, "source-key", source_key),
    TEXT(NULL, "organization", organization),
    TEXT(NULL, "consent", consent),
    NAME(NULL, "scope", scope, scopes),
    WORDS(NULL, "locked", locked),
    ONE(TIME, NULL, "removal-date", removal_date),
    NAME(NULL, "protocol", protocol, protocols),
    LIST(TEXTS, NULL, "gateways", gateways, gateway_count),
    ONE(NUMBER, NULL, "port", port),
    TEXT(NULL, "remote-identity", remote_identity),
    NAME(NULL, "remote-identity-type", remote_identity_type, identity_types),
    TEXT(NULL, "local-identity", local_identity),
    NAME(NULL, "local-identity-type", local_identity_type, identity_types),
    NAME(NULL, "auth", auth, auths),
    ONE(BOOL, NULL, "gateway-psk", gateway_uses_psk),
    ONE(BOOL, "eap", "only", eap_only),
    WORDS("eap", "methods", eap_methods),
    TEXT(NULL, "eap-identity", eap_identity),
    TEXT(NULL, "eap-server-identity", eap_server_identity),
    NAME("tls", "min", tls_min, tls_versions),
    NAME("tls", "max", tls_max, tls_versions),
    TEXT(NULL, "key-uri", key_uri),
    NAME(NULL, "otp", otp, otps),
    ONE(BOOL, NULL, "save-secrets", save_secrets),
    TEXT("ppk", "id", ppk_id),
    ONE(BOOL, "ppk", "required", ppk_required),
    ONE(PEM, NULL, "trust", trust),
    ONE(BOOL, NULL, "system-trust", system_trust),
    WORDS(NULL, "trust-thumbprints", trust_thumbprints),
    NAME(NULL, "revocation", revocation, revocations),
    NAME(NULL, "level", level, levels),
    ALGORITHMS("ike", "encryption", ike_encryption),
    ALGORITHMS("ike", "prf", ike_prf),
    ALGORITHMS("ike", "integrity", ike_integrity),
    ALGORITHMS("ike", "groups", ike_groups),
    ONE(SECONDS, "ike", "lifetime", ike_lifetime),
    ONE(SECONDS, "ike", "liveness", liveness),
    ONE(SECONDS, "ike", "keepalive", keepalive),
    ONE(BOOL, "ike", "no-mobike", no_mobike),
    ONE(BOOL, "ike", "no-redirect", no_redirect),
    ONE(BOOL, "ike", "no-fragmentation", no_fragmentation),
    ALGORITHMS("esp", "encryption", esp_encryption),
    ALGORITHMS("esp", "integrity", esp_integrity),
    ALGORITHMS("esp", "groups", esp_groups),
    ONE(SECONDS, "esp", "lifetime", child_lifetime),
    ONE(BOOL, "esp", "allow-without-pfs", allow_child_without_pfs),
    ONE(BOOL, "compatibility", "common-name", allow_common_name),
    ONE(BOOL, "compatibility", "any-purpose", allow_any_purpose),
    ONE(SECONDS, NULL, "idle-limit", idle_limit),
    ONE(NUMBER, NULL, "mtu", mtu_bytes),
    ONE(BOOL, "request", "ipv4", request_ip4),
    ONE(BOOL, "request", "ipv6", request_ip6),
    ONE(BOOL, NULL, "split", split),
    LIST(PREFIXES, NULL, "include", include, include_count),
    LIST(PREFIXES, NULL, "exclude", exclude, exclude_count),
    ONE(BOOL, "block", "ipv4", block_ip4),
    ONE(BOOL, "block", "ipv6", block_ip6),
    RECORDS(NULL, "filters", filters, filter_count, filter_table),
    LIST(ADDRESSES, "dns", "servers", resolvers, resolver_count),
    LIST(TEXTS, "dns", "domains", domains, domain_count),
    RECORDS("dns", "split", splits, split_count, split_table),
    NAME(NULL, "kill-switch", lock, locks),
    ONE(BOOL, NULL, "allow-lan", allow_lan),
    ONE(BOOL, NULL, "auto-connect", auto_connect),
    ONE(BOOL, NULL, "at-login", at_login),
    ONE(BOOL, NULL, "on-demand", on_demand),
    RECORDS(NULL, "rules", rules, rule_count, rule_table),
    ONE(BOOL, "l2tp", "clear", l2tp.clear),
    TEXT("l2tp", "user", l2tp.user),
    TEXT("l2tp", "domain", l2tp.domain),
    WORDS("l2tp", "methods", l2tp.methods),
    TEXT("l2tp", "group", l2tp.group),
    ONE(BOOL, "l2tp", "any-port", l2tp.any_port),
    ONE(NUMBER, "l2tp", "mru", l2tp.mru_bytes),
    ONE(SECONDS, "l2tp", "echo-interval", l2tp.echo_interval),
    ONE(NUMBER, "l2tp", "echo-failures", l2tp.echo_failures),
    ONE(ADDRESS, "l2tp", "address", l2tp.static_address),
    ONE(BOOL, "l2tp", "prefer-ikev2", l2tp.prefer_ikev2),
};
const struct hf_profile_table hf_profile_table = TABLE(profile_fields);
