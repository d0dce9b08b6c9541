/* Tests of the trace file (daemon/trace_log.h): what was written is in it, also when the record's
 * bytes have been used again since. */
#include "daemon/trace_log.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void write_record(struct hf_trace_log *log, char *key, const char *name, uint64_t number)
{
    struct hf_trace_record record = { .at = 7, .event = HF_TRACE_IKE_RETRANSMIT };

    memcpy(key, name, strlen(name) + 1);
    record.fields[0] = hf_trace_number(key, number);
    record.fields[1] = hf_trace_text("to", "a\n\"b");
    hf_trace_log_write(log, "engine", &record);
}

/* A decoded record's keys lie in the buffer of the link, which the next message overwrites. */
Test(trace_log, keys_outlive_the_message_they_came_in)
{
    char path[] = "/tmp/hf-trace-XXXXXX", text[512] = "", key[16];
    int fd = mkstemp(path);
    struct hf_trace_log *log = hf_trace_log_new(path);
    ssize_t got;

    cr_assert_not_null(log);
    write_record(log, key, "first", 1);
    write_record(log, key, "second", 2);
    memset(key, 'x', sizeof key); /* without an end */
    hf_trace_log_free(log);
    got = read(fd, text, sizeof text - 1);
    cr_expect_gt(got, 0);
    cr_expect_str_eq(text,
                     "{\"t\":7,\"process\":\"engine\",\"ev\":\"ikev2.retransmit\",\"first\":1,"
                     "\"to\":\"a?\\\"b\"}\n"
                     "{\"t\":7,\"process\":\"engine\",\"ev\":\"ikev2.retransmit\",\"second\":2,"
                     "\"to\":\"a?\\\"b\"}\n");
    close(fd);
    unlink(path);
}

/* An engine names the fields of its records: not who says it, nor what. */
Test(trace_log, a_field_does_not_replace_what_a_record_begins_with)
{
    char path[] = "/tmp/hf-trace-XXXXXX", text[512] = "";
    int fd = mkstemp(path);
    struct hf_trace_log *log = hf_trace_log_new(path);
    struct hf_trace_record record = { .at = 7, .event = HF_TRACE_FAULT };
    ssize_t got;

    cr_assert_not_null(log);
    record.fields[0] = hf_trace_text("process", "holdfastd");
    record.fields[1] = hf_trace_text("ev", "state");
    record.fields[2] = hf_trace_number("t", 1);
    record.fields[3] = hf_trace_number("own", 2);
    hf_trace_log_write(log, "engine", &record);
    hf_trace_log_free(log);
    got = read(fd, text, sizeof text - 1);
    cr_expect_gt(got, 0);
    cr_expect_str_eq(text, "{\"t\":7,\"process\":\"engine\",\"ev\":\"fault\",\"own\":2}\n");
    close(fd);
    unlink(path);
}
