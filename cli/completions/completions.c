/* What the shells' scripts have in common: see completions.h. */
#include "completions/completions.h"

#include "arguments.h"

#include <string.h>

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

enum hf_completions_kind hf_completions_kind_of(const char *description)
{
    if (starts(description, "PROFILE") || starts(description, "[PROFILE"))
        return HF_COMPLETIONS_PROFILE;
    if (starts(description, "FILE") || starts(description, "DIR"))
        return HF_COMPLETIONS_FILE;
    if (description[0] >= 'a' && description[0] <= 'z' && strchr(description, '|') != NULL)
        return HF_COMPLETIONS_CHOICES;
    return HF_COMPLETIONS_NOTHING;
}

void hf_completions_print_choices(FILE *to, const char *description)
{
    for (; *description != '\0'; description++)
        putc(*description == '|' ? ' ' : *description, to);
}

void hf_completions_each(FILE *to, hf_completions_visit_fn *visit)
{
    const struct hf_command *command;

    for (size_t n = 0; (command = hf_arguments_command(n)) != NULL; n++) {
        if (command->hidden)
            continue;
        visit(to, NULL, command);
        for (size_t i = 0; command->verbs != NULL && command->verbs[i] != NULL; i++)
            visit(to, command, command->verbs[i]);
    }
}

const char *hf_completions_path(const struct hf_command *group, const struct hf_command *verb,
                                char out[64])
{
    snprintf(out, 64, "%s%s%s", group == NULL ? "" : group->name, group == NULL ? "" : " ",
             verb->name);
    return out;
}
