/* Tests of identities (base/identity.h). */
#include "base/identity.h"
#include "support/hex.h"
#include "support/test.h"

static hf_identity make(enum hf_identity_type type, const char *text)
{
    hf_identity identity;

    cr_assert(hf_identity_make(type, hf_bytes_of_string(text), &identity));
    return identity;
}

Test(identity, make_checks_the_length_of_each_type)
{
    static const struct {
        enum hf_identity_type type;
        size_t least, most;
    } rows[] = {
        {HF_ID_NONE,         1,  0              },
        { HF_ID_IPV4_ADDR,   4,  4              },
        { HF_ID_FQDN,        1,  HF_IDENTITY_MAX},
        { HF_ID_RFC822_ADDR, 1,  HF_IDENTITY_MAX},
        { HF_ID_IPV6_ADDR,   16, 16             },
        { HF_ID_DER_ASN1_DN, 1,  HF_IDENTITY_MAX},
        { HF_ID_KEY_ID,      1,  HF_IDENTITY_MAX},
    };
    const uint8_t *bytes = test_memory(HF_IDENTITY_MAX + 1);

    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++) {
        for (size_t len = 0; len <= HF_IDENTITY_MAX + 1; len++) {
            hf_identity identity = { .type = HF_ID_NONE, .len = 77 };
            bool good = hf_identity_make(rows[i].type, (hf_bytes){ bytes, len }, &identity);

            cr_assert_eq(good, len >= rows[i].least && len <= rows[i].most);
            cr_assert_eq(identity.len, good ? len : 77);
        }
    }
}

Test(identity, parse_goes_by_shape)
{
    static const struct {
        const char *text;
        enum hf_identity_type type;
    } rows[] = {
        {"192.0.2.1",          HF_ID_IPV4_ADDR  },
        { "2001:db8::1",       HF_ID_IPV6_ADDR  },
        { "gw.example.com",    HF_ID_FQDN       },
        { "alice@example.com", HF_ID_RFC822_ADDR},
        { "192.0.2.1.example", HF_ID_FQDN       },
        { "192.0.2.256",       HF_ID_FQDN       },
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++) {
        hf_identity identity;

        cr_assert(hf_identity_parse(hf_bytes_of_string(rows[i].text), &identity));
        cr_expect_eq(identity.type, rows[i].type, "%s", rows[i].text);
    }
    cr_expect_not(hf_identity_parse((hf_bytes){ 0 }, &(hf_identity){ 0 }));
}

Test(identity, names_compare_without_case)
{
    hf_identity a = make(HF_ID_FQDN, "GW.example.com"), b = make(HF_ID_FQDN, "gw.EXAMPLE.com"),
                c = make(HF_ID_FQDN, "gw.example.co");

    cr_expect(hf_identity_equal(&a, &b));
    cr_expect_not(hf_identity_equal(&a, &c));
}

Test(identity, of_a_mailbox_only_the_domain_compares_without_case)
{
    hf_identity a = make(HF_ID_RFC822_ADDR, "Alice@example.com"),
                b = make(HF_ID_RFC822_ADDR, "Alice@EXAMPLE.com"),
                c = make(HF_ID_RFC822_ADDR, "alice@example.com"),
                d = make(HF_ID_RFC822_ADDR, "Alice"), e = make(HF_ID_RFC822_ADDR, "alice");

    cr_expect(hf_identity_equal(&a, &b));
    cr_expect_not(hf_identity_equal(&a, &c));
    cr_expect_not(hf_identity_equal(&a, &d));
    cr_expect_not(hf_identity_equal(&d, &e));
    cr_expect(hf_identity_equal(&d, &d));
}

Test(identity, other_types_compare_byte_by_byte)
{
    hf_identity a = make(HF_ID_KEY_ID, "Key"), b = make(HF_ID_KEY_ID, "key"),
                c = make(HF_ID_FQDN, "key");

    cr_expect_not(hf_identity_equal(&a, &b));
    cr_expect_not(hf_identity_equal(&b, &c), "the type counts");
    cr_expect(hf_identity_equal(&b, &b));
}

Test(identity, a_wildcard_is_a_name_like_any_other)
{
    hf_identity wild = make(HF_ID_FQDN, "*.example.com"), name = make(HF_ID_FQDN, "a.example.com");

    cr_expect_not(hf_identity_equal(&wild, &name));
}
