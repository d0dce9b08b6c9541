/* holdfast completion: prints the script that a shell completes our command line with. */
#include "completions/completions.h"
#include "session.h"

#include <string.h>

static const struct {
    const char *name;
    void (*print)(FILE *to);
} shells[] = {
    {"bash",  hf_completions_bash},
    { "zsh",  hf_completions_zsh },
    { "fish", hf_completions_fish},
};

static int run(struct hf_cli *cli)
{
    for (size_t i = 0; cli->word_count == 1 && i < HF_ARRAY_LEN(shells); i++) {
        if (strcmp(cli->words[0], shells[i].name) == 0) {
            shells[i].print(stdout);
            return 0;
        }
    }
    return hf_cli_report_status(cli, HF_ERR_USAGE, "completion bash|zsh|fish");
}

const struct hf_command hf_command_completion = {
    .name = "completion",
    .words = "bash|zsh|fish",
    .max_words = 1,
    .help = "print the completion script of a shell",
    .run = run,
};
