/* holdfast status: what the daemon knows, without asking anybody on the network. */
#include "output/json.h"
#include "output/text.h"
#include "session.h"

static int run(struct hf_cli *cli)
{
    struct hf_session *session;
    hf_status status = hf_session_new(cli, &session);
    const json_t *state;
    int exit = 0;

    if (status != HF_OK)
        return hf_status_exit(status);
    state = hf_session_status(session);
    if (state == NULL)
        exit = hf_cli_report_status(cli, hf_session_why(session), "");
    else if (cli->json)
        hf_json_print(json_incref((json_t *)state));
    else
        hf_text_print_status(stdout, state);
    hf_session_free(session);
    return exit;
}

const struct hf_command hf_command_status = {
    .name = "status",
    .words = "",
    .help = "say what the connection is doing",
    .run = run,
};
