/* Tests of an attempt's events as message bodies (ipc/engine_protocol.h). */
#include "ipc/engine_protocol.h"
#include "support/hex.h"
#include "support/test.h"

#include <stdio.h>

static struct hf_attempt_event in, out;
static uint8_t storage[HF_IPC_BODY_MAX];

static hf_bytes encoded(void)
{
    hf_writer w = hf_writer_of(storage, sizeof storage);
    hf_bytes body;

    hf_engine_event_encode(&w, &in);
    cr_assert(hf_writer_finish(&w, &body));
    return (hf_bytes){ test_copy(body), body.len };
}

static void send(enum hf_attempt_event_type type)
{
    hf_reader r;

    in.type = type;
    r = hf_reader_of(encoded());
    cr_assert_eq(hf_engine_event_decode(&r, &out), HF_OK);
    cr_expect_eq(r.left, 0);
    cr_expect_eq(out.type, type);
}

static struct hf_plan small_plan(void)
{
    struct hf_plan plan = hf_plan_empty();

    plan.tunnel = true;
    snprintf(plan.tun_name, sizeof plan.tun_name, "tun-a");
    plan.mtu_bytes = 1400;
    plan.addresses[plan.address_count++] = (hf_prefix){
        {HF_FAMILY_V4, { 10, 99, 0, 2 }},
        32
    };
    plan.routes[plan.route_count++] = (hf_prefix){
        {HF_FAMILY_V4, { 0 }},
        0
    };
    return plan;
}

Test(engine_event, state_goes_through)
{
    in.state = HF_CONN_PATH_LOST;
    send(HF_ATTEMPT_STATE);
    cr_expect_eq(out.state, HF_CONN_PATH_LOST);
}

Test(engine_event, gateway_goes_through)
{
    in.gateway = (hf_address){
        HF_FAMILY_V6, {0x20, 1, [15] = 2}
    };
    in.gateway_ports[0] = 500;
    in.gateway_ports[1] = 4500;
    send(HF_ATTEMPT_GATEWAY);
    cr_expect(hf_address_equal(&out.gateway, &in.gateway));
    cr_expect_eq(out.gateway_ports[0], 500);
    cr_expect_eq(out.gateway_ports[1], 4500);
}

Test(engine_event, plan_goes_through)
{
    in.plan = small_plan();
    send(HF_ATTEMPT_INSTALL);
    cr_expect(hf_plan_equal(&out.plan, &in.plan));
}

Test(engine_event, plan_outside_its_limits_is_refused)
{
    hf_reader r;

    in.type = HF_ATTEMPT_INSTALL;
    in.plan = small_plan();
    in.plan.mtu_bytes = 1279;
    r = hf_reader_of(encoded());
    cr_expect_eq(hf_engine_event_decode(&r, &out), HF_ERR_MALFORMED);
}

Test(engine_event, summary_goes_through)
{
    in.summary = (struct hf_attempt_summary){
        .gateway = {HF_FAMILY_V4, { 192, 0, 2, 2 }},
        .gateway_identity = "vpn.example.com",
        .ike_suite = "aes256gcm16-prfsha384-x25519",
        .esp_suite = "aes256gcm16-x25519",
        .authentication = "eap-tls (tls1.3)",
        .ke = 31,
        .rtt = HF_MILLIS(21),
        .behind_nat = true,
        .round_trips = 7,
    };
    send(HF_ATTEMPT_SUMMARY);
    cr_expect(hf_address_equal(&out.summary.gateway, &in.summary.gateway));
    cr_expect_str_eq(out.summary.gateway_identity, "vpn.example.com");
    cr_expect_str_eq(out.summary.ike_suite, in.summary.ike_suite);
    cr_expect_str_eq(out.summary.esp_suite, in.summary.esp_suite);
    cr_expect_str_eq(out.summary.authentication, in.summary.authentication);
    cr_expect_eq(out.summary.ke, 31);
    cr_expect_eq(out.summary.rtt, HF_MILLIS(21));
    cr_expect(out.summary.behind_nat);
    cr_expect_eq(out.summary.round_trips, 7);
}

Test(engine_event, proof_secret_and_end_go_through)
{
    in.at = 987654321;
    in.is_one_way = true;
    send(HF_ATTEMPT_TRAFFIC);
    cr_expect(out.is_one_way);
    send(HF_ATTEMPT_PROOF);
    cr_expect_eq(out.at, 987654321);
    in.secret = HF_SECRET_PASSWORD;
    send(HF_ATTEMPT_SECRET_WANTED);
    cr_expect_eq(out.secret, HF_SECRET_PASSWORD);
    in.fault = hf_fault_make(HF_ERR_AUTH_REJECTED, HF_STAGE_AUTHENTICATION);
    in.fault.peer_code = 24;
    send(HF_ATTEMPT_ENDED);
    cr_expect_eq(out.fault.status, HF_ERR_AUTH_REJECTED);
    cr_expect_eq(out.fault.peer_code, 24);
}

Test(engine_event, every_truncation_is_refused_and_leaves_out_alone)
{
    static const enum hf_attempt_event_type types[] = {
        HF_ATTEMPT_STATE, HF_ATTEMPT_GATEWAY, HF_ATTEMPT_INSTALL,       HF_ATTEMPT_SUMMARY,
        HF_ATTEMPT_PROOF, HF_ATTEMPT_TRAFFIC, HF_ATTEMPT_SECRET_WANTED, HF_ATTEMPT_ENDED,
    };

    in.gateway = (hf_address){
        HF_FAMILY_V4, {192, 0, 2, 2}
    };
    in.plan = small_plan();
    for (size_t i = 0; i < HF_ARRAY_LEN(types); i++) {
        hf_bytes body;

        in.type = types[i];
        body = encoded();
        for (size_t n = 0; n < body.len; n++) {
            hf_bytes cut = hf_bytes_slice(body, 0, n);
            hf_reader r = hf_reader_of((hf_bytes){ test_copy(cut), n });

            out.spi = 77;
            cr_expect_eq(hf_engine_event_decode(&r, &out), HF_ERR_MALFORMED);
            cr_expect_eq(out.spi, 77);
        }
    }
}

Test(engine_event, key_material_is_not_accepted_from_an_engine)
{
    static const enum hf_attempt_event_type types[] = { HF_ATTEMPT_CHILD_ADD, HF_ATTEMPT_CHILD_SEND,
                                                        HF_ATTEMPT_CHILD_REMOVE };

    for (size_t i = 0; i < HF_ARRAY_LEN(types); i++) {
        uint8_t body[64] = { 0, (uint8_t)types[i] };
        hf_reader r = hf_reader_of(HF_BYTES_OF(body));

        cr_expect_eq(hf_engine_event_decode(&r, &out), HF_ERR_MALFORMED);
    }
}
