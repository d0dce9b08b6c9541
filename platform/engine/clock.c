/* The engine's clocks: see clock.h. */
#include "engine/clock.h"

#include "base/bytes.h"

#include <time.h>

hf_time hf_engine_now(void)
{
    struct timespec now;

    HF_ASSERT(clock_gettime(CLOCK_BOOTTIME, &now) == 0);
    return HF_SECONDS((uint64_t)now.tv_sec) + (hf_time)now.tv_nsec / 1000;
}

struct timespec hf_engine_timespec(hf_time at)
{
    return (struct timespec){ .tv_sec = (time_t)(at / HF_SECONDS(1)),
                              .tv_nsec = (long)(at % HF_SECONDS(1) * 1000) };
}
