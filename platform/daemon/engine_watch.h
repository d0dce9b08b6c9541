/* Whether an engine still works: it is asked at a low rate for an echo, which its control loop
 * gives once both data threads have answered too. One that hangs without dying carries nothing and
 * says nothing, so only its silence tells. */
#ifndef HF_DAEMON_ENGINE_WATCH_H
#define HF_DAEMON_ENGINE_WATCH_H

#include "daemon/engine_link.h"

#include <glib.h>

/* An engine that hangs is given up between MISSES and MISSES + 1 intervals after. */
#define HF_ENGINE_WATCH_MILLIS 2000
#define HF_ENGINE_WATCH_MISSES 3

/* May stop the watch. */
typedef void hf_engine_hung_fn(void *context);

struct hf_engine_watch {
    struct hf_engine_link *link; /* borrowed; NULL: nothing is watched */
    hf_engine_hung_fn *hung;
    void *context;
    guint timer;
    unsigned owed; /* intervals since the echo that is not answered was asked for; 0: none is */
};

/* `watch` is zero or stopped. `hung` is called once. */
void hf_engine_watch_start(struct hf_engine_watch *watch, struct hf_engine_link *link,
                           guint interval_millis, hf_engine_hung_fn *hung, void *context);
/* The engine has answered. */
void hf_engine_watch_echoed(struct hf_engine_watch *watch);
/* Before the link goes. Once more does no harm. */
void hf_engine_watch_stop(struct hf_engine_watch *watch);

#endif
