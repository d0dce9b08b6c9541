/* holdfast secret: what the service keeps beside a profile. A value goes in, and never out. */
#include "output/json.h"
#include "output/text.h"
#include "profiles.h"
#include "secrets.h"

#include <unistd.h>

#define USAGE "secret set PROFILE NAME --from SRC"

/* --- set -------------------------------------------------------------------------------------- */
static int send_secret(struct hf_cli *cli, struct hf_session *session, int fd)
{
    GUnixFDList *fds = g_unix_fd_list_new();
    gint handle = g_unix_fd_list_append(fds, fd, NULL);
    int exit = hf_profiles_call(
        cli, session, cli->words[0],
        &(struct hf_profiles_call){ .method = "SetSecret",
                                    .arguments = g_variant_new("(sh)", cli->words[1], handle),
                                    .fds = fds });

    g_object_unref(fds);
    return exit;
}

static int set(struct hf_cli *cli, struct hf_session *session)
{
    const char *source = hf_cli_value(cli, "--from");
    int fd, exit;
    hf_status status = hf_cli_secrets_read_source(cli, cli->words[1], source, &fd);

    if (status != HF_OK)
        return hf_cli_report_status(cli, status, source);
    exit = send_secret(cli, session, fd);
    close(fd);
    return hf_cli_report_done(cli, exit);
}

static int run_set(struct hf_cli *cli)
{
    if (cli->word_count != 2 || hf_cli_value(cli, "--from") == NULL)
        return hf_cli_report_status(cli, HF_ERR_USAGE, USAGE);
    return hf_session_run(cli, set);
}

/* --- clear ------------------------------------------------------------------------------------ */
static int clear(struct hf_cli *cli, struct hf_session *session)
{
    const char *name = cli->word_count == 2 ? cli->words[1] : "";

    return hf_cli_report_done(cli, hf_profiles_call(cli, session, cli->words[0],
                                                    &(struct hf_profiles_call){
                                                        .method = "ClearSecret",
                                                        .arguments = g_variant_new("(s)", name) }));
}

static int run_clear(struct hf_cli *cli)
{
    if (cli->word_count == 0 || (cli->word_count == 2) == (hf_cli_value(cli, "--all") != NULL))
        return hf_cli_report_status(cli, HF_ERR_USAGE, "secret clear PROFILE NAME, or --all");
    return hf_session_run(cli, clear);
}

/* --- list ------------------------------------------------------------------------------------- */
static void print_names(const struct hf_cli *cli, GVariant *reply)
{
    json_t *names = json_array();
    GVariantIter *iter;
    const char *name;

    g_variant_get(reply, "(as)", &iter);
    while (g_variant_iter_next(iter, "&s", &name)) {
        json_array_append_new(names, json_string(name));
        if (!cli->json) {
            hf_text_print(stdout, name);
            putchar('\n');
        }
    }
    g_variant_iter_free(iter);
    if (cli->json)
        hf_json_print(json_pack("{s:i, s:b, s:O}", "v", 1, "ok", 1, "secrets", names));
    json_decref(names);
}

static int list(struct hf_cli *cli, struct hf_session *session)
{
    GVariant *reply;
    int exit = hf_profiles_call(
        cli, session, cli->words[0],
        &(struct hf_profiles_call){ .method = "ListSecrets", .out_reply = &reply });

    if (exit != 0)
        return exit;
    print_names(cli, reply);
    g_variant_unref(reply);
    return 0;
}

static int run_list(struct hf_cli *cli)
{
    if (cli->word_count != 1)
        return hf_cli_report_status(cli, HF_ERR_USAGE, "secret list PROFILE");
    return hf_session_run(cli, list);
}

/* --- the verbs -------------------------------------------------------------------------------- */
static const struct hf_cli_option set_options[] = {
    {"--from", "SRC", "stdin, fd:N, file:PATH, env:VAR, credential:NAME or prompt"},
    { NULL,    NULL,  NULL                                                        },
};
static const struct hf_cli_option clear_options[] = {
    {"--all", NULL, "every secret of the profile"},
    { NULL,   NULL, NULL                         },
};

static const struct hf_command verb_set = { .name = "set",
                                            .words = "PROFILE NAME",
                                            .max_words = 2,
                                            .help = "keep a secret with the profile",
                                            .options = set_options,
                                            .run = run_set };
static const struct hf_command verb_clear = { .name = "clear",
                                              .words = "PROFILE [NAME]",
                                              .max_words = 2,
                                              .help = "forget a secret",
                                              .options = clear_options,
                                              .run = run_clear };
static const struct hf_command verb_list = { .name = "list",
                                             .words = "PROFILE",
                                             .max_words = 1,
                                             .help = "names of the secrets that are kept",
                                             .run = run_list };
static const struct hf_command *const verbs[] = { &verb_set, &verb_clear, &verb_list, NULL };

const struct hf_command hf_command_secret = {
    .name = "secret",
    .words = "VERB",
    .help = "secrets that are kept with a profile",
    .verbs = verbs,
};
