/* Tests of addresses, prefixes and ranges (base/address.h). */
#include "base/address.h"
#include "support/env.h"
#include "support/hex.h"
#include "support/test.h"

static hf_address address(const char *text)
{
    hf_address out;

    cr_assert(hf_address_parse(hf_bytes_of_string(text), &out), "%s", text);
    return out;
}

static hf_prefix prefix(const char *text)
{
    hf_prefix out;

    cr_assert(hf_prefix_parse(hf_bytes_of_string(text), &out), "%s", text);
    return out;
}

Test(address, octets_are_4_or_16)
{
    for (size_t len = 0; len < 20; len++) {
        hf_address out = { .family = HF_FAMILY_NONE };
        bool good = hf_address_of_octets((hf_bytes){ test_memory(len), len }, &out);

        cr_expect_eq(good, len == 4 || len == 16);
        cr_expect_eq(hf_address_bytes(&out).len, good ? len : 0);
    }
}

Test(address, order_is_family_then_value)
{
    static const char *const sorted[] = { "0.0.0.0", "10.0.0.1", "10.0.1.0",   "255.255.255.255",
                                          "::",      "::1",      "2001:db8::", "ff02::1" };

    for (size_t a = 0; a < HF_ARRAY_LEN(sorted); a++) {
        for (size_t b = 0; b < HF_ARRAY_LEN(sorted); b++) {
            hf_address x = address(sorted[a]), y = address(sorted[b]);
            int order = hf_address_compare(&x, &y);

            cr_expect_eq(order < 0, a < b);
            cr_expect_eq(order > 0, a > b);
            cr_expect_eq(hf_address_equal(&x, &y), a == b);
        }
    }
}

Test(address, endpoints_are_equal_in_both_parts)
{
    hf_endpoint a = { address("192.0.2.1"), 500 }, b = a;

    cr_expect(hf_endpoint_equal(&a, &b));
    b.port = 4500;
    cr_expect_not(hf_endpoint_equal(&a, &b));
    b = (hf_endpoint){ address("192.0.2.2"), 500 };
    cr_expect_not(hf_endpoint_equal(&a, &b));
}

Test(address, special_addresses_are_known_at_both_ends_of_their_ranges)
{
    static const struct {
        const char *text;
        bool special;
    } rows[] = {
        {"0.0.0.0",           true },
        { "0.255.255.255",    true },
        { "1.0.0.0",          false},
        { "126.255.255.255",  false},
        { "127.0.0.1",        true },
        { "127.255.255.255",  true },
        { "128.0.0.0",        false},
        { "169.253.255.255",  false},
        { "169.254.0.0",      true },
        { "169.254.255.255",  true },
        { "169.255.0.0",      false},
        { "223.255.255.255",  false},
        { "224.0.0.0",        true },
        { "255.255.255.255",  true },
        { "10.0.0.1",         false},
        { "::",               true },
        { "::1",              true },
        { "::ffff:192.0.2.1", true },
        { "2001:db8::1",      false},
        { "fd00::1",          false},
        { "fe7f:ffff::",      false},
        { "fe80::1",          true },
        { "febf:ffff::",      true },
        { "fec0::",           false},
        { "feff::",           false},
        { "ff00::",           true },
        { "ffff:ffff::",      true },
        { "1::",              false},
        { "0:0:0:0:1::",      false},
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++) {
        hf_address a = address(rows[i].text);

        cr_expect_eq(hf_address_is_special(&a), rows[i].special, "%s", rows[i].text);
    }
    cr_expect(hf_address_is_special(&(hf_address){ 0 }), "no address at all");
}

Test(address, any_is_all_zeros)
{
    hf_address v4 = address("0.0.0.0"), v6 = address("::"), other = address("0.0.0.1");

    cr_expect(hf_address_is_any(&v4));
    cr_expect(hf_address_is_any(&v6));
    cr_expect_not(hf_address_is_any(&other));
}

/* What the text of every prefix length does to its address, bit by bit. */
static void check_prefix_bits(const char *text, size_t octets)
{
    hf_address whole = address(text);

    for (size_t bits = 0; bits <= octets * 8; bits++) {
        hf_prefix p = { whole, (uint8_t)bits };
        hf_address first = hf_prefix_first(&p), last = hf_prefix_last(&p);

        for (size_t bit = 0; bit < octets * 8; bit++) {
            unsigned mask = 0x80u >> bit % 8;
            bool kept = (whole.octets[bit / 8] & mask) != 0;

            cr_assert_eq((first.octets[bit / 8] & mask) != 0, bit < bits && kept);
            cr_assert_eq((last.octets[bit / 8] & mask) != 0, bit >= bits || kept);
        }
        for (size_t i = octets; i < 16; i++)
            cr_assert_eq(last.octets[i], 0, "behind an IPv4 address nothing is set");
        cr_assert(hf_prefix_contains(&p, &first));
        cr_assert(hf_prefix_contains(&p, &last));
    }
}

Test(prefix, first_and_last_keep_the_leading_bits)
{
    check_prefix_bits("165.90.195.60", 4);
    check_prefix_bits("a55a:c33c:1234:5678:9abc:def0:0ff0:f00f", 16);
}

Test(prefix, contains_its_own_family_only)
{
    hf_prefix v4 = prefix("10.0.0.0/8"), all4 = prefix("0.0.0.0/0"), all6 = prefix("::/0");
    hf_address inside = address("10.255.0.1"), outside = address("11.0.0.0"), v6 = address("::1");

    cr_expect(hf_prefix_contains(&v4, &inside));
    cr_expect_not(hf_prefix_contains(&v4, &outside));
    cr_expect(hf_prefix_contains(&all4, &outside));
    cr_expect_not(hf_prefix_contains(&all4, &v6));
    cr_expect(hf_prefix_contains(&all6, &v6));
    cr_expect_not(hf_prefix_contains(&all6, &inside));
}

static size_t split(const char *first, const char *last, hf_prefix *out, size_t max)
{
    hf_address a = address(first), b = address(last);

    return hf_prefixes_of_range(&a, &b, out, max);
}

Test(prefix, ranges_split_into_the_fewest_prefixes)
{
    static const struct {
        const char *first, *last;
        size_t count;
        const char *start, *end; /* the first and the last prefix */
    } rows[] = {
        {"0.0.0.0",     "255.255.255.255",                         1,   "0.0.0.0/0",      "0.0.0.0/0"         },
        { "10.0.0.0",   "10.255.255.255",                          1,   "10.0.0.0/8",     "10.0.0.0/8"        },
        { "10.0.0.1",   "10.0.0.1",                                1,   "10.0.0.1/32",    "10.0.0.1/32"       },
        { "10.0.0.1",   "10.0.0.6",                                4,   "10.0.0.1/32",    "10.0.0.6/32"       },
        { "0.0.0.1",    "255.255.255.254",                         62,  "0.0.0.1/32",     "255.255.255.254/32"},
        { "255.0.0.0",  "255.255.255.255",                         1,   "255.0.0.0/8",    "255.0.0.0/8"       },
        { "::",         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 1,   "::/0",           "::/0"              },
        { "::1",        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", 254, "::1/128",
         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/128"                                                        },
        { "2001:db8::", "2001:db8::1:ffff",                        1,   "2001:db8::/111", "2001:db8::/111"    },
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++) {
        hf_prefix out[254], start = prefix(rows[i].start), end = prefix(rows[i].end);
        size_t count = split(rows[i].first, rows[i].last, out, HF_ARRAY_LEN(out));

        cr_assert_eq(count, rows[i].count, "%s: %zu", rows[i].first, count);
        cr_expect(hf_prefix_equal(&out[0], &start));
        cr_expect(hf_prefix_equal(&out[count - 1], &end));
    }
}

Test(prefix, a_split_range_covers_exactly_itself)
{
    uint64_t seed = 5;

    for (size_t round = 0; round < 300; round++) {
        uint64_t a = test_random_below(&seed, 400), b = a + test_random_below(&seed, 400);
        hf_address first = {
            HF_FAMILY_V4, {10, 0, (uint8_t)(a >> 8), (uint8_t)a}
        };
        hf_address last = {
            HF_FAMILY_V4, {10, 0, (uint8_t)(b >> 8), (uint8_t)b}
        };
        hf_prefix out[64];
        size_t count = hf_prefixes_of_range(&first, &last, out, HF_ARRAY_LEN(out));

        cr_assert_leq(count, HF_ARRAY_LEN(out));
        for (uint64_t n = 0; n < 1000; n++) {
            hf_address at = {
                HF_FAMILY_V4, {10, 0, (uint8_t)(n >> 8), (uint8_t)n}
            };
            size_t in = 0;

            for (size_t i = 0; i < count; i++)
                in += hf_prefix_contains(&out[i], &at);
            cr_assert_eq(in, n >= a && n <= b ? 1 : 0);
        }
    }
}

Test(prefix, a_range_that_does_not_fit_says_how_much_it_needs)
{
    hf_prefix out[2] = { 0 };

    cr_expect_eq(split("10.0.0.1", "10.0.0.6", out, 1), 4);
    cr_expect_eq(out[1].address.family, HF_FAMILY_NONE, "nothing is written past the maximum");
    cr_expect_eq(split("10.0.0.1", "10.0.0.6", NULL, 0), 4);
}

Test(prefix, an_impossible_range_has_no_prefixes)
{
    hf_prefix out[1];

    cr_expect_eq(split("10.0.0.2", "10.0.0.1", out, 1), 0);
    cr_expect_eq(split("10.0.0.2", "::1", out, 1), 0);
    cr_expect_eq(hf_prefixes_of_range(&(hf_address){ 0 }, &(hf_address){ 0 }, out, 1), 0);
}
