/* holdfast wipe: a profile, its keys and its secrets go for good, from this machine and from the
 * agents that keep them. */
#include "output/json.h"
#include "session.h"

static int run(struct hf_cli *cli)
{
    struct hf_session *session;
    struct hf_fault fault;
    hf_status status;
    int exit = 0;

    if (cli->word_count != 1)
        return hf_cli_report_status(cli, HF_ERR_USAGE, "wipe PROFILE");
    status = hf_session_new(cli, &session);
    if (status != HF_OK)
        return hf_status_exit(status);
    if (hf_session_call(session, "Wipe", g_variant_new("(s)", cli->words[0]), NULL, &fault) !=
        HF_OK)
        exit = hf_cli_report(cli, &fault);
    else if (cli->json)
        hf_json_print(json_pack("{s:i, s:b}", "v", 1, "ok", 1));
    hf_session_free(session);
    return exit;
}

const struct hf_command hf_command_wipe = {
    .name = "wipe",
    .words = "PROFILE",
    .max_words = 1,
    .help = "remove a profile, its keys and its secrets for good",
    .run = run,
};
