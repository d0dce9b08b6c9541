/* Files of the daemon's own directories: read whole and bounded, written whole or not at all. Names
 * are ours, never a caller's. */
#ifndef HF_DAEMON_FILES_H
#define HF_DAEMON_FILES_H

#include "base/bytes.h"
#include "base/status.h"

/* Makes the directory, with mode 0700, unless it is there. */
hf_status hf_files_make_dir(const char *path) HF_MUST_USE;
/* Replaces `dir`/`name` by a file of mode 0600 with this content, by rename, and waits until it is
 * on the disk. */
hf_status hf_files_write(const char *dir, const char *name, hf_bytes content) HF_MUST_USE;
/* The same without waiting for the disk: for copies whose loss in a crash only makes us stricter.
 */
hf_status hf_files_keep_copy(const char *dir, const char *name, hf_bytes content) HF_MUST_USE;
/* HF_ERR_NOT_FOUND; HF_ERR_TOO_LARGE when it does not fit `out`, which is emptied first. */
hf_status hf_files_read(const char *dir, const char *name, hf_buf *out) HF_MUST_USE;
/* Removes it; that it is not there is no failure. */
void hf_files_remove(const char *dir, const char *name);
/* As remove, after the content has been overwritten: on a disk that writes in place nothing is
 * left. */
void hf_files_shred(const char *dir, const char *name);
/* May `name` be a file of ours: [a-z0-9._-], not led by a dot, 1 to 200 characters. */
bool hf_files_name_is_good(const char *name);

#endif
