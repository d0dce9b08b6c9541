/* Up and down: see tunnel.h. */
#include "tunnel.h"

#include "interrupt.h"
#include "output/json.h"
#include "output/text.h"
#include "secrets.h"

#include <string.h>
#include <unistd.h>

static bool is_in(const json_t *status, const char *state)
{
    return strcmp(hf_cli_state_of(status), state) == 0;
}

/* `reconnecting` goes on by itself: only always-on profiles come there before the first tunnel. So
 * does `blocked`, as long as the connection is wanted. */
static bool is_decided(const json_t *status)
{
    bool stuck = is_in(status, "blocked") && !json_is_true(json_object_get(status, "wanted"));

    return is_in(status, "connected") || is_in(status, "failed") || stuck ||
           is_in(status, "disconnected") || is_in(status, "needs-input");
}

bool hf_tunnel_is_down(const json_t *status)
{
    return is_in(status, "disconnected") || is_in(status, "failed") || is_in(status, "blocked");
}

/* A block that may not be lifted stays `blocked`. */
bool hf_tunnel_is_unblocked(const json_t *status)
{
    return is_in(status, "blocked") ||
           (hf_tunnel_is_down(status) && json_is_false(json_object_get(status, "blocking")));
}

int hf_tunnel_report_down(struct hf_cli *cli, struct hf_session *session)
{
    const json_t *status = hf_session_latest(session);
    struct hf_fault fault;

    if (!is_in(status, "blocked"))
        return 0;
    fault = hf_client_fault_of(json_object_get(status, "fault"));
    return hf_cli_report(cli, &fault);
}

/* --- connecting ------------------------------------------------------------------------------- */
struct request {
    GUnixFDList *fds;
    GVariant *secrets;
};

static void add_secret(struct request *request, const char *name, int fd)
{
    GVariantBuilder names;
    GVariantIter iter;
    GVariant *entry;

    g_variant_builder_init(&names, G_VARIANT_TYPE("a{sh}"));
    g_variant_iter_init(&iter, request->secrets);
    while ((entry = g_variant_iter_next_value(&iter)) != NULL) {
        g_variant_builder_add_value(&names, entry);
        g_variant_unref(entry);
    }
    g_variant_builder_add(&names, "{sh}", name, g_unix_fd_list_append(request->fds, fd, NULL));
    g_variant_unref(request->secrets);
    request->secrets = g_variant_ref_sink(g_variant_builder_end(&names));
}

/* Asks for every secret that the daemon named. */
static hf_status ask_for(const struct hf_cli *cli, const char *names, struct request *request)
{
    gchar **list = g_strsplit(names, ", ", 8);
    hf_status status = list[0] == NULL ? HF_ERR_SECRET_NEEDED : HF_OK;

    for (size_t i = 0; status == HF_OK && list[i] != NULL; i++) {
        int fd;

        status = hf_cli_secrets_prompt(cli, list[i], &fd);
        if (status == HF_OK) {
            add_secret(request, list[i], fd);
            close(fd);
        }
    }
    g_strfreev(list);
    return status;
}

static hf_status call_connect(struct hf_session *session, const char *profile,
                              const struct request *request, struct hf_fault *out_fault)
{
    hf_interrupt_catch(); /* from here on an interrupt has to call something off */
    return hf_session_call(session, "Connect",
                           g_variant_new("(s@a{sh}a{sv})", profile, request->secrets, NULL),
                           request->fds, out_fault);
}

static hf_status ask_and_connect(struct hf_cli *cli, struct hf_session *session,
                                 const char *profile, struct request *request,
                                 struct hf_fault *fault)
{
    hf_status asked = ask_for(cli, fault->offered, request);

    if (asked == HF_ERR_CANCELLED)
        *fault = hf_fault_make(asked, HF_STAGE_NONE);
    return asked == HF_OK ? call_connect(session, profile, request, fault) : fault->status;
}

static hf_status ask_daemon(struct hf_cli *cli, struct hf_session *session, const char *profile,
                            struct hf_fault *out_fault)
{
    struct request request = { g_unix_fd_list_new(), NULL };
    const char *wrong = "";
    hf_status status = hf_cli_secrets_read(cli, request.fds, &request.secrets, &wrong);

    *out_fault = hf_fault_make(status, HF_STAGE_NONE);
    hf_fault_set_text(out_fault->received, hf_bytes_of_string(wrong));
    if (status == HF_OK) {
        g_variant_ref_sink(request.secrets);
        status = call_connect(session, profile, &request, out_fault);
        if (status == HF_ERR_SECRET_NEEDED)
            status = ask_and_connect(cli, session, profile, &request, out_fault);
        g_variant_unref(request.secrets);
    }
    g_object_unref(request.fds);
    return status;
}

static int report_connected(const struct hf_cli *cli, const json_t *status)
{
    if (cli->json)
        hf_json_print(json_pack("{s:i, s:b, s:O}", "v", 1, "ok", 1, "status", status));
    else if (!cli->quiet)
        hf_text_print_status(stdout, status);
    (void)fflush(stdout); /* `run` goes on, and whoever reads waits for this */
    return 0;
}

/* Names the secret, and what is known of the tries that are left. */
static int report_needed(struct hf_cli *cli, const json_t *status)
{
    const json_t *input = json_object_get(status, "input");
    const char *secret = json_string_value(json_object_get(input, "secret"));
    const char *tries = json_string_value(json_object_get(input, "tries"));
    struct hf_fault fault = hf_fault_make(HF_ERR_SECRET_NEEDED, HF_STAGE_PROFILE);

    if (secret != NULL)
        hf_fault_set_text(fault.offered, hf_bytes_of_string(secret));
    if (tries != NULL)
        hf_fault_set_text(fault.received, hf_bytes_of_string(hf_text_tries(tries)));
    return hf_cli_report(cli, &fault);
}

/* Asks whoever sits there for the secret that the connection waits for, and passes it on. */
static hf_status answer_input(struct hf_cli *cli, struct hf_session *session)
{
    const json_t *input = json_object_get(hf_session_latest(session), "input");
    const char *secret = json_string_value(json_object_get(input, "secret"));
    const char *tries = json_string_value(json_object_get(input, "tries"));
    GUnixFDList *fds;
    struct hf_fault fault;
    hf_status status;
    int fd;

    if (secret == NULL || cli->non_interactive)
        return HF_ERR_SECRET_NEEDED;
    if (tries != NULL && strcmp(tries, "enough") != 0)
        fprintf(stderr, "holdfast: %s\n", hf_text_tries(tries));
    status = hf_cli_secrets_prompt(cli, secret, &fd);
    if (status != HF_OK)
        return status;
    fds = g_unix_fd_list_new();
    status = hf_session_call(session, "GiveSecret",
                             g_variant_new("(sh)", secret, g_unix_fd_list_append(fds, fd, NULL)),
                             fds, &fault);
    close(fd);
    g_object_unref(fds);
    return status;
}

/* What the wait ended with, and nothing newer, which might be undecided again. */
static int report_decided(struct hf_cli *cli, struct hf_session *session)
{
    const json_t *status = hf_session_latest(session);
    struct hf_fault fault;

    if (is_in(status, "connected"))
        return report_connected(cli, status);
    if (is_in(status, "disconnected")) /* somebody else called it off */
        return hf_cli_report_status(cli, HF_ERR_CANCELLED, "");
    if (is_in(status, "needs-input"))
        return report_needed(cli, status);
    fault = hf_client_fault_of(json_object_get(status, "fault"));
    return hf_cli_report(cli, &fault);
}

int hf_tunnel_await(struct hf_cli *cli, struct hf_session *session)
{
    enum hf_session_end end = hf_session_wait(session, is_decided, cli->timeout_seconds);

    while (end == HF_SESSION_DONE && is_in(hf_session_latest(session), "needs-input") &&
           answer_input(cli, session) == HF_OK)
        end = hf_session_wait(session, is_decided, cli->timeout_seconds);
    if (end == HF_SESSION_DONE)
        return report_decided(cli, session);
    if (end == HF_SESSION_TOO_LATE && is_in(hf_session_latest(session), "blocked"))
        return report_decided(cli, session); /* what stands in the way says more than the clock */
    if (end == HF_SESSION_INTERRUPTED || end == HF_SESSION_TERMINATED)
        (void)hf_tunnel_disconnect(cli, session, NULL, true); /* a second interrupt ends it too */
    return hf_session_report_end(cli, end);
}

int hf_tunnel_connect(struct hf_cli *cli, struct hf_session *session, const char *profile,
                      bool wait)
{
    struct hf_fault fault;

    if (ask_daemon(cli, session, profile, &fault) != HF_OK)
        return hf_cli_report(cli, &fault);
    return wait ? hf_tunnel_await(cli, session) : 0;
}

/* --- disconnecting ---------------------------------------------------------------------------- */
static GVariant *options_with(const char *reason)
{
    GVariantBuilder options;

    g_variant_builder_init(&options, G_VARIANT_TYPE("a{sv}"));
    if (reason != NULL)
        g_variant_builder_add(&options, "{sv}", "reason", g_variant_new_string(reason));
    return g_variant_new("(a{sv})", &options);
}

int hf_tunnel_disconnect(struct hf_cli *cli, struct hf_session *session, const char *reason,
                         bool wait)
{
    struct hf_fault fault;
    enum hf_session_end end;

    if (hf_session_call(session, "Disconnect", options_with(reason), NULL, &fault) != HF_OK)
        return hf_cli_report(cli, &fault);
    if (!wait)
        return 0;
    end = hf_session_wait(session, hf_tunnel_is_down, cli->timeout_seconds);
    return end == HF_SESSION_DONE ? hf_tunnel_report_down(cli, session)
                                  : hf_session_report_end(cli, end);
}
