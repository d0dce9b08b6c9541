/* Tests of the .mobileconfig importer (profile/mobileconfig*.c): the top level and IKEv2. Files are
 * made here, with keys of their own. */
#include "mobileconfig_file.h"
#include "profile/import.h"

#include <stdlib.h>

#define AT "PayloadContent[0].IKEv2."

Test(mobileconfig, a_shared_secret_profile_is_imported)
{
    struct hf_import in = imported(IKEV2(""));

    cr_expect_str_eq(in.format, "mobileconfig");
    cr_expect_str_eq(in.profile.id, "office-vpn");
    cr_expect_str_eq(in.profile.name, "Office VPN");
    cr_expect_str_eq(in.profile.gateways[0], "gw.example");
    cr_expect_str_eq(in.profile.local_identity, "ann@example");
    cr_expect(in.profile.auth == HF_PROFILE_AUTH_PSK && in.profile.gateway_uses_psk);
    cr_expect(in.profile.split);
    cr_expect_eq(in.secrets.values[HF_SECRET_PSK].len, 20u);
    hf_import_clear(&in);
}

Test(mobileconfig, every_key_has_a_notice)
{
    struct hf_import in = imported(
        IKEV2(T("EnablePFS") S("Novel", "x") N("OnDemandEnabled", 1) N("IncludeAllNetworks", 1)));

    EXPECT_NOTICE(&in, AT "RemoteAddress", HF_NOTICE_APPLIED);
    EXPECT_NOTICE(&in, AT "EnablePFS", HF_NOTICE_HARMLESS);
    EXPECT_NOTICE(&in, AT "Novel", HF_NOTICE_UNSUPPORTED);
    EXPECT_NOTICE(&in, AT "OnDemandEnabled", HF_NOTICE_UNSUPPORTED); /* without rules */
    cr_expect_not(in.profile.split);
    cr_expect_eq(in.notice_count, 15u); /* 2 at the top, 4 of the payload, 9 of the dictionary */
    hf_import_clear(&in);
}

Test(mobileconfig, types_that_break_the_schema_are_read_and_told)
{
    struct hf_import in = imported(
        FILE_OF(R("PayloadVersion", 1.0),
                VPN("IKEv2", NAME D("IKEv2", ENDS PSK T("DisableMOBIKE") S("MTU", "1400")
                                                 R("EnablePFS", 1.0) S("DisableRedirect", "1")
                                                     D("IKESecurityAssociationParameters",
                                                       S("DiffieHellmanGroup", "20")
                                                           R("LifeTimeInMinutes", 60.0))))));

    cr_expect(in.profile.no_mobike && in.profile.no_redirect);
    cr_expect_eq(in.profile.mtu_bytes, 1400);
    cr_expect_str_eq(in.profile.ike_groups.names[0], "ecp384");
    cr_expect_eq(in.profile.ike_lifetime, HF_MINUTES(60));
    cr_expect_not_null(strstr(find_notice(&in, "PayloadVersion")->text, "another type"));
    cr_expect_not_null(strstr(find_notice(&in, AT "DisableMOBIKE")->text, "another type"));
    cr_expect_str_eq(find_notice(&in, AT "RemoteAddress")->text, "");
    hf_import_clear(&in);
}

Test(mobileconfig, suites_narrow_the_profile_and_weak_ones_are_marked)
{
    struct hf_import in = imported(
        IKEV2(D("IKESecurityAssociationParameters",
                S("EncryptionAlgorithm", "AES-256-GCM") S("IntegrityAlgorithm", "SHA2-384")
                    N("DiffieHellmanGroup", 20) N("LifeTimeInMinutes", 1440))
                  D("ChildSecurityAssociationParameters", S("EncryptionAlgorithm", "3DES"))));

    cr_expect_str_eq(in.profile.ike_encryption.names[0], "aes256gcm16");
    cr_expect_str_eq(in.profile.ike_prf.names[0], "prfsha384");
    cr_expect_eq(in.profile.ike_integrity.count, 0u);
    cr_expect_str_eq(in.profile.ike_groups.names[0], "ecp384");
    cr_expect_eq(in.profile.ike_lifetime, HF_MINUTES(1440));
    cr_expect_str_eq(in.profile.esp_encryption.names[0], "3des"); /* at level legacy alone */
    EXPECT_NOTICE(&in, AT "ChildSecurityAssociationParameters.EncryptionAlgorithm",
                  HF_NOTICE_UNSAFE);
    hf_import_clear(&in);
    in = imported(IKEV2(D("IKESecurityAssociationParameters",
                          S("EncryptionAlgorithm", "DES") N("DiffieHellmanGroup", 1))));
    cr_expect_eq(in.profile.ike_encryption.count, 0u);
    cr_expect_eq(in.profile.ike_groups.count, 0u);
    EXPECT_NOTICE(&in, AT "IKESecurityAssociationParameters.EncryptionAlgorithm", HF_NOTICE_UNSAFE);
    hf_import_clear(&in);
    in =
        imported(IKEV2(D("IKESecurityAssociationParameters",
                         S("EncryptionAlgorithm", "AES-256") S("IntegrityAlgorithm", "SHA2-256"))));
    cr_expect_str_eq(in.profile.esp_encryption.names[0], "aes256"); /* the child inherits */
    cr_expect_str_eq(in.profile.esp_integrity.names[0], "sha256");
    hf_import_clear(&in);
}

Test(mobileconfig, switches_and_limits_reach_the_profile)
{
    struct hf_import in = imported(
        IKEV2(N("DisableMOBIKE", 1) N("DisableRedirect", 1) N("MTU", 1300)
                  N("NATKeepAliveInterval", 30) N("ExcludeLocalNetworks", 1)
                      N("EnableCertificateRevocationCheck", 1) N("DisconnectOnIdle", 1)
                          N("DisconnectOnIdleTimer", 600) S("DeadPeerDetectionRate", "High")
                              S("TLSMinimumVersion", "1.0") S("TLSMaximumVersion", "1.1")));
    const struct hf_profile *p = &in.profile;

    cr_expect(p->no_mobike && p->no_redirect && p->allow_lan);
    cr_expect_eq(p->mtu_bytes, 1300);
    cr_expect_eq(p->keepalive, HF_SECONDS(30));
    cr_expect_eq(p->revocation, HF_PROFILE_REVOCATION_SOFT);
    cr_expect_eq(p->idle_limit, HF_SECONDS(600));
    cr_expect_eq(p->liveness, HF_MINUTES(1));
    cr_expect(p->tls_min == HF_PROFILE_TLS_1_2 && p->tls_max == HF_PROFILE_TLS_1_2);
    EXPECT_NOTICE(&in, AT "TLSMinimumVersion", HF_NOTICE_HARMLESS);
    EXPECT_NOTICE(&in, AT "TLSMaximumVersion", HF_NOTICE_UNSAFE);
    hf_import_clear(&in);
    in = imported(IKEV2(N("DisconnectOnIdle", 0) N("DisconnectOnIdleTimer", 600)));
    cr_expect_eq(in.profile.idle_limit, 0u);
    hf_import_clear(&in);
}

/* --- authentication --- */

#define EAP_FILE(method, eap, more)                                                                \
    FILE_OF("", VPN("IKEv2", NAME D("IKEv2", S("RemoteAddress", "gw.example")                      \
                                                 S("RemoteIdentifier", "gw.example")               \
                                                     S("AuthenticationMethod", method)             \
                                                         N("ExtendedAuthEnabled", eap) more)))

Test(mobileconfig, a_certificate_with_eap_and_none_to_show_is_user_and_password)
{
    struct hf_import in = imported(
        EAP_FILE("Certificate", 1, S("AuthName", "ann") S("AuthPassword", "correct horse")));

    cr_expect_eq(in.profile.auth, HF_PROFILE_AUTH_EAP);
    cr_expect_not(in.profile.eap_only);
    cr_expect_eq(in.profile.eap_methods.count, 1u);
    cr_expect_str_eq(in.profile.eap_methods.words[0], "eap-mschapv2");
    cr_expect_str_eq(in.profile.eap_identity, "ann");
    cr_expect_str_eq(in.profile.local_identity, "ann");
    cr_expect_eq(in.secrets.values[HF_SECRET_PASSWORD].len, 13u);
    cr_expect(in.profile.system_trust); /* no authority in the file */
    hf_import_clear(&in);
}

Test(mobileconfig, none_with_eap_is_eap_alone_and_without_it_a_shared_secret)
{
    struct hf_import in = imported(EAP_FILE("None", 1, S("AuthName", "ann")));

    cr_expect(in.profile.auth == HF_PROFILE_AUTH_EAP && in.profile.eap_only);
    EXPECT_NOTICE(&in, AT "AuthenticationMethod", HF_NOTICE_UNSAFE);
    hf_import_clear(&in);
    in = imported(EAP_FILE("None", 0, S("SharedSecret", "kD8fq2Lm0zXw7RbTn4Vh")));
    cr_expect(in.profile.auth == HF_PROFILE_AUTH_PSK && in.profile.gateway_uses_psk);
    hf_import_clear(&in);
    in = imported(EAP_FILE("Certificate", 0, ""));
    cr_expect_eq(in.profile.auth, HF_PROFILE_AUTH_CERTIFICATE);
    EXPECT_NOTICE(&in, AT "AuthenticationMethod", HF_NOTICE_UNSUPPORTED); /* the key is missing */
    hf_import_clear(&in);
    EXPECT_REFUSED(EAP_FILE("SharedSecret", 1, ""), HF_ERR_PROFILE_UNSUPPORTED,
                   AT "AuthenticationMethod", "SharedSecret without EAP");
}

Test(mobileconfig, a_post_quantum_key_has_a_name_or_is_refused)
{
    struct hf_import in = imported(IKEV2(B("PPK", "c2VjcmV0") S("PPKIdentifier", "ppk@example")));

    cr_expect_str_eq(in.profile.ppk_id, "ppk@example");
    cr_expect(in.profile.ppk_required);
    cr_expect_eq(in.secrets.values[HF_SECRET_PPK].len, 6u);
    hf_import_clear(&in);
    in = imported(
        IKEV2(N("PPKMandatory", 0) B("PPK", "c2VjcmV0") S("PPKIdentifier", "ppk@example")));
    cr_expect_not(in.profile.ppk_required);
    hf_import_clear(&in);
    EXPECT_REFUSED(IKEV2(B("PPK", "c2VjcmV0")), HF_ERR_PROFILE_INVALID, AT "PPK",
                   "both or neither");
    EXPECT_REFUSED(IKEV2(S("PPKIdentifier", "x")), HF_ERR_PROFILE_INVALID, AT "PPK",
                   "both or neither");
}

/* --- the top level --- */

#define TOP(keys) FILE_OF(keys, VPN("IKEv2", D("IKEv2", ENDS PSK)))

Test(mobileconfig, who_made_it_and_who_may_remove_it)
{
    struct hf_import in = imported(
        FILE_OF(S("PayloadIdentifier", "com.example.vpn") S("PayloadDisplayName", "Example")
                    S("PayloadOrganization", "Example Ltd") S("PayloadScope", "System")
                        T("PayloadRemovalDisallowed")
                            D("ConsentText", S("de", "Hallo") S("en", "Read\nthis &lt;b&gt;")),
                VPN("IKEv2", S("PayloadUUID", "0A1B")
                                 D("IKEv2", ENDS PSK T("OnDemandUserOverrideDisabled")))));

    cr_expect_str_eq(in.profile.source_key, "com.example.vpn/0A1B");
    cr_expect_str_eq(in.profile.name, "Example");
    cr_expect_str_eq(in.profile.organization, "Example Ltd");
    cr_expect_str_eq(in.profile.consent, "Read this <b>");
    cr_expect_eq(in.profile.scope, HF_PROFILE_SCOPE_SYSTEM);
    cr_expect_eq(in.profile.locked.count, 2u);
    cr_expect_str_eq(in.profile.locked.words[0], "remove");
    cr_expect_str_eq(in.profile.locked.words[1], "on-demand");
    hf_import_clear(&in);
}

Test(mobileconfig, the_earliest_moment_of_removal_wins)
{
    struct hf_import_options options = { .now = 1795201200 }; /* 2026-11-20 19:00 UTC */
    struct hf_import in;
    struct hf_fault fault;

    cr_assert_eq(import_with(TOP(DATE("RemovalDate", "2027-01-01T00:00:00Z")
                                     R("DurationUntilRemoval", 3600.5)),
                             &options, &in, &fault),
                 HF_OK);
    cr_expect_eq(in.profile.removal_date, options.now + 3600);
    hf_import_clear(&in);
    cr_assert_eq(import_with(TOP(R("DurationUntilRemoval", 99999999)
                                     DATE("RemovalDate", "2027-01-01T00:00:00Z")),
                             &options, &in, &fault),
                 HF_OK);
    cr_expect_eq(in.profile.removal_date, 1798761600);
    hf_import_clear(&in);
    cr_expect_eq(
        import_with(TOP(DATE("RemovalDate", "2026-11-20T18:00:00Z")), &options, &in, &fault),
        HF_ERR_PROFILE_INVALID);
    in = imported(TOP(R("DurationUntilRemoval", 60))); /* at a time that nobody knows */
    cr_expect_eq(in.profile.removal_date, 0);
    EXPECT_NOTICE(&in, "DurationUntilRemoval", HF_NOTICE_UNSUPPORTED);
    hf_import_clear(&in);
}

Test(mobileconfig, of_several_vpns_one_is_picked_and_the_others_are_named)
{
    static const char file[] =
        FILE_OF("", VPN("VPN", S("UserDefinedName", "App") S("VPNSubType", "com.example.app"))
                        VPN("IKEv2", NAME D("IKEv2", ENDS PSK))
                            VPN("L2TP", S("UserDefinedName", "Old")
                                            D("PPP", S("CommRemoteAddress", "old.example"))));
    struct hf_import_options options = { .pick = hf_bytes_of_string("Old") };
    struct hf_import in = imported(file);
    struct hf_fault fault;

    cr_expect_str_eq(in.profile.name, "Office VPN");
    cr_expect_eq(in.other_count, 2u);
    cr_expect_str_eq(in.others[0], "App");
    cr_expect_str_eq(in.others[1], "Old");
    hf_import_clear(&in);
    cr_assert_eq(import_with(file, &options, &in, &fault), HF_OK);
    cr_expect_str_eq(in.profile.gateways[0], "old.example");
    hf_import_clear(&in);
    options.pick = hf_bytes_of_string("Nowhere");
    cr_expect_eq(import_with(file, &options, &in, &fault), HF_ERR_NOT_FOUND);
    options.pick = hf_bytes_of_string("App");
    cr_expect_eq(import_with(file, &options, &in, &fault), HF_ERR_PROFILE_UNSUPPORTED);
}

Test(mobileconfig, what_cannot_be_imported_is_refused_in_plain_words)
{
    EXPECT_REFUSED(FILE_OF("", ""), HF_ERR_PROFILE_UNSUPPORTED, "PayloadContent", "empty");
    EXPECT_REFUSED(FILE_OF("",
                           O(S("PayloadType", "com.example.a")) O(S("PayloadType", "com.example.b"))
                               O(S("PayloadType", "com.example.a"))),
                   HF_ERR_PROFILE_UNSUPPORTED, "PayloadContent", "com.example.a, com.example.b");
    EXPECT_REFUSED(FILE_OF("", VPN("IPSec", "")), HF_ERR_UNSUPPORTED_PROTOCOL, "VPNType", "XAuth");
    EXPECT_REFUSED(FILE_OF("", VPN("PPTP", "")), HF_ERR_UNSUPPORTED_PROTOCOL, "VPNType", "PPTP");
    EXPECT_REFUSED(FILE_OF("", VPN("TransparentProxy", "")), HF_ERR_PROFILE_UNSUPPORTED, "VPNType",
                   "proxy");
    EXPECT_REFUSED(FILE_OF("", VPN("VPN", S("VPNSubType", "com.cisco.anyconnect"))),
                   HF_ERR_PROFILE_UNSUPPORTED, "VPNType", "vendor com.cisco.anyconnect");
    EXPECT_REFUSED(FILE_OF("", VPN("Carrier", "")), HF_ERR_PROFILE_UNSUPPORTED, "VPNType", "IKEv2");
    EXPECT_REFUSED(FILE_OF("", VPN("IKEv2", "")), HF_ERR_PROFILE_INVALID, "IKEv2", "dictionary");
    EXPECT_REFUSED("<plist><dict>" S("PayloadType", "Other") "</dict></plist>",
                   HF_ERR_PROFILE_FORMAT, "PayloadType", "Configuration");
    EXPECT_REFUSED("<plist><dict>" S("PayloadType", "Configuration") T("IsEncrypted")
                       B("EncryptedPayloadContent", "AAAA") "</dict></plist>",
                   HF_ERR_PROFILE_UNSUPPORTED, "IsEncrypted", "encrypted");
    EXPECT_REFUSED("bplist00\xd1\x01\x02", HF_ERR_PROFILE_FORMAT, "bplist", "plutil -convert xml1");
}

Test(mobileconfig, templates_are_refused_as_what_they_are)
{
    EXPECT_REFUSED(FILE_OF("", VPN("IKEv2", D("IKEv2", PSK S("RemoteAddress", "$SERVER_IP")))),
                   HF_ERR_PROFILE_INVALID, AT "RemoteAddress", "template");
    EXPECT_REFUSED(FILE_OF("", VPN("IKEv2", S("UserDefinedName", "{{name}}") D("IKEv2", ENDS PSK))),
                   HF_ERR_PROFILE_INVALID, "PayloadContent[0].UserDefinedName", "template");
    EXPECT_REFUSED(IKEV2(B("PPK", "$PPK_DATA")), HF_ERR_PROFILE_INVALID, "plist", "template");
}

Test(mobileconfig, broken_values_are_refused_with_their_path)
{
    EXPECT_REFUSED(EAP_FILE("Certificate", 0, S("PayloadCertificateUUID", "1")),
                   HF_ERR_CREDENTIAL_MISSING, "PayloadCertificateUUID", "PKCS#12");
    EXPECT_REFUSED(IKEV2(D("DisableMOBIKE", "")), HF_ERR_PROFILE_INVALID, AT "DisableMOBIKE",
                   "right type");
    EXPECT_REFUSED(FILE_OF("", VPN("IKEv2", S("IKEv2", "x"))), HF_ERR_PROFILE_INVALID,
                   "PayloadContent[0].IKEv2", "right type");
    EXPECT_REFUSED(IKEV2(N("OnDemandEnabled", 1) N("OnDemandEnabled", 1)), HF_ERR_PROFILE_INVALID,
                   "plist", "no key twice");
}

/* --- all formats --- */

Test(import, what_no_format_recognises_is_refused)
{
    struct hf_import in;
    struct hf_fault fault;

    cr_expect_eq(import("station home", &in, &fault), HF_ERR_PROFILE_FORMAT);
    cr_expect_eq(import("", &in, &fault), HF_ERR_PROFILE_FORMAT);
    cr_expect_eq(import("0\x82\x05", &in, &fault), HF_ERR_PROFILE_FORMAT);
}

Test(import, the_report_names_secrets_and_never_shows_them)
{
    struct hf_import in = imported(IKEV2(S("AuthPassword", "hidden-password")));
    hf_buf report = hf_buf_with_max(1 << 20);
    char *text;

    cr_assert_eq(hf_import_report(&in, &report), HF_OK);
    text = hf_bytes_to_string(hf_buf_bytes(&report));
    cr_assert_not_null(text);
    cr_expect_not_null(strstr(text, "\"psk\""));
    cr_expect_null(strstr(text, "kD8fq2Lm0"));
    cr_expect_null(strstr(text, "hidden"));
    cr_expect_not_null(strstr(text, AT "RemoteIdentifier"));
    cr_expect_not_null(strstr(text, "\"signature\": \"none\""));
    free(text);
    hf_buf_free(&report);
    hf_import_clear(&in);
}

Test(import, an_xml_file_is_known_by_its_outermost_element)
{
    static const uint8_t wide[] = { 0xff, 0xfe, '<', 0, 'p', 0, 'l', 0,
                                    'i',  0,    's', 0, 't', 0, '>', 0 };
    static const uint8_t wide_other_way[] = { 0xfe, 0xff, 0, '<', 0, 'p', 0, 'l',
                                              0,    'i',  0, 's', 0, 't', 0, ' ' };

    cr_expect(hf_import_root_is(hf_bytes_of_string("<plist>"), "plist"));
    cr_expect(hf_import_root_is(
        hf_bytes_of_string("\xef\xbb\xbf\n<?xml version='1.0'?>\r\n<!-- <VPNProfile> -->"
                           "<!DOCTYPE plist PUBLIC \"a\" \"b\">\t<plist version=\"1\">"),
        "plist"));
    cr_expect(hf_import_root_is(HF_BYTES_OF(wide), "plist"));
    cr_expect(hf_import_root_is(HF_BYTES_OF(wide_other_way), "plist"));
    cr_expect_not(hf_import_root_is(hf_bytes_of_string("<plists>"), "plist"));
    cr_expect_not(hf_import_root_is(hf_bytes_of_string("<plist"), "plist"));
    cr_expect_not(hf_import_root_is(hf_bytes_of_string("<!-- <plist>"), "plist"));
    cr_expect_not(hf_import_root_is(hf_bytes_of_string("plist"), "plist"));
    cr_expect_not(hf_import_root_is((hf_bytes){ 0 }, "plist"));
}
