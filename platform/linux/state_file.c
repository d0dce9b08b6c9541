/* Small files that are whole or not there: see state_file.h. A file is a magic number, the
 * content's length, its CRC-32, and the content. */
#include "linux/state_file.h"

#include "base/reader.h"
#include "base/writer.h"
#include "instance.h"
#include "ipc/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAGIC       0x48464a31u /* "HFJ1" */
#define HEAD_OCTETS 12

/* The CRC of Ethernet, reflected; against damage, not against people: only root writes here. */
static uint32_t crc32(hf_bytes bytes)
{
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < bytes.len; i++) {
        crc ^= bytes.data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

bool hf_sync_folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char folder[HF_PATH_MAX] = ".";
    bool good;
    int fd;

    if (slash != NULL && (size_t)(slash - path) < sizeof folder) {
        memcpy(folder, path, (size_t)(slash - path) + 1);
        folder[slash - path + 1] = '\0'; /* with the slash, so that "/" works */
    }
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    good = fsync(fd) == 0;
    close(fd);
    return good;
}

hf_status hf_state_file_write(const char *path, hf_bytes content, bool durable)
{
    uint8_t head[HEAD_OCTETS];
    hf_writer w = hf_writer_of(head, sizeof head);
    char beside[HF_PATH_MAX];
    bool good;
    int fd;

    if (strlen(path) + sizeof ".new" > sizeof beside || content.len > HF_STATE_FILE_MAX)
        return HF_ERR_LOCAL_SETUP;
    memcpy(beside, path, strlen(path));
    memcpy(beside + strlen(path), ".new", sizeof ".new");
    hf_write_u32(&w, MAGIC);
    hf_write_u32(&w, (uint32_t)content.len);
    hf_write_u32(&w, crc32(content));
    fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return HF_ERR_LOCAL_SETUP;
    good = hf_ipc_write_all(fd, HF_BYTES_OF(head)) && hf_ipc_write_all(fd, content) &&
           (!durable || fsync(fd) == 0);
    close(fd);
    if (!good || rename(beside, path) != 0 || (durable && !hf_sync_folder_of(path))) {
        unlink(beside);
        return HF_ERR_LOCAL_SETUP;
    }
    return HF_OK;
}

static bool check(const hf_buf *file)
{
    hf_reader r = hf_reader_of(hf_buf_bytes(file));
    uint32_t magic, length, crc;

    return hf_read_u32(&r, &magic) && magic == MAGIC && hf_read_u32(&r, &length) &&
           hf_read_u32(&r, &crc) && r.left == length && crc == crc32(hf_read_rest(&r));
}

hf_status hf_state_file_read(const char *path, hf_buf *out)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    hf_buf file = hf_buf_with_max(0);
    hf_status status;

    if (fd < 0)
        return errno == ENOENT ? HF_ERR_NOT_FOUND : HF_ERR_MALFORMED;
    status = hf_ipc_read_fd(fd, HEAD_OCTETS + HF_STATE_FILE_MAX, &file);
    close(fd);
    if (status != HF_OK || !check(&file)) {
        hf_buf_free(&file);
        return HF_ERR_MALFORMED;
    }
    hf_buf_consume(&file, HEAD_OCTETS);
    hf_buf_free(out);
    *out = file;
    return HF_OK;
}

hf_status hf_state_file_remove(const char *path)
{
    if (unlink(path) != 0 && errno != ENOENT)
        return HF_ERR_LOCAL_SETUP;
    return HF_OK;
}
