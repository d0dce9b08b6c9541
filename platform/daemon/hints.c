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

static bool name_of(const struct hf_profile_ref *ref, char out[HF_OWNER_KEY_MAX])
{
    hf_profile_ref_format(ref, out);
    *strchr(out, '/') = '-';
    return hf_files_name_is_good(out);
}

void hf_hints_save(const char *var, const struct hf_profile_ref *ref,
                   const struct hf_attempt_summary *summary)
{
    uint8_t storage[HINTS_MAX];
    hf_writer w = hf_writer_of(storage, sizeof storage);
    char dir[HF_PATH_MAX], name[HF_OWNER_KEY_MAX];
    hf_bytes content;

    hf_ipc_write_address(&w, &summary->gateway);
    hf_write_u16(&w, summary->ke);
    hf_write_u64(&w, summary->rtt);
    if (!dir_of(var, dir) || !hf_writer_finish(&w, &content) || !name_of(ref, name))
        return;
    if (hf_files_make_dir(dir) == HF_OK && hf_files_write(dir, name, content) != HF_OK)
        hf_files_remove(dir, name);
}

void hf_hints_note(struct hf_hints_lesson *lesson, const struct hf_profile_ref *ref,
                   const struct hf_attempt_summary *summary)
{
    lesson->ref = *ref;
    lesson->summary = *summary;
}

void hf_hints_flush(struct hf_hints_lesson *lesson, const char *var)
{
    if (lesson->ref.id[0] != '\0')
        hf_hints_save(var, &lesson->ref, &lesson->summary);
    lesson->ref.id[0] = '\0';
}

void hf_hints_load(const char *var, const struct hf_profile_ref *ref,
                   struct hf_attempt_hints *hints)
{
    hf_buf file = hf_buf_with_max(HINTS_MAX);
    char dir[HF_PATH_MAX], name[HF_OWNER_KEY_MAX];
    hf_address gateway;
    hf_duration rtt;
    uint16_t ke;

    if (dir_of(var, dir) && name_of(ref, name) && hf_files_read(dir, name, &file) == HF_OK) {
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

void hf_hints_forget(const char *var, const struct hf_profile_ref *ref)
{
    char dir[HF_PATH_MAX], name[HF_OWNER_KEY_MAX];

    if (dir_of(var, dir) && name_of(ref, name))
        hf_files_remove(dir, name);
}
