/* A process for each test, on POSIX hosts: see runner_process.h. */
#define _POSIX_C_SOURCE 200809L
#include "support/runner_process.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct test_end test_process_run(const char *program, const char *argument)
{
    char *argv[] = { (char *)(uintptr_t)program, (char *)(uintptr_t)argument, NULL };
    pid_t child = fork();
    int status;

    if (child == 0) {
        (void)execv(program, argv);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        perror(program);
        exit(99);
    }
    if (WIFSIGNALED(status))
        return (struct test_end){ true, WTERMSIG(status) };
    return (struct test_end){ false, WEXITSTATUS(status) };
}
