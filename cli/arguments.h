/* Takes the command line apart. */
#ifndef HF_CLI_ARGUMENTS_H
#define HF_CLI_ARGUMENTS_H

#include "command.h"

/* Finds the verb and reads every option, wherever it stands; "--name value" and "--name=value" are
 * the same. `*out_command` is NULL where no verb was given, and a group where its verb was not. On
 * HF_ERR_USAGE `*out_wrong` is the word that was not understood. */
hf_status hf_arguments_read(int argc, char **argv, struct hf_cli *cli,
                            const struct hf_command **out_command,
                            const char **out_wrong) HF_MUST_USE;
/* The verbs in order; NULL past the end. */
const struct hf_command *hf_arguments_command(size_t n);

#endif
