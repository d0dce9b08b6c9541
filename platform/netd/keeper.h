/* Keeps holdfastd running (--with-daemon): where no service manager does, as in containers. */
#ifndef HF_NETD_KEEPER_H
#define HF_NETD_KEEPER_H

#include "instance.h"

#include <sys/types.h>

struct hf_keeper {
    bool enabled;
    char **argv; /* of holdfastd: our own, less what is ours alone */
    pid_t pid;   /* 0: not running */
    int64_t start_at, delay_ms;
};

/* `argv` is ours; `keeper` keeps the memory for the life of the process. */
hf_status hf_keeper_init(struct hf_keeper *keeper, int argc, char **argv) HF_MUST_USE;
/* Starts holdfastd when it is time, no other one holds the instance's lock, and none is connected.
 * Returns when to call again, in milliseconds of the monotonic clock; INT64_MAX: not before
 * something happens. */
int64_t hf_keeper_tend(struct hf_keeper *keeper, const struct hf_instance *instance,
                       bool is_connected, int64_t now_ms);
/* An ended process: true when it was holdfastd. */
bool hf_keeper_forget(struct hf_keeper *keeper, pid_t pid, int64_t now_ms);
/* A connection was good: the next start need not wait. */
void hf_keeper_note_connected(struct hf_keeper *keeper);

#endif
