/* The intent on disk: see intent.h. One line: the boot's id, a space, OWNER/ID of the profile. A
 * session does not outlive its boot, so an intent of another boot is none. */
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

static bool is_saved(const char *var, const struct hf_profile_ref *ref)
{
    struct hf_profile_ref saved;

    return hf_intent_read(var, (unsigned)ref->owner, &saved) == HF_OK &&
           saved.owner == ref->owner && strcmp(saved.id, ref->id) == 0;
}

/* What is there already needs no room on the disk: each try after a loss comes here again. */
hf_status hf_intent_save(const char *var, const struct hf_profile_ref *ref)
{
    char boot[BOOT_OCTETS + 1], key[HF_OWNER_KEY_MAX], line[BOOT_OCTETS + HF_OWNER_KEY_MAX + 2];
    int length;

    if (is_saved(var, ref))
        return HF_OK;

    if (!read_boot_id(boot))
        return HF_ERR_LOCAL_SETUP;
    length = snprintf(line, sizeof line, "%s %s", boot, hf_profile_ref_format(ref, key));
    if (length < 0 || (size_t)length >= sizeof line)
        return HF_ERR_INTERNAL;
    return hf_files_write(var, FILE_NAME, (hf_bytes){ (const uint8_t *)line, (size_t)length });
}

void hf_intent_clear(const char *var)
{
    hf_files_remove(var, FILE_NAME);
}

/* What stands behind `boot` and a space in the file. */
static hf_status parse(hf_bytes file, const char boot[BOOT_OCTETS + 1], unsigned legacy_owner,
                       struct hf_profile_ref *out)
{
    hf_bytes then = hf_bytes_slice(file, 0, BOOT_OCTETS);
    struct hf_profile_ref ref = { .owner = legacy_owner };
    char key[HF_OWNER_KEY_MAX];
    hf_bytes text;

    if (then.len != BOOT_OCTETS || file.len < BOOT_OCTETS + 2)
        return HF_ERR_MALFORMED;
    text = hf_bytes_slice(file, BOOT_OCTETS + 1, file.len - BOOT_OCTETS - 1);
    if (text.len >= sizeof key || memchr(text.data, '\0', text.len) != NULL)
        return HF_ERR_MALFORMED;
    hf_copy(key, text.data, text.len);
    key[text.len] = '\0';
    if (!hf_profile_ref_parse(key, &ref)) {
        if (text.len >= sizeof ref.id || memchr(text.data, '/', text.len) != NULL)
            return HF_ERR_MALFORMED;
        hf_copy(ref.id, key, text.len + 1);
    }
    if (!hf_bytes_equal(then, hf_bytes_of_string(boot)))
        return HF_ERR_NOT_FOUND;
    *out = ref;
    return HF_OK;
}

hf_status hf_intent_read(const char *var, unsigned legacy_owner, struct hf_profile_ref *out)
{
    hf_buf file = hf_buf_with_max(BOOT_OCTETS + HF_OWNER_KEY_MAX);
    char boot[BOOT_OCTETS + 1];
    hf_status status = hf_files_read(var, FILE_NAME, &file);

    if (status == HF_OK)
        status = read_boot_id(boot) ? parse(hf_buf_bytes(&file), boot, legacy_owner, out)
                                    : HF_ERR_LOCAL_SETUP;
    hf_buf_free(&file);
    return status;
}
