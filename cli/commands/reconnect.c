/* holdfast reconnect: a new tunnel with the same profile and secrets; the block stays meanwhile. */
#include "interrupt.h"
#include "tunnel.h"

static int run(struct hf_cli *cli)
{
    struct hf_session *session;
    struct hf_fault fault;
    hf_status status = hf_session_new(cli, &session);
    int exit = 0;

    if (status != HF_OK)
        return hf_status_exit(status);
    hf_interrupt_catch(); /* from here on an interrupt has to call something off */
    if (hf_session_call(session, "Reconnect", NULL, NULL, &fault) != HF_OK)
        exit = hf_cli_report(cli, &fault);
    else if (hf_cli_value(cli, "--no-wait") == NULL)
        exit = hf_tunnel_await(cli, session);
    hf_session_free(session);
    return exit;
}

static const struct hf_cli_option options[] = {
    {"--no-wait", NULL, "return when the daemon knows, not when the tunnel is up"},
    { NULL,       NULL, NULL                                                     },
};

const struct hf_command hf_command_reconnect = {
    .name = "reconnect",
    .words = "",
    .help = "set the tunnel up anew; the block stays meanwhile",
    .options = options,
    .run = run,
};
