/* Tests of production randomness (crypto/random.h). */
#include "crypto/random.h"
#include "support/hex.h"
#include "support/test.h"

Test(random, fills_exactly_what_was_asked_for)
{
    uint8_t out[66];

    for (size_t len = 0; len <= 64; len += 16) {
        memset(out, 0, sizeof out);
        cr_assert(hf_random_from_library(NULL, out + 1, len));
        cr_expect_eq(out[0], 0);
        for (size_t i = len + 1; i < sizeof out; i++)
            cr_expect_eq(out[i], 0);
    }
}

Test(random, does_not_repeat_itself)
{
    uint8_t a[32], b[32];
    struct hf_env env = { .random = hf_random_from_library };

    cr_assert(hf_env_random(&env, a, sizeof a));
    cr_assert(hf_env_random(&env, b, sizeof b));
    cr_expect_not(hf_bytes_equal(HF_BYTES_OF(a), HF_BYTES_OF(b)));
    cr_expect_not(hf_bytes_equal(HF_BYTES_OF(a), (hf_bytes){ test_memory(32), 32 }));
}
