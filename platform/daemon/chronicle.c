/* What the connection does, told: see chronicle.h. */
#include "daemon/chronicle.h"

#include "daemon/files.h"
#include "daemon/status_files.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

struct hf_chronicle {
    struct hf_chronicle_parts parts;
    struct hf_chronicle_past past;
    bool began;
};

struct hf_chronicle *hf_chronicle_new(const struct hf_chronicle_parts *parts)
{
    struct hf_chronicle *chronicle = g_new0(struct hf_chronicle, 1);

    chronicle->parts = *parts;
    chronicle->past.state = HF_CONN_DISCONNECTED;
    return chronicle;
}

void hf_chronicle_free(struct hf_chronicle *chronicle)
{
    g_free(chronicle);
}

void hf_chronicle_tell(struct hf_chronicle *chronicle, const struct hf_log_record *record)
{
    char *json;

    hf_log_write(chronicle->parts.log, record);
    if (chronicle->parts.event == NULL)
        return;
    json = hf_log_json(record);
    if (json != NULL)
        chronicle->parts.event(chronicle->parts.context, json);
    free(json);
}

/* --- one kind of event after the other ----------------------------------------------------------
 */
static bool is_rejection(hf_status status)
{
    return hf_status_exit(status) == hf_status_exit(HF_ERR_AUTH_REJECTED) ||
           hf_status_exit(status) == hf_status_exit(HF_ERR_PEER_AUTH);
}

static enum hf_log_event event_of(const struct hf_supervisor_status *status)
{
    switch (status->state) {
    case HF_CONN_CONNECTED:
        return HF_LOG_CONNECTED;
    case HF_CONN_DISCONNECTED:
        return HF_LOG_DISCONNECTED;
    case HF_CONN_PATH_LOST:
        return HF_LOG_PATH_LOST;
    case HF_CONN_BLOCKED:
        return HF_LOG_BLOCKED;
    case HF_CONN_FAILED:
    case HF_CONN_RECONNECTING:
        if (is_rejection(status->fault.status))
            return HF_LOG_AUTH_FAILED;
        return status->state == HF_CONN_FAILED ? HF_LOG_FAILED : HF_LOG_STATE;
    case HF_CONN_RESOLVING:
    case HF_CONN_HANDSHAKING:
    case HF_CONN_AUTHENTICATING:
    case HF_CONN_NEEDS_INPUT:
    case HF_CONN_INSTALLING:
    case HF_CONN_ASLEEP:
    case HF_CONN_PORTAL:
    case HF_CONN_DISCONNECTING:
    case HF_CONN_STATE_COUNT:
        break;
    }
    return HF_LOG_STATE;
}

static void tell(struct hf_chronicle *chronicle, enum hf_log_event event,
                 const struct hf_driver_view *view)
{
    const struct hf_supervisor_status *status = &view->status;
    const struct hf_attempt_summary *summary = &status->summary;
    struct hf_log_record record = { .event = event };
    char peer[HF_ADDRESS_TEXT_MAX];

    record.values[HF_LOG_FIELD_PROFILE] = status->profile[0] == '\0' ? NULL : status->profile;
    record.values[HF_LOG_FIELD_STATE] = hf_conn_state_name(status->state);
    hf_log_set_fault(&record, &status->fault);
    if (summary->gateway.family != HF_FAMILY_NONE) {
        record.values[HF_LOG_FIELD_PEER] = hf_address_format(&summary->gateway, peer);
        record.values[HF_LOG_FIELD_IDENTITY] = summary->gateway_identity;
        record.values[HF_LOG_FIELD_SUITE] = summary->ike_suite;
    }
    hf_chronicle_tell(chronicle, &record);
}

static void tell_weakness(struct hf_chronicle *chronicle, const struct hf_driver_view *view)
{
    GString *codes;
    struct hf_log_record record = { .event = HF_LOG_WEAK };

    if (view->status.state != HF_CONN_CONNECTED || view->grade < HF_GRADE_WEAK)
        return;
    codes = g_string_new(NULL);
    for (unsigned reason = 0; reason < HF_GRADE_REASON_COUNT; reason++) {
        if ((view->grade_reasons >> reason & 1) != 0)
            g_string_append_printf(codes, "%s%s", codes->len == 0 ? "" : " ",
                                   hf_grade_reason_code((enum hf_grade_reason)reason));
    }
    record.values[HF_LOG_FIELD_PROFILE] = view->status.profile;
    record.values[HF_LOG_FIELD_REASON] = codes->str;
    hf_chronicle_tell(chronicle, &record);
    g_string_free(codes, TRUE);
}

/* What makes two faults the same to who reads the log. */
static bool is_news(const struct hf_chronicle_past *past, const struct hf_supervisor_status *status)
{
    return past->state != status->state || past->fault != status->fault.status;
}

static void count(struct hf_chronicle_past *past, const struct hf_supervisor_status *status)
{
    if (past->state != status->state && status->state == HF_CONN_RECONNECTING)
        past->reconnects++;
    if (past->state != status->state)
        past->since = g_get_real_time() / G_USEC_PER_SEC;
    past->state = status->state;
    past->blocking = status->blocking;
    past->fault = status->fault.status;
}

void hf_chronicle_update(struct hf_chronicle *chronicle, const struct hf_driver_view *view)
{
    struct hf_chronicle_past *past = &chronicle->past;
    bool news = is_news(past, &view->status);
    bool unblocked = past->blocking && !view->status.blocking;

    if (chronicle->began && !news && past->blocking == view->status.blocking)
        return;
    chronicle->began = true;
    count(past, &view->status);
    if (news) {
        tell(chronicle, event_of(&view->status), view);
        tell_weakness(chronicle, view);
    }
    if (unblocked)
        tell(chronicle, HF_LOG_UNBLOCKED, view);
    hf_status_file_write(chronicle->parts.run, past, view);
    if (chronicle->parts.metrics != NULL)
        hf_metrics_file_write(chronicle->parts.metrics, past, view);
}
