/* The status for who reads files: run/status.json (0644, for osquery and the like) and the text
 * format of Prometheus. Neither names a profile, a gateway or a user: everybody may read them. */
#ifndef HF_DAEMON_STATUS_FILES_H
#define HF_DAEMON_STATUS_FILES_H

#include "daemon/driver.h"

/* What was told last, and what was counted since the daemon started. */
struct hf_chronicle_past {
    enum hf_conn_state state;
    bool blocking;
    hf_status fault;
    unsigned reconnects;
    int64_t since; /* seconds since 1970 */
};

/* Replaces DIR/status.json by rename; a failure is nobody's loss but the reader's. */
void hf_status_file_write(const char *dir, const struct hf_chronicle_past *past,
                          const struct hf_driver_view *view);
void hf_metrics_file_write(const char *path, const struct hf_chronicle_past *past,
                           const struct hf_driver_view *view);

#endif
