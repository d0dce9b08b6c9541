/* The intent on disk: see intent.h. One line: the boot's id, a space, OWNER/ID of the profile,
 * and, for a pause, a space and its end in microseconds since the boot. A session does not outlive
 * its boot, so an intent of another boot is none. */
#include "daemon/intent.h"

#include "daemon/files.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FILE_NAME   "intent"
#define BOOT_OCTETS 36
#define TIME_OCTETS 20
#define LINE_MAX    (BOOT_OCTETS + HF_OWNER_KEY_MAX + TIME_OCTETS + 3)

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

static bool is_saved(const char *var, const struct hf_intent *intent)
{
    struct hf_intent saved;

    return hf_intent_read(var, (unsigned)intent->ref.owner, &saved) == HF_OK &&
           saved.ref.owner == intent->ref.owner && strcmp(saved.ref.id, intent->ref.id) == 0 &&
           saved.resume_at == intent->resume_at;
}

/* What is there already needs no room on the disk: each try after a loss comes here again. */
hf_status hf_intent_save(const char *var, const struct hf_intent *intent)
{
    char boot[BOOT_OCTETS + 1], key[HF_OWNER_KEY_MAX], line[LINE_MAX], until[TIME_OCTETS + 2] = "";
    int length;

    if (is_saved(var, intent))
        return HF_OK;
    if (intent->resume_at != HF_NEVER)
        snprintf(until, sizeof until, " %" PRIu64, intent->resume_at);
    if (!read_boot_id(boot))
        return HF_ERR_LOCAL_SETUP;
    length = snprintf(line, sizeof line, "%s %s%s", boot, hf_profile_ref_format(&intent->ref, key),
                      until);
    if (length < 0 || (size_t)length >= sizeof line)
        return HF_ERR_INTERNAL;
    return hf_files_write(var, FILE_NAME, (hf_bytes){ (const uint8_t *)line, (size_t)length });
}

void hf_intent_clear(const char *var)
{
    hf_files_remove(var, FILE_NAME);
}

/* Cuts the end of a pause off the text. False: what stands there is not one. */
static bool take_pause(char *text, hf_time *out)
{
    char *space = strchr(text, ' ');
    uint64_t value = 0;

    *out = HF_NEVER;
    if (space == NULL)
        return true;
    *space = '\0';
    if (space[1] == '\0' || strlen(space + 1) >= TIME_OCTETS)
        return false;
    for (const char *at = space + 1; *at != '\0'; at++) {
        if (*at < '0' || *at > '9')
            return false;
        value = value * 10 + (unsigned)(*at - '0');
    }
    *out = value;
    return true;
}

/* What stands behind `boot` and a space in the file. */
static hf_status parse(hf_bytes file, const char boot[BOOT_OCTETS + 1], unsigned legacy_owner,
                       struct hf_intent *out)
{
    hf_bytes then = hf_bytes_slice(file, 0, BOOT_OCTETS);
    struct hf_intent intent = { .ref.owner = legacy_owner };
    char key[HF_OWNER_KEY_MAX + TIME_OCTETS + 1];
    hf_bytes text;

    if (then.len != BOOT_OCTETS || file.len < BOOT_OCTETS + 2)
        return HF_ERR_MALFORMED;
    text = hf_bytes_slice(file, BOOT_OCTETS + 1, file.len - BOOT_OCTETS - 1);
    if (text.len >= sizeof key || memchr(text.data, '\0', text.len) != NULL)
        return HF_ERR_MALFORMED;
    hf_copy(key, text.data, text.len);
    key[text.len] = '\0';
    if (!take_pause(key, &intent.resume_at))
        return HF_ERR_MALFORMED;
    if (!hf_profile_ref_parse(key, &intent.ref)) {
        if (strlen(key) >= sizeof intent.ref.id || strchr(key, '/') != NULL)
            return HF_ERR_MALFORMED;
        hf_copy(intent.ref.id, key, strlen(key) + 1);
    }
    if (!hf_bytes_equal(then, hf_bytes_of_string(boot)))
        return HF_ERR_NOT_FOUND;
    *out = intent;
    return HF_OK;
}

hf_status hf_intent_read(const char *var, unsigned legacy_owner, struct hf_intent *out)
{
    hf_buf file = hf_buf_with_max(LINE_MAX);
    char boot[BOOT_OCTETS + 1];
    hf_status status = hf_files_read(var, FILE_NAME, &file);

    if (status == HF_OK)
        status = read_boot_id(boot) ? parse(hf_buf_bytes(&file), boot, legacy_owner, out)
                                    : HF_ERR_LOCAL_SETUP;
    hf_buf_free(&file);
    return status;
}
