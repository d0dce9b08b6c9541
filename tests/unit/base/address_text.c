/* Tests of the text forms of addresses and prefixes (base/address.h). */
#include "base/address.h"
#include "support/env.h"
#include "support/hex.h"
#include "support/test.h"

/* Exactly as long as the text: a read past it is seen. */
static hf_bytes exact(const char *text)
{
    size_t len = strlen(text);

    return (hf_bytes){ test_copy(hf_bytes_of_string(text)), len };
}

Test(address_text, good_text_comes_back_in_canonical_form)
{
    static const struct {
        const char *text, *canonical, *octets;
    } rows[] = {
        {"192.0.2.1",                                "192.0.2.1",                               "c0000201"                        },
        { "0.0.0.0",                                 "0.0.0.0",                                 "00000000"                        },
        { "255.255.255.255",                         "255.255.255.255",                         "ffffffff"                        },
        { "::",                                      "::",                                      "00000000000000000000000000000000"},
        { "::1",                                     "::1",                                     "00000000000000000000000000000001"},
        { "1::",                                     "1::",                                     "00010000000000000000000000000000"},
        { "2001:DB8:0:0:0:0:0:1",                    "2001:db8::1",                             "20010db8000000000000000000000001"},
        { "2001:db8:0:1:1:1:1:1",                    "2001:db8:0:1:1:1:1:1",                    "20010db8000000010001000100010001"},
        { "2001:db8::0:1:0:0:1",                     "2001:db8::1:0:0:1",                       "20010db8000000000001000000000001"},
        { "2001:0db8:1:2:3:4:5:6",                   "2001:db8:1:2:3:4:5:6",                    "20010db8000100020003000400050006"},
        { "::ffff:192.0.2.1",                        "::ffff:c000:201",                         "00000000000000000000ffffc0000201"},
        { "1:2:3:4:5:6:1.2.3.4",                     "1:2:3:4:5:6:102:304",                     "00010002000300040005000601020304"},
        { "1:2:3:4:5:6:7::",                         "1:2:3:4:5:6:7:0",                         "00010002000300040005000600070000"},
        { "::2:3:4:5:6:7:8",                         "0:2:3:4:5:6:7:8",                         "00000002000300040005000600070008"},
        { "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
         "ffffffffffffffffffffffffffffffff"                                                                                       },
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++) {
        char text[HF_ADDRESS_TEXT_MAX];
        hf_address out;

        cr_assert(hf_address_parse(exact(rows[i].text), &out), "%s", rows[i].text);
        cr_expect(hf_bytes_equal(hf_address_bytes(&out), hex(rows[i].octets)), "%s", rows[i].text);
        cr_expect_str_eq(hf_address_format(&out, text), rows[i].canonical);
    }
}

Test(address_text, bad_text_is_refused_and_changes_nothing)
{
    static const char *const rows[] = {
        "",
        "1",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.256",
        "01.2.3.4",
        "1.2.3.04",
        "1..2.3",
        " 1.2.3.4",
        "1.2.3.4 ",
        "1.2.3.4/32",
        "0x1.2.3.4",
        "-1.2.3.4",
        "1.2.3.4444",
        ":",
        ":::",
        "1:::2",
        "1::2::3",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8",
        "12345::",
        "g::",
        "1:",
        ":1",
        "::1%eth0",
        "1.2.3.4::",
        "::1.2.3",
        "::1.2.3.4.5",
        "::1.2.3.4:5",
        "1:2:3:4:5:6:7:1.2.3.4",
        "[::1]",
        "::/0",
        "1:2:3:4:5:6:7:",
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++) {
        hf_address out = { .octets = { 0x77 } };

        cr_expect_not(hf_address_parse(exact(rows[i]), &out), "%s", rows[i]);
        cr_expect(out.family == HF_FAMILY_NONE && out.octets[0] == 0x77, "%s", rows[i]);
    }
}

Test(address_text, every_truncation_of_good_text_is_safe)
{
    static const char *const rows[] = { "192.168.255.254",
                                        "2001:db8:1234:5678:9abc:def0:192.168.255.254", "::ffff" };

    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++) {
        for (size_t len = 0; len < strlen(rows[i]); len++) {
            hf_bytes cut = { test_copy((hf_bytes){ (const uint8_t *)rows[i], len }), len };
            hf_address out;
            hf_prefix prefix;

            (void)!hf_address_parse(cut, &out);
            (void)!hf_prefix_parse(cut, &prefix);
        }
    }
}

Test(address_text, every_address_survives_the_round_trip)
{
    uint64_t seed = 3;

    for (size_t round = 0; round < 20000; round++) {
        hf_address in = { .family = round % 2 == 0 ? HF_FAMILY_V4 : HF_FAMILY_V6 }, out;
        char text[HF_ADDRESS_TEXT_MAX];

        for (size_t i = 0; i < hf_family_octets(in.family); i += 2) { /* many zero groups */
            if (test_random_below(&seed, 2) == 0)
                test_random_fill(&seed, in.octets + i, 2);
        }
        hf_address_format(&in, text);
        cr_assert(hf_address_parse(hf_bytes_of_string(text), &out), "%s", text);
        cr_assert(hf_address_equal(&in, &out), "%s", text);
    }
}

Test(address_text, no_address_has_a_text_too)
{
    char text[HF_ADDRESS_TEXT_MAX];

    cr_expect_str_eq(hf_address_format(&(hf_address){ 0 }, text), "-");
}

Test(prefix_text, host_bits_are_cleared_and_a_bare_address_is_whole)
{
    static const struct {
        const char *text, *canonical;
    } rows[] = {
        {"192.0.2.77/24",    "192.0.2.0/24"    },
        { "192.0.2.77",      "192.0.2.77/32"   },
        { "1.2.3.4/0",       "0.0.0.0/0"       },
        { "2001:db8::77/32", "2001:db8::/32"   },
        { "2001:db8::77",    "2001:db8::77/128"},
        { "10.0.0.0/08",     "10.0.0.0/8"      },
        { "ffff::/1",        "8000::/1"        },
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++) {
        char text[HF_PREFIX_TEXT_MAX];
        hf_prefix out;

        cr_assert(hf_prefix_parse(exact(rows[i].text), &out), "%s", rows[i].text);
        cr_expect_str_eq(hf_prefix_format(&out, text), rows[i].canonical);
    }
}

Test(prefix_text, bad_text_is_refused_and_changes_nothing)
{
    static const char *const rows[] = { "",           "/",          "/24",          "1.2.3.4/",
                                        "1.2.3.4/33", "::/129",     "1.2.3.4/-1",   "1.2.3.4/8 ",
                                        "1.2.3.4//8", "1.2.3.4/8/", "1.2.3.4/1000", "1.2.3/8" };

    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++) {
        hf_prefix out = { .bits = 77 };

        cr_expect_not(hf_prefix_parse(exact(rows[i]), &out), "%s", rows[i]);
        cr_expect_eq(out.bits, 77);
    }
}
