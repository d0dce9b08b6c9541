/* Tests of the NetworkManager importer (profile/keyfile.c, nmconnection*.c). Files are made here.
 */
#include "imports.h"
#include "profile/keyfile.h"
#include "support/test.h"

#include <string.h>

#define CONNECTION                                                                                 \
    "# made by hand\n\n[connection]\nid=Office\nuuid=8f1c\ntype=vpn\nautoconnect=false\n"
#define STRONGSWAN "[vpn]\nservice-type=org.freedesktop.NetworkManager.strongswan\n"
#define L2TP       "[vpn]\nservice-type=org.freedesktop.NetworkManager.l2tp\n"
#define ROUTED     "[ipv4]\nmethod=auto\n"

static struct hf_import in;

static void clear(void)
{
    hf_import_clear(&in);
}

TestSuite(nmconnection, .fini = clear);

Test(nmconnection, eap_with_a_password_and_proposals)
{
    imports_expect(CONNECTION STRONGSWAN
                   "address=gw.example\nmethod=eap\nuser=ann\nvirtual=yes\nencap=no\nproposal=yes\n"
                   "ike=aes256gcm16-prfsha384-ecp384;aes256-sha256-modp2048\n"
                   "esp=aes256gcm16-ecp384\nremote-identity=vpn.example\n"
                   "[vpn-secrets]\npassword=ge\\sheim\n" ROUTED
                   "dns=10.0.0.1;10.0.0.2;\ndns-search=corp.example;~lab.example;\n"
                   "never-default=true\nroute1=10.0.0.0/8,10.1.1.1,100\nroute2=192.0.2.0/24\n"
                   "[proxy]\n",
                   &in);
    cr_expect_str_eq(in.format, "nmconnection");
    cr_expect_str_eq(in.profile.name, "Office");
    cr_expect_str_eq(in.profile.source_key, "8f1c");
    cr_expect_eq(in.profile.auth, HF_PROFILE_AUTH_EAP);
    cr_expect_str_eq(in.profile.eap_identity, "ann");
    cr_expect_str_eq(in.profile.remote_identity, "vpn.example");
    cr_expect(hf_bytes_equal(hf_buf_bytes(&in.secrets.values[HF_SECRET_PASSWORD]),
                             hf_bytes_of_string("ge heim")));
    cr_expect(in.profile.split && in.profile.include_count == 2 && in.profile.resolver_count == 2);
    cr_expect_str_eq(in.profile.domains[0], "corp.example");
    cr_expect_str_eq(in.profile.splits[0].domain, "lab.example");
    cr_expect_str_eq(in.profile.ike_groups.names[0], "ecp384");
    cr_expect_str_eq(in.profile.ike_groups.names[1], "modp2048");
    cr_expect_str_eq(in.profile.esp_encryption.names[0], "aes256gcm16");
    cr_expect(in.profile.system_trust);
    imports_expect_notice(&in, HF_NOTICE_APPLIED, "ipv4.route[1]");
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, "vpn.certificate");
}

Test(nmconnection, psk_and_methods)
{
    imports_expect(CONNECTION STRONGSWAN "address=192.0.2.1\nmethod=psk\n"
                                         "[vpn-secrets]\npassword=0123456789abcdef0123\n",
                   &in);
    cr_expect(in.profile.auth == HF_PROFILE_AUTH_PSK && in.profile.gateway_uses_psk);
    cr_expect(in.secrets.values[HF_SECRET_PSK].len == 20 && !in.profile.system_trust);
    hf_import_clear(&in);
    imports_expect(CONNECTION STRONGSWAN "address=gw.example\nmethod=eap-tls\nusercert=/h/u.pem\n"
                                         "userkey=/h/u.key\n",
                   &in);
    cr_expect_eq(in.profile.auth, HF_PROFILE_AUTH_EAP_TLS);
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, "vpn.usercert");
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, "vpn.userkey");
    hf_import_clear(&in);
    imports_expect_refused(CONNECTION STRONGSWAN "address=gw.example\nmethod=magic\n",
                           HF_ERR_PROFILE_INVALID, "vpn.method");
}

Test(nmconnection, l2tp_in_full)
{
    imports_expect(CONNECTION L2TP
                   "gateway=gw.example\nuser=ann\ndomain=CORP\nipsec-enabled=yes\n"
                   "machine-auth-type=psk\nrefuse-pap=yes\nrefuse-chap=yes\nrefuse-eap=yes\n"
                   "require-mppe=yes\nmtu=1400\nmru=1410\nlcp-echo-failure=5\n"
                   "lcp-echo-interval=30\nephemeral-port=yes\nipsec-group-name=staff\n"
                   "ipsec-ike=aes256-sha2_256-modp2048\nipsec-ikelifetime=8h\n"
                   "ipsec-salifetime=3600\nipsec-pfs=no\nipsec-ikev2=yes\npassword-flags=1\n"
                   "[vpn-secrets]\npassword=geheim\nipsec-psk= a secret of the group \n" ROUTED,
                   &in);
    cr_expect_eq(in.profile.protocol, HF_PROTOCOL_L2TP);
    cr_expect_eq(in.profile.auth, HF_PROFILE_AUTH_PSK);
    cr_expect_str_eq(in.profile.l2tp.user, "ann");
    cr_expect_str_eq(in.profile.l2tp.domain, "CORP");
    cr_expect_str_eq(in.profile.l2tp.group, "staff");
    cr_expect(in.profile.l2tp.methods.count == 1 &&
              strcmp(in.profile.l2tp.methods.words[0], "mschapv2") == 0);
    cr_expect(in.profile.mtu_bytes == 1400 && in.profile.l2tp.mru_bytes == 1410);
    cr_expect(in.profile.l2tp.echo_failures == 5 &&
              in.profile.l2tp.echo_interval == HF_SECONDS(30));
    cr_expect(in.profile.l2tp.any_port && in.profile.l2tp.prefer_ikev2 && !in.profile.l2tp.clear);
    cr_expect(in.profile.ike_lifetime == HF_SECONDS(8 * 3600) &&
              in.profile.child_lifetime == HF_SECONDS(3600));
    cr_expect(in.profile.allow_child_without_pfs);
    cr_expect(in.secrets.values[HF_SECRET_PSK].len != 0 &&
              in.secrets.values[HF_SECRET_PASSWORD].len == 6);
}

Test(nmconnection, a_psk_may_be_base64)
{
    imports_expect(CONNECTION L2TP "gateway=gw.example\n[vpn-secrets]\nipsec-psk=0sZm9vYmFy\n",
                   &in);
    cr_expect(hf_bytes_equal(hf_buf_bytes(&in.secrets.values[HF_SECRET_PSK]),
                             hf_bytes_of_string("foobar")));
    hf_import_clear(&in);
    imports_expect_refused(CONNECTION L2TP "gateway=gw.example\n[vpn-secrets]\nipsec-psk=0s!!\n",
                           HF_ERR_PROFILE_INVALID, "vpn-secrets.ipsec-psk");
}

Test(nmconnection, l2tp_without_ipsec_and_with_a_certificate_of_the_user)
{
    imports_expect(CONNECTION L2TP "gateway=gw.example\nuser-auth-type=tls\nipsec-enabled=no\n",
                   &in);
    cr_expect(in.profile.l2tp.clear);
    cr_expect_str_eq(in.profile.l2tp.methods.words[0], "eap-tls");
    hf_import_clear(&in);
    imports_expect_refused(CONNECTION L2TP
                           "gateway=gw.example\nrefuse-eap=yes\nrefuse-pap=yes\nrefuse-chap=yes\n"
                           "refuse-mschapv2=yes\n",
                           HF_ERR_PROFILE_INVALID, "vpn.refuse-eap");
}

Test(nmconnection, other_connections_are_refused_by_what_they_are)
{
    imports_expect_refused("[connection]\nid=Wi-Fi\ntype=wifi\n", HF_ERR_PROFILE_UNSUPPORTED,
                           "connection.type");
    imports_expect_refused("[connection]\nid=x\ntype=vpn\n[vpn]\n"
                           "service-type=org.freedesktop.NetworkManager.openvpn\n",
                           HF_ERR_UNSUPPORTED_PROTOCOL, "vpn.service-type");
    imports_expect_refused("[connection]\nno equals sign\n", HF_ERR_PROFILE_INVALID, "file");
}

Test(nmconnection, files_beside_it_are_found_by_their_base_names)
{
    static const char text[] =
        CONNECTION STRONGSWAN "address=gw.example\nmethod=psk\ncertificate=/etc/ssl/ca.pem\n"
                              "[vpn-secrets]\npassword=0123456789abcdef0123\n";
    struct hf_import_attachment attachment = { .name = "ca.pem",
                                               .file = hf_bytes_of_string("no certificate") };
    struct hf_import_options options = { .attachments = &attachment, .attachment_count = 1 };
    struct hf_fault fault;

    cr_expect_eq(hf_import_decode(hf_bytes_of_string(text), &options, &in, &fault),
                 HF_ERR_PROFILE_INVALID);
    cr_expect_str_eq(fault.received, "vpn.certificate");
    hf_copy(attachment.name, "other.pem", sizeof "other.pem");
    cr_expect_eq(hf_import_decode(hf_bytes_of_string(text), &options, &in, &fault), HF_OK);
    imports_expect_notice(&in, HF_NOTICE_UNSUPPORTED, "vpn.certificate");
}

Test(nmconnection, truncations_and_hostile_values_stay_within)
{
    static const struct imports_field fields[] = {
        {"Office",      " id name "        },
        { "gw.example", " gateways "       },
        { "ann",        " eap-identity "   },
        { "idr",        " remote-identity "},
    };
    static const char text[] = CONNECTION STRONGSWAN
        "address=gw.example\nmethod=eap\nuser=ann\nremote-identity=idr\n" ROUTED;

    imports_expect_lines(text);
    imports_expect_contained(text, fields, HF_ARRAY_LEN(fields), imports_escape_keyfile);
}

Test(keyfile, groups_keys_comments_and_escapes)
{
    static const char text[] = "\xef\xbb\xbf# c\r\n[a]\r\nk = v\\t1 \r\nl=x\\;y;\n[b]\n[a]\nm=\n";
    struct hf_node *root;

    cr_assert_eq(hf_keyfile_decode(hf_bytes_of_string(text), &root), HF_OK);
    cr_expect(hf_bytes_equal(hf_node_raw(hf_node_find(root, "a/k")), hf_bytes_of_string("v\t1")));
    cr_expect(hf_node_is_text(hf_node_find(root, "a/l"), "x\\;y;"));
    cr_expect_not_null(hf_node_find(root, "a/m"));
    cr_expect_not_null(hf_node_find(root, "b"));
    hf_node_free(root);
    cr_expect_eq(hf_keyfile_decode(hf_bytes_of_string("k=v\n"), &root), HF_ERR_MALFORMED);
    cr_expect_eq(hf_keyfile_decode(hf_bytes_of_string("[a\nk=v\n"), &root), HF_ERR_MALFORMED);
    cr_expect_eq(hf_keyfile_decode(hf_bytes_of_string("[a]\n=v\n"), &root), HF_ERR_MALFORMED);
}
