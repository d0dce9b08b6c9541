/* A profile in a file, on its way to the daemon: what `import` and `run` share. */
#ifndef HF_CLI_PROFILE_FILE_H
#define HF_CLI_PROFILE_FILE_H

#include "session.h"

struct hf_profile_file {
    const char *path; /* "-": standard input */
    const char *name; /* NULL: the file's own */
    bool dry_run;
};

/* Has the daemon import it, with the passphrase that --secret key-passphrase=SRC names or that the
 * user types. On success the caller frees the id and releases the report; both are NULL on failure,
 * which has been reported. Returns the exit status. */
int hf_profile_file_import(struct hf_cli *cli, struct hf_session *session,
                           const struct hf_profile_file *file, char **out_id,
                           json_t **out_report) HF_MUST_USE;

#endif
