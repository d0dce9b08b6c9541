/* Where traces go: run/trace.jsonl, one JSON object a line, tagged with the process it came from;
 * two files of bounded size, the older one with ".1" behind its name. */
#ifndef HF_DAEMON_TRACE_LOG_H
#define HF_DAEMON_TRACE_LOG_H

#include "base/trace.h"

struct hf_trace_log;

/* Never fails: where no file can be written, nothing is kept. */
struct hf_trace_log *hf_trace_log_new(const char *path);
void hf_trace_log_free(struct hf_trace_log *log);
/* `process` is a literal; the record's texts may be anybody's, its keys need to live only for the
 * call. */
void hf_trace_log_write(struct hf_trace_log *log, const char *process,
                        const struct hf_trace_record *record);
/* Moves all there is in the ring. */
void hf_trace_log_drain(struct hf_trace_log *log, const char *process, struct hf_trace *trace);

#endif
