/* Tests of resolv.conf as text (linux/resolv_text.h). */
#include "linux/resolv_text.h"
#include "support/test.h"

#include <string.h>

static hf_address address_of(const char *text)
{
    hf_address address;

    cr_assert(hf_address_parse(hf_bytes_of_string(text), &address));
    return address;
}

static size_t servers(const char *text, hf_endpoint *out, size_t max)
{
    return hf_resolv_text_servers(hf_bytes_of_string(text), out, max);
}

Test(resolv_text, servers_are_read_in_order)
{
    hf_endpoint out[4];
    hf_address first = address_of("192.0.2.1"), second = address_of("2001:db8::1");

    cr_assert_eq(
        servers("# comment\nsearch a b\nnameserver 192.0.2.1\n\tnameserver\t2001:db8::1 \r\n", out,
                4),
        2);
    cr_expect(hf_address_equal(&out[0].address, &first));
    cr_expect(hf_address_equal(&out[1].address, &second));
    cr_expect_eq(out[0].port, 53);
}

Test(resolv_text, what_is_no_server_is_left_out)
{
    hf_endpoint out[4];

    cr_expect_eq(servers("", out, 4), 0);
    cr_expect_eq(servers("nameserver", out, 4), 0);
    cr_expect_eq(servers("nameserver x\nnameserver fe80::1%eth0\nnameservers 192.0.2.1\n", out, 4),
                 0);
    cr_expect_eq(servers("#nameserver 192.0.2.1\n", out, 4), 0);
}

Test(resolv_text, no_more_servers_than_there_is_room_for)
{
    hf_endpoint out[1];

    cr_expect_eq(servers("nameserver 192.0.2.1\nnameserver 192.0.2.2\n", out, 1), 1);
}

static struct hf_plan plan_with_dns(void)
{
    struct hf_plan plan = { .resolver_count = 2, .domain_count = 2 };

    plan.resolvers[0] = address_of("10.9.0.1");
    plan.resolvers[1] = address_of("2001:db8::53");
    memcpy(plan.domains[0], "corp.example", sizeof "corp.example");
    memcpy(plan.domains[1], "b.example", sizeof "b.example");
    return plan;
}

Test(resolv_text, ours_names_the_tunnels_servers_and_keeps_the_file_before)
{
    struct hf_plan plan = plan_with_dns();
    hf_buf out = hf_buf_with_max(1000);
    const char *expected = HF_RESOLV_MARK "nameserver 10.9.0.1\nnameserver 2001:db8::53\n"
                                          "search corp.example b.example\n"
                                          "#was: nameserver 192.0.2.1\n#was: options x\n";

    cr_assert_eq(
        hf_resolv_text_make(&plan, hf_bytes_of_string("nameserver 192.0.2.1\noptions x"), &out),
        HF_OK);
    cr_expect(hf_bytes_equal(hf_buf_bytes(&out), hf_bytes_of_string(expected)));
    cr_expect(hf_resolv_text_is_ours(hf_buf_bytes(&out)));
    hf_buf_free(&out);
}

Test(resolv_text, servers_of_the_network_are_found_in_ours)
{
    struct hf_plan plan = plan_with_dns();
    hf_buf out = hf_buf_with_max(1000);
    hf_endpoint found[4];
    hf_address expected = address_of("192.0.2.1");

    cr_assert_eq(hf_resolv_text_make(&plan, hf_bytes_of_string("nameserver 192.0.2.1\n"), &out),
                 HF_OK);
    cr_assert_eq(hf_resolv_text_servers(hf_buf_bytes(&out), found, 4), 1);
    cr_expect(hf_address_equal(&found[0].address, &expected));
    hf_buf_free(&out);
}

Test(resolv_text, a_file_of_others_is_not_ours)
{
    cr_expect_not(hf_resolv_text_is_ours(hf_bytes_of_string("")));
    cr_expect_not(hf_resolv_text_is_ours(hf_bytes_of_string("nameserver 192.0.2.1\n")));
    cr_expect_not(hf_resolv_text_is_ours(hf_bytes_of_string("# Written by Holdfast")));
}

Test(resolv_text, text_past_the_maximum_is_refused)
{
    struct hf_plan plan = plan_with_dns();

    for (size_t max = 0; max < 40; max++) {
        hf_buf out = hf_buf_with_max(max);

        cr_expect_eq(hf_resolv_text_make(&plan, (hf_bytes){ 0 }, &out), HF_ERR_TOO_LARGE);
        hf_buf_free(&out);
    }
}

static hf_status note_in(hf_bytes text, const char *owner, hf_buf *out)
{
    hf_buf_free(out);
    *out = hf_buf_with_max(64);
    return hf_resolv_text_note(text, owner, out);
}

Test(resolv_text, note_goes_through_and_no_truncation_is_one)
{
    static const uint8_t octets[] = { 0, 1, 0x7f, 0x80, 0xff, '\n', ' ' };
    struct hf_plan plan = plan_with_dns();
    hf_buf text = hf_buf_with_max(4096), out = { 0 };

    cr_assert_eq(hf_resolv_text_make(&plan, hf_bytes_of_string("#note /var/a ff\n"), &text), HF_OK);
    cr_assert_eq(hf_resolv_text_add_note("/var/a b", HF_BYTES_OF(octets), &text), HF_OK);
    for (size_t n = 0; n < text.len; n++)
        cr_expect_eq(note_in((hf_bytes){ text.data, n }, "/var/a b", &out), HF_ERR_NOT_FOUND);
    cr_assert_eq(note_in(hf_buf_bytes(&text), "/var/a b", &out), HF_OK);
    cr_expect(hf_bytes_equal(hf_buf_bytes(&out), HF_BYTES_OF(octets)));
    cr_expect_eq(note_in(hf_buf_bytes(&text), "/var/a", &out), HF_ERR_NOT_FOUND);
    hf_buf_free(&text);
    hf_buf_free(&out);
}

Test(resolv_text, notes_in_files_of_others_and_broken_ones_are_none)
{
    hf_buf out = { 0 };

    cr_expect_eq(note_in(hf_bytes_of_string("#note /a 00\n"), "/a", &out), HF_ERR_NOT_FOUND);
    cr_expect_eq(note_in(hf_bytes_of_string(HF_RESOLV_MARK "#note /a 00\n"), "/a", &out), HF_OK);
    cr_expect_eq(note_in(hf_bytes_of_string(HF_RESOLV_MARK "#note /a 0\n"), "/a", &out),
                 HF_ERR_NOT_FOUND);
    cr_expect_eq(note_in(hf_bytes_of_string(HF_RESOLV_MARK "#note /a 0G\n"), "/a", &out),
                 HF_ERR_NOT_FOUND);
    hf_buf_free(&out);
}

static size_t domains_in(const char *text, char out[][HF_PLAN_DOMAIN_MAX])
{
    return hf_resolv_text_domains(hf_bytes_of_string(text), out, 2);
}

Test(resolv_text, domains_are_those_of_the_network)
{
    char out[2][HF_PLAN_DOMAIN_MAX];

    cr_expect_eq(domains_in("nameserver 192.0.2.1\n", out), 0);
    cr_assert_eq(domains_in("search a.example\tb.example c.example\n", out), 2);
    cr_expect_str_eq(out[1], "b.example");
    cr_assert_eq(domains_in("search a.example b.example\ndomain c.example\n", out), 1);
    cr_expect_str_eq(out[0], "c.example");
    cr_assert_eq(domains_in(HF_RESOLV_MARK "search inside.example\n" HF_RESOLV_WAS
                                           "search cafe.example\n",
                            out),
                 1);
    cr_expect_str_eq(out[0], "cafe.example");
}
