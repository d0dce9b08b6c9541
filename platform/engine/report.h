/* What the engine tells holdfastd (ipc/engine_protocol.h). */
#ifndef HF_ENGINE_REPORT_H
#define HF_ENGINE_REPORT_H

#include "ipc/engine_protocol.h"

/* Each sends one message. A daemon that takes nothing for a second counts as gone:
 * HF_ERR_NO_DAEMON. */
hf_status hf_report_ready(int daemon) HF_MUST_USE;
hf_status hf_report_echoed(int daemon) HF_MUST_USE;
hf_status hf_report_event(int daemon, const struct hf_attempt_event *event) HF_MUST_USE;
hf_status hf_report_counters(int daemon, const struct hf_engine_counters *counters) HF_MUST_USE;
/* `fds`: profile, secrets, report; none where the status is not HF_OK. */
hf_status hf_report_imported(int daemon, const struct hf_fault *fault, const int *fds,
                             size_t fd_count) HF_MUST_USE;
/* A trace that the daemon has no room for is dropped. */
void hf_report_trace(int daemon, const struct hf_trace_record *record);

#endif
