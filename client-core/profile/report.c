/* The dry run of an import as JSON: what the profile would be, which secrets came along (names
 * only), and the notices. */
#include "profile/import.h"

#include <jansson.h>
#include <stdlib.h>

static const char *severity_name(enum hf_notice_severity severity)
{
    switch (severity) {
    case HF_NOTICE_APPLIED:
        return "applied";
    case HF_NOTICE_HARMLESS:
        return "harmless";
    case HF_NOTICE_UNSUPPORTED:
        return "unsupported";
    case HF_NOTICE_UNSAFE:
        break;
    }
    return "unsafe";
}

static json_t *notices_of(const struct hf_import *import)
{
    json_t *array = json_array();

    for (size_t i = 0; i < import->notice_count; i++) {
        const struct hf_notice *n = &import->notices[i];

        (void)json_array_append_new(array, json_pack("{s:s,s:s,s:s}", "severity",
                                                     severity_name(n->severity), "path", n->path,
                                                     "text", n->text));
    }
    return array;
}

static json_t *secrets_of(const struct hf_import *import)
{
    json_t *array = json_array();

    for (size_t i = 0; i < HF_SECRET_NAME_COUNT; i++) {
        if (import->secrets.values[i].len != 0)
            (void)json_array_append_new(array,
                                        json_string(hf_secret_name_text((enum hf_secret_name)i)));
    }
    return array;
}

static json_t *missing_of(const struct hf_import *import)
{
    uint32_t required = hf_profile_required_secrets(&import->profile);
    json_t *array = json_array();

    for (size_t i = 0; i < HF_SECRET_NAME_COUNT; i++) {
        if ((required & 1u << i) != 0 && import->secrets.values[i].len == 0)
            (void)json_array_append_new(array,
                                        json_string(hf_secret_name_text((enum hf_secret_name)i)));
    }
    return array;
}

static const char *signature_name(enum hf_import_signature signature)
{
    switch (signature) {
    case HF_IMPORT_UNSIGNED:
        return "none";
    case HF_IMPORT_SIGNATURE_GOOD:
        return "good";
    case HF_IMPORT_SIGNATURE_BAD:
        break;
    }
    return "bad";
}

static json_t *others_of(const struct hf_import *import)
{
    json_t *array = json_array();

    for (size_t i = 0; i < import->other_count; i++)
        (void)json_array_append_new(array, json_string(import->others[i]));
    return array;
}

hf_status hf_import_report(const struct hf_import *import, hf_buf *out)
{
    hf_buf native = hf_buf_with_max(out->max);
    hf_status status = hf_profile_encode(&import->profile, &native);
    json_t *report = NULL;
    char *text = NULL;

    hf_buf_clear(out);
    if (status != HF_OK)
        goto done;
    status = HF_ERR_NO_MEMORY;
    report =
        json_pack("{s:i,s:s,s:s,s:s,s:s,s:o,s:o,s:o,s:o,s:o}", "v", 1, "format", import->format,
                  "signature", signature_name(import->signature), "signer", import->signer,
                  "signer_trust", import->signer_trust, "others", others_of(import), "profile",
                  json_loadb((const char *)native.data, native.len, 0, NULL), "secrets",
                  secrets_of(import), "missing", missing_of(import), "notices", notices_of(import));
    text = report == NULL ? NULL : json_dumps(report, JSON_INDENT(2));
    if (text != NULL)
        status = hf_buf_append(out, hf_bytes_of_string(text)) ? HF_OK : HF_ERR_TOO_LARGE;
done:
    free(text);
    json_decref(report);
    hf_buf_free(&native);
    return status;
}
