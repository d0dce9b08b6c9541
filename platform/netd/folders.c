/* Folders of an instance: see folders.h. */
#include "netd/folders.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Makes the folders above the last part of `path`. */
static bool make_parents(const char *path)
{
    char partial[HF_PATH_MAX];

    for (size_t i = 1; path[i] != '\0'; i++) {
        if (path[i] != '/')
            continue;
        memcpy(partial, path, i);
        partial[i] = '\0';
        if (mkdir(partial, 0755) != 0 && errno != EEXIST)
            return false;
    }
    return true;
}

/* A folder of root's with this group and mode, opened; -1 when it is somebody else's, or a link. */
static int make(const char *path, unsigned gid, mode_t mode)
{
    struct stat entry;
    int fd;

    if (!make_parents(path) || (mkdir(path, 0700) != 0 && errno != EEXIST))
        return -1;
    fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (fstat(fd, &entry) != 0 || entry.st_uid != 0 || fchown(fd, 0, gid) != 0 ||
        fchmod(fd, mode) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* The same for one of root's alone; the descriptor can only be gone to. */
static int make_below(const char *folder, const char *name, mode_t mode)
{
    char path[HF_PATH_MAX];
    int fd;

    if (hf_instance_path(folder, name, path) != HF_OK)
        return -1;
    fd = make(path, 0, mode);
    if (fd < 0)
        return -1;
    close(fd);
    return open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

hf_status hf_folders_make(const struct hf_instance *instance, int *out_empty)
{
    int fds[] = {
        make(instance->run, instance->daemon_gid, S_ISVTX | 0775),
        make(instance->var, instance->daemon_gid, S_ISVTX | 0770),
        make_below(instance->run, "netd", 0700),
        make_below(instance->var, "netd", 0700),
    };
    bool good = true;
    int empty = make_below(instance->run, "empty", 0555);

    for (size_t i = 0; i < HF_ARRAY_LEN(fds); i++) {
        good = good && fds[i] >= 0;
        if (fds[i] >= 0)
            close(fds[i]);
    }
    if (!good || empty < 0) {
        if (empty >= 0)
            close(empty);
        return HF_ERR_LOCAL_SETUP;
    }
    *out_empty = empty;
    return HF_OK;
}

bool hf_folders_is_roots_alone(int fd, mode_t kind)
{
    struct stat entry;

    return fstat(fd, &entry) == 0 && (entry.st_mode & S_IFMT) == kind && entry.st_uid == 0 &&
           (entry.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}
