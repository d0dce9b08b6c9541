/* Confinement: see sandbox.h. */
#include "engine/sandbox.h"

#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

bool hf_sandbox_is_unprivileged(void)
{
    uid_t r, e, s;
    gid_t rg, eg, sg;

    return getresuid(&r, &e, &s) == 0 && getresgid(&rg, &eg, &sg) == 0 && r != 0 && r == e &&
           r == s && rg != 0 && rg == eg && rg == sg && getgroups(0, NULL) == 0;
}

/* A directory that we could write to would not stay empty. */
static bool is_safe_root(int root)
{
    struct stat status;

    return fstat(root, &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid != getuid() &&
           (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static bool change_root(int root)
{
    return is_safe_root(root) && fchdir(root) == 0 && chroot(".") == 0 && chdir("/") == 0 &&
           close(root) == 0;
}

/* All sets of this thread, read back. The bounding set is of no use without them, since nothing can
 * be executed. */
static bool drop_capabilities(void)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2] = { { 0 } };

    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 ||
        syscall(SYS_capset, &header, data) != 0 || syscall(SYS_capget, &header, data) != 0)
        return false;
    for (size_t i = 0; i < HF_ARRAY_LEN(data); i++) {
        if (data[i].effective != 0 || data[i].permitted != 0 || data[i].inheritable != 0)
            return false;
    }
    return true;
}

static bool forbid_dumps(void)
{
    const struct rlimit none = { 0, 0 };

    return setrlimit(RLIMIT_CORE, &none) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 &&
           prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
}

static bool forbid_privileges(void)
{
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
}

const char *hf_sandbox_confine(int root)
{
    if (!change_root(root))
        return "chroot";
    if (!drop_capabilities())
        return "capabilities";
    if (!forbid_dumps())
        return "dumps";
    if (!forbid_privileges())
        return "no-new-privileges";
    return NULL;
}

static bool allow(scmp_filter_ctx filter, const struct hf_sandbox_call *calls)
{
    for (; calls->number != HF_SANDBOX_END; calls++) {
        if (seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, calls->number,
                                   calls->is_conditional ? 1 : 0, &calls->condition) != 0)
            return false;
    }
    return true;
}

/* A call of another architecture's numbering ends the process too. */
static bool set_attributes(scmp_filter_ctx filter)
{
    return seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0 &&
           seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0;
}

static const char *load(scmp_filter_ctx filter, const struct hf_sandbox_call *const *lists,
                        size_t count)
{
    if (!set_attributes(filter))
        return "seccomp-attributes";
    for (size_t i = 0; i < count; i++) {
        if (!allow(filter, lists[i]))
            return "seccomp-rules";
    }
    return seccomp_load(filter) == 0 ? NULL : "seccomp";
}

const char *hf_sandbox_lock(const struct hf_sandbox_call *const *lists, size_t count)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    const char *failed;

    if (filter == NULL)
        return "seccomp-init";
    failed = load(filter, lists, count);
    seccomp_release(filter);
    return failed;
}
