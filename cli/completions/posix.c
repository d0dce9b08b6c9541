/* bash and zsh: the tables in the words that both understand, and a head for each. Not called
 * `path`, `words` or `options`: those are zsh's own. */
#include "completions/completions.h"

/* --- the tables ------------------------------------------------------------------------------- */
static void print_names(FILE *to, const struct hf_cli_option *option)
{
    for (; option != NULL && option->name != NULL; option++)
        fprintf(to, " %s", option->name);
}

static void print_verb_name(FILE *to, const struct hf_command *group, const struct hf_command *verb)
{
    if (group == NULL)
        fprintf(to, " %s", verb->name);
}

static void print_group_name(FILE *to, const struct hf_command *group,
                             const struct hf_command *verb)
{
    if (group == NULL && verb->verbs != NULL)
        fprintf(to, "|%s", verb->name);
}

static void print_choices(FILE *to, const char *description)
{
    switch (hf_completions_kind_of(description)) {
    case HF_COMPLETIONS_PROFILE:
        fputs("choices=@profiles", to);
        break;
    case HF_COMPLETIONS_FILE:
        fputs("choices=@files", to);
        break;
    case HF_COMPLETIONS_CHOICES:
        fputs("choices='", to);
        hf_completions_print_choices(to, description);
        putc('\'', to);
        break;
    case HF_COMPLETIONS_NOTHING:
        fputs("choices=", to);
        break;
    }
}

static void print_row(FILE *to, const struct hf_command *group, const struct hf_command *verb)
{
    char path[64];

    fprintf(to, "    '%s') ", hf_completions_path(group, verb, path));
    if (verb->options != NULL) {
        fputs("flags=\"$flags", to);
        print_names(to, verb->options);
        fputs("\"; ", to);
    }
    if (verb->verbs != NULL) {
        fputs("choices='", to);
        for (size_t i = 0; verb->verbs[i] != NULL; i++)
            fprintf(to, "%s%s", i == 0 ? "" : " ", verb->verbs[i]->name);
        putc('\'', to);
    } else {
        print_choices(to, verb->words);
    }
    fputs(" ;;\n", to);
}

static void print_table(FILE *to)
{
    fputs("# By $verb: its options, and what its first word can be.\n"
          "_holdfast_table() {\n    flags='",
          to);
    print_names(to, hf_cli_everywhere);
    fputs("' choices=\n    case $verb in\n    '') choices='", to);
    hf_completions_each(to, print_verb_name);
    fputs("' ;;\n", to);
    hf_completions_each(to, print_row);
    fputs("    esac\n}\n", to);
}

static void print_values_of(FILE *to, const char *path, const struct hf_cli_option *option)
{
    for (; option != NULL && option->name != NULL; option++) {
        if (option->argument == NULL)
            continue;
        fprintf(to, "    %s' %s') ", path, option->name);
        print_choices(to, option->argument);
        fputs(" ;;\n", to);
    }
}

static void print_values_row(FILE *to, const struct hf_command *group,
                             const struct hf_command *verb)
{
    char path[64], quoted[72];

    snprintf(quoted, sizeof quoted, "'%s'", hf_completions_path(group, verb, path));
    print_values_of(to, quoted, verb->options);
}

static void print_values(FILE *to)
{
    fputs("# By $verb and $prev: the values of an option; 1: it takes none.\n"
          "_holdfast_values() {\n    case \"$verb $prev\" in\n",
          to);
    hf_completions_each(to, print_values_row);
    print_values_of(to, "*", hf_cli_everywhere);
    fputs("    *) return 1 ;;\n    esac\n}\n", to);
}

static void print_value_options(FILE *to, const struct hf_cli_option *option)
{
    for (; option != NULL && option->name != NULL; option++) {
        if (option->argument != NULL)
            fprintf(to, "|%s", option->name);
    }
}

static void print_value_options_row(FILE *to, const struct hf_command *group,
                                    const struct hf_command *verb)
{
    (void)group;
    print_value_options(to, verb->options);
}

static void print_word(FILE *to)
{
    fputs("# Takes a word into $verb and $count; 1: the next one is its value.\n"
          "_holdfast_word() {\n    case $1 in\n    --=",
          to);
    print_value_options(to, hf_cli_everywhere);
    hf_completions_each(to, print_value_options_row);
    fputs(") return 1 ;;\n    -*|=) ;;\n    *) case $verb in\n       ''", to);
    hf_completions_each(to, print_group_name);
    fputs(") verb=${verb:+$verb }$1 ;;\n       *) count=$((count + 1)) ;;\n       esac ;;\n"
          "    esac\n}\n",
          to);
}

static void print_common(FILE *to)
{
    print_word(to);
    print_table(to);
    print_values(to);
    fputs("_holdfast_profiles() {\n"
          "    local id rest\n"
          "    holdfast profile list 2>/dev/null | while read -r id rest; do echo \"$id\"; done\n"
          "}\n",
          to);
}

/* --- the shells ------------------------------------------------------------------------------- */
void hf_completions_bash(FILE *to)
{
    fputs("# bash completion of holdfast\n", to);
    print_common(to);
    fputs("_holdfast() {\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
          "    local verb= flags= choices= count=0 i\n"
          "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
          "        _holdfast_word \"${COMP_WORDS[i]}\" || ((i++))\n"
          "    done\n"
          "    if ! _holdfast_values; then\n"
          "        _holdfast_table\n"
          "        [[ $cur == -* ]] && choices=$flags\n"
          "        [[ $cur != -* && $count -gt 0 ]] && choices=@files\n"
          "    fi\n"
          "    case $choices in\n"
          "    @profiles) mapfile -t COMPREPLY < <(compgen -W \"$(_holdfast_profiles)\" -- "
          "\"$cur\") ;;\n"
          "    @files) mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
          "        compopt -o filenames 2>/dev/null ;;\n"
          "    *) mapfile -t COMPREPLY < <(compgen -W \"$choices\" -- \"$cur\") ;;\n"
          "    esac\n"
          "}\n"
          "complete -F _holdfast holdfast\n",
          to);
}

void hf_completions_zsh(FILE *to)
{
    fputs("#compdef holdfast\n", to);
    print_common(to);
    fputs("_holdfast() {\n"
          "    local cur=${words[CURRENT]} prev=${words[CURRENT - 1]}\n"
          "    local verb= flags= choices= count=0 i\n"
          "    for ((i = 2; i < CURRENT; i++)); do\n"
          "        _holdfast_word \"${words[i]}\" || ((i++))\n"
          "    done\n"
          "    if ! _holdfast_values; then\n"
          "        _holdfast_table\n"
          "        [[ $cur == -* ]] && choices=$flags\n"
          "        [[ $cur != -* && $count -gt 0 ]] && choices=@files\n"
          "    fi\n"
          "    case $choices in\n"
          "    @profiles) compadd -- ${(f)\"$(_holdfast_profiles)\"} ;;\n"
          "    @files) _files ;;\n"
          "    *) compadd -- ${=choices} ;;\n"
          "    esac\n"
          "}\n"
          "if [[ ${funcstack[1]} == _holdfast ]]; then\n"
          "    _holdfast \"$@\"\n"
          "else\n"
          "    compdef _holdfast holdfast\n"
          "fi\n",
          to);
}
