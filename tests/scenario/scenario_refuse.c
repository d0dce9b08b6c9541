/* Gateways that refuse, lie, or are not there: each ends in a fault of its own, and what anybody on
 * the path can say ends nothing. */
#include "scenario/sim.h"

#include "support/hex.h"
#include "support/test.h"

#include <string.h>

/* Connects and expects this fault. */
static struct sim *expect_fault(struct sim *sim, hf_status status, enum hf_stage stage)
{
    sim_connect(sim);
    cr_expect(sim_run_until(sim, HF_IKEV2_FAILED, HF_SECONDS(60)));
    sim_advance(sim, HF_SECONDS(5));
    cr_expect_str_eq(hf_status_code(sim->fault.status), hf_status_code(status));
    cr_expect_eq(sim->fault.stage, stage);
    cr_expect_eq(sim->events[HF_IKEV2_ESTABLISHED], 0);
    return sim;
}

/* --- who is who --- */

Test(refuse, wrong_shared_key)
{
    struct sim *sim = sim_new(SEED(1), HF_IKEV2_AUTH_PSK);

    sim->impostor = true;
    sim->client.psk = hf_bytes_of_string("wrong horse");
    expect_fault(sim, HF_ERR_AUTH_REJECTED, HF_STAGE_AUTHENTICATION);
    cr_expect_str_eq(sim->fault.received, "AUTHENTICATION_FAILED");
    cr_expect_str_eq(sim->fault.offered, SIM_CLIENT_NAME);
    cr_expect_eq(sim->fault.peer_code, HF_NOTIFY_AUTHENTICATION_FAILED);
    sim_free(sim);
}

Test(refuse, client_certificate_that_the_gateway_does_not_trust)
{
    struct sim *sim = sim_new(SEED(2), HF_IKEV2_AUTH_CERTIFICATE);

    sim->pki_options.client_from_other_ca = true;
    sim_free(expect_fault(sim, HF_ERR_AUTH_REJECTED, HF_STAGE_AUTHENTICATION));
}

static struct sim *with_wrong_eap_server(void)
{
    struct sim *sim = sim_new(SEED(3), HF_IKEV2_AUTH_EAP);

    if (!hf_identity_make(HF_ID_FQDN, hf_bytes_of_string("aaa.example.com"),
                          &sim->client.eap.tls.policy.identity))
        test_die("no identity");
    return sim;
}

Test(refuse, eap_server_of_another_name)
{
    struct sim *sim =
        expect_fault(with_wrong_eap_server(), HF_ERR_PEER_IDENTITY, HF_STAGE_AUTHENTICATION);

    cr_expect_str_eq(sim->fault.offered, "aaa.example.com");
    sim_free(sim);
}

/* The alert says why it is over; no answer to it makes that unknown. */
Test(refuse, eap_server_of_another_name_that_falls_silent)
{
    struct sim *first =
        expect_fault(with_wrong_eap_server(), HF_ERR_PEER_IDENTITY, HF_STAGE_AUTHENTICATION);
    struct sim *sim = with_wrong_eap_server();

    sim_connect(sim);
    while (sim->sent_count < first->sent_count)
        sim_advance(sim, HF_MILLIS(1));
    sim->cut[TO_CLIENT] = true;
    cr_expect(sim_run_until(sim, HF_IKEV2_FAILED, HF_SECONDS(60)));
    cr_expect_gt(sim->sent_count, first->sent_count); /* it did try again */
    cr_expect_str_eq(hf_status_code(sim->fault.status), hf_status_code(HF_ERR_PEER_IDENTITY));
    sim_free(first);
    sim_free(sim);
}

/* The gateway's certificate, wrong in each way: rules A3 to A5 and A17. The gateway hears
 * AUTHENTICATION_FAILED (RFC 7296, section 2.21.2). */
Test(refuse, certificate_of_somebody_else)
{
    static const struct {
        struct sim_pki_options options;
        hf_status status;
    } cases[] = {
        {{ .gateway_expired = true },            HF_ERR_CERT_EXPIRED      },
        { { .gateway_early = true },             HF_ERR_CERT_NOT_YET_VALID},
        { { .gateway_from_other_ca = true },     HF_ERR_CERT_UNTRUSTED    },
        { { .gateway_name = "vpn.example.org" }, HF_ERR_PEER_IDENTITY     },
        { { .gateway_name = "*.example.com" },   HF_ERR_PEER_IDENTITY     },
        { { .gateway_purpose = "clientAuth" },   HF_ERR_CERT_PURPOSE      },
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(cases); i++) {
        struct sim *sim = sim_new(SEED(3) + i, HF_IKEV2_AUTH_CERTIFICATE);

        sim->impostor = true;
        sim->pki_options = cases[i].options;
        expect_fault(sim, cases[i].status, HF_STAGE_AUTHENTICATION);
        cr_expect_eq(sim_gateway_stats(sim->gateway)->last_notify_from_client,
                     HF_NOTIFY_AUTHENTICATION_FAILED);
        cr_expect_neq(sim->fault.offered[0], '\0');
        sim_free(sim);
    }
}

Test(refuse, another_identity_than_the_expected_one)
{
    struct sim *sim = sim_new(SEED(20), HF_IKEV2_AUTH_CERTIFICATE);

    sim->impostor = true;
    sim->gateway_config.impair.wrong_identity = true;
    expect_fault(sim, HF_ERR_PEER_IDENTITY, HF_STAGE_AUTHENTICATION);
    cr_expect_str_eq(sim->fault.offered, SIM_GATEWAY_NAME);
    cr_expect_str_eq(sim->fault.received, "other.example.com");
    sim_free(sim);
}

Test(refuse, proof_that_is_wrong_in_one_bit)
{
    for (int kind = 0; kind < 2; kind++) {
        struct sim *sim =
            sim_new(SEED(21), kind == 0 ? HF_IKEV2_AUTH_PSK : HF_IKEV2_AUTH_CERTIFICATE);

        sim->impostor = true;
        sim->gateway_config.impair.wrong_auth = true;
        sim_free(expect_fault(sim, HF_ERR_PEER_AUTH, HF_STAGE_AUTHENTICATION));
    }
}

Test(refuse, proof_by_a_key_of_the_wrong_kind)
{
    for (int kind = 0; kind < 2; kind++) {
        struct sim *sim = sim_new(SEED(22), HF_IKEV2_AUTH_CERTIFICATE);

        sim->impostor = true;
        if (kind == 0)
            sim->gateway_config.gateway_auth = SIM_GATEWAY_PSK; /* a certificate is expected */
        else
            sim->client.gateway_uses_psk = true;
        sim_free(expect_fault(sim, HF_ERR_PEER_AUTH, HF_STAGE_AUTHENTICATION));
    }
}

Test(refuse, answers_without_one_of_their_payloads)
{
    static const struct {
        uint8_t payload;
        hf_status status;
        bool impostor;
    } cases[] = {
        {HF_PAYLOAD_IDR,   HF_ERR_PEER_AUTH,  true },
        { HF_PAYLOAD_AUTH, HF_ERR_PEER_AUTH,  true },
        { HF_PAYLOAD_CERT, HF_ERR_PEER_AUTH,  true },
        { HF_PAYLOAD_SA,   HF_ERR_MALFORMED,  false},
        { HF_PAYLOAD_TSI,  HF_ERR_MALFORMED,  false},
        { HF_PAYLOAD_TSR,  HF_ERR_MALFORMED,  false},
        { HF_PAYLOAD_CP,   HF_ERR_NO_ADDRESS, false},
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(cases); i++) {
        struct sim *sim = sim_new(SEED(23) + i, HF_IKEV2_AUTH_CERTIFICATE);

        sim->impostor = cases[i].impostor;
        sim->gateway_config.impair.withhold_in_auth = cases[i].payload;
        sim_free(expect_fault(sim, cases[i].status, HF_STAGE_AUTHENTICATION));
    }
}

/* --- refusals of IKE_AUTH --- */

static const struct refusal {
    uint16_t notify;
    hf_status status;
} refusals[] = {
    {HF_NOTIFY_AUTHENTICATION_FAILED,     HF_ERR_AUTH_REJECTED},
    { HF_NOTIFY_NO_PROPOSAL_CHOSEN,       HF_ERR_NO_PROPOSAL  },
    { HF_NOTIFY_TS_UNACCEPTABLE,          HF_ERR_TS_REFUSED   },
    { HF_NOTIFY_INTERNAL_ADDRESS_FAILURE, HF_ERR_NO_ADDRESS   },
    { HF_NOTIFY_FAILED_CP_REQUIRED,       HF_ERR_NO_ADDRESS   },
    { HF_NOTIFY_INVALID_SYNTAX,           HF_ERR_PEER_ERROR   },
    { 12345,                              HF_ERR_PEER_ERROR   }, /* a vendor's */
};

Test(refuse, every_refusal_has_a_status_of_its_own)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(refusals); i++) {
        struct sim *sim = sim_new(SEED(40) + i, HF_IKEV2_AUTH_PSK);

        sim->impostor = true;
        sim->gateway_config.impair.auth_error = refusals[i].notify;
        expect_fault(sim, refusals[i].status, HF_STAGE_AUTHENTICATION);
        cr_expect_eq(sim->fault.peer_code, refusals[i].notify);
        sim_free(sim);
    }
}

/* The IKE SA stands and the child does not: of no use to us, so the gateway hears a DELETE. */
Test(refuse, child_that_fails_alone)
{
    for (size_t i = 1; i < HF_ARRAY_LEN(refusals); i++) {
        struct sim *sim = sim_new(SEED(50) + i, HF_IKEV2_AUTH_PSK);

        sim->gateway_config.impair.child_error = refusals[i].notify;
        expect_fault(sim, refusals[i].status, HF_STAGE_AUTHENTICATION);
        cr_expect_eq(sim_gateway_stats(sim->gateway)->ike_deletes, 1);
        sim_free(sim);
    }
}

Test(refuse, an_unnamed_notify_is_told_by_its_number)
{
    struct sim *sim = sim_new(SEED(60), HF_IKEV2_AUTH_PSK);

    sim->gateway_config.impair.child_error = 12345;
    expect_fault(sim, HF_ERR_PEER_ERROR, HF_STAGE_AUTHENTICATION);
    cr_expect_str_eq(sim->fault.received, "notify 12345");
    sim_free(sim);
}

/* --- IKE_SA_INIT: nothing of it is protected --- */

Test(hints, without_a_common_proposal_the_wait_is_short)
{
    struct sim *sim = sim_new(SEED(61), HF_IKEV2_AUTH_PSK);

    sim->gateway_config.ike.count = 0;
    expect_fault(sim, HF_ERR_NO_PROPOSAL, HF_STAGE_HANDSHAKE);
    cr_expect_geq(sim->event_at[HF_IKEV2_FAILED] - SIM_START, HF_SECONDS(1));
    cr_expect_leq(sim->event_at[HF_IKEV2_FAILED] - SIM_START, HF_SECONDS(4));
    cr_expect_str_eq(sim->fault.received, "NO_PROPOSAL_CHOSEN");
    cr_expect_not_null(strstr(sim->fault.offered, "aes256gcm16"));
    cr_expect_not_null(strstr(sim->fault.offered, "x25519"));
    sim_free(sim);
}

Test(hints, other_errors_are_told_when_the_time_is_up)
{
    struct sim *sim = sim_new(SEED(62), HF_IKEV2_AUTH_PSK);

    sim->gateway_config.impair.init_error = HF_NOTIFY_INVALID_SYNTAX;
    expect_fault(sim, HF_ERR_PEER_ERROR, HF_STAGE_HANDSHAKE);
    cr_expect_geq(sim->event_at[HF_IKEV2_FAILED] - SIM_START, HF_SECONDS(36));
    cr_expect_eq(sim->fault.peer_code, HF_NOTIFY_INVALID_SYNTAX);
    sim_free(sim);
}

Test(hints, forged_errors_before_every_answer_end_nothing) /* rule A11 */
{
    for (size_t i = 0; i < HF_ARRAY_LEN(refusals); i++) {
        struct sim *sim = sim_new(SEED(63) + i, HF_IKEV2_AUTH_CERTIFICATE);

        sim->gateway_config.impair.clear_error = refusals[i].notify;
        sim_establish(sim);
        hf_ikev2_sa_rekey_child(sim->sa, sim->now);
        cr_expect(sim_run_until(sim, HF_IKEV2_CHILD_UP, HF_SECONDS(2)));
        sim_free(sim);
    }
}

/* Replies that are of no use could be forged as well: the wait goes on, and the fault tells. */
Test(hints, useless_replies_are_told_when_the_time_is_up)
{
    struct {
        struct sim_impair impair;
        hf_status status;
    } cases[] = {
        {{ .wrong_proposal = true },                HF_ERR_NO_PROPOSAL     },
        { { .wanted_groups = { 2 } },               HF_ERR_BAD_KEY_EXCHANGE},
        { { .small_nonce = true },                  HF_ERR_MALFORMED       },
        { { .zero_ke = true },                      HF_ERR_BAD_KEY_EXCHANGE},
        { { .withhold_in_init = HF_PAYLOAD_SA },    HF_ERR_MALFORMED       },
        { { .withhold_in_init = HF_PAYLOAD_KE },    HF_ERR_MALFORMED       },
        { { .withhold_in_init = HF_PAYLOAD_NONCE }, HF_ERR_MALFORMED       },
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(cases); i++) {
        struct sim *sim = sim_new(SEED(70) + i, HF_IKEV2_AUTH_PSK);

        sim->gateway_config.impair = cases[i].impair;
        sim_free(expect_fault(sim, cases[i].status, HF_STAGE_HANDSHAKE));
    }
}

Test(refuse, gateway_that_is_not_there)
{
    struct sim *sim = sim_new(SEED(80), HF_IKEV2_AUTH_PSK);

    sim->gateway_config.impair.silent = true;
    expect_fault(sim, HF_ERR_NO_REPLY, HF_STAGE_HANDSHAKE);
    cr_expect_eq(sim->event_at[HF_IKEV2_FAILED] - SIM_START, HF_SECONDS(36));
    sim_free(sim);
}

Test(refuse, gateway_that_falls_silent)
{
    struct sim *sim = sim_new(SEED(81), HF_IKEV2_AUTH_PSK);

    sim->gateway_config.impair.silent_after_init = true;
    sim_free(expect_fault(sim, HF_ERR_NO_REPLY, HF_STAGE_AUTHENTICATION));
}

/* --- what a gateway may not assign (rule A14) --- */

static hf_address address_of(const char *text)
{
    hf_address address;

    cr_assert(hf_address_parse(hf_bytes_of_string(text), &address));
    return address;
}

Test(hostile, addresses_resolvers_and_domains)
{
    static const struct {
        const char *address, *dns, *domain, *received;
    } cases[] = {
        {"127.0.0.1",    NULL,         NULL,     "127.0.0.1"  },
        { "224.0.0.251", NULL,         NULL,     "224.0.0.251"},
        { "192.0.2.1",   NULL,         NULL,     "192.0.2.1"  }, /* the gateway itself */
        { NULL,          "127.0.0.53", NULL,     "127.0.0.53" },
        { NULL,          NULL,         "a b\nc", "a b?c"      },
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(cases); i++) {
        struct sim *sim = sim_new(SEED(82) + i, HF_IKEV2_AUTH_PSK);
        struct sim_impair *impair = &sim->gateway_config.impair;

        if (cases[i].address != NULL)
            impair->hostile_address = address_of(cases[i].address);
        if (cases[i].dns != NULL)
            impair->hostile_dns = address_of(cases[i].dns);
        impair->hostile_domain = cases[i].domain;
        expect_fault(sim, HF_ERR_HOSTILE_CONFIG, HF_STAGE_AUTHENTICATION);
        cr_expect_str_eq(sim->fault.received, cases[i].received);
        cr_expect_eq(sim->events[HF_IKEV2_CONFIGURED], 0);
        cr_expect_eq(sim_gateway_stats(sim->gateway)->ike_deletes, 1);
        sim_free(sim);
    }
}

Test(hostile, selectors_wider_than_asked_for)
{
    struct sim *sim = sim_new(SEED(90), HF_IKEV2_AUTH_PSK);
    hf_prefix network;
    hf_selector asked;

    cr_assert(hf_prefix_parse(hf_bytes_of_string("10.1.0.0/16"), &network));
    asked = hf_selector_of_prefix(&network);
    sim->client.remote_ts = &asked;
    sim->client.remote_ts_count = 1;
    sim->gateway_config.impair.wide_selectors = true;
    sim_free(expect_fault(sim, HF_ERR_TS_REFUSED, HF_STAGE_AUTHENTICATION));
}

/* --- garbage --- */

Test(garbage, changes_nothing_in_any_state)
{
    uint64_t dice = 91;

    for (hf_duration after = 0; after < HF_MILLIS(60); after += HF_MILLIS(10)) {
        struct sim *sim = sim_new(SEED(91), HF_IKEV2_AUTH_PSK);

        sim_connect(sim);
        sim_advance(sim, after);
        for (int i = 0; i < 300; i++) {
            uint8_t bytes[200];
            size_t len = test_random_below(&dice, sizeof bytes + 1);

            test_random_fill(&dice, bytes, len);
            sim_inject(sim, i % 2 == 0 ? 500 : 4500, (hf_bytes){ bytes, len });
        }
        cr_expect(sim->events[HF_IKEV2_ESTABLISHED] != 0 ||
                  sim_run_until(sim, HF_IKEV2_ESTABLISHED, HF_SECONDS(1)));
        sim_free(sim);
    }
}

/* Rule A21: what we say is never taken for an answer to it, whole or with its flags turned. */
Test(garbage, our_own_messages_are_not_answers)
{
    struct sim *sim = sim_new(SEED(92), HF_IKEV2_AUTH_PSK);
    size_t before;

    sim_establish(sim);
    before = sim->sent_count;
    for (size_t i = 0; i < before; i++) {
        hf_bytes own = sim_sent(sim, i);
        size_t flags = (i == 0 ? 0 : 4) + 19;

        for (unsigned turn = 0; turn < 64; turn++) {
            uint8_t *turned = test_copy(own);

            turned[flags] = (uint8_t)turn;
            sim_inject(sim, 4500, (hf_bytes){ turned, own.len });
        }
    }
    sim_advance(sim, HF_SECONDS(10));
    cr_expect_eq(sim->events[HF_IKEV2_FAILED] + sim->events[HF_IKEV2_CLOSED], 0);
    cr_expect_eq(sim->events[HF_IKEV2_PROOF], 0);
    sim_free(sim);
}

Test(garbage, from_other_addresses_is_not_even_read)
{
    struct sim *sim = sim_new(SEED(93), HF_IKEV2_AUTH_PSK);
    hf_endpoint stranger = { .port = 500 };
    struct sim_datagram answer;

    stranger.address = address_of("192.0.2.66");
    sim_connect(sim);
    sim_gateway_handle_datagram(sim->gateway, &sim->client.local, 500, sim_sent(sim, 0), sim->now);
    cr_assert(sim_gateway_next_datagram(sim->gateway, &answer));
    hf_ikev2_sa_handle_datagram(sim->sa, &stranger, answer.bytes, sim->now);
    cr_expect_eq(sim->events[HF_IKEV2_AUTHENTICATING], 0);
    hf_ikev2_sa_handle_datagram(sim->sa, &answer.from, answer.bytes, sim->now);
    sim_advance(sim, 0);
    cr_expect_eq(sim->events[HF_IKEV2_AUTHENTICATING], 1);
    sim_free(sim);
}
