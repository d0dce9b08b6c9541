/* Waking a thread that waits in poll(): by an eventfd, and once at the next traffic. */
#ifndef HF_ENGINE_WAKE_H
#define HF_ENGINE_WAKE_H

#include "base/status.h"

#include <stdatomic.h>

struct hf_wake {
    int fd;
};

hf_status hf_wake_init(struct hf_wake *wake) HF_MUST_USE;
void hf_wake_clear(struct hf_wake *wake);
void hf_wake_notify(const struct hf_wake *wake);
/* Readable no longer, until the next notify. */
void hf_wake_take(const struct hf_wake *wake);

/* A wish to be woken once when counters move, so that an idle tunnel wakes nobody. Whoever counts
 * publishes first and looks at the wish then; whoever wishes arms first and reads then: one of the
 * two sees the other. */
struct hf_watch {
    _Atomic bool is_armed;
    const struct hf_wake *wake;
};

void hf_watch_arm(struct hf_watch *watch);
void hf_watch_notify(struct hf_watch *watch);

#endif
