/* Tests of plain hashes (crypto/hash.h). */
#include "crypto/hash.h"
#include "support/test.h"
#include "support/vectors.h"

static const struct {
    enum hf_hash hash;
    const char *field;
} hashes[] = {
    {HF_HASH_SHA1,      "sha1"  },
    { HF_HASH_SHA2_256, "sha256"},
    { HF_HASH_SHA2_384, "sha384"},
    { HF_HASH_SHA2_512, "sha512"},
};

Test(hash, agrees_with_the_published_examples)
{
    struct vectors file;
    struct vector_case vector;
    size_t cases = 0;

    vectors_open(&file, "hash_fips180.txt");
    for (; vectors_next(&file, &vector); cases++) {
        hf_bytes message = vector_bytes(&vector, "message");

        for (size_t i = 0; i < HF_ARRAY_LEN(hashes); i++) {
            uint8_t out[HF_HASH_MAX];

            cr_assert_eq(hf_hash(hashes[i].hash, &message, 1, out), HF_OK);
            cr_expect(hf_bytes_equal((hf_bytes){ out, hf_hash_len(hashes[i].hash) },
                                     vector_bytes(&vector, hashes[i].field)));
        }
    }
    cr_expect_eq(cases, 2);
}

Test(hash, parts_are_hashed_as_if_they_were_one)
{
    hf_bytes whole = hf_bytes_of_string("a message in three parts");

    for (size_t i = 0; i < HF_ARRAY_LEN(hashes); i++) {
        uint8_t expected[HF_HASH_MAX], out[HF_HASH_MAX];

        cr_assert_eq(hf_hash(hashes[i].hash, &whole, 1, expected), HF_OK);
        for (size_t cut = 0; cut <= whole.len; cut++) {
            hf_bytes parts[] = { hf_bytes_slice(whole, 0, cut),
                                 { 0 },
                                 hf_bytes_slice(whole, cut, whole.len - cut) };

            cr_assert_eq(hf_hash(hashes[i].hash, parts, HF_ARRAY_LEN(parts), out), HF_OK);
            cr_expect_arr_eq(out, expected, hf_hash_len(hashes[i].hash));
        }
    }
}

Test(hash, writes_its_length_and_no_more)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(hashes); i++) {
        uint8_t out[HF_HASH_MAX + 1];

        memset(out, 0xa5, sizeof out);
        cr_assert_eq(hf_hash(hashes[i].hash, NULL, 0, out), HF_OK);
        for (size_t at = hf_hash_len(hashes[i].hash); at < sizeof out; at++)
            cr_expect_eq(out[at], 0xa5);
    }
}
