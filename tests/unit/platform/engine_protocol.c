/* Tests of the message bodies between holdfastd and an engine, events left out
 * (ipc/engine_protocol.h). */
#include "ipc/engine_protocol.h"
#include "support/hex.h"
#include "support/test.h"

static uint8_t storage[HF_IPC_BODY_MAX];

static hf_writer writer(void)
{
    return hf_writer_of(storage, sizeof storage);
}

static hf_bytes written(const hf_writer *w)
{
    hf_bytes body;

    cr_assert(hf_writer_finish(w, &body));
    return (hf_bytes){ test_copy(body), body.len };
}

static struct hf_attempt_hints full_hints(void)
{
    struct hf_attempt_hints hints = {
        .resolver_count = HF_PLAN_ENDPOINTS,
        .last_good_count = HF_ATTEMPT_ADDRESSES,
        .last_ke = 31,
        .rtt = HF_MILLIS(23),
        .local = {HF_FAMILY_V4, { 10, 1, 0, 2 }},
        .local_port = 40000,
        .path_mtu = 1492,
        .wall_clock = -5,
    };

    for (size_t i = 0; i < HF_PLAN_ENDPOINTS; i++)
        hints.resolvers[i] = (hf_endpoint){
            {HF_FAMILY_V4, { 10, 1, 0, (uint8_t)i }},
            (uint16_t)(53 + i)
        };
    for (size_t i = 0; i < HF_ATTEMPT_ADDRESSES; i++)
        hints.last_good[i] = (hf_address){
            HF_FAMILY_V6, {0x20, 1, [15] = (uint8_t)i}
        };
    return hints;
}

static hf_bytes encoded_hints(const struct hf_attempt_hints *hints)
{
    hf_writer w = writer();

    hf_engine_hints_encode(&w, hints);
    return written(&w);
}

Test(engine_protocol, hints_go_through)
{
    struct hf_attempt_hints in = full_hints(), out;
    hf_reader r = hf_reader_of(encoded_hints(&in));

    cr_assert_eq(hf_engine_hints_decode(&r, &out), HF_OK);
    cr_expect_eq(r.left, 0);
    cr_expect_eq(out.resolver_count, in.resolver_count);
    cr_expect_eq(out.last_good_count, in.last_good_count);
    for (size_t i = 0; i < in.resolver_count; i++)
        cr_expect(hf_endpoint_equal(&out.resolvers[i], &in.resolvers[i]));
    for (size_t i = 0; i < in.last_good_count; i++)
        cr_expect(hf_address_equal(&out.last_good[i], &in.last_good[i]));
    cr_expect_eq(out.last_ke, 31);
    cr_expect_eq(out.rtt, HF_MILLIS(23));
    cr_expect(hf_address_equal(&out.local, &in.local));
    cr_expect_eq(out.local_port, 40000);
    cr_expect_eq(out.path_mtu, 1492);
    cr_expect_eq(out.wall_clock, -5);
}

Test(engine_protocol, hints_refuse_every_truncation)
{
    struct hf_attempt_hints in = full_hints(), out = { .local_port = 77 };
    hf_bytes body = encoded_hints(&in);

    for (size_t n = 0; n < body.len; n++) {
        hf_bytes cut = hf_bytes_slice(body, 0, n);
        hf_reader r = hf_reader_of((hf_bytes){ test_copy(cut), n });

        cr_expect_eq(hf_engine_hints_decode(&r, &out), HF_ERR_MALFORMED);
        cr_expect_eq(out.local_port, 77);
    }
}

Test(engine_protocol, hints_refuse_more_entries_than_they_hold)
{
    hf_reader resolvers = hf_reader_of(hex("0005")), last_good = hf_reader_of(hex("0000 0009"));
    struct hf_attempt_hints out;

    cr_expect_eq(hf_engine_hints_decode(&resolvers, &out), HF_ERR_MALFORMED);
    cr_expect_eq(hf_engine_hints_decode(&last_good, &out), HF_ERR_MALFORMED);
}

Test(engine_protocol, fault_goes_through)
{
    struct hf_fault in = hf_fault_make(HF_ERR_NO_PROPOSAL, HF_STAGE_HANDSHAKE), out;
    hf_writer w = writer();
    hf_reader r;

    in.peer_code = 14;
    hf_fault_set_text(in.offered, hf_bytes_of_string("aes256gcm16-sha384-x25519"));
    hf_fault_set_text(in.received, hf_bytes_of_string("NO_PROPOSAL_CHOSEN"));
    hf_fault_encode(&w, &in);
    r = hf_reader_of(written(&w));
    cr_assert_eq(hf_fault_decode(&r, &out), HF_OK);
    cr_expect_eq(r.left, 0);
    cr_expect_eq(out.status, HF_ERR_NO_PROPOSAL);
    cr_expect_eq(out.stage, HF_STAGE_HANDSHAKE);
    cr_expect_eq(out.peer_code, 14);
    cr_expect_str_eq(out.offered, in.offered);
    cr_expect_str_eq(out.received, in.received);
}

Test(engine_protocol, fault_of_an_unknown_stage_is_refused)
{
    struct hf_fault out = { .status = HF_OK };
    hf_reader r = hf_reader_of(hex("0001 0007 00000000 0000 0000"));

    cr_expect_eq(hf_fault_decode(&r, &out), HF_ERR_MALFORMED);
    r = hf_reader_of(hex("0001 0006 00000000 0000 0000"));
    cr_expect_eq(hf_fault_decode(&r, &out), HF_OK);
    cr_expect_eq(out.stage, HF_STAGE_TUNNEL);
}

Test(engine_protocol, counters_go_through_each_in_its_place)
{
    struct hf_engine_counters in = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 }, out;
    hf_writer w = writer();
    hf_reader r, cut;

    hf_engine_counters_encode(&w, &in);
    r = hf_reader_of(written(&w));
    cut = (hf_reader){ r.at, r.left - 1 };
    cr_assert_eq(hf_engine_counters_decode(&r, &out), HF_OK);
    cr_expect_eq(r.left, 0);
    cr_expect_eq(out.packets_in, 1);
    cr_expect_eq(out.octets_in, 2);
    cr_expect_eq(out.packets_out, 3);
    cr_expect_eq(out.octets_out, 4);
    cr_expect_eq(out.replayed, 5);
    cr_expect_eq(out.not_authentic, 6);
    cr_expect_eq(out.malformed, 7);
    cr_expect_eq(out.outside_selectors, 8);
    cr_expect_eq(out.no_sa, 9);
    cr_expect_eq(out.foreign, 10);
    cr_expect_eq(out.unsent, 11);
    cr_expect_eq(out.undelivered, 12);
    cr_expect_eq(out.last_received, 13);
    cr_expect_eq(out.last_sent, 14);
    cr_expect_eq(hf_engine_counters_decode(&cut, &out), HF_ERR_MALFORMED);
}

static hf_bytes encoded_trace(void)
{
    struct hf_trace_record record = {
        .at = 123456,
        .event = HF_TRACE_IKE_RETRANSMIT,
        .fields = {hf_trace_number("msgid", 3), hf_trace_text("to", "192.0.2.1"),
                   hf_trace_bytes("vendor", hex("ff0a41"))},
    };
    hf_writer w = writer();

    hf_engine_trace_encode(&w, &record);
    return written(&w);
}

Test(engine_protocol, trace_goes_through_with_a_peers_bytes)
{
    struct hf_trace_record out;
    hf_reader r = hf_reader_of(encoded_trace());

    cr_assert_eq(hf_engine_trace_decode(&r, &out), HF_OK);
    cr_expect_eq(r.left, 0);
    cr_expect_eq(out.at, 123456);
    cr_expect_eq(out.event, HF_TRACE_IKE_RETRANSMIT);
    cr_expect_str_eq(out.fields[0].key, "msgid");
    cr_expect_not(out.fields[0].is_text);
    cr_expect_eq(out.fields[0].number, 3);
    cr_expect_str_eq(out.fields[1].key, "to");
    cr_expect_str_eq(out.fields[1].text, "192.0.2.1");
    cr_expect_str_eq(out.fields[2].text, "\xff\nA");
    cr_expect_null(out.fields[3].key);
}

Test(engine_protocol, trace_refuses_every_truncation)
{
    hf_bytes body = encoded_trace();
    struct hf_trace_record out;

    for (size_t n = 0; n < body.len; n++) {
        hf_bytes cut = hf_bytes_slice(body, 0, n);
        hf_reader r = hf_reader_of((hf_bytes){ test_copy(cut), n });

        cr_expect_eq(hf_engine_trace_decode(&r, &out), HF_ERR_MALFORMED);
    }
}

Test(engine_protocol, trace_refuses_keys_that_would_need_escaping)
{
    static const char *const bad[] = {
        "0000000000000001 0000 0001 00 00 0000000000000001",   /* empty */
        "0000000000000001 0000 0001 2200 00 0000000000000001", /* a quote */
        "0000000000000001 0000 0001 c300 00 0000000000000001",
    };
    hf_reader good = hf_reader_of(hex("0000000000000001 0000 0001 6100 00 0000000000000001"));
    struct hf_trace_record out;

    cr_expect_eq(hf_engine_trace_decode(&good, &out), HF_OK);
    for (size_t i = 0; i < HF_ARRAY_LEN(bad); i++) {
        hf_reader r = hf_reader_of(hex(bad[i]));

        cr_expect_eq(hf_engine_trace_decode(&r, &out), HF_ERR_MALFORMED, "%s", bad[i]);
    }
}

Test(engine_protocol, trace_refuses_unknown_events_and_too_many_fields)
{
    hf_reader event = hf_reader_of(hex("0000000000000001 00ff 0000"));
    hf_reader fields = hf_reader_of(hex("0000000000000001 0000 0007"));
    struct hf_trace_record out;

    cr_expect_eq(hf_engine_trace_decode(&event, &out), HF_ERR_MALFORMED);
    cr_expect_eq(hf_engine_trace_decode(&fields, &out), HF_ERR_MALFORMED);
}
