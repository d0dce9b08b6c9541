/* The command line: see arguments.h. */
#include "arguments.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_TIMEOUT_SECONDS 60

static const struct hf_command *const commands[] = {
#define HF_COMMAND(name) &hf_command_##name,
#include "commands/commands.def"
#undef HF_COMMAND
};

const struct hf_command *hf_arguments_command(size_t n)
{
    return n < HF_ARRAY_LEN(commands) ? commands[n] : NULL;
}

const char *hf_cli_value(const struct hf_cli *cli, const char *name)
{
    for (size_t i = 0; i < cli->option_count; i++) {
        if (strcmp(cli->options[i].name, name) == 0)
            return cli->options[i].value;
    }
    return NULL;
}

static const struct hf_command *find_command(const char *name)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(commands); i++) {
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    }
    return NULL;
}

static bool parse_seconds(const char *text, unsigned *out)
{
    unsigned long value;
    char *end;

    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    value = strtoul(text, &end, 10);
    if (errno != 0 || *end != '\0' || value > 86400)
        return false;
    *out = (unsigned)value;
    return true;
}

/* Options of every verb. Returns how many words it took; 0: not one of these; -1: wrong. */
static int take_global(struct hf_cli *cli, int argc, char **argv, int at)
{
    static const struct {
        const char *name;
        size_t flag;
    } flags[] = {
        {"--json",             offsetof(struct hf_cli, json)           },
        { "--quiet",           offsetof(struct hf_cli, quiet)          },
        { "--non-interactive", offsetof(struct hf_cli, non_interactive)},
        { "--help",            offsetof(struct hf_cli, help)           },
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(flags); i++) {
        if (strcmp(argv[at], flags[i].name) == 0) {
            *(bool *)((char *)cli + flags[i].flag) = true;
            return 1;
        }
    }
    if (strcmp(argv[at], "--timeout") != 0)
        return 0;
    return at + 1 < argc && parse_seconds(argv[at + 1], &cli->timeout_seconds) ? 2 : -1;
}

/* --root, --bus, --owner, --resolv-conf; kept for the processes that `run` starts. */
static int take_instance(struct hf_cli *cli, int argc, char **argv, int at)
{
    int took = hf_instance_option(&cli->instance, argc, argv, at);

    for (int i = 0; i < took; i++)
        cli->instance_argv[cli->instance_argc++] = argv[at + i];
    if (took > 0 && strcmp(argv[at], "--root") == 0)
        cli->instance.bus = HF_BUS_NONE; /* an instance of its own is not on the system's bus */
    return took;
}

static int take_own(struct hf_cli *cli, const struct hf_command *command, int argc, char **argv,
                    int at)
{
    const struct hf_cli_option *option = command == NULL ? NULL : command->options;

    for (; option != NULL && option->name != NULL; option++) {
        int words = option->argument == NULL ? 1 : 2;

        if (strcmp(argv[at], option->name) != 0)
            continue;
        if (at + words > argc || cli->option_count == HF_CLI_OPTIONS_MAX)
            return -1;
        cli->options[cli->option_count].name = option->name;
        cli->options[cli->option_count].value = words == 2 ? argv[at + 1] : "";
        cli->option_count++;
        return words;
    }
    return 0;
}

static int take_option(struct hf_cli *cli, const struct hf_command *command, int argc, char **argv,
                       int at)
{
    int took = take_global(cli, argc, argv, at);

    if (took == 0)
        took = take_instance(cli, argc, argv, at);
    if (took == 0)
        took = take_own(cli, command, argc, argv, at);
    return took;
}

/* The first word is the verb. */
static bool take_word(struct hf_cli *cli, const struct hf_command **command, const char *word)
{
    if (*command == NULL) {
        *command = find_command(word);
        cli->verb = word;
        return *command != NULL;
    }
    if (cli->word_count == (*command)->max_words)
        return false;
    cli->words[cli->word_count++] = word;
    return true;
}

hf_status hf_arguments_read(int argc, char **argv, struct hf_cli *cli,
                            const struct hf_command **out_command, const char **out_wrong)
{
    const struct hf_command *command = NULL;
    bool only_words = false;

    *cli = (struct hf_cli){ .timeout_seconds = DEFAULT_TIMEOUT_SECONDS };
    hf_instance_init(&cli->instance);
    cli->instance_argv = calloc((size_t)argc + 1, sizeof *cli->instance_argv);
    if (cli->instance_argv == NULL)
        return HF_ERR_NO_MEMORY;
    for (int at = 1; at < argc;) {
        bool is_option = !only_words && argv[at][0] == '-' && argv[at][1] != '\0';
        int took = 1;

        if (is_option && strcmp(argv[at], "--") == 0)
            only_words = true;
        else if (is_option && command == NULL && strcmp(argv[at], "--version") == 0)
            command = find_command("version");
        else if (is_option)
            took = take_option(cli, command, argc, argv, at);
        else if (!take_word(cli, &command, argv[at]))
            took = 0;
        if (took <= 0) {
            *out_wrong = argv[at];
            return HF_ERR_USAGE;
        }
        at += took;
    }
    *out_command = command;
    return HF_OK;
}
