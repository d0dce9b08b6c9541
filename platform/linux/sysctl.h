/* The kernel settings that the tunnel needs, and what they were before. */
#ifndef HF_LINUX_SYSCTL_H
#define HF_LINUX_SYSCTL_H

#include "base/bytes.h"
#include "base/status.h"

/* Values before ours; -1: not changed. In the order of the table in sysctl.c. */
#define HF_SYSCTLS 2
struct hf_sysctls {
    int32_t before[HF_SYSCTLS];
};

/* A number below /proc/sys. */
bool hf_sysctl_read(const char *path, int *out) HF_MUST_USE;

struct hf_sysctls hf_sysctls_none(void);
/* What setting them will change, for the journal; changes nothing yet. Keeps what `saved` has. */
void hf_sysctls_save(struct hf_sysctls *saved);
/* HF_ERR_LOCAL_SETUP: one that matters on this host cannot be set. */
hf_status hf_sysctls_set(void) HF_MUST_USE;
/* Puts back what was saved, unless others changed it since. */
void hf_sysctls_restore(struct hf_sysctls *saved);

#endif
