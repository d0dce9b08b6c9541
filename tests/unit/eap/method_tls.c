/* Tests of EAP-TLS (RFC 5216, RFC 9190) through the peer, against a server in memory. */
#include "support/alloc.h"
#include "support/hex.h"
#include "support/test.h"
#include "talk.h"

#include <openssl/ssl.h>

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

#define FOR_BOTH_VERSIONS(v) for (size_t v = 0; v < HF_ARRAY_LEN(versions); v++)

/* --- what works --- */

static void expect_success(struct talk *talk)
{
    cr_expect_eq(talk->result, HF_EAP_SUCCESS, "%s: %s", hf_status_code(talk->fault.status),
                 talk->fault.received);
    cr_expect_eq(talk->server_state, EAP_SERVER_SUCCESS);
    cr_expect_eq(hf_eap_peer_msk(talk->peer).len, 64);
    cr_expect(hf_bytes_equal(hf_eap_peer_msk(talk->peer), eap_server_msk(talk->server)));
    cr_expect_null(eap_server_violation(talk->server), "%s", eap_server_violation(talk->server));
    cr_expect_null(hf_eap_peer_fault(talk->peer));
}

Test(method_tls, both_sides_get_the_same_key)
{
    FOR_BOTH_VERSIONS(v)
    {
        struct talk talk;

        talk_init(&talk, versions[v]);
        talk_run(&talk);
        expect_success(&talk);
        cr_expect_str_eq(hf_eap_peer_detail(talk.peer),
                         versions[v] == TLS1_3_VERSION ? "tls1.3" : "tls1.2");
        cr_expect(tls_server_has_client_certificate(eap_server_tls(talk.server)));
        talk_clear(&talk);
    }
}

Test(method_tls, takes_no_more_rounds_than_it_must)
{
    FOR_BOTH_VERSIONS(v)
    {
        struct talk talk;

        talk_init(&talk, versions[v]);
        talk.server_config.fragment_size = 4096;
        talk.config.fragment_size = 4096;
        talk_run(&talk);
        expect_success(&talk);
        cr_expect_eq(talk.rounds, 3); /* hello, certificate, acknowledgement */
        talk_clear(&talk);
    }
}

Test(method_tls, fragments_both_ways)
{
    static const size_t sizes[] = { 100, 64, 333, 1024 };

    FOR_BOTH_VERSIONS(v)
    for (size_t i = 0; i < HF_ARRAY_LEN(sizes); i++)
        for (size_t j = 0; j < HF_ARRAY_LEN(sizes); j++) {
            struct talk talk;

            talk_init(&talk, versions[v]);
            talk.server_config.fragment_size = sizes[i];
            talk.config.fragment_size = sizes[j];
            talk_run(&talk);
            expect_success(&talk);
            talk_clear(&talk);
        }
}

Test(method_tls, takes_a_length_in_every_request)
{
    FOR_BOTH_VERSIONS(v)
    {
        struct talk talk;

        talk_init(&talk, versions[v]);
        talk.server_config.length_always = true;
        talk.server_config.fragment_size = 200;
        talk_run(&talk);
        expect_success(&talk);
        talk_clear(&talk);
    }
}

Test(method_tls, tickets_may_come_before_the_protected_success)
{
    struct talk talk;

    talk_init(&talk, TLS1_3_VERSION);
    talk.server_config.tickets_alone = true;
    talk_run(&talk);
    expect_success(&talk);
    talk_clear(&talk);
}

Test(method_tls, a_server_may_ask_for_another_group) /* RFC 9190, section 2.1.6 */
{
    struct talk talk;

    talk_init(&talk, TLS1_3_VERSION);
    talk.server_config.tls.groups = "P-521";
    talk_run(&talk);
    expect_success(&talk);
    talk_clear(&talk);
}

Test(method_tls, a_server_may_do_without_a_client_certificate) /* RFC 9190, section 2.1.5 */
{
    FOR_BOTH_VERSIONS(v)
    {
        struct talk talk;

        talk_init(&talk, versions[v]);
        talk.server_config.tls.client_ca = NULL;
        talk_run(&talk);
        expect_success(&talk);
        talk_clear(&talk);
    }
}

/* --- Success that comes too early (CVE-2021-45079) --- */

static void success_at(struct talk *talk, unsigned round, hf_buf *packet)
{
    if (round == talk->at)
        talk_put(packet, 3, packet->data[1], 0, (hf_bytes){ 0 });
}

static void expect_failure(struct talk *talk, hf_status status)
{
    cr_expect_eq(talk->result, HF_EAP_FAILURE);
    cr_expect_eq(talk->fault.status, status, "%s: %s", hf_status_code(talk->fault.status),
                 talk->fault.received);
    cr_expect_eq(talk->fault.stage, HF_STAGE_AUTHENTICATION);
    cr_expect_eq(hf_eap_peer_msk(talk->peer).len, 0);
    cr_expect_null(hf_eap_peer_detail(talk->peer));
    cr_expect_not_null(hf_eap_peer_fault(talk->peer));
}

Test(method_tls, success_counts_in_the_last_round_alone)
{
    FOR_BOTH_VERSIONS(v)
    for (unsigned fragment = 0; fragment < 2; fragment++) {
        unsigned rounds = 1;

        for (unsigned at = 0; at <= rounds; at++) {
            struct talk talk;

            talk_init(&talk, versions[v]);
            talk.server_config.ask_identity = true;
            talk.server_config.fragment_size = fragment == 0 ? 0 : 300;
            talk.tamper = success_at;
            talk.at = at;
            talk_run(&talk);
            if (at == 0)
                rounds = 99; /* until one gets through */
            if (talk.result == HF_EAP_SUCCESS) {
                rounds = at;
                cr_expect_eq(talk.server_state, EAP_SERVER_SUCCESS);
            } else {
                expect_failure(&talk, HF_ERR_PEER_AUTH);
            }
            talk_clear(&talk);
        }
        cr_expect_geq(rounds, 4); /* identity, and what is above */
        cr_expect_lt(rounds, 99);
    }
}

Test(method_tls, success_without_the_protected_success_is_refused) /* RFC 9190, section 2.5 */
{
    struct talk talk;

    talk_init(&talk, TLS1_3_VERSION);
    talk.server_config.without_commitment = true;
    talk_run(&talk);
    expect_failure(&talk, HF_ERR_PEER_AUTH);
    talk_clear(&talk);
    talk_init(&talk, TLS1_3_VERSION);
    talk.server_config.without_commitment = true;
    talk.server_config.tls.tickets = 0;
    talk_run(&talk);
    expect_failure(&talk, HF_ERR_PEER_AUTH);
    talk_clear(&talk);
}

Test(method_tls, a_protected_success_before_our_finished_is_refused)
{
    struct talk talk;

    talk_init(&talk, TLS1_3_VERSION);
    talk.server_config.early_commitment = true;
    talk.server_config.fragment_size = 4096;
    talk_run(&talk);
    expect_failure(&talk, HF_ERR_UNEXPECTED);
    cr_expect_eq(talk.rounds, 1); /* the answer to the flight that had it */
    talk_clear(&talk);
}

Test(method_tls, other_octets_are_no_protected_success)
{
    hf_bytes octets[] = { hex("01"), hex("0000"), hex("00ff"), hex("30") };

    for (size_t i = 0; i < HF_ARRAY_LEN(octets); i++) {
        struct talk talk;

        talk_init(&talk, TLS1_3_VERSION);
        talk.server_config.commitment = octets[i];
        talk_run(&talk);
        expect_failure(&talk, HF_ERR_UNEXPECTED);
        talk_clear(&talk);
    }
}

/* --- the server is not the one --- */

static void refuse_server(int version, const struct pki_spec *spec, hf_status status)
{
    struct talk talk;

    talk_init(&talk, version);
    talk.server_config.tls.cert = pki_issue(spec, talk.server_root);
    talk_begin(&talk);
    while (talk_step(&talk) && hf_eap_peer_fault(talk.peer) == NULL)
        ;
    /* The alert is on its way, and why is known already. */
    cr_expect_eq(talk.result, HF_EAP_RESPOND);
    cr_assert_not_null(hf_eap_peer_fault(talk.peer));
    cr_expect_eq(hf_eap_peer_fault(talk.peer)->status, status);
    while (talk_step(&talk))
        ;
    expect_failure(&talk, status);
    cr_expect_eq(talk.server_state, EAP_SERVER_FAILURE);
    cr_expect_not(tls_server_has_client_certificate(eap_server_tls(talk.server)));
    cr_expect_geq(tls_server_alert(eap_server_tls(talk.server)), 0);
    talk_clear(&talk);
}

#define SPEC(...) (&(const struct pki_spec){ .subject = "CN=g", __VA_ARGS__ })

Test(method_tls, a_wrong_server_sees_an_alert_and_no_certificate) /* CVE-2023-26463 */
{
    FOR_BOTH_VERSIONS(v)
    {
        refuse_server(
            versions[v],
            SPEC(.san = "DNS:gw.example.com", .eku = "serverAuth", .not_after = PKI_NOW - 1),
            HF_ERR_CERT_EXPIRED);
        refuse_server(
            versions[v],
            SPEC(.san = "DNS:gw.example.com", .eku = "serverAuth", .not_before = PKI_NOW + 1),
            HF_ERR_CERT_NOT_YET_VALID);
        refuse_server(versions[v], SPEC(.san = "DNS:evil.example", .eku = "serverAuth"),
                      HF_ERR_PEER_IDENTITY);
        refuse_server(versions[v], SPEC(.san = "DNS:gw.example.com", .eku = "clientAuth"),
                      HF_ERR_CERT_PURPOSE);
        refuse_server(versions[v],
                      SPEC(.san = "DNS:gw.example.com", .eku = "serverAuth", .key = PKI_RSA_1024),
                      HF_ERR_CERT_WEAK);
    }
}

Test(method_tls, a_server_of_another_authority_is_refused)
{
    FOR_BOTH_VERSIONS(v)
    {
        struct talk talk;

        talk_init(&talk, versions[v]);
        talk.server_config.tls.cert = pki_gateway(pki_root("CN=AAA Root"));
        talk_run(&talk);
        expect_failure(&talk, HF_ERR_CERT_UNTRUSTED);
        cr_expect_not(tls_server_has_client_certificate(eap_server_tls(talk.server)));
        talk_clear(&talk);
    }
}

/* The answer to our alert is Success instead of Failure. */
static void success_after_alert(struct talk *talk, unsigned round, hf_buf *packet)
{
    (void)round;
    if (hf_eap_peer_fault(talk->peer) != NULL)
        talk_put(packet, 3, packet->data[1], 0, (hf_bytes){ 0 });
}

Test(method_tls, success_after_an_alert_is_a_failure)
{
    FOR_BOTH_VERSIONS(v)
    {
        struct talk talk;

        talk_init(&talk, versions[v]);
        talk.server_config.tls.cert = pki_gateway(pki_root("CN=Other"));
        talk.tamper = success_after_alert;
        talk_run(&talk);
        expect_failure(&talk, HF_ERR_CERT_UNTRUSTED);
        talk_clear(&talk);
    }
}

Test(method_tls, a_server_that_refuses_us_is_quoted)
{
    FOR_BOTH_VERSIONS(v)
    {
        struct talk talk;

        talk_init(&talk, versions[v]);
        talk_set_credential(&talk, PKI_ISSUE(NULL, .subject = "CN=Mallory"));
        talk_run(&talk);
        expect_failure(&talk, HF_ERR_EAP_REJECTED);
        cr_expect_eq(talk.fault.peer_code, SSL_AD_UNKNOWN_CA);
        cr_expect_str_eq(talk.fault.received, "unknown CA");
        cr_expect_str_eq(talk.fault.offered, "CN=Mallory");
        cr_expect_null(eap_server_violation(talk.server));
        talk_clear(&talk);
    }
}

Test(method_tls, no_version_in_common_is_told)
{
    struct talk talk;

    talk_init(&talk, TLS1_2_VERSION);
    talk.config.tls.min = HF_TLS_1_3;
    talk_run(&talk);
    expect_failure(&talk, HF_ERR_NO_PROPOSAL);
    cr_expect_str_eq(talk.fault.offered, "TLS 1.3");
    talk_clear(&talk);
}

/* --- packets that are not what they should be --- */

static void replace_at(struct talk *talk, unsigned round, hf_buf *packet)
{
    if (round == talk->at)
        talk_put(packet, 1, packet->data[1], 13, talk->instead);
}

static void refuse_instead(unsigned at, const char *type_data, hf_status status)
{
    FOR_BOTH_VERSIONS(v)
    {
        struct talk talk;

        talk_init(&talk, versions[v]);
        talk.tamper = replace_at;
        talk.at = at;
        talk.instead = hex(type_data);
        talk_run(&talk);
        expect_failure(&talk, status);
        cr_expect_eq(talk.rounds, at, "%s", type_data);
        talk_clear(&talk);
    }
}

Test(method_tls, the_first_request_is_a_start_and_nothing_else)
{
    refuse_instead(0, "00", HF_ERR_UNEXPECTED);
    refuse_instead(0, "40", HF_ERR_UNEXPECTED);
    refuse_instead(0, "00 16030300", HF_ERR_UNEXPECTED);
    refuse_instead(0, "20 16", HF_ERR_UNEXPECTED);
    refuse_instead(0, "60", HF_ERR_UNEXPECTED);
    refuse_instead(0, "", HF_ERR_MALFORMED);
    refuse_instead(0, "a0 0000", HF_ERR_MALFORMED);
}

Test(method_tls, a_second_start_is_refused)
{
    refuse_instead(1, "20", HF_ERR_UNEXPECTED);
    refuse_instead(1, "20 1603030001 00", HF_ERR_UNEXPECTED);
}

Test(method_tls, lengths_that_lie_are_refused)
{
    refuse_instead(1, "80 00000002 160303", HF_ERR_MALFORMED);
    refuse_instead(1, "80 ffffffff 160303", HF_ERR_TOO_LARGE);
    refuse_instead(1, "c0 00010001 160303", HF_ERR_TOO_LARGE); /* 64 KiB and one */
    refuse_instead(1, "40 160303", HF_ERR_MALFORMED);
    refuse_instead(1, "c0 00000010", HF_ERR_MALFORMED);
    refuse_instead(1, "c0 0000", HF_ERR_MALFORMED);
    refuse_instead(1, "", HF_ERR_MALFORMED);
}

Test(method_tls, an_acknowledgement_of_nothing_is_refused)
{
    refuse_instead(1, "00", HF_ERR_UNEXPECTED);
    refuse_instead(1, "80 00000000", HF_ERR_UNEXPECTED);
}

static void acknowledge_from(struct talk *talk, unsigned round, hf_buf *packet)
{
    static const uint8_t no_flags[] = { 0 };

    if (round >= talk->at)
        talk_put(packet, 1, (uint8_t)(100 + round), 13, HF_BYTES_OF(no_flags));
}

Test(method_tls, endless_acknowledgements_end)
{
    FOR_BOTH_VERSIONS(v)
    for (unsigned at = 1; at < 4; at++) {
        struct talk talk;

        talk_init(&talk, versions[v]);
        talk.config.fragment_size = 100; /* so that there is something to acknowledge */
        talk.tamper = acknowledge_from;
        talk.at = at;
        talk_begin(&talk);
        while (talk.result == HF_EAP_RESPOND && talk.rounds < 70) {
            acknowledge_from(&talk, talk.rounds, &talk.packet);
            if (talk.rounds < at)
                talk_step(&talk);
            else if (talk_hand(&talk, hf_buf_bytes(&talk.packet)) == HF_EAP_RESPOND)
                talk.rounds++;
        }
        expect_failure(&talk, HF_ERR_UNEXPECTED);
        cr_expect_lt(talk.rounds, 20);
        talk_clear(&talk);
    }
}

Test(method_tls, endless_fragments_end)
{
    struct talk talk;
    uint8_t *fragment = test_memory(6);

    talk_init(&talk, 0);
    talk_begin(&talk);
    cr_assert(talk_step(&talk));
    fragment[0] = 0xc0; /* 64 KiB are announced, an octet at a time */
    fragment[2] = 0x01;
    for (unsigned id = 0; talk.result == HF_EAP_RESPOND && id < 100; id++) {
        talk_put(&talk.packet, 1, (uint8_t)id, 13, (hf_bytes){ fragment, 6 });
        talk_hand(&talk, hf_buf_bytes(&talk.packet));
    }
    expect_failure(&talk, HF_ERR_TOO_LARGE);
    talk_clear(&talk);
}

Test(method_tls, a_request_after_the_protected_success_is_refused)
{
    struct talk talk;

    talk_init(&talk, TLS1_3_VERSION);
    talk_begin(&talk);
    while (hf_eap_peer_detail(talk.peer) == NULL)
        cr_assert(talk_step(&talk));
    talk_put(&talk.packet, 1, 0x99, 13, hex("00 1703030001ff"));
    cr_expect_eq(talk_hand(&talk, hf_buf_bytes(&talk.packet)), HF_EAP_FAILURE);
    cr_expect_eq(talk.fault.status, HF_ERR_UNEXPECTED);
    talk_clear(&talk);
}

Test(method_tls, an_alert_after_the_handshake_is_heard) /* RFC 5216, section 2.1.3 */
{
    struct talk talk;

    talk_init(&talk, TLS1_2_VERSION);
    talk_begin(&talk);
    while (hf_eap_peer_detail(talk.peer) == NULL)
        cr_assert(talk_step(&talk));
    talk_put(&talk.packet, 1, 0x99, 13, hex("00 15030300021028")); /* not encrypted as it must be */
    cr_expect_neq(talk_hand(&talk, hf_buf_bytes(&talk.packet)), HF_EAP_SUCCESS);
    talk_put(&talk.packet, 3, 0x99, 0, (hf_bytes){ 0 });
    cr_expect_eq(talk_hand(&talk, hf_buf_bytes(&talk.packet)), HF_EAP_FAILURE);
    cr_expect_eq(hf_eap_peer_msk(talk.peer).len, 0);
    talk_clear(&talk);
}

Test(method_tls, a_changed_octet_in_any_flight_ends_it)
{
    FOR_BOTH_VERSIONS(v)
    for (unsigned at = 1; at < 3; at++)
        for (size_t place = 0; place < 4; place++) {
            struct talk talk;
            size_t i;

            talk_init(&talk, versions[v]);
            talk.server_config.fragment_size = 4096;
            talk_begin(&talk);
            while (talk.rounds < at)
                cr_assert(talk_step(&talk));
            hf_buf_clear(&talk.packet);
            eap_server_next(talk.server, hf_buf_bytes(&talk.response), &talk.packet);
            i = 6 + 5 + place * (talk.packet.len - 12) / 4;
            talk.packet.data[i] ^= 0x40;
            talk_hand(&talk, hf_buf_bytes(&talk.packet));
            while (talk.result == HF_EAP_RESPOND && talk_step(&talk))
                ;
            cr_expect_eq(talk.result, HF_EAP_FAILURE, "version %zu, flight %u, octet %zu", v, at,
                         i);
            cr_expect_eq(hf_eap_peer_msk(talk.peer).len, 0);
            talk_clear(&talk);
        }
}

/* --- memory --- */

/* Runs a conversation in which allocation `n` of the peer's round `at` fails; false when the round
 * had no such allocation. */
static bool fail_allocation(unsigned at, size_t n)
{
    struct talk talk;
    bool met;

    talk_init(&talk, 0);
    talk.config.fragment_size = 300;
    talk_begin(&talk);
    while (talk.rounds < at && talk_step(&talk))
        ;
    if (talk.result != HF_EAP_RESPOND) { /* it was over before */
        talk_clear(&talk);
        return false;
    }
    hf_buf_clear(&talk.packet);
    eap_server_next(talk.server, hf_buf_bytes(&talk.response), &talk.packet);
    test_alloc_fail_at(n);
    talk_hand(&talk, hf_buf_bytes(&talk.packet));
    met = test_alloc_stop();
    while (talk.result == HF_EAP_RESPOND && talk_step(&talk))
        ;
    cr_expect_eq(talk.result, met ? HF_EAP_FAILURE : HF_EAP_SUCCESS, "round %u, allocation %zu", at,
                 n);
    talk_clear(&talk);
    return met;
}

Test(method_tls, every_failed_allocation_ends_in_failure)
{
    size_t met = 0;

    for (unsigned at = 0; at < 8; at++)
        for (size_t n = 0; fail_allocation(at, n); n++)
            met++;
    cr_expect_gt(met, 10);
}
