/* Message ids of one IKE SA, in both directions, each with a window of one (RFC 7296, sections 2.1
 * to 2.3): which request of ours is in flight and when it is sent again, bit for bit; which request
 * of the peer is next, and what we answered to the last one. Knows nothing of contents. */
#ifndef HF_IKEV2_WINDOW_H
#define HF_IKEV2_WINDOW_H

#include "base/time.h"
#include "ikev2/message.h"

#define HF_IKEV2_GIVE_UP_AFTER HF_SECONDS(36) /* an unanswered request ends the SA */
#define HF_IKEV2_DOUBT_AFTER   HF_SECONDS(5)  /* … and puts the path in doubt before */

struct hf_ikev2_window {
    /* Our requests. */
    uint32_t next_id; /* of the one in flight, or of the next */
    bool waiting;     /* one is in flight */
    uint8_t exchange; /* its exchange type */
    struct hf_ikev2_datagrams request;
    unsigned sends;
    hf_time first_sent, resend_at;
    hf_duration interval, waited; /* before resend_at; before the last send */
    bool unanswered;              /* reported */

    /* The peer's. */
    uint32_t peer_next_id;
    struct hf_ikev2_datagrams response; /* to the request before; count 0: none yet */
    uint8_t request_hash[32];           /* of that request's first datagram */

    hf_duration rtt; /* last measured or cached; 0: unknown */
};

void hf_ikev2_window_init(struct hf_ikev2_window *window, hf_duration rtt);
void hf_ikev2_window_clear(struct hf_ikev2_window *window);

/* The caller has put the request with id `next_id` into `request` and sent it. */
void hf_ikev2_window_started(struct hf_ikev2_window *window, uint8_t exchange, hf_time now);
/* Its response came. The round trip is measured where it was sent once (Karn). */
void hf_ikev2_window_answered(struct hf_ikev2_window *window, hf_time now);
/* The request in flight is given up; its id stays used. */
void hf_ikev2_window_abandon(struct hf_ikev2_window *window);

enum hf_ikev2_window_due {
    HF_WINDOW_QUIET,
    HF_WINDOW_RESEND, /* send `request` again */
    HF_WINDOW_DOUBT,  /* unanswered for HF_IKEV2_DOUBT_AFTER; told once for each request */
    HF_WINDOW_EXPIRED /* unanswered for HF_IKEV2_GIVE_UP_AFTER */
};
/* What is due at `now`; call again until quiet. */
enum hf_ikev2_window_due hf_ikev2_window_due(struct hf_ikev2_window *window, hf_time now);
hf_time hf_ikev2_window_deadline(const struct hf_ikev2_window *window);

enum hf_ikev2_window_place {
    HF_WINDOW_NEXT,   /* the peer's next request */
    HF_WINDOW_REPEAT, /* the one before: answer again with `response` */
    HF_WINDOW_OUTSIDE /* anything else: dropped */
};
/* Where the id of a request of the peer lies. */
enum hf_ikev2_window_place hf_ikev2_window_place(const struct hf_ikev2_window *window,
                                                 uint32_t message_id);
/* True when the datagram is the very one that started the request before: no need to open it. */
bool hf_ikev2_window_is_repeat(const struct hf_ikev2_window *window, hf_bytes datagram);
/* Remembers the first datagram of a request that is being answered. */
hf_status hf_ikev2_window_remember(struct hf_ikev2_window *window, hf_bytes datagram) HF_MUST_USE;
/* The caller has put the answer to request `peer_next_id` into `response`. */
void hf_ikev2_window_responded(struct hf_ikev2_window *window);

#endif
