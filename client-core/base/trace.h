/* Traces: events with fields, kept in a bounded ring that the platform drains. The core formats
 * nothing but numbers and names; whoever drains the ring writes one JSON object a line and escapes
 * the values (they may be a peer's bytes). */
#ifndef HF_BASE_TRACE_H
#define HF_BASE_TRACE_H

#include "base/bytes.h"
#include "base/time.h"

enum hf_trace_event {
#define HF_TRACE(name, text) HF_TRACE_##name,
#include "base/trace.def"
#undef HF_TRACE
    HF_TRACE_COUNT
};

#define HF_TRACE_FIELDS   6
#define HF_TRACE_TEXT_MAX 80
#define HF_TRACE_RING     256

struct hf_trace_field {
    const char *key; /* a literal; NULL ends the list */
    uint64_t number;
    bool is_text;
    char text[HF_TRACE_TEXT_MAX]; /* NUL-terminated, cut where too long; may hold peer bytes */
};

struct hf_trace_record {
    hf_time at;
    enum hf_trace_event event;
    struct hf_trace_field fields[HF_TRACE_FIELDS];
};

/* A ring of the last HF_TRACE_RING records; the oldest are lost first and counted. */
struct hf_trace {
    struct hf_trace_record records[HF_TRACE_RING];
    size_t first;
    size_t count;
    uint64_t lost;
};

const char *hf_trace_event_name(enum hf_trace_event event);
/* Field makers: literal key, then a number, one of our own names, or bytes from anywhere. */
struct hf_trace_field hf_trace_number(const char *key, uint64_t number);
struct hf_trace_field hf_trace_text(const char *key, const char *text);
struct hf_trace_field hf_trace_bytes(const char *key, hf_bytes bytes);

/* Records an event; `trace` may be NULL. At most HF_TRACE_FIELDS fields are kept. */
void hf_trace_add(struct hf_trace *trace, hf_time at, enum hf_trace_event event,
                  const struct hf_trace_field *fields, size_t count);
#define HF_TRACE_EVENT(trace, at, event, ...)                                                      \
    hf_trace_add((trace), (at), (event), (const struct hf_trace_field[]){ __VA_ARGS__ },           \
                 sizeof((const struct hf_trace_field[]){ __VA_ARGS__ }) /                          \
                     sizeof(struct hf_trace_field))
/* Moves the oldest record to `*out`; false when there is none. */
bool hf_trace_next(struct hf_trace *trace, struct hf_trace_record *out);

#endif
