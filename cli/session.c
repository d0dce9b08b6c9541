/* A talk with the daemon: see session.h. */
#include "session.h"

#include "interrupt.h"
#include "output/json.h"
#include "output/text.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct hf_session {
    struct hf_cli *cli;
    struct hf_client *client;
    json_t *status;
    hf_status why;   /* there is no status */
    GMainLoop *loop; /* while waiting */
    hf_session_done_fn *done;
    enum hf_session_end end;
    char shown[64]; /* the state last shown */
    hf_session_told_fn *told_state, *told_event;
    void *context;
};

/* --- saying ----------------------------------------------------------------------------------- */
int hf_cli_report(const struct hf_cli *cli, const struct hf_fault *fault)
{
    if (cli->json)
        hf_json_print_fault(fault);
    else
        hf_text_print_fault(stderr, fault);
    return hf_status_exit(fault->status);
}

int hf_cli_report_status(const struct hf_cli *cli, hf_status status, const char *received)
{
    struct hf_fault fault = hf_fault_make(status, HF_STAGE_NONE);

    hf_fault_set_text(fault.received, hf_bytes_of_string(received));
    return hf_cli_report(cli, &fault);
}

int hf_cli_report_done(const struct hf_cli *cli, int exit)
{
    if (exit == 0 && cli->json)
        hf_json_print(json_pack("{s:i, s:b}", "v", 1, "ok", 1));
    return exit;
}

const char *hf_cli_state_of(const json_t *status)
{
    const char *state = json_string_value(json_object_get(status, "state"));

    return state == NULL ? "" : state;
}

int hf_session_report_end(struct hf_cli *cli, enum hf_session_end end)
{
    switch (end) {
    case HF_SESSION_TOO_LATE:
        return hf_cli_report_status(cli, HF_ERR_TIMEOUT, "");
    case HF_SESSION_GONE:
        return hf_cli_report_status(cli, HF_ERR_NO_DAEMON, "");
    case HF_SESSION_SILENT:
        return hf_cli_report_status(cli, HF_ERR_DAEMON_SILENT, "");
    case HF_SESSION_INTERRUPTED:
        return hf_cli_report_status(cli, HF_ERR_CANCELLED, "");
    case HF_SESSION_TERMINATED:
        (void)hf_cli_report_status(cli, HF_ERR_CANCELLED, "");
        return 128 + SIGTERM;
    case HF_SESSION_DONE:
        break;
    }
    return 0;
}

/* --- states ----------------------------------------------------------------------------------- */
/* For a terminal only: scripts read what they ask for. */
static void show_progress(struct hf_session *session)
{
    const char *state = hf_cli_state_of(session->status);

    if (session->told_state != NULL || session->cli->quiet || session->cli->json ||
        !isatty(STDOUT_FILENO) || strcmp(state, session->shown) == 0)
        return;
    g_strlcpy(session->shown, state, sizeof session->shown);
    fprintf(stderr, "%s …\n", hf_text_state(state));
}

static void keep_status(struct hf_session *session, const char *text)
{
    json_t *status = json_loads(text, 0, NULL);

    if (status == NULL)
        return;
    json_decref(session->status);
    session->status = status;
}

static void stop_waiting(struct hf_session *session, enum hf_session_end end)
{
    if (session->loop == NULL)
        return;
    session->end = end;
    g_main_loop_quit(session->loop);
}

static void state_changed(void *context, const char *text)
{
    struct hf_session *session = context;

    keep_status(session, text);
    if (session->told_state != NULL && session->status != NULL)
        session->told_state(session->context, session->status);
    if (session->loop == NULL)
        return;
    if (session->done(session->status))
        stop_waiting(session, HF_SESSION_DONE);
    else
        show_progress(session);
}

static void daemon_gone(void *context)
{
    stop_waiting(context, HF_SESSION_GONE);
}

static void happened(void *context, const char *text)
{
    struct hf_session *session = context;
    json_t *event = session->told_event == NULL ? NULL : json_loads(text, 0, NULL);

    if (event != NULL)
        session->told_event(session->context, event);
    json_decref(event);
}

void hf_session_tell(struct hf_session *session, hf_session_told_fn *state,
                     hf_session_told_fn *event, void *context)
{
    session->told_state = state;
    session->told_event = event;
    session->context = context;
}

static gboolean too_late(gpointer data)
{
    stop_waiting(data, HF_SESSION_TOO_LATE);
    return G_SOURCE_CONTINUE;
}

const json_t *hf_session_status(struct hf_session *session)
{
    struct hf_fault fault;
    GVariant *reply;
    const char *text;

    session->why = hf_client_call(session->client, "Status", NULL, NULL, &reply, &fault);
    if (session->why != HF_OK)
        return NULL;
    g_variant_get(reply, "(&s)", &text);
    keep_status(session, text);
    g_variant_unref(reply);
    return session->status;
}

const json_t *hf_session_latest(const struct hf_session *session)
{
    return session->status;
}

hf_status hf_session_why(const struct hf_session *session)
{
    return session->why;
}

static enum hf_session_end end_of_signal(int signal)
{
    return signal == SIGTERM ? HF_SESSION_TERMINATED : HF_SESSION_INTERRUPTED;
}

/* Until a signal of the daemon, or of somebody else, may have ended the wait. */
static enum hf_session_end wait_for_word(struct hf_session *session)
{
    int signal = hf_interrupt_run(session->loop);

    return signal != 0 ? end_of_signal(signal) : session->end;
}

/* The daemon is asked before each wait: a signal that was under way when our own call was answered
 * tells of a state before that call, and ends nothing. */
static enum hf_session_end wait_for_done(struct hf_session *session)
{
    for (;;) {
        const json_t *status = hf_session_status(session);
        int signal = hf_interrupt_take(); /* one that came meanwhile is obeyed, whatever we hear */
        enum hf_session_end end;

        if (signal != 0)
            return end_of_signal(signal);
        if (status == NULL)
            return session->why == HF_ERR_DAEMON_SILENT ? HF_SESSION_SILENT : HF_SESSION_GONE;
        if (session->done(session->status))
            return HF_SESSION_DONE;
        show_progress(session);
        end = wait_for_word(session);
        if (end != HF_SESSION_DONE)
            return end;
    }
}

enum hf_session_end hf_session_wait(struct hf_session *session, hf_session_done_fn *done,
                                    unsigned timeout_seconds)
{
    enum hf_session_end end;
    guint timer =
        timeout_seconds == 0 ? 0 : g_timeout_add_seconds(timeout_seconds, too_late, session);

    session->loop = g_main_loop_new(NULL, FALSE);
    session->done = done;
    end = wait_for_done(session);
    if (timer != 0)
        g_source_remove(timer);
    g_main_loop_unref(session->loop);
    session->loop = NULL;
    return end;
}

/* --- life ------------------------------------------------------------------------------------- */
hf_status hf_session_new(struct hf_cli *cli, struct hf_session **out)
{
    static const struct hf_client_events events = { state_changed, daemon_gone, happened };
    struct hf_session *session = calloc(1, sizeof *session);
    hf_status status = HF_ERR_NO_MEMORY;

    if (session != NULL) {
        session->cli = cli;
        status = hf_client_new(&cli->instance, &session->client);
    }
    if (status != HF_OK) {
        free(session);
        (void)hf_cli_report_status(cli, status, "");
        return status;
    }
    hf_client_listen(session->client, &events, session);
    *out = session;
    return HF_OK;
}

void hf_session_free(struct hf_session *session)
{
    if (session == NULL)
        return;
    hf_client_free(session->client);
    json_decref(session->status);
    free(session);
}

int hf_session_run(struct hf_cli *cli, int (*verb)(struct hf_cli *cli, struct hf_session *session))
{
    struct hf_session *session;
    hf_status status = hf_session_new(cli, &session);
    int exit;

    if (status != HF_OK)
        return hf_status_exit(status);
    exit = verb(cli, session);
    hf_session_free(session);
    return exit;
}

struct hf_client *hf_session_client(struct hf_session *session)
{
    return session->client;
}

hf_status hf_session_call(struct hf_session *session, const char *method, GVariant *arguments,
                          GUnixFDList *fds, struct hf_fault *out_fault)
{
    GVariant *reply;
    hf_status status = hf_client_call(session->client, method, arguments, fds, &reply, out_fault);

    if (status == HF_OK)
        g_variant_unref(reply);
    return status;
}
