/* One record in the forms of the sinks. */
#ifndef HF_DAEMON_LOG_FORMAT_H
#define HF_DAEMON_LOG_FORMAT_H

#include "daemon/log.h"

#include <glib.h>

/* The native protocol of journald: values are length-prefixed, so that none can begin a field. */
GByteArray *hf_log_format_journal(const struct hf_log_record *record);
/* RFC 5424 with one structured element; `microseconds` since 1970. */
char *hf_log_format_syslog(const struct hf_log_record *record, gint64 microseconds);
/* One line of ECS JSON, without its line end. */
char *hf_log_format_ecs(const struct hf_log_record *record, gint64 microseconds);

int hf_log_priority(enum hf_log_event event);

#endif
