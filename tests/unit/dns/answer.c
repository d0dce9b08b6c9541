/* Queries and answers: RFC 1035, section 4. */
#include "dns/answer.h"

#include "messages.h"
#include "support/env.h"
#include "support/hex.h"
#include "support/test.h"

enum { ID = 0x1234 };

static hf_status decode(hf_bytes message, enum hf_dns_type type, struct hf_dns_answer *out)
{
    struct hf_dns_name name = name_of("vpn.example.com");
    hf_status status;

    out->count = 9999;
    status = hf_dns_answer_decode(message, ID, &name, type, out);
    cr_expect_eq(status == HF_OK, out->count != 9999);
    return status;
}

static struct answer begin(uint16_t flags)
{
    return answer_begin(ID, flags, "vpn.example.com", HF_DNS_A);
}

static void expect_address(const struct hf_dns_answer *answer, size_t n, const char *text)
{
    char found[HF_ADDRESS_TEXT_MAX];

    cr_assert_lt(n, answer->count);
    cr_expect_str_eq(hf_address_format(&answer->addresses[n], found), text);
}

Test(query, is_header_and_question)
{
    struct hf_dns_name name = name_of("a.b");
    uint8_t storage[HF_DNS_QUERY_MAX];
    hf_writer w = hf_writer_of(storage, sizeof storage);
    hf_bytes query;

    hf_dns_query_encode(&w, ID, &name, HF_DNS_AAAA);
    cr_assert(hf_writer_finish(&w, &query));
    cr_expect(hf_bytes_equal(query, hex("1234 0100 0001 0000 0000 0000 01 61 01 62 00 001c 0001")));
}

Test(answer, has_addresses_and_the_lowest_ttl)
{
    struct answer a = begin(ANSWER_OK);
    struct hf_dns_answer out;

    answer_add(&a, "vpn.example.com", HF_DNS_A, 60, hex("c0000201"));
    answer_add(&a, "vpn.example.com", HF_DNS_A, 30, hex("c0000202"));
    cr_assert_eq(decode(answer_end(&a), HF_DNS_A, &out), HF_OK);
    cr_expect_eq(out.outcome, HF_DNS_ADDRESSES);
    cr_assert_eq(out.count, 2);
    expect_address(&out, 0, "192.0.2.1");
    expect_address(&out, 1, "192.0.2.2");
    cr_expect_eq(out.ttl, 30);
}

Test(answer, has_addresses_of_ipv6)
{
    struct answer a = answer_begin(ID, ANSWER_OK, "vpn.example.com", HF_DNS_AAAA);
    struct hf_dns_answer out;

    answer_add_address(&a, "vpn.example.com", "2001:db8::1");
    cr_assert_eq(decode(answer_end(&a), HF_DNS_AAAA, &out), HF_OK);
    expect_address(&out, 0, "2001:db8::1");
}

/* As resolvers send it: the owner is a pointer to the question. */
Test(answer, owner_may_be_compressed)
{
    hf_bytes message = hex("1234 8180 0001 0001 0000 0000 03 76706e 07 6578616d706c65 03 636f6d 00"
                           "0001 0001 c00c 0001 0001 0000003c 0004 c0000201");
    struct hf_dns_answer out;

    cr_assert_eq(decode(message, HF_DNS_A, &out), HF_OK);
    expect_address(&out, 0, "192.0.2.1");
}

Test(answer, aliases_are_followed_in_any_order)
{
    struct answer a = begin(ANSWER_OK);
    struct hf_dns_answer out;

    answer_add_address(&a, "node7.cloud.example", "192.0.2.7");
    answer_add_alias(&a, "pool.cloud.example", "node7.cloud.example");
    answer_add_address(&a, "somebody.else", "192.0.2.66");
    answer_add_alias(&a, "VPN.example.com", "pool.cloud.example");
    cr_assert_eq(decode(answer_end(&a), HF_DNS_A, &out), HF_OK);
    cr_expect_eq(out.count, 1);
    expect_address(&out, 0, "192.0.2.7");
}

Test(answer, alias_without_addresses_is_no_data)
{
    struct answer a = begin(ANSWER_OK);
    struct hf_dns_answer out;

    answer_add_alias(&a, "vpn.example.com", "pool.cloud.example");
    cr_assert_eq(decode(answer_end(&a), HF_DNS_A, &out), HF_OK);
    cr_expect_eq(out.outcome, HF_DNS_NO_DATA);
    cr_expect_eq(out.count, 0);
}

/* a0 … aN, each an alias of the next, and an address at the end. */
static hf_bytes chain(size_t aliases)
{
    struct answer a = begin(ANSWER_OK);
    char owner[] = "aa.example", target[] = "aa.example";

    for (size_t i = 0; i < aliases; i++) {
        owner[1] = (char)('a' + i);
        target[1] = (char)('a' + i + 1);
        answer_add_alias(&a, i == 0 ? "vpn.example.com" : owner, target);
    }
    answer_add_address(&a, aliases == 0 ? "vpn.example.com" : target, "192.0.2.1");
    return answer_end(&a);
}

Test(answer, number_of_aliases_is_bounded)
{
    struct hf_dns_answer out;

    for (size_t n = 0; n <= HF_DNS_ALIASES_MAX; n++)
        cr_expect_eq(decode(chain(n), HF_DNS_A, &out), HF_OK, "%zu", n);
    cr_expect_eq(decode(chain(HF_DNS_ALIASES_MAX + 1), HF_DNS_A, &out), HF_ERR_MALFORMED);
}

Test(answer, aliases_that_go_round_are_refused)
{
    struct answer a = begin(ANSWER_OK);
    struct hf_dns_answer out;

    answer_add_alias(&a, "vpn.example.com", "b.example");
    answer_add_alias(&a, "b.example", "vpn.example.com");
    cr_expect_eq(decode(answer_end(&a), HF_DNS_A, &out), HF_ERR_MALFORMED);
}

Test(answer, codes_become_outcomes)
{
    static const struct {
        uint16_t flags;
        enum hf_dns_outcome outcome;
    } rows[] = {
        {ANSWER_OK,        HF_DNS_NO_DATA      },
        { ANSWER_NXDOMAIN, HF_DNS_NO_NAME      },
        { ANSWER_SERVFAIL, HF_DNS_SERVER_FAILED},
        { 0x8185,          HF_DNS_SERVER_FAILED}, /* REFUSED */
        { 0x8181,          HF_DNS_SERVER_FAILED}, /* FORMERR */
        { ANSWER_CUT,      HF_DNS_SERVER_FAILED},
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++) {
        struct answer a = begin(rows[i].flags);
        struct hf_dns_answer out;

        cr_assert_eq(decode(answer_end(&a), HF_DNS_A, &out), HF_OK);
        cr_expect_eq(out.outcome, rows[i].outcome, "%04x", rows[i].flags);
        cr_expect_eq(out.ttl, 0);
    }
}

Test(answer, what_is_left_of_a_cut_answer_counts)
{
    struct answer a = begin(ANSWER_CUT);
    struct hf_dns_answer out;

    answer_add_address(&a, "vpn.example.com", "192.0.2.1");
    cr_assert_eq(decode(answer_end(&a), HF_DNS_A, &out), HF_OK);
    cr_expect_eq(out.outcome, HF_DNS_ADDRESSES);
}

Test(answer, of_another_query_is_unexpected)
{
    struct hf_dns_answer out;
    struct answer other_id = answer_begin(ID + 1, ANSWER_OK, "vpn.example.com", HF_DNS_A);
    struct answer other_name = answer_begin(ID, ANSWER_OK, "vpn.example.org", HF_DNS_A);
    struct answer other_type = answer_begin(ID, ANSWER_OK, "vpn.example.com", HF_DNS_AAAA);
    struct answer query = begin(0x0100);
    struct answer opcode = begin(ANSWER_OK | 0x0800);
    struct answer questions = begin(ANSWER_OK);

    hf_write_patch_u8(&questions.w, 5, 2);
    cr_expect_eq(decode(answer_end(&other_id), HF_DNS_A, &out), HF_ERR_UNEXPECTED);
    cr_expect_eq(decode(answer_end(&other_name), HF_DNS_A, &out), HF_ERR_UNEXPECTED);
    cr_expect_eq(decode(answer_end(&other_type), HF_DNS_A, &out), HF_ERR_UNEXPECTED);
    cr_expect_eq(decode(answer_end(&query), HF_DNS_A, &out), HF_ERR_UNEXPECTED);
    cr_expect_eq(decode(answer_end(&opcode), HF_DNS_A, &out), HF_ERR_UNEXPECTED);
    cr_expect_eq(decode(answer_end(&questions), HF_DNS_A, &out), HF_ERR_UNEXPECTED);
}

Test(answer, every_truncation_is_refused)
{
    struct answer a = begin(ANSWER_OK);
    struct hf_dns_answer out;
    hf_bytes whole;

    answer_add_alias(&a, "vpn.example.com", "b.example");
    answer_add_address(&a, "b.example", "192.0.2.1");
    whole = answer_end(&a);
    for (size_t n = 0; n < whole.len; n++) {
        hf_bytes cut = { test_copy(hf_bytes_slice(whole, 0, n)), n };

        cr_expect_eq(decode(cut, HF_DNS_A, &out), HF_ERR_TRUNCATED, "%zu", n);
    }
    cr_expect_eq(decode(whole, HF_DNS_A, &out), HF_OK);
}

Test(answer, lengths_of_records_must_be_true)
{
    struct hf_dns_answer out;
    struct answer shorter = begin(ANSWER_OK), longer = begin(ANSWER_OK), alias = begin(ANSWER_OK);

    answer_add(&shorter, "vpn.example.com", HF_DNS_A, 1, hex("c00002"));
    cr_expect_eq(decode(answer_end(&shorter), HF_DNS_A, &out), HF_ERR_MALFORMED);
    answer_add(&longer, "vpn.example.com", HF_DNS_A, 1, hex("c000020101"));
    cr_expect_eq(decode(answer_end(&longer), HF_DNS_A, &out), HF_ERR_MALFORMED);
    answer_add(&alias, "vpn.example.com", HF_DNS_CNAME, 1, hex("01 62 00 00"));
    cr_expect_eq(decode(answer_end(&alias), HF_DNS_A, &out), HF_ERR_MALFORMED);
}

/* The name ends behind its record, in the record that follows. */
Test(answer, alias_that_reaches_past_its_record_is_refused)
{
    struct answer a = begin(ANSWER_OK);
    struct hf_dns_answer out;

    answer_add(&a, "vpn.example.com", HF_DNS_CNAME, 1, hex("01 62 01"));
    answer_add_address(&a, "b.example", "192.0.2.1");
    cr_expect_eq(decode(answer_end(&a), HF_DNS_A, &out), HF_ERR_MALFORMED);
}

Test(answer, records_of_others_do_not_count)
{
    struct answer a = begin(ANSWER_OK);
    struct hf_dns_answer out;

    answer_add_address(&a, "evil.example.com", "192.0.2.66");
    answer_add_address(&a, "vpn.example.com", "2001:db8::1"); /* not what was asked for */
    cr_assert_eq(decode(answer_end(&a), HF_DNS_A, &out), HF_OK);
    cr_expect_eq(out.outcome, HF_DNS_NO_DATA);
}

Test(answer, addresses_and_records_are_bounded)
{
    struct answer some = begin(ANSWER_OK), many = begin(ANSWER_OK);
    struct hf_dns_answer out;

    for (size_t i = 0; i < 20; i++)
        answer_add_address(&some, "vpn.example.com", "192.0.2.1");
    cr_assert_eq(decode(answer_end(&some), HF_DNS_A, &out), HF_OK);
    cr_expect_eq(out.count, HF_DNS_ADDRESSES_MAX);
    for (size_t i = 0; i < HF_DNS_RECORDS_MAX; i++)
        answer_add_address(&many, "o.test", "192.0.2.1");
    answer_add_address(&many, "vpn.example.com", "192.0.2.1");
    cr_assert_eq(decode(answer_end(&many), HF_DNS_A, &out), HF_OK);
    cr_expect_eq(out.count, 0);
}

Test(answer, ttl_with_the_highest_bit_is_none)
{
    struct answer a = begin(ANSWER_OK);
    struct hf_dns_answer out;

    answer_add(&a, "vpn.example.com", HF_DNS_A, 0x80000001, hex("c0000201"));
    cr_assert_eq(decode(answer_end(&a), HF_DNS_A, &out), HF_OK);
    cr_expect_eq(out.ttl, 0);
}

Test(answer, mutations_do_no_harm)
{
    uint64_t state = 1;
    struct answer a = begin(ANSWER_OK);
    size_t decoded = 0;
    hf_bytes whole;

    answer_add_alias(&a, "vpn.example.com", "b.example");
    answer_add_address(&a, "b.example", "192.0.2.1");
    whole = answer_end(&a);
    for (size_t i = 0; i < 20000; i++) {
        uint8_t *bytes = test_copy(whole);
        struct hf_dns_answer out;

        bytes[test_random_below(&state, whole.len)] = (uint8_t)test_random_next(&state);
        bytes[test_random_below(&state, whole.len)] = (uint8_t)test_random_next(&state);
        decoded += decode((hf_bytes){ bytes, whole.len }, HF_DNS_A, &out) == HF_OK;
    }
    cr_expect_gt(decoded, 0);
}
