/* The processes of an instance in the foreground: see household.h. */
#include "household.h"

#include "interrupt.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NETD_NAME      "holdfast-netd"
#define RESTART_MILLIS 100
#define LOOK_MILLIS    20
#define END_MILLIS     5000
#define INSTANCE_WORDS 6 /* what is added to the options of the instance */

struct hf_household {
    struct hf_cli *cli;
    char netd_path[HF_PATH_MAX];
    char folder[64]; /* made by us; "" where the user named one */
    char **argv;     /* of netd */
    pid_t netd;
    bool ending;
    int signals; /* signalfd: SIGCHLD */
    guint watch, restart;
};

/* --- programs --------------------------------------------------------------------------------- */
/* netd runs as root, so nobody else may be able to change its file. */
static bool is_roots_alone(const char *path)
{
    struct stat file;

    return stat(path, &file) == 0 && S_ISREG(file.st_mode) && file.st_uid == 0 &&
           (file.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* Beside us in a build folder, or where it is installed. */
static bool find_netd(char out[HF_PATH_MAX])
{
    static const char *const places[] = { "../platform/" NETD_NAME,
                                          "../libexec/holdfast/" NETD_NAME,
                                          "../lib/holdfast/" NETD_NAME };
    char own[HF_PATH_MAX] = { 0 };
    ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
    char *slash = length > 0 ? strrchr(own, '/') : NULL;

    if (slash == NULL)
        return false;
    *slash = '\0';
    for (size_t i = 0; i < HF_ARRAY_LEN(places); i++) {
        if (hf_instance_path(own, places[i], out) == HF_OK && is_roots_alone(out))
            return true;
    }
    return false;
}

/* In the child: what netd prints is a message, not data. */
_Noreturn static void become_netd(const struct hf_household *household, char **argv)
{
    sigset_t none;

    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)setpgid(0, 0); /* an interrupt at the terminal is for us, who end it in order */
    (void)dup2(STDERR_FILENO, STDOUT_FILENO);
    execv(household->netd_path, argv);
    _exit(126);
}

static pid_t start_netd(const struct hf_household *household, char **argv)
{
    pid_t pid = fork();

    if (pid == 0)
        become_netd(household, argv);
    return pid;
}

/* --- keeping it running ----------------------------------------------------------------------- */
static gboolean start_again(gpointer data)
{
    struct hf_household *household = data;

    household->netd = start_netd(household, household->argv);
    household->restart = 0;
    return G_SOURCE_REMOVE;
}

/* Everything below us that lost its parent comes to us. */
static void reap(struct hf_household *household)
{
    int how;
    pid_t pid;

    while ((pid = waitpid(-1, &how, WNOHANG)) > 0) {
        if (pid != household->netd)
            continue;
        household->netd = 0;
        if (!household->ending && household->restart == 0)
            household->restart = g_timeout_add(RESTART_MILLIS, start_again, household);
    }
}

static gboolean child_ended(gint fd, GIOCondition condition, gpointer data)
{
    struct signalfd_siginfo info;

    (void)condition;
    while (read(fd, &info, sizeof info) == (ssize_t)sizeof info)
        ;
    reap(data);
    return G_SOURCE_CONTINUE;
}

static hf_status watch_children(struct hf_household *household)
{
    sigset_t child;

    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0 || sigprocmask(SIG_BLOCK, &child, NULL) != 0)
        return HF_ERR_LOCAL_SETUP;
    household->signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    if (household->signals < 0)
        return HF_ERR_LOCAL_SETUP;
    household->watch = g_unix_fd_add(household->signals, G_IO_IN, child_ended, household);
    return HF_OK;
}

/* --- the folder ------------------------------------------------------------------------------- */
static hf_status make_folder(struct hf_household *household)
{
    static const char *const templates[] = { "/run/holdfast-run-XXXXXX",
                                             "/tmp/holdfast-run-XXXXXX" };
    char option[] = "--root", *words[] = { option, household->folder };

    for (size_t i = 0; i < HF_ARRAY_LEN(templates); i++) {
        g_strlcpy(household->folder, templates[i], sizeof household->folder);
        if (mkdtemp(household->folder) != NULL && chmod(household->folder, 0755) == 0)
            return hf_instance_option(&household->cli->instance, 2, words, 0) == 2
                       ? HF_OK
                       : HF_ERR_LOCAL_SETUP;
        household->folder[0] = '\0';
    }
    return HF_ERR_LOCAL_SETUP;
}

static int remove_entry(const char *path, const struct stat *entry, int kind, struct FTW *where)
{
    (void)entry;
    (void)kind;
    (void)where;
    return remove(path);
}

/* --- starting --------------------------------------------------------------------------------- */
static bool has_root_option(const struct hf_cli *cli)
{
    for (int i = 0; i < cli->instance_argc; i++) {
        if (strcmp(cli->instance_argv[i], "--root") == 0)
            return true;
    }
    return false;
}

/* The last --bus counts, so ours comes last. */
static char **make_argv(const struct hf_household *household)
{
    const struct hf_cli *cli = household->cli;
    char **argv = calloc((size_t)cli->instance_argc + INSTANCE_WORDS + 1, sizeof *argv);
    int count = 0;

    if (argv == NULL)
        return NULL;
    argv[count++] = (char *)household->netd_path;
    argv[count++] = (char *)"--with-daemon";
    for (int i = 0; i < cli->instance_argc; i++)
        argv[count++] = cli->instance_argv[i];
    if (household->folder[0] != '\0') {
        argv[count++] = (char *)"--root";
        argv[count++] = (char *)household->folder;
    }
    argv[count++] = (char *)"--bus";
    argv[count] = (char *)"none";
    return argv;
}

static hf_status open_household(struct hf_household *household)
{
    hf_status status;

    if (geteuid() != 0)
        return HF_ERR_DENIED;
    if (!find_netd(household->netd_path))
        return HF_ERR_LOCAL_SETUP;
    status = watch_children(household); /* before anything starts a thread */
    if (status != HF_OK)
        return status;
    hf_interrupt_catch(); /* from here on there is something to clean up */
    status = has_root_option(household->cli) ? HF_OK : make_folder(household);
    if (status != HF_OK)
        return status;
    household->cli->instance.bus = HF_BUS_NONE;
    household->argv = make_argv(household);
    if (household->argv == NULL)
        return HF_ERR_NO_MEMORY;
    household->netd = start_netd(household, household->argv);
    return household->netd > 0 ? HF_OK : HF_ERR_LOCAL_SETUP;
}

hf_status hf_household_new(struct hf_cli *cli, struct hf_household **out)
{
    struct hf_household *household = calloc(1, sizeof *household);
    hf_status status;

    if (household == NULL)
        return HF_ERR_NO_MEMORY;
    household->cli = cli;
    household->signals = -1;
    status = open_household(household);
    if (status != HF_OK) {
        hf_household_free(household, false);
        return status;
    }
    *out = household;
    return HF_OK;
}

/* --- waiting ---------------------------------------------------------------------------------- */
struct wait {
    GMainLoop *loop;
    struct hf_household *household;
    hf_status status;
};

static gboolean look(gpointer data)
{
    struct wait *wait = data;
    struct hf_client *client;

    if (hf_client_new(&wait->household->cli->instance, &client) != HF_OK)
        return G_SOURCE_CONTINUE;
    hf_client_free(client);
    wait->status = HF_OK;
    g_main_loop_quit(wait->loop);
    return G_SOURCE_CONTINUE;
}

static gboolean too_late(gpointer data)
{
    struct wait *wait = data;

    wait->status = HF_ERR_TIMEOUT;
    g_main_loop_quit(wait->loop);
    return G_SOURCE_CONTINUE;
}

hf_status hf_household_wait(struct hf_household *household, unsigned seconds)
{
    struct wait wait = { g_main_loop_new(NULL, FALSE), household, HF_ERR_TIMEOUT };
    guint look_again = g_timeout_add(LOOK_MILLIS, look, &wait);
    guint end = g_timeout_add_seconds(seconds, too_late, &wait);

    if (hf_interrupt_run(wait.loop) != 0)
        wait.status = HF_ERR_CANCELLED;
    g_source_remove(look_again);
    g_source_remove(end);
    g_main_loop_unref(wait.loop);
    return wait.status;
}

/* --- ending ----------------------------------------------------------------------------------- */
static pid_t parent_of(const char *pid)
{
    char path[64], line[512];
    const char *after;
    FILE *file;
    size_t got;

    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    file = fopen(path, "re");
    if (file == NULL)
        return 0;
    got = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[got] = '\0';
    after = strrchr(line, ')'); /* "PID (name) S PPID": the name may hold anything */
    return after == NULL || strlen(after) < 4 ? 0 : (pid_t)strtol(after + 4, NULL, 10);
}

static void signal_children(int signal)
{
    DIR *processes = opendir("/proc");
    const struct dirent *entry;

    if (processes == NULL)
        return;
    while ((entry = readdir(processes)) != NULL) {
        if (g_ascii_isdigit(entry->d_name[0]) && parent_of(entry->d_name) == getpid())
            (void)kill((pid_t)strtol(entry->d_name, NULL, 10), signal);
    }
    closedir(processes);
}

/* Whether none is left. The signals that end children wake the wait. */
static bool wait_for_children(int millis)
{
    const struct timespec tick = { .tv_nsec = LOOK_MILLIS * 1000000 };
    sigset_t child;

    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    for (int waited = 0; waited < millis; waited += LOOK_MILLIS) {
        pid_t pid;

        while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
            ;
        if (pid < 0 && errno == ECHILD)
            return true;
        (void)sigtimedwait(&child, NULL, &tick);
    }
    return false;
}

/* netd first: it would start holdfastd again. What it leaves comes to us. */
static void end_processes(struct hf_household *household)
{
    household->ending = true;
    if (household->netd > 0)
        (void)kill(household->netd, SIGTERM);
    for (int waited = 0; household->netd > 0 && waited < END_MILLIS; waited += LOOK_MILLIS) {
        if (waitpid(household->netd, NULL, WNOHANG) == household->netd)
            household->netd = 0;
        else
            g_usleep(LOOK_MILLIS * 1000);
    }
    signal_children(SIGTERM);
    if (wait_for_children(END_MILLIS))
        return;
    signal_children(SIGKILL);
    (void)wait_for_children(END_MILLIS);
}

static void unblock_by_hand(const struct hf_household *household)
{
    pid_t pid;

    household->argv[1] = (char *)"--unblock";
    pid = start_netd(household, household->argv);
    if (pid > 0)
        (void)waitpid(pid, NULL, 0);
}

void hf_household_free(struct hf_household *household, bool unblock)
{
    if (household->watch != 0)
        g_source_remove(household->watch);
    if (household->restart != 0)
        g_source_remove(household->restart);
    if (household->argv != NULL)
        end_processes(household);
    if (unblock)
        unblock_by_hand(household);
    if (household->folder[0] != '\0' &&
        nftw(household->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) != 0)
        fprintf(stderr, "holdfast: %s could not be removed\n", household->folder);
    if (household->signals >= 0)
        close(household->signals);
    free(household->argv);
    free(household);
}
