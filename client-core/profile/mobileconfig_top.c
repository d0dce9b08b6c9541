/* The top level of a .mobileconfig: who made it, how long it holds, who may remove it. */
#include "profile/mobileconfig.h"

#include "profile/text.h"

#include <string.h>

/* Texts for people may have several lines; ours are one. False when the end did not fit. */
static bool copy_shown(hf_bytes text, char *out, size_t capacity)
{
    size_t len = 0;

    while (len < text.len && len < capacity - 1) {
        uint8_t c = text.data[len];

        out[len++] = c < 0x20 || c == 0x7f ? ' ' : (char)c;
    }
    while (len < text.len && len > 0 && (text.data[len] & 0xc0) == 0x80)
        len--; /* not in the middle of a character */
    out[len] = '\0';
    if (!hf_text_is_clean(hf_bytes_of_string(out)))
        out[0] = '\0';
    return len == text.len && (len == 0 || out[0] != '\0');
}

static hf_status apply_name(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    if (hf_mobileconfig_text(value, m->out->profile.name, sizeof m->out->profile.name) != HF_OK)
        return HF_ERR_PROFILE_UNSUPPORTED;
    return hf_mobileconfig_say(m, HF_NOTICE_APPLIED, "the name, where the VPN has none of its own");
}

static hf_status apply_organization(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return hf_mobileconfig_text(value, m->out->profile.organization,
                                sizeof m->out->profile.organization) == HF_OK
               ? HF_OK
               : HF_ERR_PROFILE_UNSUPPORTED;
}

static hf_status apply_scope(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    bool is_system = hf_plist_is_text(value, "System");

    if (!is_system && !hf_plist_is_text(value, "User"))
        return HF_ERR_PROFILE_UNSUPPORTED;
    m->out->profile.scope = is_system ? HF_PROFILE_SCOPE_SYSTEM : HF_PROFILE_SCOPE_USER;
    return HF_OK;
}

static hf_status apply_removal_disallowed(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    bool is_locked;
    hf_status status = hf_mobileconfig_truth(value, &is_locked);

    if (status == HF_OK && is_locked)
        hf_mobileconfig_lock(m, "remove");
    return status;
}

/* The earliest of several moments wins. */
static hf_status remove_at(struct hf_mobileconfig *m, hf_wall_clock moment)
{
    hf_wall_clock *date = &m->out->profile.removal_date, now = m->options->now;

    if (now != 0 && moment <= now)
        return hf_mobileconfig_refuse(m, HF_ERR_PROFILE_INVALID, "RemovalDate",
                                      "a profile whose time is not over");
    if (*date == 0 || moment < *date)
        *date = moment;
    return HF_OK;
}

static hf_status apply_removal_date(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    hf_wall_clock moment;

    return hf_plist_moment(value, &moment) ? remove_at(m, moment) : HF_ERR_PROFILE_INVALID;
}

static hf_status apply_duration(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    uint32_t seconds;

    if (!hf_plist_number(value, &seconds))
        return HF_ERR_PROFILE_INVALID;
    return m->options->now == 0 ? HF_ERR_PROFILE_UNSUPPORTED
                                : remove_at(m, m->options->now + seconds);
}

static hf_status apply_expiration(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    hf_wall_clock moment;

    if (!hf_plist_moment(value, &moment))
        return HF_ERR_PROFILE_UNSUPPORTED;
    return hf_mobileconfig_say(m, HF_NOTICE_UNSUPPORTED,
                               m->options->now != 0 && moment <= m->options->now
                                   ? "the profile has expired: ask for a new one"
                                   : "the profile is to be renewed by then; nothing reminds you");
}

/* In the file's own words for everybody, else in English, else in the first language. */
static const struct hf_plist *consent_of(const struct hf_plist *dict)
{
    const struct hf_plist *text = hf_plist_get(dict, "default");

    if (text == NULL)
        text = hf_plist_get(dict, "en");
    return text != NULL || dict->kind != HF_PLIST_DICT ? text : dict->first;
}

static hf_status apply_consent(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    const struct hf_plist *text = consent_of(value);

    if (text == NULL)
        return HF_ERR_PROFILE_INVALID;
    if (copy_shown(hf_plist_text(text), m->out->profile.consent, sizeof m->out->profile.consent))
        return HF_OK;
    return hf_mobileconfig_say(m, HF_NOTICE_UNSUPPORTED,
                               "too long, or with characters that are not shown: it is cut");
}

static hf_status apply_target(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    uint32_t type;

    (void)m;
    return hf_plist_number(value, &type) && (type == 0 || type == 5) ? HF_OK
                                                                     : HF_ERR_PROFILE_UNSUPPORTED;
}

static const struct hf_mobileconfig_key top_keys[] = {
    {"PayloadIdentifier",         HF_PLIST_STRING,  NULL,                     HF_NOTICE_APPLIED,     "names the profile"             },
    { "PayloadUUID",              HF_PLIST_STRING,  NULL,                     HF_NOTICE_HARMLESS,    "names this version of the file"},
    { "PayloadType",              HF_PLIST_STRING,  NULL,                     HF_NOTICE_HARMLESS,    "Configuration"                 },
    { "PayloadVersion",           HF_PLIST_INTEGER, NULL,                     HF_NOTICE_HARMLESS,    "1"                             },
    { "PayloadContent",           HF_PLIST_ARRAY,   NULL,                     HF_NOTICE_HARMLESS,    "listed below"                  },
    { "PayloadDisplayName",       HF_PLIST_STRING,  apply_name,               HF_NOTICE_HARMLESS,    "no name to show"               },
    { "PayloadDescription",       HF_PLIST_STRING,  NULL,                     HF_NOTICE_HARMLESS,    "for people"                    },
    { "PayloadOrganization",      HF_PLIST_STRING,  apply_organization,       HF_NOTICE_HARMLESS,
     "no name to show"                                                                                                               },
    { "PayloadScope",             HF_PLIST_STRING,  apply_scope,              HF_NOTICE_UNSUPPORTED, "System or User"                },
    { "PayloadRemovalDisallowed", HF_PLIST_BOOL,    apply_removal_disallowed, HF_NOTICE_UNSUPPORTED,
     NULL                                                                                                                            },
    { "HasRemovalPasscode",       HF_PLIST_BOOL,    NULL,                     HF_NOTICE_UNSUPPORTED,
     "removing asks for authorisation, not for a passcode of the file"                                                               },
    { "RemovalDate",              HF_PLIST_DATE,    apply_removal_date,       HF_NOTICE_UNSUPPORTED, NULL                            },
    { "DurationUntilRemoval",     HF_PLIST_REAL,    apply_duration,           HF_NOTICE_UNSUPPORTED,
     "the time of day is not known: the profile stays"                                                                               },
    { "PayloadExpirationDate",    HF_PLIST_DATE,    apply_expiration,         HF_NOTICE_UNSUPPORTED, "no date"                       },
    { "ConsentText",              HF_PLIST_DICT,    apply_consent,            HF_NOTICE_UNSUPPORTED, NULL                            },
    { "TargetDeviceType",         HF_PLIST_INTEGER, apply_target,             HF_NOTICE_UNSUPPORTED,
     "written for a device that is not a computer"                                                                                   },
    { "IsEncrypted",              HF_PLIST_BOOL,    NULL,                     HF_NOTICE_HARMLESS,    "not encrypted"                 },
    { "EncryptedPayloadContent",  HF_PLIST_DATA,    NULL,                     HF_NOTICE_UNSAFE,
     "refused: encrypted for one device alone"                                                                                       },
};
const struct hf_mobileconfig_table hf_mobileconfig_top =
    HF_MOBILECONFIG_TABLE("(top)", top_keys, NULL);

/* What every payload repeats. */
static const struct hf_mobileconfig_key payload_keys[] = {
    {"PayloadIdentifier",    HF_PLIST_STRING,  NULL, HF_NOTICE_HARMLESS, "names the payload"  },
    { "PayloadUUID",         HF_PLIST_STRING,  NULL, HF_NOTICE_APPLIED,  "names the payload"  },
    { "PayloadType",         HF_PLIST_STRING,  NULL, HF_NOTICE_HARMLESS, "what the payload is"},
    { "PayloadVersion",      HF_PLIST_INTEGER, NULL, HF_NOTICE_HARMLESS, "1"                  },
    { "PayloadDisplayName",  HF_PLIST_STRING,  NULL, HF_NOTICE_HARMLESS, "for people"         },
    { "PayloadDescription",  HF_PLIST_STRING,  NULL, HF_NOTICE_HARMLESS, "for people"         },
    { "PayloadOrganization", HF_PLIST_STRING,  NULL, HF_NOTICE_HARMLESS, "for people"         },
    { "PayloadEnabled",      HF_PLIST_BOOL,    NULL, HF_NOTICE_HARMLESS,
     "the file was imported on purpose"                                                       },
};
const struct hf_mobileconfig_table hf_mobileconfig_payload =
    HF_MOBILECONFIG_TABLE("(each payload)", payload_keys, NULL);
