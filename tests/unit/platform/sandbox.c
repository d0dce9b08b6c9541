/* What confinement forbids and what it leaves, asked of the kernel: each case is a process of its
 * own that goes the engine's way (an ordinary user, an empty root, the filter) and then makes one
 * system call. As root alone, because it begins as netd's child does. */
#include "engine/sandbox.h"

#include "support/hex.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NOBODY   65534
#define REACHED  'r' /* told right before the system call of a case */
#define RETURNED 'b' /* it came back and did what it should */
#define FAILED   'f' /* it came back and did not */

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* What was opened before the filter was loaded, as the engine opens it. */
static struct {
    int pair[2], timer, sealable, report;
    void *page;
    long page_size;
} own;

enum lists { CONNECT = 2, IMPORT = 3 }; /* as many lists: see platform/engine/main.c */

struct attempt {
    const char *name;
    int number; /* of the system call */
    long (*call)(void);
};

/* --- What must end the process --------------------------------------------------------------- */

#define CALL(function, ...)                                                                        \
    static long function(void)                                                                     \
    {                                                                                              \
        return syscall(__VA_ARGS__);                                                               \
    }
static char *const nothing[] = { NULL };
static uint8_t zeros[256]; /* an argument that says nothing */

#ifdef SYS_open
CALL(call_open, SYS_open, "/", O_RDONLY)
#endif
CALL(call_openat, SYS_openat, AT_FDCWD, "/", O_RDONLY)
CALL(call_openat2, SYS_openat2, AT_FDCWD, "/", zeros, 24)
CALL(call_stat_path, SYS_newfstatat, AT_FDCWD, "/", zeros, 0)
CALL(call_socket, SYS_socket, AF_INET, SOCK_DGRAM, 0)
CALL(call_socketpair, SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, zeros)
CALL(call_connect, SYS_connect, own.pair[0], zeros, 2)
CALL(call_bind, SYS_bind, own.pair[0], zeros, 2)
CALL(call_listen, SYS_listen, own.pair[0], 1)
CALL(call_accept, SYS_accept4, own.pair[0], NULL, NULL, 0)
CALL(call_setsockopt, SYS_setsockopt, own.pair[0], SOL_SOCKET, SO_SNDBUF, zeros, 4)
CALL(call_execve, SYS_execve, "/bin/sh", nothing, nothing)
CALL(call_execveat, SYS_execveat, AT_FDCWD, "/bin/sh", nothing, nothing, 0)
CALL(call_clone, SYS_clone, SIGCHLD, 0, 0, 0, 0)
CALL(call_clone3, SYS_clone3, zeros, 64)
#ifdef SYS_fork
CALL(call_fork, SYS_fork)
#endif
CALL(call_mmap_exec, SYS_mmap, NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
     0)
CALL(call_mmap_all, SYS_mmap, NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
CALL(call_mprotect_exec, SYS_mprotect, own.page, own.page_size, PROT_READ | PROT_EXEC)
CALL(call_pkey_mprotect, SYS_pkey_mprotect, own.page, own.page_size, PROT_EXEC, -1)
CALL(call_ptrace, SYS_ptrace, PTRACE_TRACEME, 0, 0, 0)
CALL(call_vm_read, SYS_process_vm_readv, 1, zeros, 1, zeros, 1, 0)
CALL(call_kill, SYS_kill, 1, 0)
CALL(call_ioctl, SYS_ioctl, own.pair[0], 0, 0)
CALL(call_prctl, SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0)
CALL(call_setuid, SYS_setuid, 0)
CALL(call_capset, SYS_capset, zeros, zeros)
CALL(call_chroot, SYS_chroot, "/")
CALL(call_chdir, SYS_chdir, "/")
CALL(call_mount, SYS_mount, "/", "/", "", 0, NULL)
CALL(call_unshare, SYS_unshare, 0)
CALL(call_setns, SYS_setns, 0, 0)
CALL(call_bpf, SYS_bpf, 0, zeros, sizeof zeros)
CALL(call_io_uring, SYS_io_uring_setup, 1, zeros)
CALL(call_seccomp, SYS_seccomp, 0, 0, NULL)
CALL(call_keyctl, SYS_keyctl, 0, 0, 0, 0, 0)
CALL(call_pidfd_getfd, SYS_pidfd_getfd, 0, 0, 0)
CALL(call_fcntl_setown, SYS_fcntl, own.pair[0], F_SETOWN, 0)
CALL(call_memfd, SYS_memfd_create, "", 0)
CALL(call_seal, SYS_fcntl, own.sealable, F_ADD_SEALS, F_SEAL_WRITE)
#ifdef __x86_64__
CALL(call_x32, 0x40000000L | SYS_read, own.pair[0], zeros, 0) /* another numbering */
#endif

static void *open_socket_when_told(void *unused)
{
    char byte;

    (void)unused;
    if (read(own.pair[1], &byte, 1) == 1)
        (void)syscall(SYS_socket, AF_INET, SOCK_DGRAM, 0);
    return NULL;
}

static pthread_t older_thread;

/* A thread that was there before the filter. */
static long call_in_older_thread(void)
{
    return write(own.pair[0], "", 1) == 1 ? pthread_join(older_thread, NULL) : -1;
}

static const struct attempt forbidden[] = {
#ifdef SYS_open
    {"open",                SYS_open,             call_open           },
#endif
    { "openat",             SYS_openat,           call_openat         },
    { "openat2",            SYS_openat2,          call_openat2        },
    { "stat of a path",     SYS_newfstatat,       call_stat_path      },
    { "socket",             SYS_socket,           call_socket         },
    { "socketpair",         SYS_socketpair,       call_socketpair     },
    { "connect",            SYS_connect,          call_connect        },
    { "bind",               SYS_bind,             call_bind           },
    { "listen",             SYS_listen,           call_listen         },
    { "accept4",            SYS_accept4,          call_accept         },
    { "setsockopt",         SYS_setsockopt,       call_setsockopt     },
    { "execve",             SYS_execve,           call_execve         },
    { "execveat",           SYS_execveat,         call_execveat       },
    { "clone",              SYS_clone,            call_clone          },
    { "clone3",             SYS_clone3,           call_clone3         },
#ifdef SYS_fork
    { "fork",               SYS_fork,             call_fork           },
#endif
    { "mmap executable",    SYS_mmap,             call_mmap_exec      },
    { "mmap rwx",           SYS_mmap,             call_mmap_all       },
    { "mprotect exec",      SYS_mprotect,         call_mprotect_exec  },
    { "pkey_mprotect",      SYS_pkey_mprotect,    call_pkey_mprotect  },
    { "ptrace",             SYS_ptrace,           call_ptrace         },
    { "process_vm_readv",   SYS_process_vm_readv, call_vm_read        },
    { "kill",               SYS_kill,             call_kill           },
    { "ioctl",              SYS_ioctl,            call_ioctl          },
    { "prctl",              SYS_prctl,            call_prctl          },
    { "setuid",             SYS_setuid,           call_setuid         },
    { "capset",             SYS_capset,           call_capset         },
    { "chroot",             SYS_chroot,           call_chroot         },
    { "chdir",              SYS_chdir,            call_chdir          },
    { "mount",              SYS_mount,            call_mount          },
    { "unshare",            SYS_unshare,          call_unshare        },
    { "setns",              SYS_setns,            call_setns          },
    { "bpf",                SYS_bpf,              call_bpf            },
    { "io_uring_setup",     SYS_io_uring_setup,   call_io_uring       },
    { "seccomp",            SYS_seccomp,          call_seccomp        },
    { "keyctl",             SYS_keyctl,           call_keyctl         },
    { "pidfd_getfd",        SYS_pidfd_getfd,      call_pidfd_getfd    },
    { "fcntl F_SETOWN",     SYS_fcntl,            call_fcntl_setown   },
#ifdef __x86_64__
    { "read of x32",        -1,                   call_x32            },
#endif
    { "socket in a thread", SYS_socket,           call_in_older_thread},
};

/* Allowed where an import hands over what it made, and nowhere else. */
static const struct attempt import_memfd = { "memfd_create", SYS_memfd_create, call_memfd };
static const struct attempt import_seal = { "fcntl F_ADD_SEALS", SYS_fcntl, call_seal };

/* --- What must go on working: 0 or more where it did ------------------------------------------ */

static long talk(void)
{
    char byte = 0;
    struct iovec part = { &byte, 1 };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

    return sendmsg(own.pair[0], &message, 0) == 1 && recvmsg(own.pair[1], &message, 0) == 1 &&
                   write(own.pair[1], &byte, 1) == 1 && read(own.pair[0], &byte, 1) == 1
               ? 0
               : -1;
}

static long wait_for_timer(void)
{
    struct itimerspec soon = { .it_value = { .tv_nsec = 1 } };
    struct pollfd fd = { .fd = own.timer, .events = POLLIN };

    return timerfd_settime(own.timer, 0, &soon, NULL) == 0 && poll(&fd, 1, 10000) == 1 ? 0 : -1;
}

static long use_memory(void)
{
    uint8_t *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED)
        return -1;
    page[0] = 1;
    return mprotect(page, 4096, PROT_READ) == 0 ? munmap(page, 4096) : -1;
}

static long draw_random(void)
{
    uint8_t bytes[32];

    return syscall(SYS_getrandom, bytes, sizeof bytes, 0) == (long)sizeof bytes ? 0 : -1;
}

static long look_at_fd(void)
{
    struct stat status;

    return fstat(own.pair[0], &status) == 0 && S_ISSOCK(status.st_mode) ? fcntl(own.timer, F_GETFL)
                                                                        : -1;
}

static long read_clock(void)
{
    struct timespec now;

    return syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
}

static const struct attempt allowed[] = {
    {"messages", 0, talk          },
    { "timer",   0, wait_for_timer},
    { "memory",  0, use_memory    },
    { "random",  0, draw_random   },
    { "fds",     0, look_at_fd    },
    { "clock",   0, read_clock    },
};

/* --- A confined process ---------------------------------------------------------------------- */

/* An ordinary user who may still change his root, as netd starts the engine. */
static void become_nobody(void)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2] = {
        {.effective = 1u << CAP_SYS_CHROOT, .permitted = 1u << CAP_SYS_CHROOT}
    };

    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || setgroups(0, NULL) != 0 ||
        setresgid(NOBODY, NOBODY, NOBODY) != 0 || setresuid(NOBODY, NOBODY, NOBODY) != 0 ||
        syscall(SYS_capset, &header, data) != 0)
        test_die("cannot become an ordinary user: %s", strerror(errno));
}

static void prepare(int report)
{
    own.report = report;
    own.page_size = sysconf(_SC_PAGESIZE);
    own.page = mmap(NULL, (size_t)own.page_size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    own.timer = timerfd_create(CLOCK_MONOTONIC, 0);
    own.sealable = memfd_create("", MFD_ALLOW_SEALING);
    if (own.page == MAP_FAILED || own.timer < 0 || own.sealable < 0 ||
        socketpair(AF_UNIX, SOCK_STREAM, 0, own.pair) != 0)
        test_die("cannot open what a case needs: %s", strerror(errno));
}

/* Behind the change of root and before the filter: what the filter is not there for. */
static void expect_an_empty_root(void)
{
    if (open("/etc/passwd", O_RDONLY) >= 0 || open("/..", O_RDONLY | O_DIRECTORY) < 0 ||
        open("/proc", O_RDONLY) >= 0 || creat("/file", 0600) >= 0 || setuid(0) == 0)
        test_die("the file system is still there");
}

static void confine(const char *folder, enum lists lists)
{
    const struct hf_sandbox_call *const all[] = { hf_sandbox_calls, hf_sandbox_build_calls,
                                                  hf_sandbox_import_calls };
    int root = open(folder, O_RDONLY | O_DIRECTORY);
    const char *failed;

    become_nobody();
    if (!hf_sandbox_is_unprivileged())
        test_die("an ordinary user is not taken for one");
    failed = hf_sandbox_confine(root);
    if (failed == NULL) {
        expect_an_empty_root();
        failed = hf_sandbox_lock(all, lists);
    }
    if (failed != NULL)
        test_die("cannot be confined: %s", failed);
}

_Noreturn static void be_confined(const char *folder, enum lists lists,
                                  const struct attempt *attempt, int report)
{
    char told = REACHED;

    prepare(report);
    if (attempt->call == call_in_older_thread &&
        pthread_create(&older_thread, NULL, open_socket_when_told, NULL) != 0)
        test_die("no thread");
    confine(folder, lists);
    if (write(own.report, &told, 1) != 1)
        _exit(EXIT_FAILURE);
    told = attempt->call() >= 0 ? RETURNED : FAILED;
    _exit(write(own.report, &told, 1) == 1 ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* "r", "rb" or "rf": how far the process came; and how it ended. */
static int run(const char *folder, enum lists lists, const struct attempt *attempt, char told[3])
{
    int pipes[2], status = 0;
    size_t count = 0;
    pid_t child;

    memset(told, 0, 3);
    if (pipe(pipes) != 0 || (child = fork()) < 0)
        test_die("no process");
    if (child == 0)
        be_confined(folder, lists, attempt, pipes[1]);
    close(pipes[1]);
    while (count < 2 && read(pipes[0], told + count, 1) == 1)
        count++;
    close(pipes[0]);
    if (waitpid(child, &status, 0) != child)
        test_die("no child");
    return status;
}

/* --- The cases ------------------------------------------------------------------------------- */

/* A sanitizer's build allows a few more: those are asked for as what they are. */
static bool is_for_the_build(const struct attempt *attempt)
{
    for (const struct hf_sandbox_call *c = hf_sandbox_build_calls; c->number != HF_SANDBOX_END; c++)
        if (c->number == attempt->number)
            return true;
    return false;
}

static unsigned cases, failures;

/* A line of the Test Anything Protocol. */
static void tell(enum lists lists, const char *name, const char *expected, bool good)
{
    failures += !good;
    printf("%s %u - %s: %s %s\n", good ? "ok" : "not ok", ++cases,
           lists == CONNECT ? "connect" : "import", name, expected);
}

static void expect_forbidden(const char *folder, enum lists lists, const struct attempt *attempt)
{
    char way[3];
    int status = run(folder, lists, attempt, way);

    if (is_for_the_build(attempt))
        tell(lists, attempt->name, "is left to the sanitizer", WIFEXITED(status) && way[1] != '\0');
    else
        tell(lists, attempt->name, "ends the process",
             WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS && strcmp(way, "r") == 0);
}

static void expect_allowed(const char *folder, enum lists lists, const struct attempt *attempt)
{
    char way[3];
    int status = run(folder, lists, attempt, way);

    tell(lists, attempt->name, "works",
         WIFEXITED(status) && WEXITSTATUS(status) == 0 && strcmp(way, "rb") == 0);
}

static void run_all(const char *folder)
{
    static const enum lists both[] = { CONNECT, IMPORT };

    for (size_t b = 0; b < HF_ARRAY_LEN(both); b++) {
        for (size_t i = 0; i < HF_ARRAY_LEN(forbidden); i++)
            expect_forbidden(folder, both[b], &forbidden[i]);
        for (size_t i = 0; i < HF_ARRAY_LEN(allowed); i++)
            expect_allowed(folder, both[b], &allowed[i]);
    }
    expect_forbidden(folder, CONNECT, &import_memfd);
    expect_forbidden(folder, CONNECT, &import_seal);
    expect_allowed(folder, IMPORT, &import_memfd);
    expect_allowed(folder, IMPORT, &import_seal);
}

int main(void)
{
    char folder[] = "/tmp/holdfast-sandbox-XXXXXX";

    if (geteuid() != 0) {
        printf("1..0 # SKIP only root can start a process as netd does\n");
        return EXIT_SUCCESS;
    }
    if (setvbuf(stdout, NULL, _IOLBF, 0) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR ||
        mkdtemp(folder) == NULL || chmod(folder, 0755) != 0)
        test_die("no folder");
    tell(CONNECT, "the list of the build", "is empty without sanitizers",
         SANITIZED || hf_sandbox_build_calls[0].number == HF_SANDBOX_END);
    run_all(folder);
    printf("1..%u\n", cases);
    return rmdir(folder) == 0 && failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
