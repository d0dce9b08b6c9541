/* Datagrams on their way out: a bounded queue. What does not fit is dropped like any lost datagram;
 * retransmission heals it. */
#ifndef HF_IKEV2_OUTBOX_H
#define HF_IKEV2_OUTBOX_H

#include "ikev2/message.h"
#include "ikev2/sa.h"

#define HF_IKEV2_OUTBOX_MAX 160 /* a request and a response of most fragments, and some */

struct hf_ikev2_outbox {
    size_t first, count;
    hf_buf lent; /* what `next` gave out last */
    struct {
        hf_endpoint to;
        hf_buf bytes;
    } slots[HF_IKEV2_OUTBOX_MAX];
};

void hf_ikev2_outbox_clear(struct hf_ikev2_outbox *outbox);
/* Queues `datagram`, behind the non-ESP marker where `marker` is set. */
void hf_ikev2_outbox_add(struct hf_ikev2_outbox *outbox, const hf_endpoint *to, bool marker,
                         hf_bytes datagram);
/* All datagrams of one message. */
void hf_ikev2_outbox_add_all(struct hf_ikev2_outbox *outbox, const hf_endpoint *to, bool marker,
                             const struct hf_ikev2_datagrams *datagrams);
bool hf_ikev2_outbox_next(struct hf_ikev2_outbox *outbox, struct hf_ikev2_datagram *out);

#endif
