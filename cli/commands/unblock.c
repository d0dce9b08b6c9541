/* holdfast unblock: the way out. Ends everything at once, the lock included. */
#include "output/json.h"
#include "tunnel.h"

static int run(struct hf_cli *cli)
{
    struct hf_session *session;
    struct hf_fault fault;
    enum hf_session_end end;
    hf_status status = hf_session_new(cli, &session);
    int exit = 0;

    if (status != HF_OK) {
        if (status == HF_ERR_NO_DAEMON && !cli->json)
            fputs("Without the service, root can use: holdfast-netd --unblock\n", stderr);
        return hf_status_exit(status);
    }
    if (hf_session_call(session, "Unblock", NULL, NULL, &fault) != HF_OK) {
        exit = hf_cli_report(cli, &fault);
    } else {
        end = hf_session_wait(session, hf_tunnel_is_unblocked, cli->timeout_seconds);
        exit = end == HF_SESSION_DONE ? hf_tunnel_report_down(cli, session)
                                      : hf_session_report_end(cli, end);
        if (exit == 0 && cli->json)
            hf_json_print(json_pack("{s:i, s:b}", "v", 1, "ok", 1));
    }
    hf_session_free(session);
    return exit;
}

const struct hf_command hf_command_unblock = {
    .name = "unblock",
    .words = "",
    .help = "remove the block and everything else at once",
    .run = run,
};
