/* holdfast policy: what the organisation allows on this computer, and who said so. */
#include "output/json.h"
#include "output/text.h"
#include "profile_file.h"

#include <unistd.h>

/* --- what is listed --------------------------------------------------------------------------- */
static void print_key(const json_t *row)
{
    static const char *const keys[] = { "tier", "origin" };
    char *value = json_dumps(json_object_get(row, "value"), JSON_COMPACT | JSON_ENCODE_ANY);
    const char *key = json_string_value(json_object_get(row, "key"));

    hf_text_print(stdout, key == NULL ? "" : key);
    fputs(" = ", stdout);
    hf_text_print(stdout, value == NULL ? "" : value);
    for (size_t i = 0; i < HF_ARRAY_LEN(keys); i++) {
        const char *text = json_string_value(json_object_get(row, keys[i]));

        fputs("  ", stdout);
        hf_text_print(stdout, text == NULL ? "" : text);
    }
    puts(json_is_true(json_object_get(row, "locked")) ? "  (locked)" : "");
    free(value);
}

static int print_policy(const struct hf_cli *cli, GVariant *reply)
{
    const char *text;
    json_t *policy, *row;
    size_t i;

    g_variant_get(reply, "(&s)", &text);
    policy = json_loads(text, 0, NULL);
    if (policy == NULL)
        return hf_cli_report_status(cli, HF_ERR_MALFORMED, "Policy");
    if (cli->json) {
        hf_json_print(json_pack("{s:i, s:b, s:O}", "v", 1, "ok", 1, "policy", policy));
    } else {
        json_array_foreach(policy, i, row) print_key(row);
    }
    json_decref(policy);
    return 0;
}

/* Calls a method that returns a policy. */
static int call(struct hf_cli *cli, struct hf_session *session, const char *method,
                GVariant *arguments, GUnixFDList *fds)
{
    GVariant *reply;
    struct hf_fault fault;
    int exit;

    if (hf_client_call(hf_session_client(session), method, arguments, fds, &reply, &fault) != HF_OK)
        return hf_cli_report(cli, &fault);
    exit = print_policy(cli, reply);
    g_variant_unref(reply);
    return exit;
}

/* --- the verbs -------------------------------------------------------------------------------- */
static int list(struct hf_cli *cli, struct hf_session *session)
{
    return call(cli, session, "Policy", NULL, NULL);
}

static int run_list(struct hf_cli *cli)
{
    return hf_session_run(cli, list);
}

static int check(struct hf_cli *cli, struct hf_session *session)
{
    GUnixFDList *fds;
    int fd, exit;
    hf_status status = hf_profile_file_open(cli->words[0], &fd);

    if (status != HF_OK)
        return hf_cli_report_status(cli, status, cli->words[0]);
    fds = g_unix_fd_list_new();
    exit = call(cli, session, "CheckPolicy",
                g_variant_new("(h)", g_unix_fd_list_append(fds, fd, NULL)), fds);
    close(fd);
    g_object_unref(fds);
    return exit;
}

static int run_check(struct hf_cli *cli)
{
    if (cli->word_count != 1)
        return hf_cli_report_status(cli, HF_ERR_USAGE, "policy check FILE");
    return hf_session_run(cli, check);
}

static int reload(struct hf_cli *cli, struct hf_session *session)
{
    struct hf_fault fault;

    if (hf_session_call(session, "Reload", NULL, NULL, &fault) != HF_OK)
        return hf_cli_report(cli, &fault);
    return hf_cli_report_done(cli, 0);
}

static int run_reload(struct hf_cli *cli)
{
    return hf_session_run(cli, reload);
}

static const struct hf_command verb_list = { .name = "list",
                                             .words = "",
                                             .help =
                                                 "each key that is set, and the file that says so",
                                             .run = run_list };
static const struct hf_command verb_check = {
    .name = "check",
    .words = "FILE|-",
    .max_words = 1,
    .help = "say what a file would set; exit 15: it cannot be used",
    .run = run_check
};
static const struct hf_command verb_reload = {
    .name = "reload", .words = "", .help = "read the policy files now", .run = run_reload
};
static const struct hf_command *const verbs[] = { &verb_list, &verb_check, &verb_reload, NULL };

const struct hf_command hf_command_policy = {
    .name = "policy",
    .words = "VERB",
    .help = "what the organisation allows on this computer",
    .verbs = verbs,
};
