/* Tests of owned, bounded buffers (base/bytes.h). */
#include "base/bytes.h"
#include "support/alloc.h"
#include "support/env.h"
#include "support/hex.h"
#include "support/test.h"

#include <stdlib.h>

Test(buf, grows_up_to_its_maximum_and_not_past_it)
{
    hf_buf buf = hf_buf_with_max(100);

    cr_assert(hf_buf_append(&buf, (hf_bytes){ test_memory(100), 100 }));
    cr_expect_eq(buf.len, 100);
    cr_expect_leq(buf.capacity, 100);
    cr_expect_not(hf_buf_append(&buf, hex("01")));
    cr_expect_eq(buf.len, 100, "a refused append leaves the content alone");
    cr_expect_null(hf_buf_extend(&buf, SIZE_MAX));
    cr_expect_null(hf_buf_extend(&buf, SIZE_MAX - 50));
    hf_buf_free(&buf);
}

Test(buf, takes_a_maximum_below_the_first_allocation)
{
    hf_buf buf = hf_buf_with_max(3);

    cr_expect(hf_buf_append(&buf, hex("010203")));
    cr_expect_not(hf_buf_append(&buf, hex("04")));
    cr_expect(hf_bytes_equal(hf_buf_bytes(&buf), hex("010203")));
    hf_buf_free(&buf);
}

Test(buf, a_maximum_of_nothing_holds_nothing)
{
    hf_buf buf = hf_buf_with_max(0);

    cr_expect(hf_buf_append(&buf, (hf_bytes){ 0 }));
    cr_expect_not(hf_buf_append(&buf, hex("01")));
    hf_buf_free(&buf);
}

Test(buf, behaves_like_a_plain_array)
{
    hf_buf buf = hf_buf_with_max(5000);
    uint8_t model[5000];
    size_t model_len = 0;
    uint64_t seed = 1;

    for (size_t i = 0; i < 2000; i++) {
        uint8_t chunk[300];
        size_t len = test_random_below(&seed, sizeof chunk);

        if (test_random_below(&seed, 2) == 0) {
            bool fits = model_len + len <= sizeof model;

            test_random_fill(&seed, chunk, len);
            cr_assert_eq(hf_buf_append(&buf, (hf_bytes){ chunk, len }), fits);
            if (fits) {
                memcpy(model + model_len, chunk, len);
                model_len += len;
            }
        } else {
            hf_buf_consume(&buf, len);
            len = len < model_len ? len : model_len;
            memmove(model, model + len, model_len - len);
            model_len -= len;
        }
        cr_assert(hf_bytes_equal(hf_buf_bytes(&buf), (hf_bytes){ model, model_len }));
    }
    hf_buf_free(&buf);
}

Test(buf, what_leaves_it_is_cleansed)
{
    hf_buf buf = hf_buf_with_max(64);

    cr_assert(hf_buf_append(&buf, hex("0102030405060708")));
    hf_buf_consume(&buf, 5);
    cr_expect_arr_eq(buf.data, "\x06\x07\x08\0\0\0\0\0", 8);
    hf_buf_clear(&buf);
    cr_expect_eq(buf.len, 0);
    cr_expect_arr_eq(buf.data, "\0\0\0\0\0\0\0\0", 8);
    hf_buf_free(&buf);
}

Test(buf, can_be_used_again_after_it_was_freed)
{
    hf_buf buf = hf_buf_with_max(8);

    cr_assert(hf_buf_append(&buf, hex("0102")));
    hf_buf_free(&buf);
    cr_expect_null(buf.data);
    hf_buf_free(&buf);
    cr_expect(hf_buf_append(&buf, hex("03")));
    cr_expect_not(hf_buf_append(&buf, (hf_bytes){ test_memory(8), 8 }));
    hf_buf_free(&buf);
}

static bool fill(void *context)
{
    hf_buf buf = hf_buf_with_max(1000);
    bool good = true;

    (void)context;
    for (size_t i = 0; i < 20 && good; i++) {
        size_t len = buf.len;

        good = hf_buf_append(&buf, hf_bytes_of_string("0123456789 0123456789 0123456789"));
        cr_expect_eq(buf.len, good ? len + 32 : len);
    }
    hf_buf_free(&buf);
    return good;
}

Test(buf, every_failed_allocation_leaves_the_content_alone)
{
    cr_expect_eq(test_alloc_each(fill, NULL), 5); /* 64, 128, 256, 512, 1000 */
}
