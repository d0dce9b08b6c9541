/* Packets through the tunnel while it is rekeyed: both sides have the same keys, and nothing is
 * lost (design, section 7: make-before-break). */
#include "scenario/sim.h"

#include "support/test.h"

enum who { WE_CHILD, WE_IKE, GATEWAY_CHILD, GATEWAY_IKE, WHO_COUNT };

static void rekey(struct sim *sim, enum who who)
{
    switch (who) {
    case WE_CHILD:
        hf_ikev2_sa_rekey_child(sim->sa, sim->now);
        break;
    case WE_IKE:
        hf_ikev2_sa_rekey_ike(sim->sa, sim->now);
        break;
    case GATEWAY_CHILD:
        cr_assert(sim_gateway_rekey_child(sim->gateway, sim->now));
        break;
    case GATEWAY_IKE:
        cr_assert(sim_gateway_rekey_ike(sim->gateway, sim->now));
        break;
    case WHO_COUNT:
        break;
    }
}

/* A packet every 2 ms, without a pause, on a network that delays and doubles and loses none. */
static void expect_no_loss(struct sim *sim, enum who first, enum who second)
{
    sim_establish(sim);
    for (int i = 0; i < 8; i++) {
        rekey(sim, i % 2 == 0 ? first : second);
        sim_send_packets(sim, HF_MILLIS(2), HF_MILLIS(900));
        sim_send_packets(sim, HF_MILLIS(20), HF_MILLIS(700));
    }
    sim_advance(sim, HF_SECONDS(1));
    cr_expect_gt(sim->packets_sent, 3000);
    cr_expect_eq(sim->packets_back, sim->packets_sent, "%d and %d: %zu of %zu", first, second,
                 sim->packets_back, sim->packets_sent);
    cr_expect_eq(sim->events[HF_IKEV2_FAILED] + sim->events[HF_IKEV2_CLOSED], 0);
}

Test(traffic, goes_both_ways_with_every_cipher)
{
    const struct hf_algorithm *rows[16];
    size_t count = hf_algorithms_of_level(HF_TRANSFORM_ENCR, HF_LEVEL_DEFAULT, rows, 16);

    for (size_t i = 0; i < 2 * count; i++) {
        struct sim *sim = sim_new(SEED(1) + i, HF_IKEV2_AUTH_PSK);

        sim->client.esp_encr = &rows[i / 2];
        sim->client.esp_encr_count = 1;
        sim->gateway_config.prefer_esn = i % 2 == 1;
        sim_establish(sim);
        sim_send_packets(sim, HF_MILLIS(5), HF_MILLIS(100));
        rekey(sim, WE_CHILD);
        sim_send_packets(sim, HF_MILLIS(5), HF_MILLIS(100));
        rekey(sim, GATEWAY_CHILD);
        sim_send_packets(sim, HF_MILLIS(5), HF_MILLIS(100));
        sim_advance(sim, HF_SECONDS(1));
        cr_expect_eq(sim->packets_back, 60, "%s", rows[i / 2]->name);
        sim_free(sim);
    }
}

Test(traffic, loses_nothing_while_anybody_rekeys)
{
    for (enum who first = 0; first < WHO_COUNT; first++) {
        for (enum who second = first; second < WHO_COUNT; second++) {
            struct sim *sim = sim_new(SEED(20) + first * 4 + second, HF_IKEV2_AUTH_PSK);

            sim->network.duplicate = 100;
            expect_no_loss(sim, first, second);
            sim_free(sim);
        }
    }
}

Test(traffic, loses_nothing_to_our_rekeys_on_a_network_that_reorders)
{
    struct sim *sim = sim_new(SEED(40), HF_IKEV2_AUTH_PSK);

    sim->network.reorder = 300;
    expect_no_loss(sim, WE_CHILD, WE_IKE);
    sim_free(sim);
}
