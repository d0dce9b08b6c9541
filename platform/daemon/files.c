/* The daemon's files: see files.h. */
#include "daemon/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_MAX_OCTETS 200

/* Of errno: a full disk is something that people can do something about. */
static hf_status status_of_write(void)
{
    return errno == ENOSPC || errno == EDQUOT ? HF_ERR_DISK_FULL : HF_ERR_LOCAL_SETUP;
}

hf_status hf_files_make_dir(const char *path)
{
    return mkdir(path, 0700) == 0 || errno == EEXIST ? HF_OK : status_of_write();
}

bool hf_files_name_is_good(const char *name)
{
    size_t length = strlen(name);

    if (length == 0 || length > NAME_MAX_OCTETS || name[0] == '.')
        return false;
    return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == length;
}

static bool write_all(int fd, hf_bytes content)
{
    while (content.len > 0) {
        ssize_t written = write(fd, content.data, content.len);

        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0)
            content = hf_bytes_slice(content, (size_t)written, content.len - (size_t)written);
    }
    return true;
}

static hf_status write_new(int dir, const char *name, hf_bytes content, bool durable)
{
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    hf_status status = HF_OK;

    if (fd < 0)
        return status_of_write();
    if (!write_all(fd, content) || (durable && fsync(fd) != 0))
        status = status_of_write();
    if (close(fd) != 0 && status == HF_OK)
        status = status_of_write();
    return status;
}

static hf_status replace(const char *dir, const char *name, hf_bytes content, bool durable)
{
    char fresh[NAME_MAX_OCTETS + 8];
    int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    hf_status status;

    if (at < 0)
        return HF_ERR_LOCAL_SETUP;
    snprintf(fresh, sizeof fresh, ".%s.new", name);
    status = write_new(at, fresh, content, durable);
    if (status == HF_OK && (renameat(at, fresh, at, name) != 0 || (durable && fsync(at) != 0)))
        status = status_of_write();
    if (status != HF_OK)
        (void)unlinkat(at, fresh, 0);
    close(at);
    return status;
}

hf_status hf_files_write(const char *dir, const char *name, hf_bytes content)
{
    return replace(dir, name, content, true);
}

hf_status hf_files_keep_copy(const char *dir, const char *name, hf_bytes content)
{
    return replace(dir, name, content, false);
}

static hf_status read_all(int fd, hf_buf *out)
{
    uint8_t chunk[4096];

    for (;;) {
        ssize_t got = read(fd, chunk, sizeof chunk);
        bool fits = got <= 0 || hf_buf_append(out, (hf_bytes){ chunk, (size_t)got });

        hf_cleanse(chunk, sizeof chunk);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return HF_ERR_LOCAL_SETUP;
        if (!fits)
            return HF_ERR_TOO_LARGE;
        if (got == 0)
            return HF_OK;
    }
}

hf_status hf_files_read(const char *dir, const char *name, hf_buf *out)
{
    int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd = at < 0 ? -1 : openat(at, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    hf_status status;

    if (at >= 0)
        close(at);
    if (fd < 0)
        return errno == ENOENT ? HF_ERR_NOT_FOUND : HF_ERR_LOCAL_SETUP;
    hf_buf_clear(out);
    status = read_all(fd, out);
    if (status != HF_OK)
        hf_buf_clear(out);
    close(fd);
    return status;
}

void hf_files_remove(const char *dir, const char *name)
{
    int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (at < 0)
        return;
    if (unlinkat(at, name, 0) == 0)
        (void)fsync(at);
    close(at);
}

static void overwrite(int fd)
{
    static const uint8_t zeros[4096];
    struct stat file;
    off_t left = fstat(fd, &file) == 0 && S_ISREG(file.st_mode) ? file.st_size : 0;

    while (left > 0) {
        size_t step = left < (off_t)sizeof zeros ? (size_t)left : sizeof zeros;

        if (!write_all(fd, (hf_bytes){ zeros, step }))
            return;
        left -= (off_t)step;
    }
    (void)fsync(fd);
}

void hf_files_shred(const char *dir, const char *name)
{
    int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd = at < 0 ? -1 : openat(at, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);

    if (fd >= 0) {
        overwrite(fd);
        close(fd);
    }
    if (at >= 0)
        close(at);
    hf_files_remove(dir, name);
}
