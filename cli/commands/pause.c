/* holdfast pause: down for some minutes, and back by itself. */
#include "output/json.h"
#include "tunnel.h"

#include <string.h>

#define DIGITS_MAX 6

static bool read_minutes(const struct hf_cli *cli, guint32 *out)
{
    const char *word = cli->word_count == 1 ? cli->words[0] : "";
    guint32 minutes = 0;

    if (word[0] == '\0' || strlen(word) > DIGITS_MAX)
        return false;
    for (; *word != '\0'; word++) {
        if (*word < '0' || *word > '9')
            return false;
        minutes = minutes * 10 + (guint32)(*word - '0');
    }
    *out = minutes;
    return true;
}

static int pause_for(struct hf_cli *cli, struct hf_session *session, guint32 minutes)
{
    enum hf_session_end end;
    struct hf_fault fault;

    if (hf_session_call(session, "Pause", g_variant_new("(u)", minutes), NULL, &fault) != HF_OK)
        return hf_cli_report(cli, &fault);
    if (hf_cli_value(cli, "--no-wait") != NULL)
        return 0;
    end = hf_session_wait(session, hf_tunnel_is_down, cli->timeout_seconds);
    return end == HF_SESSION_DONE ? hf_tunnel_report_down(cli, session)
                                  : hf_session_report_end(cli, end);
}

static int run(struct hf_cli *cli)
{
    struct hf_session *session;
    guint32 minutes;
    hf_status status;
    int exit;

    if (!read_minutes(cli, &minutes))
        return hf_cli_report_status(cli, HF_ERR_USAGE, "pause MINUTES");
    status = hf_session_new(cli, &session);
    if (status != HF_OK)
        return hf_status_exit(status);
    exit = pause_for(cli, session, minutes);
    if (exit == 0 && cli->json)
        hf_json_print(json_pack("{s:i, s:b}", "v", 1, "ok", 1));
    hf_session_free(session);
    return exit;
}

static const struct hf_cli_option options[] = {
    {"--no-wait", NULL, "return when the daemon knows, not when all is reverted"},
    { NULL,       NULL, NULL                                                    },
};

const struct hf_command hf_command_pause = {
    .name = "pause",
    .words = "MINUTES",
    .max_words = 1,
    .help = "disconnect for some minutes, then connect again",
    .options = options,
    .run = run,
};
