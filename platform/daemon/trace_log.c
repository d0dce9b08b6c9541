/* The trace file: see trace_log.h. */
#include "daemon/trace_log.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX  (4 * 1024 * 1024)
#define QUEUE_MAX 512

struct entry {
    const char *process; /* a literal */
    struct hf_trace_record record;
    char keys[HF_TRACE_FIELDS][HF_TRACE_TEXT_MAX]; /* ours: a decoded record borrows its keys */
};

struct hf_trace_log {
    char *path, *older;
    int fd;
    off_t size;
    GQueue queue; /* of entries: the file is written when the loop is idle */
    guint idle;
};

static void open_file(struct hf_trace_log *log)
{
    struct stat file;

    log->fd = open(log->path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    log->size = log->fd >= 0 && fstat(log->fd, &file) == 0 ? file.st_size : 0;
}

struct hf_trace_log *hf_trace_log_new(const char *path)
{
    struct hf_trace_log *log = calloc(1, sizeof *log);

    if (log == NULL)
        return NULL;
    log->fd = -1;
    g_queue_init(&log->queue);
    if (asprintf(&log->path, "%s", path) < 0 || asprintf(&log->older, "%s.1", path) < 0) {
        hf_trace_log_free(log);
        return NULL;
    }
    open_file(log);
    return log;
}

static void rotate(struct hf_trace_log *log)
{
    close(log->fd);
    (void)rename(log->path, log->older);
    open_file(log);
}

/* Anybody's bytes: what is not printable ASCII becomes '?', so that the file stays text. */
static json_t *text_value(const char *text)
{
    char clean[HF_TRACE_TEXT_MAX];
    size_t i;

    for (i = 0; i + 1 < sizeof clean && text[i] != '\0'; i++)
        clean[i] = text[i] >= 0x20 && text[i] < 0x7f ? text[i] : '?';
    clean[i] = '\0';
    return json_string(clean);
}

static json_t *object_of(const char *process, const struct hf_trace_record *record)
{
    json_t *object = json_pack("{s:I, s:s, s:s}", "t", (json_int_t)record->at, "process", process,
                               "ev", hf_trace_event_name(record->event));

    for (size_t i = 0; i < HF_TRACE_FIELDS && record->fields[i].key != NULL; i++) {
        const struct hf_trace_field *field = &record->fields[i];

        if (json_object_get(object, field->key) != NULL)
            continue; /* an engine names its fields, but not who says it */
        json_object_set_new(object, field->key,
                            field->is_text ? text_value(field->text)
                                           : json_integer((json_int_t)field->number));
    }
    return object;
}

static void write_entry(struct hf_trace_log *log, const struct entry *entry)
{
    json_t *object;
    char *line;
    int written = 0;

    if (log->fd < 0)
        return;
    object = object_of(entry->process, &entry->record);
    line = json_dumps(object, JSON_COMPACT);
    if (line != NULL)
        written = dprintf(log->fd, "%s\n", line);
    log->size += written > 0 ? written : 0;
    free(line);
    json_decref(object);
    if (log->size >= FILE_MAX)
        rotate(log);
}

static void write_queue(struct hf_trace_log *log)
{
    struct entry *entry;

    while ((entry = g_queue_pop_head(&log->queue)) != NULL) {
        write_entry(log, entry);
        g_free(entry);
    }
}

static gboolean write_when_idle(gpointer data)
{
    struct hf_trace_log *log = data;

    log->idle = 0;
    write_queue(log);
    return G_SOURCE_REMOVE;
}

static struct entry *entry_new(const char *process, const struct hf_trace_record *record)
{
    struct entry *entry = g_new(struct entry, 1);

    entry->process = process;
    entry->record = *record;
    for (size_t i = 0; i < HF_TRACE_FIELDS && record->fields[i].key != NULL; i++) {
        g_strlcpy(entry->keys[i], record->fields[i].key, sizeof entry->keys[i]);
        entry->record.fields[i].key = entry->keys[i];
    }
    return entry;
}

void hf_trace_log_write(struct hf_trace_log *log, const char *process,
                        const struct hf_trace_record *record)
{
    if (log == NULL)
        return;
    if (g_queue_get_length(&log->queue) >= QUEUE_MAX)
        write_queue(log);
    g_queue_push_tail(&log->queue, entry_new(process, record));
    if (log->idle == 0)
        log->idle = g_idle_add_full(G_PRIORITY_LOW, write_when_idle, log, NULL);
}

void hf_trace_log_free(struct hf_trace_log *log)
{
    if (log == NULL)
        return;
    write_queue(log);
    if (log->idle != 0)
        g_source_remove(log->idle);
    if (log->fd >= 0)
        close(log->fd);
    free(log->path);
    free(log->older);
    free(log);
}

void hf_trace_log_drain(struct hf_trace_log *log, const char *process, struct hf_trace *trace)
{
    struct hf_trace_record record;

    while (hf_trace_next(trace, &record))
        hf_trace_log_write(log, process, &record);
}
