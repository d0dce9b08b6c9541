/* The forms of a record: see log_format.h. */
#include "daemon/log_format.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FACILITY_DAEMON (3 << 3)
/* Ours to choose: RFC 5424, section 7.2.2, wants the number of an enterprise; this is the one for
 * documentation (RFC 5612). */
#define STRUCTURED_ID   "holdfast@32473"

static const struct {
    const char *code;
    int priority;
    const char *category, *type, *id;
} events[HF_LOG_EVENT_COUNT] = {
#define HF_LOG_EVENT(name, code, priority, category, type, id)                                     \
    { code, priority, category, type, id },
#include "daemon/log_events.def"
#undef HF_LOG_EVENT
};

static const struct {
    const char *journal, *ecs, *syslog;
} fields[HF_LOG_FIELD_COUNT] = {
#define HF_LOG_FIELD(name, journal, ecs, syslog) { journal, ecs, syslog },
#include "daemon/log_fields.def"
#undef HF_LOG_FIELD
};

const char *hf_log_event_code(enum hf_log_event event)
{
    return events[event].code;
}

int hf_log_priority(enum hf_log_event event)
{
    return events[event].priority;
}

/* What people read first: the event, and what names it. */
static char *message_of(const struct hf_log_record *record)
{
    const char *given = record->values[HF_LOG_FIELD_MESSAGE];
    const char *subject = record->values[HF_LOG_FIELD_PROFILE];
    const char *code = record->values[HF_LOG_FIELD_CODE];
    char *text, *clean;

    if (given != NULL)
        text = g_strdup(given);
    else
        text = g_strconcat(events[record->event].code, subject == NULL ? "" : ": ",
                           subject == NULL ? "" : subject, code == NULL ? "" : ": ",
                           code == NULL ? "" : code, NULL);
    clean = g_utf8_make_valid(text, -1);
    g_free(text);
    return clean;
}

/* --- journald --------------------------------------------------------------------------------- */
static void append_field(GByteArray *out, const char *name, const char *value)
{
    guint64 length = GUINT64_TO_LE(strlen(value));

    g_byte_array_append(out, (const guint8 *)name, (guint)strlen(name));
    g_byte_array_append(out, (const guint8 *)"\n", 1);
    g_byte_array_append(out, (const guint8 *)&length, sizeof length);
    g_byte_array_append(out, (const guint8 *)value, (guint)strlen(value));
    g_byte_array_append(out, (const guint8 *)"\n", 1);
}

GByteArray *hf_log_format_journal(const struct hf_log_record *record)
{
    GByteArray *out = g_byte_array_new();
    char priority[] = { (char)('0' + events[record->event].priority), '\0' };
    char *message = message_of(record);

    append_field(out, "MESSAGE", message);
    append_field(out, "MESSAGE_ID", events[record->event].id);
    append_field(out, "PRIORITY", priority);
    append_field(out, "SYSLOG_IDENTIFIER", "holdfastd");
    append_field(out, "HOLDFAST_EVENT", events[record->event].code);
    for (size_t i = 0; i < HF_LOG_FIELD_COUNT; i++) {
        if (i != HF_LOG_FIELD_MESSAGE && record->values[i] != NULL)
            append_field(out, fields[i].journal, record->values[i]);
    }
    g_free(message);
    return out;
}

/* --- syslog ----------------------------------------------------------------------------------- */
/* RFC 5424, section 6.3.3: '"', '\' and ']' are escaped; we let no control character through. */
static void append_parameter(GString *out, const char *name, const char *value)
{
    char *valid = g_utf8_make_valid(value, -1);

    g_string_append_printf(out, " %s=\"", name);
    for (const char *at = valid; *at != '\0'; at++) {
        if (strchr("\"\\]", *at) != NULL)
            g_string_append_c(out, '\\');
        g_string_append_c(out, (guchar)*at < 0x20 || *at == 0x7f ? '?' : *at);
    }
    g_string_append_c(out, '"');
    g_free(valid);
}

static void append_message(GString *out, const struct hf_log_record *record)
{
    char *message = message_of(record);

    for (char *at = message; *at != '\0'; at++) {
        if ((guchar)*at < 0x20 || *at == 0x7f)
            *at = '?';
    }
    g_string_append(out, message);
    g_free(message);
}

static char *time_text(gint64 microseconds)
{
    GDateTime *whole = g_date_time_new_from_unix_utc(microseconds / G_USEC_PER_SEC);
    char *seconds = g_date_time_format(whole, "%Y-%m-%dT%H:%M:%S");
    char *text = g_strdup_printf("%s.%06dZ", seconds, (int)(microseconds % G_USEC_PER_SEC));

    g_free(seconds);
    g_date_time_unref(whole);
    return text;
}

char *hf_log_format_syslog(const struct hf_log_record *record, gint64 microseconds)
{
    GString *out = g_string_new(NULL);
    char *when = time_text(microseconds);

    g_string_append_printf(out, "<%d>1 %s %s holdfastd %d %s [" STRUCTURED_ID,
                           FACILITY_DAEMON | events[record->event].priority, when,
                           g_get_host_name(), (int)getpid(), events[record->event].code);
    for (size_t i = 0; i < HF_LOG_FIELD_COUNT; i++) {
        if (i != HF_LOG_FIELD_MESSAGE && record->values[i] != NULL)
            append_parameter(out, fields[i].syslog, record->values[i]);
    }
    g_string_append(out, "] ");
    append_message(out, record);
    g_free(when);
    return g_string_free(out, FALSE);
}

/* --- ECS -------------------------------------------------------------------------------------- */
static json_t *text_value(const char *text)
{
    char *valid = g_utf8_make_valid(text, -1);
    json_t *value = json_string(valid);

    g_free(valid);
    return value;
}

static json_t *ecs_object(const struct hf_log_record *record, const char *when)
{
    bool failed = record->values[HF_LOG_FIELD_CODE] != NULL;
    char *message = message_of(record);
    json_t *object =
        json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "v", 1, "@timestamp", when,
                  "ecs.version", "8.11", "event.kind", "event", "event.category",
                  events[record->event].category, "event.type", events[record->event].type,
                  "event.outcome", failed ? "failure" : "success", "event.code",
                  events[record->event].code, "service.name", "holdfast", "message", message);

    for (size_t i = 0; i < HF_LOG_FIELD_COUNT; i++) {
        if (i != HF_LOG_FIELD_MESSAGE && record->values[i] != NULL)
            (void)json_object_set_new(object, fields[i].ecs, text_value(record->values[i]));
    }
    g_free(message);
    return object;
}

char *hf_log_format_ecs(const struct hf_log_record *record, gint64 microseconds)
{
    char *when = time_text(microseconds);
    json_t *object = ecs_object(record, when);
    char *text = json_dumps(object, JSON_COMPACT);

    json_decref(object);
    g_free(when);
    return text;
}
