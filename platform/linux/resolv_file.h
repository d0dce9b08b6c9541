/* The resolver file as the way to set DNS: replaced by ours, put back exactly as it was. What must
 * be put back is on disk before anything changes. */
#ifndef HF_LINUX_RESOLV_FILE_H
#define HF_LINUX_RESOLV_FILE_H

#include "base/status.h"
#include <holdfast/plan.h>

struct hf_resolv_file {
    const char *path; /* /etc/resolv.conf */
    const char *undo; /* our note of what it was */
};

/* Notes what is there, for what follows: the slow part of setting, done while there is time. */
hf_status hf_resolv_file_prepare(const struct hf_resolv_file *file) HF_MUST_USE;
/* Writes the plan's resolvers and search domains, and reads them back. A link is replaced by a
 * file, not followed; a file that is mounted (as in containers) is written in place.
 * HF_ERR_DNS_SETUP: not possible, and nothing stays changed. */
hf_status hf_resolv_file_set(const struct hf_resolv_file *file,
                             const struct hf_plan *plan) HF_MUST_USE;
/* Puts back what was there, unless others replaced our file since. HF_OK also when we changed
 * nothing. HF_ERR_DNS_SETUP: not possible now; it can be called again. */
hf_status hf_resolv_file_restore(const struct hf_resolv_file *file) HF_MUST_USE;

#endif
