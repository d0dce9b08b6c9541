/* fish: one line for each verb and option. */
#include "completions/completions.h"

/* In single quotes. */
static void print_quoted(FILE *to, const char *text)
{
    putc('\'', to);
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\')
            putc('\\', to);
        putc(*text, to);
    }
    putc('\'', to);
}

static void print_begin(FILE *to, const char *path)
{
    fprintf(to, "complete -c holdfast");
    if (path != NULL)
        fprintf(to, " -n '__holdfast_is \"%s\"'", path);
}

static void print_kind(FILE *to, const char *description)
{
    switch (hf_completions_kind_of(description)) {
    case HF_COMPLETIONS_PROFILE:
        fputs(" -x -a '(__holdfast_profiles)'", to);
        break;
    case HF_COMPLETIONS_FILE:
        fputs(" -r -F", to);
        break;
    case HF_COMPLETIONS_CHOICES:
        fputs(" -x -a '", to);
        hf_completions_print_choices(to, description);
        putc('\'', to);
        break;
    case HF_COMPLETIONS_NOTHING:
        fputs(" -x", to);
        break;
    }
}

static void print_options(FILE *to, const char *path, const struct hf_cli_option *option)
{
    for (; option != NULL && option->name != NULL; option++) {
        print_begin(to, path);
        fprintf(to, " -l %s", option->name + 2);
        if (option->argument != NULL)
            print_kind(to, option->argument);
        fputs(" -d ", to);
        print_quoted(to, option->help);
        putc('\n', to);
    }
}

static void print_verb(FILE *to, const struct hf_command *group, const struct hf_command *verb)
{
    char path[64];

    print_begin(to, group == NULL ? "" : group->name);
    fprintf(to, " -a %s -d ", verb->name);
    print_quoted(to, verb->help);
    putc('\n', to);
    (void)hf_completions_path(group, verb, path);
    if (hf_completions_kind_of(verb->words) != HF_COMPLETIONS_NOTHING) {
        print_begin(to, path);
        print_kind(to, verb->words);
        putc('\n', to);
    }
    print_options(to, path, verb->options);
}

static void print_group(FILE *to, const struct hf_command *group, const struct hf_command *verb)
{
    if (group == NULL && verb->verbs != NULL)
        fprintf(to, " %s", verb->name);
}

static void print_value_options(FILE *to, const struct hf_cli_option *option)
{
    for (; option != NULL && option->name != NULL; option++) {
        if (option->argument != NULL)
            fprintf(to, " %s", option->name);
    }
}

static void print_value_options_of(FILE *to, const struct hf_command *group,
                                   const struct hf_command *verb)
{
    (void)group;
    print_value_options(to, verb->options);
}

static void print_functions(FILE *to)
{
    fputs("# fish completion of holdfast\n"
          "# The verb of the command line, with its group.\n"
          "function __holdfast_verb\n"
          "    set -l verb\n"
          "    set -l skip 0\n"
          "    set -l given (commandline -opc)\n"
          "    set -e given[1]\n"
          "    for word in $given\n"
          "        if test $skip -eq 1\n"
          "            set skip 0\n"
          "        else if contains -- $word",
          to);
    print_value_options(to, hf_cli_everywhere);
    hf_completions_each(to, print_value_options_of);
    fputs("\n            set skip 1\n"
          "        else if string match -q -- '-*' $word\n"
          "        else if test -z \"$verb\"\n"
          "            set verb $word\n"
          "        else if contains -- $verb",
          to);
    hf_completions_each(to, print_group);
    fputs("\n            set verb \"$verb $word\"\n"
          "        end\n"
          "    end\n"
          "    echo $verb\n"
          "end\n"
          "function __holdfast_is\n"
          "    set -l verb (__holdfast_verb)\n"
          "    test \"$argv[1]\" = \"$verb\"\n"
          "end\n"
          "function __holdfast_profiles\n"
          "    holdfast profile list 2>/dev/null | string replace -r '  .*' ''\n"
          "end\n"
          "complete -c holdfast -f\n",
          to);
}

void hf_completions_fish(FILE *to)
{
    print_functions(to);
    print_options(to, NULL, hf_cli_everywhere);
    hf_completions_each(to, print_verb);
}
