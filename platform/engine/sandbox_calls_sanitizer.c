/* What the sanitizers' runtime does beside the program: signal stacks, memory of its own, and its
 * report. Release builds do not have this file. */
#include "engine/sandbox.h"

#define ALWAYS(name)                                                                               \
    {                                                                                              \
        .number = SCMP_SYS(name)                                                                   \
    }

const struct hf_sandbox_call hf_sandbox_build_calls[] = {
    ALWAYS(mmap),
    ALWAYS(mprotect),
    ALWAYS(sigaltstack),
    ALWAYS(sched_getaffinity),
    ALWAYS(prctl),
    ALWAYS(ioctl),
    ALWAYS(openat),
    ALWAYS(readlink),
    ALWAYS(newfstatat),
    ALWAYS(open),
    { .number = HF_SANDBOX_END },
};

/* Leaks are looked for by a process that traces this one, which confinement forbids; the unit tests
 * look for them. */
const char *__asan_default_options(void);
__attribute__((visibility("default"))) const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}
