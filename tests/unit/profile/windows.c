/* Tests of the ProfileXML importer (profile/windows*.c). Files are made here. */
#include "imports.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define E(name, text)      "<" name ">" text "</" name ">"
#define CERTIFICATE        E("Authentication", E("MachineMethod", "Certificate"))
#define IKEV2              E("NativeProtocolType", "IKEv2")
#define SERVER             E("Servers", "vpn.example")
#define NATIVE(inside)     E("NativeProfile", SERVER inside)
#define PLAIN_NATIVE       NATIVE(IKEV2 CERTIFICATE)
#define PROFILE(inside)    E("VPNProfile", inside)
#define PROVISIONING       "http://www.microsoft.com/provisioning/"
#define IN(name, ns, text) "<" name " xmlns=\"" PROVISIONING ns "\">" text "</" name ">"
#define THUMBPRINT         "00 11 22 33 44 55 66 77 88 99 AA bb cc dd ee ff 00 11 22 33 "
#define VALIDATION                                                                                 \
    E("ServerValidation",                                                                          \
      E("DisableUserPromptForServerValidation", "true")                                            \
          E("ServerNames", "nps.example;NPS.example") E("TrustedRootCA", THUMBPRINT))
#define TLS_TYPE                                                                                   \
    IN("EapType", "EapTlsConnectionPropertiesV1",                                                  \
       E("CredentialsSource",                                                                      \
         E("CertificateStore",                                                                     \
           E("SimpleCertSelection",                                                                \
             "true"))) VALIDATION E("DifferentUsername",                                           \
                                    "false") IN("PerformServerValidation",                         \
                                                "EapTlsConnectionPropertiesV2", "true")            \
           IN("AcceptServerName", "EapTlsConnectionPropertiesV2", "true") IN(                      \
               "TLSExtensions", "EapTlsConnectionPropertiesV2",                                    \
               IN("FilteringInfo", "EapTlsConnectionPropertiesV3",                                 \
                  "<AllPurposeEnabled>true</AllPurposeEnabled>"                                    \
                  "<CAHashList Enabled=\"true\"><IssuerHash>00 11</IssuerHash></CAHashList>"       \
                  "<EKUMapping><EKUMap><EKUName>a</EKUName><EKUOID>1.2.3</EKUOID></EKUMap></"      \
                  "EKUMapping>"                                                                    \
                  "<ClientAuthEKUList Enabled=\"true\"/><AnyPurposeEKUList Enabled=\"true\"/>")))
#define EAP(type, config)                                                                          \
    E("Eap",                                                                                       \
      E("Configuration",                                                                           \
        IN("EapHostConfig", "EapHostConfig",                                                       \
           E("EapMethod", IN("Type", "EapCommon", type) IN("VendorId", "EapCommon", "0")           \
                              IN("VendorType", "EapCommon", "0") IN("AuthorId", "EapCommon", "0")) \
               IN("Config", "EapHostConfig", config))))
#define EAP_PART(type, inside) IN("Eap", "BaseEapConnectionPropertiesV1", E("Type", type) inside)
#define EAP_USER(eap)          E("Authentication", E("UserMethod", "Eap") E("MachineMethod", "Eap") eap)
#define EAP_PROFILE(eap)       PROFILE(NATIVE(IKEV2 EAP_USER(eap)))

Test(windows, a_device_tunnel_becomes_a_profile)
{
    struct hf_import in;

    imports_expect(
        PROFILE(E("AlwaysOn", "TRUE") E("DeviceTunnel", "1") E("ProfileName", "Work") PLAIN_NATIVE),
        &in);
    cr_expect_str_eq(in.format, "profilexml");
    cr_expect_str_eq(in.profile.name, "Work");
    cr_expect_str_eq(in.profile.gateways[0], "vpn.example");
    cr_expect_eq(in.profile.protocol, HF_PROTOCOL_IKEV2);
    cr_expect_eq(in.profile.auth, HF_PROFILE_AUTH_CERTIFICATE);
    cr_expect_eq(in.profile.scope, HF_PROFILE_SCOPE_DEVICE);
    cr_expect(in.profile.auto_connect && in.profile.system_trust && !in.profile.split);
    imports_expect_notice(&in, HF_NOTICE_APPLIED, "NativeProfile.Authentication.MachineMethod");
    hf_import_clear(&in);
}

Test(windows, servers_are_taken_once_each_without_their_friendly_names)
{
    struct hf_import in;

    imports_expect(
        PROFILE(E("NativeProfile",
                  E("Servers", "a.example;a.example, b.example;Berlin,A.example ,192.0.2.1")
                      IKEV2 CERTIFICATE)),
        &in);
    cr_assert_eq(in.profile.gateway_count, 3u);
    cr_expect_str_eq(in.profile.gateways[1], "b.example");
    cr_expect_str_eq(in.profile.gateways[2], "192.0.2.1");
    hf_import_clear(&in);
}

Test(windows, flags_lock_and_protect)
{
    struct hf_import in;

    imports_expect(PROFILE(PLAIN_NATIVE E("LockDown", "True") E("RememberCredentials", "true") E(
                       "DisableIKEv2Fragmentation", "true") E("DnsSuffix", "a.example, b.example")
                               E("TrustedNetworkDetection", "corp.example,lab.example")),
                   &in);
    cr_expect_eq(in.profile.lock, HF_LOCK_ALWAYS);
    cr_expect(in.profile.auto_connect && in.profile.save_secrets && in.profile.no_fragmentation);
    cr_expect_eq(in.profile.locked.count, 2u);
    cr_expect_str_eq(in.profile.locked.words[0], "edit");
    cr_expect_str_eq(in.profile.locked.words[1], "disconnect");
    cr_expect_str_eq(in.profile.domains[1], "b.example");
    cr_assert_eq(in.profile.rule_count, 1u);
    cr_expect(in.profile.rules[0].disabled);
    cr_expect_eq(in.profile.rules[0].action, HF_RULE_IGNORE);
    cr_expect_str_eq(in.profile.rules[0].domains.words[1], "lab.example");
    imports_expect_notice(&in, HF_NOTICE_UNSAFE, "TrustedNetworkDetection");
    hf_import_clear(&in);
    imports_expect(PROFILE(PLAIN_NATIVE E("LockDown", "false") E("AlwaysOn", "0")
                               E("DisableAdvancedOptionsEditButton", "true")
                                   E("DisableDisconnectButton", "false")),
                   &in);
    cr_expect_eq(in.profile.lock, HF_LOCK_SESSION);
    cr_expect(!in.profile.auto_connect && in.profile.locked.count == 1);
    hf_import_clear(&in);
    imports_expect_refused(PROFILE(PLAIN_NATIVE E("LockDown", "perhaps")), HF_ERR_PROFILE_INVALID,
                           "LockDown");
}

Test(windows, what_we_do_not_do_is_told_and_every_key_is_accounted_for)
{
    static const struct {
        enum hf_notice_severity severity;
        const char *path;
    } told[] = {
        {HF_NOTICE_UNSUPPORTED,  "RegisterDNS"                       },
        { HF_NOTICE_UNSUPPORTED, "ByPassForLocal"                    },
        { HF_NOTICE_UNSUPPORTED, "EdpModeId"                         },
        { HF_NOTICE_UNSUPPORTED, "APNBinding"                        },
        { HF_NOTICE_UNSUPPORTED, "Proxy.Manual.Server"               },
        { HF_NOTICE_UNSUPPORTED, "Proxy.AutoConfigUrl"               },
        { HF_NOTICE_UNSUPPORTED, "AppTrigger[0]"                     },
        { HF_NOTICE_UNSUPPORTED, "AppTrigger[1]"                     },
        { HF_NOTICE_UNSUPPORTED, "DeviceCompliance.Enabled"          },
        { HF_NOTICE_UNSUPPORTED, "DeviceCompliance.Sso.Enabled"      },
        { HF_NOTICE_UNSUPPORTED, "DeviceCompliance.Sso.Eku"          },
        { HF_NOTICE_UNSUPPORTED, "DeviceCompliance.Sso.IssuerHash"   },
        { HF_NOTICE_HARMLESS,    "NetworkOutageTime"                 },
        { HF_NOTICE_HARMLESS,    "IPv4InterfaceMetric"               },
        { HF_NOTICE_HARMLESS,    "IPv6InterfaceMetric"               },
        { HF_NOTICE_HARMLESS,    "UseRasCredentials"                 },
        { HF_NOTICE_HARMLESS,    "DataEncryption"                    },
        { HF_NOTICE_HARMLESS,    "PrivateNetwork"                    },
        { HF_NOTICE_HARMLESS,    "AlwaysOnActive"                    },
        { HF_NOTICE_HARMLESS,    "NativeProfile.PlumbIKEv2TSAsRoutes"},
        { HF_NOTICE_UNSUPPORTED, "Novel"                             },
        { HF_NOTICE_UNSUPPORTED, "NativeProfile.Novel"               },
        { HF_NOTICE_UNSUPPORTED, "NativeProfile.Servers"             }, /* the second time */
        { HF_NOTICE_HARMLESS,    ""                                  }, /* a stray character */
    };
    struct hf_import in;

    imports_expect(
        PROFILE(">" E("RegisterDNS", "true") E("ByPassForLocal", "true") E("EdpModeId",
                                                                           "x") E("APNBinding", "x")
                    E("Proxy", E("Manual", E("Server", "p:1")) E("AutoConfigUrl", "http://p/"))
                        E("AppTrigger", "<App/>") E("AppTrigger", "<App/>")
                            E("DeviceCompliance",
                              E("Enabled", "true") E("Sso", E("Enabled", "true") E("Eku", "1.2")
                                                                E("IssuerHash", "00")))
                                E("NetworkOutageTime", "0") E("IPv4InterfaceMetric", "3")
                                    E("IPv6InterfaceMetric", "3") E("UseRasCredentials", "true")
                                        E("DataEncryption", "Max") E("PrivateNetwork", "true")
                                            E("AlwaysOnActive", "1") E("Novel", "x") NATIVE(
                                                IKEV2 CERTIFICATE E("PlumbIKEv2TSAsRoutes", "true")
                                                    E("Novel", "y") E("Servers", "evil.example"))),
        &in);
    for (size_t i = 0; i < HF_ARRAY_LEN(told); i++)
        imports_expect_notice(&in, told[i].severity, told[i].path);
    cr_expect_eq(in.notice_count, HF_ARRAY_LEN(told) + 4u); /* server, protocol, method, trust */
    cr_expect_eq(in.profile.gateway_count, 1u);
    hf_import_clear(&in);
}

Test(windows, plug_ins_and_other_protocols_are_refused_in_plain_words)
{
    imports_expect_refused(PROFILE(E("PluginProfile", E("ServerUrlList", "x"))),
                           HF_ERR_PROFILE_UNSUPPORTED, "PluginProfile");
    imports_expect_refused(PROFILE(NATIVE(E("NativeProtocolType", "SSTP") CERTIFICATE)),
                           HF_ERR_UNSUPPORTED_PROTOCOL, "NativeProfile.NativeProtocolType");
    imports_expect_refused(PROFILE(NATIVE(E("NativeProtocolType", "PPTP") CERTIFICATE)),
                           HF_ERR_UNSUPPORTED_PROTOCOL, "NativeProfile.NativeProtocolType");
    imports_expect_refused(PROFILE(NATIVE(E("NativeProtocolType", "Smoke") CERTIFICATE)),
                           HF_ERR_PROFILE_INVALID, "NativeProfile.NativeProtocolType");
    imports_expect_refused(PROFILE(NATIVE(IKEV2)), HF_ERR_PROFILE_INVALID,
                           "NativeProfile.Authentication");
    imports_expect_refused(PROFILE(""), HF_ERR_PROFILE_INVALID, "NativeProfile");
    imports_expect_refused(PROFILE(E("DeviceTunnel", "true") NATIVE(IKEV2 EAP_USER(""))),
                           HF_ERR_PROFILE_INVALID, "DeviceTunnel");
    imports_expect_refused(
        PROFILE(NATIVE(IKEV2 E("Authentication", E("MachineMethod", "PresharedKey")))),
        HF_ERR_PROFILE_UNSUPPORTED, "NativeProfile.Authentication.MachineMethod");
    imports_expect_refused("<VPNProfile><NativeProfile>", HF_ERR_PROFILE_INVALID, "file");
    imports_expect_refused("<!DOCTYPE a [<!ENTITY x 'y'>]><VPNProfile>&x;</VPNProfile>",
                           HF_ERR_PROFILE_INVALID, "file");
}

Test(windows, protocols_of_a_list_are_taken_ikev2_first)
{
    struct hf_import in;

    imports_expect(PROFILE(NATIVE(E("NativeProtocolType", "ProtocolList") E(
                       "ProtocolList", E("NativeProtocolList", E("Type", "SSTP"))
                                           E("NativeProtocolList", E("Type", "L2TP"))
                                               E("NativeProtocolList", E("Type", "IKEv2"))
                                                   E("RetryTimeInHours", "168")) CERTIFICATE)),
                   &in);
    cr_expect_eq(in.profile.protocol, HF_PROTOCOL_IKEV2);
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED,
                          "NativeProfile.ProtocolList.NativeProtocolList[0].Type");
    imports_expect_notice(&in, HF_NOTICE_HARMLESS, "NativeProfile.ProtocolList.RetryTimeInHours");
    hf_import_clear(&in);
}

Test(windows, l2tp_has_a_key_for_the_machine_and_a_method_for_the_user)
{
    struct hf_import in;

    imports_expect(
        PROFILE(NATIVE(E("NativeProtocolType", "L2TP") E("L2tpPsk", " a key with spaces ")
                           E("Authentication", E("UserMethod", "MSChapv2")))),
        &in);
    cr_expect_eq(in.profile.protocol, HF_PROTOCOL_L2TP);
    cr_expect(in.profile.auth == HF_PROFILE_AUTH_PSK && in.profile.gateway_uses_psk);
    cr_expect_str_eq(in.profile.l2tp.methods.words[0], "mschapv2");
    cr_expect_eq(in.secrets.values[HF_SECRET_PSK].len, strlen(" a key with spaces "));
    hf_import_clear(&in);
    imports_expect(PROFILE(NATIVE(E("NativeProtocolType", "L2TP") E(
                       "Authentication", E("MachineMethod", "Certificate") E("UserMethod", "Eap")
                                             EAP("13", EAP_PART("13", TLS_TYPE))))),
                   &in);
    cr_expect_eq(in.profile.auth, HF_PROFILE_AUTH_CERTIFICATE);
    cr_expect_str_eq(in.profile.l2tp.methods.words[0], "eap-tls");
    hf_import_clear(&in);
    imports_expect(PROFILE(NATIVE(E("NativeProtocolType", "Automatic")
                                      E("L2tpPsk", "0123456789abcdef0123456789")
                                          E("Authentication", E("UserMethod", "MSChapv2")))),
                   &in);
    cr_expect(in.profile.protocol == HF_PROTOCOL_L2TP && in.profile.l2tp.prefer_ikev2);
    hf_import_clear(&in);
    imports_expect(PROFILE(NATIVE(E("NativeProtocolType", "Automatic")
                                      E("L2tpPsk", "0123456789abcdef0123456789") CERTIFICATE)),
                   &in);
    cr_expect_eq(in.profile.protocol, HF_PROTOCOL_IKEV2);
    cr_expect_eq(in.secrets.values[HF_SECRET_PSK].len, 0u);
    imports_expect_notice(&in, HF_NOTICE_HARMLESS, "NativeProfile.L2tpPsk");
    hf_import_clear(&in);
}

Test(windows, suites_become_lists)
{
    struct hf_import in;

    imports_expect(
        PROFILE(NATIVE(IKEV2 CERTIFICATE E(
            "CryptographySuite",
            E("EncryptionMethod", "AES_GCM_256") E("IntegrityCheckMethod", "SHA384")
                E("DHGroup", "ECP384") E("CipherTransformConstants", "AES256")
                    E("AuthenticationTransformConstants", "SHA256128") E("PfsGroup", "PFS2048")))),
        &in);
    cr_expect_str_eq(in.profile.ike_encryption.names[0], "aes256gcm16");
    cr_expect_str_eq(in.profile.ike_prf.names[0], "prfsha384");
    cr_expect_eq(in.profile.ike_integrity.count, 0u);
    cr_expect_str_eq(in.profile.ike_groups.names[0], "ecp384");
    cr_expect_str_eq(in.profile.esp_encryption.names[0], "aes256");
    cr_expect_str_eq(in.profile.esp_integrity.names[0], "sha256");
    cr_expect_str_eq(in.profile.esp_groups.names[0], "modp2048");
    hf_import_clear(&in);
    imports_expect(
        PROFILE(NATIVE(IKEV2 CERTIFICATE E(
            "CryptographySuite",
            E("EncryptionMethod", "DES3") E("IntegrityCheckMethod", "SHA1") E("DHGroup", "Group2")
                E("CipherTransformConstants", "GCMAES128")
                    E("AuthenticationTransformConstants", "GCMAES128") E("PfsGroup", "PFSMM")))),
        &in);
    cr_expect_str_eq(in.profile.ike_encryption.names[0], "3des");
    cr_expect_str_eq(in.profile.ike_integrity.names[0], "sha1");
    cr_expect_str_eq(in.profile.ike_prf.names[0], "prfsha1");
    cr_expect_str_eq(in.profile.ike_groups.names[0], "modp1024");
    cr_expect_str_eq(in.profile.esp_groups.names[0], "modp1024");
    cr_expect_eq(in.profile.esp_integrity.count, 0u);
    cr_expect_eq(in.profile.level, HF_PROFILE_LEVEL_DEFAULT); /* weakness is chosen by people */
    imports_expect_notice(&in, HF_NOTICE_UNSAFE,
                          "NativeProfile.CryptographySuite.EncryptionMethod");
    imports_expect_notice(&in, HF_NOTICE_UNSAFE, "NativeProfile.CryptographySuite.DHGroup");
    hf_import_clear(&in);
    imports_expect(
        PROFILE(NATIVE(IKEV2 CERTIFICATE E(
            "CryptographySuite",
            E("EncryptionMethod", "DES") E("IntegrityCheckMethod", "MD5") E("DHGroup", "Group1")
                E("CipherTransformConstants", "Rot13") E("PfsGroup", "None")))),
        &in);
    cr_expect_eq(in.profile.ike_encryption.count + in.profile.ike_prf.count +
                     in.profile.ike_groups.count,
                 0u);
    cr_expect(in.profile.allow_child_without_pfs);
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED,
                          "NativeProfile.CryptographySuite.CipherTransformConstants");
    imports_expect_notice(&in, HF_NOTICE_UNSAFE, "NativeProfile.CryptographySuite.PfsGroup");
    hf_import_clear(&in);
}

#define ROUTE(address, size, more)                                                                 \
    E("Route", E("Address", address) E("PrefixSize", size) E("Metric", "1") more)
Test(windows, routes_include_and_exclude)
{
    struct hf_import in;

    imports_expect(PROFILE(ROUTE("10.1.2.3", "8", "") ROUTE("2001:db8::", "32", "")
                               ROUTE("10.9.0.0", "16", E("ExclusionRoute", "true"))
                                   NATIVE(IKEV2 CERTIFICATE E("RoutingPolicyType", "SplitTunnel")
                                              E("DisableClassBasedDefaultRoute", "true"))),
                   &in);
    cr_expect(in.profile.split);
    cr_expect(in.profile.include_count == 2 && in.profile.exclude_count == 1);
    cr_expect_eq(in.profile.include[0].address.octets[1], 0u); /* host bits are cleared */
    cr_expect_null(imports_notice(&in, "NativeProfile.DisableClassBasedDefaultRoute.x"));
    hf_import_clear(&in);
    imports_expect(PROFILE(ROUTE("10.0.0.0", "8", "")
                               NATIVE(IKEV2 CERTIFICATE E("RoutingPolicyType", "ForceTunnel"))),
                   &in);
    cr_expect(!in.profile.split && in.profile.include_count == 0);
    imports_expect_notice(&in, HF_NOTICE_HARMLESS, "Route");
    hf_import_clear(&in);
    imports_expect(PROFILE(ROUTE("10.0.0.0", "8", "")
                               NATIVE(IKEV2 CERTIFICATE E("RoutingPolicyType", "SplitTunnel"))),
                   &in);
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED,
                          "NativeProfile.DisableClassBasedDefaultRoute");
    hf_import_clear(&in);
    imports_expect_refused(PROFILE(ROUTE("10.0.0.0", "33", "") PLAIN_NATIVE),
                           HF_ERR_PROFILE_INVALID, "Route[0]");
    imports_expect_refused(PROFILE(ROUTE("10.0.0.0", "8", "") ROUTE("ten", "8", "") PLAIN_NATIVE),
                           HF_ERR_PROFILE_INVALID, "Route[1]");
    imports_expect_refused(PROFILE(E("Route", "10.0.0.0/8") PLAIN_NATIVE), HF_ERR_PROFILE_INVALID,
                           "Route[0]");
}

Test(windows, filters_become_an_allow_list)
{
    struct hf_import in;
    const struct hf_profile_filter *filter;

    imports_expect(
        PROFILE(PLAIN_NATIVE E(
            "TrafficFilter",
            E("App", E("Id", "C:\\x.exe")) E("Protocol", "6") E("LocalPortRanges", "1-2, 7")
                E("RemotePortRanges", "80,443") E("LocalAddressRanges", "192.0.2.7")
                    E("RemoteAddressRanges", "10.0.0.0/8, 192.0.2.0-192.0.2.3")
                        E("RoutingPolicyType", "SplitTunnel") E("Direction", "inbound")
                            E("Claims", "x"))
                    E("TrafficFilter", E("Protocol", "17") E("RemoteAddressRanges", "*"))),
        &in);
    cr_assert_eq(in.profile.filter_count, 2u);
    filter = &in.profile.filters[0];
    cr_expect(filter->inbound && filter->protocol == 6);
    cr_expect(filter->local_port_count == 2 && filter->local_ports[0].last == 2);
    cr_expect(filter->remote_port_count == 2 && filter->remote_ports[1].first == 443);
    cr_expect(filter->local_count == 1 && filter->remote_count == 2 &&
              filter->remote[1].bits == 30);
    cr_expect_eq(in.profile.filters[1].remote_count, 0u);
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, "TrafficFilter[0].App");
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, "TrafficFilter[0].Claims");
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, "TrafficFilter[0].RoutingPolicyType");
    hf_import_clear(&in);
    imports_expect_refused(
        PROFILE(E("TrafficFilter", E("App", E("Id", "x"))) PLAIN_NATIVE E("LockDown", "true")),
        HF_ERR_PROFILE_UNSUPPORTED, "TrafficFilter[0].App");
    imports_expect_refused(PROFILE(E("TrafficFilter", E("Protocol", "256")) PLAIN_NATIVE),
                           HF_ERR_PROFILE_INVALID, "TrafficFilter[0].Protocol");
    imports_expect_refused(PROFILE(E("TrafficFilter", E("RemotePortRanges", "9-1")) PLAIN_NATIVE),
                           HF_ERR_PROFILE_INVALID, "TrafficFilter[0].RemotePortRanges");
    imports_expect_refused(
        PROFILE(E("TrafficFilter", E("RemoteAddressRanges", "10.0.0.9-10.0.0.1")) PLAIN_NATIVE),
        HF_ERR_PROFILE_INVALID, "TrafficFilter[0].RemoteAddressRanges");
    imports_expect_refused(PROFILE(E("TrafficFilter", E("RemoteAddressRanges",
                                                        "10.0.0.1-10.255.255.254")) PLAIN_NATIVE),
                           HF_ERR_PROFILE_UNSUPPORTED, "TrafficFilter[0].RemoteAddressRanges");
    imports_expect_refused(PROFILE(E("TrafficFilter", E("Direction", "up")) PLAIN_NATIVE),
                           HF_ERR_PROFILE_INVALID, "TrafficFilter[0].Direction");
}

#define NAMES(name, servers, more)                                                                 \
    E("DomainNameInformation", E("DomainName", name) E("DnsServers", servers) more)
Test(windows, rules_for_names_become_splits)
{
    struct hf_import in;

    imports_expect(
        PROFILE(NAMES(".corp.example", "10.0.0.1,2001:db8::1",
                      E("AutoTrigger", "true") E("Persistent", "true") E("WebProxyServers", "p"))
                    NAMES("host.corp.example", "10.0.0.2", E("AutoTrigger", "false"))
                        NAMES("out.example", "", "") NAMES(".", "10.0.0.3", "")
                            NATIVE(IKEV2 CERTIFICATE E("RoutingPolicyType", "SplitTunnel"))),
        &in);
    cr_assert_eq(in.profile.split_count, 2u);
    cr_expect_str_eq(in.profile.splits[0].domain, "corp.example");
    cr_expect(!in.profile.splits[0].exact && in.profile.splits[0].resolver_count == 2);
    cr_expect_str_eq(in.profile.splits[1].domain, "host.corp.example");
    cr_expect(in.profile.splits[1].exact);
    cr_expect_eq(in.profile.resolver_count, 1u);
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, "DomainNameInformation[0].AutoTrigger");
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, "DomainNameInformation[0].Persistent");
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, "DomainNameInformation[0].WebProxyServers");
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, "DomainNameInformation[2]");
    hf_import_clear(&in);
    imports_expect(PROFILE(NAMES(".corp.example", "10.0.0.1", "") PLAIN_NATIVE),
                   &in); /* all traffic: all names */
    cr_expect(in.profile.split_count == 0 && in.profile.resolver_count == 1);
    hf_import_clear(&in);
    imports_expect_refused(PROFILE(NAMES(".corp.example", "dns.example", "") PLAIN_NATIVE),
                           HF_ERR_PROFILE_INVALID, "DomainNameInformation[0]");
    imports_expect_refused(PROFILE(NAMES("a b", "10.0.0.1", "") PLAIN_NATIVE),
                           HF_ERR_PROFILE_INVALID, "DomainNameInformation[0]");
}

#define CONFIGURATION "NativeProfile.Authentication.Eap.Configuration.EapHostConfig"
#define METHOD        CONFIGURATION ".Config.Eap.EapType"
Test(windows, eap_tls_is_read_in_all_three_versions)
{
    struct hf_import in;

    imports_expect(EAP_PROFILE(EAP("13", EAP_PART("13", TLS_TYPE))), &in);
    cr_expect_eq(in.profile.auth, HF_PROFILE_AUTH_EAP_TLS);
    cr_expect_str_eq(in.profile.eap_server_identity, "nps.example");
    cr_assert_eq(in.profile.trust_thumbprints.count, 1u);
    cr_expect_str_eq(in.profile.trust_thumbprints.words[0],
                     "00112233445566778899aabbccddeeff00112233");
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED,
                          METHOD ".TLSExtensions.FilteringInfo.CAHashList");
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED,
                          METHOD ".TLSExtensions.FilteringInfo.EKUMapping");
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED,
                          METHOD ".TLSExtensions.FilteringInfo.ClientAuthEKUList");
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED,
                          METHOD ".TLSExtensions.FilteringInfo.AnyPurposeEKUList");
    imports_expect_notice(&in, HF_NOTICE_HARMLESS,
                          METHOD ".TLSExtensions.FilteringInfo.AllPurposeEnabled");
    for (size_t i = 0; i < in.notice_count; i++)
        cr_expect_str_neq(in.notices[i].text, "unknown key", "%s", in.notices[i].path);
    hf_import_clear(&in);
}

Test(windows, further_eap_methods_are_named)
{
    struct hf_import in;

    imports_expect(
        EAP_PROFILE(EAP(
            "25",
            EAP_PART(
                "25",
                IN("EapType", "MsPeapConnectionPropertiesV1",
                   VALIDATION E("FastReconnect", "true") E("InnerEapOptional", "true")
                       EAP_PART("26", IN("EapType", "MsChapV2ConnectionPropertiesV1",
                                         E("UseWinLogonCredentials", "true")))
                           E("EnableQuarantineChecks", "true") E("RequireCryptoBinding", "true") E(
                               "PeapExtensions",
                               E("PerformServerValidation", "false") E("AcceptServerName", "true")
                                   E("IdentityPrivacy", E("EnableIdentityPrivacy", "true") E(
                                                            "AnonymousUserName", "anonymous"))))))),
        &in);
    cr_expect_eq(in.profile.auth, HF_PROFILE_AUTH_EAP);
    cr_expect_str_eq(in.profile.eap_methods.words[0], "peap");
    cr_expect_str_eq(in.profile.eap_identity, "anonymous");
    imports_expect_notice(&in, HF_NOTICE_UNSAFE, METHOD ".PeapExtensions.PerformServerValidation");
    imports_expect_notice(&in, HF_NOTICE_UNSAFE, METHOD ".InnerEapOptional");
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, METHOD ".EnableQuarantineChecks");
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, METHOD ".Eap.EapType.UseWinLogonCredentials");
    for (size_t i = 0; i < in.notice_count; i++)
        cr_expect_str_neq(in.notices[i].text, "unknown key", "%s", in.notices[i].path);
    hf_import_clear(&in);
    imports_expect(
        EAP_PROFILE(EAP("25", EAP_PART("25", IN("EapType", "MsPeapConnectionPropertiesV1",
                                                EAP_PART("13", TLS_TYPE))))),
        &in);
    cr_expect_eq(in.profile.auth, HF_PROFILE_AUTH_EAP_TLS);
    hf_import_clear(&in);
    imports_expect(EAP_PROFILE(EAP("26", EAP_PART("26", ""))), &in);
    cr_expect_str_eq(in.profile.eap_methods.words[0], "eap-mschapv2");
    hf_import_clear(&in);
    imports_expect(
        EAP_PROFILE(EAP("21", IN("EapTtls", "EapTtlsConnectionPropertiesV1",
                                 E("ServerValidation", E("ServerNames", "aaa.example")
                                                           E("TrustedRootCAHash", THUMBPRINT)
                                                               E("DisablePrompt", "true"))
                                     E("Phase2Authentication", "<PAPAuthentication/>"
                                                               "<MSCHAPAuthentication/>")
                                         E("Phase1Identity", E("IdentityPrivacy", "true")
                                                                 E("AnonymousIdentity", "anon"))))),
        &in);
    cr_expect_str_eq(in.profile.eap_methods.words[0], "eap-ttls");
    cr_expect_str_eq(in.profile.eap_server_identity, "aaa.example");
    cr_expect_eq(in.profile.trust_thumbprints.count, 1u);
    hf_import_clear(&in);
    imports_expect(PROFILE(NATIVE(IKEV2 E("Authentication", E("UserMethod", "MsChapV2")))), &in);
    cr_expect_str_eq(in.profile.eap_methods.words[0], "eap-mschapv2");
    hf_import_clear(&in);
    imports_expect(EAP_PROFILE(E("Eap", "<Configuration><!-- to do --></Configuration>")), &in);
    cr_expect(in.profile.auth == HF_PROFILE_AUTH_EAP && in.profile.eap_methods.count == 0);
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED,
                          "NativeProfile.Authentication.Eap.Configuration");
    hf_import_clear(&in);
    imports_expect_refused(EAP_PROFILE(EAP("4", EAP_PART("4", ""))), HF_ERR_PROFILE_UNSUPPORTED,
                           "NativeProfile.Authentication.Eap");
    imports_expect_refused(
        EAP_PROFILE(EAP("13", EAP_PART("13", E("EapType", E("ServerValidation",
                                                            E("TrustedRootCA", "d2 d3 zz")))))),
        HF_ERR_PROFILE_INVALID, METHOD ".ServerValidation.TrustedRootCA[0]");
    imports_expect_refused(
        EAP_PROFILE(
            E("Eap", E("Configuration", "<EapHostConfig xmlns='urn:other'><a/></EapHostConfig>"))),
        HF_ERR_PROFILE_INVALID, CONFIGURATION);
}

Test(windows, a_pattern_for_server_names_is_not_taken_for_a_name)
{
    struct hf_import in;

    imports_expect(
        EAP_PROFILE(
            EAP("13", EAP_PART("13", E("EapType", E("ServerValidation",
                                                    E("ServerNames", "nps[0-9]+\\.example")))))),
        &in);
    cr_expect_str_eq(in.profile.eap_server_identity, "");
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, METHOD ".ServerValidation.ServerNames");
    hf_import_clear(&in);
}

Test(windows, the_profile_is_found_escaped_wrapped_and_in_utf16)
{
    static const char *const plain =
        "\xef\xbb\xbf<?xml version='1.0'?><!-- c -->" PROFILE(PLAIN_NATIVE);
    static const char *const escaped =
        "&lt;VPNProfile&gt;&lt;NativeProfile>&lt;Servers>vpn.example&lt;/Servers>"
        "&lt;NativeProtocolType>IKEv2&lt;/NativeProtocolType>&lt;Authentication>&lt;MachineMethod>"
        "Certificate&lt;/MachineMethod>&lt;/Authentication>&lt;/NativeProfile>&lt;/VPNProfile>";
    static const char *const sync = "<SyncML "
                                    "xmlns='SYNCML:SYNCML1.2'><Target><LocURI>./User/Vendor/MSFT/"
                                    "VPNv2/Work/ProfileXML</LocURI></Target>"
                                    "<Data><![CDATA[" PROFILE(PLAIN_NATIVE) "]]></Data></SyncML>";
    const char *const files[] = { plain, escaped, sync };
    uint8_t wide[4000];
    struct hf_import in;
    struct hf_fault fault;

    for (size_t i = 0; i < HF_ARRAY_LEN(files); i++) {
        size_t len = 2;

        imports_expect(files[i], &in);
        cr_expect_str_eq(in.profile.gateways[0], "vpn.example");
        cr_expect_str_eq(in.profile.name, i == 2 ? "Work" : "vpn.example");
        hf_import_clear(&in);
        wide[0] = 0xff;
        wide[1] = 0xfe;
        for (const char *c = files[i] + (i == 0 ? 3 : 0); *c != '\0'; c++) {
            wide[len++] = (uint8_t)*c;
            wide[len++] = 0;
        }
        cr_expect_eq(hf_import_decode((hf_bytes){ wide, len },
                                      &(struct hf_import_options){ .now = 0 }, &in, &fault),
                     HF_OK, "%zu: %s", i, fault.received);
        hf_import_clear(&in);
    }
}

#define FULL                                                                                       \
    PROFILE(E("ProfileName", "Office") E("AlwaysOn", "true") E("DnsSuffix", "suffix.example")      \
                E("TrustedNetworkDetection", "trusted.example") ROUTE("10.64.0.0", "10", "") E(    \
                    "TrafficFilter", E("Protocol", "6") E("RemotePortRanges", "8443")              \
                                         E("RemoteAddressRanges", "10.65.0.0/16"))                 \
                    NAMES(".names.example", "10.66.0.1", "") E(                                    \
                        "NativeProfile",                                                           \
                        E("Servers", "gateway.example")                                            \
                            IKEV2 E("RoutingPolicyType", "SplitTunnel") EAP_USER(EAP(              \
                                "25", EAP_PART("25", IN("EapType", "MsPeapConnectionPropertiesV1", \
                                                        VALIDATION E("PeapExtensions",             \
                                                                     E("IdentityPrivacy",          \
                                                                       E("AnonymousUserName",      \
                                                                         "anonymous")))))))        \
                                E("CryptographySuite",                                             \
                                  E("EncryptionMethod", "AES256") E("DHGroup", "ECP384"))))

Test(windows, every_truncation_is_refused)
{
    imports_expect_truncations(FULL);
}

Test(windows, a_hostile_value_changes_nothing_else)
{
    static const struct imports_field fields[] = {
        {"Office",                   " id name "            },
        { "suffix.example",          " dns "                },
        { "trusted.example",         " rules "              },
        { "10.64.0.0",               " include "            },
        { "8443",                    " filters "            },
        { "10.65.0.0/16",            " filters "            },
        { ".names.example",          " dns "                },
        { "10.66.0.1",               " dns "                },
        { "gateway.example",         " gateways "           },
        { "nps.example;NPS.example", " eap-server-identity "},
        { THUMBPRINT,                " trust-thumbprints "  },
        { "anonymous",               " eap-identity "       },
        { "AES256",                  " ike "                },
        { "ECP384",                  " ike "                },
        { "SplitTunnel",             " split include dns "  },
    };

    imports_expect_contained(FULL, fields, HF_ARRAY_LEN(fields), imports_escape_xml);
}
