/* Hints on disk: see hints.h. Losing them costs time, never correctness, so failures are silent. */
#include "daemon/hints.h"

#include "base/reader.h"
#include "base/writer.h"
#include "daemon/files.h"
#include "instance.h"
#include "ipc/values.h"

#include <string.h>

#define HINTS_MAX 64
/* No gateway is further away; a longer one in the file is not ours. */
#define RTT_MAX   HF_SECONDS(10)

static bool dir_of(const char *var, char out[HF_PATH_MAX])
{
    return hf_instance_path(var, "hints", out) == HF_OK;
}

void hf_hints_save(const char *var, const char *profile, const struct hf_attempt_summary *summary)
{
    uint8_t storage[HINTS_MAX];
    hf_writer w = hf_writer_of(storage, sizeof storage);
    char dir[HF_PATH_MAX];
    hf_bytes content;

    hf_ipc_write_address(&w, &summary->gateway);
    hf_write_u16(&w, summary->ke);
    hf_write_u64(&w, summary->rtt);
    if (!dir_of(var, dir) || !hf_writer_finish(&w, &content) || !hf_files_name_is_good(profile))
        return;
    if (hf_files_make_dir(dir) == HF_OK && hf_files_write(dir, profile, content) != HF_OK)
        hf_files_remove(dir, profile);
}

void hf_hints_note(struct hf_hints_lesson *lesson, const char *profile,
                   const struct hf_attempt_summary *summary)
{
    size_t length = strnlen(profile, sizeof lesson->profile - 1);

    hf_copy(lesson->profile, profile, length);
    lesson->profile[length] = '\0';
    lesson->summary = *summary;
}

void hf_hints_flush(struct hf_hints_lesson *lesson, const char *var)
{
    if (lesson->profile[0] != '\0')
        hf_hints_save(var, lesson->profile, &lesson->summary);
    lesson->profile[0] = '\0';
}

void hf_hints_load(const char *var, const char *profile, struct hf_attempt_hints *hints)
{
    hf_buf file = hf_buf_with_max(HINTS_MAX);
    char dir[HF_PATH_MAX];
    hf_address gateway;
    hf_duration rtt;
    uint16_t ke;

    if (dir_of(var, dir) && hf_files_name_is_good(profile) &&
        hf_files_read(dir, profile, &file) == HF_OK) {
        hf_reader r = hf_reader_of(hf_buf_bytes(&file));

        if (hf_ipc_read_address(&r, &gateway) && hf_read_u16(&r, &ke) && hf_read_u64(&r, &rtt) &&
            r.left == 0 && rtt <= RTT_MAX && gateway.family != HF_FAMILY_NONE) {
            hints->last_good[0] = gateway;
            hints->last_good_count = 1;
            hints->last_ke = ke;
            hints->rtt = rtt;
        }
    }
    hf_buf_free(&file);
}
