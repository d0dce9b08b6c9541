/* holdfast run: everything in the foreground, from a file to a tunnel and back to nothing. */
#include "household.h"
#include "output/text.h"
#include "profile_file.h"
#include "secrets.h"
#include "tunnel.h"

#include <string.h>

#define START_SECONDS 10

static bool is_over(const json_t *status)
{
    return hf_tunnel_is_down(status) && strcmp(hf_cli_state_of(status), "blocked") != 0;
}

/* Stays until a signal comes, through every loss; holdfastd itself may die and come back. */
static int stay(struct hf_cli *cli, struct hf_household *household, struct hf_session **session)
{
    enum hf_session_end end = hf_session_wait(*session, is_over, 0);

    while (end == HF_SESSION_GONE) {
        hf_status status = hf_household_wait(household, START_SECONDS);

        hf_session_free(*session);
        *session = NULL;
        if (status != HF_OK)
            return hf_cli_report_status(cli, status, "");
        status = hf_session_new(cli, session);
        if (status != HF_OK)
            return hf_status_exit(status);
        end = hf_session_wait(*session, is_over, 0);
    }
    if (end == HF_SESSION_SILENT)
        return hf_session_report_end(cli, end);
    if (end == HF_SESSION_DONE) { /* ended from elsewhere */
        const json_t *status = hf_session_latest(*session);
        struct hf_fault fault = hf_client_fault_of(json_object_get(status, "fault"));

        return json_is_object(json_object_get(status, "fault")) ? hf_cli_report(cli, &fault) : 0;
    }
    return 0;
}

static int import_and_connect(struct hf_cli *cli, struct hf_session *session)
{
    struct hf_profile_file file = { .path = cli->words[0] };
    json_t *report;
    char *id;
    int exit = hf_profile_file_import(cli, session, &file, &id, &report);

    if (exit == 0)
        exit = hf_tunnel_connect(cli, session, id, true);
    json_decref(report);
    g_free(id);
    return exit;
}

/* `*out_clean`: nothing of the tunnel is left in force. */
static int live(struct hf_cli *cli, struct hf_household *household, bool *out_clean)
{
    struct hf_session *session = NULL;
    hf_status status = hf_household_wait(household, START_SECONDS);
    int exit;

    if (status != HF_OK)
        return hf_cli_report_status(cli, status, "");
    status = hf_session_new(cli, &session);
    if (status != HF_OK)
        return hf_status_exit(status);
    exit = import_and_connect(cli, session);
    if (exit == 0)
        exit = stay(cli, household, &session);
    *out_clean = session != NULL && hf_tunnel_disconnect(cli, session, NULL, true) == 0;
    hf_session_free(session);
    return exit;
}

static int run(struct hf_cli *cli)
{
    struct hf_household *household;
    hf_status status;
    bool clean = false;
    int exit;

    if (cli->word_count != 1)
        return hf_cli_report_status(cli, HF_ERR_USAGE, "run FILE");
    status = hf_household_new(cli, &household);
    if (status != HF_OK)
        return hf_cli_report_status(cli, status,
                                    status == HF_ERR_DENIED
                                        ? "run: only root can set up a tunnel"
                                        : "run: no folder, or no holdfast-netd");
    exit = live(cli, household, &clean);
    hf_household_free(household, !clean);
    return exit;
}

static const struct hf_cli_option options[] = {
    HF_CLI_SECRET_OPTION,
    {NULL, NULL, NULL},
};

const struct hf_command hf_command_run = {
    .name = "run",
    .words = "FILE|-",
    .max_words = 1,
    .help = "do everything in the foreground, without a service or a bus",
    .options = options,
    .run = run,
};
