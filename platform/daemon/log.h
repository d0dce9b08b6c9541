/* The record of what happened, for people and for a SIEM: each event goes to journald, to syslog
 * (RFC 5424) where a policy names its socket, and to a file of ECS JSON lines that rotates. Values
 * may be anybody's bytes: every sink escapes them. Secrets never come here. */
#ifndef HF_DAEMON_LOG_H
#define HF_DAEMON_LOG_H

#include "base/bytes.h"
#include "base/fault.h"

#include <stdint.h>

enum hf_log_event {
#define HF_LOG_EVENT(name, code, priority, category, type, id) HF_LOG_##name,
#include "daemon/log_events.def"
#undef HF_LOG_EVENT
    HF_LOG_EVENT_COUNT,
};

enum hf_log_field {
#define HF_LOG_FIELD(name, journal, ecs, syslog) HF_LOG_FIELD_##name,
#include "daemon/log_fields.def"
#undef HF_LOG_FIELD
    HF_LOG_FIELD_COUNT,
};

/* A value for each field, or NULL; borrowed for the call. */
struct hf_log_record {
    enum hf_log_event event;
    const char *values[HF_LOG_FIELD_COUNT];
};

struct hf_log;

struct hf_log_sinks {
    const char *journal;   /* journald's socket; NULL: none */
    const char *directory; /* of events.jsonl and its older brothers; NULL: none */
};

/* Never fails: a sink that is not there is left out, and tried again with the next record. The
 * strings are copied. */
struct hf_log *hf_log_new(const struct hf_log_sinks *sinks);
void hf_log_free(struct hf_log *log);
/* The socket of a syslog daemon from now on; NULL or "": none. */
void hf_log_set_syslog(struct hf_log *log, const char *socket);
/* Records of a lower priority than this (a higher number) are left out: 3 error … 7 debug. */
void hf_log_set_level(struct hf_log *log, int priority);
void hf_log_write(struct hf_log *log, const struct hf_log_record *record);
/* The same to one who watches: as the JSON object of the file. The caller frees it. */
char *hf_log_json(const struct hf_log_record *record);

/* Fills in what a fault says. */
void hf_log_set_fault(struct hf_log_record *record, const struct hf_fault *fault);
const char *hf_log_event_code(enum hf_log_event event);

#endif
