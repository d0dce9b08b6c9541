/* Tests of byte strings (base/bytes.h). */
#include "base/bytes.h"
#include "support/alloc.h"
#include "support/hex.h"
#include "support/test.h"

#include <signal.h>
#include <stdlib.h>

Test(bytes, of_string_leaves_the_nul_out)
{
    cr_expect_eq(hf_bytes_of_string("abc").len, 3);
    cr_expect_eq(hf_bytes_of_string("").len, 0);
    cr_expect_eq(hf_bytes_of_string(NULL).len, 0);
}

Test(bytes, equality_in_every_form_agrees_with_itself)
{
    static const struct {
        const char *a, *b;
        bool equal, equal_nocase;
    } rows[] = {
        {"",            "",              true,  true },
        { "a",          "",              false, false},
        { "abc",        "abc",           true,  true },
        { "abc",        "abd",           false, false},
        { "abc",        "ABC",           false, true },
        { "bbc",        "abc",           false, false},
        { "@",          "`",             false, false},
        { "[",          "{",             false, false},
        { "GW.Example", "gw.exampl\x45", false, true },
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++) {
        hf_bytes a = hf_bytes_of_string(rows[i].a), b = hf_bytes_of_string(rows[i].b);

        cr_expect_eq(hf_bytes_equal(a, b), rows[i].equal, "%s %s", rows[i].a, rows[i].b);
        cr_expect_eq(hf_bytes_equal_ct(a, b), rows[i].equal, "%s %s", rows[i].a, rows[i].b);
        cr_expect_eq(hf_bytes_equal_nocase(a, b), rows[i].equal_nocase, "%s %s", rows[i].a,
                     rows[i].b);
    }
    cr_expect(hf_bytes_equal((hf_bytes){ 0 }, hf_bytes_of_string("")));
    cr_expect(hf_bytes_equal_ct((hf_bytes){ 0 }, hf_bytes_of_string("")));
}

Test(bytes, constant_time_equality_sees_every_single_bit)
{
    uint8_t a[40] = { 0 }, b[40] = { 0 };

    for (size_t bit = 0; bit < sizeof a * 8; bit++) {
        b[bit / 8] = (uint8_t)(1 << bit % 8);
        cr_expect_not(hf_bytes_equal_ct(HF_BYTES_OF(a), HF_BYTES_OF(b)));
        b[bit / 8] = 0;
    }
    cr_expect(hf_bytes_equal_ct(HF_BYTES_OF(a), HF_BYTES_OF(b)));
}

Test(bytes, slice_is_empty_where_it_would_reach_past_the_end)
{
    hf_bytes bytes = hf_bytes_of_string("hello");

    cr_expect(hf_bytes_equal(hf_bytes_slice(bytes, 1, 3), hf_bytes_of_string("ell")));
    cr_expect(hf_bytes_equal(hf_bytes_slice(bytes, 0, 5), bytes));
    cr_expect_eq(hf_bytes_slice(bytes, 5, 0).len, 0);
    cr_expect_eq(hf_bytes_slice((hf_bytes){ 0 }, 0, 0).len, 0); /* of nothing at all */
    cr_expect_eq(hf_bytes_slice(bytes, 1, 5).len, 0);
    cr_expect_eq(hf_bytes_slice(bytes, 6, 0).len, 0);
    cr_expect_eq(hf_bytes_slice(bytes, 3, SIZE_MAX).len, 0);
    cr_expect_eq(hf_bytes_slice(bytes, SIZE_MAX, 3).len, 0);
}

Test(bytes, copy_accepts_nothing_from_nowhere)
{
    uint8_t to = 5;

    hf_copy(&to, NULL, 0);
    cr_expect_eq(to, 5);
    hf_copy(&to, "a", 1);
    cr_expect_eq(to, 'a');
}

Test(bytes, cleanse_overwrites)
{
    uint8_t data[33];

    memset(data, 0xa5, sizeof data);
    hf_cleanse(data, 32);
    for (size_t i = 0; i < 32; i++)
        cr_expect_eq(data[i], 0);
    cr_expect_eq(data[32], 0xa5);
}

Test(bytes, to_string_adds_a_nul)
{
    char *text = hf_bytes_to_string(hf_bytes_of_string("abc"));

    cr_assert_not_null(text);
    cr_expect_str_eq(text, "abc");
    free(text);
    text = hf_bytes_to_string((hf_bytes){ 0 });
    cr_assert_not_null(text);
    cr_expect_str_eq(text, "");
    free(text);
}

Test(bytes, to_string_reports_that_memory_is_out)
{
    test_alloc_fail_at(0);
    cr_expect_null(hf_bytes_to_string(hf_bytes_of_string("abc")));
    cr_expect(test_alloc_stop());
}

Test(bytes, a_broken_promise_ends_the_process, .signal = SIGABRT)
{
    HF_ASSERT(1 + 1 == 3);
}
