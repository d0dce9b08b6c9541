/* Tests of bounded secrets (base/secret.h). */
#include "base/secret.h"
#include "support/hex.h"
#include "support/test.h"

Test(secret, set_copies_the_bytes)
{
    hf_secret secret;

    cr_assert(hf_secret_set(&secret, hex("010203")));
    cr_expect(hf_bytes_equal(hf_secret_bytes(&secret), hex("010203")));
}

Test(secret, set_takes_the_maximum_and_refuses_one_more)
{
    hf_secret secret = { .len = 1, .data = { 7 } };
    uint8_t *bytes = test_memory(HF_SECRET_MAX + 1);

    cr_expect_not(hf_secret_set(&secret, (hf_bytes){ bytes, HF_SECRET_MAX + 1 }));
    cr_expect_eq(secret.len, 1);
    cr_expect_eq(secret.data[0], 7);
    cr_expect(hf_secret_set(&secret, (hf_bytes){ bytes, HF_SECRET_MAX }));
    cr_expect_eq(secret.len, (size_t)HF_SECRET_MAX);
}

Test(secret, set_leaves_nothing_of_the_one_before)
{
    hf_secret secret;

    cr_assert(hf_secret_set(&secret, hex("aabbccdd")));
    cr_assert(hf_secret_set(&secret, hex("11")));
    for (size_t i = 1; i < sizeof secret.data; i++)
        cr_assert_eq(secret.data[i], 0);
}

Test(secret, clear_overwrites_everything)
{
    hf_secret secret;

    memset(&secret, 0xff, sizeof secret);
    hf_secret_clear(&secret);
    cr_expect_eq(secret.len, 0);
    for (size_t i = 0; i < sizeof secret.data; i++)
        cr_assert_eq(secret.data[i], 0);
}

Test(secret, equal_means_same_length_and_bytes)
{
    hf_secret a = { .len = 2, .data = { 1, 2 } }, b = a;

    cr_expect(hf_secret_equal(&a, &b));
    b.data[1] = 3;
    cr_expect_not(hf_secret_equal(&a, &b));
    b = a;
    b.len = 1;
    cr_expect_not(hf_secret_equal(&a, &b));
}
