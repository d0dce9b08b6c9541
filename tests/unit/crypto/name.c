/* Tests of names as text and of what people are shown (crypto/certificate.h). */
#include "crypto/certificate.h"
#include "support/hex.h"
#include "support/pki.h"
#include "support/test.h"

/* Parses and formats again. */
static const char *again(const char *text)
{
    static char formatted[HF_FAULT_TEXT_MAX];
    hf_identity identity;

    if (hf_name_parse(hf_bytes_of_string(text), &identity) != HF_OK)
        return "refused";
    cr_expect_eq(identity.type, HF_ID_DER_ASN1_DN);
    hf_identity_format(&identity, formatted);
    return formatted;
}

Test(name, parses_what_it_formats)
{
    static const char *const same[] = {
        "CN=gw",
        "C=CH, ST=Bern, L=Bern, O=Example, OU=IT, CN=gw.example.com",
        "DC=com, DC=example, CN=gw",
        "OU=IT + O=Example, CN=gw", /* a set has an order of its own in DER */
        "CN=Smith\\, Anna",
        "CN=a\\+b\\=c\\\\d\\\"e",
        "emailAddress=vpn@example.com",
        "1.3.6.1.4.1.311.60.2.1.3=CH",
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(same) - 1; i++)
        cr_expect_str_eq(again(same[i]), same[i]);
    cr_expect_str_eq(again(same[HF_ARRAY_LEN(same) - 1]), "jurisdictionC=CH");
}

Test(name, takes_the_usual_ways_to_write)
{
    cr_expect_str_eq(again("C=CH,O=Example,CN=gw"), "C=CH, O=Example, CN=gw");
    cr_expect_str_eq(again("  C = CH ,  CN = the gateway  "), "C=CH, CN=the gateway");
    cr_expect_str_eq(again("O=\"Smith, Anna + Co\", CN=gw"), "O=Smith\\, Anna \\+ Co, CN=gw");
    cr_expect_str_eq(again("E=vpn@example.com"), "emailAddress=vpn@example.com");
    cr_expect_str_eq(again("S=Bern"), "ST=Bern");
    cr_expect_str_eq(again("CN=trailing\\ "), "CN=trailing ");
    cr_expect_str_eq(again("CN=gw, 2.5.4.10=Example"), "CN=gw, O=Example");
}

Test(name, refuses_what_is_no_name)
{
    static const char *const bad[] = { "",
                                       "gw.example.com",
                                       "CN",
                                       "CN=",
                                       "=gw",
                                       "CN=gw,",
                                       ",CN=gw",
                                       "CN=a,,CN=b",
                                       "CN=gw\\",
                                       "CN=\"gw",
                                       "NOSUCHTHING=gw",
                                       "CN=a+b",
                                       "C=Switzerland",
                                       "CN=gw+",
                                       "CN=\x80" };

    for (size_t i = 0; i < HF_ARRAY_LEN(bad); i++)
        cr_expect_str_eq(again(bad[i]), "refused", "%s", bad[i]);
}

Test(name, refuses_a_name_longer_than_an_identity)
{
    char text[1024] = "O=x";
    hf_identity identity = { .type = HF_ID_NONE };

    for (size_t len = strlen(text); len + 70 < sizeof text; len = strlen(text)) {
        memcpy(text + len, ", OU=", 5);
        memset(text + len + 5, 'a', 60);
        text[len + 65] = '\0';
    }
    cr_expect_eq(hf_name_parse(hf_bytes_of_string(text), &identity), HF_ERR_TOO_LARGE);
    cr_expect_eq(identity.type, HF_ID_NONE);
}

Test(name, every_type_of_identity_has_a_text)
{
    char text[HF_FAULT_TEXT_MAX];
    static const uint8_t v4[] = { 192, 0, 2, 1 }, v6[16] = { 0x20, 0x01, 0x0d, 0xb8 };
    static const struct {
        enum hf_identity_type type;
        const uint8_t *data;
        size_t len;
        const char *text;
    } rows[] = {
        {HF_ID_IPV4_ADDR,    v4,                              4,  "192.0.2.1"  },
        { HF_ID_IPV6_ADDR,   v6,                              16, "2001:db8::" },
        { HF_ID_FQDN,        (const uint8_t *)"gw\n.example", 11, "gw?.example"},
        { HF_ID_RFC822_ADDR, (const uint8_t *)"a@b",          3,  "a@b"        },
        { HF_ID_KEY_ID,      (const uint8_t *)"group",        5,  "group"      },
        { HF_ID_KEY_ID,      (const uint8_t *)"\x00\xfe",     2,  "0x00fe"     },
        { HF_ID_DER_ASN1_DN, (const uint8_t *)"\x30",         1,  "0x30"       },
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++) {
        hf_identity identity;

        cr_assert(
            hf_identity_make(rows[i].type, (hf_bytes){ rows[i].data, rows[i].len }, &identity));
        hf_identity_format(&identity, text);
        cr_expect_str_eq(text, rows[i].text);
    }
    hf_identity_format(&(hf_identity){ .type = HF_ID_NONE }, text);
    cr_expect_str_eq(text, "(none)");
}

Test(name, a_certificate_is_described_for_people)
{
    const struct pki_cert *root = pki_root("O=Example, CN=Root");
    struct hf_certificate_info info;

    cr_assert_eq(hf_certificate_describe(
                     pki_der(PKI_ISSUE(root, .subject = "CN=gw",
                                       .san = "DNS:gw.example.com,IP:192.0.2.1,URI:x:y")),
                     &info),
                 HF_OK);
    cr_expect_str_eq(info.subject, "CN=gw");
    cr_expect_str_eq(info.issuer, "O=Example, CN=Root");
    cr_expect_str_eq(info.names, "gw.example.com, 192.0.2.1, (a URI)");
    cr_expect_eq(info.not_before, PKI_NOW - PKI_DAY);
    cr_expect_eq(info.not_after, PKI_NOW + 365 * PKI_DAY);
    cr_expect_not(info.is_ca);
    cr_assert_eq(hf_certificate_describe(pki_der(root), &info), HF_OK);
    cr_expect(info.is_ca);
    cr_expect_str_eq(info.names, "");
}

Test(name, odd_octets_in_a_certificate_reach_nobody)
{
    static const uint8_t octets[] = { 'g', 'w', 0, '\n', 0x1b, '[', '3', '1', 'm', 0xff };
    struct hf_certificate_info info;

    cr_assert_eq(hf_certificate_describe(pki_der(PKI_ISSUE(NULL, .subject = "CN=\xd0\xb6",
                                                           .dns_name = HF_BYTES_OF(octets))),
                                         &info),
                 HF_OK);
    cr_expect_str_eq(info.names, "gw???[31m?");
    cr_expect_str_eq(info.subject, "CN=??");
}

Test(name, times_before_1970_and_after_2038_are_described)
{
    struct hf_certificate_info info;
    hf_wall_clock before = -((hf_wall_clock)10 * 365 * PKI_DAY);
    hf_wall_clock after = (hf_wall_clock)200 * 365 * PKI_DAY;

    cr_assert_eq(
        hf_certificate_describe(
            pki_der(PKI_ISSUE(NULL, .subject = "CN=x", .not_before = before, .not_after = after)),
            &info),
        HF_OK);
    cr_expect_eq(info.not_before, before);
    cr_expect_eq(info.not_after, after);
}
