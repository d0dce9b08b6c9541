/* Tests of the trace ring (base/trace.h). */
#include "base/trace.h"
#include "support/hex.h"
#include "support/test.h"

#include <signal.h>

Test(trace, events_come_out_in_order_with_their_fields)
{
    static struct hf_trace trace;
    struct hf_trace_record record;

    HF_TRACE_EVENT(&trace, 10, HF_TRACE_STATE, hf_trace_text("from", "idle"),
                   hf_trace_number("n", 7));
    HF_TRACE_EVENT(&trace, 11, HF_TRACE_PROOF, hf_trace_bytes("peer", hex("00ff")));
    cr_assert(hf_trace_next(&trace, &record));
    cr_expect_eq(record.at, 10);
    cr_expect_eq(record.event, HF_TRACE_STATE);
    cr_expect_str_eq(record.fields[0].key, "from");
    cr_expect_str_eq(record.fields[0].text, "idle");
    cr_expect(record.fields[0].is_text);
    cr_expect_eq(record.fields[1].number, 7);
    cr_expect_not(record.fields[1].is_text);
    cr_expect_null(record.fields[2].key);
    cr_assert(hf_trace_next(&trace, &record));
    cr_expect_eq(record.event, HF_TRACE_PROOF);
    cr_expect_null(record.fields[1].key, "fields of an earlier record do not shine through");
    cr_expect_not(hf_trace_next(&trace, &record));
}

Test(trace, a_full_ring_loses_the_oldest_and_counts_them)
{
    static struct hf_trace trace;
    struct hf_trace_record record;

    for (hf_time t = 0; t < HF_TRACE_RING + 5; t++)
        HF_TRACE_EVENT(&trace, t, HF_TRACE_STATE, hf_trace_number("t", t));
    cr_expect_eq(trace.lost, 5);
    for (hf_time t = 5; t < HF_TRACE_RING + 5; t++) {
        cr_assert(hf_trace_next(&trace, &record));
        cr_assert_eq(record.at, t);
    }
    cr_expect_not(hf_trace_next(&trace, &record));
}

Test(trace, fields_past_the_sixth_are_left_out)
{
    static struct hf_trace trace;
    struct hf_trace_field fields[HF_TRACE_FIELDS + 2];
    struct hf_trace_record record;

    for (size_t i = 0; i < HF_ARRAY_LEN(fields); i++)
        fields[i] = hf_trace_number("i", i);
    hf_trace_add(&trace, 1, HF_TRACE_STATE, fields, HF_ARRAY_LEN(fields));
    cr_assert(hf_trace_next(&trace, &record));
    cr_expect_eq(record.fields[HF_TRACE_FIELDS - 1].number, HF_TRACE_FIELDS - 1);
}

Test(trace, long_text_is_cut_and_ends_with_a_nul)
{
    uint8_t *bytes = test_memory(500);
    struct hf_trace_field field;

    memset(bytes, 'x', 500);
    field = hf_trace_bytes("long", (hf_bytes){ bytes, 500 });
    cr_expect_eq(strlen(field.text), HF_TRACE_TEXT_MAX - 1);
}

Test(trace, nobody_has_to_listen)
{
    HF_TRACE_EVENT(NULL, 1, HF_TRACE_STATE, hf_trace_number("n", 1));
    cr_expect_str_eq(hf_trace_event_name(HF_TRACE_STATE), "state");
}

Test(trace, every_event_has_a_name_of_its_own)
{
    for (int a = 0; a < HF_TRACE_COUNT; a++) {
        cr_expect_gt(strlen(hf_trace_event_name((enum hf_trace_event)a)), 0);
        for (int b = a + 1; b < HF_TRACE_COUNT; b++)
            cr_expect_str_neq(hf_trace_event_name((enum hf_trace_event)a),
                              hf_trace_event_name((enum hf_trace_event)b));
    }
}

Test(trace, an_event_out_of_range_is_our_own_bug, .signal = SIGABRT)
{
    (void)hf_trace_event_name(HF_TRACE_COUNT);
}
