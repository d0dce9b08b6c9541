/* holdfast import: takes a profile of any known format, or says what it would come to. */
#include "output/json.h"
#include "output/text.h"
#include "profile_file.h"
#include "secrets.h"

#include <string.h>

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
        hf_text_print_report(stderr, report, cli->verbose);
}

/* --as: the format is recognised by content; who expects one wants nothing else. */
static int check_format(struct hf_cli *cli, const json_t *report, const char *wanted)
{
    const char *found = json_string_value(json_object_get(report, "format"));
    struct hf_fault fault = hf_fault_make(HF_ERR_PROFILE_FORMAT, HF_STAGE_PROFILE);

    if (found != NULL && strcmp(found, wanted) == 0)
        return 0;
    hf_fault_set_text(fault.offered, hf_bytes_of_string(wanted));
    hf_fault_set_text(fault.received, hf_bytes_of_string(found == NULL ? "" : found));
    return hf_cli_report(cli, &fault);
}

/* A first look, which keeps nothing. Of standard input there is one look only. */
static int look(struct hf_cli *cli, struct hf_session *session, struct hf_profile_file file)
{
    const char *wanted = hf_cli_value(cli, "--as");
    json_t *report;
    char *id;
    int exit;

    if (wanted == NULL)
        return 0;
    file.dry_run = true;
    exit = hf_profile_file_import(cli, session, &file, &id, &report);
    if (exit == 0)
        exit = check_format(cli, report, wanted);
    json_decref(report);
    g_free(id);
    return exit;
}

static int import(struct hf_cli *cli, const struct hf_profile_file *file)
{
    struct hf_session *session;
    hf_status status = hf_session_new(cli, &session);
    json_t *report = NULL;
    char *id = NULL;
    int exit;

    if (status != HF_OK)
        return hf_status_exit(status);
    exit = look(cli, session, *file);
    if (exit == 0)
        exit = hf_profile_file_import(cli, session, file, &id, &report);
    if (exit == 0)
        report_imported(cli, id, report);
    json_decref(report);
    g_free(id);
    hf_session_free(session);
    return exit;
}

static int run(struct hf_cli *cli)
{
    struct hf_profile_file file = { .name = hf_cli_value(cli, "--name"),
                                    .pick = hf_cli_value(cli, "--pick"),
                                    .dry_run = hf_cli_value(cli, "--dry-run") != NULL,
                                    .system = hf_cli_value(cli, "--system") != NULL };

    if (cli->word_count != 1)
        return hf_cli_report_status(cli, HF_ERR_USAGE, "import FILE");
    file.path = cli->words[0];
    if (strcmp(file.path, "-") == 0 && hf_cli_value(cli, "--as") != NULL)
        return hf_cli_report_status(cli, HF_ERR_USAGE, "--as needs a file that can be read twice");
    return import(cli, &file);
}

static const struct hf_cli_option options[] = {
    {"--name",     "NAME",   "what to call the profile"                                          },
    { "--as",      "FORMAT", "refuse the file if it is of another format"                        },
    { "--pick",    "NAME",   "the VPN of a file with several"                                    },
    { "--with",    "FILE",   "a file that the profile refers to by its base name; more than once"},
    { "--system",  NULL,     "for every user of this computer"                                   },
    { "--dry-run", NULL,     "say what the file contains, and keep nothing"                      },
    HF_CLI_SECRET_OPTION,
    { NULL,        NULL,     NULL                                                                },
};

const struct hf_command hf_command_import = {
    .name = "import",
    .words = "FILE|-",
    .max_words = 1,
    .help = "keep a profile of any known format",
    .options = options,
    .run = run,
};
