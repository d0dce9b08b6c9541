/* Events on their way to the caller: a bounded queue that keeps room for the last one. */
#ifndef HF_IKEV2_EVENTS_H
#define HF_IKEV2_EVENTS_H

#include "ikev2/sa.h"

#define HF_IKEV2_EVENTS_MAX 16

struct hf_ikev2_events {
    size_t first, count;
    struct hf_ikev2_event slots[HF_IKEV2_EVENTS_MAX];
};

void hf_ikev2_events_clear(struct hf_ikev2_events *events);
/* The next free slot, emptied and of this type; what is put into it is delivered. A caller that
 * does not drain loses the newest, but never FAILED or CLOSED. */
struct hf_ikev2_event *hf_ikev2_events_add(struct hf_ikev2_events *events,
                                           enum hf_ikev2_event_type type);
bool hf_ikev2_events_next(struct hf_ikev2_events *events, struct hf_ikev2_event *out);

#endif
