/* holdfast import: takes a profile of any known format, or says what it would come to. */
#include "output/json.h"
#include "output/text.h"
#include "profile_file.h"
#include "secrets.h"

static void report_imported(const struct hf_cli *cli, const char *id, json_t *report)
{
    if (cli->json) {
        hf_json_print(
            json_pack("{s:i, s:b, s:s, s:O?}", "v", 1, "ok", 1, "id", id, "report", report));
        return;
    }
    if (id[0] != '\0')
        printf("%s\n", id);
    if (!cli->quiet)
        hf_text_print_report(stderr, report);
}

static int run(struct hf_cli *cli)
{
    struct hf_profile_file file = { .name = hf_cli_value(cli, "--name"),
                                    .dry_run = hf_cli_value(cli, "--dry-run") != NULL };
    struct hf_session *session;
    json_t *report;
    hf_status status;
    char *id;
    int exit;

    if (cli->word_count != 1)
        return hf_cli_report_status(cli, HF_ERR_USAGE, "import FILE");
    file.path = cli->words[0];
    status = hf_session_new(cli, &session);
    if (status != HF_OK)
        return hf_status_exit(status);
    exit = hf_profile_file_import(cli, session, &file, &id, &report);
    if (exit == 0)
        report_imported(cli, id, report);
    json_decref(report);
    g_free(id);
    hf_session_free(session);
    return exit;
}

static const struct hf_cli_option options[] = {
    {"--name",     "NAME", "what to call the profile"                    },
    { "--dry-run", NULL,   "say what the file contains, and keep nothing"},
    HF_CLI_SECRET_OPTION,
    { NULL,        NULL,   NULL                                          },
};

const struct hf_command hf_command_import = {
    .name = "import",
    .words = "FILE|-",
    .max_words = 1,
    .help = "keep a profile: .mobileconfig or native JSON",
    .options = options,
    .run = run,
};
