/* Tests of the importer of Azure's VpnSettings.xml (profile/azure.c). Files are made here, with
 * keys of their own. */
#include "imports.h"
#include "support/pki.h"
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#define FILE_OF(inside)                                                                            \
    "<?xml version=\"1.0\" encoding=\"utf-8\"?><VpnProfile>" inside "</VpnProfile>"
#define SERVER "<VpnServer>azuregateway.example</VpnServer><VpnType>IkeV2,OpenVPN</VpnType>"

Test(azure, the_known_elements_become_a_profile)
{
    static char text[8192];
    struct hf_import in;

    (void)snprintf(
        text, sizeof text,
        FILE_OF(SERVER "<Auth>Certificate</Auth><Routes>10.1.0.0/16,10.2.0.0/16</Routes>"
                       "<CustomDnsServers>10.1.0.4, "
                       "10.1.0.5</CustomDnsServers><CaCert>%s</CaCert><Name>Cloud</Name><Novel/>"
                       "<RadiusServerRoot/><CustomDnsSuffixes>x</"
                       "CustomDnsSuffixes><SplitTunnel>true</SplitTunnel>"),
        imports_ca());
    imports_expect(text, &in);
    cr_expect_str_eq(in.format, "azure");
    cr_expect_str_eq(in.profile.name, "Cloud");
    cr_expect_str_eq(in.profile.gateways[0], "azuregateway.example");
    cr_expect_str_eq(in.profile.remote_identity, "azuregateway.example");
    cr_expect_eq(in.profile.auth, HF_PROFILE_AUTH_CERTIFICATE);
    cr_expect(in.profile.split && in.profile.include_count == 2 && in.profile.resolver_count == 2);
    cr_expect(in.profile.trust.len > 0 && !in.profile.system_trust);
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, "Novel");
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, "RadiusServerRoot");
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, "CustomDnsSuffixes");
    hf_import_clear(&in);
}

Test(azure, routes_and_resolvers_may_be_elements)
{
    struct hf_import in;

    imports_expect(FILE_OF(SERVER "<Auth>EAPMSCHAPv2</Auth><Routes><string>10.1.0.0/16</"
                                  "string><string>10.2.0.0/16</string></Routes>"
                                  "<CustomDnsServers><string>10.1.0.4</string></CustomDnsServers>"),
                   &in);
    cr_expect_eq(in.profile.include_count, 2u);
    cr_expect_eq(in.profile.resolver_count, 1u);
    cr_expect_eq(in.profile.auth, HF_PROFILE_AUTH_EAP);
    cr_expect_str_eq(in.profile.eap_methods.words[0], "eap-mschapv2");
    hf_import_clear(&in);
}

Test(azure, the_root_beside_the_file_is_trusted_or_the_systems)
{
    struct hf_import_attachment attachment = { .name = "VpnServerRoot.cer",
                                               .file = pki_der(pki_root("CN=Azure")) };
    struct hf_import_options options = { .attachments = &attachment, .attachment_count = 1 };
    struct hf_import in;
    struct hf_fault fault;

    imports_expect(FILE_OF(SERVER "<CaCert/><Routes/><CustomDnsServers/>"), &in);
    cr_expect(in.profile.system_trust && !in.profile.split);
    imports_expect_notice(&in, HF_NOTICE_APPLIED, "trust");
    imports_expect_notice(&in, HF_NOTICE_HARMLESS, "Auth");
    hf_import_clear(&in);
    cr_assert_eq(hf_import_decode(hf_bytes_of_string(FILE_OF(SERVER)), &options, &in, &fault),
                 HF_OK);
    cr_expect(in.profile.trust.len > 0 && !in.profile.system_trust);
    hf_import_clear(&in);
    attachment.file = hf_bytes_of_string("no certificate");
    cr_expect_eq(hf_import_decode(hf_bytes_of_string(FILE_OF(SERVER)), &options, &in, &fault),
                 HF_ERR_PROFILE_INVALID);
    cr_expect_str_eq(fault.received, "VpnServerRoot.cer");
}

Test(azure, an_unknown_shape_fails_clearly)
{
    imports_expect_refused(FILE_OF(""), HF_ERR_PROFILE_INVALID, "VpnServer");
    imports_expect_refused(FILE_OF("<VpnServer>a.example</VpnServer>"), HF_ERR_PROFILE_INVALID,
                           "VpnType");
    imports_expect_refused(FILE_OF("<VpnServer>a.example</VpnServer><VpnType>OpenVPN</VpnType>"),
                           HF_ERR_UNSUPPORTED_PROTOCOL, "VpnType");
    imports_expect_refused(FILE_OF(SERVER "<Auth>AAD</Auth>"), HF_ERR_PROFILE_UNSUPPORTED, "Auth");
    imports_expect_refused(FILE_OF(SERVER "<Routes>ten</Routes>"), HF_ERR_PROFILE_INVALID,
                           "Routes");
    imports_expect_refused(FILE_OF(SERVER "<CustomDnsServers>dns.example</CustomDnsServers>"),
                           HF_ERR_PROFILE_INVALID, "CustomDnsServers");
    imports_expect_refused(FILE_OF(SERVER "<CaCert>AQID</CaCert>"), HF_ERR_PROFILE_INVALID,
                           "CaCert");
    imports_expect_refused(
        "<AzVpnProfile xmlns=\"http://schemas.example/\"><serverlist/></AzVpnProfile>",
        HF_ERR_UNSUPPORTED_PROTOCOL, "AzVpnProfile");
    imports_expect_refused("<VpnSettings>", HF_ERR_PROFILE_INVALID, "file");
}

#define FULL                                                                                       \
    FILE_OF("<VpnServer>azuregateway.example</VpnServer><VpnType>IkeV2</"                          \
            "VpnType><Auth>Certificate</Auth><Name>Cloud</Name>"                                   \
            "<Routes>10.64.0.0/10</Routes><CustomDnsServers>10.66.0.1</CustomDnsServers>")

Test(azure, every_truncation_is_refused)
{
    imports_expect_truncations(FULL);
}

Test(azure, a_hostile_value_changes_nothing_else)
{
    static const struct imports_field fields[] = {
        {"azuregateway.example", " gateways remote-identity "},
        { "Cloud",               " id name "                 },
        { "10.64.0.0/10",        " include split "           },
        { "10.66.0.1",           " dns "                     },
    };

    imports_expect_contained(FULL, fields, HF_ARRAY_LEN(fields), imports_escape_xml);
}
