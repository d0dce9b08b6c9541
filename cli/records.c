/* The daemon's files of what happened: see records.h. */
#include "records.h"

#include "ipc/names.h"

#include <string.h>
#include <unistd.h>

#define LINE_MAX_OCTETS (256 * 1024)

hf_status hf_records_open(struct hf_session *session, const char *which, int *out_fd,
                          struct hf_fault *out_fault)
{
    static const struct hf_client_target manager = { HF_BUS_PATH, HF_BUS_INTERFACE };
    GUnixFDList *fds = NULL;
    GVariant *reply;
    hf_status status =
        hf_client_call_on(hf_session_client(session), &manager, "OpenLog",
                          g_variant_new("(s)", which), NULL, &reply, &fds, out_fault);

    if (status != HF_OK)
        return status;
    g_variant_unref(reply);
    *out_fd = fds == NULL ? -1 : g_unix_fd_list_get(fds, 0, NULL);
    g_clear_object(&fds);
    if (*out_fd >= 0)
        return HF_OK;
    *out_fault = hf_fault_make(HF_ERR_MALFORMED, HF_STAGE_NONE);
    return HF_ERR_MALFORMED;
}

static void visit_line(const char *line, size_t length, hf_records_visit_fn *visit, void *context)
{
    json_t *record = json_loadb(line, length, 0, NULL);

    if (json_is_object(record))
        visit(context, record);
    json_decref(record);
}

void hf_records_read(int fd, off_t *at, hf_records_visit_fn *visit, void *context)
{
    char *chunk = g_malloc(LINE_MAX_OCTETS);
    ssize_t got;

    while ((got = pread(fd, chunk, LINE_MAX_OCTETS, *at)) > 0) {
        const char *line = chunk, *end;
        size_t left = (size_t)got;

        while ((end = memchr(line, '\n', left)) != NULL) {
            visit_line(line, (size_t)(end - line), visit, context);
            left -= (size_t)(end + 1 - line);
            line = end + 1;
        }
        if (line == chunk)
            break; /* the last line is being written */
        *at += line - chunk;
    }
    g_free(chunk);
}
