/* The trace ring: see trace.h. */
#include "base/trace.h"

#include <string.h>

static const char *const names[] = {
#define HF_TRACE(name, text) text,
#include "base/trace.def"
#undef HF_TRACE
};

const char *hf_trace_event_name(enum hf_trace_event event)
{
    HF_ASSERT((size_t)event < HF_ARRAY_LEN(names));
    return names[event];
}

struct hf_trace_field hf_trace_number(const char *key, uint64_t number)
{
    return (struct hf_trace_field){ .key = key, .number = number };
}

struct hf_trace_field hf_trace_bytes(const char *key, hf_bytes bytes)
{
    struct hf_trace_field field = { .key = key, .is_text = true };
    size_t len = bytes.len < HF_TRACE_TEXT_MAX ? bytes.len : HF_TRACE_TEXT_MAX - 1;

    hf_copy(field.text, bytes.data, len);
    return field;
}

struct hf_trace_field hf_trace_text(const char *key, const char *text)
{
    return hf_trace_bytes(key, hf_bytes_of_string(text));
}

void hf_trace_add(struct hf_trace *trace, hf_time at, enum hf_trace_event event,
                  const struct hf_trace_field *fields, size_t count)
{
    struct hf_trace_record *record;

    if (trace == NULL)
        return;
    if (trace->count == HF_TRACE_RING) {
        trace->first = (trace->first + 1) % HF_TRACE_RING;
        trace->count--;
        trace->lost++;
    }
    record = &trace->records[(trace->first + trace->count) % HF_TRACE_RING];
    trace->count++;
    memset(record, 0, sizeof *record);
    record->at = at;
    record->event = event;
    for (size_t i = 0; i < count && i < HF_TRACE_FIELDS; i++)
        record->fields[i] = fields[i];
}

bool hf_trace_next(struct hf_trace *trace, struct hf_trace_record *out)
{
    if (trace->count == 0)
        return false;
    *out = trace->records[trace->first];
    trace->first = (trace->first + 1) % HF_TRACE_RING;
    trace->count--;
    return true;
}
