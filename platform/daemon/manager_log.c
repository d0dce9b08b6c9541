/* The daemon's own files of what happened, for who may look after this computer: they are handed
 * over as descriptors, because nobody else can open them. */
#include "daemon/call.h"
#include "ipc/names.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

hf_call_handler_fn hf_manager_open_log;

static const struct {
    const char *name;
    bool in_run; /* else in var */
    const char *file;
} files[] = {
    {"events",    false, "log/events.jsonl"  },
    { "events.1", false, "log/events.jsonl.1"},
    { "trace",    true,  HF_TRACE_NAME       },
    { "trace.1",  true,  HF_TRACE_NAME ".1"  },
};

static hf_status open_file(const struct hf_instance *instance, size_t n, int *out_fd)
{
    char path[HF_PATH_MAX];
    hf_status status =
        hf_instance_path(files[n].in_run ? instance->run : instance->var, files[n].file, path);
    int fd = status == HF_OK ? open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1;

    if (status == HF_OK && fd < 0)
        status = HF_ERR_NOT_FOUND; /* nothing happened yet */
    *out_fd = fd;
    return status;
}

void hf_manager_open_log(struct hf_call *call)
{
    hf_status status = HF_ERR_USAGE;
    const char *name;
    int fd = -1;

    g_variant_get(call->arguments, "(&s)", &name);
    for (size_t n = 0; n < HF_ARRAY_LEN(files); n++) {
        if (strcmp(files[n].name, name) == 0)
            status = open_file(call->manager->instance, n, &fd);
    }
    if (status != HF_OK) {
        hf_call_answer(call, status, name);
        return;
    }
    hf_call_return_fd(call, g_variant_new("(h)", 0), fd);
    close(fd);
}
