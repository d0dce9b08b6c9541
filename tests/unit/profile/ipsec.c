/* Tests of the ipsec.conf importer (profile/ipsec*.c). Files are made here. */
#include "imports.h"
#include "support/test.h"

#include <string.h>

static struct hf_import in;

static void clear(void)
{
    hf_import_clear(&in);
}

TestSuite(ipsec, .fini = clear);

static hf_status decode(const char *text, const char *secrets, struct hf_fault *fault)
{
    struct hf_import_attachment attachment = { .name = "ipsec.secrets",
                                               .file = hf_bytes_of_string(secrets) };
    struct hf_import_options options = { .attachments = &attachment, .attachment_count = 1 };

    return hf_import_decode(hf_bytes_of_string(text), &options, &in, fault);
}

static bool secret_is(enum hf_secret_name name, const char *value)
{
    return hf_bytes_equal(hf_buf_bytes(&in.secrets.values[name]), hf_bytes_of_string(value));
}

Test(ipsec, eap_with_defaults_and_also)
{
    static const char text[] =
        "# made by hand\nconfig setup\n\tcharondebug=\"ike 2\"\nconn %default\n    "
        "keyexchange=ikev2\n"
        "    dpddelay=30s\nconn base\n    right=gw.example\n    rightid=@vpn.example # the name\n"
        "    dpddelay=60s\nconn home\n    also=base\n    leftsourceip=%config\n"
        "    leftauth=eap-mschapv2\n    eap_identity=ann\n    rightsubnet=10.0.0.0/8\n"
        "    ike=aes256gcm16-prfsha384-ecp384!\n    leftupdown=/bin/evil\n    auto=start\n";
    struct hf_import_options options = { .pick = hf_bytes_of_string("home") };
    struct hf_fault fault;

    cr_assert_eq(hf_import_decode(hf_bytes_of_string(text), &options, &in, &fault), HF_OK, "%s",
                 fault.received);
    cr_expect_str_eq(in.format, "ipsec");
    cr_expect_str_eq(in.profile.name, "home");
    cr_expect_str_eq(in.profile.gateways[0], "gw.example");
    cr_expect_str_eq(in.profile.remote_identity, "vpn.example");
    cr_expect_eq(in.profile.auth, HF_PROFILE_AUTH_EAP);
    cr_expect_str_eq(in.profile.eap_identity, "ann");
    cr_expect(in.profile.liveness == HF_SECONDS(60) && in.profile.at_login);
    cr_expect(in.profile.split && in.profile.include_count == 1 && in.profile.system_trust);
    cr_expect_str_eq(in.profile.ike_groups.names[0], "ecp384");
    cr_expect(in.other_count == 1 && strcmp(in.others[0], "base") == 0);
    imports_expect_notice(&in, HF_NOTICE_UNSAFE, "leftupdown");
    imports_expect_notice(&in, HF_NOTICE_HARMLESS, "config");
}

Test(ipsec, the_shape_of_l2tp_with_a_psk)
{
    static const char text[] = "conn l2tp\n  keyexchange=ikev1\n  authby=secret\n  type=transport\n"
                               "  right=192.0.2.1\n  rightprotoport=17/1701\n"
                               "  leftprotoport=17/%any\n";
    struct hf_fault fault;

    cr_assert_eq(decode(text,
                        "# c\n192.0.2.7 : PSK \"no\"\n%any 192.0.2.1 : PSK \"a shared one\"\n",
                        &fault),
                 HF_OK, "%s", fault.received);
    cr_expect_eq(in.profile.protocol, HF_PROTOCOL_L2TP);
    cr_expect_eq(in.profile.auth, HF_PROFILE_AUTH_PSK);
    cr_expect(in.profile.l2tp.any_port && secret_is(HF_SECRET_PSK, "a shared one"));
}

Test(ipsec, what_a_client_cannot_be_is_refused)
{
    imports_expect_refused("conn a\n  right=gw.example\n  ikev2=no\n", HF_ERR_UNSUPPORTED_PROTOCOL,
                           "keyexchange");
    imports_expect_refused("conn a\n  right=gw.example\n  type=transport\n",
                           HF_ERR_PROFILE_UNSUPPORTED, "type");
    imports_expect_refused("conn a\n  right=%any\n", HF_ERR_PROFILE_INVALID, "right");
    imports_expect_refused("conn a\n  left=gw.example\n", HF_ERR_PROFILE_INVALID, "right");
    imports_expect_refused("conn a\nfoo\n", HF_ERR_PROFILE_INVALID, "file");
    imports_expect_refused("config setup\n", HF_ERR_PROFILE_INVALID, "conn");
    imports_expect_refused("conn a\n  right=gw.example\n  leftauth=xauth\n",
                           HF_ERR_UNSUPPORTED_PROTOCOL, "left");
}

Test(ipsec, sections_that_name_each_other_end)
{
    imports_expect("conn a\n  also=b\n  right=gw.example\nconn b\n  also=a\n  auto=start\n", &in);
    cr_expect(in.profile.at_login);
}

Test(ipsec, truncations_stay_within)
{
    imports_expect_lines("conn a\n  also=b\n  right=\"gw.example\"\n  leftauth=eap\n"
                         "  eap_identity=ann # x\nconn b\n  ike=aes256-sha256-modp2048\n");
}
