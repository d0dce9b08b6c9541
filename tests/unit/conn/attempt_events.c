/* Tests of the queue of an attempt's events (conn/attempt_events.h). */
#include "conn/attempt_events.h"
#include "support/hex.h"
#include "support/test.h"

static struct hf_attempt_events events;
static struct hf_attempt_event event;

static struct hf_ikev2_child child_of(uint32_t spi)
{
    struct hf_ikev2_child child = {
        .spi_in = spi,
        .spi_out = spi + 1,
        .suite = {HF_ENCR_AES_CBC, 256, HF_INTEG_SHA2_256_128 },
        .esn = true,
        .selectors = { .local_count = 1,              .remote_count = 2},
        .send_now = true,
    };

    cr_assert(hf_secret_set(&child.encr_in, hex("a1")));
    cr_assert(hf_secret_set(&child.integ_in, hex("a2a2")));
    cr_assert(hf_secret_set(&child.encr_out, hex("b1b1b1")));
    cr_assert(hf_secret_set(&child.integ_out, hex("b2b2b2b2")));
    return child;
}

Test(attempt_events, come_out_in_order)
{
    static const hf_address gateway = {
        HF_FAMILY_V4, {192, 0, 2, 2}
    };
    static const uint16_t ports[2] = { 500, 4500 };

    hf_attempt_events_push_state(&events, HF_CONN_RESOLVING);
    hf_attempt_events_push_gateway(&events, &gateway, ports);
    cr_assert(hf_attempt_events_next(&events, &event));
    cr_expect_eq(event.type, HF_ATTEMPT_STATE);
    cr_expect_eq(event.state, HF_CONN_RESOLVING);
    cr_assert(hf_attempt_events_next(&events, &event));
    cr_expect_eq(event.type, HF_ATTEMPT_GATEWAY);
    cr_expect(hf_address_equal(&event.gateway, &gateway));
    cr_expect_eq(event.gateway_ports[1], 4500);
    cr_expect_not(hf_attempt_events_next(&events, &event));
}

Test(attempt_events, child_is_told_with_each_key_in_its_direction)
{
    struct hf_ikev2_child child = child_of(0x1000);

    hf_attempt_events_push_child_add(&events, &child);
    cr_assert(hf_attempt_events_next(&events, &event));
    cr_expect_eq(event.type, HF_ATTEMPT_CHILD_ADD);
    cr_expect_eq(event.spi, 0x1000);
    cr_expect_eq(event.peer_spi, 0x1001);
    cr_expect_eq(event.inbound.spi, 0x1000);
    cr_expect_eq(event.outbound.spi, 0x1001);
    cr_expect(hf_secret_equal(&event.inbound.encr_key, &child.encr_in));
    cr_expect(hf_secret_equal(&event.inbound.integ_key, &child.integ_in));
    cr_expect(hf_secret_equal(&event.outbound.encr_key, &child.encr_out));
    cr_expect(hf_secret_equal(&event.outbound.integ_key, &child.integ_out));
    cr_expect_eq(event.inbound.encr, HF_ENCR_AES_CBC);
    cr_expect_eq(event.inbound.integ, HF_INTEG_SHA2_256_128);
    cr_expect(event.outbound.esn);
    cr_expect(event.send_now);
    cr_expect_eq(event.selectors.remote_count, 2);
}

Test(attempt_events, key_is_gone_once_it_was_told)
{
    struct hf_ikev2_child child = child_of(1);

    hf_attempt_events_push_child_add(&events, &child);
    cr_assert(hf_attempt_events_next(&events, &event));
    for (size_t i = 0; i < sizeof events.children; i++)
        cr_assert_eq(((const uint8_t *)events.children)[i], 0);
}

Test(attempt_events, unfetched_proof_is_replaced_by_the_next)
{
    hf_attempt_events_push_proof(&events, 5);
    hf_attempt_events_push_state(&events, HF_CONN_CONNECTED);
    hf_attempt_events_push_proof(&events, 9);
    cr_assert(hf_attempt_events_next(&events, &event));
    cr_expect_eq(event.type, HF_ATTEMPT_PROOF);
    cr_expect_eq(event.at, 9);
    cr_assert(hf_attempt_events_next(&events, &event));
    cr_expect_eq(event.type, HF_ATTEMPT_STATE);
    cr_expect_not(hf_attempt_events_next(&events, &event));
}

Test(attempt_events, too_many_are_noticed_and_the_first_ones_kept)
{
    for (size_t i = 0; i < HF_ATTEMPT_EVENTS_MAX; i++)
        hf_attempt_events_push_state(&events, HF_CONN_RESOLVING);
    cr_expect_not(events.overflow);
    hf_attempt_events_push_state(&events, HF_CONN_CONNECTED);
    cr_expect(events.overflow);
    for (size_t i = 0; i < HF_ATTEMPT_EVENTS_MAX; i++) {
        cr_assert(hf_attempt_events_next(&events, &event));
        cr_assert_eq(event.state, HF_CONN_RESOLVING);
    }
    cr_expect_not(hf_attempt_events_next(&events, &event));
}

Test(attempt_events, one_child_too_many_is_noticed)
{
    struct hf_ikev2_child child = child_of(1);

    for (size_t i = 0; i < HF_ATTEMPT_CHILDREN_MAX; i++)
        hf_attempt_events_push_child_add(&events, &child);
    cr_expect_not(events.overflow);
    hf_attempt_events_push_child_add(&events, &child);
    cr_expect(events.overflow);
}
