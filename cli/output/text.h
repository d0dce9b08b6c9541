/* What people read. */
#ifndef HF_CLI_OUTPUT_TEXT_H
#define HF_CLI_OUTPUT_TEXT_H

#include <holdfast/status.h>

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* Writes text from elsewhere: control characters, which could speak to the terminal, become '?'. */
void hf_text_print(FILE *to, const char *text);
/* Whether states stand out in colour from now on; not, until said. */
void hf_text_use_color(bool use);
/* Title, sentence, what was offered and received, the next step, the code. */
void hf_text_print_fault(FILE *to, const struct hf_fault *fault);
/* The status of the connection, in a few lines. */
void hf_text_print_status(FILE *to, const json_t *status);
/* What an import found; `all`: also what was applied, and what does no harm. */
void hf_text_print_report(FILE *to, const json_t *report, bool all);
/* "handshaking" as a person would say it. */
const char *hf_text_state(const char *state);
/* What a token tells of the tries that are left for its PIN: "enough", "few", "last". */
const char *hf_text_tries(const char *tries);

#endif
