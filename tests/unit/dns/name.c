/* Names: text form, wire form, compression pointers. RFC 1035, sections 3.1 and 4.1.4. */
#include "dns/name.h"

#include "messages.h"
#include "support/env.h"
#include "support/hex.h"
#include "support/test.h"

#include <string.h>

static hf_status of_text(const char *text)
{
    struct hf_dns_name name = { .len = 9999 };
    hf_status status = hf_dns_name_of_text(hf_bytes_of_string(text), &name);

    cr_expect_eq(status == HF_OK, name.len != 9999);
    return status;
}

Test(name, becomes_labels)
{
    struct hf_dns_name name = name_of("vpn.example.com"), dotted = name_of("vpn.example.com.");

    cr_expect(
        hf_bytes_equal(hf_dns_name_bytes(&name), hex("03 76706e 07 6578616d706c65 03 636f6d 00")));
    cr_expect(hf_dns_name_equal(&name, &dotted));
}

Test(name, host_names_are_taken)
{
    static const char *const good[] = { "a",
                                        "localhost",
                                        "a-b.c",
                                        "x1",
                                        "1x.2y.c3",
                                        "4.com",
                                        "xn--bcher-kva.example",
                                        "_srv.host_1.lan" };

    for (size_t i = 0; i < HF_ARRAY_LEN(good); i++)
        cr_expect_eq(of_text(good[i]), HF_OK, "%s", good[i]);
}

Test(name, everything_else_is_refused)
{
    static const char *const bad[] = { "",    ".",         "..",  "a..b",          ".a",   "-a",
                                       "a-",  "a.-b.c",    "a b", "a/b",           "a\nb", "a%b",
                                       "a@b", "192.0.2.1", "1",   "b\303\274cher", "a:53", "[::1]",
                                       "a..", "*.a" };

    for (size_t i = 0; i < HF_ARRAY_LEN(bad); i++)
        cr_expect_eq(of_text(bad[i]), HF_ERR_USAGE, "%s", bad[i]);
    cr_expect_eq(
        hf_dns_name_of_text((hf_bytes){ (const uint8_t *)"a\0b", 3 }, &(struct hf_dns_name){ 0 }),
        HF_ERR_USAGE);
}

/* `count` labels of `len` letters each. */
static const char *labels(size_t count, size_t len)
{
    char *text = (char *)test_memory(count * (len + 1) + 1);

    for (size_t i = 0; i < count; i++) {
        memset(text + i * (len + 1), 'a', len);
        text[i * (len + 1) + len] = '.';
    }
    text[count * (len + 1) - 1] = '\0';
    return text;
}

Test(name, labels_and_names_are_bounded)
{
    cr_expect_eq(of_text(labels(1, 63)), HF_OK);
    cr_expect_eq(of_text(labels(1, 64)), HF_ERR_USAGE);
    cr_expect_eq(of_text(labels(127, 1)), HF_OK); /* 255 octets on the wire */
    cr_expect_eq(of_text(labels(128, 1)), HF_ERR_USAGE);
    cr_expect_eq(of_text(labels(50, 63)), HF_ERR_USAGE);
}

Test(name, case_does_not_count)
{
    struct hf_dns_name a = name_of("VPN.Example.com"), b = name_of("vpn.eXAMPLE.COM"),
                       c = name_of("vpn.example.org");

    cr_expect(hf_dns_name_equal(&a, &b));
    cr_expect_not(hf_dns_name_equal(&a, &c));
}

/* Reads the name at `offset`, expecting that a failure changes neither reader nor name. */
static hf_status read_at(hf_bytes message, size_t offset, struct hf_dns_name *out, size_t *out_left)
{
    hf_bytes copy = { test_copy(message), message.len };
    hf_reader r = hf_reader_of(copy);
    hf_status status;

    out->len = 9999;
    cr_assert(hf_read_skip(&r, offset));
    status = hf_dns_name_read(copy, &r, out);
    cr_expect_eq(status == HF_OK, out->len != 9999);
    if (status != HF_OK)
        cr_expect_eq(r.left, message.len - offset);
    *out_left = r.left;
    return status;
}

/* "b.c" at 0, "a" and a pointer to it at 5, a pointer to that at 9; two octets behind. */
static hf_bytes compressed(void)
{
    return hex("01 62 01 63 00  01 61 c000  c005  ffff");
}

Test(name, pointers_are_followed)
{
    struct hf_dns_name name, expected = name_of("a.b.c");
    size_t left;

    cr_assert_eq(read_at(compressed(), 9, &name, &left), HF_OK);
    cr_expect(hf_dns_name_equal(&name, &expected));
    cr_expect_eq(left, 2);
    cr_assert_eq(read_at(compressed(), 5, &name, &left), HF_OK);
    cr_expect(hf_dns_name_equal(&name, &expected));
    cr_expect_eq(left, 4);
}

Test(name, truncations_are_refused)
{
    struct hf_dns_name name;
    size_t left;

    for (size_t n = 0; n < 5; n++)
        cr_expect_eq(read_at(hf_bytes_slice(compressed(), 0, n), 0, &name, &left),
                     HF_ERR_TRUNCATED);
    for (size_t n = 5; n < 9; n++)
        cr_expect_eq(read_at(hf_bytes_slice(compressed(), 0, n), 5, &name, &left),
                     HF_ERR_TRUNCATED);
    cr_expect_eq(read_at(hf_bytes_slice(compressed(), 0, 10), 9, &name, &left), HF_ERR_TRUNCATED);
}

Test(name, pointers_that_do_not_point_back_are_refused)
{
    struct hf_dns_name name;
    size_t left;

    cr_expect_eq(read_at(hex("c000"), 0, &name, &left), HF_ERR_MALFORMED);       /* itself */
    cr_expect_eq(read_at(hex("c002 00"), 0, &name, &left), HF_ERR_MALFORMED);    /* forward */
    cr_expect_eq(read_at(hex("c002 c000"), 2, &name, &left), HF_ERR_MALFORMED);  /* two of them */
    cr_expect_eq(read_at(hex("ffff"), 0, &name, &left), HF_ERR_MALFORMED);       /* outside */
    cr_expect_eq(read_at(hex("01 61 c000"), 0, &name, &left), HF_ERR_MALFORMED); /* into itself */
    cr_expect_eq(read_at(hex("01 61 c002"), 0, &name, &left), HF_ERR_MALFORMED);
    cr_expect_eq(read_at(hex("00 01 61 c001"), 1, &name, &left), HF_ERR_MALFORMED);
}

/* Each label of one letter is followed by a pointer to the one before: 64 jumps, 129 octets. */
Test(name, long_chains_of_pointers_end)
{
    enum { STEPS = 200 };
    hf_writer w = hf_writer_of(test_memory(1 + STEPS * 4), 1 + STEPS * 4);
    struct hf_dns_name name;
    hf_bytes message;
    size_t left;

    hf_write_u8(&w, 0);
    for (size_t i = 0; i < STEPS; i++) {
        hf_write_u16(&w, 0x0161);
        hf_write_u16(&w, (uint16_t)(0xc000 | (i == 0 ? 0 : 1 + (i - 1) * 4)));
    }
    cr_assert(hf_writer_finish(&w, &message));
    cr_expect_eq(read_at(message, 1 + 63 * 4, &name, &left), HF_OK);
    cr_expect_eq(name.len, 129);
    cr_expect_eq(read_at(message, 1 + 126 * 4, &name, &left), HF_OK);
    cr_expect_eq(name.len, 255);
    cr_expect_eq(read_at(message, 1 + 127 * 4, &name, &left), HF_ERR_MALFORMED);
    cr_expect_eq(read_at(message, 1 + 199 * 4, &name, &left), HF_ERR_MALFORMED);
}

Test(name, reserved_kinds_of_labels_are_refused)
{
    struct hf_dns_name name;
    size_t left;

    cr_expect_eq(read_at(hex("40 61 00"), 0, &name, &left), HF_ERR_MALFORMED);
    cr_expect_eq(read_at(hex("80 61 00"), 0, &name, &left), HF_ERR_MALFORMED);
}

Test(name, random_bytes_end)
{
    uint64_t state = 1;

    for (size_t i = 0; i < 20000; i++) {
        size_t len = 1 + (size_t)test_random_below(&state, 60), left;
        uint8_t *bytes = test_memory(len);
        struct hf_dns_name name;

        test_random_fill(&state, bytes, len);
        for (size_t n = 0; n < len; n++)
            bytes[n] &= n % 2 == 0 ? 0xc7 : 0x1f; /* short labels and pointers that may hit */
        (void)read_at((hf_bytes){ bytes, len }, (size_t)test_random_below(&state, len), &name,
                      &left);
    }
}
