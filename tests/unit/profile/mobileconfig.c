/* Tests of the .mobileconfig importer (profile/mobileconfig*.c). Files are made here, with keys of
 * their own. */
#include "profile/import.h"
#include "support/hex.h"
#include "support/test.h"
#include <holdfast/profile.h>

#include <stdlib.h>
#include <string.h>

#define HEAD                                                                                       \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST "      \
    "1.0//EN\" "                                                                                   \
    "\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\"><plist "                                   \
    "version=\"1.0\"><dict><key>PayloadType</key>"                                                 \
    "<string>Configuration</string><key>PayloadVersion</key><real>1.0</real><key>PayloadContent</" \
    "key><array>"
#define VPN_HEAD                                                                                   \
    "<dict><key>PayloadType</key><string>com.apple.vpn.managed</string><key>UserDefinedName</"     \
    "key><string>Office VPN</string>"                                                              \
    "<key>VPNType</key><string>IKEv2</string><key>IKEv2</key><dict><key>RemoteAddress</"           \
    "key><string>gw.example</string>"                                                              \
    "<key>RemoteIdentifier</key><string>gw.example</string><key>LocalIdentifier</"                 \
    "key><string>ann@example</string>"
#define PSK                                                                                        \
    "<key>AuthenticationMethod</key><string>SharedSecret</string><key>SharedSecret</"              \
    "key><string>0123456789abcdef0123</string>"
#define VPN_TAIL "</dict></dict>"
#define TAIL     "</array></dict></plist>"

static const struct hf_import_options no_options = { .now = 0 };

static hf_status import(const char *xml, struct hf_import *out, struct hf_fault *fault)
{
    return hf_import_decode(hf_bytes_of_string(xml), &no_options, out, fault);
}

static const struct hf_notice *find_notice(const struct hf_import *import, const char *path)
{
    for (size_t i = 0; i < import->notice_count; i++) {
        if (strcmp(import->notices[i].path, path) == 0)
            return &import->notices[i];
    }
    return NULL;
}

Test(mobileconfig, a_shared_secret_profile_is_imported)
{
    struct hf_import in;
    struct hf_fault fault;

    cr_assert_eq(import(HEAD VPN_HEAD PSK VPN_TAIL TAIL, &in, &fault), HF_OK, "%s %s",
                 fault.received, fault.offered);
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
    struct hf_import in;
    struct hf_fault fault;

    cr_assert_eq(
        import(
            HEAD VPN_HEAD PSK
            "<key>EnablePFS</key><true/><key>Novel</key><string>x</string><key>OnDemandEnabled</"
            "key>"
            "<integer>1</integer><key>IncludeAllNetworks</key><integer>1</integer>" VPN_TAIL TAIL,
            &in, &fault),
        HF_OK);
    cr_expect_eq(find_notice(&in, "PayloadContent.IKEv2.RemoteAddress")->severity,
                 HF_NOTICE_APPLIED);
    cr_expect_eq(find_notice(&in, "PayloadContent.IKEv2.EnablePFS")->severity, HF_NOTICE_HARMLESS);
    cr_expect_eq(find_notice(&in, "PayloadContent.IKEv2.Novel")->severity, HF_NOTICE_UNSUPPORTED);
    cr_expect_eq(find_notice(&in, "PayloadContent.IKEv2.OnDemandEnabled")->severity,
                 HF_NOTICE_UNSUPPORTED);
    cr_expect_not(in.profile.split);
    cr_expect_eq(in.notice_count, 16u); /* 3 at the top, 4 of the payload, 9 of the dictionary */
    hf_import_clear(&in);
}

Test(mobileconfig, suites_narrow_the_profile_and_weak_ones_are_marked)
{
    struct hf_import in;
    struct hf_fault fault;

    cr_assert_eq(import(HEAD VPN_HEAD PSK
                        "<key>IKESecurityAssociationParameters</"
                        "key><dict><key>EncryptionAlgorithm</key><string>AES-256-GCM</string>"
                        "<key>IntegrityAlgorithm</key><string>SHA2-384</"
                        "string><key>DiffieHellmanGroup</key><integer>20</integer>"
                        "<key>LifeTimeInMinutes</key><integer>1440</integer></"
                        "dict><key>ChildSecurityAssociationParameters</key><dict>"
                        "<key>EncryptionAlgorithm</key><string>3DES</string></dict>" VPN_TAIL TAIL,
                        &in, &fault),
                 HF_OK);
    cr_expect_str_eq(in.profile.ike_encryption.names[0], "aes256gcm16");
    cr_expect_str_eq(in.profile.ike_prf.names[0], "prfsha384");
    cr_expect_eq(in.profile.ike_integrity.count, 0u);
    cr_expect_str_eq(in.profile.ike_groups.names[0], "ecp384");
    cr_expect_eq(in.profile.ike_lifetime, HF_MINUTES(1440));
    cr_expect_eq(in.profile.esp_encryption.count, 0u);
    cr_expect_eq(
        find_notice(&in,
                    "PayloadContent.IKEv2.ChildSecurityAssociationParameters.EncryptionAlgorithm")
            ->severity,
        HF_NOTICE_UNSAFE);
    hf_import_clear(&in);
}

static void expect_refused(const char *xml, hf_status status, const char *received)
{
    struct hf_import in;
    struct hf_fault fault;
    hf_status got = import(xml, &in, &fault);

    cr_expect_eq(got, status, "%s: %s", hf_status_code(fault.status), fault.received);
    cr_expect_eq(fault.status, status);
    cr_expect_str_eq(fault.received, received, "%s", fault.received);
    cr_expect_eq(in.notice_count, 0u);
}

Test(mobileconfig, what_is_no_ikev2_is_refused_in_plain_words)
{
    expect_refused(HEAD TAIL, HF_ERR_PROFILE_UNSUPPORTED, "PayloadContent");
    expect_refused(HEAD "<dict><key>PayloadType</key><string>com.apple.vpn.managed</"
                        "string><key>VPNType</key><string>L2TP</string></dict>" TAIL,
                   HF_ERR_UNSUPPORTED_PROTOCOL, "VPNType");
    expect_refused(HEAD "<dict><key>PayloadType</key><string>com.apple.vpn.managed</"
                        "string><key>VPNType</key><string>VPN</string></dict>" TAIL,
                   HF_ERR_PROFILE_UNSUPPORTED, "VPNType");
    expect_refused("<plist><dict><key>PayloadType</key><string>Other</string></dict></plist>",
                   HF_ERR_PROFILE_FORMAT, "PayloadType");
}

Test(mobileconfig, broken_values_are_refused_with_their_path)
{
    expect_refused(HEAD VPN_HEAD
                   "<key>AuthenticationMethod</key><string>None</string>" VPN_TAIL TAIL,
                   HF_ERR_PROFILE_UNSUPPORTED, "PayloadContent.IKEv2.AuthenticationMethod");
    expect_refused(HEAD VPN_HEAD PSK "<key>PPKMandatory</key><integer>1</integer>" VPN_TAIL TAIL,
                   HF_ERR_PROFILE_UNSUPPORTED, "PayloadContent.IKEv2.PPKMandatory");
    expect_refused(HEAD VPN_HEAD "<key>AuthenticationMethod</key><string>Certificate</"
                                 "string><key>PayloadCertificateUUID</key>"
                                 "<string>1</string>" VPN_TAIL TAIL,
                   HF_ERR_CREDENTIAL_MISSING, "PayloadCertificateUUID");
}

Test(import, what_no_format_recognises_is_refused)
{
    struct hf_import in;
    struct hf_fault fault;

    cr_expect_eq(import("conn home", &in, &fault), HF_ERR_PROFILE_FORMAT);
    cr_expect_eq(import("", &in, &fault), HF_ERR_PROFILE_FORMAT);
    cr_expect_eq(hf_import_decode(hex("308205"), &no_options, &in, &fault), HF_ERR_PROFILE_FORMAT);
}

Test(import, the_report_names_secrets_and_never_shows_them)
{
    struct hf_import in;
    struct hf_fault fault;
    hf_buf report = hf_buf_with_max(1 << 20);
    char *text;

    cr_assert_eq(import(HEAD VPN_HEAD PSK VPN_TAIL TAIL, &in, &fault), HF_OK);
    cr_assert_eq(hf_import_report(&in, &report), HF_OK);
    text = hf_bytes_to_string(hf_buf_bytes(&report));
    cr_assert_not_null(text);
    cr_expect_not_null(strstr(text, "\"psk\""));
    cr_expect_null(strstr(text, "0123456789abcdef"));
    cr_expect_not_null(strstr(text, "PayloadContent.IKEv2.RemoteIdentifier"));
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
