/* Tests of the ChromeOS importer (profile/onc*.c). Files are made here, with keys of their own. */
#include "imports.h"
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#define FILE_OF(networks)                                                                          \
    "{\"Type\":\"UnencryptedConfiguration\",\"NetworkConfigurations\":[" networks "]}"
#define NETWORK(name, vpn)                                                                         \
    "{\"GUID\":\"{" name "}\",\"Name\":\"" name "\",\"Type\":\"VPN\",\"VPN\":{" vpn "}}"
#define PSK_IPSEC                                                                                  \
    "\"Type\":\"IPsec\",\"Host\":\"gateway.example\",\"IPsec\":{\"AuthenticationType\":\"PSK\","   \
    "\"IKEVersion\":2,"                                                                            \
    "\"PSK\":\"0123456789abcdef01234567\",\"LocalIdentity\":\"local.id\",\"RemoteIdentity\":"      \
    "\"remote.id\",\"SaveCredentials\":true}"
#define EAP_IPSEC(eap)                                                                             \
    "\"Type\":\"IPsec\",\"Host\":\"gateway.example\",\"IPsec\":{\"AuthenticationType\":\"EAP\","   \
    "\"IKEVersion\":2,\"EAP\":{" eap "}}"

Test(onc, a_pre_shared_key_is_imported)
{
    struct hf_import in;

    imports_expect(FILE_OF(NETWORK("Office", PSK_IPSEC ",\"AutoConnect\":true,\"Novel\":1")), &in);
    cr_expect_str_eq(in.format, "onc");
    cr_expect_str_eq(in.profile.name, "Office");
    cr_expect_str_eq(in.profile.source_key, "{Office}");
    cr_expect(in.profile.auth == HF_PROFILE_AUTH_PSK && in.profile.gateway_uses_psk);
    cr_expect_str_eq(in.profile.local_identity, "local.id");
    cr_expect_str_eq(in.profile.remote_identity, "remote.id");
    cr_expect(in.profile.save_secrets && in.profile.auto_connect);
    cr_expect_eq(in.secrets.values[HF_SECRET_PSK].len, 24u);
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, "NetworkConfigurations.VPN.Novel");
    hf_import_clear(&in);
}

Test(onc, certificates_of_the_file_are_taken_by_their_guid)
{
    static char text[8192];
    struct hf_import in;
    struct hf_fault fault;

    (void)snprintf(
        text, sizeof text,
        "{\"NetworkConfigurations\":[" NETWORK(
            "Office",
            "\"Type\":\"IPsec\",\"Host\":\"gateway.example\",\"IPsec\":{"
            "\"AuthenticationType\":\"Cert\",\"IKEVersion\":\"2\",\"ServerCARefs\":[\"{ca}\"],"
            "\"ServerCARef\":\"{ca}\",\"ClientCertType\":\"Ref\","
            "\"ClientCertRef\":\"{me}\"}") "],\"Certificates\":[{\"GUID\":\"{ca}\",\"Type\":"
                                           "\"Authority\",\"X509\":\"%s\"},"
                                           "{\"GUID\":\"{me}\",\"Type\":\"Client\",\"PKCS12\":\"%"
                                           "s\"}],\"GlobalNetworkConfiguration\":{}}",
        imports_ca(), imports_pkcs12(""));
    imports_expect(text, &in);
    cr_expect_eq(in.profile.auth, HF_PROFILE_AUTH_CERTIFICATE);
    cr_expect(in.profile.trust.len > 0 && !in.profile.system_trust);
    cr_expect_gt(in.secrets.values[HF_SECRET_PRIVATE_KEY].len, 0u);
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, "GlobalNetworkConfiguration");
    hf_import_clear(&in);
    memcpy(strstr(text, "{ca}\"]"), "{xx}", 4);
    cr_expect_eq(imports_decode(text, &in, &fault), HF_ERR_PROFILE_INVALID);
    cr_expect_str_eq(fault.received, "NetworkConfigurations.VPN.IPsec.ServerCARefs");
}

Test(onc, l2tp_has_a_user)
{
    struct hf_import in;

    imports_expect(
        FILE_OF(NETWORK(
            "Old", "\"Type\":\"L2TP-IPsec\",\"Host\":\"192.0.2.1\",\"IPsec\":{"
                   "\"AuthenticationType\":\"PSK\","
                   "\"IKEVersion\":1,\"PSK\":\"0123456789abcdef01234567\",\"Group\":\"staff\","
                   "\"XAUTH\":{}},\"L2TP\":{\"Username\":\"ann\","
                   "\"Password\":\"secret\",\"SaveCredentials\":false,\"LcpEchoDisabled\":true}")),
        &in);
    cr_expect_eq(in.profile.protocol, HF_PROTOCOL_L2TP);
    cr_expect_str_eq(in.profile.l2tp.user, "ann");
    cr_expect_str_eq(in.profile.l2tp.group, "staff");
    cr_expect_eq(in.secrets.values[HF_SECRET_PASSWORD].len, 6u);
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED,
                          "NetworkConfigurations.VPN.L2TP.LcpEchoDisabled");
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, "NetworkConfigurations.VPN.IPsec.XAUTH");
    hf_import_clear(&in);
}

Test(onc, eap_has_methods_and_variables_are_asked_for)
{
    struct hf_import in;

    imports_expect(
        FILE_OF(NETWORK(
            "Office",
            EAP_IPSEC(
                "\"Outer\":\"MSCHAPv2\",\"Identity\":\"${LOGIN_ID}\",\"Password\":\"${PASSWORD}\","
                "\"SaveCredentials\":\"1\",\"AnonymousIdentity\":\"x\",\"Inner\":\"Automatic\","
                "\"SubjectMatch\":\"aaa.example\"") ",\"Recommended\":[\"Host\"]")),
        &in);
    cr_expect_eq(in.profile.auth, HF_PROFILE_AUTH_EAP);
    cr_expect_str_eq(in.profile.eap_methods.words[0], "eap-mschapv2");
    cr_expect_str_eq(in.profile.eap_identity, "");
    cr_expect_str_eq(in.profile.eap_server_identity, "aaa.example");
    cr_expect_eq(in.secrets.values[HF_SECRET_PASSWORD].len, 0u);
    cr_expect(in.profile.system_trust && in.profile.save_secrets);
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED,
                          "NetworkConfigurations.VPN.IPsec.EAP.Identity");
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED,
                          "NetworkConfigurations.VPN.IPsec.EAP.Password");
    hf_import_clear(&in);
    imports_expect(
        FILE_OF(NETWORK(
            "Office",
            EAP_IPSEC(
                "\"Outer\":\"EAP-TLS\",\"ClientCertType\":\"Pattern\",\"ClientCertPattern\":{}"))),
        &in);
    cr_expect_eq(in.profile.auth, HF_PROFILE_AUTH_EAP_TLS);
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED,
                          "NetworkConfigurations.VPN.IPsec.EAP.ClientCertPattern");
    hf_import_clear(&in);
}

Test(onc, one_of_several_networks_is_picked_and_the_others_are_named)
{
    static const char *const text =
        FILE_OF("{\"GUID\":\"w\",\"Type\":\"WiFi\"}," NETWORK("A", PSK_IPSEC) "," NETWORK(
            "B", PSK_IPSEC) ",{\"GUID\":\"r\",\"Type\":\"VPN\",\"Remove\":true}");
    struct hf_import_options options = { .pick = hf_bytes_of_string("B") };
    struct hf_import in;
    struct hf_fault fault;

    imports_expect(text, &in);
    cr_expect_str_eq(in.profile.name, "A");
    cr_assert_eq(in.other_count, 1u);
    cr_expect_str_eq(in.others[0], "B");
    hf_import_clear(&in);
    cr_assert_eq(hf_import_decode(hf_bytes_of_string(text), &options, &in, &fault), HF_OK);
    cr_expect_str_eq(in.profile.name, "B");
    cr_expect_str_eq(in.others[0], "A");
    hf_import_clear(&in);
    options.pick = hf_bytes_of_string("C");
    cr_expect_eq(hf_import_decode(hf_bytes_of_string(text), &options, &in, &fault),
                 HF_ERR_NOT_FOUND);
}

Test(onc, what_cannot_be_imported_is_refused_in_plain_words)
{
    imports_expect_refused("{\"Type\":\"EncryptedConfiguration\",\"Cipher\":\"AES256\"}",
                           HF_ERR_PROFILE_UNSUPPORTED, "Type");
    imports_expect_refused(FILE_OF("{\"Type\":\"WiFi\"}"), HF_ERR_PROFILE_UNSUPPORTED,
                           "NetworkConfigurations");
    imports_expect_refused(FILE_OF(""), HF_ERR_PROFILE_UNSUPPORTED, "NetworkConfigurations");
    imports_expect_refused(
        FILE_OF(NETWORK("A", "\"Type\":\"OpenVPN\",\"Host\":\"a\",\"OpenVPN\":{}")),
        HF_ERR_UNSUPPORTED_PROTOCOL, "NetworkConfigurations.VPN.Type");
    imports_expect_refused(
        FILE_OF(NETWORK("A", "\"Type\":\"IPsec\",\"Host\":\"a.example\",\"IPsec\":{"
                             "\"AuthenticationType\":\"PSK\",\"IKEVersion\":1}")),
        HF_ERR_UNSUPPORTED_PROTOCOL, "VPN.IPsec.IKEVersion");
    imports_expect_refused(
        FILE_OF(NETWORK("A", "\"Type\":\"IPsec\",\"Host\":\"a.example\",\"IPsec\":{}")),
        HF_ERR_PROFILE_INVALID, "VPN.IPsec.AuthenticationType");
    imports_expect_refused(FILE_OF(NETWORK("A", EAP_IPSEC("\"Outer\":\"LEAP\""))),
                           HF_ERR_PROFILE_INVALID, "NetworkConfigurations.VPN.IPsec.EAP.Outer");
}

#define FULL FILE_OF(NETWORK("Office", PSK_IPSEC))

Test(onc, every_truncation_is_refused)
{
    imports_expect_truncations(FULL);
}

Test(onc, a_hostile_value_changes_nothing_else)
{
    static const struct imports_field fields[] = {
        {"{Office}",                  " source-key "     },
        { "gateway.example",          " gateways "       },
        { "0123456789abcdef01234567", ""                 },
        { "local.id",                 " local-identity " },
        { "remote.id",                " remote-identity "},
    };

    imports_expect_contained(FULL, fields, HF_ARRAY_LEN(fields), imports_escape_json);
}
