/* Tells the world what the connection does, whenever its status changes: events for the log, the
 * file run/status.json that everybody may read, and a text file for Prometheus where one is wanted.
 */
#ifndef HF_DAEMON_CHRONICLE_H
#define HF_DAEMON_CHRONICLE_H

#include "daemon/driver.h"
#include "daemon/log.h"

struct hf_chronicle;

/* Each event as well as JSON, to who watches. */
typedef void hf_chronicle_event_fn(void *context, const char *json);

struct hf_chronicle_parts {
    struct hf_log *log;  /* borrowed */
    const char *run;     /* folder of status.json */
    const char *metrics; /* NULL: none */
    hf_chronicle_event_fn *event;
    void *context;
};

/* The strings are borrowed. */
struct hf_chronicle *hf_chronicle_new(const struct hf_chronicle_parts *parts);
void hf_chronicle_free(struct hf_chronicle *chronicle);
/* The connection as it is now: what differs from the last time is told. */
void hf_chronicle_update(struct hf_chronicle *chronicle, const struct hf_driver_view *view);
/* An event that is not the connection's own. */
void hf_chronicle_tell(struct hf_chronicle *chronicle, const struct hf_log_record *record);

#endif
