/* The status in files: see status_files.h. */
#include "daemon/status_files.h"

#include "version.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Readers find the old file or the new one, never half of one. */
static void replace(const char *path, const char *text)
{
    char *fresh = g_strconcat(path, ".new", NULL);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    size_t length = strlen(text);
    bool done;

    if (fd >= 0) {
        done = fchmod(fd, 0644) == 0 && write(fd, text, length) == (ssize_t)length;
        close(fd);
        if (!done || rename(fresh, path) != 0)
            (void)unlink(fresh);
    }
    g_free(fresh);
}

void hf_status_file_write(const char *dir, const struct hf_chronicle_past *past,
                          const struct hf_driver_view *view)
{
    bool up = past->state == HF_CONN_CONNECTED;
    json_t *object = json_pack(
        "{s:i, s:s, s:s, s:b, s:b, s:b, s:s, s:I, s:s?, s:s?}", "v", 1, "version", HF_VERSION,
        "state", hf_conn_state_name(past->state), "connected", up, "blocking", past->blocking,
        "wanted", view->status.wanted, "kill_switch", hf_lock_mode_name(view->status.lock), "since",
        (json_int_t)past->since, "code", past->fault == HF_OK ? NULL : hf_status_code(past->fault),
        "grade", up ? hf_grade_name(view->grade) : NULL);
    char *text = json_dumps(object, JSON_COMPACT);
    char *path = g_build_filename(dir, "status.json", NULL);

    if (text != NULL)
        replace(path, text);
    g_free(path);
    free(text);
    json_decref(object);
}

void hf_metrics_file_write(const char *path, const struct hf_chronicle_past *past,
                           const struct hf_driver_view *view)
{
    const struct hf_engine_counters *c = &view->counters;
    GString *text = g_string_new(NULL);

    g_string_append_printf(
        text,
        "# TYPE holdfast_up gauge\nholdfast_up %d\n"
        "# TYPE holdfast_blocking gauge\nholdfast_blocking %d\n"
        "# TYPE holdfast_state_since_seconds gauge\nholdfast_state_since_seconds %" PRId64 "\n"
        "# TYPE holdfast_rx_bytes_total counter\nholdfast_rx_bytes_total %" PRIu64 "\n"
        "# TYPE holdfast_tx_bytes_total counter\nholdfast_tx_bytes_total %" PRIu64 "\n"
        "# TYPE holdfast_reconnects_total counter\nholdfast_reconnects_total %u\n",
        past->state == HF_CONN_CONNECTED, past->blocking, past->since, c->octets_in, c->octets_out,
        past->reconnects);
    if (past->fault != HF_OK)
        g_string_append_printf(text,
                               "# TYPE holdfast_last_error gauge\n"
                               "holdfast_last_error{code=\"%s\"} 1\n",
                               hf_status_code(past->fault));
    replace(path, text->str);
    g_string_free(text, TRUE);
}
