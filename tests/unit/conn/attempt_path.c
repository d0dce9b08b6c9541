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

Test(attempt_path, unproved_traffic_is_probed_after_5_s_and_lost_after_5_more, .init = start)
{
    enum hf_attempt_path_verdict verdict;
    hf_time at;

    hf_attempt_path_handle_sent(&path, START + HF_SECONDS(10));
    cr_expect_eq(hf_attempt_path_deadline(&path), START + HF_SECONDS(15));
    at = run_until(START + HF_SECONDS(10), START + HF_MINUTES(1), &verdict);
    cr_expect_eq(at, START + HF_SECONDS(15));
    cr_expect_eq(verdict, HF_ATTEMPT_PATH_PROBE);
    at = run_until(at + HF_MILLIS(100), START + HF_MINUTES(1), &verdict);
    cr_expect_eq(at, START + HF_SECONDS(20));
    cr_expect_eq(verdict, HF_ATTEMPT_PATH_LOST);
    cr_expect(path.is_lost);
}

Test(attempt_path, further_traffic_does_not_put_the_probe_off, .init = start)
{
    hf_attempt_path_handle_sent(&path, START + HF_SECONDS(1));
    hf_attempt_path_handle_sent(&path, START + HF_SECONDS(4));
    cr_expect_eq(hf_attempt_path_deadline(&path), START + HF_SECONDS(6));
}

Test(attempt_path, traffic_both_ways_wants_no_probe, .init = start)
{
    for (unsigned s = 1; s < 600; s++) {
        hf_time now = START + HF_SECONDS(s);

        cr_assert_eq(hf_attempt_path_handle_proof(&path, now - HF_MILLIS(100)),
                     HF_ATTEMPT_PATH_SAME);
        hf_attempt_path_handle_sent(&path, now);
        cr_assert_eq(hf_attempt_path_handle_time(&path, now), HF_ATTEMPT_PATH_SAME);
    }
}

Test(attempt_path, proof_older_than_the_traffic_proves_nothing_of_it, .init = start)
{
    hf_attempt_path_handle_sent(&path, START + HF_SECONDS(10));
    cr_expect_eq(hf_attempt_path_handle_proof(&path, START + HF_SECONDS(9)), HF_ATTEMPT_PATH_SAME);
    cr_expect_eq(hf_attempt_path_deadline(&path), START + HF_SECONDS(15));
}

Test(attempt_path, answered_probe_starts_over_with_the_next_packet, .init = start)
{
    hf_time sent = START + HF_SECONDS(1), probed = sent + HF_SECONDS(5);

    hf_attempt_path_handle_sent(&path, sent);
    cr_assert_eq(hf_attempt_path_handle_time(&path, probed), HF_ATTEMPT_PATH_PROBE);
    cr_expect_eq(hf_attempt_path_handle_proof(&path, probed + HF_MILLIS(30)), HF_ATTEMPT_PATH_SAME);
    cr_expect_eq(hf_attempt_path_deadline(&path), HF_NEVER);
    hf_attempt_path_handle_sent(&path, probed + HF_SECONDS(2));
    cr_expect_eq(hf_attempt_path_deadline(&path), probed + HF_SECONDS(7));
}

Test(attempt_path, lost_path_waits_for_a_proof_and_nothing_else, .init = start)
{
    enum hf_attempt_path_verdict verdict;
    hf_time lost = START + HF_SECONDS(11);

    hf_attempt_path_handle_sent(&path, START + HF_SECONDS(1));
    cr_assert_eq(hf_attempt_path_handle_time(&path, START + HF_SECONDS(6)), HF_ATTEMPT_PATH_PROBE);
    cr_assert_eq(hf_attempt_path_handle_time(&path, lost), HF_ATTEMPT_PATH_LOST);
    hf_attempt_path_handle_sent(&path, lost + HF_SECONDS(1));
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
