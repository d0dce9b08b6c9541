/* The undo journal: see journal.h. */
#include "linux/journal.h"

#include "base/reader.h"
#include "base/writer.h"
#include "ipc/netd_protocol.h"
#include "ipc/values.h"
#include "linux/state_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Which kernel state this is about: the boot, and the network namespace. */
struct place {
    uint8_t boot_id[36];
    uint64_t device, inode;
};

static struct place place_now(void)
{
    struct place place = { 0 };
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    struct stat namespace;

    if (fd >= 0) {
        if (read(fd, place.boot_id, sizeof place.boot_id) != sizeof place.boot_id)
            memset(place.boot_id, 0, sizeof place.boot_id);
        close(fd);
    }
    if (stat("/proc/self/ns/net", &namespace) == 0) {
        place.device = namespace.st_dev;
        place.inode = namespace.st_ino;
    }
    return place;
}

bool hf_journals_equal(const struct hf_journal *a, const struct hf_journal *b)
{
    return strcmp(a->tun_name, b->tun_name) == 0 &&
           memcmp(&a->sysctls, &b->sysctls, sizeof a->sysctls) == 0 &&
           hf_plan_equal(&a->plan, &b->plan);
}

hf_status hf_journal_write(const char *path, const struct hf_journal *journal)
{
    struct place place = place_now();
    uint8_t *storage = malloc(HF_STATE_FILE_MAX);
    hf_writer w = hf_writer_of(storage, HF_STATE_FILE_MAX);
    hf_status status = HF_ERR_LOCAL_SETUP;
    hf_bytes content;

    if (storage == NULL)
        return HF_ERR_NO_MEMORY;
    hf_write_bytes(&w, HF_BYTES_OF(place.boot_id));
    hf_write_u64(&w, place.device);
    hf_write_u64(&w, place.inode);
    hf_ipc_write_text(&w, journal->tun_name);
    for (size_t i = 0; i < HF_SYSCTLS; i++)
        hf_write_u32(&w, (uint32_t)journal->sysctls.before[i]);
    hf_plan_encode(&w, &journal->plan);
    if (hf_writer_finish(&w, &content))
        status = hf_state_file_write(path, content, false);
    free(storage);
    return status;
}

static bool read_place(hf_reader *r, struct place *out)
{
    return hf_read_copy(r, out->boot_id, sizeof out->boot_id) && hf_read_u64(r, &out->device) &&
           hf_read_u64(r, &out->inode);
}

static bool places_equal(const struct place *a, const struct place *b)
{
    return hf_bytes_equal(HF_BYTES_OF(a->boot_id), HF_BYTES_OF(b->boot_id)) &&
           a->device == b->device && a->inode == b->inode;
}

static bool read_sysctls(hf_reader *r, struct hf_sysctls *out)
{
    for (size_t i = 0; i < HF_SYSCTLS; i++) {
        uint32_t value;

        if (!hf_read_u32(r, &value))
            return false;
        out->before[i] = (int32_t)value;
    }
    return true;
}

static bool parse(hf_bytes content, struct hf_journal *out, struct place *place)
{
    hf_reader r = hf_reader_of(content);

    return read_place(&r, place) && hf_ipc_read_text(&r, out->tun_name, sizeof out->tun_name) &&
           read_sysctls(&r, &out->sysctls) && hf_plan_decode(&r, &out->plan) == HF_OK &&
           r.left == 0;
}

hf_status hf_journal_read(const char *path, struct hf_journal *out, bool *out_stale)
{
    struct place then, now = place_now();
    hf_buf content = hf_buf_with_max(0);
    struct hf_journal journal = { 0 };
    hf_status status = hf_state_file_read(path, &content);

    if (status == HF_OK && !parse(hf_buf_bytes(&content), &journal, &then))
        status = HF_ERR_MALFORMED;
    hf_buf_free(&content);
    if (status != HF_OK)
        return status;
    *out_stale = !places_equal(&then, &now);
    *out = journal;
    return HF_OK;
}
