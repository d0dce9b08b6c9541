/* The intent on disk: see intent.h. One line: the boot's id, a space, the profile's id. A session
 * does not outlive its boot, so an intent of another boot is none. */
#include "daemon/intent.h"

#include "daemon/files.h"

#include <stdio.h>
#include <string.h>

#define FILE_NAME   "intent"
#define BOOT_OCTETS 36

static bool read_boot_id(char out[BOOT_OCTETS + 1])
{
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
    bool good;

    if (file == NULL)
        return false;
    good = fread(out, 1, BOOT_OCTETS, file) == BOOT_OCTETS;
    out[BOOT_OCTETS] = '\0';
    fclose(file);
    return good;
}

static bool is_saved(const char *var, const char *profile)
{
    char saved[HF_PROFILE_TEXT_MAX];

    return hf_intent_read(var, saved) == HF_OK && strcmp(saved, profile) == 0;
}

/* What is there already needs no room on the disk: each try after a loss comes here again. */
hf_status hf_intent_save(const char *var, const char *profile)
{
    char boot[BOOT_OCTETS + 1], line[BOOT_OCTETS + HF_PROFILE_TEXT_MAX + 2];
    int length;

    if (is_saved(var, profile))
        return HF_OK;

    if (!read_boot_id(boot))
        return HF_ERR_LOCAL_SETUP;
    length = snprintf(line, sizeof line, "%s %s", boot, profile);
    if (length < 0 || (size_t)length >= sizeof line)
        return HF_ERR_INTERNAL;
    return hf_files_write(var, FILE_NAME, (hf_bytes){ (const uint8_t *)line, (size_t)length });
}

void hf_intent_clear(const char *var)
{
    hf_files_remove(var, FILE_NAME);
}

/* What stands behind `boot` and a space in the file. */
static hf_status parse(hf_bytes file, const char boot[BOOT_OCTETS + 1],
                       char out_profile[HF_PROFILE_TEXT_MAX])
{
    hf_bytes then = hf_bytes_slice(file, 0, BOOT_OCTETS);
    hf_bytes id;

    if (then.len != BOOT_OCTETS || file.len < BOOT_OCTETS + 2)
        return HF_ERR_MALFORMED;
    id = hf_bytes_slice(file, BOOT_OCTETS + 1, file.len - BOOT_OCTETS - 1);
    if (id.len >= HF_PROFILE_TEXT_MAX || memchr(id.data, '\0', id.len) != NULL)
        return HF_ERR_MALFORMED;
    if (!hf_bytes_equal(then, hf_bytes_of_string(boot)))
        return HF_ERR_NOT_FOUND;
    hf_copy(out_profile, id.data, id.len);
    out_profile[id.len] = '\0';
    return HF_OK;
}

hf_status hf_intent_read(const char *var, char out_profile[HF_PROFILE_TEXT_MAX])
{
    hf_buf file = hf_buf_with_max(BOOT_OCTETS + HF_PROFILE_TEXT_MAX);
    char boot[BOOT_OCTETS + 1];
    hf_status status = hf_files_read(var, FILE_NAME, &file);

    if (status == HF_OK)
        status =
            read_boot_id(boot) ? parse(hf_buf_bytes(&file), boot, out_profile) : HF_ERR_LOCAL_SETUP;
    hf_buf_free(&file);
    return status;
}
