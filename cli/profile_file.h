/* A profile in a file, on its way to the daemon: what `import` and `run` share. */
#ifndef HF_CLI_PROFILE_FILE_H
#define HF_CLI_PROFILE_FILE_H

#include "session.h"

struct hf_profile_file {
    const char *path; /* "-": standard input */
    const char *name; /* NULL: the file's own */
    const char *pick; /* the VPN of a file with several; NULL: the first */
    bool dry_run;
    bool system; /* keep it as the system's */
};
#define HF_PROFILE_FILE_ATTACHMENTS 8 /* as many as the importer takes */

/* Reads a file, or standard input for "-", into a sealed piece of memory, which the caller closes.
 * HF_ERR_NOT_FOUND; HF_ERR_PROFILE_INVALID: longer than any profile. */
hf_status hf_profile_file_open(const char *path, int *out_fd) HF_MUST_USE;

/* Has the daemon import it, with the files that --with names, and with the passphrase that --secret
 * key-passphrase=SRC names or that the user types. On success the caller frees the id and releases
 * the report; both are NULL on failure, which has been reported. Returns the exit status. */
int hf_profile_file_import(struct hf_cli *cli, struct hf_session *session,
                           const struct hf_profile_file *file, char **out_id,
                           json_t **out_report) HF_MUST_USE;

#endif
