/* Connecting to a good gateway: the exchanges up to the tunnel, and what the network does to them.
 */
#include "scenario/sim.h"

#include "ike/header.h"
#include "support/hex.h"
#include "support/test.h"

#include <string.h>

static struct hf_ikev2_summary summary_of(const struct sim *sim)
{
    struct hf_ikev2_summary summary;

    hf_ikev2_sa_summary(sim->sa, &summary);
    return summary;
}

/* Leaves the gateway one group, so that a client that starts with another is sent back. */
static void leave_group(struct sim_suites *suites, uint16_t group)
{
    size_t kept = 0;

    for (size_t i = 0; i < suites->count; i++) {
        if (suites->transforms[i].type != HF_TRANSFORM_KE || suites->transforms[i].id == group)
            suites->transforms[kept++] = suites->transforms[i];
    }
    suites->count = kept;
}

Test(connect, with_a_shared_key_takes_two_round_trips)
{
    struct sim *sim = sim_new(SEED(1), HF_IKEV2_AUTH_PSK);
    struct hf_ikev2_summary summary;

    sim_establish(sim); /* HDR, SAi1, KEi, Ni  -->  HDR, SK{IDi, AUTH, CP, SA, TSi, TSr}  --> */
    summary = summary_of(sim);
    cr_expect_eq(sim_gateway_stats(sim->gateway)->established, 1);
    cr_expect_eq(summary.round_trips, 2);
    cr_expect_str_eq(summary.gateway_identity, SIM_GATEWAY_NAME);
    cr_expect_str_eq(summary.authentication, "psk");
    cr_expect_str_eq(summary.ike_suite, "aes256gcm16-prfsha512-x25519");
    cr_expect_str_eq(summary.esp_suite, "aes256gcm16");
    cr_expect_eq(summary.ke, HF_KE_X25519);
    sim_free(sim);
}

Test(connect, tells_its_events_in_order)
{
    static const enum hf_ikev2_event_type order[] = { HF_IKEV2_AUTHENTICATING,
                                                      HF_IKEV2_PEER_VERIFIED, HF_IKEV2_CONFIGURED,
                                                      HF_IKEV2_CHILD_UP, HF_IKEV2_ESTABLISHED };
    struct sim *sim = sim_new(SEED(2), HF_IKEV2_AUTH_PSK);

    sim_connect(sim);
    for (size_t i = 0; i < HF_ARRAY_LEN(order); i++) {
        if (sim->events[order[i]] == 0)
            cr_expect(sim_run_until(sim, order[i], HF_SECONDS(1)));
        for (size_t j = i + 1; sim->now == SIM_START && j < HF_ARRAY_LEN(order); j++)
            cr_expect_eq(sim->events[order[j]], 0);
    }
    cr_expect_eq(sim->events[HF_IKEV2_FAILED], 0);
    sim_free(sim);
}

Test(connect, takes_what_the_gateway_assigns)
{
    struct sim *sim = sim_new(SEED(3), HF_IKEV2_AUTH_PSK);
    char text[HF_PREFIX_TEXT_MAX];

    sim->gateway_config.domain = "Corp.Example.com";
    sim_establish(sim);
    cr_expect_str_eq(hf_prefix_format(&sim->assigned.ip4, text), "10.99.0.2/32");
    cr_expect_str_eq(hf_prefix_format(&sim->assigned.ip6, text), "2001:db8:99::2/128");
    cr_expect_eq(sim->assigned.dns_count, 1);
    cr_assert_eq(sim->assigned.domain_count, 1);
    cr_expect_str_eq(sim->assigned.domains[0], "corp.example.com");
    cr_expect_eq(sim->selectors.local_count, 2);
    cr_expect_eq(sim->selectors.remote_count, 2);
    sim_free(sim);
}

Test(connect, asks_for_one_family_alone)
{
    struct sim *sim = sim_new(SEED(4), HF_IKEV2_AUTH_PSK);

    sim->client.want_ip6 = false;
    sim_establish(sim);
    cr_expect_eq(sim->assigned.ip6.address.family, HF_FAMILY_NONE);
    cr_assert_eq(sim->selectors.local_count, 1);
    cr_expect_eq(sim->selectors.local[0].first.family, HF_FAMILY_V4);
    sim_free(sim);
}

Test(connect, lives_with_narrowed_selectors)
{
    struct sim *sim = sim_new(SEED(5), HF_IKEV2_AUTH_PSK);
    hf_prefix network;

    cr_assert(hf_prefix_parse(hf_bytes_of_string("10.1.0.0/16"), &network));
    sim->gateway_config.networks.local[0] = hf_selector_of_prefix(&network);
    sim->gateway_config.networks.local_count = 1;
    sim_establish(sim);
    cr_assert_eq(sim->selectors.remote_count, 1);
    cr_expect(hf_selector_equal(&sim->selectors.remote[0], &sim->gateway_config.networks.local[0]));
    sim_free(sim);
}

Test(connect, goes_on_behind_the_marker_after_the_first_exchange)
{
    struct sim *sim = sim_new(SEED(6), HF_IKEV2_AUTH_PSK);

    sim->network.nat = true;
    sim_establish(sim);
    cr_expect_neq(sim_sent(sim, 0).data[0] | sim_sent(sim, 0).data[1] | sim_sent(sim, 0).data[2] |
                      sim_sent(sim, 0).data[3],
                  0);
    for (size_t i = 1; i < sim->sent_count; i++)
        cr_expect(hf_bytes_equal(hf_bytes_slice(sim_sent(sim, i), 0, 4), hex("00000000")));
    cr_expect(summary_of(sim).nat_local);
    cr_expect_not(summary_of(sim).nat_remote);
    sim_free(sim);
}

Test(connect, sees_no_nat_where_there_is_none_and_is_encapsulated_all_the_same)
{
    struct sim *sim = sim_new(SEED(7), HF_IKEV2_AUTH_PSK);
    struct sim_gateway_sa_info info;

    sim_establish(sim);
    sim_gateway_info(sim->gateway, &info);
    cr_expect_not(summary_of(sim).nat_local);
    cr_expect(info.nat_client); /* what our source hash makes it believe */
    cr_expect_not(info.nat_gateway);
    sim_free(sim);
}

Test(connect, may_begin_on_the_encapsulation_port)
{
    struct sim *sim = sim_new(SEED(8), HF_IKEV2_AUTH_PSK);

    sim->client.gateway.port = 4500;
    sim->client.start_on_natt_port = true;
    sim_establish(sim);
    cr_expect(hf_bytes_equal(hf_bytes_slice(sim_sent(sim, 0), 0, 4), hex("00000000")));
    sim_free(sim);
}

Test(init, lost_request_is_sent_again_bit_for_bit) /* RFC 7296, section 2.1 */
{
    struct sim *sim = sim_new(SEED(9), HF_IKEV2_AUTH_PSK);

    sim_drop_next(sim, TO_GATEWAY);
    sim_connect(sim); /* HDR, SAi1, KEi, Ni  --x */
    cr_expect(sim_run_until(sim, HF_IKEV2_AUTHENTICATING, HF_SECONDS(2))); /* again  --> */
    cr_expect_gt(sim_sent(sim, 0).len, 0);
    cr_expect(hf_bytes_equal(sim_sent(sim, 1), sim_sent(sim, 0)));
    sim_free(sim);
}

Test(auth, lost_request_is_sent_again_bit_for_bit)
{
    struct sim *sim = sim_new(SEED(10), HF_IKEV2_AUTH_PSK);

    sim_connect(sim);
    cr_assert(sim_run_until(sim, HF_IKEV2_AUTHENTICATING, HF_SECONDS(2)));
    cr_assert_eq(sim->sent_count, 2);
    sim->flight_count--; /* HDR, SK{IDi, …}  --x */
    hf_buf_free(&sim->flights[sim->flight_count].bytes);
    cr_expect(sim_run_until(sim, HF_IKEV2_ESTABLISHED, HF_SECONDS(2)));
    cr_expect(hf_bytes_equal(sim_sent(sim, 2), sim_sent(sim, 1)));
    sim_free(sim);
}

Test(auth, lost_answer_is_answered_again)
{
    struct sim *sim = sim_new(SEED(11), HF_IKEV2_AUTH_PSK);

    sim_connect(sim);
    cr_assert(sim_run_until(sim, HF_IKEV2_AUTHENTICATING, HF_SECONDS(2)));
    sim_drop_next(sim, TO_CLIENT);
    cr_expect(sim_run_until(sim, HF_IKEV2_ESTABLISHED, HF_SECONDS(2)));
    cr_expect_eq(sim_gateway_stats(sim->gateway)->repeated_requests, 1);
    cr_expect_eq(sim_gateway_stats(sim->gateway)->children_created, 1);
    sim_free(sim);
}

Test(init, cookie_is_brought_back) /* RFC 7296, section 2.6 */
{
    struct sim *sim = sim_new(SEED(12), HF_IKEV2_AUTH_PSK);

    sim->gateway_config.demand_cookie = true;
    sim_establish(sim);
    cr_expect_eq(sim_gateway_stats(sim->gateway)->cookies_demanded, 1);
    cr_expect_eq(summary_of(sim).round_trips, 3);
    sim_free(sim);
}

Test(init, group_that_the_gateway_wants_is_used) /* RFC 7296, section 1.2 */
{
    struct sim *sim = sim_new(SEED(13), HF_IKEV2_AUTH_PSK);

    leave_group(&sim->gateway_config.ike, HF_KE_ECP_256);
    sim_establish(sim);
    cr_expect_eq(sim_gateway_stats(sim->gateway)->groups_refused, 1);
    cr_expect_eq(summary_of(sim).ke, HF_KE_ECP_256);
    cr_expect_eq(summary_of(sim).round_trips, 3);
    sim_free(sim);
}

Test(init, remembered_group_saves_the_detour)
{
    struct sim *sim = sim_new(SEED(14), HF_IKEV2_AUTH_PSK);

    sim->client.first_ke = HF_KE_ECP_256;
    leave_group(&sim->gateway_config.ike, HF_KE_ECP_256);
    sim_establish(sim);
    cr_expect_eq(sim_gateway_stats(sim->gateway)->groups_refused, 0);
    cr_expect_eq(summary_of(sim).round_trips, 2);
    sim_free(sim);
}

Test(init, cookie_and_group_may_both_be_asked_for)
{
    struct sim *sim = sim_new(SEED(15), HF_IKEV2_AUTH_PSK);

    sim->gateway_config.demand_cookie = true;
    leave_group(&sim->gateway_config.ike, HF_KE_MODP_3072);
    sim_establish(sim);
    cr_expect_eq(summary_of(sim).ke, HF_KE_MODP_3072);
    sim_free(sim);
}

Test(init, every_group_and_cipher_works)
{
    const struct hf_algorithm *rows[2][16];
    size_t ciphers = hf_algorithms_of_level(HF_TRANSFORM_ENCR, HF_LEVEL_DEFAULT, rows[0], 16);
    size_t groups = hf_algorithms_of_level(HF_TRANSFORM_KE, HF_LEVEL_DEFAULT, rows[1], 16);

    for (size_t i = 0; i < ciphers || i < groups; i++) {
        struct sim *sim = sim_new(SEED(16) + i, HF_IKEV2_AUTH_PSK);
        const struct hf_algorithm *cipher = rows[0][i % ciphers], *group = rows[1][i % groups];

        sim->client.ike_encr = sim->client.esp_encr = &cipher;
        sim->client.ike_encr_count = sim->client.esp_encr_count = 1;
        sim->client.ike_ke = &group;
        sim->client.ike_ke_count = 1;
        sim_establish(sim);
        hf_ikev2_sa_rekey_child(sim->sa, sim->now);
        cr_expect(sim_run_until(sim, HF_IKEV2_CHILD_UP, HF_SECONDS(2)), "%s", cipher->name);
        cr_expect_eq(summary_of(sim).ke, group->id);
        sim_free(sim);
    }
}

Test(connect, with_certificates_of_every_kind)
{
    static const enum pki_key keys[] = { PKI_P256,    PKI_P384,     PKI_P521,
                                         PKI_ED25519, PKI_RSA_2048, PKI_RSA_3072 };

    for (size_t i = 0; i < HF_ARRAY_LEN(keys); i++) {
        struct sim *sim = sim_new(SEED(40) + i, HF_IKEV2_AUTH_CERTIFICATE);

        sim->pki_options.gateway_key = sim->pki_options.client_key = keys[i];
        sim_establish(sim);
        cr_expect_eq(strncmp(summary_of(sim).authentication, "certificate (", 13), 0);
        sim_free(sim);
    }
}

Test(connect, with_the_ecdsa_methods_of_a_gateway_that_announces_no_hashes)
{
    struct sim *sim = sim_new(SEED(50), HF_IKEV2_AUTH_CERTIFICATE);

    sim->gateway_config.ecdsa_methods = true;
    sim_establish(sim);
    cr_expect_str_eq(summary_of(sim).gateway_identity, SIM_GATEWAY_NAME);
    sim_free(sim);
}

Test(connect, through_an_intermediate_and_with_the_root_in_the_message)
{
    struct sim *sim = sim_new(SEED(51), HF_IKEV2_AUTH_CERTIFICATE);

    sim->pki_options.gateway_through_intermediate = true;
    sim->pki_options.gateway_sends_ca = true;
    sim_establish(sim);
    sim_free(sim);
}

Test(connect, with_a_certificate_while_the_gateway_proves_itself_by_the_shared_key)
{
    struct sim *sim = sim_new(SEED(52), HF_IKEV2_AUTH_CERTIFICATE);

    sim->client.gateway_uses_psk = true;
    sim->gateway_config.gateway_auth = SIM_GATEWAY_PSK;
    sim_establish(sim);
    sim_free(sim);
}

Test(fragments, as_small_as_they_come) /* RFC 7383 */
{
    struct sim *sim = sim_new(SEED(53), HF_IKEV2_AUTH_CERTIFICATE);

    sim->client.max_datagram = sim->gateway_config.max_datagram = 548;
    sim->pki_options.gateway_through_intermediate = true;
    sim_establish(sim);
    for (size_t i = 1; i < sim->sent_count; i++)
        cr_expect_leq(sim_sent(sim, i).len, 548 + HF_IKE_NON_ESP_MARKER_LEN);
    cr_expect_gt(sim->sent_count, 2);
    sim_free(sim);
}

Test(fragments, are_not_used_with_a_gateway_that_does_not_know_them)
{
    struct sim *sim = sim_new(SEED(54), HF_IKEV2_AUTH_CERTIFICATE);

    sim->client.max_datagram = 548;
    sim->gateway_config.impair.no_fragmentation = true;
    sim_establish(sim);
    cr_expect_eq(sim->sent_count, 2);
    sim_free(sim);
}

Test(fragments, lost_or_doubled_ones_are_made_good)
{
    for (uint64_t seed = 60; seed < 70; seed++) {
        struct sim *sim = sim_new(SEED(seed), HF_IKEV2_AUTH_CERTIFICATE);

        sim->client.max_datagram = sim->gateway_config.max_datagram = 548;
        sim->network.lose = sim->network.reorder = 200;
        sim->network.duplicate = 500;
        sim_establish(sim);
        sim_free(sim);
    }
}

/* With certificates that exist already: no two have the same serial number. */
static struct sim *bad_day(uint64_t seed, enum hf_ikev2_auth_kind auth, struct sim_pki *pki)
{
    struct sim *sim = sim_new(seed, auth);

    sim->pki = pki;
    sim->network =
        (struct sim_network){ .lose = 200, .duplicate = 100, .corrupt = 100, .reorder = 300 };
    sim_establish(sim);
    hf_ikev2_sa_rekey_ike(sim->sa, sim->now);
    sim_advance(sim, HF_SECONDS(60));
    return sim;
}

Test(connect, the_same_seed_tells_the_same_story)
{
    for (enum hf_ikev2_auth_kind auth = 0; auth <= HF_IKEV2_AUTH_EAP; auth++) {
        struct sim_pki *pki;
        struct sim *one, *two;

        sim_random_seed(SEED(70));
        pki = sim_pki_new(NULL);
        one = bad_day(SEED(70), auth, pki);
        two = bad_day(SEED(70), auth, pki);
        cr_expect_gt(one->trace.len, 500);
        cr_expect(hf_bytes_equal(hf_buf_bytes(&one->trace), hf_buf_bytes(&two->trace)));
        cr_assert_eq(one->sent_count, two->sent_count);
        for (size_t i = 0; i < one->sent_count; i++)
            cr_expect(hf_bytes_equal(sim_sent(one, i), sim_sent(two, i)), "datagram %zu", i);
        one->pki = NULL;
        sim_free(one);
        sim_free(two);
    }
}

Test(connect, another_seed_tells_another_story)
{
    struct sim *runs[2];

    for (int i = 0; i < 2; i++) {
        runs[i] = sim_new(SEED(71) + (uint64_t)i, HF_IKEV2_AUTH_PSK);
        sim_establish(runs[i]);
    }
    cr_expect_not(hf_bytes_equal(sim_sent(runs[0], 0), sim_sent(runs[1], 0)));
    sim_free(runs[0]);
    sim_free(runs[1]);
}

Test(disconnect, says_goodbye)
{
    struct sim *sim = sim_new(SEED(72), HF_IKEV2_AUTH_PSK);

    sim_establish(sim);
    hf_ikev2_sa_delete(sim->sa, sim->now); /* HDR, SK{D}  --> */
    cr_expect(sim_run_until(sim, HF_IKEV2_CLOSED, HF_SECONDS(1)));
    cr_expect_eq(sim->fault.status, HF_OK);
    cr_expect_eq(sim_gateway_stats(sim->gateway)->ike_deletes, 1);
    sim_free(sim);
}

Test(disconnect, does_not_wait_for_a_dead_gateway)
{
    struct sim *sim = sim_new(SEED(73), HF_IKEV2_AUTH_PSK);

    sim_establish(sim);
    sim->cut[TO_GATEWAY] = true;
    hf_ikev2_sa_delete(sim->sa, sim->now);
    cr_expect(sim_run_until(sim, HF_IKEV2_CLOSED, HF_SECONDS(4)));
    cr_expect_eq(sim->fault.status, HF_OK);
    sim_free(sim);
}

Test(disconnect, works_in_every_state_before_the_tunnel)
{
    for (hf_duration after = 0; after < HF_MILLIS(50); after += HF_MILLIS(5)) {
        struct sim *sim = sim_new(SEED(74), HF_IKEV2_AUTH_PSK);

        sim_connect(sim);
        sim_advance(sim, after);
        hf_ikev2_sa_delete(sim->sa, sim->now);
        sim_advance(sim, HF_SECONDS(1));
        cr_expect_eq(sim->events[HF_IKEV2_CLOSED], 1);
        cr_expect_eq(sim->events[HF_IKEV2_FAILED], 0);
        sim_free(sim);
    }
}

/* What is due for a tunnel (to be rekeyed, to be kept open in the NAT, to be over) is not due any
 * more while it closes, and asks for no attention: sim_invariants.c. */
Test(disconnect, is_not_disturbed_by_what_a_tunnel_has_to_do)
{
    static const struct {
        hf_duration ike_lifetime, child_lifetime, keepalive;
    } rows[] = {
        {HF_SECONDS(2),  0,             0            },
        { 0,             HF_SECONDS(2), 0            },
        { 0,             0,             HF_SECONDS(1)},
        { HF_SECONDS(2), HF_SECONDS(2), HF_SECONDS(1)},
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++) {
        struct sim *sim = sim_new(SEED(75), HF_IKEV2_AUTH_PSK);

        sim->client.ike_lifetime = rows[i].ike_lifetime;
        sim->client.child_lifetime = rows[i].child_lifetime;
        sim->client.keepalive = rows[i].keepalive;
        sim_establish(sim);
        sim->cut[TO_GATEWAY] = true;
        hf_ikev2_sa_delete(sim->sa, sim->now);
        cr_expect(sim_run_until(sim, HF_IKEV2_CLOSED, HF_SECONDS(4)));
        cr_expect_eq(sim->events[HF_IKEV2_FAILED], 0);
        cr_expect_eq(sim->fault.status, HF_OK);
        sim_free(sim);
    }
}
