/* holdfast-engine: the process that talks to the network, confined before it hears of it. Started
 * by holdfast-netd with a socket to holdfastd as fd 0 and an empty directory as fd 3. */
#include "engine/control.h"
#include "engine/import.h"
#include "engine/sandbox.h"

#include <holdfast/attempt.h>
#include <holdfast/profile.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAEMON_FD 0
#define ROOT_FD   3

enum mode { CONNECT, IMPORT };

static bool mode_of(int argc, char **argv, enum mode *out)
{
    if (argc != 2)
        return false;
    *out = strcmp(argv[1], "--import") == 0 ? IMPORT : CONNECT;
    return *out == IMPORT || strcmp(argv[1], "--connect") == 0;
}

static bool is_socket(int fd)
{
    struct stat status;

    return fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

static int fail(const char *what)
{
    fprintf(stderr, "holdfast-engine: %s\n", what);
    return EXIT_FAILURE;
}

static const char *lock(enum mode mode)
{
    const struct hf_sandbox_call *const lists[] = { hf_sandbox_calls, hf_sandbox_build_calls,
                                                    hf_sandbox_import_calls };

    return hf_sandbox_lock(lists, mode == IMPORT ? 3 : 2);
}

/* Everything that must exist before the filter is loaded, then the filter, then the work. */
static int run_connect(void)
{
    struct hf_dataplane *dataplane;
    struct hf_control *control;
    const char *failed;

    if (hf_dataplane_new(&dataplane) != HF_OK)
        return fail("no memory or threads for the data plane");
    if (hf_control_new(DAEMON_FD, dataplane, &control) != HF_OK)
        return fail("no timer");
    failed = lock(CONNECT);
    if (failed != NULL)
        return fail(failed);
    return hf_control_run(control) == HF_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int run_import(void)
{
    const char *failed = lock(IMPORT);

    if (failed != NULL)
        return fail(failed);
    return hf_engine_import(DAEMON_FD) == HF_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    enum mode mode;
    const char *failed;

    if (!mode_of(argc, argv, &mode))
        return fail("usage: holdfast-engine --connect|--import, by holdfast-netd alone");
    if (!is_socket(DAEMON_FD) || !hf_sandbox_is_unprivileged())
        return fail("it is started by holdfast-netd, with a user of its own, and not by hand");
    if (close_range(ROOT_FD + 1, ~0u, 0) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return fail("cannot close what it was not given");
    if (hf_core_load() != HF_OK)
        return fail("the cryptographic library lacks what is needed");
    if (mode == IMPORT)
        hf_import_load();
    failed = hf_sandbox_confine(ROOT_FD);
    if (failed != NULL) {
        fprintf(stderr, "holdfast-engine: cannot be confined: %s\n", failed);
        return EXIT_FAILURE;
    }
    return mode == IMPORT ? run_import() : run_connect();
}
