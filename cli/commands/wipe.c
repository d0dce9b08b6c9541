/* holdfast wipe: a profile, its keys and its secrets go for good, from this machine and from the
 * agents that keep them. */
#include "session.h"

static int wipe(struct hf_cli *cli, struct hf_session *session)
{
    struct hf_fault fault;

    if (hf_session_call(session, "Wipe", g_variant_new("(s)", cli->words[0]), NULL, &fault) !=
        HF_OK)
        return hf_cli_report(cli, &fault);
    return hf_cli_report_done(cli, 0);
}

static int run(struct hf_cli *cli)
{
    if (cli->word_count != 1)
        return hf_cli_report_status(cli, HF_ERR_USAGE, "wipe PROFILE");
    return hf_session_run(cli, wipe);
}

const struct hf_command hf_command_wipe = {
    .name = "wipe",
    .words = "PROFILE",
    .max_words = 1,
    .help = "remove a profile, its keys and its secrets for good",
    .run = run,
};
