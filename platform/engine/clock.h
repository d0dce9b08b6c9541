/* The engine's clocks. */
#ifndef HF_ENGINE_CLOCK_H
#define HF_ENGINE_CLOCK_H

#include "base/time.h"

/* Since boot, with the time asleep: what the core calls time. */
hf_time hf_engine_now(void);
/* A moment of hf_engine_now() for a timer or a wait. */
struct timespec hf_engine_timespec(hf_time at);

#endif
