/* Tests of the path's health in virtual time (conn/attempt_path.h). */
#include "conn/attempt_path.h"
#include "support/test.h"

#define START HF_SECONDS(100)

static struct hf_attempt_path path;

/* Runs time in steps of 100 ms until a verdict falls; HF_NEVER: none before `end`. */
static hf_time run_until(hf_time from, hf_time end, enum hf_attempt_path_verdict *out)
{
    for (hf_time now = from; now <= end; now += HF_MILLIS(100)) {
        *out = hf_attempt_path_handle_time(&path, now);
        if (*out != HF_ATTEMPT_PATH_SAME)
            return now;
    }
    return HF_NEVER;
}

static void send_at(hf_time at)
{
    hf_attempt_path_handle_sent(&path, at, at);
}

static void start(void)
{
    hf_attempt_path_init(&path, START);
}

Test(attempt_path, idle_tunnel_is_never_probed, .init = start)
{
    enum hf_attempt_path_verdict verdict;

    cr_expect_eq(hf_attempt_path_deadline(&path), HF_NEVER);
    cr_expect_eq(run_until(START, START + HF_MINUTES(60), &verdict), HF_NEVER);
}

Test(attempt_path, unproved_traffic_is_probed_after_5_s_and_lost_before_10, .init = start)
{
    enum hf_attempt_path_verdict verdict;
    hf_time at;

    send_at(START + HF_SECONDS(10));
    cr_expect_eq(hf_attempt_path_deadline(&path), START + HF_SECONDS(15));
    at = run_until(START + HF_SECONDS(10), START + HF_MINUTES(1), &verdict);
    cr_expect_eq(at, START + HF_SECONDS(15));
    cr_expect_eq(verdict, HF_ATTEMPT_PATH_PROBE);
    at = run_until(at + HF_MILLIS(100), START + HF_MINUTES(1), &verdict);
    cr_expect_eq(at, START + HF_MILLIS(19900));
    cr_expect_eq(verdict, HF_ATTEMPT_PATH_LOST);
    cr_expect(path.is_lost);
}

Test(attempt_path, further_traffic_does_not_put_the_probe_off, .init = start)
{
    send_at(START + HF_SECONDS(1));
    send_at(START + HF_SECONDS(4));
    cr_expect_eq(hf_attempt_path_deadline(&path), START + HF_SECONDS(6));
}

Test(attempt_path, traffic_both_ways_wants_no_probe, .init = start)
{
    for (unsigned s = 1; s < 600; s++) {
        hf_time now = START + HF_SECONDS(s);

        cr_assert_eq(hf_attempt_path_handle_proof(&path, now - HF_MILLIS(100)),
                     HF_ATTEMPT_PATH_SAME);
        send_at(now);
        cr_assert_eq(hf_attempt_path_handle_time(&path, now), HF_ATTEMPT_PATH_SAME);
    }
}

Test(attempt_path, proof_older_than_the_traffic_proves_nothing_of_it, .init = start)
{
    send_at(START + HF_SECONDS(10));
    cr_expect_eq(hf_attempt_path_handle_proof(&path, START + HF_SECONDS(9)), HF_ATTEMPT_PATH_SAME);
    cr_expect_eq(hf_attempt_path_deadline(&path), START + HF_SECONDS(15));
}

Test(attempt_path, answered_probe_starts_over_with_the_next_packet, .init = start)
{
    hf_time sent = START + HF_SECONDS(1), probed = sent + HF_SECONDS(5);

    send_at(sent);
    cr_assert_eq(hf_attempt_path_handle_time(&path, probed), HF_ATTEMPT_PATH_PROBE);
    cr_expect_eq(hf_attempt_path_handle_proof(&path, probed + HF_MILLIS(30)), HF_ATTEMPT_PATH_SAME);
    cr_expect_eq(hf_attempt_path_deadline(&path), HF_NEVER);
    send_at(probed + HF_SECONDS(2));
    cr_expect_eq(hf_attempt_path_deadline(&path), probed + HF_SECONDS(7));
}

Test(attempt_path, lost_path_waits_for_a_proof_and_nothing_else, .init = start)
{
    enum hf_attempt_path_verdict verdict;
    hf_time lost = START + HF_SECONDS(11);

    send_at(START + HF_SECONDS(1));
    cr_assert_eq(hf_attempt_path_handle_time(&path, START + HF_SECONDS(6)), HF_ATTEMPT_PATH_PROBE);
    cr_assert_eq(hf_attempt_path_handle_time(&path, lost), HF_ATTEMPT_PATH_LOST);
    send_at(lost + HF_SECONDS(1));
    cr_expect_eq(hf_attempt_path_deadline(&path), HF_NEVER);
    cr_expect_eq(run_until(lost, lost + HF_MINUTES(5), &verdict), HF_NEVER);
    cr_expect_eq(hf_attempt_path_handle_proof(&path, lost + HF_MINUTES(6)), HF_ATTEMPT_PATH_BACK);
    cr_expect_not(path.is_lost);
    cr_expect_eq(hf_attempt_path_deadline(&path), HF_NEVER);
}

Test(attempt_path, unanswered_request_loses_a_silent_path_alone, .init = start)
{
    hf_time now = START + HF_SECONDS(30);

    (void)hf_attempt_path_handle_proof(&path, now - HF_SECONDS(4));
    cr_expect_eq(hf_attempt_path_handle_unanswered(&path, now), HF_ATTEMPT_PATH_SAME);
    cr_expect_eq(hf_attempt_path_handle_unanswered(&path, now + HF_SECONDS(1)),
                 HF_ATTEMPT_PATH_LOST);
    cr_expect_eq(hf_attempt_path_handle_unanswered(&path, now + HF_SECONDS(2)),
                 HF_ATTEMPT_PATH_SAME);
}

Test(attempt_path, time_runs_from_when_the_first_packet_may_have_left, .init = start)
{
    hf_attempt_path_handle_sent(&path, START + HF_MILLIS(750), START + HF_MILLIS(990));
    cr_expect_eq(hf_attempt_path_deadline(&path), START + HF_MILLIS(5750));
    start();
    hf_attempt_path_handle_sent(&path, START - HF_SECONDS(3), START + HF_MILLIS(990));
    cr_expect_eq(hf_attempt_path_deadline(&path), START + HF_SECONDS(5),
                 "what left before the last proof is proved");
}

/* Packets go out every second; IKE is answered at each probe. */
static void send_for(hf_duration duration, hf_time from)
{
    for (hf_time now = from; now <= from + duration; now += HF_SECONDS(1)) {
        send_at(now);
        if (hf_attempt_path_handle_time(&path, now) == HF_ATTEMPT_PATH_PROBE)
            (void)hf_attempt_path_handle_proof(&path, now + HF_MILLIS(20));
    }
}

Test(attempt_path, traffic_is_one_way_after_10_s_of_it_although_ike_is_answered, .init = start)
{
    hf_time back = START + HF_SECONDS(31);

    send_for(HF_SECONDS(9), START + HF_SECONDS(1));
    cr_expect_not(hf_attempt_path_is_one_way(&path));
    send_for(HF_SECONDS(15), START + HF_SECONDS(11));
    cr_expect(hf_attempt_path_is_one_way(&path));
    cr_expect_not(path.is_lost);
    hf_attempt_path_handle_inbound(&path, back);
    cr_expect_not(hf_attempt_path_is_one_way(&path));
    send_for(HF_SECONDS(9), back + HF_SECONDS(1));
    cr_expect_not(hf_attempt_path_is_one_way(&path), "counted from the last inbound packet");
}

Test(attempt_path, packets_that_are_not_repeated_may_stay_without_answer, .init = start)
{
    send_at(START + HF_SECONDS(1));
    send_at(START + HF_SECONDS(3));
    (void)hf_attempt_path_handle_proof(&path, START + HF_SECONDS(6));
    cr_expect_not(hf_attempt_path_is_one_way(&path));
}

Test(attempt_path, a_silent_gateway_does_not_make_traffic_one_way, .init = start)
{
    for (unsigned s = 1; s < 30; s++)
        send_at(START + HF_SECONDS(s));
    cr_expect_not(hf_attempt_path_is_one_way(&path), "that is a lost path");
}
