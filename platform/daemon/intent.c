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

hf_status hf_intent_save(const char *var, const char *profile)
{
    char boot[BOOT_OCTETS + 1], line[BOOT_OCTETS + HF_PROFILE_TEXT_MAX + 2];
    int length;

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

bool hf_intent_read(const char *var, char out_profile[HF_PROFILE_TEXT_MAX])
{
    hf_buf file = hf_buf_with_max(BOOT_OCTETS + HF_PROFILE_TEXT_MAX);
    char boot[BOOT_OCTETS + 1];
    bool found = false;

    if (read_boot_id(boot) && hf_files_read(var, FILE_NAME, &file) == HF_OK &&
        file.len > BOOT_OCTETS + 1 && memcmp(file.data, boot, BOOT_OCTETS) == 0) {
        hf_bytes id =
            hf_bytes_slice(hf_buf_bytes(&file), BOOT_OCTETS + 1, file.len - BOOT_OCTETS - 1);

        found = id.len < HF_PROFILE_TEXT_MAX && memchr(id.data, '\0', id.len) == NULL;
        if (found) {
            hf_copy(out_profile, id.data, id.len);
            out_profile[id.len] = '\0';
        }
    }
    hf_buf_free(&file);
    return found;
}
