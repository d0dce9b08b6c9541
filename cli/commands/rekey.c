/* holdfast rekey: for tests and measurements; keys are replaced in time by themselves. */
#include "session.h"

static int run(struct hf_cli *cli)
{
    struct hf_session *session;
    struct hf_fault fault;
    gboolean ike = hf_cli_value(cli, "--ike") != NULL;
    hf_status status = hf_session_new(cli, &session);

    if (status != HF_OK)
        return hf_status_exit(status);
    status = hf_session_call(session, "Rekey", g_variant_new("(b)", ike), NULL, &fault);
    if (status != HF_OK)
        (void)hf_cli_report(cli, &fault);
    hf_session_free(session);
    return hf_status_exit(status);
}

static const struct hf_cli_option options[] = {
    {"--ike", NULL, "the keys of the IKE SA, not those of the tunnel"},
    { NULL,   NULL, NULL                                             },
};

const struct hf_command hf_command_rekey = {
    .name = "rekey",
    .words = "",
    .help = "replace the keys now",
    .hidden = true,
    .options = options,
    .run = run,
};
