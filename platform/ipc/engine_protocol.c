/* Bodies of the engine's messages but its events: see engine_protocol.h; events are
 * engine_event.c. */
#include "ipc/engine_protocol.h"

#include "ipc/values.h"

/* What is written here must be what is read below: a list is a count and its entries. */
void hf_engine_hints_encode(hf_writer *w, const struct hf_attempt_hints *hints)
{
    hf_ipc_write_below(w, hints->resolver_count, HF_ARRAY_LEN(hints->resolvers) + 1);
    for (size_t i = 0; i < hints->resolver_count; i++)
        hf_ipc_write_endpoint(w, &hints->resolvers[i]);
    hf_ipc_write_below(w, hints->last_good_count, HF_ARRAY_LEN(hints->last_good) + 1);
    for (size_t i = 0; i < hints->last_good_count; i++)
        hf_ipc_write_address(w, &hints->last_good[i]);
    hf_write_u16(w, hints->last_ke);
    hf_write_u64(w, hints->rtt);
    hf_ipc_write_address(w, &hints->local);
    hf_write_u16(w, hints->local_port);
    hf_write_u16(w, hints->path_mtu);
    hf_write_u64(w, (uint64_t)hints->wall_clock);
}

static bool read_resolvers(hf_reader *r, struct hf_attempt_hints *hints)
{
    if (!hf_ipc_read_below(r, HF_ARRAY_LEN(hints->resolvers) + 1, &hints->resolver_count))
        return false;
    for (size_t i = 0; i < hints->resolver_count; i++) {
        if (!hf_ipc_read_endpoint(r, &hints->resolvers[i]))
            return false;
    }
    return true;
}

static bool read_last_good(hf_reader *r, struct hf_attempt_hints *hints)
{
    if (!hf_ipc_read_below(r, HF_ARRAY_LEN(hints->last_good) + 1, &hints->last_good_count))
        return false;
    for (size_t i = 0; i < hints->last_good_count; i++) {
        if (!hf_ipc_read_address(r, &hints->last_good[i]))
            return false;
    }
    return true;
}

hf_status hf_engine_hints_decode(hf_reader *r, struct hf_attempt_hints *out)
{
    struct hf_attempt_hints hints = { 0 };
    uint64_t wall_clock;

    if (!read_resolvers(r, &hints) || !read_last_good(r, &hints) ||
        !hf_read_u16(r, &hints.last_ke) || !hf_read_u64(r, &hints.rtt) ||
        !hf_ipc_read_address(r, &hints.local) || !hf_read_u16(r, &hints.local_port) ||
        !hf_read_u16(r, &hints.path_mtu) || !hf_read_u64(r, &wall_clock))
        return HF_ERR_MALFORMED;
    hints.wall_clock = (hf_wall_clock)wall_clock;
    *out = hints;
    return HF_OK;
}

void hf_fault_encode(hf_writer *w, const struct hf_fault *fault)
{
    hf_ipc_write_status(w, fault->status);
    hf_ipc_write_below(w, fault->stage, HF_STAGE_TUNNEL + 1);
    hf_write_u32(w, fault->peer_code);
    hf_ipc_write_text(w, fault->offered);
    hf_ipc_write_text(w, fault->received);
}

hf_status hf_fault_decode(hf_reader *r, struct hf_fault *out)
{
    struct hf_fault fault = { 0 };
    size_t stage;

    if (!hf_ipc_read_status(r, &fault.status) ||
        !hf_ipc_read_below(r, HF_STAGE_TUNNEL + 1, &stage) || !hf_read_u32(r, &fault.peer_code) ||
        !hf_ipc_read_text(r, fault.offered, sizeof fault.offered) ||
        !hf_ipc_read_text(r, fault.received, sizeof fault.received))
        return HF_ERR_MALFORMED;
    fault.stage = (enum hf_stage)stage;
    *out = fault;
    return HF_OK;
}

void hf_engine_counters_encode(hf_writer *w, const struct hf_engine_counters *counters)
{
#define HF_ENGINE_COUNTER(name) hf_write_u64(w, counters->name);
#include "ipc/engine_counters.def"
#undef HF_ENGINE_COUNTER
}

hf_status hf_engine_counters_decode(hf_reader *r, struct hf_engine_counters *out)
{
    struct hf_engine_counters counters;

#define HF_ENGINE_COUNTER(name)                                                                    \
    if (!hf_read_u64(r, &counters.name))                                                           \
        return HF_ERR_MALFORMED;
#include "ipc/engine_counters.def"
#undef HF_ENGINE_COUNTER
    *out = counters;
    return HF_OK;
}

static size_t count_fields(const struct hf_trace_record *record)
{
    size_t count = 0;

    while (count < HF_TRACE_FIELDS && record->fields[count].key != NULL)
        count++;
    return count;
}

/* A field is its key with the NUL, so that the reader can borrow it; then a flag and its value. */
static void write_field(hf_writer *w, const struct hf_trace_field *field)
{
    hf_write_bytes(w, hf_bytes_of_string(field->key));
    hf_write_u8(w, 0);
    hf_ipc_write_bool(w, field->is_text);
    if (field->is_text)
        hf_ipc_write_text(w, field->text); /* of any octets: see read_octets */
    else
        hf_write_u64(w, field->number);
}

void hf_engine_trace_encode(hf_writer *w, const struct hf_trace_record *record)
{
    size_t count = count_fields(record);

    hf_write_u64(w, record->at);
    hf_ipc_write_below(w, record->event, HF_TRACE_COUNT);
    hf_ipc_write_below(w, count, HF_TRACE_FIELDS + 1);
    for (size_t i = 0; i < count; i++)
        write_field(w, &record->fields[i]);
}

/* What our literals consist of, and nothing that a sink must escape. */
static bool is_key_character(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

static bool read_key(hf_reader *r, const char **out)
{
    const char *key = (const char *)r->at;
    uint8_t c;

    for (size_t len = 0; len < HF_TRACE_TEXT_MAX; len++) {
        if (!hf_read_u8(r, &c))
            return false;
        if (c == 0) {
            *out = key;
            return len != 0;
        }
        if (!is_key_character(c))
            return false;
    }
    return false;
}

/* Traced text may hold a peer's bytes: anything but NUL. */
static bool read_octets(hf_reader *r, char text[HF_TRACE_TEXT_MAX])
{
    uint16_t length;
    hf_bytes bytes;

    if (!hf_read_u16(r, &length) || length >= HF_TRACE_TEXT_MAX ||
        !hf_read_bytes(r, length, &bytes))
        return false;
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.data[i] == 0)
            return false;
    }
    hf_copy(text, bytes.data, bytes.len);
    text[bytes.len] = '\0';
    return true;
}

static bool read_field(hf_reader *r, struct hf_trace_field *field)
{
    return read_key(r, &field->key) && hf_ipc_read_bool(r, &field->is_text) &&
           (field->is_text ? read_octets(r, field->text) : hf_read_u64(r, &field->number));
}

hf_status hf_engine_trace_decode(hf_reader *r, struct hf_trace_record *out)
{
    struct hf_trace_record record = { 0 };
    size_t event, count;

    if (!hf_read_u64(r, &record.at) || !hf_ipc_read_below(r, HF_TRACE_COUNT, &event) ||
        !hf_ipc_read_below(r, HF_TRACE_FIELDS + 1, &count))
        return HF_ERR_MALFORMED;
    record.event = (enum hf_trace_event)event;
    for (size_t i = 0; i < count; i++) {
        if (!read_field(r, &record.fields[i]))
            return HF_ERR_MALFORMED;
    }
    *out = record;
    return HF_OK;
}
