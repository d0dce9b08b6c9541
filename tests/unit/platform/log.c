/* Tests of the record of what happened (daemon/log.h): every sink escapes anybody's bytes. */
#include "daemon/log.h"
#include "daemon/log_format.h"
#include "support/test.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* What a gateway might send to make a record say something else. */
#define HOSTILE "x\"] forged\nMESSAGE=owned\\\x7f\xff<b>"

static const struct hf_log_record hostile = {
    .event = HF_LOG_AUTH_FAILED,
    .values = {[HF_LOG_FIELD_PROFILE] = "office",
               [HF_LOG_FIELD_CODE] = "auth-rejected",
               [HF_LOG_FIELD_RECEIVED] = HOSTILE},
};

Test(log, the_journal_s_values_cannot_begin_a_field)
{
    GByteArray *entry = hf_log_format_journal(&hostile);
    size_t at = 0, fields = 0;
    bool found = false;

    while (at < entry->len) { /* NAME \n length value \n */
        const guint8 *end = memchr(entry->data + at, '\n', entry->len - at);
        size_t name = (size_t)(end - entry->data) - at;
        guint64 length;

        memcpy(&length, end + 1, sizeof length);
        length = GUINT64_FROM_LE(length);
        if (name == strlen("HOLDFAST_RECEIVED") &&
            memcmp(entry->data + at, "HOLDFAST_RECEIVED", name) == 0)
            found = length == strlen(HOSTILE) && memcmp(end + 9, HOSTILE, strlen(HOSTILE)) == 0;
        at = (size_t)(end - entry->data) + 9 + (size_t)length + 1;
        fields++;
    }
    cr_expect_eq(at, entry->len);
    cr_expect(found);
    cr_expect_eq(fields, 8u); /* message, id, priority, identifier, event, and the three */
    g_byte_array_unref(entry);
}

Test(log, syslog_is_one_line_with_one_element)
{
    char *line = hf_log_format_syslog(&hostile, G_GINT64_CONSTANT(1700000000123456));

    cr_expect(g_str_has_prefix(line, "<28>1 2023-11-14T22:13:20.123456Z "), "%s", line);
    cr_expect(strstr(line, " auth-failed [holdfast@32473 profile=\"office\"") != NULL, "%s", line);
    cr_expect(strstr(line, "received=\"x\\\"\\] forged?MESSAGE=owned\\\\?") != NULL, "%s", line);
    cr_expect(strchr(line, '\n') == NULL);
    cr_expect(g_utf8_validate(line, -1, NULL));
    g_free(line);
}

Test(log, ecs_is_one_line_of_json)
{
    char *line = hf_log_format_ecs(&hostile, G_GINT64_CONSTANT(1700000000123456));
    json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

    cr_assert_not_null(object);
    cr_expect(strchr(line, '\n') == NULL);
    cr_expect_str_eq(json_string_value(json_object_get(object, "event.outcome")), "failure");
    cr_expect_str_eq(json_string_value(json_object_get(object, "event.category")),
                     "authentication");
    cr_expect_str_eq(json_string_value(json_object_get(object, "error.code")), "auth-rejected");
    json_decref(object);
    free(line);
}

Test(log, ids_of_events_are_unique_and_well_formed)
{
    char *ids[HF_LOG_EVENT_COUNT];

    for (unsigned i = 0; i < HF_LOG_EVENT_COUNT; i++) {
        struct hf_log_record record = { .event = (enum hf_log_event)i };
        GByteArray *entry = hf_log_format_journal(&record);
        const char *at = memmem(entry->data, entry->len, "MESSAGE_ID\n", 11);

        cr_assert_not_null(at);
        ids[i] = g_strndup(at + 11 + 8, 32);
        cr_expect_eq(strspn(ids[i], "0123456789abcdef"), 32u);
        for (unsigned n = 0; n < i; n++)
            cr_expect_str_neq(ids[i], ids[n]);
        g_byte_array_unref(entry);
    }
    for (unsigned i = 0; i < HF_LOG_EVENT_COUNT; i++)
        g_free(ids[i]);
}

static char folder[64];

static struct hf_log *start(const char *journal)
{
    struct hf_log_sinks sinks = { .journal = journal, .directory = folder };

    memcpy(folder, "/tmp/hf-log-XXXXXX", sizeof "/tmp/hf-log-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    return hf_log_new(&sinks);
}

static void stop(struct hf_log *log)
{
    char *command[] = { (char *)"rm", (char *)"-r", folder, NULL };

    hf_log_free(log);
    g_spawn_sync(NULL, command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
}

static off_t size_of(const char *name)
{
    char path[128];
    struct stat st;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return stat(path, &st) == 0 ? st.st_size : -1;
}

Test(log, the_file_rotates_and_the_oldest_goes)
{
    struct hf_log *log = start(NULL);
    struct hf_log_record record = { .event = HF_LOG_CONNECTED };
    char *text = g_strnfill(1024 * 1024, 'x');

    record.values[HF_LOG_FIELD_REASON] = text;
    for (unsigned i = 0; i < 5 * 6 + 1; i++) /* six files and a line; five are kept */
        hf_log_write(log, &record);
    cr_expect(size_of("events.jsonl") >= 0 && size_of("events.jsonl") < 5 * 1024 * 1024);
    cr_expect(size_of("events.jsonl.4") >= 5 * 1024 * 1024);
    cr_expect_eq(size_of("events.jsonl.5"), -1);
    g_free(text);
    stop(log);
}

Test(log, records_reach_a_socket_and_the_level_holds_back_what_is_finer)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    struct hf_log *log = start(NULL);
    struct hf_log_record fine = { .event = HF_LOG_REKEYED };
    char got[4096];
    ssize_t length;

    snprintf(address.sun_path, sizeof address.sun_path, "%s/dev-log", folder);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    hf_log_set_syslog(log, address.sun_path);
    hf_log_set_level(log, 5);
    hf_log_write(log, &fine);
    cr_expect_lt(recv(fd, got, sizeof got, 0), 0);
    hf_log_write(log, &hostile);
    length = recv(fd, got, sizeof got - 1, 0);
    cr_assert_gt(length, 0);
    got[length] = '\0';
    cr_expect(g_str_has_prefix(got, "<28>1 "));
    close(fd);
    stop(log);
}
