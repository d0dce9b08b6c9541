/* See codecs.h. */
#include "codecs.h"

#include "support/env.h"

#include <stdlib.h>
#include <string.h>

enum { UNTOUCHED = 0xa5 };

hf_status codec_try(const struct codec *codec, hf_bytes body)
{
    uint8_t *out = malloc(codec->size), *copy = malloc(body.len + 1);
    hf_status status;

    if (out == NULL || copy == NULL)
        test_die("out of memory");
    memset(out, UNTOUCHED, codec->size);
    hf_copy(copy + 1, body.data, body.len); /* ends where the allocation ends */
    status = codec->decode((hf_bytes){ copy + 1, body.len }, out);
    for (size_t i = 0; status != HF_OK && i < codec->size; i++)
        cr_assert_eq(out[i], UNTOUCHED, "a failure changed octet %zu of the output", i);
    free(copy);
    free(out);
    return status;
}

hf_bytes codec_round_trip(const struct codec *codec, hf_bytes body)
{
    size_t capacity = body.len + 64;
    hf_writer w = hf_writer_of(test_memory(capacity), capacity);
    hf_bytes encoded = { 0 };
    void *out = malloc(codec->size);

    if (out == NULL)
        test_die("out of memory");
    if (codec->decode(body, out) == HF_OK) {
        codec->encode(&w, out);
        cr_assert(hf_writer_finish(&w, &encoded));
    }
    free(out);
    return encoded;
}

void expect_round_trip(const struct codec *codec, hf_bytes body)
{
    cr_assert_eq(codec_try(codec, body), HF_OK);
    cr_expect(hf_bytes_equal(codec_round_trip(codec, body), body));
}

void expect_prefixes_refused(const struct codec *codec, hf_bytes body, size_t shortest)
{
    cr_assert_leq(shortest, body.len);
    for (size_t n = 0; n < shortest; n++) {
        hf_status status = codec_try(codec, hf_bytes_slice(body, 0, n));

        cr_expect(status == HF_ERR_TRUNCATED || status == HF_ERR_MALFORMED, "%zu octets: %s", n,
                  hf_status_code(status));
    }
}

void expect_ignored(const struct codec *codec, hf_bytes body, const size_t *octets, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            uint8_t *changed = test_copy(body);

            changed[octets[i]] ^= (uint8_t)(1u << bit);
            cr_expect(
                hf_bytes_equal(codec_round_trip(codec, (hf_bytes){ changed, body.len }), body),
                "bit %u of octet %zu", bit, octets[i]);
        }
    }
}

void expect_patch_refused(const struct codec *codec, hf_bytes body, size_t offset, hf_bytes patch,
                          hf_status status)
{
    uint8_t *changed = test_copy(body);

    cr_assert_leq(offset + patch.len, body.len);
    hf_copy(changed + offset, patch.data, patch.len);
    cr_expect_eq(codec_try(codec, (hf_bytes){ changed, body.len }), status, "at %zu", offset);
}

void expect_mutations_settle(const struct codec *codec, hf_bytes body, uint64_t seed)
{
    for (size_t i = 0; i < 2000; i++) {
        uint8_t *changed = test_copy(body);
        hf_bytes once, twice;

        for (uint64_t n = test_random_below(&seed, 3) + 1; n > 0; n--)
            changed[test_random_below(&seed, body.len)] = (uint8_t)test_random_next(&seed);
        if (codec_try(codec, (hf_bytes){ changed, body.len }) != HF_OK)
            continue;
        once = codec_round_trip(codec, (hf_bytes){ changed, body.len });
        twice = codec_round_trip(codec, once);
        cr_assert(hf_bytes_equal(once, twice), "mutation %zu", i);
    }
}
