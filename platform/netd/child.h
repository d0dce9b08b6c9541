/* Starting our own other processes, with less privilege than this one. */
#ifndef HF_NETD_CHILD_H
#define HF_NETD_CHILD_H

#include "base/status.h"

#include <sys/types.h>

struct hf_child {
    const char *program; /* a file beside this one */
    char **argv;         /* the first is set to the program's path */
    char *const *environment;
    unsigned uid, gid;
    /* A person's: his groups and his home are looked up, `gid` and `environment` are not used, and
     * it gets /dev/null as descriptor 1. */
    bool is_person;
    bool confined; /* an engine: no network of its own, CAP_SYS_CHROOT alone, tight limits */
    /* What becomes descriptors 0 and 3; 1 is /dev/null for a confined child. -1: /dev/null, none.
     */
    int input, folder;
};

/* HF_ERR_LOCAL_SETUP: the program is not one that root alone can change, or there is no process. */
hf_status hf_child_start(const struct hf_child *child, pid_t *out_pid) HF_MUST_USE;

#endif
