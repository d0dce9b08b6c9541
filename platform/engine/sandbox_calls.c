/* The system calls that a confined engine makes. None opens, connects, executes or forks: every fd
 * that it has it was given. */
#include "engine/sandbox.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#define ALWAYS(name)                                                                               \
    {                                                                                              \
        .number = SCMP_SYS(name)                                                                   \
    }
#define WHERE(name, argument, wanted)                                                              \
    {                                                                                              \
        .number = SCMP_SYS(name), .is_conditional = true, .condition = {                           \
            (argument),                                                                            \
            SCMP_CMP_EQ,                                                                           \
            (wanted),                                                                              \
            0                                                                                      \
        }                                                                                          \
    }
#define WITHOUT(name, argument, bits)                                                              \
    {                                                                                              \
        .number = SCMP_SYS(name), .is_conditional = true, .condition = {                           \
            (argument),                                                                            \
            SCMP_CMP_MASKED_EQ,                                                                    \
            (bits),                                                                                \
            0                                                                                      \
        }                                                                                          \
    }
#define END                                                                                        \
    {                                                                                              \
        .number = HF_SANDBOX_END                                                                   \
    }

const struct hf_sandbox_call hf_sandbox_calls[] = {
    /* packets, messages, wake-ups */
    ALWAYS(read),
    ALWAYS(write),
    ALWAYS(recvmsg),
    ALWAYS(sendmsg),
    ALWAYS(recvmmsg),
    ALWAYS(sendmmsg),
    ALWAYS(recvfrom),
    ALWAYS(sendto),
    ALWAYS(poll),
    ALWAYS(ppoll),
    ALWAYS(timerfd_settime),
    ALWAYS(clock_gettime),
    ALWAYS(futex),
    ALWAYS(sched_yield),
    /* what was handed over: profile, secrets */
    ALWAYS(close),
    ALWAYS(fstat),
    WHERE(newfstatat, 3, AT_EMPTY_PATH), /* fstat() as the C library does it */
    ALWAYS(pread64),
    ALWAYS(lseek),
    WHERE(fcntl, 1, F_GETFL),
    WHERE(fcntl, 1, F_SETFL),
    WHERE(fcntl, 1, F_DUPFD_CLOEXEC),
    /* memory, never executable */
    ALWAYS(brk),
    WITHOUT(mmap, 2, PROT_EXEC),
    WITHOUT(mprotect, 2, PROT_EXEC),
    ALWAYS(munmap),
    ALWAYS(mremap),
    ALWAYS(madvise),
    /* the libraries: randomness, fork detection, sizes for sorting */
    ALWAYS(getrandom),
    ALWAYS(getpid),
    ALWAYS(gettid),
    ALWAYS(sysinfo),
    /* ends: of a thread, of the process, of a broken promise */
    ALWAYS(exit),
    ALWAYS(exit_group),
    ALWAYS(rt_sigprocmask),
    ALWAYS(rt_sigaction),
    ALWAYS(rt_sigreturn),
    ALWAYS(restart_syscall),
    ALWAYS(tgkill),
    END,
};

const struct hf_sandbox_call hf_sandbox_import_calls[] = {
    ALWAYS(memfd_create),
    WHERE(fcntl, 1, F_ADD_SEALS),
    END,
};
