/* Message ids, retransmission and repeated requests of one IKE SA (ikev2/window.h). */
#include "ikev2/window.h"

#include "support/hex.h"
#include "support/test.h"

static void add_datagram(struct hf_ikev2_datagrams *datagrams, hf_bytes bytes)
{
    datagrams->list[0] = hf_buf_with_max(64);
    cr_assert(hf_buf_append(&datagrams->list[0], bytes));
    datagrams->count = 1;
}

static void start(struct hf_ikev2_window *window, hf_duration rtt)
{
    hf_ikev2_window_init(window, rtt);
    add_datagram(&window->request, hex("01"));
    hf_ikev2_window_started(window, HF_IKE_SA_INIT, 0);
}

Test(window, first_resend_is_four_round_trips_within_200_and_300_ms)
{
    static const struct {
        hf_duration rtt, first;
    } cases[] = {
        {0,               HF_MILLIS(300)},
        { HF_MILLIS(1),   HF_MILLIS(200)},
        { HF_MILLIS(50),  HF_MILLIS(200)},
        { HF_MILLIS(60),  HF_MILLIS(240)},
        { HF_MILLIS(75),  HF_MILLIS(300)},
        { HF_SECONDS(10), HF_MILLIS(300)},
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(cases); i++) {
        struct hf_ikev2_window window;

        start(&window, cases[i].rtt);
        cr_expect_eq(hf_ikev2_window_deadline(&window), cases[i].first);
        cr_expect_eq(hf_ikev2_window_due(&window, cases[i].first - 1), HF_WINDOW_QUIET);
        cr_expect_eq(hf_ikev2_window_due(&window, cases[i].first), HF_WINDOW_RESEND);
        cr_expect_eq(hf_ikev2_window_due(&window, cases[i].first), HF_WINDOW_QUIET);
        hf_ikev2_window_clear(&window);
    }
}

Test(window, intervals_grow_by_half_up_to_2_s_and_end_after_36_s)
{
    struct hf_ikev2_window window;
    hf_time now = 0, last = 0;
    hf_duration before = 0;
    unsigned sends = 1, doubts = 0;
    enum hf_ikev2_window_due due = HF_WINDOW_QUIET;

    start(&window, HF_MILLIS(1));
    while (due != HF_WINDOW_EXPIRED) {
        now = hf_ikev2_window_deadline(&window);
        cr_assert_leq(now, HF_SECONDS(36));
        due = hf_ikev2_window_due(&window, now);
        doubts += due == HF_WINDOW_DOUBT;
        if (due == HF_WINDOW_DOUBT)
            cr_expect_eq(now, HF_SECONDS(5));
        if (due != HF_WINDOW_RESEND)
            continue;
        cr_expect_leq(now - last, HF_SECONDS(2));
        if (before != 0 && now - last != HF_SECONDS(2))
            cr_expect_eq(now - last, before + before / 2);
        before = now - last;
        last = now;
        sends++;
    }
    cr_expect_eq(now, HF_SECONDS(36));
    cr_expect_eq(doubts, 1);
    cr_expect_geq(sends, 20); /* what 30 % loss takes: see the scenarios */
    hf_ikev2_window_clear(&window);
}

Test(window, a_host_that_slept_asks_again_before_it_gives_up)
{
    struct hf_ikev2_window window;
    hf_time awake = HF_MINUTES(600);

    start(&window, 0);
    cr_expect_eq(hf_ikev2_window_due(&window, awake), HF_WINDOW_DOUBT);
    cr_expect_eq(hf_ikev2_window_due(&window, awake), HF_WINDOW_RESEND);
    cr_expect_eq(hf_ikev2_window_due(&window, awake), HF_WINDOW_QUIET);
    cr_expect_gt(hf_ikev2_window_deadline(&window), awake);
    hf_ikev2_window_clear(&window);
}

Test(window, an_answer_frees_it_and_moves_the_id)
{
    struct hf_ikev2_window window;

    start(&window, 0);
    hf_ikev2_window_answered(&window, HF_MILLIS(40));
    cr_expect_not(window.waiting);
    cr_expect_eq(window.next_id, 1);
    cr_expect_eq(window.request.count, 0);
    cr_expect_eq(window.rtt, HF_MILLIS(40));
    cr_expect_eq(hf_ikev2_window_deadline(&window), HF_NEVER);
    hf_ikev2_window_clear(&window);
}

Test(window, a_resent_request_measures_no_round_trip)
{
    struct hf_ikev2_window window;

    start(&window, HF_MILLIS(60));
    cr_expect_eq(hf_ikev2_window_due(&window, HF_MILLIS(240)), HF_WINDOW_RESEND);
    hf_ikev2_window_answered(&window, HF_MILLIS(241));
    cr_expect_eq(window.rtt, HF_MILLIS(60));
    hf_ikev2_window_clear(&window);
}

Test(window, takes_the_next_request_and_repeats_the_one_before)
{
    struct hf_ikev2_window window;

    hf_ikev2_window_init(&window, 0);
    cr_expect_eq(hf_ikev2_window_place(&window, 0), HF_WINDOW_NEXT);
    cr_expect_eq(hf_ikev2_window_place(&window, 1), HF_WINDOW_OUTSIDE);
    cr_expect_eq(hf_ikev2_window_place(&window, UINT32_MAX), HF_WINDOW_OUTSIDE);
    cr_assert_eq(hf_ikev2_window_remember(&window, hex("aabb")), HF_OK);
    add_datagram(&window.response, hex("02"));
    hf_ikev2_window_responded(&window);
    cr_expect_eq(hf_ikev2_window_place(&window, 0), HF_WINDOW_REPEAT);
    cr_expect_eq(hf_ikev2_window_place(&window, 1), HF_WINDOW_NEXT);
    cr_expect_eq(hf_ikev2_window_place(&window, 2), HF_WINDOW_OUTSIDE);
    hf_ikev2_window_clear(&window);
}

Test(window, knows_the_very_datagram_again)
{
    struct hf_ikev2_window window;

    hf_ikev2_window_init(&window, 0);
    cr_assert_eq(hf_ikev2_window_remember(&window, hex("aabb")), HF_OK);
    cr_expect_not(hf_ikev2_window_is_repeat(&window, hex("aabb"))); /* not answered yet */
    add_datagram(&window.response, hex("02"));
    cr_expect(hf_ikev2_window_is_repeat(&window, hex("aabb")));
    cr_expect_not(hf_ikev2_window_is_repeat(&window, hex("aabc")));
    cr_expect_not(hf_ikev2_window_is_repeat(&window, hex("aa")));
    hf_ikev2_window_clear(&window);
}
