/* Apple configuration profiles (.mobileconfig, XML, not signed): the top level, the walk, and which
 * payload is the VPN. Keys: developer documentation of com.apple.vpn.managed; types are coerced
 * where files in the field break the schema. */
#include "profile/mobileconfig.h"

#include "profile/text.h"

#include <string.h>

bool hf_mobileconfig_sniff(hf_bytes file)
{
    return hf_import_root_is(file, "plist");
}

static void append_segment(char path[HF_PROFILE_TEXT_MAX], hf_bytes segment)
{
    char joined[HF_PROFILE_TEXT_MAX * 2];
    size_t len = strlen(path);

    hf_copy(joined, path, len);
    if (len != 0)
        joined[len++] = '.';
    if (segment.len > HF_PROFILE_TEXT_MAX - 2)
        segment.len = HF_PROFILE_TEXT_MAX - 2;
    hf_copy(joined + len, segment.data, segment.len);
    len += segment.len;
    if (len >= HF_PROFILE_TEXT_MAX)
        len = HF_PROFILE_TEXT_MAX - 1;
    hf_copy(path, joined, len);
    path[len] = '\0';
}

static hf_status note(struct hf_mobileconfig *m, enum hf_notice_severity severity, hf_bytes key,
                      const char *text)
{
    char path[HF_PROFILE_TEXT_MAX];

    hf_copy(path, m->path, sizeof path);
    append_segment(path, key);
    return hf_import_note(m->out, severity, hf_bytes_of_string(path), text);
}

hf_status hf_mobileconfig_refuse(struct hf_mobileconfig *m, hf_status status, const char *key,
                                 const char *why)
{
    *m->fault = hf_fault_make(status, HF_STAGE_PROFILE);
    append_segment(m->path, hf_bytes_of_string(key));
    hf_fault_set_text(m->fault->received, hf_bytes_of_string(m->path));
    hf_fault_set_text(m->fault->offered, hf_bytes_of_string(why));
    return status;
}

static const struct hf_mobileconfig_key *find_key(const struct hf_mobileconfig_key *keys,
                                                  size_t count, hf_bytes key)
{
    for (size_t i = 0; i < count; i++) {
        if (hf_bytes_equal(key, hf_bytes_of_string(keys[i].key)))
            return &keys[i];
    }
    return NULL;
}

static hf_status apply_key(struct hf_mobileconfig *m, const struct hf_plist *value,
                           const struct hf_mobileconfig_key *row)
{
    hf_bytes key = hf_buf_bytes(&value->key);
    hf_status status;

    if (row == NULL)
        return note(m, HF_NOTICE_UNSUPPORTED, key, "unknown key");
    if (row->apply == NULL)
        return note(m, row->severity, key, row->text);
    status = row->apply(m, value);
    if (m->fault->status != HF_OK) /* refused for good, with its own words */
        return status;
    if (status == HF_ERR_PROFILE_UNSUPPORTED && row->text != NULL)
        return note(m, row->severity, key, row->text);
    if (status != HF_OK)
        return hf_mobileconfig_refuse(m, status, row->key,
                                      row->text != NULL ? row->text : "a value of the right type");
    return note(m, HF_NOTICE_APPLIED, key, "");
}

hf_status hf_mobileconfig_walk(struct hf_mobileconfig *m, const struct hf_plist *dict,
                               const char *segment, const struct hf_mobileconfig_key *keys,
                               size_t count)
{
    char outer[HF_PROFILE_TEXT_MAX];
    hf_status status = HF_OK;

    hf_copy(outer, m->path, sizeof outer);
    append_segment(m->path, hf_bytes_of_string(segment));
    for (const struct hf_plist *value = dict->first; value != NULL && status == HF_OK;
         value = value->next)
        status = apply_key(m, value, find_key(keys, count, hf_buf_bytes(&value->key)));
    if (status == HF_OK)
        hf_copy(m->path, outer, sizeof outer);
    return status;
}

static hf_status apply_removal(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    uint32_t locked;

    (void)m;
    return hf_plist_number(value, &locked) && locked == 0 ? HF_OK : HF_ERR_PROFILE_UNSUPPORTED;
}

static const struct hf_mobileconfig_key top_keys[] = {
    {"PayloadIdentifier",         NULL,          HF_NOTICE_HARMLESS,    "names the file"                         },
    { "PayloadUUID",              NULL,          HF_NOTICE_HARMLESS,    "names the file"                         },
    { "PayloadType",              NULL,          HF_NOTICE_HARMLESS,    "Configuration"                          },
    { "PayloadVersion",           NULL,          HF_NOTICE_HARMLESS,    "1"                                      },
    { "PayloadContent",           NULL,          HF_NOTICE_HARMLESS,    "listed below"                           },
    { "PayloadDisplayName",       NULL,          HF_NOTICE_HARMLESS,    "for people"                             },
    { "PayloadDescription",       NULL,          HF_NOTICE_HARMLESS,    "for people"                             },
    { "PayloadOrganization",      NULL,          HF_NOTICE_HARMLESS,    "for people"                             },
    { "PayloadScope",             NULL,          HF_NOTICE_HARMLESS,    "profiles belong to whoever imports them"},
    { "PayloadRemovalDisallowed", apply_removal, HF_NOTICE_UNSUPPORTED,
     "profiles are not locked yet"                                                                               },
    { "RemovalDate",              NULL,          HF_NOTICE_UNSUPPORTED, "profiles are not removed by date yet"   },
    { "DurationUntilRemoval",     NULL,          HF_NOTICE_UNSUPPORTED, "profiles are not removed by date yet"   },
    { "PayloadExpirationDate",    NULL,          HF_NOTICE_UNSUPPORTED, "profiles do not expire yet"             },
    { "ConsentText",              NULL,          HF_NOTICE_UNSUPPORTED, "the consent text is not shown yet"      },
    { "TargetDeviceType",         NULL,          HF_NOTICE_HARMLESS,    "written for Apple's devices"            },
};

static hf_status apply_name(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return hf_text_copy(hf_plist_text(value), m->out->profile.name, sizeof m->out->profile.name)
               ? HF_OK
               : HF_ERR_PROFILE_INVALID;
}

static hf_status apply_ikev2(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return value->kind == HF_PLIST_DICT ? hf_mobileconfig_ikev2(m, value) : HF_ERR_PROFILE_INVALID;
}

static const struct hf_mobileconfig_key vpn_keys[] = {
    {"UserDefinedName",      apply_name,  HF_NOTICE_UNSUPPORTED, "a name for people"                        },
    { "VPNType",             NULL,        HF_NOTICE_HARMLESS,    "IKEv2"                                    },
    { "IKEv2",               apply_ikev2, HF_NOTICE_UNSUPPORTED, NULL                                       },
    { "PayloadIdentifier",   NULL,        HF_NOTICE_HARMLESS,    "names the payload"                        },
    { "PayloadUUID",         NULL,        HF_NOTICE_HARMLESS,    "names the payload"                        },
    { "PayloadType",         NULL,        HF_NOTICE_HARMLESS,    "a VPN"                                    },
    { "PayloadVersion",      NULL,        HF_NOTICE_HARMLESS,    "1"                                        },
    { "PayloadDisplayName",  NULL,        HF_NOTICE_HARMLESS,    "for people"                               },
    { "PayloadDescription",  NULL,        HF_NOTICE_HARMLESS,    "for people"                               },
    { "PayloadOrganization", NULL,        HF_NOTICE_HARMLESS,    "for people"                               },
    { "PayloadEnabled",      NULL,        HF_NOTICE_HARMLESS,    "the file was imported on purpose"         },
    { "IPv4",                NULL,        HF_NOTICE_HARMLESS,    "the default route follows from the tunnel"},
    { "DNS",                 NULL,        HF_NOTICE_UNSUPPORTED, "the gateway's resolvers are used"         },
    { "Proxies",             NULL,        HF_NOTICE_UNSUPPORTED, "proxies are not set"                      },
};

static bool is_vpn(const struct hf_plist *payload)
{
    return hf_plist_is_text(hf_plist_get(payload, "PayloadType"), "com.apple.vpn.managed");
}

/* The first VPN of the file becomes the profile; further ones are named, not lost. */
static hf_status choose_vpn(struct hf_mobileconfig *m, const struct hf_plist *payloads)
{
    for (const struct hf_plist *payload = payloads->first; payload != NULL;
         payload = payload->next) {
        if (!is_vpn(payload))
            continue;
        if (m->vpn == NULL)
            m->vpn = payload;
        else if (note(m, HF_NOTICE_UNSUPPORTED, hf_bytes_of_string("PayloadContent"),
                      "a second VPN is not imported") != HF_OK)
            return HF_ERR_NO_MEMORY;
    }
    if (m->vpn == NULL)
        return hf_mobileconfig_refuse(m, HF_ERR_PROFILE_UNSUPPORTED, "PayloadContent",
                                      "a payload com.apple.vpn.managed");
    return HF_OK;
}

static hf_status check_vpn_type(struct hf_mobileconfig *m)
{
    const struct hf_plist *type = hf_plist_get(m->vpn, "VPNType");

    if (hf_plist_is_text(type, "IKEv2") && hf_plist_get(m->vpn, "IKEv2") != NULL)
        return HF_OK;
    if (hf_plist_is_text(type, "L2TP"))
        return hf_mobileconfig_refuse(m, HF_ERR_UNSUPPORTED_PROTOCOL, "VPNType", "IKEv2");
    return hf_mobileconfig_refuse(m, HF_ERR_PROFILE_UNSUPPORTED, "VPNType",
                                  "IKEv2 (others are apps of their vendors)");
}

static hf_status import_tree(struct hf_mobileconfig *m)
{
    const struct hf_plist *payloads = hf_plist_get(m->root, "PayloadContent");
    hf_status status;

    if (!hf_plist_is_text(hf_plist_get(m->root, "PayloadType"), "Configuration"))
        return hf_mobileconfig_refuse(m, HF_ERR_PROFILE_FORMAT, "PayloadType", "Configuration");
    if (payloads == NULL || payloads->kind != HF_PLIST_ARRAY)
        return hf_mobileconfig_refuse(m, HF_ERR_PROFILE_UNSUPPORTED, "PayloadContent",
                                      "payloads that are not encrypted");
    status = choose_vpn(m, payloads);
    if (status == HF_OK)
        status = check_vpn_type(m);
    if (status == HF_OK)
        status = hf_mobileconfig_walk(m, m->root, "", top_keys, HF_ARRAY_LEN(top_keys));
    if (status == HF_OK)
        status =
            hf_mobileconfig_walk(m, m->vpn, "PayloadContent", vpn_keys, HF_ARRAY_LEN(vpn_keys));
    if (status == HF_OK)
        status = hf_mobileconfig_certificates(m, payloads);
    return status;
}

hf_status hf_mobileconfig_import(hf_bytes file, const struct hf_import_options *options,
                                 struct hf_import *out, struct hf_fault *out_fault)
{
    struct hf_mobileconfig m = { .out = out, .fault = out_fault, .options = options };
    struct hf_plist *root = NULL;
    hf_status status = hf_plist_decode(file, &root);

    if (status != HF_OK)
        return hf_mobileconfig_refuse(&m,
                                      status == HF_ERR_NO_MEMORY || status == HF_ERR_PROFILE_FORMAT
                                          ? status
                                          : HF_ERR_PROFILE_INVALID,
                                      "plist", "a property list in XML without entities");
    m.root = root;
    status = import_tree(&m);
    hf_plist_free(root);
    return status;
}
