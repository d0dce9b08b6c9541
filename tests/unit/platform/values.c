/* Tests of the values in message bodies (ipc/values.h). */
#include "ipc/values.h"
#include "support/hex.h"
#include "support/test.h"

static hf_reader reader_of(const char *text)
{
    return hf_reader_of(hex(text));
}

Test(values, address_goes_through_in_every_family)
{
    static const hf_address addresses[] = {
        {HF_FAMILY_NONE, { 0 }                           },
        { HF_FAMILY_V4,  { 192, 0, 2, 1 }                },
        { HF_FAMILY_V6,  { 0x20, 1, 0xd, 0xb8, [15] = 9 }},
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(addresses); i++) {
        uint8_t storage[17];
        hf_writer w = hf_writer_of(storage, sizeof storage);
        hf_address out = { HF_FAMILY_V6, { [3] = 3 } };
        hf_reader r;

        hf_ipc_write_address(&w, &addresses[i]);
        cr_assert_not(w.overflow);
        r = hf_reader_of((hf_bytes){ storage, w.len });
        cr_assert(hf_ipc_read_address(&r, &out));
        cr_expect_eq(r.left, 0);
        cr_expect(hf_address_equal(&out, &addresses[i]));
    }
}

Test(values, address_of_an_unknown_family_is_refused_and_nothing_is_consumed)
{
    hf_reader r = reader_of("05 01020304");
    hf_address out = { HF_FAMILY_V4, { 7 } };

    cr_expect_not(hf_ipc_read_address(&r, &out));
    cr_expect_eq(r.left, 5);
    cr_expect_eq(out.octets[0], 7);
}

Test(values, truncated_address_is_refused_and_nothing_is_consumed)
{
    hf_reader r = reader_of("06 20010db8");
    hf_address out;

    cr_expect_not(hf_ipc_read_address(&r, &out));
    cr_expect_eq(r.left, 5);
}

Test(values, prefix_longer_than_its_family_is_refused)
{
    hf_reader good = reader_of("04 c0000201 20"), bad = reader_of("04 c0000201 21");
    hf_reader none = reader_of("00 01");
    hf_prefix out;

    cr_expect(hf_ipc_read_prefix(&good, &out));
    cr_expect_eq(out.bits, 32);
    cr_expect_not(hf_ipc_read_prefix(&bad, &out));
    cr_expect_not(hf_ipc_read_prefix(&none, &out));
}

Test(values, bool_is_zero_or_one)
{
    hf_reader r = reader_of("01 00 02");
    bool out;

    cr_assert(hf_ipc_read_bool(&r, &out));
    cr_expect(out);
    cr_assert(hf_ipc_read_bool(&r, &out));
    cr_expect_not(out);
    cr_expect_not(hf_ipc_read_bool(&r, &out));
    cr_expect_eq(r.left, 1);
}

Test(values, number_at_its_bound_is_refused)
{
    hf_reader r = reader_of("0003 0004");
    size_t out;

    cr_assert(hf_ipc_read_below(&r, 4, &out));
    cr_expect_eq(out, 3);
    cr_expect_not(hf_ipc_read_below(&r, 4, &out));
    cr_expect_eq(out, 3);
}

Test(values, status_beyond_the_table_is_refused)
{
    uint8_t storage[2];
    hf_writer w = hf_writer_of(storage, sizeof storage);
    hf_reader r;
    hf_status out;

    hf_write_u16(&w, HF_STATUS_COUNT);
    r = hf_reader_of(HF_BYTES_OF(storage));
    cr_expect_not(hf_ipc_read_status(&r, &out));
}

Test(values, text_fits_with_its_nul_or_is_refused)
{
    hf_reader fits = reader_of("0003 616263"), tight = reader_of("0003 616263");
    char out[4] = "x";

    cr_assert(hf_ipc_read_text(&fits, out, 4));
    cr_expect_str_eq(out, "abc");
    cr_expect_not(hf_ipc_read_text(&tight, out, 3));
    cr_expect_eq(tight.left, 5);
}

Test(values, text_holds_printable_ascii_alone)
{
    static const char *const bad[] = { "0001 00", "0001 0a", "0001 1f", "0001 7f", "0001 c3" };
    char out[8];

    for (size_t i = 0; i < HF_ARRAY_LEN(bad); i++) {
        hf_reader r = reader_of(bad[i]);

        cr_expect_not(hf_ipc_read_text(&r, out, sizeof out), "%s", bad[i]);
    }
}

Test(values, truncated_text_is_refused)
{
    hf_reader r = reader_of("0004 616263");
    char out[8];

    cr_expect_not(hf_ipc_read_text(&r, out, sizeof out));
}
