/* holdfast logs: the events of this computer, and those to come. */
#include "output/json.h"
#include "output/text.h"
#include "records.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct reader {
    struct hf_cli *cli;
    struct hf_session *session;
    GDateTime *since; /* NULL: everything */
    int fd;           /* -1: none open */
    off_t at;
};

/* --- printing --------------------------------------------------------------------------------- */
static const char *text_in(const json_t *record, const char *key)
{
    const char *text = json_string_value(json_object_get(record, key));

    return text == NULL ? "" : text;
}

static bool is_wanted(const struct reader *reader, const json_t *record)
{
    GTimeZone *utc;
    GDateTime *when;
    bool wanted;

    if (reader->since == NULL)
        return true;
    utc = g_time_zone_new_utc();
    when = g_date_time_new_from_iso8601(text_in(record, "@timestamp"), utc);
    wanted = when != NULL && g_date_time_compare(when, reader->since) >= 0;
    if (when != NULL)
        g_date_time_unref(when);
    g_time_zone_unref(utc);
    return wanted;
}

static void print_record(void *context, const json_t *record)
{
    static const char *const keys[] = { "holdfast.profile", "holdfast.state", "error.code",
                                        "event.action",     "user.id",        "event.reason" };
    const struct reader *reader = context;

    if (!is_wanted(reader, record))
        return;
    if (reader->cli->json) {
        hf_json_print(json_incref((json_t *)record));
        return;
    }
    hf_text_print(stdout, text_in(record, "@timestamp"));
    fputs("  ", stdout);
    hf_text_print(stdout, text_in(record, "message"));
    for (size_t i = 0; i < HF_ARRAY_LEN(keys); i++) {
        if (text_in(record, keys[i])[0] == '\0')
            continue;
        printf("  %s=", keys[i]);
        hf_text_print(stdout, text_in(record, keys[i]));
    }
    putchar('\n');
}

/* --- files ------------------------------------------------------------------------------------ */
static bool is_same_file(int a, int b)
{
    struct stat first, second;

    return a >= 0 && fstat(a, &first) == 0 && fstat(b, &second) == 0 &&
           first.st_ino == second.st_ino && first.st_dev == second.st_dev;
}

/* The file may have been put aside for a new one: what is left of it comes first. */
static hf_status read_more(struct reader *reader, const char *which, struct hf_fault *fault)
{
    int fd;
    hf_status status = hf_records_open(reader->session, which, &fd, fault);

    if (status != HF_OK)
        return status;
    if (reader->fd >= 0)
        hf_records_read(reader->fd, &reader->at, print_record, reader);
    if (is_same_file(reader->fd, fd)) {
        close(fd);
    } else {
        if (reader->fd >= 0)
            close(reader->fd);
        reader->fd = fd;
        reader->at = 0;
        hf_records_read(reader->fd, &reader->at, print_record, reader);
    }
    (void)fflush(stdout);
    return HF_OK;
}

static void told(void *context, const json_t *event)
{
    struct hf_fault fault;

    (void)event;
    if (read_more(context, "events", &fault) != HF_OK)
        return; /* none yet, or the daemon goes, which ends the wait */
}

/* --- the verb --------------------------------------------------------------------------------- */
static bool never(const json_t *status)
{
    (void)status;
    return false;
}

static int read_all(struct reader *reader)
{
    struct hf_fault fault;
    hf_status status = read_more(reader, "events.1", &fault);

    if (status == HF_OK || status == HF_ERR_NOT_FOUND)
        status = read_more(reader, "events", &fault);
    return status == HF_OK || status == HF_ERR_NOT_FOUND ? 0 : hf_cli_report(reader->cli, &fault);
}

static GDateTime *since_of(const char *text)
{
    static const char units[] = "smhd";
    static const gint64 seconds[] = { 1, 60, 3600, 86400 };
    GDateTime *now = g_date_time_new_now_utc(), *since = NULL;
    GTimeZone *local = g_time_zone_new_local();
    char *end;
    guint64 count = g_ascii_strtoull(text, &end, 10);
    const char *unit = *end == '\0' || end[1] != '\0' ? NULL : strchr(units, *end);

    if (end != text && unit != NULL && count < 10000)
        since = g_date_time_add_seconds(now, -(gdouble)((gint64)count * seconds[unit - units]));
    else
        since = g_date_time_new_from_iso8601(text, local);
    g_date_time_unref(now);
    g_time_zone_unref(local);
    return since;
}

static int read_logs(struct hf_cli *cli, struct hf_session *session)
{
    const char *since = hf_cli_value(cli, "--since");
    struct reader reader = { .cli = cli, .session = session, .fd = -1 };
    int exit;

    reader.since = since == NULL ? NULL : since_of(since);
    hf_session_tell(session, told, told, &reader);
    exit = read_all(&reader);
    if (exit == 0 && hf_cli_value(cli, "--follow") != NULL)
        exit = hf_session_report_end(cli, hf_session_wait(session, never, 0));
    hf_session_tell(session, NULL, NULL, NULL);
    if (reader.fd >= 0)
        close(reader.fd);
    if (reader.since != NULL)
        g_date_time_unref(reader.since);
    return exit;
}

static int run(struct hf_cli *cli)
{
    const char *since = hf_cli_value(cli, "--since");
    GDateTime *time = since == NULL ? NULL : since_of(since);

    if (since != NULL && time == NULL)
        return hf_cli_report_status(cli, HF_ERR_USAGE,
                                    "--since 30m, 2h, 1d or 2026-01-31T12:00:00");
    if (time != NULL)
        g_date_time_unref(time);
    return hf_session_run(cli, read_logs);
}

static const struct hf_cli_option options[] = {
    {"--follow", NULL,   "and what happens from now on"       },
    { "--since", "TIME", "30m, 2h, 1d, or 2026-01-31T12:00:00"},
    { NULL,      NULL,   NULL                                 },
};

const struct hf_command hf_command_logs = {
    .name = "logs",
    .words = "",
    .help = "the events of this computer",
    .options = options,
    .run = run,
};
