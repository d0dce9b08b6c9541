/* The rows of the native profile: see fields.h. */
#include "profile/fields.h"

#include <stddef.h>

#define MEMBER(member) offsetof(struct hf_profile, member)
#define SIZE(member)   sizeof(((struct hf_profile *)0)->member)

#define TEXT(group, key, member)                                                                   \
    {                                                                                              \
        group, key, HF_FIELD_TEXT, MEMBER(member), SIZE(member), 0, 0, NULL                        \
    }
#define BOOL(group, key, member)                                                                   \
    {                                                                                              \
        group, key, HF_FIELD_BOOL, MEMBER(member), 0, 0, 0, NULL                                   \
    }
#define NUMBER(group, key, member)                                                                 \
    {                                                                                              \
        group, key, HF_FIELD_NUMBER, MEMBER(member), 0, 0, 0, NULL                                 \
    }
#define SECONDS(group, key, member)                                                                \
    {                                                                                              \
        group, key, HF_FIELD_SECONDS, MEMBER(member), 0, 0, 0, NULL                                \
    }
#define NAME(group, key, member, names)                                                            \
    {                                                                                              \
        group, key, HF_FIELD_NAME, MEMBER(member), 0, 0, 0, names                                  \
    }
#define LIST(group, key, kind, member, count)                                                      \
    {                                                                                              \
        group, key, kind, MEMBER(member), SIZE(member[0]), MEMBER(count),                          \
            SIZE(member) / SIZE(member[0]), NULL                                                   \
    }
#define ALGORITHMS(group, key, member) LIST(group, key, HF_FIELD_TEXTS, member.names, member.count)

static const char *const protocols[] = { "ikev2", "l2tp", NULL };
static const char *const auths[] = { "certificate", "psk", "eap-tls", NULL };
static const char *const levels[] = { "default", NULL };
static const char *const tls_versions[] = { "1.2", "1.3", NULL };
static const char *const locks[] = { "session", "always", "off", NULL };

const struct hf_profile_field hf_profile_fields[] = {
    TEXT(NULL, "id", id),
    TEXT(NULL, "name", name),
    NAME(NULL, "protocol", protocol, protocols),
    LIST(NULL, "gateways", HF_FIELD_TEXTS, gateways, gateway_count),
    NUMBER(NULL, "port", port),
    TEXT(NULL, "remote-identity", remote_identity),
    TEXT(NULL, "local-identity", local_identity),
    NAME(NULL, "auth", auth, auths),
    BOOL(NULL, "gateway-psk", gateway_uses_psk),
    TEXT(NULL, "eap-identity", eap_identity),
    TEXT(NULL, "eap-server-identity", eap_server_identity),
    NAME("tls", "min", tls_min, tls_versions),
    NAME("tls", "max", tls_max, tls_versions),
    {NULL, "trust", HF_FIELD_PEM, MEMBER(trust), 0, 0, 0, NULL},
    NAME(NULL, "level", level, levels),
    ALGORITHMS("ike", "encryption", ike_encryption),
    ALGORITHMS("ike", "prf", ike_prf),
    ALGORITHMS("ike", "integrity", ike_integrity),
    ALGORITHMS("ike", "groups", ike_groups),
    SECONDS("ike", "lifetime", ike_lifetime),
    SECONDS("ike", "liveness", liveness),
    SECONDS("ike", "keepalive", keepalive),
    ALGORITHMS("esp", "encryption", esp_encryption),
    ALGORITHMS("esp", "integrity", esp_integrity),
    SECONDS("esp", "lifetime", child_lifetime),
    BOOL("esp", "allow-without-pfs", allow_child_without_pfs),
    BOOL("compatibility", "common-name", allow_common_name),
    BOOL("compatibility", "any-purpose", allow_any_purpose),
    NUMBER(NULL, "mtu", mtu_bytes),
    BOOL("request", "ipv4", request_ip4),
    BOOL("request", "ipv6", request_ip6),
    BOOL(NULL, "split", split),
    LIST(NULL, "include", HF_FIELD_PREFIXES, include, include_count),
    LIST(NULL, "exclude", HF_FIELD_PREFIXES, exclude, exclude_count),
    LIST("dns", "servers", HF_FIELD_ADDRESSES, resolvers, resolver_count),
    LIST("dns", "domains", HF_FIELD_TEXTS, domains, domain_count),
    NAME(NULL, "kill-switch", lock, locks),
    BOOL(NULL, "allow-lan", allow_lan),
    BOOL(NULL, "auto-connect", auto_connect),
};
const size_t hf_profile_field_count = HF_ARRAY_LEN(hf_profile_fields);
