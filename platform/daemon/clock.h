/* The time as the core wants it: microseconds on a clock that goes on during suspend. */
#ifndef HF_DAEMON_CLOCK_H
#define HF_DAEMON_CLOCK_H

#include "base/time.h"

#include <time.h>

static inline hf_time hf_clock_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return HF_SECONDS(now.tv_sec) + (hf_time)now.tv_nsec / 1000;
}

#endif
