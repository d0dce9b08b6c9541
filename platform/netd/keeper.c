/* Keeping holdfastd running: see keeper.h. */
#include "netd/keeper.h"

#include "ipc/names.h"
#include "netd/child.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define FIRST_DELAY_MS 100
#define LAST_DELAY_MS  10000
/* How often to look whether a holdfastd that somebody else started is gone. */
#define LOOK_AGAIN_MS  1000

/* What holdfastd gets of our environment: where programs and the bus are, the language, and what
 * the sanitizers of a test build read. Whatever else root has there is not for it. */
static const char *const passed_on[] = {
    "PATH",         "LANG",          "LC_ALL",       "LC_MESSAGES", "TZ", "DBUS_SYSTEM_BUS_ADDRESS",
    "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS",
};

extern char **environ;

hf_status hf_keeper_init(struct hf_keeper *keeper, int argc, char **argv)
{
    int count = 1;

    *keeper = (struct hf_keeper){ .enabled = true, .delay_ms = FIRST_DELAY_MS };
    keeper->argv = calloc((size_t)argc + 1, sizeof *keeper->argv);
    if (keeper->argv == NULL)
        return HF_ERR_NO_MEMORY;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--with-daemon") != 0)
            keeper->argv[count++] = argv[i];
    }
    return HF_OK;
}

static bool is_locked(const struct hf_instance *instance)
{
    char path[HF_PATH_MAX];
    bool locked;
    int fd;

    if (hf_instance_path(instance->run, HF_DAEMON_LOCK_NAME, path) != HF_OK)
        return false;
    fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return false;
    locked = flock(fd, LOCK_EX | LOCK_NB) != 0;
    close(fd);
    return locked;
}

static bool is_passed_on(const char *entry)
{
    size_t length = strcspn(entry, "=");

    for (size_t i = 0; i < HF_ARRAY_LEN(passed_on); i++) {
        if (strlen(passed_on[i]) == length && strncmp(entry, passed_on[i], length) == 0)
            return true;
    }
    return false;
}

/* `out` borrows from our environment. A name that stands there twice counts once more than it
 * should, so there is an end to it. */
static void reduce_environment(char *out[HF_ARRAY_LEN(passed_on) + 1])
{
    size_t count = 0;

    for (char **entry = environ; *entry != NULL && count < HF_ARRAY_LEN(passed_on); entry++) {
        if (is_passed_on(*entry))
            out[count++] = *entry;
    }
    out[count] = NULL;
}

static void start(struct hf_keeper *keeper, const struct hf_instance *instance)
{
    char *environment[HF_ARRAY_LEN(passed_on) + 1];
    struct hf_child child = {
        .program = "holdfastd",
        .argv = keeper->argv,
        .environment = environment,
        .uid = instance->daemon_uid,
        .gid = instance->daemon_gid,
        .input = -1,
        .folder = -1,
    };

    reduce_environment(environment);
    if (hf_child_start(&child, &keeper->pid) != HF_OK)
        keeper->pid = 0;
}

static void put_off(struct hf_keeper *keeper, int64_t now_ms)
{
    keeper->start_at = now_ms + keeper->delay_ms;
    keeper->delay_ms = keeper->delay_ms * 2 > LAST_DELAY_MS ? LAST_DELAY_MS : keeper->delay_ms * 2;
}

int64_t hf_keeper_tend(struct hf_keeper *keeper, const struct hf_instance *instance,
                       bool is_connected, int64_t now_ms)
{
    if (!keeper->enabled || is_connected || keeper->pid != 0)
        return INT64_MAX;
    if (now_ms < keeper->start_at)
        return keeper->start_at;
    if (is_locked(instance))
        return now_ms + LOOK_AGAIN_MS;
    start(keeper, instance);
    if (keeper->pid != 0)
        return INT64_MAX;
    put_off(keeper, now_ms);
    return keeper->start_at;
}

bool hf_keeper_forget(struct hf_keeper *keeper, pid_t pid, int64_t now_ms)
{
    if (keeper->pid == 0 || keeper->pid != pid)
        return false;
    keeper->pid = 0;
    put_off(keeper, now_ms);
    return true;
}

void hf_keeper_note_connected(struct hf_keeper *keeper)
{
    keeper->delay_ms = FIRST_DELAY_MS;
}
