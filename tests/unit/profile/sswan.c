/* Tests of the .sswan importer (profile/sswan.c). Files are made here, with keys of their own. */
#include "imports.h"
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#define HEAD                                                                                       \
    "{\"uuid\":\"00000000-1111-2222-3333-444444444444\",\"name\":\"Office\",\"type\":\"ikev2-"     \
    "eap\","
#define REMOTE     "\"remote\":{\"addr\":\"gateway.example\"}"
#define FILE_OF(x) HEAD REMOTE x "}"

Test(sswan, a_profile_with_every_key_is_imported)
{
    static char text[8192];
    struct hf_import in;

    (void)snprintf(text, sizeof text,
                   "{\"uuid\":\"0-1\",\"name\":\"Office\",\"type\":\"ikev2-cert-eap\",\"remote\":{"
                   "\"addr\":\"gateway.example\","
                   "\"port\":\"4501\",\"id\":\"gw.example\",\"cert\":\"%s\",\"certreq\":\"true\","
                   "\"revocation\":{\"crl\":true,"
                   "\"ocsp\":\"false\",\"strict\":1}},\"local\":{\"eap_id\":\"ann\",\"id\":\"ann@"
                   "example\",\"shared_secret\":"
                   "\"pass "
                   "word\",\"p12\":\"%s\",\"rsa-pss\":\"true\"},\"ike-proposal\":\"aes256gcm16-"
                   "prfsha384-ecp384\","
                   "\"esp-proposal\":[\"aes256gcm16\",\"aes128-sha256\"],\"split-tunneling\":{"
                   "\"subnets\":[\"10.0.0.0/8\","
                   "\"192.0.2.1\"],\"excluded\":\"10.1.0.0/16 "
                   "10.2.0.0-10.2.0.3\",\"block-ipv4\":\"true\",\"block-ipv6\":true},"
                   "\"dns-servers\":\"10.0.0.1 "
                   "2001:db8::1\",\"mtu\":\"1400\",\"nat-keepalive\":45,\"proxy\":{\"host\":\"p\","
                   "\"port\":8080,\"exclusions\":[]},\"ipv6-transport\":true,\"apps\":[\"a\"],"
                   "\"excluded-apps\":\"b\",\"novel\":1}",
                   imports_ca(), imports_pkcs12(""));
    imports_expect(text, &in);
    cr_expect_str_eq(in.format, "sswan");
    cr_expect_str_eq(in.profile.source_key, "0-1");
    cr_expect_str_eq(in.profile.name, "Office");
    cr_expect_eq(in.profile.auth, HF_PROFILE_AUTH_CERTIFICATE_EAP);
    cr_expect_str_eq(in.profile.gateways[0], "gateway.example");
    cr_expect_eq(in.profile.port, 4501u);
    cr_expect_str_eq(in.profile.remote_identity, "gw.example");
    cr_expect(in.profile.trust.len > 0 && !in.profile.system_trust);
    cr_expect_eq(in.profile.revocation, HF_PROFILE_REVOCATION_HARD);
    cr_expect_str_eq(in.profile.eap_identity, "ann");
    cr_expect_str_eq(in.profile.local_identity, "ann@example");
    cr_expect(hf_bytes_equal(hf_buf_bytes(&in.secrets.values[HF_SECRET_PASSWORD]),
                             hf_bytes_of_string("pass word")));
    cr_expect(in.secrets.values[HF_SECRET_PRIVATE_KEY].len > 0 &&
              in.secrets.values[HF_SECRET_CERTIFICATES].len > 0);
    cr_expect_str_eq(in.profile.ike_groups.names[0], "ecp384");
    cr_expect_eq(in.profile.esp_encryption.count, 2u);
    cr_expect_str_eq(in.profile.esp_integrity.names[0], "sha256");
    cr_expect(in.profile.split && in.profile.include_count == 2 && in.profile.exclude_count == 2);
    cr_expect(in.profile.block_ip4 && in.profile.block_ip6);
    cr_expect_eq(in.profile.resolver_count, 2u);
    cr_expect_eq(in.profile.mtu_bytes, 1400u);
    cr_expect_eq(in.profile.keepalive, HF_SECONDS(45));
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, "proxy.host");
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, "apps");
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, "excluded-apps");
    imports_expect_notice(&in, HF_NOTICE_HARMLESS, "ipv6-transport");
    imports_expect_notice(&in, HF_NOTICE_HARMLESS, "local.rsa-pss");
    imports_expect_notice(&in, HF_NOTICE_UNSAFE, "local.shared_secret");
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, "novel");
    hf_import_clear(&in);
}

Test(sswan, what_is_left_out_has_strongswans_meaning)
{
    struct hf_import in;

    imports_expect(
        HEAD REMOTE ",\"local\":{\"eap_id\":\"ann\"},\"split-tunneling\":{\"subnets\":\"\"}}", &in);
    cr_expect(in.profile.system_trust && !in.profile.split);
    cr_expect_eq(in.profile.auth, HF_PROFILE_AUTH_EAP);
    cr_expect_str_eq(in.profile.local_identity, "ann");
    cr_expect_eq(in.profile.revocation, HF_PROFILE_REVOCATION_SOFT);
    hf_import_clear(&in);
    imports_expect(HEAD "\"remote\":{\"addr\":\"gateway.example\",\"revocation\":{\"crl\":false,"
                        "\"ocsp\":false,\"x\":1}},\"mtu\":400,"
                        "\"nat-keepalive\":3}",
                   &in);
    cr_expect_eq(in.profile.revocation, HF_PROFILE_REVOCATION_OFF);
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, "mtu");
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, "nat-keepalive");
    hf_import_clear(&in);
}

Test(sswan, every_type_has_its_way_to_authenticate)
{
    static const struct {
        const char *name;
        enum hf_profile_auth auth;
    } types[] = {
        {"ikev2-eap",       HF_PROFILE_AUTH_EAP            },
        { "ikev2-cert",     HF_PROFILE_AUTH_CERTIFICATE    },
        { "ikev2-cert-eap", HF_PROFILE_AUTH_CERTIFICATE_EAP},
        { "ikev2-eap-tls",  HF_PROFILE_AUTH_EAP_TLS        }
    };
    char text[300];

    for (size_t i = 0; i < HF_ARRAY_LEN(types); i++) {
        struct hf_import in;

        (void)snprintf(text, sizeof text,
                       "{\"uuid\":\"u\",\"type\":\"%s\",\"name\":\"n\"," REMOTE "}", types[i].name);
        imports_expect(text, &in);
        cr_expect_eq(in.profile.auth, types[i].auth);
        hf_import_clear(&in);
    }
    imports_expect_refused("{\"uuid\":\"u\",\"type\":\"ikev2-byod-eap\"," REMOTE "}",
                           HF_ERR_PROFILE_UNSUPPORTED, "type");
    imports_expect_refused("{\"uuid\":\"u\",\"type\":\"wireguard\"," REMOTE "}",
                           HF_ERR_PROFILE_UNSUPPORTED, "type");
}

Test(sswan, broken_values_are_refused_with_their_path)
{
    imports_expect_refused(HEAD "\"remote\":{}}", HF_ERR_PROFILE_INVALID, "remote.addr");
    imports_expect_refused(HEAD "\"remote\":\"gateway.example\"}", HF_ERR_PROFILE_INVALID,
                           "remote");
    imports_expect_refused(HEAD "\"remote\":{\"addr\":\"$SERVER\"}}", HF_ERR_PROFILE_INVALID,
                           "gateways");
    imports_expect_refused(HEAD "\"remote\":{\"addr\":\"a.example\",\"port\":0}}",
                           HF_ERR_PROFILE_INVALID, "remote.port");
    imports_expect_refused(HEAD "\"remote\":{\"addr\":\"a.example\",\"cert\":\"AQID\"}}",
                           HF_ERR_PROFILE_INVALID, "remote.cert");
    imports_expect_refused(FILE_OF(",\"local\":{\"p12\":\"AQID\"}"), HF_ERR_CREDENTIAL_INVALID,
                           "local.p12");
    imports_expect_refused(FILE_OF(",\"split-tunneling\":{\"subnets\":[\"ten\"]}"),
                           HF_ERR_PROFILE_INVALID, "split-tunneling.subnets");
    imports_expect_refused(FILE_OF(",\"split-tunneling\":{\"block-ipv6\":\"maybe\"}"),
                           HF_ERR_PROFILE_INVALID, "split-tunneling.block-ipv6");
    imports_expect_refused(FILE_OF(",\"dns-servers\":[\"dns.example\"]"), HF_ERR_PROFILE_INVALID,
                           "dns-servers");
}

Test(sswan, a_key_that_is_protected_asks_for_its_passphrase)
{
    static char text[8192];
    struct hf_import in;
    struct hf_fault fault;
    struct hf_import_options options = { .passphrase = hf_bytes_of_string("right") };

    (void)snprintf(text, sizeof text, FILE_OF(",\"local\":{\"p12\":\"%s\"}"),
                   imports_pkcs12("right"));
    imports_expect_refused(text, HF_ERR_CREDENTIAL_PASSPHRASE, "local.p12");
    cr_expect_eq(hf_import_decode(hf_bytes_of_string(text), &options, &in, &fault), HF_OK);
    cr_expect_gt(in.secrets.values[HF_SECRET_PRIVATE_KEY].len, 0u);
    hf_import_clear(&in);
}

Test(sswan, a_native_profile_is_told_apart)
{
    struct hf_import in;
    struct hf_fault fault;

    cr_expect_eq(
        imports_decode(
            "{\"version\":1,\"name\":\"a\",\"gateways\":[\"g.example\"],\"system-trust\":true}",
            &in, &fault),
        HF_OK);
    cr_expect_str_eq(in.format, "native");
    hf_import_clear(&in);
    cr_expect_neq(imports_decode("{\"uuid\":\"u\",\"name\":\"a\"}", &in, &fault), HF_OK);
}

#define FULL                                                                                       \
    HEAD "\"remote\":{\"addr\":\"gateway.example\",\"id\":\"remote.id\"},\"local\":{\"eap_id\":"   \
         "\"ann\",\"id\":\"local.id\","                                                            \
         "\"shared_secret\":\"pa55word\"},\"ike-proposal\":\"aes256-sha256-ecp384\",\"esp-"        \
         "proposal\":\"aes128gcm16\","                                                             \
         "\"split-tunneling\":{\"subnets\":[\"10.64.0.0/10\"],\"excluded\":\"10.65.0.0/"           \
         "16\"},\"dns-servers\":[\"10.66.0.1\"],"                                                  \
         "\"mtu\":\"1411\",\"nat-keepalive\":\"77\"}"

Test(sswan, every_truncation_is_refused)
{
    imports_expect_truncations(FULL);
}

Test(sswan, a_hostile_value_changes_nothing_else)
{
    static const struct imports_field fields[] = {
        {"00000000-1111-2222-3333-444444444444", " source-key "     },
        { "Office",                              " id name "        },
        { "gateway.example",                     " gateways "       },
        { "remote.id",                           " remote-identity "},
        { "ann",                                 " eap-identity "   },
        { "local.id",                            " local-identity " },
        { "pa55word",                            ""                 },
        { "aes256-sha256-ecp384",                " ike "            },
        { "aes128gcm16",                         " esp "            },
        { "10.64.0.0/10",                        " include split "  },
        { "10.65.0.0/16",                        " exclude "        },
        { "10.66.0.1",                           " dns "            },
        { "1411",                                " mtu "            },
        { "77",                                  " ike "            },
    };

    imports_expect_contained(FULL, fields, HF_ARRAY_LEN(fields), imports_escape_json);
}
