/* Completion scripts, made from the tables of verbs and options: what the parser knows is what the
 * shells offer. Names of profiles are asked for when they are wanted. */
#ifndef HF_CLI_COMPLETIONS_H
#define HF_CLI_COMPLETIONS_H

#include "command.h"

#include <stdio.h>

void hf_completions_bash(FILE *to);
void hf_completions_zsh(FILE *to);
void hf_completions_fish(FILE *to);

/* What can stand where a word or a value is described so. */
enum hf_completions_kind {
    HF_COMPLETIONS_NOTHING,
    HF_COMPLETIONS_PROFILE, /* "PROFILE", "[PROFILE]" in front */
    HF_COMPLETIONS_FILE,    /* "FILE", "DIR" */
    HF_COMPLETIONS_CHOICES, /* "bash|zsh|fish" */
};
enum hf_completions_kind hf_completions_kind_of(const char *description);
/* Prints the choices of a description, separated by spaces. */
void hf_completions_print_choices(FILE *to, const char *description);

/* Calls `visit` for each verb that help shows, with its group, or NULL. */
typedef void hf_completions_visit_fn(FILE *to, const struct hf_command *group,
                                     const struct hf_command *verb);
void hf_completions_each(FILE *to, hf_completions_visit_fn *visit);
/* "profile show", or "connect". */
const char *hf_completions_path(const struct hf_command *group, const struct hf_command *verb,
                                char out[64]);

#endif
