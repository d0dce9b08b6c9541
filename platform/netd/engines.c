/* Engines: see engines.h. */
#include "netd/engines.h"

#include "netd/child.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

/* Starts the child with one end of a socketpair as its descriptor 0. */
static hf_status start(struct hf_engines *engines, struct hf_child *child, pid_t *out_pid,
                       int *out_socket)
{
    hf_status status;
    int ends[2];

    if (engines->count == HF_ENGINES_MAX)
        return HF_ERR_BUSY;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        return HF_ERR_LOCAL_SETUP;
    child->input = ends[1];
    status = hf_child_start(child, out_pid);
    close(ends[1]);
    if (status != HF_OK) {
        close(ends[0]);
        return status;
    }
    engines->pids[engines->count++] = *out_pid;
    *out_socket = ends[0];
    return HF_OK;
}

hf_status hf_engines_start(struct hf_engines *engines, const struct hf_instance *instance,
                           enum hf_engine_mode mode, pid_t *out_pid, int *out_socket)
{
    static char connecting[] = "--connect", importing[] = "--import";
    char *argv[] = { NULL, mode == HF_ENGINE_IMPORT ? importing : connecting, NULL };
    char *environment[] = { NULL };
    struct hf_child child = {
        .program = "holdfast-engine",
        .argv = argv,
        .environment = environment,
        .uid = instance->engine_uid,
        .gid = instance->engine_gid,
        .confined = true,
        .folder = engines->empty_folder,
    };

    return start(engines, &child, out_pid, out_socket);
}

/* Nobody gets a process of ours to talk to as another process of ours. */
static bool may_hold_keys(const struct hf_instance *instance, unsigned uid)
{
    if (uid == 0)
        return instance->owner_uid == 0;
    return uid != instance->daemon_uid && uid != instance->engine_uid && uid != (unsigned)-1;
}

hf_status hf_engines_start_keys(struct hf_engines *engines, const struct hf_instance *instance,
                                unsigned uid, pid_t *out_pid, int *out_socket)
{
    char etc[HF_PATH_MAX];
    char *argv[] = { NULL, etc, NULL };
    char *environment[] = { NULL };
    struct hf_child child = {
        .program = "holdfast-keys",
        .argv = argv,
        .environment = environment,
        .uid = uid,
        .is_person = true,
        .folder = -1,
    };

    if (!may_hold_keys(instance, uid))
        return HF_ERR_DENIED;
    hf_copy(etc, instance->etc, sizeof etc);
    return start(engines, &child, out_pid, out_socket);
}

hf_status hf_engines_kill(struct hf_engines *engines, pid_t pid)
{
    for (size_t i = 0; i < engines->count; i++) {
        if (engines->pids[i] == pid)
            return kill(pid, SIGKILL) == 0 ? HF_OK : HF_ERR_INTERNAL;
    }
    return HF_ERR_NOT_FOUND;
}

void hf_engines_kill_all(struct hf_engines *engines)
{
    for (size_t i = 0; i < engines->count; i++)
        (void)kill(engines->pids[i], SIGKILL);
}

bool hf_engines_forget(struct hf_engines *engines, pid_t pid)
{
    for (size_t i = 0; i < engines->count; i++) {
        if (engines->pids[i] != pid)
            continue;
        engines->pids[i] = engines->pids[--engines->count];
        return true;
    }
    return false;
}
