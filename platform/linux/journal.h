/* What netd has done to the kernel, written before it does it and read after a crash. It lives in
 * run/, because it means nothing after a boot; one of an earlier boot all the same, or of another
 * network namespace, says so. (What does outlive a boot, the resolver file, has its own note in
 * var/.) */
#ifndef HF_LINUX_JOURNAL_H
#define HF_LINUX_JOURNAL_H

#include "linux/sysctl.h"
#include <holdfast/plan.h>

struct hf_journal {
    struct hf_plan plan;                 /* in force, or being put in force */
    char tun_name[HF_PLAN_TUN_NAME_MAX]; /* the device that we made; "" for none */
    struct hf_sysctls sysctls;
};

bool hf_journals_equal(const struct hf_journal *a, const struct hf_journal *b);
hf_status hf_journal_write(const char *path, const struct hf_journal *journal) HF_MUST_USE;
/* HF_ERR_NOT_FOUND: none. HF_ERR_MALFORMED: damaged. `*out_stale`: of a kernel state that is gone.
 */
hf_status hf_journal_read(const char *path, struct hf_journal *out, bool *out_stale) HF_MUST_USE;

#endif
