/* Tests of the EAP peer (eap/peer.h): Identity, Notification, Nak, duplicates, bounds. The order of
 * Success is tested with the method, in method_tls.c. */
#include "eap/peer.h"

#include "support/hex.h"
#include "support/test.h"
#include "talk.h"

/* A peer alone, that has heard nothing. */
static void begin(struct talk *talk)
{
    talk_init(talk, 0);
    talk_begin(talk);
}

static enum hf_eap_result hand(struct talk *talk, const char *packet)
{
    return talk_hand(talk, hex(packet));
}

static bool answered(struct talk *talk, const char *packet, const char *response)
{
    return hand(talk, packet) == HF_EAP_RESPOND &&
           hf_bytes_equal(hf_buf_bytes(&talk->response), hex(response));
}

static bool is_hello(const struct talk *talk)
{
    return talk->response.len > 50 && talk->response.data[4] == 13 && talk->response.data[6] == 22;
}

Test(peer, answers_identity_notification_and_start)
{
    struct talk talk;

    begin(&talk);
    cr_expect(answered(&talk, "01 05 0005 01", "02 05 0015 01 616e6e61406578616d706c652e636f6d"));
    cr_expect(answered(&talk, "01 06 0007 02 6869", "02 06 0005 02"));
    cr_expect_eq(hand(&talk, "01 07 0006 0d 20"), HF_EAP_RESPOND);
    cr_expect(is_hello(&talk));
    talk_clear(&talk);
}

Test(peer, the_whole_conversation_with_all_the_preliminaries)
{
    struct talk talk;

    talk_init(&talk, 0);
    talk.server_config.ask_identity = true;
    talk.server_config.notification = "Your password will expire";
    talk.server_config.unwelcome_method = 26;
    talk.server_config.gives_in = true;
    talk_run(&talk);
    cr_expect_eq(talk.result, HF_EAP_SUCCESS);
    cr_expect_null(eap_server_violation(talk.server));
    cr_expect(hf_bytes_equal(eap_server_identity(talk.server), talk.config.identity));
    cr_expect(hf_bytes_equal(hf_eap_peer_msk(talk.peer), eap_server_msk(talk.server)));
    talk_clear(&talk);
}

Test(peer, an_empty_identity_is_an_identity)
{
    struct talk talk;

    talk_init(&talk, 0);
    talk.config.identity = (hf_bytes){ 0 };
    talk_begin(&talk);
    cr_expect(answered(&talk, "01 05 0005 01", "02 05 0005 01"));
    talk_clear(&talk);
}

Test(peer, a_method_that_is_not_ours_gets_a_nak_and_is_remembered)
{
    static const struct {
        uint8_t type;
        const char *name;
    } rows[] = {
        {4,    "eap-md5"           },
        { 26,  "eap-mschapv2"      },
        { 25,  "peap"              },
        { 99,  "another eap method"},
        { 254, "another eap method"}
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++) {
        struct talk talk;

        talk_init(&talk, 0);
        talk.server_config.ask_identity = true;
        talk.server_config.unwelcome_method = rows[i].type;
        talk_run(&talk);
        cr_expect_eq(talk.result, HF_EAP_FAILURE);
        cr_expect_eq(talk.fault.status, HF_ERR_EAP_METHOD);
        cr_expect_eq(talk.fault.peer_code, rows[i].type);
        cr_expect_str_eq(talk.fault.offered, "eap-tls");
        cr_expect_str_eq(talk.fault.received, rows[i].name);
        cr_expect_null(eap_server_violation(talk.server));
        talk_clear(&talk);
    }
}

Test(peer, failure_is_failure_at_any_time)
{
    struct talk talk;

    for (unsigned at = 0; at < 4; at++) {
        talk_init(&talk, 0);
        talk_begin(&talk);
        while (talk.rounds < at)
            cr_assert(talk_step(&talk));
        cr_expect_eq(hand(&talk, "04 05 0004"), HF_EAP_FAILURE);
        cr_expect_eq(talk.fault.status, HF_ERR_EAP_REJECTED);
        cr_expect_eq(talk.fault.peer_code, 4);
        cr_expect_eq(hf_eap_peer_msk(talk.peer).len, 0);
        talk_clear(&talk);
    }
}

Test(peer, after_the_end_nothing_counts)
{
    struct talk talk;

    begin(&talk);
    cr_expect_eq(hand(&talk, "04 05 0004"), HF_EAP_FAILURE);
    cr_expect_eq(hand(&talk, "01 05 0005 01"), HF_EAP_FAILURE);
    cr_expect_eq(hand(&talk, "03 05 0004"), HF_EAP_FAILURE);
    cr_expect_eq(talk.fault.status, HF_ERR_EAP_REJECTED);
    cr_expect_eq(talk.response.len, 0);
    talk_clear(&talk);
    talk_init(&talk, 0);
    talk_run(&talk);
    cr_assert_eq(talk.result, HF_EAP_SUCCESS);
    cr_expect_eq(hand(&talk, "04 05 0004"), HF_EAP_IGNORE);
    cr_expect_eq(hand(&talk, "01 05 0005 01"), HF_EAP_IGNORE);
    cr_expect_eq(hf_eap_peer_msk(talk.peer).len, 64);
    talk_clear(&talk);
}

/* --- what is not answered --- */

Test(peer, odd_packets_change_nothing)
{
    static const char *const odd[] = { "",
                                       "01",
                                       "01 05",
                                       "01 05 00",
                                       "01 05 0005",
                                       "01 05 0006 0d",
                                       "01 05 0003",
                                       "01 05 0004",
                                       "01 05 0000 01",
                                       "00 05 0004",
                                       "05 05 0004",
                                       "02 05 0005 01",
                                       "01 05 0005 00",
                                       "01 05 0006 03 0d",
                                       "01 05 ffff 01" };
    struct talk talk;

    begin(&talk);
    for (size_t i = 0; i < HF_ARRAY_LEN(odd); i++) {
        cr_expect_eq(hand(&talk, odd[i]), HF_EAP_IGNORE, "%s", odd[i]);
        cr_expect_eq(talk.response.len, 0);
    }
    cr_expect_eq(hand(&talk, "01 07 0006 0d 20"), HF_EAP_RESPOND);
    cr_expect(is_hello(&talk));
    talk_clear(&talk);
}

Test(peer, once_the_method_runs_there_is_no_other_and_no_identity) /* RFC 3748, section 2.1 */
{
    struct talk talk;

    begin(&talk);
    cr_assert_eq(hand(&talk, "01 07 0006 0d 20"), HF_EAP_RESPOND);
    cr_expect_eq(hand(&talk, "01 08 0005 01"), HF_EAP_IGNORE);
    cr_expect_eq(hand(&talk, "01 08 0006 04 00"), HF_EAP_IGNORE);
    cr_expect_eq(hand(&talk, "01 08 0006 fe 00"), HF_EAP_IGNORE);
    cr_expect(answered(&talk, "01 08 0007 02 6869", "02 08 0005 02"));
    talk_clear(&talk);
}

Test(peer, a_notification_has_no_place_after_the_method) /* RFC 3748, section 5.2 */
{
    struct talk talk;
    hf_buf aside = hf_buf_with_max(64);

    begin(&talk);
    while (hf_eap_peer_detail(talk.peer) == NULL)
        cr_assert(talk_step(&talk));
    cr_expect_eq(hf_eap_peer_handle(talk.peer, hex("01 f8 0007 02 6869"), &aside, &talk.fault, 1),
                 HF_EAP_IGNORE);
    cr_assert_not(talk_step(&talk));
    cr_expect_eq(talk.result, HF_EAP_SUCCESS);
    talk_clear(&talk);
}

Test(peer, success_must_follow_our_last_answer)
{
    struct talk talk;
    uint8_t last, success[4] = { 3, 0, 0, 4 };

    begin(&talk);
    while (hf_eap_peer_detail(talk.peer) == NULL)
        cr_assert(talk_step(&talk));
    last = talk.packet.data[1];
    success[1] = (uint8_t)(last - 1);
    cr_expect_eq(talk_hand(&talk, HF_BYTES_OF(success)), HF_EAP_IGNORE);
    success[1] = (uint8_t)(last + 2);
    cr_expect_eq(talk_hand(&talk, HF_BYTES_OF(success)), HF_EAP_IGNORE);
    cr_expect_eq(hf_eap_peer_msk(talk.peer).len, 0);
    success[1] = (uint8_t)(last + 1);
    cr_expect_eq(talk_hand(&talk, HF_BYTES_OF(success)), HF_EAP_SUCCESS);
    talk_clear(&talk);
}

/* --- requests that come again --- */

/* Every packet comes three times; the answers must be the same. */
static void repeat(struct talk *talk, unsigned round, hf_buf *packet)
{
    hf_buf first = hf_buf_with_max(1 << 16);

    (void)round;
    if (talk_hand(talk, hf_buf_bytes(packet)) == HF_EAP_RESPOND) {
        cr_assert(hf_buf_append(&first, hf_buf_bytes(&talk->response)));
        cr_expect_eq(talk_hand(talk, hf_buf_bytes(packet)), HF_EAP_RESPOND);
        cr_expect(hf_bytes_equal(hf_buf_bytes(&first), hf_buf_bytes(&talk->response)));
    }
    hf_buf_free(&first);
}

Test(peer, a_request_that_comes_again_gets_the_same_answer) /* RFC 3748, section 4.1 */
{
    struct talk talk;

    talk_init(&talk, 0);
    talk.server_config.ask_identity = true;
    talk.tamper = repeat;
    talk_begin(&talk);
    while (hf_eap_peer_detail(talk.peer) == NULL)
        cr_assert(talk_step(&talk));
    talk.tamper = NULL;
    cr_assert_not(talk_step(&talk));
    cr_expect_eq(talk.result, HF_EAP_SUCCESS);
    cr_expect_null(eap_server_violation(talk.server));
    talk_clear(&talk);
}

Test(peer, an_identifier_that_comes_again_with_another_request_is_a_new_one)
{
    struct talk talk;

    begin(&talk);
    cr_expect(answered(&talk, "01 07 0005 01", "02 07 0015 01 616e6e61406578616d706c652e636f6d"));
    cr_expect_eq(hand(&talk, "01 07 0006 0d 20"), HF_EAP_RESPOND);
    cr_expect(is_hello(&talk));
    talk_clear(&talk);
}

Test(peer, a_conversation_has_a_bounded_number_of_requests)
{
    struct talk talk;
    uint8_t notification[] = { 1, 0, 0, 6, 2, 'x' };

    begin(&talk);
    for (unsigned i = 0; i < HF_EAP_MAX_ROUNDS; i++) {
        notification[1] = (uint8_t)i;
        cr_expect_eq(talk_hand(&talk, HF_BYTES_OF(notification)), HF_EAP_RESPOND, "%u", i);
    }
    cr_expect_eq(talk_hand(&talk, HF_BYTES_OF(notification)), HF_EAP_FAILURE); /* a repeated one */
    cr_expect_eq(talk.fault.status, HF_ERR_TOO_LARGE);
    talk_clear(&talk);
}

/* --- set-up --- */

Test(peer, a_method_that_there_is_not_is_refused_at_once)
{
    struct talk talk;
    struct hf_eap_peer *peer = NULL;

    talk_init(&talk, 0);
    talk.config.method = 26;
    cr_expect_eq(hf_eap_peer_new(&talk.config, &talk.env.env, &peer), HF_ERR_EAP_METHOD);
    cr_expect_null(peer);
    talk_clear(&talk);
}

Test(peer, a_credential_that_does_not_serve_is_refused_at_once)
{
    struct talk talk;
    struct hf_eap_peer *peer = NULL;
    struct hf_credential empty = { 0 };

    talk_init(&talk, 0);
    talk.config.tls.credential = &empty;
    cr_expect_eq(hf_eap_peer_new(&talk.config, &talk.env.env, &peer), HF_ERR_CREDENTIAL_MISSING);
    cr_expect_null(peer);
    talk_clear(&talk);
}

Test(peer, an_answer_that_does_not_fit_is_a_failure)
{
    struct talk talk;
    hf_buf small = hf_buf_with_max(32);

    begin(&talk);
    cr_expect_eq(hf_eap_peer_handle(talk.peer, hex("01 07 0006 0d 20"), &small, &talk.fault, 1),
                 HF_EAP_FAILURE);
    cr_expect_eq(talk.fault.status, HF_ERR_TOO_LARGE);
    hf_buf_free(&small);
    talk_clear(&talk);
}

Test(peer, tells_the_trace_what_came_and_no_secrets)
{
    struct talk talk;
    struct hf_trace_record record;
    size_t requests = 0, established = 0;

    talk_init(&talk, 0);
    talk_run(&talk);
    while (hf_trace_next(&talk.env.trace, &record)) {
        requests += record.event == HF_TRACE_EAP;
        established += record.event == HF_TRACE_TLS;
    }
    cr_expect_eq(requests, talk.rounds + 1);
    cr_expect_eq(established, 1);
    talk_clear(&talk);
}
