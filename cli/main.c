/* holdfast: the command line client. */
#include "arguments.h"
#include "output/text.h"
#include "session.h"
#include "version.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* --- help ------------------------------------------------------------------------------------- */
static void print_options(const struct hf_cli_option *option)
{
    for (; option != NULL && option->name != NULL; option++)
        printf("  %-17s %-11s %s\n", option->name, option->argument == NULL ? "" : option->argument,
               option->help);
}

static void print_verb(const struct hf_command *group, const struct hf_command *verb)
{
    char words[80];

    snprintf(words, sizeof words, "%s%s%s", group == NULL ? "" : group->name,
             group == NULL ? "" : " ", verb->name);
    if (verb->words[0] != '\0')
        snprintf(words + strlen(words), sizeof words - strlen(words), " %s", verb->words);
    printf("  %-32s  %s\n", words, verb->help);
}

static void print_group(const struct hf_command *group)
{
    for (size_t n = 0; group->verbs[n] != NULL; n++)
        print_verb(group, group->verbs[n]);
}

static void print_verbs(void)
{
    const struct hf_command *verb;

    for (size_t n = 0; (verb = hf_arguments_command(n)) != NULL; n++) {
        if (verb->verbs != NULL)
            print_group(verb);
        else if (!verb->hidden)
            print_verb(NULL, verb);
    }
}

static void print_help(const struct hf_cli *cli, const struct hf_command *command)
{
    printf("usage: holdfast %s%s%s %s [OPTION]…\n", cli->group == NULL ? "" : cli->group->name,
           cli->group == NULL ? "" : " ", command == NULL ? "VERB" : command->name,
           command == NULL ? "" : command->words);
    if (command == NULL)
        print_verbs();
    else if (command->verbs != NULL)
        print_group(command);
    else
        print_options(command->options);
    puts("everywhere:");
    print_options(hf_cli_everywhere);
}

/* --- a verb ----------------------------------------------------------------------------------- */
static bool wants_color(const struct hf_cli *cli)
{
    const char *never = getenv("NO_COLOR"), *terminal = getenv("TERM");

    return !cli->no_color && (never == NULL || never[0] == '\0') && isatty(STDOUT_FILENO) &&
           terminal != NULL && strcmp(terminal, "dumb") != 0;
}

static int run(struct hf_cli *cli, const struct hf_command *command)
{
    if (cli->help) {
        print_help(cli, command);
        return 0;
    }
    if (command == NULL)
        return hf_cli_report_status(cli, HF_ERR_USAGE, "a verb is missing");
    if (command->run == NULL) {
        char what[80];

        snprintf(what, sizeof what, "%s: a verb is missing; see --help", command->name);
        return hf_cli_report_status(cli, HF_ERR_USAGE, what);
    }
    if (!isatty(STDIN_FILENO))
        cli->non_interactive = true;
    hf_text_use_color(wants_color(cli));
    return command->run(cli);
}

int main(int argc, char **argv)
{
    const struct hf_command *command;
    const char *wrong = "";
    struct hf_cli cli;
    hf_status status;
    int exit;

    (void)setlocale(LC_ALL, "");
    (void)prctl(PR_SET_DUMPABLE, 0); /* secrets pass through */
    signal(SIGPIPE, SIG_IGN);
    status = hf_arguments_read(argc, argv, &cli, &command, &wrong);
    if (status == HF_OK)
        status = hf_instance_finish(&cli.instance);
    exit = status == HF_OK ? run(&cli, command) : hf_cli_report_status(&cli, status, wrong);
    free(cli.instance_argv);
    if (fflush(stdout) != 0 && exit == 0)
        exit = hf_status_exit(HF_ERR_INTERNAL); /* what was asked for could not be written */
    return exit;
}
