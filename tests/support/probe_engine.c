/* Stands in for holdfast-engine where a test wants to see what netd starts it with: tells it, as
 * one packet of "name value" lines, then does what it is told: "exit N", "chroot". Ends at end of
 * file.
 */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

static char text[16384];
static size_t length;

static void say(const char *name, const char *value)
{
    int more = snprintf(text + length, sizeof text - length, "%s %s\n", name, value);

    if (more > 0 && length + (size_t)more < sizeof text)
        length += (size_t)more;
}

static void say_number(const char *name, unsigned long value)
{
    char number[32];

    snprintf(number, sizeof number, "%lu", value);
    say(name, number);
}

/* Lines like "CapEff:\t0000000000000000". */
static void say_status(void)
{
    FILE *status = fopen("/proc/self/status", "re");
    char line[512];

    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        char *colon = strchr(line, ':');

        if (colon == NULL)
            continue;
        *colon = '\0';
        line[strcspn(line, "\n")] = '\0';
        colon[1 + strcspn(colon + 1, "\n")] = '\0';
        say(line, colon + 1 + strspn(colon + 1, "\t "));
    }
    if (status != NULL)
        fclose(status);
}

static void say_fds(void)
{
    char list[256] = "";

    for (int fd = 0; fd < 64; fd++) {
        size_t used = strlen(list);

        if (fcntl(fd, F_GETFD) >= 0)
            snprintf(list + used, sizeof list - used, "%s%d", used == 0 ? "" : ",", fd);
    }
    say("fds", list);
}

static void say_namespace(const char *name, const char *path)
{
    struct stat entry;

    if (stat(path, &entry) == 0)
        say_number(name, entry.st_ino);
}

static void say_limit(const char *name, int resource)
{
    struct rlimit limit;

    if (getrlimit((__rlimit_resource_t)resource, &limit) == 0)
        say_number(name, limit.rlim_max);
}

static void tell(void)
{
    if (send(0, text, length, MSG_NOSIGNAL) < 0)
        exit(9);
    length = 0;
}

static void tell_confinement(const char *mode)
{
    char folder[64];
    size_t variables = 0;

    while (environ[variables] != NULL)
        variables++;
    say("mode", mode);
    say_status();
    say_fds();
    say_number("variables", variables);
    say_namespace("net", "/proc/self/ns/net");
    say_namespace("ipc", "/proc/self/ns/ipc");
    say_limit("core", RLIMIT_CORE);
    say_limit("processes", RLIMIT_NPROC);
    say_number("session", getsid(0) == getpid());
    snprintf(folder, sizeof folder, "%d", fcntl(3, F_GETFL) & O_PATH);
    say("folder-is-path", folder);
    tell();
}

static void change_root(void)
{
    struct dirent *entry;
    unsigned entries = 0;
    DIR *root;

    say("chroot", fchdir(3) == 0 && chroot(".") == 0 ? "ok" : "refused");
    root = opendir("/");
    while (root != NULL && (entry = readdir(root)) != NULL)
        entries += entry->d_name[0] != '.';
    if (root != NULL)
        closedir(root);
    say_number("entries", entries);
    say("write", mkdir("/x", 0700) == 0 ? "allowed" : "refused");
    tell();
}

int main(int argc, char **argv)
{
    char command[64];
    ssize_t got;

    tell_confinement(argc > 1 ? argv[1] : "");
    while ((got = recv(0, command, sizeof command - 1, 0)) != 0) {
        if (got < 0) { /* the socket does not block */
            struct pollfd input = { 0, POLLIN, 0 };

            (void)poll(&input, 1, -1);
            continue;
        }
        command[got] = '\0';
        if (strncmp(command, "exit ", 5) == 0)
            return (int)strtol(command + 5, NULL, 10);
        if (strcmp(command, "chroot") == 0)
            change_root();
    }
    return 0;
}
