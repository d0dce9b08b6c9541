/* Secrets from where the user says they are: never from the command line itself. */
#ifndef HF_CLI_SECRETS_H
#define HF_CLI_SECRETS_H

#include "command.h"

/* Reads every `--secret NAME=SRC` into descriptors for the bus. `out_names` is an a{sh}, floating.
 * SRC: stdin, fd:N, file:PATH, env:VAR, credential:NAME ($CREDENTIALS_DIRECTORY), prompt.
 * HF_ERR_USAGE, HF_ERR_NOT_FOUND, HF_ERR_SECRET_NEEDED (a prompt, and nobody there): `out_wrong` is
 * the option's value. */
hf_status hf_cli_secrets_read(const struct hf_cli *cli, GUnixFDList *fds, GVariant **out_names,
                              const char **out_wrong) HF_MUST_USE;
/* The same for one secret; -1 where it was not given. The caller closes the descriptor. The option
 * is then spent: a source can be read once only. */
hf_status hf_cli_secrets_read_one(struct hf_cli *cli, const char *name, int *out_fd,
                                  const char **out_wrong) HF_MUST_USE;
/* Reads the secret `name` from one source. The caller closes the descriptor. Failures as above. */
hf_status hf_cli_secrets_read_source(const struct hf_cli *cli, const char *name, const char *source,
                                     int *out_fd) HF_MUST_USE;
/* Asks at the terminal. HF_ERR_SECRET_NEEDED: there is none, or nothing was typed.
 * HF_ERR_CANCELLED: an interrupt was. */
hf_status hf_cli_secrets_prompt(const struct hf_cli *cli, const char *name,
                                int *out_fd) HF_MUST_USE;

/* --secret, for the verbs that take it. */
#define HF_CLI_SECRET_OPTION                                                                       \
    {                                                                                              \
        "--secret", "NAME=SRC",                                                                    \
            "a secret, from stdin, fd:N, file:PATH, env:VAR, credential:NAME or prompt"            \
    }

#endif
