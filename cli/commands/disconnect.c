/* holdfast disconnect: ends the tunnel and the block, and waits until everything is reverted. */
#include "tunnel.h"

static int disconnect(struct hf_cli *cli, struct hf_session *session)
{
    return hf_cli_report_done(cli, hf_tunnel_disconnect(cli, session, hf_cli_value(cli, "--reason"),
                                                        hf_cli_value(cli, "--no-wait") == NULL));
}

static int run(struct hf_cli *cli)
{
    return hf_session_run(cli, disconnect);
}

static const struct hf_cli_option options[] = {
    {"--reason",   "TEXT", "why, for the log; a policy may ask for it"             },
    { "--no-wait", NULL,   "return when the daemon knows, not when all is reverted"},
    { NULL,        NULL,   NULL                                                    },
};

const struct hf_command hf_command_disconnect = {
    .name = "disconnect",
    .words = "",
    .help = "end the tunnel and the block",
    .options = options,
    .run = run,
};
