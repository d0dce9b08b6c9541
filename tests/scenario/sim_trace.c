/* The client's trace as text, one record a line: see sim.h. */
#include "scenario/sim.h"

#include <stdio.h>

#include "support/hex.h"

static void append(struct sim *sim, const char *text)
{
    if (!hf_buf_append(&sim->trace, hf_bytes_of_string(text)))
        test_die("a story longer than its trace may be");
}

static void append_field(struct sim *sim, const struct hf_trace_field *field)
{
    char text[32 + HF_TRACE_TEXT_MAX];

    if (field->is_text)
        snprintf(text, sizeof text, " %s=%s", field->key, field->text);
    else
        snprintf(text, sizeof text, " %s=%llu", field->key, (unsigned long long)field->number);
    append(sim, text);
}

void sim_trace_drain(struct sim *sim)
{
    struct hf_trace_record record;
    char text[80];

    while (hf_trace_next(&sim->client_env.trace, &record)) {
        snprintf(text, sizeof text, "%llu.%03llu %s",
                 (unsigned long long)((record.at - SIM_START) / 1000),
                 (unsigned long long)((record.at - SIM_START) % 1000),
                 hf_trace_event_name(record.event));
        append(sim, text);
        for (size_t i = 0; i < HF_TRACE_FIELDS && record.fields[i].key != NULL; i++)
            append_field(sim, &record.fields[i]);
        append(sim, "\n");
    }
}
