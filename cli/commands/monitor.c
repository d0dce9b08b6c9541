/* holdfast monitor: the state as it is, then everything that happens, until the daemon goes or
 * somebody interrupts. */
#include "output/json.h"
#include "output/text.h"
#include "session.h"

#include <stdio.h>
#include <string.h>

struct watch {
    const struct hf_cli *cli;
    char state[64];
};

/* --- lines ------------------------------------------------------------------------------------ */
static char *now_text(const char *format)
{
    GDateTime *now = g_date_time_new_now_local();
    char *text = g_date_time_format(now, format);

    g_date_time_unref(now);
    return text;
}

/* Whoever reads wants each line when it happens. */
static void end_line(void)
{
    (void)fflush(stdout);
}

/* Puts "v" and "time" in front; takes the rest. */
static void print_json(json_t *rest)
{
    char *time = now_text("%Y-%m-%dT%H:%M:%S%:z");
    json_t *line = json_pack("{s:i, s:s}", "v", 1, "time", time);

    json_object_update_missing(line, rest);
    json_decref(rest);
    hf_json_print(line);
    end_line();
    g_free(time);
}

static void print_words(const char *first, const char *second)
{
    char *time = now_text("%H:%M:%S");

    printf("%s  ", time);
    hf_text_print(stdout, first);
    if (second != NULL && second[0] != '\0') {
        fputs(": ", stdout);
        hf_text_print(stdout, second);
    }
    putchar('\n');
    end_line();
    g_free(time);
}

static const char *text_in(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text == NULL ? "" : text;
}

/* --- what happens ----------------------------------------------------------------------------- */
static void told_state(void *context, const json_t *status)
{
    struct watch *watch = context;
    const char *state = hf_cli_state_of(status);
    const json_t *fault = json_object_get(status, "fault");

    if (strcmp(state, watch->state) == 0)
        return; /* something else of the status changed */
    if (watch->cli->json)
        print_json(json_pack("{s:s, s:s, s:s, s:s, s:s, s:b}", "event", "state", "profile",
                             text_in(status, "profile"), "from", watch->state, "to", state, "code",
                             json_is_object(fault) ? text_in(fault, "code") : "ok", "blocking",
                             json_is_true(json_object_get(status, "blocking"))));
    else
        print_words(hf_text_state(state),
                    json_is_object(fault) ? text_in(fault, "code") : text_in(status, "name"));
    g_strlcpy(watch->state, state, sizeof watch->state);
}

static void told_event(void *context, const json_t *event)
{
    struct watch *watch = context;
    const char *code = text_in(event, "event.code"), *why = text_in(event, "event.reason");
    json_t *line;

    if (strcmp(code, "state") == 0)
        return; /* told_state says it with what was before */
    line = json_pack("{s:s}", "event", code);
    if (watch->cli->json) {
        json_object_update_missing(line, (json_t *)event);
        print_json(json_incref(line));
    } else {
        print_words(code, why[0] == '\0' ? text_in(event, "event.action") : why);
    }
    json_decref(line);
}

static void print_snapshot(struct watch *watch, const json_t *status)
{
    g_strlcpy(watch->state, hf_cli_state_of(status), sizeof watch->state);
    if (hf_cli_value(watch->cli, "--since-now") != NULL)
        return;
    if (watch->cli->json)
        print_json(json_pack("{s:s, s:O}", "event", "snapshot", "status", status));
    else
        print_words(hf_text_state(watch->state), text_in(status, "name"));
}

/* --- the verb --------------------------------------------------------------------------------- */
static bool never(const json_t *status)
{
    (void)status;
    return false;
}

static int watch_on(struct hf_cli *cli, struct hf_session *session)
{
    struct watch watch = { .cli = cli };
    const json_t *status = hf_session_status(session);
    enum hf_session_end end;

    if (status == NULL)
        return hf_cli_report_status(cli, hf_session_why(session), "");
    print_snapshot(&watch, status);
    hf_session_tell(session, told_state, told_event, &watch);
    end = hf_session_wait(session, never, 0);
    return hf_session_report_end(cli, end);
}

static int run(struct hf_cli *cli)
{
    return hf_session_run(cli, watch_on);
}

static const struct hf_cli_option options[] = {
    {"--since-now", NULL, "only what happens from now on, without the state as it is"},
    { NULL,         NULL, NULL                                                       },
};

const struct hf_command hf_command_monitor = {
    .name = "monitor",
    .words = "",
    .help = "print the state, then what happens; exit 5: the service went away",
    .options = options,
    .run = run,
};
