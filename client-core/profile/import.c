/* Import: recognise the format by content, decode, check the result, report. Formats are rows of
 * formats.def. */
#include "profile/import.h"

#include "crypto/credential.h"
#include "profile/psk.h"
#include "profile/text.h"

#include <stdlib.h>
#include <string.h>

static const struct format {
    const char *name;
    hf_format_sniff *sniff;
    hf_format_import *decode;
} formats[] = {
#define HF_FORMAT(name, sniff, decode) { name, sniff, decode },
#include "profile/formats.def"
#undef HF_FORMAT
};

static void import_init(struct hf_import *import)
{
    memset(import, 0, sizeof *import);
    hf_profile_init(&import->profile);
    hf_secrets_init(&import->secrets);
}

void hf_import_load(void)
{
    hf_legacy_load();
}

void hf_import_clear(struct hf_import *import)
{
    hf_profile_clear(&import->profile);
    hf_secrets_clear(&import->secrets);
    free(import->notices);
    import_init(import);
}

hf_status hf_import_note(struct hf_import *import, enum hf_notice_severity severity, hf_bytes path,
                         const char *text)
{
    struct hf_notice *notice;

    if (import->notices == NULL) {
        import->notices = calloc(HF_NOTICES_MAX, sizeof *import->notices);
        if (import->notices == NULL)
            return HF_ERR_NO_MEMORY;
    }
    if (import->notice_count == HF_NOTICES_MAX) {
        notice = &import->notices[HF_NOTICES_MAX - 1];
        severity = HF_NOTICE_UNSUPPORTED;
        path = hf_bytes_of_string("");
        text = "more keys follow than can be listed";
    } else {
        notice = &import->notices[import->notice_count++];
    }
    notice->severity = severity;
    hf_fault_set_text(notice->path, path);
    hf_fault_set_text(notice->text, hf_bytes_of_string(text));
    return HF_OK;
}

uint8_t hf_import_first_octet(hf_bytes file)
{
    static const uint8_t mark[] = { 0xef, 0xbb, 0xbf };
    size_t i = hf_bytes_equal(hf_bytes_slice(file, 0, 3), HF_BYTES_OF(mark)) ? 3 : 0;

    while (i < file.len && (file.data[i] == ' ' || file.data[i] == '\t' || file.data[i] == '\r' ||
                            file.data[i] == '\n'))
        i++;
    return i < file.len ? file.data[i] : 0;
}

hf_status hf_import_complete(struct hf_import *import)
{
    struct hf_profile *profile = &import->profile;

    if (profile->name[0] == '\0')
        hf_copy(profile->name, profile->gateways[0], sizeof profile->name);
    if (profile->id[0] == '\0')
        hf_text_make_id(hf_bytes_of_string(profile->name), profile->id);
    return hf_psk_note(import);
}

static const struct format *find_format(hf_bytes file)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(formats); i++) {
        if (formats[i].sniff(file))
            return &formats[i];
    }
    return NULL;
}

static hf_status refuse_format(struct hf_fault *fault, const char *why)
{
    *fault = hf_fault_make(HF_ERR_PROFILE_FORMAT, HF_STAGE_PROFILE);
    hf_fault_set_text(fault->offered, hf_bytes_of_string(why));
    return HF_ERR_PROFILE_FORMAT;
}

static hf_status refuse_unknown(struct hf_fault *fault)
{
    hf_status status = refuse_format(fault, "a known format");

    for (size_t i = 0; i < HF_ARRAY_LEN(formats); i++)
        hf_fault_add_text(fault->offered, hf_bytes_of_string(formats[i].name));
    return status;
}

hf_status hf_import_content(hf_bytes file, const struct hf_import_options *options,
                            struct hf_import *out, struct hf_fault *out_fault)
{
    const struct format *format = find_format(file);

    if (format == NULL)
        return refuse_format(out_fault, "a profile within the signature");
    out->format = format->name;
    return format->decode(file, options, out, out_fault);
}

static hf_status decode_as(const struct format *format, hf_bytes file,
                           const struct hf_import_options *options, struct hf_import *out,
                           struct hf_fault *fault)
{
    struct hf_import import;
    hf_status status;

    import_init(&import);
    import.format = format->name;
    status = format->decode(file, options, &import, fault);
    if (status == HF_OK)
        status = hf_import_complete(&import);
    if (status == HF_OK)
        status = hf_profile_check(&import.profile, fault);
    if (status != HF_OK) {
        hf_import_clear(&import);
        fault->status = status;
        fault->stage = HF_STAGE_PROFILE;
        return status;
    }
    *out = import;
    return HF_OK;
}

hf_status hf_import_decode(hf_bytes file, const struct hf_import_options *options,
                           struct hf_import *out, struct hf_fault *out_fault)
{
    const struct format *format;

    import_init(out);
    *out_fault = hf_fault_make(HF_OK, HF_STAGE_NONE);
    if (file.len > HF_PROFILE_FILE_MAX) {
        *out_fault = hf_fault_make(HF_ERR_PROFILE_INVALID, HF_STAGE_PROFILE);
        hf_fault_set_text(out_fault->offered, hf_bytes_of_string("a file of 1 MiB at most"));
        return HF_ERR_PROFILE_INVALID;
    }
    format = find_format(file);
    if (format == NULL)
        return refuse_unknown(out_fault);
    return decode_as(format, file, options, out, out_fault);
}
