/* holdfast reconnect: a new tunnel with the same profile and secrets; the block stays meanwhile. */
#include "interrupt.h"
#include "tunnel.h"

static int reconnect(struct hf_cli *cli, struct hf_session *session)
{
    struct hf_fault fault;

    hf_interrupt_catch(); /* from here on an interrupt has to call something off */
    if (hf_session_call(session, "Reconnect", NULL, NULL, &fault) != HF_OK)
        return hf_cli_report(cli, &fault);
    return hf_cli_value(cli, "--no-wait") == NULL ? hf_tunnel_await(cli, session) : 0;
}

static int run(struct hf_cli *cli)
{
    return hf_session_run(cli, reconnect);
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
