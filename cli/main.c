/* holdfast: the command line client. */
#include "arguments.h"
#include "session.h"
#include "version.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

static void print_options(const struct hf_cli_option *option)
{
    for (; option != NULL && option->name != NULL; option++)
        printf("  %-16s %-10s %s\n", option->name, option->argument == NULL ? "" : option->argument,
               option->help);
}

static void print_help(const struct hf_command *command)
{
    static const struct hf_cli_option everywhere[] = {
        {"--root",             "DIR",     "the instance below this directory"           },
        { "--json",            NULL,      "print one JSON object"                       },
        { "--quiet",           NULL,      "print nothing but failures"                  },
        { "--timeout",         "SECONDS", "how long to wait; 0: for ever; 60 by default"},
        { "--non-interactive", NULL,      "never ask"                                   },
        { "--help",            NULL,      "this"                                        },
        { NULL,                NULL,      NULL                                          },
    };

    printf("usage: holdfast %s %s [OPTION]…\n", command == NULL ? "VERB" : command->name,
           command == NULL ? "" : command->words);
    if (command != NULL)
        print_options(command->options);
    for (size_t n = 0; command == NULL && hf_arguments_command(n) != NULL; n++) {
        const struct hf_command *verb = hf_arguments_command(n);

        if (!verb->hidden)
            printf("  %-11s %-10s %s\n", verb->name, verb->words, verb->help);
    }
    puts("everywhere:");
    print_options(everywhere);
}

static int run(struct hf_cli *cli, const struct hf_command *command)
{
    if (cli->help) {
        print_help(command);
        return 0;
    }
    if (command == NULL)
        return hf_cli_report_status(cli, HF_ERR_USAGE, "a verb is missing");
    if (!isatty(STDIN_FILENO))
        cli->non_interactive = true;
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
