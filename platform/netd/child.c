/* Starting our own other processes: see child.h. */
#include "netd/child.h"

#include "instance.h"
#include "netd/folders.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Exit status of a child that could not be confined or started. */
#define EXIT_CANNOT 126
/* Where the program's descriptor waits for its exec; what comes behind is closed. */
#define PROGRAM_FD  4

#define GROUPS_MAX 64
#define NOBODY     65534

/* The file of this name in the folder of our own program, if nobody but root can have put it there.
 * By descriptor: what was looked at is what is started. `path` is for people. */
static int open_program(const char *name, char path[HF_PATH_MAX])
{
    char own[HF_PATH_MAX] = { 0 };
    ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
    char *slash = length > 0 ? strrchr(own, '/') : NULL;
    int folder, program;

    if (slash == NULL)
        return -1;
    *slash = '\0';
    folder = open(own, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return -1;
    if (hf_instance_path(own, name, path) != HF_OK)
        path[0] = '\0';
    program = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (program >= 0 && (!hf_folders_is_roots_alone(folder, S_IFDIR) ||
                         !hf_folders_is_roots_alone(program, S_IFREG))) {
        fprintf(stderr, "holdfast-netd: %s: not root's alone to change, so not started\n", path);
        close(program);
        program = -1;
    }
    close(folder);
    return program;
}

/* Puts `fd` at `wanted`, where an exec leaves it open. */
static bool place_fd(int fd, int wanted)
{
    return fd == wanted ? fcntl(fd, F_SETFD, 0) == 0 : dup2(fd, wanted) == wanted;
}

static bool arrange_fds(const struct hf_child *child, int program)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    /* Out of the way of the numbers that are given out now. */
    int input = fcntl(child->input >= 0 ? child->input : null, F_DUPFD_CLOEXEC, 16);
    int folder = child->folder >= 0 ? fcntl(child->folder, F_DUPFD_CLOEXEC, 16) : -1;
    int high = fcntl(program, F_DUPFD_CLOEXEC, 16), output = fcntl(null, F_DUPFD_CLOEXEC, 16);

    if (null < 0 || input < 0 || high < 0 || output < 0 || !place_fd(input, 0) ||
        ((child->confined || child->is_person) && !place_fd(output, 1)) ||
        (folder >= 0 && !place_fd(folder, 3)))
        return false;
    if (folder < 0)
        close(3);
    return place_fd(high, PROGRAM_FD) && fcntl(PROGRAM_FD, F_SETFD, FD_CLOEXEC) == 0 &&
           close_range(PROGRAM_FD + 1, ~0u, 0) == 0;
}

static bool set_limits(bool confined)
{
    static const struct {
        int resource;
        rlim_t limit;
    } limits[] = {
        {RLIMIT_CORE,    0 },
        { RLIMIT_NPROC,  64},
        { RLIMIT_NOFILE, 64}
    };

    for (size_t i = 0; i < (confined ? HF_ARRAY_LEN(limits) : 1); i++) {
        struct rlimit value = { limits[i].limit, limits[i].limit };

        if (setrlimit((__rlimit_resource_t)limits[i].resource, &value) != 0)
            return false;
    }
    return true;
}

static bool set_capabilities(uint32_t bits)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2] = {
        {bits, bits, bits}
    };

    return syscall(SYS_capset, &header, data) == 0;
}

/* Nothing but what is kept can come back, not even through a file with capabilities. */
static void drop_bounding_set(uint32_t kept)
{
    for (int cap = 0; cap <= CAP_LAST_CAP; cap++) {
        if (cap >= 32 || (kept & 1u << cap) == 0)
            (void)prctl(PR_CAPBSET_DROP, cap, 0, 0, 0); /* needs a right that containers withhold */
    }
}

static bool become(unsigned uid, unsigned gid, const gid_t *groups, size_t group_count,
                   uint32_t kept)
{
    drop_bounding_set(kept);
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || setgroups(group_count, groups) != 0 ||
        setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0 || !set_capabilities(kept))
        return false;
    if (kept != 0 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_CHROOT, 0, 0) != 0)
        return false;
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

/* What a login would give this user: his groups, because access to a card reader or a TPM goes by
 * them, and where his home is. One whom nobody knows gets the group of nobody. */
struct person {
    gid_t gid, groups[GROUPS_MAX];
    int group_count;
    char home[HF_PATH_MAX], runtime[64];
    char *environment[3];
};

static void look_up(unsigned uid, struct person *out)
{
    const struct passwd *known = getpwuid(uid);

    out->gid = known != NULL ? known->pw_gid : NOBODY;
    out->group_count = GROUPS_MAX;
    if (known == NULL || getgrouplist(known->pw_name, out->gid, out->groups, &out->group_count) < 0)
        out->group_count = 0;
    snprintf(out->home, sizeof out->home, "HOME=%s", known != NULL ? known->pw_dir : "/");
    snprintf(out->runtime, sizeof out->runtime, "XDG_RUNTIME_DIR=/run/user/%u", uid);
    out->environment[0] = out->home;
    out->environment[1] = out->runtime;
    out->environment[2] = NULL;
}

/* Runs in the child, because looking users up may ask a directory service and wait for it. */
_Noreturn static void run_as_person(const struct hf_child *child)
{
    static struct person person;

    look_up(child->uid, &person);
    if (become(child->uid, person.gid, person.groups, (size_t)person.group_count, 0))
        (void)fexecve(PROGRAM_FD, child->argv, person.environment);
    _exit(EXIT_CANNOT);
}

static void reset_signals(void)
{
    sigset_t none;

    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
}

/* A network namespace of its own has nothing in it: the engine's sockets were made elsewhere. Where
 * one may not be made (a container), uid, chroot and seccomp remain, and somebody should know. */
static void leave_network(void)
{
    if (unshare(CLONE_NEWNET | CLONE_NEWIPC) != 0)
        fprintf(stderr,
                "holdfast-netd: the engine shares this computer's network and IPC namespaces "
                "(%s): give holdfast-netd CAP_SYS_ADMIN to keep it apart\n",
                strerror(errno));
}

/* Runs in the child. */
_Noreturn static void run(const struct hf_child *child, int program)
{
    uint32_t kept = child->confined ? 1u << CAP_SYS_CHROOT : 0;

    reset_signals();
    (void)setsid(); /* no terminal of ours to type into */
    if (child->confined)
        leave_network();
    if (chdir("/") != 0 || !set_limits(child->confined) || !arrange_fds(child, program))
        _exit(EXIT_CANNOT);
    if (child->is_person)
        run_as_person(child);
    if (!become(child->uid, child->gid, NULL, 0, kept))
        _exit(EXIT_CANNOT);
    (void)fexecve(PROGRAM_FD, child->argv, child->environment);
    _exit(EXIT_CANNOT);
}

hf_status hf_child_start(const struct hf_child *child, pid_t *out_pid)
{
    char path[HF_PATH_MAX];
    int program = open_program(child->program, path);
    pid_t pid;

    if (program < 0)
        return HF_ERR_LOCAL_SETUP;
    pid = fork();
    if (pid == 0) {
        child->argv[0] = path;
        run(child, program);
    }
    close(program);
    if (pid < 0)
        return HF_ERR_LOCAL_SETUP;
    *out_pid = pid;
    return HF_OK;
}
