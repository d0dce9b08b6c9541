/* A process for each test of runner.h, as Criterion has it: a test may leave anything behind in
 * static storage, and one that ends its process fails alone. */
#ifndef HF_TESTS_SUPPORT_RUNNER_PROCESS_H
#define HF_TESTS_SUPPORT_RUNNER_PROCESS_H

#include <stdbool.h>

struct test_end {
    bool by_signal;
    int number; /* of the signal; else the exit status */
};

/* Runs `program` with that one argument, on the same standard output, and waits for its end. The
 * argument holds no blanks or quotes. Ends our own process when it cannot be started. */
struct test_end test_process_run(const char *program, const char *argument);

#endif
