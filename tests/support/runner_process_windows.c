/* A process for each test, on Windows: see runner_process.h. */
#include "support/runner_process.h"

#include <errno.h>
#include <process.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What abort() leaves as the exit status, there being no signals between processes. */
#define STATUS_OF_ABORT 3

struct test_end test_process_run(const char *program, const char *argument)
{
    /* The command line is these words joined by blanks, which the path may contain as well. */
    const char *const argv[] = { "test", argument, NULL };
    intptr_t status;

    errno = 0;
    status = _spawnv(_P_WAIT, program, argv);

    if (status == -1 && errno != 0) { /* else it is the exit status */
        fprintf(stderr, "%s: %s, Windows error %lu\n", program, strerror(errno), _doserrno);
        exit(99);
    }
    if (status == STATUS_OF_ABORT)
        return (struct test_end){ true, SIGABRT };
    return (struct test_end){ false, (int)status };
}
