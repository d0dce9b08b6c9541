/* The sinks: see log.h. */
#include "daemon/log.h"

#include "daemon/log_format.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define FILE_MAX    (5 * 1024 * 1024)
#define OLDER_FILES 4
#define LEVEL_INFO  6

struct hf_log {
    char *journal, *syslog, *file;
    int socket, level;
};

struct hf_log *hf_log_new(const struct hf_log_sinks *sinks)
{
    struct hf_log *log = g_new0(struct hf_log, 1);

    log->level = LEVEL_INFO;
    log->journal = g_strdup(sinks->journal);
    if (sinks->directory != NULL) {
        (void)mkdir(sinks->directory, 0700);
        log->file = g_build_filename(sinks->directory, "events.jsonl", NULL);
    }
    log->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return log;
}

void hf_log_free(struct hf_log *log)
{
    if (log == NULL)
        return;
    if (log->socket >= 0)
        close(log->socket);
    g_free(log->journal);
    g_free(log->syslog);
    g_free(log->file);
    g_free(log);
}

void hf_log_set_syslog(struct hf_log *log, const char *socket)
{
    g_free(log->syslog);
    log->syslog = socket == NULL || socket[0] == '\0' ? NULL : g_strdup(socket);
}

void hf_log_set_level(struct hf_log *log, int priority)
{
    log->level = priority;
}

/* A sink that is away or full loses the record: logging never holds up a tunnel. */
static void send_to(const struct hf_log *log, const char *path, const void *data, size_t length)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if (path == NULL || strlen(path) >= sizeof address.sun_path)
        return;
    memcpy(address.sun_path, path, strlen(path) + 1);
    (void)sendto(log->socket, data, length, MSG_NOSIGNAL, (const struct sockaddr *)&address,
                 sizeof address);
}

/* --- the file --------------------------------------------------------------------------------- */
static void rotate(const struct hf_log *log)
{
    for (int n = OLDER_FILES; n > 0; n--) {
        char *to = g_strdup_printf("%s.%d", log->file, n);
        char *from = n == 1 ? g_strdup(log->file) : g_strdup_printf("%s.%d", log->file, n - 1);

        (void)rename(from, to);
        g_free(from);
        g_free(to);
    }
}

/* Opened for each line: events are rare, and the folder is not held busy. */
static void write_line(const struct hf_log *log, const char *line)
{
    char *whole = g_strconcat(line, "\n", NULL);
    struct stat st;
    int fd = -1;

    if (log->file != NULL)
        fd = open(log->file, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0) {
        (void)!write(fd, whole, strlen(whole));
        if (fstat(fd, &st) == 0 && st.st_size >= FILE_MAX)
            rotate(log);
        close(fd);
    }
    g_free(whole);
}

/* --- records ---------------------------------------------------------------------------------- */
void hf_log_write(struct hf_log *log, const struct hf_log_record *record)
{
    gint64 now = g_get_real_time();
    GByteArray *entry;
    char *text;

    if (log == NULL || hf_log_priority(record->event) > log->level)
        return;
    entry = hf_log_format_journal(record);
    send_to(log, log->journal, entry->data, entry->len);
    g_byte_array_unref(entry);
    if (log->syslog != NULL) {
        text = hf_log_format_syslog(record, now);
        send_to(log, log->syslog, text, strlen(text));
        g_free(text);
    }
    text = hf_log_format_ecs(record, now);
    if (text != NULL)
        write_line(log, text);
    free(text);
}

char *hf_log_json(const struct hf_log_record *record)
{
    return hf_log_format_ecs(record, g_get_real_time());
}

void hf_log_set_fault(struct hf_log_record *record, const struct hf_fault *fault)
{
    if (fault->status == HF_OK)
        return;
    record->values[HF_LOG_FIELD_CODE] = hf_status_code(fault->status);
    record->values[HF_LOG_FIELD_STAGE] = hf_stage_name(fault->stage);
    record->values[HF_LOG_FIELD_OFFERED] = fault->offered[0] == '\0' ? NULL : fault->offered;
    record->values[HF_LOG_FIELD_RECEIVED] = fault->received[0] == '\0' ? NULL : fault->received;
}
