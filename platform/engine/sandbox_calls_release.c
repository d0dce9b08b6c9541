/* A build without sanitizers needs no further system calls. */
#include "engine/sandbox.h"

const struct hf_sandbox_call hf_sandbox_build_calls[] = { { .number = HF_SANDBOX_END } };
