/* What netd has done to the host, on disk before it does it. Read after a crash; one that was
 * written before the last boot, or in another network namespace, says so. */
#ifndef HF_LINUX_JOURNAL_H
#define HF_LINUX_JOURNAL_H

#include "linux/sysctl.h"
#include <holdfast/plan.h>

struct hf_journal {
    struct hf_plan plan;                 /* in force, or being put in force */
    char tun_name[HF_PLAN_TUN_NAME_MAX]; /* the device that we made; "" for none */
    struct hf_sysctls sysctls;
};

hf_status hf_journal_write(const char *path, const struct hf_journal *journal) HF_MUST_USE;
/* HF_ERR_NOT_FOUND: none. HF_ERR_MALFORMED: damaged. `*out_stale`: of a kernel state that is gone.
 */
hf_status hf_journal_read(const char *path, struct hf_journal *out, bool *out_stale) HF_MUST_USE;

#endif
