/* Echoes: see engine_watch.h. Intervals are counted instead of time, so that a daemon that was
 * itself stopped does not take that for the engine's silence. */
#include "daemon/engine_watch.h"

/* Behind the engine's socket: what it has said is heard first. */
#define PRIORITY (G_PRIORITY_DEFAULT + 10)

/* An engine that reads nothing until its socket is full is asked no more, and counted all the same.
 */
static void ask(struct hf_engine_watch *watch)
{
    hf_status status = hf_engine_link_send(watch->link, HF_ENGINE_ECHO, (hf_bytes){ 0 }, NULL, 0);

    (void)status;
    watch->owed = 1;
}

static gboolean interval_over(gpointer data)
{
    struct hf_engine_watch *watch = data;

    if (watch->owed == 0) {
        ask(watch);
    } else if (watch->owed < HF_ENGINE_WATCH_MISSES) {
        watch->owed++;
    } else {
        watch->timer = 0;
        watch->hung(watch->context);
        return G_SOURCE_REMOVE;
    }
    return G_SOURCE_CONTINUE;
}

void hf_engine_watch_start(struct hf_engine_watch *watch, struct hf_engine_link *link,
                           guint interval_millis, hf_engine_hung_fn *hung, void *context)
{
    *watch = (struct hf_engine_watch){ .link = link, .hung = hung, .context = context };
    watch->timer = g_timeout_add_full(PRIORITY, interval_millis, interval_over, watch, NULL);
}

void hf_engine_watch_echoed(struct hf_engine_watch *watch)
{
    watch->owed = 0;
}

void hf_engine_watch_stop(struct hf_engine_watch *watch)
{
    if (watch->timer != 0)
        g_source_remove(watch->timer);
    *watch = (struct hf_engine_watch){ 0 };
}
