/* holdfast connect: takes the intent to the daemon and waits until the tunnel is up. */
#include "secrets.h"
#include "session.h"
#include "tunnel.h"

static int run(struct hf_cli *cli)
{
    struct hf_session *session;
    hf_status status = hf_session_new(cli, &session);
    int exit;

    if (status != HF_OK)
        return hf_status_exit(status);
    exit = hf_tunnel_connect(cli, session, cli->word_count > 0 ? cli->words[0] : "",
                             hf_cli_value(cli, "--no-wait") == NULL);
    hf_session_free(session);
    return exit;
}

static const struct hf_cli_option options[] = {
    HF_CLI_SECRET_OPTION,
    {"--no-wait", NULL, "return when the daemon knows, not when the tunnel is up"},
    { NULL,       NULL, NULL                                                     },
};

const struct hf_command hf_command_connect = {
    .name = "connect",
    .words = "[PROFILE]",
    .max_words = 1,
    .help = "connect, and wait until the tunnel is up",
    .options = options,
    .run = run,
};
