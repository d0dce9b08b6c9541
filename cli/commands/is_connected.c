/* holdfast is-connected: an answer for scripts, as an exit status alone. */
#include "session.h"

#include <string.h>

#define EXIT_NO 20

static const char *text_of(const json_t *status, const char *key)
{
    const char *text = json_string_value(json_object_get(status, key));

    return text == NULL ? "" : text;
}

/* Another profile than this one may be up. */
static bool is_up(const json_t *status, const char *profile)
{
    return strcmp(hf_cli_state_of(status), "connected") == 0 &&
           (profile == NULL || strcmp(text_of(status, "profile"), profile) == 0 ||
            strcmp(text_of(status, "name"), profile) == 0);
}

static int answer(struct hf_cli *cli, struct hf_session *session)
{
    const json_t *status = hf_session_status(session);

    if (status == NULL)
        return hf_cli_report_status(cli, hf_session_why(session), "");
    return is_up(status, cli->word_count > 0 ? cli->words[0] : NULL) ? 0 : EXIT_NO;
}

static int run(struct hf_cli *cli)
{
    return hf_session_run(cli, answer);
}

const struct hf_command hf_command_is_connected = {
    .name = "is-connected",
    .words = "[PROFILE]",
    .max_words = 1,
    .help = "print nothing; exit 0: connected, 20: not",
    .run = run,
};
