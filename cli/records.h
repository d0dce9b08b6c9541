/* The daemon's files of what happened, line by line. */
#ifndef HF_CLI_RECORDS_H
#define HF_CLI_RECORDS_H

#include "session.h"

#include <sys/types.h>

/* Opens "events", "trace", or the file before it ("events.1"). HF_ERR_NOT_FOUND: there is none. The
 * caller closes it. */
hf_status hf_records_open(struct hf_session *session, const char *which, int *out_fd,
                          struct hf_fault *out_fault) HF_MUST_USE;
/* Calls `visit` for each whole line from `*at` on that is an object, and moves `*at` behind it. */
typedef void hf_records_visit_fn(void *context, const json_t *record);
void hf_records_read(int fd, off_t *at, hf_records_visit_fn *visit, void *context);

#endif
