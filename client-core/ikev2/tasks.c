/* The queue of our own requests: see tasks.h. */
#include "ikev2/tasks.h"

void hf_ikev2_tasks_init(struct hf_ikev2_tasks *tasks)
{
    for (int i = 0; i < HF_TASK_COUNT; i++)
        tasks->due[i] = HF_NEVER;
}

void hf_ikev2_tasks_add(struct hf_ikev2_tasks *tasks, enum hf_ikev2_task task, hf_time at)
{
    tasks->due[task] = hf_time_min(tasks->due[task], at);
}

void hf_ikev2_tasks_cancel(struct hf_ikev2_tasks *tasks, enum hf_ikev2_task task)
{
    tasks->due[task] = HF_NEVER;
}

static bool is_in(int task, unsigned allowed)
{
    return (allowed & 1u << task) != 0;
}

enum hf_ikev2_task hf_ikev2_tasks_take(struct hf_ikev2_tasks *tasks, unsigned allowed, hf_time now)
{
    for (int i = 0; i < HF_TASK_COUNT; i++) {
        if (is_in(i, allowed) && hf_time_due(tasks->due[i], now)) {
            tasks->due[i] = HF_NEVER;
            return (enum hf_ikev2_task)i;
        }
    }
    return HF_TASK_NONE;
}

hf_time hf_ikev2_tasks_deadline(const struct hf_ikev2_tasks *tasks, unsigned allowed)
{
    hf_time deadline = HF_NEVER;

    for (int i = 0; i < HF_TASK_COUNT; i++) {
        if (is_in(i, allowed))
            deadline = hf_time_min(deadline, tasks->due[i]);
    }
    return deadline;
}

const char *hf_ikev2_tasks_name(enum hf_ikev2_task task)
{
    switch (task) {
    case HF_TASK_DELETE_IKE:
        return "delete-ike";
    case HF_TASK_DELETE_CHILD:
        return "delete-child";
    case HF_TASK_CREATE_CHILD:
        return "create-child";
    case HF_TASK_REKEY_IKE:
        return "rekey-ike";
    case HF_TASK_REKEY_CHILD:
        return "rekey-child";
    case HF_TASK_PROBE:
        return "probe";
    case HF_TASK_COUNT:
        break;
    }
    return "none";
}
