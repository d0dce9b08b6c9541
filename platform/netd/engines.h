/* The engines, and the holders of keys, that this netd started. */
#ifndef HF_NETD_ENGINES_H
#define HF_NETD_ENGINES_H

#include "instance.h"
#include "ipc/netd_protocol.h"

#include <sys/types.h>

#define HF_ENGINES_MAX 8

struct hf_engines {
    int empty_folder; /* O_PATH: all that an engine will see of the file system */
    pid_t pids[HF_ENGINES_MAX];
    size_t count;
};

/* Starts one, confined as design section 2 says. `*out_socket` is our end of its socketpair.
 * HF_ERR_BUSY: too many. HF_ERR_LOCAL_SETUP: no trusted program, or no process. */
hf_status hf_engines_start(struct hf_engines *engines, const struct hf_instance *instance,
                           enum hf_engine_mode mode, pid_t *out_pid, int *out_socket) HF_MUST_USE;
/* Starts holdfast-keys as this user, who owns a profile whose key is in a token. HF_ERR_DENIED:
 * root, unless root is the instance's owner, and the users that our own processes run as. */
hf_status hf_engines_start_keys(struct hf_engines *engines, const struct hf_instance *instance,
                                unsigned uid, pid_t *out_pid, int *out_socket) HF_MUST_USE;
/* HF_ERR_NOT_FOUND: none of ours. */
hf_status hf_engines_kill(struct hf_engines *engines, pid_t pid) HF_MUST_USE;
void hf_engines_kill_all(struct hf_engines *engines);
/* An ended process: true when it was one of ours. */
bool hf_engines_forget(struct hf_engines *engines, pid_t pid);

#endif
