/* holdfast disconnect: ends the tunnel and the block, and waits until everything is reverted. */
#include "output/json.h"
#include "tunnel.h"

static int run(struct hf_cli *cli)
{
    struct hf_session *session;
    hf_status status = hf_session_new(cli, &session);
    int exit;

    if (status != HF_OK)
        return hf_status_exit(status);
    exit = hf_tunnel_disconnect(cli, session, hf_cli_value(cli, "--reason"),
                                hf_cli_value(cli, "--no-wait") == NULL);
    if (exit == 0 && cli->json)
        hf_json_print(json_pack("{s:i, s:b}", "v", 1, "ok", 1));
    hf_session_free(session);
    return exit;
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
