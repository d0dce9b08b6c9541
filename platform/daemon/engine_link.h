/* One engine as the daemon sees it: a socket on which it talks. Everything it says is checked; one
 * message that cannot be read ends it. */
#ifndef HF_DAEMON_ENGINE_LINK_H
#define HF_DAEMON_ENGINE_LINK_H

#include "ipc/engine_protocol.h"

struct hf_engine_link;

/* What an import came to; the fds are the receiver's, -1 where none came. */
struct hf_engine_imported {
    hf_status status;
    struct hf_fault fault;
    int profile, secrets, report;
};

/* Any of these may free the link. NULL: not expected of this engine, and ends it. */
struct hf_engine_link_events {
    void (*ready)(void *context);
    void (*event)(void *context, const struct hf_attempt_event *event);
    void (*trace)(void *context, const struct hf_trace_record *record);
    void (*counters)(void *context, const struct hf_engine_counters *counters);
    void (*imported)(void *context, struct hf_engine_imported *imported);
    void (*echoed)(void *context);
    void (*gone)(void *context);
};

/* Takes `fd`. */
hf_status hf_engine_link_new(int fd, uint32_t pid, const struct hf_engine_link_events *events,
                             void *context, struct hf_engine_link **out) HF_MUST_USE;
void hf_engine_link_free(struct hf_engine_link *link);
uint32_t hf_engine_link_pid(const struct hf_engine_link *link);

/* The fds stay the caller's. */
hf_status hf_engine_link_send(struct hf_engine_link *link, enum hf_engine_message type,
                              hf_bytes body, const int *fds, size_t fd_count) HF_MUST_USE;

#endif
