/* Tests of the bounded writer (base/writer.h). */
#include "base/writer.h"
#include "support/hex.h"
#include "support/test.h"

#include <signal.h>

/* Everything the writer can write, once. */
static void write_all(hf_writer *w)
{
    hf_write_mark outer = hf_write_len16_begin(w, w->len), inner;
    uint8_t *reserved;

    hf_write_u8(w, 0x01);
    hf_write_u16(w, 0x0203);
    hf_write_u24(w, 0x040506);
    hf_write_u32(w, 0x0708090a);
    hf_write_u64(w, 0x0b0c0d0e0f101112);
    inner = hf_write_len16_after(w);
    hf_write_bytes(w, hf_bytes_of_string("abc"));
    hf_write_len16_end(w, inner);
    hf_write_zeros(w, 2);
    inner = hf_write_len32_begin(w, w->len);
    reserved = hf_write_reserve(w, 2);
    if (reserved != NULL) {
        reserved[0] = 0x77;
        reserved[1] = 0x88;
    }
    hf_write_len32_end(w, inner);
    hf_write_len16_end(w, outer);
    hf_write_patch_u8(w, 2, 0xff);
}

#define ALL                                                                                        \
    "0021 ff 0203 040506 0708090a 0b0c0d0e0f101112 0003 616263 0000 00000006 7788" /* 33 octets */

Test(writer, writes_big_endian_and_patches_lengths)
{
    uint8_t storage[64];
    hf_writer w = hf_writer_of(storage, sizeof storage);
    hf_bytes out;

    write_all(&w);
    cr_assert(hf_writer_finish(&w, &out));
    cr_expect(hf_bytes_equal(out, hex(ALL)));
}

Test(writer, fits_storage_of_exactly_its_size)
{
    hf_bytes expected = hex(ALL), out;
    hf_writer w = hf_writer_of(test_memory(expected.len), expected.len);

    write_all(&w);
    cr_assert(hf_writer_finish(&w, &out));
    cr_expect(hf_bytes_equal(out, expected));
}

Test(writer, every_smaller_storage_overflows_once_and_for_all)
{
    size_t needed = hex(ALL).len;

    for (size_t size = 0; size < needed; size++) {
        hf_writer w = hf_writer_of(test_memory(size), size);
        hf_bytes out = { NULL, 99 };
        size_t len;

        write_all(&w);
        cr_expect(w.overflow);
        cr_expect_leq(w.len, size);
        len = w.len;
        hf_write_zeros(&w, 0);
        hf_write_u8(&w, 1);
        cr_expect_null(hf_write_reserve(&w, 0), "the overflow sticks");
        cr_expect_eq(w.len, len);
        cr_expect_not(hf_writer_finish(&w, &out));
        cr_expect_eq(out.len, 99, "failure leaves the output alone");
    }
}

Test(writer, nothing_is_written_after_an_overflow)
{
    uint8_t storage[4] = { 0 };
    hf_writer w = hf_writer_of(storage, 3);

    hf_write_u16(&w, 0x1122);
    hf_write_u16(&w, 0x3344);
    hf_write_u8(&w, 0x55);
    cr_expect_arr_eq(storage, "\x11\x22\0\0", 4);
}

Test(writer, a_huge_length_does_not_wrap)
{
    uint8_t storage[4];
    hf_writer w = hf_writer_of(storage, sizeof storage);

    hf_write_u8(&w, 1);
    cr_expect_null(hf_write_reserve(&w, SIZE_MAX));
    cr_expect(w.overflow);
}

Test(writer, a_16_bit_length_takes_65535_and_no_more)
{
    for (size_t len = UINT16_MAX - 1; len <= (size_t)UINT16_MAX + 1; len++) {
        uint8_t *storage = test_memory(len + 2);
        hf_writer w = hf_writer_of(storage, len + 2);
        hf_write_mark mark = hf_write_len16_after(&w);
        hf_bytes out;

        hf_write_zeros(&w, len);
        hf_write_len16_end(&w, mark);
        cr_expect_eq(hf_writer_finish(&w, &out), len <= UINT16_MAX);
        if (len <= UINT16_MAX)
            cr_expect_eq(storage[0] << 8 | storage[1], (int)len);
    }
}

Test(writer, patching_what_was_not_written_is_our_own_bug, .signal = SIGABRT)
{
    uint8_t storage[4];
    hf_writer w = hf_writer_of(storage, sizeof storage);

    hf_write_u8(&w, 1);
    hf_write_patch_u8(&w, 1, 2);
}
