/* Time as the core knows it: an argument. Monotonic microseconds; wall-clock time has a type of its
 * own, used for certificates alone. */
#ifndef HF_BASE_TIME_H
#define HF_BASE_TIME_H

#include <stdbool.h>
#include <stdint.h>

typedef uint64_t hf_time;      /* microseconds on a clock that goes on during suspend */
typedef uint64_t hf_duration;  /* microseconds */
typedef int64_t hf_wall_clock; /* seconds since 1970-01-01 00:00 UTC */

#define HF_NEVER      UINT64_MAX
#define HF_MILLIS(n)  ((hf_duration)(n)*1000)
#define HF_SECONDS(n) ((hf_duration)(n)*1000000)
#define HF_MINUTES(n) HF_SECONDS((hf_duration)(n)*60)

static inline hf_time hf_time_add(hf_time t, hf_duration d)
{
    return t > HF_NEVER - d ? HF_NEVER : t + d;
}

/* How long since `then`; 0 when `then` is in the future. */
static inline hf_duration hf_time_since(hf_time now, hf_time then)
{
    return now > then ? now - then : 0;
}

static inline hf_time hf_time_min(hf_time a, hf_time b)
{
    return a < b ? a : b;
}

static inline bool hf_time_due(hf_time deadline, hf_time now)
{
    return deadline != HF_NEVER && deadline <= now;
}

#endif
