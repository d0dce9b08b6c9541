/* Whose a profile is: see owner.h. */
#include "daemon/owner.h"

#include <stdio.h>
#include <string.h>

#define SYSTEM "system"

const char *hf_owner_format(hf_owner owner, char out[HF_OWNER_TEXT_MAX])
{
    if (owner == HF_OWNER_SYSTEM)
        hf_copy(out, SYSTEM, sizeof SYSTEM);
    else
        snprintf(out, HF_OWNER_TEXT_MAX, "%u", (unsigned)owner);
    return out;
}

bool hf_owner_parse(hf_bytes text, hf_owner *out)
{
    uint64_t value = 0;

    if (hf_bytes_equal(text, hf_bytes_of_string(SYSTEM))) {
        *out = HF_OWNER_SYSTEM;
        return true;
    }
    if (text.len == 0 || text.len > 10 || (text.len > 1 && text.data[0] == '0'))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        value = value * 10 + (text.data[i] - '0');
    }
    if (value >= UINT32_MAX) /* (uid_t)-1 is nobody at all */
        return false;
    *out = (hf_owner)value;
    return true;
}

bool hf_owner_is_seen_by(hf_owner owner, unsigned uid)
{
    return uid == 0 || owner == HF_OWNER_SYSTEM || owner == (hf_owner)uid;
}

const char *hf_profile_ref_format(const struct hf_profile_ref *ref, char out[HF_OWNER_KEY_MAX])
{
    char owner[HF_OWNER_TEXT_MAX];

    snprintf(out, HF_OWNER_KEY_MAX, "%s/%s", hf_owner_format(ref->owner, owner), ref->id);
    return out;
}

bool hf_profile_ref_parse(const char *text, struct hf_profile_ref *out)
{
    const char *slash = strchr(text, '/');
    size_t len = slash == NULL ? 0 : strlen(slash + 1);
    hf_owner owner;

    if (len == 0 || len >= sizeof out->id || strchr(slash + 1, '/') != NULL ||
        !hf_owner_parse((hf_bytes){ (const uint8_t *)text, (size_t)(slash - text) }, &owner))
        return false;
    out->owner = owner;
    hf_copy(out->id, slash + 1, len + 1);
    return true;
}
