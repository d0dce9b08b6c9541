/* What we mean to ask of the gateway, in order of urgency: each task is queued once at most and
 * waits for its time and for the window (which holds one request). */
#ifndef HF_IKEV2_TASKS_H
#define HF_IKEV2_TASKS_H

#include "base/time.h"

/* The most urgent first. */
enum hf_ikev2_task {
    HF_TASK_DELETE_IKE,
    HF_TASK_DELETE_CHILD,
    HF_TASK_CREATE_CHILD, /* the gateway deleted the last one */
    HF_TASK_REKEY_IKE,
    HF_TASK_REKEY_CHILD,
    HF_TASK_PROBE,
    HF_TASK_COUNT,
    HF_TASK_NONE = HF_TASK_COUNT
};

#define HF_TASKS_ALL ((1u << HF_TASK_COUNT) - 1)

struct hf_ikev2_tasks {
    hf_time due[HF_TASK_COUNT]; /* HF_NEVER: not queued */
};

void hf_ikev2_tasks_init(struct hf_ikev2_tasks *tasks);
/* Queues the task for `at`, or earlier where it is queued already. */
void hf_ikev2_tasks_add(struct hf_ikev2_tasks *tasks, enum hf_ikev2_task task, hf_time at);
void hf_ikev2_tasks_cancel(struct hf_ikev2_tasks *tasks, enum hf_ikev2_task task);
/* Takes the most urgent task that is due, out of `allowed` (bit set of 1u << enum hf_ikev2_task);
 * HF_TASK_NONE when none is. */
enum hf_ikev2_task hf_ikev2_tasks_take(struct hf_ikev2_tasks *tasks, unsigned allowed, hf_time now);
hf_time hf_ikev2_tasks_deadline(const struct hf_ikev2_tasks *tasks, unsigned allowed);
const char *hf_ikev2_tasks_name(enum hf_ikev2_task task);

#endif
