/* Tests of identities in certificates (crypto/certificate.h): exact, by type. RFC 4945, section
 * 3.1; RFC 9525, section 6. */
#include "crypto/certificate.h"
#include "support/hex.h"
#include "support/pki.h"
#include "support/test.h"

static hf_identity identity_of(enum hf_identity_type type, hf_bytes value)
{
    hf_identity identity;

    if (!hf_identity_make(type, value, &identity))
        test_die("not an identity");
    return identity;
}

static hf_identity fqdn(const char *name)
{
    return identity_of(HF_ID_FQDN, hf_bytes_of_string(name));
}

static hf_identity mailbox(const char *name)
{
    return identity_of(HF_ID_RFC822_ADDR, hf_bytes_of_string(name));
}

static hf_bytes with_san(const char *san)
{
    return pki_der(PKI_ISSUE(NULL, .subject = "CN=cn.example.com", .san = san));
}

static bool has(const char *san, hf_identity identity)
{
    return hf_certificate_has_identity(with_san(san), &identity, false);
}

static bool has_dns(const char *octets, size_t len, const char *expected)
{
    hf_identity identity = fqdn(expected);
    hf_bytes name = { (const uint8_t *)octets, len };

    return hf_certificate_has_identity(
        pki_der(PKI_ISSUE(NULL, .subject = "CN=cn.example.com", .dns_name = name)), &identity,
        true);
}
#define HAS_DNS(literal, expected) has_dns(literal, sizeof(literal) - 1, expected)

Test(identity_match, each_type_matches_its_own)
{
    static const uint8_t v4[] = { 192, 0, 2, 1 };
    static const uint8_t v6[] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 0x07 };

    cr_expect(has("DNS:gw.example.com", fqdn("gw.example.com")));
    cr_expect(has("DNS:other.example,DNS:gw.example.com", fqdn("gw.example.com")));
    cr_expect(has("email:vpn@example.com", mailbox("vpn@example.com")));
    cr_expect(has("IP:192.0.2.1", identity_of(HF_ID_IPV4_ADDR, HF_BYTES_OF(v4))));
    cr_expect(has("IP:2001:db8::7", identity_of(HF_ID_IPV6_ADDR, HF_BYTES_OF(v6))));
}

Test(identity_match, a_host_name_has_no_case_a_local_part_has)
{
    cr_expect(has("DNS:GW.Example.COM", fqdn("gw.eXample.com")));
    cr_expect(has("email:vpn@EXAMPLE.com", mailbox("vpn@example.com")));
    cr_expect_not(has("email:VPN@example.com", mailbox("vpn@example.com")));
}

Test(identity_match, no_name_matches_a_part_of_another)
{
    cr_expect_not(has("DNS:gw.example.com", fqdn("example.com")));
    cr_expect_not(has("DNS:example.com", fqdn("gw.example.com")));
    cr_expect_not(has("DNS:gw.example.com", fqdn("xgw.example.com")));
    cr_expect_not(has("DNS:gw.example.com.evil.example", fqdn("gw.example.com")));
    cr_expect_not(has("email:vpn@example.com", mailbox("vpn@gw.example.com")));
}

Test(identity_match, types_are_not_mixed_up)
{
    static const uint8_t v4[] = { 192, 0, 2, 1 };
    static const uint8_t mapped[] = { [10] = 0xff, [11] = 0xff, [12] = 192, 0, 2, 1 };

    cr_expect_not(has("DNS:192.0.2.1", identity_of(HF_ID_IPV4_ADDR, HF_BYTES_OF(v4))));
    cr_expect_not(has("DNS:192.0.2.1", fqdn("192.0.2.1")));
    cr_expect_not(has("IP:192.0.2.1", fqdn("192.0.2.1")));
    cr_expect_not(has("IP:192.0.2.1", identity_of(HF_ID_IPV6_ADDR, HF_BYTES_OF(mapped))));
    cr_expect_not(has("email:vpn@example.com", fqdn("vpn@example.com")));
    cr_expect_not(has("email:vpn@example.com", fqdn("example.com")));
    cr_expect_not(has("DNS:example.com", mailbox("vpn@example.com")));
    cr_expect_not(has("URI:https://gw.example.com/", fqdn("gw.example.com")));
    cr_expect_not(
        has("otherName:1.3.6.1.5.5.7.8.7;IA5STRING:gw.example.com", fqdn("gw.example.com")));
    cr_expect_not(
        has("DNS:gw.example.com", identity_of(HF_ID_KEY_ID, hf_bytes_of_string("gw.example.com"))));
    cr_expect_not(has("DNS:gw.example.com", (hf_identity){ .type = HF_ID_NONE }));
}

Test(identity_match, wildcards_match_nothing)
{
    cr_expect_not(has("DNS:*.example.com", fqdn("gw.example.com")));
    cr_expect_not(has("DNS:*.example.com", fqdn("*.example.com")));
    cr_expect_not(has("DNS:g*.example.com", fqdn("gw.example.com")));
    cr_expect_not(has("DNS:*", fqdn("localhost")));
}

Test(identity_match, odd_octets_match_nothing)
{
    cr_expect(HAS_DNS("gw.example.com", "gw.example.com"));
    cr_expect_not(HAS_DNS("gw.example.com\0.evil.example", "gw.example.com"));
    cr_expect_not(HAS_DNS("gw.example.com\0", "gw.example.com"));
    cr_expect_not(HAS_DNS("\0gw.example.com", "gw.example.com"));
    cr_expect_not(HAS_DNS("gw.example.com ", "gw.example.com"));
    cr_expect_not(HAS_DNS(" gw.example.com", "gw.example.com"));
    cr_expect_not(HAS_DNS("gw.ex\xc3\xa4mple.com", "gw.ex\xc3\xa4mple.com"));
    cr_expect(HAS_DNS("xn--exmple-cua.com", "xn--exmple-cua.com"));
}

Test(identity_match, trailing_dots_and_empty_labels_match_nothing)
{
    cr_expect_not(HAS_DNS("gw.example.com.", "gw.example.com"));
    cr_expect_not(HAS_DNS("gw.example.com", "gw.example.com."));
    cr_expect_not(HAS_DNS("gw.example.com.", "gw.example.com."));
    cr_expect_not(HAS_DNS(".example.com", ".example.com"));
    cr_expect_not(HAS_DNS("gw..example.com", "gw..example.com"));
    cr_expect_not(HAS_DNS(".", "."));
}

Test(identity_match, odd_mailboxes_match_nothing)
{
    cr_expect_not(has("email:@example.com", mailbox("@example.com")));
    cr_expect_not(has("email:vpn@", mailbox("vpn@")));
    cr_expect_not(has("email:vpn@example.com.", mailbox("vpn@example.com.")));
    cr_expect_not(has("email:a@b@example.com", mailbox("a@b@example.com")));
    cr_expect_not(has("email:example.com", mailbox("example.com")));
}

/* --- the common name --- */

static bool has_common_name(const char *subject, const char *san, bool allow)
{
    hf_identity identity = fqdn("gw.example.com");

    return hf_certificate_has_identity(pki_der(PKI_ISSUE(NULL, .subject = subject, .san = san)),
                                       &identity, allow);
}

Test(identity_match, a_common_name_counts_only_where_allowed)
{
    cr_expect_not(has_common_name("CN=gw.example.com", NULL, false));
    cr_expect(has_common_name("CN=gw.example.com", NULL, true));
    cr_expect(has_common_name("CN=gw.example.com", "IP:192.0.2.1", true));
}

Test(identity_match, a_common_name_gives_way_to_any_dns_name)
{
    cr_expect_not(has_common_name("CN=gw.example.com", "DNS:other.example.com", true));
    cr_expect_not(has_common_name("CN=gw.example.com", "IP:192.0.2.1,DNS:x.example", true));
}

Test(identity_match, one_of_several_common_names_does_not_count)
{
    cr_expect_not(has_common_name("CN=gw.example.com, CN=evil.example", NULL, true));
    cr_expect_not(has_common_name("CN=evil.example, CN=gw.example.com", NULL, true));
    cr_expect_not(has_common_name("O=gw.example.com", NULL, true));
}

Test(identity_match, a_common_name_is_a_host_name_only)
{
    hf_identity identity = mailbox("vpn@example.com");

    cr_expect_not(hf_certificate_has_identity(
        pki_der(PKI_ISSUE(NULL, .subject = "CN=vpn@example.com")), &identity, true));
}

/* --- distinguished names --- */

Test(identity_match, a_subject_matches_octet_for_octet)
{
    hf_bytes cert = pki_der(PKI_ISSUE(NULL, .subject = "C=CH, O=Test, CN=gw"));
    hf_identity same, other, subject;

    cr_assert_eq(hf_name_parse(hf_bytes_of_string("C=CH, O=Test, CN=gw"), &same), HF_OK);
    cr_expect(hf_certificate_has_identity(cert, &same, false));
    cr_assert_eq(hf_certificate_subject(cert, &subject), HF_OK);
    cr_expect(hf_identity_equal(&subject, &same));
    cr_assert_eq(hf_name_parse(hf_bytes_of_string("C=CH, O=Test, CN=GW"), &other), HF_OK);
    cr_expect_not(hf_certificate_has_identity(cert, &other, false));
    cr_assert_eq(hf_name_parse(hf_bytes_of_string("O=Test, C=CH, CN=gw"), &other), HF_OK);
    cr_expect_not(hf_certificate_has_identity(cert, &other, false));
    cr_assert_eq(hf_name_parse(hf_bytes_of_string("C=CH, O=Test"), &other), HF_OK);
    cr_expect_not(hf_certificate_has_identity(cert, &other, false));
}

Test(identity_match, what_is_no_certificate_has_no_identity)
{
    hf_identity identity = fqdn("gw.example.com");

    cr_expect_not(hf_certificate_has_identity((hf_bytes){ 0 }, &identity, true));
    cr_expect_not(hf_certificate_has_identity(hex("3003020101"), &identity, true));
}

/* --- the identity that a client certificate suggests --- */

static hf_identity suggested(const char *san)
{
    hf_identity identity;

    if (hf_certificate_default_identity(with_san(san), &identity) != HF_OK)
        test_die("no identity");
    return identity;
}

Test(identity_match, the_default_identity_is_the_first_name_that_serves)
{
    hf_identity identity = suggested("IP:192.0.2.1,email:anna@example.com,DNS:pc.example.com");

    cr_expect_eq(identity.type, HF_ID_RFC822_ADDR);
    identity = suggested("DNS:*.example.com,DNS:pc.example.com,email:anna@example.com");
    cr_expect_eq(identity.type, HF_ID_FQDN);
    cr_expect(hf_bytes_equal(hf_identity_bytes(&identity), hf_bytes_of_string("pc.example.com")));
    cr_expect_eq(suggested("IP:192.0.2.1").type, HF_ID_DER_ASN1_DN);
    cr_expect_eq(suggested(NULL).type, HF_ID_DER_ASN1_DN);
}
