/* The processes of an instance in the foreground: starts holdfast-netd, which starts the rest,
 * keeps it running, and leaves nothing behind. For containers and one-off use. */
#ifndef HF_CLI_HOUSEHOLD_H
#define HF_CLI_HOUSEHOLD_H

#include "command.h"

struct hf_household;

/* Makes a folder of its own where the options name none, and starts netd. Call before anything that
 * starts threads. HF_ERR_DENIED: not root. HF_ERR_LOCAL_SETUP: no folder, no program. */
hf_status hf_household_new(struct hf_cli *cli, struct hf_household **out) HF_MUST_USE;
/* Waits until holdfastd answers. HF_ERR_TIMEOUT; HF_ERR_CANCELLED: a signal came first. */
hf_status hf_household_wait(struct hf_household *household, unsigned seconds) HF_MUST_USE;
/* Ends every process; `unblock` also removes what is still in force; removes the folder it made. */
void hf_household_free(struct hf_household *household, bool unblock);

#endif
