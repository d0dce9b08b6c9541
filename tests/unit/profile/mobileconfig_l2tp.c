/* Tests of the .mobileconfig importer (profile/mobileconfig*.c): L2TP, AlwaysOn, DNS, IPv4. */
#include "mobileconfig_file.h"

#define L2TP(dicts) FILE_OF("", VPN("L2TP", NAME dicts))
#define AT          "PayloadContent[0]."

Test(mobileconfig, l2tp_is_imported_in_full)
{
    struct hf_import in = imported(
        L2TP(D("PPP", S("CommRemoteAddress", "gw.example") S("AuthName", "ann")
                          S("AuthPassword", "correct horse") N("TokenCard", 1) N("CCPEnabled", 1)
                              N("DisconnectOnIdle", 1) N("DisconnectOnIdleTimer", 900))
                 D("IPSec", S("AuthenticationMethod", "SharedSecret")
                                B("SharedSecret", "a0Q4ZnEyTG0welh3N1JiVG40Vmg=")
                                    S("LocalIdentifier", "staff") S("LocalIdentifierType", "KeyID"))
                     D("IPv4", N("OverridePrimary", 1))));
    const struct hf_profile *p = &in.profile;
    struct hf_fault fault;

    cr_expect_eq(p->protocol, HF_PROTOCOL_L2TP);
    cr_expect_eq(p->auth, HF_PROFILE_AUTH_PSK);
    cr_expect_str_eq(p->gateways[0], "gw.example");
    cr_expect_str_eq(p->l2tp.user, "ann");
    cr_expect_str_eq(p->l2tp.group, "staff");
    cr_expect_eq(p->otp, HF_PROFILE_OTP_ASK);
    cr_expect_eq(p->idle_limit, HF_SECONDS(900));
    cr_expect_not(p->split);
    cr_expect_eq(in.secrets.values[HF_SECRET_PSK].len, 20u);
    cr_expect_eq(in.secrets.values[HF_SECRET_PASSWORD].len, 13u);
    EXPECT_NOTICE(&in, AT "PPP.CCPEnabled", HF_NOTICE_HARMLESS);
    cr_expect_eq(hf_profile_check_connectable(p, &fault), HF_ERR_UNSUPPORTED_PROTOCOL);
    hf_import_clear(&in);
}

Test(mobileconfig, l2tp_names_its_methods_and_leaves_the_default_route_alone_unless_asked)
{
    struct hf_import in =
        imported(L2TP(D("PPP", S("CommRemoteAddress", "gw.example") A("AuthProtocol", E("EAP"))
                                   A("AuthEAPPlugins", E("EAP-TLS") E("EAP-KRB")))));

    cr_expect_eq(in.profile.l2tp.methods.count, 1u);
    cr_expect_str_eq(in.profile.l2tp.methods.words[0], "eap-tls");
    EXPECT_NOTICE(&in, AT "PPP.AuthEAPPlugins", HF_NOTICE_UNSUPPORTED);
    cr_expect(in.profile.split);
    hf_import_clear(&in);
    EXPECT_REFUSED(L2TP(D("IPSec", "")), HF_ERR_PROFILE_INVALID, "PPP", "dictionary");
    EXPECT_REFUSED(L2TP(D("PPP", S("CommRemoteAddress", "gw.example"))
                            D("IPSec", S("AuthenticationMethod", "Hybrid"))),
                   HF_ERR_PROFILE_UNSUPPORTED, AT "IPSec.AuthenticationMethod", "SharedSecret");
}

Test(mobileconfig, always_on_locks_at_all_times)
{
    struct hf_import in = imported(FILE_OF(
        "", VPN("AlwaysOn",
                NAME D("AlwaysOn", N("UIToggleEnabled", 0) N("AllowCaptiveWebSheet", 1)
                                       A("TunnelConfigurations",
                                         O(S("ProtocolType", "IKEv2") A("Interfaces", E("WiFi"))
                                               ENDS PSK) O(S("ProtocolType", "IKEv2")))))));
    const struct hf_profile *p = &in.profile;

    cr_expect_eq(p->lock, HF_LOCK_ALWAYS);
    cr_expect(p->auto_connect && !p->split);
    cr_expect_str_eq(p->gateways[0], "gw.example");
    cr_expect_eq(p->auth, HF_PROFILE_AUTH_PSK);
    cr_expect_eq(p->locked.count, 1u);
    cr_expect_str_eq(p->locked.words[0], "disconnect");
    EXPECT_NOTICE(&in, AT "AlwaysOn.TunnelConfigurations[0].RemoteAddress", HF_NOTICE_APPLIED);
    EXPECT_NOTICE(&in, AT "AlwaysOn.TunnelConfigurations", HF_NOTICE_UNSUPPORTED);
    hf_import_clear(&in);
}

/* --- DNS --- */

#define DNS(keys) FILE_OF("", VPN("IKEv2", NAME D("DNS", keys) D("IKEv2", ENDS PSK)))

Test(mobileconfig, names_are_asked_where_the_file_says)
{
    struct hf_import in = imported(
        DNS(A("ServerAddresses", E("192.0.2.53") E("2001:db8::53")) S("DomainName", "corp.example")
                A("SearchDomains", E("corp.example") E("lab.example"))
                    A("SupplementalMatchDomains", E("corp.example") E(".lab.example."))
                        N("SupplementalMatchDomainsNoSearch", 1)));
    const struct hf_profile *p = &in.profile;

    cr_expect_eq(p->resolver_count, 2u);
    cr_expect_eq(p->domain_count, 2u);
    cr_expect_str_eq(p->domains[1], "lab.example");
    cr_expect_eq(p->split_count, 2u);
    cr_expect_str_eq(p->splits[1].domain, "lab.example");
    hf_import_clear(&in);
    in = imported(DNS(A("ServerAddresses", E("192.0.2.53") E("resolver"))
                          A("SupplementalMatchDomains", E("corp.example") E(""))));
    cr_expect_eq(in.profile.split_count, 0u); /* "": every name */
    EXPECT_NOTICE(&in, AT "DNS.ServerAddresses", HF_NOTICE_UNSUPPORTED);
    hf_import_clear(&in);
}

Test(mobileconfig, a_list_of_names_that_does_not_fit_never_sends_names_outside)
{
    struct hf_import in =
        imported(DNS(A("SupplementalMatchDomains",
                       E("a.example") E("b.example") E("c.example") E("d.example") E("e.example")
                           E("f.example") E("g.example") E("h.example") E("i.example")
                               E("j.example") E("k.example") E("l.example") E("m.example")
                                   E("n.example") E("o.example") E("p.example") E("q.example"))));

    cr_expect_eq(in.profile.split_count, 0u);
    EXPECT_NOTICE(&in, AT "DNS.SupplementalMatchDomains", HF_NOTICE_UNSUPPORTED);
    hf_import_clear(&in);
}

Test(mobileconfig, encrypted_dns_and_proxies_are_told)
{
    struct hf_import in = imported(FILE_OF(
        "", VPN("IKEv2", NAME D("IKEv2", ENDS PSK)
                             D("DNS", S("DNSProtocol", "HTTPS") S("ServerURL", "https://d.example"))
                                 D("Proxies", N("HTTPEnable", 1) S("HTTPProxyPassword", "hidden"))
                                     D("IPv4", N("OverridePrimary", 1)))));

    EXPECT_NOTICE(&in, AT "DNS.DNSProtocol", HF_NOTICE_UNSUPPORTED);
    EXPECT_NOTICE(&in, AT "DNS.ServerURL", HF_NOTICE_UNSUPPORTED);
    EXPECT_NOTICE(&in, AT "Proxies.HTTPEnable", HF_NOTICE_UNSUPPORTED);
    for (size_t i = 0; i < in.notice_count; i++)
        cr_expect_null(strstr(in.notices[i].text, "hidden"));
    cr_expect_not(in.profile.split); /* IKEv2 files carry OverridePrimary too */
    hf_import_clear(&in);
}
