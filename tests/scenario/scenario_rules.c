/* The rules of the threat model that somebody on the path, or a gateway that means ill, could break
 * without breaking the syntax: SHA-1, group and cookie loops, redirection, errors in clear. That no
 * datagram goes to another host than the gateway is held in every story: sim_invariants.c. */
#include "scenario/sim.h"

#include "ike/header.h"
#include "support/hex.h"
#include "support/test.h"

#include <string.h>

#define NOTIFY_REDIRECT 16407 /* RFC 5685; the product does not know it */

static void expect_failure(struct sim *sim, hf_status status, enum hf_stage stage)
{
    sim_connect(sim);
    cr_expect(sim_run_until(sim, HF_IKEV2_FAILED, HF_SECONDS(120)));
    sim_advance(sim, HF_SECONDS(60));
    cr_expect_str_eq(hf_status_code(sim->fault.status), hf_status_code(status));
    cr_expect_eq(sim->fault.stage, stage);
    cr_expect_eq(sim->events[HF_IKEV2_ESTABLISHED], 0);
}

/* --- rule A7: no SHA-1 --- */

Test(sha1, is_no_proof_in_either_form)
{
    static const struct {
        enum sim_sha1 form;
        const char *received;
    } cases[] = {
        {SIM_SHA1_METHOD_1,   "a signature with SHA-1"          },
        { SIM_SHA1_METHOD_14, "a signature that does not verify"},
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(cases); i++) {
        struct sim *sim = sim_new(SEED(1) + i, HF_IKEV2_AUTH_CERTIFICATE);

        sim->impostor = true;
        sim->pki_options.gateway_key = PKI_RSA_2048;
        sim->gateway_config.impair.sha1_auth = cases[i].form;
        expect_failure(sim, HF_ERR_PEER_AUTH, HF_STAGE_AUTHENTICATION);
        cr_expect_str_eq(sim->fault.received, cases[i].received);
        cr_expect_eq(sim_gateway_stats(sim->gateway)->last_notify_from_client,
                     HF_NOTIFY_AUTHENTICATION_FAILED);
        sim_free(sim);
    }
}

/* --- what a story of IKE_SA_INIT cost --- */

/* Datagrams that a gateway gets which never answers: the schedule of retransmissions alone. */
static size_t datagrams_into_silence(void)
{
    struct sim *sim = sim_new(SEED(10), HF_IKEV2_AUTH_PSK);
    size_t count;

    sim->gateway_config.impair.silent = true;
    expect_failure(sim, HF_ERR_NO_REPLY, HF_STAGE_HANDSHAKE);
    count = sim->sent_count;
    sim_free(sim);
    return count;
}

/* How often the client sent another request than before. */
static unsigned new_requests(const struct sim *sim)
{
    unsigned count = 0;

    for (size_t i = 1; i < sim->sent_count; i++)
        count += !hf_bytes_equal(sim_sent(sim, i), sim_sent(sim, i - 1));
    return count;
}

/* Each detour is taken at once, and then there is the schedule and nothing else. */
static void expect_detours(const struct sim *sim, unsigned count)
{
    cr_expect_eq(new_requests(sim), count);
    cr_expect_eq(sim->sent_count, datagrams_into_silence() + count);
    cr_expect_leq(sim->event_at[HF_IKEV2_FAILED] - SIM_START, HF_SECONDS(37));
}

/* --- rule A9: groups --- */

Test(groups, are_not_wanted_for_ever)
{
    static const struct {
        uint16_t wanted[SIM_GROUPS_MAX];
        unsigned detours;
        const char *received;
    } cases[] = {
        {{ HF_KE_ECP_256, HF_KE_X25519 },                                   1, "again"      },
        { { HF_KE_X25519 },                                                 0, "again"      },
        { { HF_KE_ECP_256, HF_KE_ECP_384, HF_KE_ECP_256 },                  2, "again"      },
        { { HF_KE_ECP_256, HF_KE_ECP_384, HF_KE_ECP_521, HF_KE_MODP_3072 }, 3, "again"      },
        { { 1 },                                                            0, "not offered"},
        { { 2 },                                                            0, "not offered"},
        { { 1025 },                                                         0, "not offered"},
        { { 65535 },                                                        0, "not offered"},
        { { HF_KE_ECP_256, 1 },                                             1, NULL         },
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(cases); i++) {
        struct sim *sim = sim_new(SEED(20) + i, HF_IKEV2_AUTH_PSK);

        hf_copy(sim->gateway_config.impair.wanted_groups, cases[i].wanted, sizeof cases[i].wanted);
        expect_failure(sim, HF_ERR_BAD_KEY_EXCHANGE, HF_STAGE_HANDSHAKE);
        expect_detours(sim, cases[i].detours);
        if (cases[i].received != NULL)
            cr_expect_not_null(strstr(sim->fault.received, cases[i].received), "%zu", i);
        sim_free(sim);
    }
}

/* --- rule A10: cookies --- */

Test(cookies, are_brought_back_twice_and_no_more)
{
    static const size_t lengths[] = { 1, 32, 64 };

    for (size_t i = 0; i < HF_ARRAY_LEN(lengths); i++) {
        struct sim *sim = sim_new(SEED(40) + i, HF_IKEV2_AUTH_PSK);

        sim->gateway_config.impair.endless_cookies = true;
        sim->gateway_config.impair.cookie_len = lengths[i];
        expect_failure(sim, HF_ERR_PEER_ERROR, HF_STAGE_HANDSHAKE);
        cr_expect_str_eq(sim->fault.received, "COOKIE again and again");
        expect_detours(sim, 2);
        sim_free(sim);
    }
}

Test(cookies, of_a_length_that_none_has_are_not_brought_back)
{
    static const size_t lengths[] = { 0, 65 };

    for (size_t i = 0; i < HF_ARRAY_LEN(lengths); i++) {
        struct sim *sim = sim_new(SEED(50) + i, HF_IKEV2_AUTH_PSK);

        sim->gateway_config.impair.endless_cookies = true;
        sim->gateway_config.impair.cookie_len = lengths[i];
        expect_failure(sim, HF_ERR_MALFORMED, HF_STAGE_HANDSHAKE);
        cr_expect_str_eq(sim->fault.received, "COOKIE of bad length");
        expect_detours(sim, 0);
        sim_free(sim);
    }
}

/* Whoever sent them: a good answer that comes in time is still heard. */
Test(cookies, that_end_in_time_are_forgiven)
{
    struct sim *sim = sim_new(SEED(60), HF_IKEV2_AUTH_PSK);

    sim->gateway_config.impair.endless_cookies = true;
    sim->gateway_config.impair.cookie_len = 32;
    sim_connect(sim);
    sim_advance(sim, HF_SECONDS(10));
    cr_expect_gt(sim_gateway_stats(sim->gateway)->cookies_demanded, 3);
    sim_gateway_impair(sim->gateway)->endless_cookies = false;
    cr_expect(sim_run_until(sim, HF_IKEV2_ESTABLISHED, HF_SECONDS(10)));
    sim_free(sim);
}

Test(cookies, and_groups_together_end_as_well)
{
    struct sim *sim = sim_new(SEED(61), HF_IKEV2_AUTH_PSK);
    struct sim_impair *impair = &sim->gateway_config.impair;

    sim->gateway_config.demand_cookie = true;
    impair->wanted_groups[0] = HF_KE_ECP_256;
    impair->wanted_groups[1] = HF_KE_X25519;
    expect_failure(sim, HF_ERR_BAD_KEY_EXCHANGE, HF_STAGE_HANDSHAKE);
    expect_detours(sim, 2); /* the cookie, the group */
    sim_free(sim);
}

/* --- rule A13: no redirection --- */

/* "Go to 192.0.2.66": RFC 5685, section 7.2. */
static const uint8_t elsewhere[] = { 1, 4, 192, 0, 2, 66 };

Test(redirect, in_clear_is_not_followed)
{
    struct sim *sim = sim_new(SEED(70), HF_IKEV2_AUTH_PSK);

    sim->gateway_config.impair.init_error = NOTIFY_REDIRECT;
    sim->gateway_config.impair.init_error_data = HF_BYTES_OF(elsewhere);
    sim_connect(sim);
    sim_advance(sim, HF_SECONDS(10));
    cr_expect_eq(new_requests(sim), 0);
    cr_expect_gt(sim->sent_count, 2);
    sim_gateway_impair(sim->gateway)->init_error = 0;
    cr_expect(sim_run_until(sim, HF_IKEV2_ESTABLISHED, HF_SECONDS(10)));
    sim_free(sim);
}

Test(redirect, and_nothing_else_is_a_failure)
{
    struct sim *sim = sim_new(SEED(71), HF_IKEV2_AUTH_PSK);

    sim->gateway_config.impair.init_error = NOTIFY_REDIRECT;
    sim->gateway_config.impair.init_error_data = HF_BYTES_OF(elsewhere);
    expect_failure(sim, HF_ERR_UNEXPECTED, HF_STAGE_HANDSHAKE);
    expect_detours(sim, 0);
    sim_free(sim);
}

static void add_redirect(void *context, uint8_t exchange, struct hf_ikev2_chain_writer *chain)
{
    (void)context;
    (void)exchange;
    hf_ikev2_chain_add_notify(chain, 0, (hf_bytes){ 0 }, NOTIFY_REDIRECT, HF_BYTES_OF(elsewhere));
}

/* In IKE_AUTH, in answers and in requests of an established gateway. */
Test(redirect, of_a_verified_gateway_is_not_followed)
{
    struct sim *sim = sim_new(SEED(72), HF_IKEV2_AUTH_CERTIFICATE);

    sim->gateway_config.impair.before_seal = add_redirect;
    sim_establish(sim);
    cr_assert(sim_gateway_probe(sim->gateway, sim->now));
    hf_ikev2_sa_rekey_child(sim->sa, sim->now);
    sim_advance(sim, HF_SECONDS(60));
    cr_expect_eq(sim->events[HF_IKEV2_FAILED] + sim->events[HF_IKEV2_CLOSED], 0);
    cr_expect_eq(sim_gateway_stats(sim->gateway)->probes_answered, 1);
    cr_expect_eq(sim_gateway_stats(sim->gateway)->init_requests, 1);
    sim_free(sim);
}

/* RFC 5685, section 6: with it the gateway leaves out the child. */
Test(redirect, in_place_of_a_child_is_a_failure)
{
    struct sim *sim = sim_new(SEED(73), HF_IKEV2_AUTH_CERTIFICATE);

    sim->gateway_config.impair.before_seal = add_redirect;
    sim->gateway_config.impair.withhold_in_auth = HF_PAYLOAD_SA;
    expect_failure(sim, HF_ERR_MALFORMED, HF_STAGE_AUTHENTICATION);
    cr_expect_eq(sim_gateway_stats(sim->gateway)->init_requests, 1);
    sim_free(sim);
}

/* --- rule A12: errors in clear about an established SA --- */

static void inject_error(struct sim *sim, const struct hf_ike_header *header, uint16_t type,
                         hf_bytes data)
{
    uint8_t storage[32];
    struct hf_ikev2_chain_writer chain = hf_ikev2_chain_begin(storage, sizeof storage);
    hf_buf message = hf_buf_with_max(256), marked = hf_buf_with_max(256);

    hf_ikev2_chain_add_notify(&chain, 0, (hf_bytes){ 0 }, type, data);
    if (hf_ikev2_message_encode(header, &chain, &message) != HF_OK ||
        !hf_buf_append(&marked, HF_BYTES_OF(((const uint8_t[4]){ 0 }))) ||
        !hf_buf_append(&marked, hf_buf_bytes(&message)))
        test_die("no message");
    sim_inject(sim, HF_IKE_PORT, hf_buf_bytes(&message));
    sim_inject(sim, HF_IKE_NATT_PORT, hf_buf_bytes(&marked));
    hf_buf_free(&message);
    hf_buf_free(&marked);
}

/* Every exchange, flag and a few message IDs, with the SPIs of the SA and without the gateway's. */
static void inject_errors(struct sim *sim, const struct sim_gateway_sa_info *info, uint16_t type)
{
    static const uint8_t flags[] = { 0, HF_IKE_FLAG_RESPONSE, HF_IKE_FLAG_INITIATOR,
                                     HF_IKE_FLAG_RESPONSE | HF_IKE_FLAG_INITIATOR };
    uint8_t spi[4];
    hf_writer w = hf_writer_of(spi, sizeof spi);

    hf_write_u32(&w, info->child_spi_in);
    for (unsigned i = 0; i < 4 * 4 * 2 * 4; i++) {
        struct hf_ike_header header = { .spi_i = info->spi_i,
                                        .spi_r = i / 16 % 2 == 0 ? info->spi_r : 0,
                                        .version = 0x20,
                                        .exchange = (uint8_t)(HF_IKE_SA_INIT + i / 4 % 4),
                                        .flags = flags[i % 4],
                                        .message_id = i / 32 };

        inject_error(sim, &header, type,
                     type == HF_NOTIFY_INVALID_SPI ? HF_BYTES_OF(spi) : (hf_bytes){ 0 });
    }
}

Test(errors_in_clear, never_end_an_established_sa)
{
    static const uint16_t types[] = { HF_NOTIFY_INVALID_IKE_SPI, HF_NOTIFY_INVALID_SPI,
                                      HF_NOTIFY_AUTHENTICATION_FAILED, HF_NOTIFY_INVALID_SYNTAX };

    for (size_t i = 0; i < HF_ARRAY_LEN(types); i++) {
        struct sim *sim = sim_new(SEED(80) + i, HF_IKEV2_AUTH_PSK);
        struct sim_gateway_sa_info info;
        size_t before;

        sim_establish(sim);
        sim_gateway_info(sim->gateway, &info);
        before = sim->sent_count;
        for (int second = 0; second < 60; second++) {
            inject_errors(sim, &info, types[i]);
            sim_advance(sim, HF_SECONDS(1));
        }
        cr_expect_eq(sim->events[HF_IKEV2_FAILED] + sim->events[HF_IKEV2_CLOSED], 0);
        cr_expect_eq(sim->events[HF_IKEV2_CHILD_UP], 1);
        cr_expect_leq(sim->sent_count - before, 6 + 3); /* a probe every 10 s, and keepalives */
        sim_send_packets(sim, HF_MILLIS(10), HF_MILLIS(100));
        sim_advance(sim, HF_SECONDS(1));
        cr_expect_gt(sim->packets_sent, 0);
        cr_expect_eq(sim->packets_back, sim->packets_sent, "%zu of %zu", sim->packets_back,
                     sim->packets_sent);
        sim_free(sim);
    }
}
