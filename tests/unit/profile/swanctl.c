/* Tests of the swanctl.conf importer (profile/settings.c, road*.c, swanctl*.c). Files are made
 * here.
 */
#include "imports.h"
#include "profile/settings.h"
#include "support/pki.h"
#include "support/test.h"

#include <string.h>

#define BEGIN    "# made by hand\nconnections {\n  home {\n"
#define GATEWAY  "    remote_addrs = gw.example\n    vips = 0.0.0.0, ::\n"
#define EAP      "    local { auth = eap-mschapv2\n eap_id = ann }\n    remote { id = vpn.example }\n"
#define PSK      "    local { auth = psk\n id = ann@corp.example }\n    remote { auth = psk }\n"
#define CHILDREN "    children { net { remote_ts = 0.0.0.0/0, ::/0 } }\n"
#define END      "  }\n}\n"

static struct hf_import in;

static void clear(void)
{
    hf_import_clear(&in);
}

TestSuite(swanctl, .fini = clear);

static bool secret_is(enum hf_secret_name name, const char *value)
{
    return hf_bytes_equal(hf_buf_bytes(&in.secrets.values[name]), hf_bytes_of_string(value));
}

Test(swanctl, eap_with_a_password_and_every_common_key)
{
    imports_expect(BEGIN
                   "    version = 2\n    remote_addrs = gw.example, 192.0.2.1, %any\n"
                   "    proposals = aes256gcm16-prfsha384-ecp384, default\n    vips = 0.0.0.0\n"
                   "    encap = yes\n    mobike = no\n    dpd_delay = 30s\n    rekey_time = 8h\n"
                   "    fragmentation = no\n    remote_port = 4501\n    reauth_time = 0s\n" EAP
                   "    children {\n      net {\n        remote_ts = 10.0.0.0/8, 192.0.2.0/24\n"
                   "        esp_proposals = aes256gcm16-ecp384\n        rekey_time = 30m\n"
                   "        updown = /bin/evil\n        inactivity = 10m\n"
                   "        start_action = start\n      }\n"
                   "      lan { mode = pass\n remote_ts = 192.168.0.0/16 }\n    }\n" END
                   "secrets {\n  eap-bob { id = bob\n secret = nein }\n"
                   "  eap-ann { id = ann\n secret = \"ge \\\"heim\" } # comment\n}\n"
                   "include conf.d/*.conf\n",
                   &in);
    cr_expect_str_eq(in.format, "swanctl");
    cr_expect_str_eq(in.profile.name, "home");
    cr_expect(in.profile.gateway_count == 2 && in.profile.port == 4501);
    cr_expect_eq(in.profile.auth, HF_PROFILE_AUTH_EAP);
    cr_expect_str_eq(in.profile.eap_methods.words[0], "eap-mschapv2");
    cr_expect_str_eq(in.profile.eap_identity, "ann");
    cr_expect_str_eq(in.profile.remote_identity, "vpn.example");
    cr_expect_str_eq(in.profile.ike_groups.names[0], "ecp384");
    cr_expect_str_eq(in.profile.esp_encryption.names[0], "aes256gcm16");
    cr_expect(in.profile.request_ip4 && !in.profile.request_ip6);
    cr_expect(in.profile.no_mobike && in.profile.no_fragmentation && in.profile.at_login);
    cr_expect(in.profile.liveness == HF_SECONDS(30) && in.profile.idle_limit == HF_SECONDS(600));
    cr_expect(in.profile.ike_lifetime == HF_SECONDS(28800) &&
              in.profile.child_lifetime == HF_SECONDS(1800));
    cr_expect(in.profile.split && in.profile.include_count == 2);
    cr_expect(secret_is(HF_SECRET_PASSWORD, "ge \"heim"));
    cr_expect(in.profile.system_trust);
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, "connections.home.remote_addrs");
    imports_expect_notice(&in, HF_NOTICE_UNSAFE, "connections.home.children.net.updown");
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, "connections.home.children.lan");
    imports_expect_notice(&in, HF_NOTICE_HARMLESS, "secrets.eap-bob");
    imports_expect_notice(&in, HF_NOTICE_UNSAFE, "secrets.eap-ann");
    imports_expect_notice(&in, HF_NOTICE_UNSAFE, "include[0]");
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, "connections.home.remote.cacerts");
}

Test(swanctl, a_psk_for_this_gateway_is_chosen_and_may_be_hex_or_base64)
{
    imports_expect(BEGIN GATEWAY PSK CHILDREN END
                   "secrets { ike-a { secret = other }\n"
                   " ike-b { id-a = email:ann@corp.example\n secret = 0s Zm9vYmFy }\n"
                   " ike-c { id = else.example\n secret = 0xzz } }\n",
                   &in);
    cr_expect(in.profile.auth == HF_PROFILE_AUTH_PSK && in.profile.gateway_uses_psk);
    cr_expect(!in.profile.split && !in.profile.system_trust);
    cr_expect(secret_is(HF_SECRET_PSK, "foobar"));
    imports_expect_notice(&in, HF_NOTICE_HARMLESS, "secrets.ike-c");
    hf_import_clear(&in);
    imports_expect(BEGIN GATEWAY PSK CHILDREN END "secrets { ike { secret = 0x666f_6f } }\n", &in);
    cr_expect(secret_is(HF_SECRET_PSK, "foo"));
    hf_import_clear(&in);
    imports_expect_refused(BEGIN GATEWAY PSK CHILDREN END "secrets { ike { secret = 0xzz } }\n",
                           HF_ERR_PROFILE_INVALID, "secrets.ike");
}

Test(swanctl, a_certificate_and_then_eap)
{
    imports_expect(BEGIN GATEWAY "    local-b { round = 2\n auth = eap\n id = ann }\n"
                                 "    local-a { round = 1\n auth = pubkey\n certs = me.pem }\n"
                                 "    remote { auth = pubkey\n revocation = strict }\n"
                                 "    ppk_id = ppk1\n ppk_required = yes\n" CHILDREN END
                                 "secrets { eap { secret = x1 }\n ppk { id = ppk1\n secret = p }\n"
                                 " token-1 { handle = 0102\n pin = 1234 } }\n",
                   &in);
    cr_expect_eq(in.profile.auth, HF_PROFILE_AUTH_CERTIFICATE_EAP);
    cr_expect_str_eq(in.profile.eap_identity, "ann");
    cr_expect_eq(in.profile.revocation, HF_PROFILE_REVOCATION_HARD);
    cr_expect(in.profile.ppk_required && secret_is(HF_SECRET_PPK, "p"));
    cr_expect(secret_is(HF_SECRET_PASSWORD, "x1") && secret_is(HF_SECRET_PIN, "1234"));
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, "connections.home.local-a.certs");
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, "secrets.token-1.handle");
}

static struct hf_import_attachment attachment(const char *name, hf_bytes file)
{
    struct hf_import_attachment made = { .file = file };

    hf_copy(made.name, name, strlen(name));
    return made;
}

Test(swanctl, certificates_and_keys_beside_it_are_taken)
{
    static const char text[] = BEGIN GATEWAY
        "    local { auth = pubkey\n certs = me.pem }\n"
        "    remote { cacerts = /etc/swanctl/x509ca/ca.pem }\n" CHILDREN END "secrets {\n"
        "private-1 { file = key.der\n secret = wrong }\n}\n";
    const struct pki_cert *root = pki_root("CN=Test CA"),
                          *user = PKI_ISSUE(root, .subject = "CN=ann", .eku = "clientAuth");
    struct hf_import_attachment files[] = {
        attachment("me.pem", pki_der(user)),
        attachment("ca.pem", pki_der(root)),
        attachment("key.der", pki_key_pem(user)),
    };
    struct hf_import_options options = { .attachments = files, .attachment_count = 3 };
    struct hf_fault fault;

    cr_assert_eq(hf_import_decode(hf_bytes_of_string(text), &options, &in, &fault), HF_OK, "%s",
                 fault.received);
    cr_expect(in.profile.trust.len != 0 && !in.profile.system_trust);
    cr_expect_neq(in.secrets.values[HF_SECRET_CERTIFICATES].len, 0);
    cr_expect_neq(in.secrets.values[HF_SECRET_PRIVATE_KEY].len, 0);
    imports_expect_notice(&in, HF_NOTICE_APPLIED, "secrets.private-1");
    hf_import_clear(&in);
    hf_copy(files[2].name, "unnamed", sizeof "unnamed"); /* found all the same */
    cr_assert_eq(hf_import_decode(hf_bytes_of_string(text), &options, &in, &fault), HF_OK);
    cr_expect_neq(in.secrets.values[HF_SECRET_PRIVATE_KEY].len, 0);
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, "secrets.private-1");
    hf_import_clear(&in);
    files[1].file = hf_bytes_of_string("no certificate");
    cr_expect_eq(hf_import_decode(hf_bytes_of_string(text), &options, &in, &fault),
                 HF_ERR_PROFILE_INVALID);
    cr_expect_str_eq(fault.received, "connections.home.remote.cacerts");
}

Test(swanctl, one_of_several_connections)
{
    static const char text[] =
        BEGIN GATEWAY PSK CHILDREN "  }\n  work {\n    remote_addrs = w.example\n" PSK CHILDREN END;
    struct hf_import_options options = { .pick = hf_bytes_of_string("work") };
    struct hf_fault fault;

    imports_expect(text, &in);
    cr_expect_str_eq(in.profile.name, "home");
    cr_expect(in.other_count == 1 && strcmp(in.others[0], "work") == 0);
    hf_import_clear(&in);
    cr_assert_eq(hf_import_decode(hf_bytes_of_string(text), &options, &in, &fault), HF_OK);
    cr_expect_str_eq(in.profile.gateways[0], "w.example");
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, "vips");
    hf_import_clear(&in);
    options.pick = hf_bytes_of_string("none");
    cr_expect_eq(hf_import_decode(hf_bytes_of_string(text), &options, &in, &fault),
                 HF_ERR_NOT_FOUND);
}

Test(swanctl, what_a_client_cannot_be_is_refused)
{
    static const struct {
        const char *text;
        hf_status status;
        const char *where;
    } cases[] = {
        {BEGIN "version = 1\n" GATEWAY PSK CHILDREN END,                                 HF_ERR_UNSUPPORTED_PROTOCOL,
         "connections.home.version"                                                                                                             },
        { BEGIN GATEWAY "local { auth = xauth }\n" CHILDREN END,                         HF_ERR_UNSUPPORTED_PROTOCOL,
         "connections.home.local"                                                                                                               },
        { BEGIN GATEWAY "local-1 { auth = psk }\nlocal-2 { auth = eap }\n" CHILDREN END,
         HF_ERR_PROFILE_UNSUPPORTED,                                                                                  "connections.home.local-2"},
        { BEGIN GATEWAY "remote { auth = psk }\n" CHILDREN END,                          HF_ERR_PROFILE_UNSUPPORTED,
         "connections.home.remote"                                                                                                              },
        { BEGIN PSK CHILDREN END,                                                        HF_ERR_PROFILE_INVALID,      "remote_addrs"            },
        { BEGIN GATEWAY PSK END,                                                         HF_ERR_PROFILE_INVALID,      "children"                },
        { BEGIN GATEWAY PSK "children { t { mode = transport } }\n" END,                 HF_ERR_PROFILE_UNSUPPORTED,
         "connections.home.children.t.mode"                                                                                                     },
        { "connections {\n}\n",                                                          HF_ERR_PROFILE_INVALID,      "connections"             },
        { "connections { a\n",                                                           HF_ERR_PROFILE_INVALID,      "file"                    },
        { "connections { a : b { } }\n",                                                 HF_ERR_PROFILE_INVALID,      "file"                    },
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(cases); i++)
        imports_expect_refused(cases[i].text, cases[i].status, cases[i].where);
}

Test(swanctl, identities_have_the_types_that_they_name)
{
    static const struct {
        const char *written, *identity;
        enum hf_profile_identity_type type;
    } cases[] = {
        {"vpn.example",             "vpn.example", HF_PROFILE_IDENTITY_AUTO   },
        { "@vpn.example",           "vpn.example", HF_PROFILE_IDENTITY_FQDN   },
        { "fqdn:vpn.example",       "vpn.example", HF_PROFILE_IDENTITY_FQDN   },
        { "keyid:group",            "group",       HF_PROFILE_IDENTITY_KEY_ID },
        { "email:a@b.example",      "a@b.example", HF_PROFILE_IDENTITY_EMAIL  },
        { "\"asn1dn:C=CH, CN=gw\"", "C=CH, CN=gw", HF_PROFILE_IDENTITY_DN     },
        { "ipv4:192.0.2.7",         "192.0.2.7",   HF_PROFILE_IDENTITY_ADDRESS},
        { "%any",                   "",            HF_PROFILE_IDENTITY_AUTO   },
        { "*.example",              "",            HF_PROFILE_IDENTITY_AUTO   },
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(cases); i++) {
        char text[1024] = BEGIN GATEWAY "local { auth = eap\n eap_id = a }\nremote { id = ";

        strcat(strcat(text, cases[i].written), "\n}\n" CHILDREN END);
        imports_expect(text, &in);
        cr_expect_str_eq(in.profile.remote_identity, cases[i].identity, "%s", cases[i].written);
        cr_expect_eq(in.profile.remote_identity_type, cases[i].type, "%s", cases[i].written);
        hf_import_clear(&in);
    }
}

static void escape(hf_bytes value, hf_buf *out)
{
    imports_escape_json(value, out); /* within quotes, the escapes that matter are the same */
}

Test(swanctl, truncations_and_hostile_values_stay_within)
{
    static const struct imports_field fields[] = {
        {"gw.example", " gateways name id "},
        { "idr",       " remote-identity " },
        { "ann",       " eap-identity "    },
        { "ppk1",      " ppk "             },
    };
    static const char text[] =
        BEGIN "remote_addrs = \"gw.example\"\nppk_id = \"ppk1\"\nvips = 0.0.0.0\n"
              "local { auth = eap\n eap_id = \"ann\" }\nremote { id = \"idr\" }\n" CHILDREN END;

    imports_expect_truncations(text);
    imports_expect_contained(text, fields, HF_ARRAY_LEN(fields), escape);
}

Test(settings, sections_values_quotes_and_limits)
{
    static const char text[] = "a { b = c # d\n e{f=\"x\\ty\\\n z\"}}\r\na {\n b = last\n}\ng =\n";
    struct hf_node *root;
    char deep[HF_NODE_DEPTH_MAX * 2 + 8] = "";

    cr_assert_eq(hf_settings_decode(hf_bytes_of_string(text), &root), HF_OK);
    cr_expect(hf_node_is_text(hf_node_find(root, "a/b"), "last"));
    cr_expect(hf_node_is_text(hf_node_find(root, "a/e/f"), "x\ty z"));
    cr_expect_eq(hf_node_text(hf_node_find(root, "g")).len, 0);
    hf_node_free(root);
    for (size_t i = 0; i <= HF_NODE_DEPTH_MAX; i++)
        strcat(deep, "a{");
    cr_expect_eq(hf_settings_decode(hf_bytes_of_string(deep), &root), HF_ERR_TOO_LARGE);
    cr_expect_eq(hf_settings_decode(hf_bytes_of_string("}"), &root), HF_ERR_MALFORMED);
    cr_expect_eq(hf_settings_decode(hf_bytes_of_string("a=\"b"), &root), HF_ERR_MALFORMED);
    cr_expect_eq(hf_settings_decode(hf_bytes_of_string("a=\"b\\"), &root), HF_ERR_MALFORMED);
    cr_expect_eq(hf_settings_decode((hf_bytes){ (const uint8_t *)"a=\0b", 4 }, &root),
                 HF_ERR_MALFORMED);
}
