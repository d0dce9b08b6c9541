/* Messages to holdfastd: see report.h. */
#include "engine/report.h"

#include "ipc/values.h"

#include <poll.h>

#define PATIENCE_MS 1000

static hf_status send_message(int daemon, const struct hf_ipc_message *message)
{
    struct pollfd writable = { .fd = daemon, .events = POLLOUT };
    hf_status status = hf_ipc_send(daemon, message);

    if (status == HF_ERR_BUSY && poll(&writable, 1, PATIENCE_MS) == 1)
        status = hf_ipc_send(daemon, message);
    return status == HF_ERR_BUSY ? HF_ERR_NO_DAEMON : status;
}

static hf_status send_body(int daemon, enum hf_engine_message type, const hf_writer *w)
{
    struct hf_ipc_message message = { .type = (uint16_t)type };

    if (!hf_writer_finish(w, &message.body))
        return HF_ERR_TOO_LARGE;
    return send_message(daemon, &message);
}

hf_status hf_report_ready(int daemon)
{
    return send_message(daemon, &(struct hf_ipc_message){ .type = HF_ENGINE_READY });
}

hf_status hf_report_echoed(int daemon)
{
    return send_message(daemon, &(struct hf_ipc_message){ .type = HF_ENGINE_ECHOED });
}

hf_status hf_report_event(int daemon, const struct hf_attempt_event *event)
{
    static uint8_t body[HF_IPC_BODY_MAX]; /* of the control thread alone */
    hf_writer w = hf_writer_of(body, sizeof body);

    hf_engine_event_encode(&w, event);
    return send_body(daemon, HF_ENGINE_EVENT, &w);
}

hf_status hf_report_counters(int daemon, const struct hf_engine_counters *counters)
{
    uint8_t body[256];
    hf_writer w = hf_writer_of(body, sizeof body);

    hf_engine_counters_encode(&w, counters);
    return send_body(daemon, HF_ENGINE_COUNTERS, &w);
}

hf_status hf_report_imported(int daemon, const struct hf_fault *fault, const int *fds,
                             size_t fd_count)
{
    uint8_t body[2 * HF_FAULT_TEXT_MAX + 64];
    hf_writer w = hf_writer_of(body, sizeof body);
    struct hf_ipc_message message = { .type = HF_ENGINE_IMPORTED, .fd_count = fd_count };

    HF_ASSERT(fd_count <= HF_IPC_FDS_MAX);
    for (size_t i = 0; i < fd_count; i++)
        message.fds[i] = fds[i];
    hf_ipc_write_status(&w, fault->status);
    hf_fault_encode(&w, fault);
    if (!hf_writer_finish(&w, &message.body))
        return HF_ERR_TOO_LARGE;
    return send_message(daemon, &message);
}

void hf_report_trace(int daemon, const struct hf_trace_record *record)
{
    uint8_t body[2048];
    hf_writer w = hf_writer_of(body, sizeof body);
    struct hf_ipc_message message = { .type = HF_ENGINE_TRACE };
    hf_status status;

    hf_engine_trace_encode(&w, record);
    if (!hf_writer_finish(&w, &message.body))
        return;
    status = hf_ipc_send(daemon, &message);
    (void)status;
}
