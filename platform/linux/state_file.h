/* Small files of netd's own that are whole or not there: written beside, renamed, checked when
 * read.
 */
#ifndef HF_LINUX_STATE_FILE_H
#define HF_LINUX_STATE_FILE_H

#include "base/bytes.h"
#include "base/status.h"

#define HF_STATE_FILE_MAX (256u << 10)

/* `durable`: survives the loss of power too, which costs milliseconds; what describes the kernel's
 * state need not, because that does not either. HF_ERR_LOCAL_SETUP: not written; what was there
 * before still is. */
hf_status hf_state_file_write(const char *path, hf_bytes content, bool durable) HF_MUST_USE;
/* HF_ERR_NOT_FOUND: no such file. HF_ERR_MALFORMED: damaged, or not readable. */
hf_status hf_state_file_read(const char *path, hf_buf *out) HF_MUST_USE;
/* HF_OK also when there was none. */
hf_status hf_state_file_remove(const char *path);
/* Makes what was done to the entries of the file's folder survive a crash. */
bool hf_sync_folder_of(const char *path);

#endif
