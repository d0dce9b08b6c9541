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

const struct hf_cli_option hf_cli_everywhere[] = {
    {"--root",             "DIR",         "the instance below this directory"                          },
    { "--bus",             "system|none", "where to look for the service"                              },
    { "--json",            NULL,          "print one JSON object; --json=lines where there are several"},
    { "--quiet",           NULL,          "print nothing but failures"                                 },
    { "--verbose",         NULL,          "print also what needs no attention"                         },
    { "--no-color",        NULL,          "no colours on a terminal; nor with NO_COLOR set"            },
    { "--non-interactive", NULL,          "never ask; so it is where standard input is no terminal"    },
    { "--timeout",         "SECONDS",     "how long to wait; 0: for ever; 60 by default"               },
    { "--help",            NULL,          "this"                                                       },
    { NULL,                NULL,          NULL                                                         },
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

static const struct hf_command *find_command(const struct hf_command *const *list, size_t count,
                                             const char *name)
{
    for (size_t i = 0; i < count && list[i] != NULL; i++) {
        if (strcmp(list[i]->name, name) == 0)
            return list[i];
    }
    return NULL;
}

/* --- options ---------------------------------------------------------------------------------- */
/* An option that takes a value: "--name value" or "--name=value". Returns how many words it took;
 * 0: it is another option; -1: the value is missing. */
static int take_value(int argc, char **argv, int at, const char *name, char **out_value)
{
    size_t len = strlen(name);

    if (strncmp(argv[at], name, len) != 0)
        return 0;
    if (argv[at][len] == '=') {
        *out_value = argv[at] + len + 1;
        return 1;
    }
    if (argv[at][len] != '\0')
        return 0;
    if (at + 1 >= argc)
        return -1;
    *out_value = argv[at + 1];
    return 2;
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
        { "--json=lines",      offsetof(struct hf_cli, json)           },
        { "--quiet",           offsetof(struct hf_cli, quiet)          },
        { "--verbose",         offsetof(struct hf_cli, verbose)        },
        { "--no-color",        offsetof(struct hf_cli, no_color)       },
        { "--non-interactive", offsetof(struct hf_cli, non_interactive)},
        { "--help",            offsetof(struct hf_cli, help)           },
    };
    char *value = NULL;
    int took;

    for (size_t i = 0; i < HF_ARRAY_LEN(flags); i++) {
        if (strcmp(argv[at], flags[i].name) == 0) {
            *(bool *)((char *)cli + flags[i].flag) = true;
            return 1;
        }
    }
    took = take_value(argc, argv, at, "--timeout", &value);
    return took > 0 && !parse_seconds(value, &cli->timeout_seconds) ? -1 : took;
}

/* --root, --bus, …: platform/include/instance.h. Kept for the processes that `run` starts. */
static int take_instance(struct hf_cli *cli, int argc, char **argv, int at)
{
    static char names[][16] = { "--root", "--bus", "--owner", "--resolv-conf", "--metrics" };

    for (size_t i = 0; i < HF_ARRAY_LEN(names); i++) {
        char *pair[2] = { names[i], NULL };
        int took = take_value(argc, argv, at, names[i], &pair[1]);

        if (took == 0)
            continue;
        if (took < 0 || hf_instance_option(&cli->instance, 2, pair, 0) != 2)
            return -1;
        cli->instance_argv[cli->instance_argc++] = pair[0];
        cli->instance_argv[cli->instance_argc++] = pair[1];
        if (strcmp(names[i], "--root") == 0)
            cli->instance.bus = HF_BUS_NONE; /* an instance of its own is not on the system's bus */
        return took;
    }
    return 0;
}

static int take_own(struct hf_cli *cli, const struct hf_command *command, int argc, char **argv,
                    int at)
{
    static char none[] = "";
    const struct hf_cli_option *option = command == NULL ? NULL : command->options;

    for (; option != NULL && option->name != NULL; option++) {
        char *value = none;
        int took = option->argument != NULL ? take_value(argc, argv, at, option->name, &value)
                                            : strcmp(argv[at], option->name) == 0;

        if (took == 0)
            continue;
        if (took < 0 || cli->option_count == HF_CLI_OPTIONS_MAX)
            return -1;
        cli->options[cli->option_count].name = option->name;
        cli->options[cli->option_count].value = value;
        cli->option_count++;
        return took;
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

/* --- words ------------------------------------------------------------------------------------ */
static bool take_verb(struct hf_cli *cli, const struct hf_command **command, const char *word)
{
    *command = find_command(commands, HF_ARRAY_LEN(commands), word);
    cli->verb = word;
    return *command != NULL;
}

/* The first word is the verb; of a group, the second as well. */
static bool take_word(struct hf_cli *cli, const struct hf_command **command, const char *word)
{
    if (*command == NULL)
        return take_verb(cli, command, word);
    if ((*command)->verbs != NULL) {
        cli->group = *command;
        *command = find_command(cli->group->verbs, SIZE_MAX, word);
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
    cli->instance_argv = calloc(2 * (size_t)argc + 1, sizeof *cli->instance_argv);
    if (cli->instance_argv == NULL)
        return HF_ERR_NO_MEMORY;
    for (int at = 1; at < argc;) {
        bool is_option = !only_words && argv[at][0] == '-' && argv[at][1] != '\0';
        int took = 1;

        if (is_option && strcmp(argv[at], "--") == 0)
            only_words = true;
        else if (is_option && command == NULL && strcmp(argv[at], "--version") == 0)
            (void)take_verb(cli, &command, "version");
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
