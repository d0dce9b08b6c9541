/* The queue of events: see events.h. */
#include "ikev2/events.h"

#include <string.h>

void hf_ikev2_events_clear(struct hf_ikev2_events *events)
{
    hf_cleanse(events, sizeof *events);
}

/* The last slot is written over and over by what comes late, so the end of the SA is always told.
 */
struct hf_ikev2_event *hf_ikev2_events_add(struct hf_ikev2_events *events,
                                           enum hf_ikev2_event_type type)
{
    struct hf_ikev2_event *event;

    if (events->count < HF_IKEV2_EVENTS_MAX)
        events->count++;
    event = &events->slots[(events->first + events->count - 1) % HF_IKEV2_EVENTS_MAX];
    hf_cleanse(event, sizeof *event);
    event->type = type;
    return event;
}

bool hf_ikev2_events_next(struct hf_ikev2_events *events, struct hf_ikev2_event *out)
{
    struct hf_ikev2_event *event = &events->slots[events->first];

    if (events->count == 0)
        return false;
    *out = *event;
    hf_cleanse(event, sizeof *event);
    events->first = (events->first + 1) % HF_IKEV2_EVENTS_MAX;
    events->count--;
    return true;
}
