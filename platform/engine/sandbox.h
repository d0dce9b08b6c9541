/* Confinement, step by step; every step is checked, and none can be left out. What needs the system
 * at large happens before; nothing of the network is read before the last one. */
#ifndef HF_ENGINE_SANDBOX_H
#define HF_ENGINE_SANDBOX_H

#include "base/bytes.h"

#include <seccomp.h>

/* True when we run as an ordinary user of our own, as holdfast-netd starts us: one uid and one gid,
 * not root's, no further groups. */
bool hf_sandbox_is_unprivileged(void);
/* Leaves the file system for the empty directory `root` (which is closed), gives up every
 * capability, and can neither be traced, dumped nor gain privilege any more. NULL: done; else the
 * name of the step that failed. Threads that are started afterwards inherit all of it. */
const char *hf_sandbox_confine(int root);

/* One system call that is allowed: always, or where `argument` masked is `value`. */
struct hf_sandbox_call {
    int number;
    bool is_conditional;
    struct scmp_arg_cmp condition;
};
/* Allows these calls alone, to all threads; any other ends the process. NULL: done; else the name
 * of the step that failed. */
const char *hf_sandbox_lock(const struct hf_sandbox_call *const *lists, size_t count);

/* Lists end with a number of HF_SANDBOX_END. */
#define HF_SANDBOX_END (-10000)
extern const struct hf_sandbox_call hf_sandbox_calls[];        /* what every mode needs */
extern const struct hf_sandbox_call hf_sandbox_import_calls[]; /* handing over what was imported */
extern const struct hf_sandbox_call hf_sandbox_build_calls[];  /* what a sanitizer build needs;
                                                                  else nothing */

#endif
