/* holdfast wait: until the connection is in a state that somebody else brings about. */
#include "output/json.h"
#include "tunnel.h"

#include <string.h>

static bool is_connected(const json_t *status)
{
    return strcmp(hf_cli_state_of(status), "connected") == 0;
}

/* `blocked` is down, but not left alone: traffic is still stopped. */
static bool is_disconnected(const json_t *status)
{
    return strcmp(hf_cli_state_of(status), "disconnected") == 0 ||
           strcmp(hf_cli_state_of(status), "failed") == 0;
}

static bool is_unblocked(const json_t *status)
{
    return is_connected(status) || json_is_false(json_object_get(status, "blocking"));
}

static hf_session_done_fn *find_goal(const char *name)
{
    static const struct {
        const char *name;
        hf_session_done_fn *done;
    } goals[] = {
        {"connected",     is_connected   },
        { "disconnected", is_disconnected},
        { "unblocked",    is_unblocked   },
    };

    for (size_t i = 0; name != NULL && i < HF_ARRAY_LEN(goals); i++) {
        if (strcmp(goals[i].name, name) == 0)
            return goals[i].done;
    }
    return NULL;
}

static int run(struct hf_cli *cli)
{
    hf_session_done_fn *goal = find_goal(hf_cli_value(cli, "--for"));
    struct hf_session *session;
    enum hf_session_end end;
    hf_status status;

    if (goal == NULL)
        return hf_cli_report_status(cli, HF_ERR_USAGE, "--for=connected|disconnected|unblocked");
    status = hf_session_new(cli, &session);
    if (status != HF_OK)
        return hf_status_exit(status);
    end = hf_session_wait(session, goal, cli->timeout_seconds);
    if (end == HF_SESSION_DONE && cli->json)
        hf_json_print(
            json_pack("{s:i, s:b, s:O}", "v", 1, "ok", 1, "status", hf_session_latest(session)));
    hf_session_free(session);
    return hf_session_report_end(cli, end);
}

static const struct hf_cli_option options[] = {
    {"--for", "connected|disconnected|unblocked", "the state; unblocked: traffic may pass"},
    { NULL,   NULL,                               NULL                                    },
};

const struct hf_command hf_command_wait = {
    .name = "wait",
    .words = "",
    .help = "wait until the connection is in a state",
    .options = options,
    .run = run,
};
