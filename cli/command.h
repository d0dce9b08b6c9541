/* What a verb is, and what it works with. */
#ifndef HF_CLI_COMMAND_H
#define HF_CLI_COMMAND_H

#include "instance.h"
#include "ipc/client.h"

#define HF_CLI_WORDS_MAX   32
#define HF_CLI_OPTIONS_MAX 16

struct hf_command;

/* An option of one verb. */
struct hf_cli_option {
    const char *name;     /* "--no-wait"; NULL ends a list */
    const char *argument; /* what stands for its value in the help; NULL: it takes none */
    const char *help;
};

/* The command line, taken apart. All strings borrow from argv. */
struct hf_cli {
    const char *verb;
    const struct hf_command *group; /* the verb above the one that runs; NULL: none */
    struct hf_instance instance;
    char **instance_argv; /* the options that chose the instance, for processes of our own */
    int instance_argc;
    bool json; /* always one object a line */
    bool quiet, verbose, no_color, non_interactive, help;
    unsigned timeout_seconds; /* 0: for ever */
    const char *words[HF_CLI_WORDS_MAX];
    size_t word_count;
    struct {
        const char *name, *value;
    } options[HF_CLI_OPTIONS_MAX];
    size_t option_count;
};

struct hf_command {
    const char *name;
    const char *words; /* "[PROFILE]" */
    size_t max_words;
    const char *help;
    bool hidden;
    const struct hf_cli_option *options;   /* ended by a NULL name; may be NULL */
    int (*run)(struct hf_cli *cli);        /* returns the exit status; NULL: a group */
    const struct hf_command *const *verbs; /* of a group, ended by NULL; else NULL */
};

#define HF_COMMAND(name) extern const struct hf_command hf_command_##name;
#include "commands/commands.def"
#undef HF_COMMAND

/* The options that every verb takes, ended by a NULL name. */
extern const struct hf_cli_option hf_cli_everywhere[];

/* The value of an option, or "" for one that takes none; NULL where it was not given. */
const char *hf_cli_value(const struct hf_cli *cli, const char *name);

#endif
