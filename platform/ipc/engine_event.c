/* Events of an attempt as message bodies: see engine_protocol.h. Keys have no encoding: child SAs
 * stay inside the engine. */
#include "ipc/engine_protocol.h"

#include "ipc/netd_protocol.h"
#include "ipc/values.h"

#include <string.h>

#define EVENT_TYPES (HF_ATTEMPT_ENDED + 1)

static void write_summary(hf_writer *w, const struct hf_attempt_summary *summary)
{
    hf_ipc_write_address(w, &summary->gateway);
    hf_ipc_write_text(w, summary->gateway_identity);
    hf_ipc_write_text(w, summary->ike_suite);
    hf_ipc_write_text(w, summary->esp_suite);
    hf_ipc_write_text(w, summary->authentication);
    hf_write_u16(w, summary->ke);
    hf_write_u64(w, summary->rtt);
    hf_ipc_write_bool(w, summary->behind_nat);
    hf_write_u32(w, summary->round_trips);
}

static bool read_summary(hf_reader *r, struct hf_attempt_summary *summary)
{
    uint32_t round_trips;

    if (!hf_ipc_read_address(r, &summary->gateway) ||
        !hf_ipc_read_text(r, summary->gateway_identity, sizeof summary->gateway_identity) ||
        !hf_ipc_read_text(r, summary->ike_suite, sizeof summary->ike_suite) ||
        !hf_ipc_read_text(r, summary->esp_suite, sizeof summary->esp_suite) ||
        !hf_ipc_read_text(r, summary->authentication, sizeof summary->authentication) ||
        !hf_read_u16(r, &summary->ke) || !hf_read_u64(r, &summary->rtt) ||
        !hf_ipc_read_bool(r, &summary->behind_nat) || !hf_read_u32(r, &round_trips))
        return false;
    summary->round_trips = round_trips;
    return true;
}

void hf_engine_event_encode(hf_writer *w, const struct hf_attempt_event *event)
{
    hf_ipc_write_below(w, event->type, EVENT_TYPES);
    switch (event->type) {
    case HF_ATTEMPT_STATE:
        hf_ipc_write_below(w, event->state, HF_CONN_STATE_COUNT);
        break;
    case HF_ATTEMPT_GATEWAY:
        hf_ipc_write_address(w, &event->gateway);
        hf_write_u16(w, event->gateway_ports[0]);
        hf_write_u16(w, event->gateway_ports[1]);
        break;
    case HF_ATTEMPT_INSTALL:
        hf_plan_encode(w, &event->plan);
        break;
    case HF_ATTEMPT_SUMMARY:
        write_summary(w, &event->summary);
        break;
    case HF_ATTEMPT_PROOF:
        hf_write_u64(w, event->at);
        break;
    case HF_ATTEMPT_TRAFFIC:
        hf_ipc_write_bool(w, event->is_one_way);
        break;
    case HF_ATTEMPT_SECRET_WANTED:
        hf_ipc_write_below(w, event->secret, HF_SECRET_NAME_COUNT);
        break;
    case HF_ATTEMPT_ENDED:
        hf_fault_encode(w, &event->fault);
        break;
    case HF_ATTEMPT_CHILD_ADD:
    case HF_ATTEMPT_CHILD_SEND:
    case HF_ATTEMPT_CHILD_REMOVE:
        HF_ASSERT(false); /* their keys stay inside the engine */
    }
}

static bool read_state(hf_reader *r, enum hf_conn_state *out)
{
    size_t state;

    if (!hf_ipc_read_below(r, HF_CONN_STATE_COUNT, &state))
        return false;
    *out = (enum hf_conn_state)state;
    return true;
}

static bool read_gateway(hf_reader *r, struct hf_attempt_event *event)
{
    return hf_ipc_read_address(r, &event->gateway) && hf_read_u16(r, &event->gateway_ports[0]) &&
           hf_read_u16(r, &event->gateway_ports[1]);
}

static bool read_secret(hf_reader *r, enum hf_secret_name *out)
{
    size_t name;

    if (!hf_ipc_read_below(r, HF_SECRET_NAME_COUNT, &name))
        return false;
    *out = (enum hf_secret_name)name;
    return true;
}

static bool read_content(hf_reader *r, struct hf_attempt_event *event)
{
    switch (event->type) {
    case HF_ATTEMPT_STATE:
        return read_state(r, &event->state);
    case HF_ATTEMPT_GATEWAY:
        return read_gateway(r, event);
    case HF_ATTEMPT_INSTALL:
        return hf_plan_decode(r, &event->plan) == HF_OK;
    case HF_ATTEMPT_SUMMARY:
        return read_summary(r, &event->summary);
    case HF_ATTEMPT_PROOF:
        return hf_read_u64(r, &event->at);
    case HF_ATTEMPT_TRAFFIC:
        return hf_ipc_read_bool(r, &event->is_one_way);
    case HF_ATTEMPT_SECRET_WANTED:
        return read_secret(r, &event->secret);
    case HF_ATTEMPT_ENDED:
        return hf_fault_decode(r, &event->fault) == HF_OK;
    case HF_ATTEMPT_CHILD_ADD:
    case HF_ATTEMPT_CHILD_SEND:
    case HF_ATTEMPT_CHILD_REMOVE:
        break;
    }
    return false;
}

hf_status hf_engine_event_decode(hf_reader *r, struct hf_attempt_event *out)
{
    struct hf_attempt_event event;
    size_t type;

    memset(&event, 0, sizeof event);
    if (!hf_ipc_read_below(r, EVENT_TYPES, &type))
        return HF_ERR_MALFORMED;
    event.type = (enum hf_attempt_event_type)type;
    if (!read_content(r, &event))
        return HF_ERR_MALFORMED;
    *out = event;
    return HF_OK;
}
