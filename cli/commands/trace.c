/* holdfast trace: one timeline of what every process did for the latest connection, for people who
 * read the code for the first time. */
#include "output/json.h"
#include "output/text.h"
#include "records.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *text_in(const json_t *record, const char *key)
{
    const char *text = json_string_value(json_object_get(record, key));

    return text == NULL ? "" : text;
}

/* --- gathering -------------------------------------------------------------------------------- */
static void gather(void *context, const json_t *record)
{
    GPtrArray *records = context;

    g_ptr_array_add(records, json_incref((json_t *)record));
}

static json_int_t time_of(const json_t *record)
{
    return json_integer_value(json_object_get(record, "t"));
}

/* Processes write when they come to it: the time of the event decides. */
static gint by_time(gconstpointer a, gconstpointer b)
{
    json_int_t first = time_of(*(json_t *const *)a), second = time_of(*(json_t *const *)b);

    return first < second ? -1 : first > second;
}

static bool begins(const json_t *record)
{
    return strcmp(text_in(record, "process"), "holdfastd") == 0 &&
           strcmp(text_in(record, "ev"), "state") == 0 &&
           strcmp(text_in(record, "on"), "connect") == 0;
}

/* Of the latest connect; the whole where its beginning is not there any more. */
static guint find_begin(const GPtrArray *records)
{
    for (guint i = records->len; i > 0; i--) {
        if (begins(records->pdata[i - 1]))
            return i - 1;
    }
    return 0;
}

/* --- printing --------------------------------------------------------------------------------- */
static void print_fields(json_t *record)
{
    const char *key;
    json_t *value;

    json_object_foreach(record, key, value)
    {
        if (strcmp(key, "t") == 0 || strcmp(key, "process") == 0 || strcmp(key, "ev") == 0)
            continue;
        putchar(' ');
        hf_text_print(stdout, key);
        putchar('=');
        if (json_is_string(value))
            hf_text_print(stdout, json_string_value(value));
        else
            printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
    }
    putchar('\n');
}

static void print_record(const struct hf_cli *cli, json_t *record, json_int_t begin)
{
    if (cli->json) {
        hf_json_print(json_incref(record));
        return;
    }
    printf("%10.3f ms  %-9s  %-17s", (double)(time_of(record) - begin) / 1e3,
           text_in(record, "process"), text_in(record, "ev"));
    print_fields(record);
}

static void print_timeline(const struct hf_cli *cli, GPtrArray *records)
{
    guint first;

    g_ptr_array_sort(records, by_time);
    first = find_begin(records);
    for (guint i = first; i < records->len; i++)
        print_record(cli, records->pdata[i], time_of(records->pdata[first]));
}

/* --- the verb --------------------------------------------------------------------------------- */
static hf_status read_file(struct hf_session *session, const char *which, GPtrArray *records,
                           struct hf_fault *fault)
{
    off_t at = 0;
    int fd;
    hf_status status = hf_records_open(session, which, &fd, fault);

    if (status != HF_OK)
        return status;
    hf_records_read(fd, &at, gather, records);
    close(fd);
    return HF_OK;
}

static void drop(gpointer record)
{
    json_decref(record);
}

static int trace(struct hf_cli *cli, struct hf_session *session)
{
    GPtrArray *records = g_ptr_array_new_with_free_func(drop);
    struct hf_fault fault;
    hf_status status = read_file(session, "trace.1", records, &fault);
    int exit = 0;

    if (status == HF_OK || status == HF_ERR_NOT_FOUND)
        status = read_file(session, "trace", records, &fault);
    if (status != HF_OK && status != HF_ERR_NOT_FOUND)
        exit = hf_cli_report(cli, &fault);
    else
        print_timeline(cli, records);
    g_ptr_array_unref(records);
    return exit;
}

static int run_connect(struct hf_cli *cli)
{
    return hf_session_run(cli, trace);
}

static const struct hf_command verb_connect = {
    .name = "connect",
    .words = "",
    .help = "what each process did for the latest connection, in order",
    .run = run_connect
};
static const struct hf_command *const verbs[] = { &verb_connect, NULL };

const struct hf_command hf_command_trace = {
    .name = "trace",
    .words = "VERB",
    .help = "what the processes did",
    .verbs = verbs,
};
