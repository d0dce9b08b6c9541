/* Tests of the bounded reader (base/reader.h). */
#include "base/reader.h"
#include "support/hex.h"
#include "support/test.h"

#define WHOLE "0102030405060708090a"

/* Each getter with the same shape, so that one loop can try them all on every length. */
static bool get_u8(hf_reader *r, uint64_t *out)
{
    uint8_t value;
    bool good = hf_read_u8(r, &value);

    if (good)
        *out = value;
    return good;
}

static bool get_u16(hf_reader *r, uint64_t *out)
{
    uint16_t value;
    bool good = hf_read_u16(r, &value);

    if (good)
        *out = value;
    return good;
}

static bool get_u24(hf_reader *r, uint64_t *out)
{
    uint32_t value;
    bool good = hf_read_u24(r, &value);

    if (good)
        *out = value;
    return good;
}

static bool get_u32(hf_reader *r, uint64_t *out)
{
    uint32_t value;
    bool good = hf_read_u32(r, &value);

    if (good)
        *out = value;
    return good;
}

static bool get_u64(hf_reader *r, uint64_t *out)
{
    return hf_read_u64(r, out);
}

static bool get_copy(hf_reader *r, uint64_t *out)
{
    uint8_t bytes[5] = { 0 };
    bool good = hf_read_copy(r, bytes, sizeof bytes);

    if (good)
        *out = bytes[4];
    else
        cr_expect_eq(bytes[0], 0, "a failed copy leaves the output alone");
    return good;
}

static bool get_bytes(hf_reader *r, uint64_t *out)
{
    hf_bytes bytes = { NULL, 99 };
    bool good = hf_read_bytes(r, 6, &bytes);

    if (good)
        *out = bytes.data[5];
    else
        cr_expect_eq(bytes.len, 99, "a failed read leaves the output alone");
    return good;
}

static bool get_nested(hf_reader *r, uint64_t *out)
{
    hf_reader inner = { NULL, 99 };
    uint8_t value = 0;
    bool good = hf_read_nested(r, 7, &inner);

    if (!good) {
        cr_expect_eq(inner.left, 99, "a failed read leaves the output alone");
        return false;
    }
    cr_expect(hf_read_skip(&inner, 6));
    cr_expect(hf_read_u8(&inner, &value));
    cr_expect_not(hf_read_u8(&inner, &value), "a nested reader ends where it ends");
    *out = value;
    return true;
}

static bool get_skip(hf_reader *r, uint64_t *out)
{
    bool good = hf_read_skip(r, 9);

    if (good)
        *out = 0;
    return good;
}

static const struct getter {
    bool (*get)(hf_reader *r, uint64_t *out);
    size_t size;
    uint64_t value;
} getters[] = {
    {get_u8,      1, 0x01              },
    { get_u16,    2, 0x0102            },
    { get_u24,    3, 0x010203          },
    { get_u32,    4, 0x01020304        },
    { get_u64,    8, 0x0102030405060708},
    { get_copy,   5, 0x05              },
    { get_bytes,  6, 0x06              },
    { get_nested, 7, 0x07              },
    { get_skip,   9, 0                 },
};

Test(reader, every_getter_reads_big_endian_and_advances)
{
    hf_bytes whole = hex(WHOLE);

    for (size_t i = 0; i < HF_ARRAY_LEN(getters); i++) {
        hf_reader r = hf_reader_of(whole);
        uint64_t value = 77;

        cr_expect(getters[i].get(&r, &value));
        cr_expect_eq(value, getters[i].value);
        cr_expect_eq(r.left, whole.len - getters[i].size);
        cr_expect_eq(r.at, whole.data + getters[i].size);
    }
}

Test(reader, every_getter_refuses_every_truncation_and_changes_nothing)
{
    hf_bytes whole = hex(WHOLE);

    for (size_t i = 0; i < HF_ARRAY_LEN(getters); i++) {
        for (size_t len = 0; len < getters[i].size; len++) {
            /* A copy of exactly that length: a sanitizer sees a read past it. */
            hf_bytes cut = { test_copy((hf_bytes){ whole.data, len }), len };
            hf_reader r = hf_reader_of(cut);
            uint64_t value = 77;

            cr_expect_not(getters[i].get(&r, &value));
            cr_expect_eq(value, 77);
            cr_expect_eq(r.at, cut.data);
            cr_expect_eq(r.left, len);
        }
    }
}

Test(reader, every_getter_works_at_the_very_end)
{
    hf_bytes whole = hex(WHOLE);

    for (size_t i = 0; i < HF_ARRAY_LEN(getters); i++) {
        hf_reader r = hf_reader_of(hf_bytes_slice(whole, 0, getters[i].size));
        uint64_t value;

        cr_expect(getters[i].get(&r, &value));
        cr_expect_eq(r.left, 0);
        cr_expect_not(getters[i].get(&r, &value));
    }
}

Test(reader, an_empty_reader_may_have_no_memory)
{
    hf_reader r = hf_reader_of((hf_bytes){ 0 }), inner;
    hf_bytes bytes;
    uint8_t copy = 3;

    cr_expect(hf_read_bytes(&r, 0, &bytes));
    cr_expect(hf_read_copy(&r, &copy, 0));
    cr_expect(hf_read_nested(&r, 0, &inner));
    cr_expect(hf_read_skip(&r, 0));
    cr_expect_eq(hf_read_rest(&r).len, 0);
    cr_expect_eq(copy, 3);
    cr_expect_not(hf_read_u8(&r, &copy));
}

Test(reader, a_length_near_the_top_of_size_t_does_not_wrap)
{
    hf_reader r = hf_reader_of(hex(WHOLE)), inner;
    hf_bytes bytes;

    cr_expect_not(hf_read_skip(&r, SIZE_MAX));
    cr_expect_not(hf_read_bytes(&r, SIZE_MAX - 3, &bytes));
    cr_expect_not(hf_read_nested(&r, SIZE_MAX, &inner));
    cr_expect_eq(r.left, 10);
}

Test(reader, rest_takes_everything)
{
    hf_reader r = hf_reader_of(hex(WHOLE));

    cr_assert(hf_read_skip(&r, 7));
    cr_expect(hf_bytes_equal(hf_read_rest(&r), hex("08090a")));
    cr_expect_eq(r.left, 0);
    cr_expect_eq(hf_read_rest(&r).len, 0);
}

Test(reader, until_last_leaves_exactly_the_tail)
{
    hf_bytes whole = hex(WHOLE);

    for (size_t tail = 0; tail <= whole.len + 2; tail++) {
        hf_reader r = hf_reader_of(whole);
        hf_bytes out = { NULL, 99 };

        if (tail <= whole.len) {
            cr_expect(hf_read_until_last(&r, tail, &out));
            cr_expect_eq(out.len, whole.len - tail);
            cr_expect_eq(out.data, whole.data);
            cr_expect_eq(r.left, tail);
        } else {
            cr_expect_not(hf_read_until_last(&r, tail, &out));
            cr_expect_eq(out.len, 99, "a failed read leaves the output alone");
            cr_expect_eq(r.left, whole.len);
        }
    }
    cr_expect_not(hf_read_until_last(&(hf_reader){ whole.data, 3 }, SIZE_MAX, &(hf_bytes){ 0 }));
}
