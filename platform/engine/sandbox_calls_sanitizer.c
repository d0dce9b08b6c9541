/* What the sanitizers' runtime does beside the program: signal stacks, memory of its own, and its
 * report. Release builds do not have this file. */
#include "engine/sandbox.h"

const struct hf_sandbox_call hf_sandbox_build_calls[] = {
    { .number = SCMP_SYS(mmap) },        { .number = SCMP_SYS(mprotect) },
    { .number = SCMP_SYS(sigaltstack) }, { .number = SCMP_SYS(sched_getaffinity) },
    { .number = HF_SANDBOX_END },
};
