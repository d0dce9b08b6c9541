/* Message ids, retransmission, repeated requests: see window.h. */
#include "ikev2/window.h"

#include <string.h>

#include "crypto/hash.h"

#define FIRST_MIN    HF_MILLIS(200)
#define FIRST_MAX    HF_MILLIS(300)
#define INTERVAL_CAP HF_SECONDS(2)

void hf_ikev2_window_init(struct hf_ikev2_window *window, hf_duration rtt)
{
    memset(window, 0, sizeof *window);
    window->resend_at = HF_NEVER;
    window->rtt = rtt;
}

void hf_ikev2_window_clear(struct hf_ikev2_window *window)
{
    hf_ikev2_datagrams_clear(&window->request);
    hf_ikev2_datagrams_clear(&window->response);
}

/* The first interval is short: a lost datagram at connect costs a quarter of a second, not four. */
static hf_duration first_interval(hf_duration rtt)
{
    if (rtt == 0 || rtt > FIRST_MAX / 4)
        return FIRST_MAX;
    return 4 * rtt < FIRST_MIN ? FIRST_MIN : 4 * rtt;
}

void hf_ikev2_window_started(struct hf_ikev2_window *window, uint8_t exchange, hf_time now)
{
    window->waiting = true;
    window->unanswered = false;
    window->exchange = exchange;
    window->sends = 1;
    window->first_sent = now;
    window->waited = 0;
    window->interval = first_interval(window->rtt);
    window->resend_at = hf_time_add(now, window->interval);
}

static void stop(struct hf_ikev2_window *window)
{
    window->waiting = false;
    window->resend_at = HF_NEVER;
    window->next_id++;
    hf_ikev2_datagrams_clear(&window->request);
}

void hf_ikev2_window_answered(struct hf_ikev2_window *window, hf_time now)
{
    if (window->sends == 1)
        window->rtt = hf_time_since(now, window->first_sent);
    stop(window);
}

void hf_ikev2_window_abandon(struct hf_ikev2_window *window)
{
    if (window->waiting)
        stop(window);
}

static hf_time doubt_at(const struct hf_ikev2_window *window)
{
    return window->unanswered ? HF_NEVER : hf_time_add(window->first_sent, HF_IKEV2_DOUBT_AFTER);
}

/* Patience is counted in intervals waited, not on the clock: a host that slept through several of
 * them asks again, once, before it takes the peer for gone. */
static bool schedule_next(struct hf_ikev2_window *window, hf_time now)
{
    hf_duration next = window->interval + window->interval / 2;

    window->waited += window->interval;
    if (window->waited >= HF_IKEV2_GIVE_UP_AFTER)
        return false;
    if (next > INTERVAL_CAP)
        next = INTERVAL_CAP;
    if (next > HF_IKEV2_GIVE_UP_AFTER - window->waited)
        next = HF_IKEV2_GIVE_UP_AFTER - window->waited;
    window->interval = next;
    window->sends++;
    window->resend_at = hf_time_add(now, next);
    return true;
}

enum hf_ikev2_window_due hf_ikev2_window_due(struct hf_ikev2_window *window, hf_time now)
{
    if (!window->waiting)
        return HF_WINDOW_QUIET;
    if (hf_time_due(doubt_at(window), now)) {
        window->unanswered = true;
        return HF_WINDOW_DOUBT;
    }
    if (!hf_time_due(window->resend_at, now))
        return HF_WINDOW_QUIET;
    return schedule_next(window, now) ? HF_WINDOW_RESEND : HF_WINDOW_EXPIRED;
}

hf_time hf_ikev2_window_deadline(const struct hf_ikev2_window *window)
{
    if (!window->waiting)
        return HF_NEVER;
    return hf_time_min(window->resend_at, doubt_at(window));
}

enum hf_ikev2_window_place hf_ikev2_window_place(const struct hf_ikev2_window *window,
                                                 uint32_t message_id)
{
    if (message_id == window->peer_next_id)
        return HF_WINDOW_NEXT;
    if (window->response.count != 0 && message_id + 1 == window->peer_next_id)
        return HF_WINDOW_REPEAT;
    return HF_WINDOW_OUTSIDE;
}

bool hf_ikev2_window_is_repeat(const struct hf_ikev2_window *window, hf_bytes datagram)
{
    uint8_t digest[HF_HASH_MAX];

    return window->response.count != 0 &&
           hf_hash(HF_HASH_SHA2_256, &datagram, 1, digest) == HF_OK &&
           hf_bytes_equal(HF_BYTES_OF(window->request_hash),
                          (hf_bytes){ digest, sizeof window->request_hash });
}

hf_status hf_ikev2_window_remember(struct hf_ikev2_window *window, hf_bytes datagram)
{
    return hf_hash(HF_HASH_SHA2_256, &datagram, 1, window->request_hash);
}

void hf_ikev2_window_responded(struct hf_ikev2_window *window)
{
    window->peer_next_id++;
}
