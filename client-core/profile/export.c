/* Exporting profiles: see export.h and hf_profile_export. Nothing is parsed here. */
#include "profile/export.h"

#include "crypto/hash.h"
#include "profile/fields.h"
#include "profile/text.h"

#include <stdlib.h>
#include <string.h>

static const struct exporter {
    const char *name;
    hf_export_encode *encode;
    const char *const *said;
} exporters[] = {
#define HF_EXPORTER(name, encode, said) { name, encode, said },
#include "profile/exporters.def"
#undef HF_EXPORTER
};

void hf_export_add_bytes(struct hf_export *e, hf_bytes bytes)
{
    if (e->status == HF_OK && !hf_buf_append(e->out, bytes))
        e->status = HF_ERR_TOO_LARGE;
}

void hf_export_add(struct hf_export *e, const char *text)
{
    hf_export_add_bytes(e, hf_bytes_of_string(text));
}

void hf_export_note(struct hf_export *e, enum hf_notice_severity severity, const char *key,
                    const char *text)
{
    if (e->status == HF_OK)
        e->status = hf_import_note(e->notices, severity, hf_bytes_of_string(key), text);
}

void hf_export_refuse(struct hf_export *e, hf_status status, const char *key, const char *why)
{
    if (e->status != HF_OK)
        return;
    e->status = status;
    *e->fault = hf_fault_make(status, HF_STAGE_PROFILE);
    hf_fault_set_text(e->fault->received, hf_bytes_of_string(key));
    hf_fault_set_text(e->fault->offered, hf_bytes_of_string(why));
}

hf_bytes hf_export_secret(const struct hf_export *e, enum hf_secret_name name)
{
    return e->secrets != NULL ? hf_buf_bytes(&e->secrets->values[name]) : (hf_bytes){ 0 };
}

/* --- what every format needs ------------------------------------------------------------------ */
static bool is_uuid(const char *text)
{
    for (size_t i = 0; i < HF_UUID_TEXT_MAX - 1; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? text[i] != '-'
                 : text[i] == '\0' || strchr("0123456789abcdefABCDEF", text[i]) == NULL)
            return false;
    }
    return text[HF_UUID_TEXT_MAX - 1] == '\0';
}

/* RFC 9562, version 8: the octets are a hash. */
static void make_uuid(const uint8_t *hash, char out[HF_UUID_TEXT_MAX])
{
    static const char digits[] = "0123456789abcdef";
    size_t at = 0;

    for (size_t i = 0; i < 16; i++) {
        uint8_t octet = i == 6   ? (uint8_t)((hash[i] & 0x0f) | 0x80)
                        : i == 8 ? (uint8_t)((hash[i] & 0x3f) | 0x80)
                                 : hash[i];

        if (i == 4 || i == 6 || i == 8 || i == 10)
            out[at++] = '-';
        out[at++] = digits[octet >> 4];
        out[at++] = digits[octet & 15];
    }
    out[at] = '\0';
}

void hf_export_uuid(struct hf_export *e, const char *part, char out[HF_UUID_TEXT_MAX])
{
    const struct hf_profile *p = e->profile;
    const hf_bytes parts[] = { hf_bytes_of_string(p->id), hf_bytes_of_string("/"),
                               hf_bytes_of_string(p->source_key), hf_bytes_of_string("/"),
                               hf_bytes_of_string(part) };
    uint8_t hash[64];

    out[0] = '\0';
    if (part[0] == '\0' && is_uuid(p->source_key)) {
        hf_copy(out, p->source_key, HF_UUID_TEXT_MAX);
        return;
    }
    if (part[0] == '\0' && p->source_key[0] != '\0')
        hf_export_note(e, HF_NOTICE_HARMLESS, "source-key", "is no UUID: one is made of it");
    if (e->status == HF_OK)
        e->status = hf_hash(HF_HASH_SHA2_256, parts, HF_ARRAY_LEN(parts), hash);
    if (e->status == HF_OK)
        make_uuid(hash, out);
}

static bool find_mark(hf_bytes text, const char *mark, size_t *out_at)
{
    size_t len = strlen(mark);

    for (size_t i = 0; i + len <= text.len; i++) {
        if (memcmp(text.data + i, mark, len) == 0) {
            *out_at = i;
            return true;
        }
    }
    return false;
}

bool hf_export_next_pem(hf_bytes *rest, hf_buf *out)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----", end[] = "-----END";
    size_t at, stop;
    hf_bytes body;

    if (!find_mark(*rest, begin, &at))
        return false;
    body = hf_bytes_slice(*rest, at + sizeof begin - 1, rest->len - at - sizeof begin + 1);
    if (!find_mark(body, end, &stop))
        return false;
    *rest = hf_bytes_slice(body, stop, body.len - stop);
    for (size_t i = 0; i < stop; i++) {
        if (body.data[i] > ' ' && !hf_buf_append(out, (hf_bytes){ body.data + i, 1 }))
            return false;
    }
    return true;
}

/* --- proposals -------------------------------------------------------------------------------- */
static bool is_aead(const char *name)
{
    return strstr(name, "gcm") != NULL || strstr(name, "poly1305") != NULL;
}

static bool append(hf_buf *out, const char *text)
{
    return hf_buf_append(out, hf_bytes_of_string(text));
}

static bool append_list(hf_buf *out, const struct hf_profile_algorithms *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (!append(out, "-") || !append(out, list->names[i]))
            return false;
    }
    return true;
}

/* Those ciphers that are (or are not) AEADs, which are never in one proposal with the others. */
static bool append_proposal(hf_buf *out, const struct hf_profile_algorithms *const lists[4],
                            bool aead, const char *separator)
{
    const struct hf_profile_algorithms *ciphers = lists[0];
    bool fits = true, begun = false;

    for (size_t i = 0; fits && i < ciphers->count; i++) {
        if (is_aead(ciphers->names[i]) != aead)
            continue;
        fits = append(out, begun          ? "-"
                           : out->len > 0 ? separator
                                          : "") &&
               append(out, ciphers->names[i]);
        begun = true;
    }
    if (!begun)
        return fits;
    return fits && (aead || append_list(out, lists[1])) && append_list(out, lists[2]) &&
           append_list(out, lists[3]);
}

void hf_export_proposals(struct hf_export *e, bool is_esp, const char *separator, hf_buf *out)
{
    static const struct hf_profile_algorithms none = { .count = 0 };
    const struct hf_profile *p = e->profile;
    const struct hf_profile_algorithms *const lists[4] = {
        is_esp ? &p->esp_encryption : &p->ike_encryption,
        is_esp ? &p->esp_integrity : &p->ike_integrity, is_esp ? &none : &p->ike_prf,
        is_esp ? &p->esp_groups : &p->ike_groups
    };
    bool first_is_aead = lists[0]->count > 0 && is_aead(lists[0]->names[0]);

    if (!append_proposal(out, lists, first_is_aead, separator) ||
        !append_proposal(out, lists, !first_is_aead, separator))
        e->status = HF_ERR_TOO_LARGE;
    if (lists[0]->count == 0 && lists[1]->count + lists[2]->count + lists[3]->count != 0)
        hf_export_note(e, HF_NOTICE_UNSUPPORTED, is_esp ? "esp" : "ike",
                       "a proposal begins with a cipher, and none is named");
    else if (!is_esp && lists[0]->count != 0 && lists[2]->count == 0)
        hf_export_note(e, HF_NOTICE_HARMLESS, "ike.prf", "none is named: it follows from the hash");
}

/* --- what a format cannot say ----------------------------------------------------------------- */
static bool is_default(const struct hf_profile_field *field, const struct hf_profile *profile,
                       const struct hf_profile *defaults)
{
    const uint8_t *at = (const uint8_t *)profile + field->offset,
                  *normal = (const uint8_t *)defaults + field->offset;

    switch (field->kind) {
    case HF_FIELD_TEXT:
        return strcmp((const char *)at, (const char *)normal) == 0;
    case HF_FIELD_BOOL:
        return memcmp(at, normal, sizeof(bool)) == 0;
    case HF_FIELD_NUMBER:
        return memcmp(at, normal, sizeof(uint16_t)) == 0;
    case HF_FIELD_SECONDS:
        return memcmp(at, normal, sizeof(hf_duration)) == 0;
    case HF_FIELD_TIME:
        return memcmp(at, normal, sizeof(hf_wall_clock)) == 0;
    case HF_FIELD_NAME:
        return memcmp(at, normal, sizeof(int)) == 0;
    case HF_FIELD_PEM:
        return ((const hf_buf *)(const void *)at)->len == 0;
    case HF_FIELD_ADDRESS:
        return hf_address_is_any((const hf_address *)(const void *)at);
    case HF_FIELD_TEXTS:
    case HF_FIELD_PREFIXES:
    case HF_FIELD_ADDRESSES:
    case HF_FIELD_PORTS:
    case HF_FIELD_RECORDS:
        break;
    }
    return *(const size_t *)(const void *)((const uint8_t *)profile + field->count_offset) == 0;
}

static bool is_said(const char *const *said, const char *key)
{
    for (; *said != NULL; said++) {
        if (strcmp(*said, key) == 0)
            return true;
    }
    return false;
}

/* "ike.groups"; names of ours, which fit. */
static void join_key(const struct hf_profile_field *field, char out[HF_PROFILE_WORD_MAX])
{
    const char *group = field->group != NULL ? field->group : "";
    size_t len = strlen(group), rest = strlen(field->key);

    HF_ASSERT(len + rest + 2 <= HF_PROFILE_WORD_MAX);
    hf_copy(out, group, len);
    if (len != 0)
        out[len++] = '.';
    hf_copy(out + len, field->key, rest + 1);
}

static void note_unsaid(struct hf_export *e, const char *const *said)
{
    struct hf_profile defaults;

    hf_profile_init(&defaults);
    for (size_t i = 0; i < hf_profile_table.count; i++) {
        const struct hf_profile_field *field = &hf_profile_table.fields[i];
        char key[HF_PROFILE_WORD_MAX];

        join_key(field, key);
        if (!is_said(said, key) && !is_default(field, e->profile, &defaults))
            hf_export_note(e, HF_NOTICE_UNSUPPORTED, key, "the format has no place for it");
    }
    hf_profile_clear(&defaults);
}

/* Importers make the id of the name. */
static void note_id(struct hf_export *e)
{
    char id[65];

    hf_text_make_id(hf_bytes_of_string(e->profile->name), id);
    if (strcmp(id, e->profile->id) != 0)
        hf_export_note(e, HF_NOTICE_HARMLESS, "id", "will be made of the name");
}

/* --- native ----------------------------------------------------------------------------------- */
void hf_export_native(struct hf_export *e)
{
    if (e->secrets != NULL)
        hf_export_refuse(e, HF_ERR_PROFILE_UNSUPPORTED, "secrets in a native profile", "native");
    else
        e->status = hf_profile_encode(e->profile, e->out);
}

static hf_status refuse_format(const char *format, struct hf_fault *fault)
{
    *fault = hf_fault_make(HF_ERR_PROFILE_FORMAT, HF_STAGE_PROFILE);
    hf_fault_set_text(fault->received, hf_bytes_of_string(format));
    for (size_t i = 0; i < HF_ARRAY_LEN(exporters); i++)
        hf_fault_add_text(fault->offered, hf_bytes_of_string(exporters[i].name));
    return HF_ERR_PROFILE_FORMAT;
}

hf_status hf_profile_export(const struct hf_profile *profile, const struct hf_secrets *secrets,
                            const char *format, hf_buf *out, struct hf_import *out_notices,
                            struct hf_fault *out_fault)
{
    struct hf_export e = { .profile = profile,
                           .secrets = secrets,
                           .out = out,
                           .notices = out_notices,
                           .fault = out_fault };

    memset(out_notices, 0, sizeof *out_notices);
    hf_profile_init(&out_notices->profile);
    hf_secrets_init(&out_notices->secrets);
    *out_fault = hf_fault_make(HF_OK, HF_STAGE_NONE);
    hf_buf_clear(out);
    for (size_t i = 0; i < HF_ARRAY_LEN(exporters); i++) {
        if (strcmp(exporters[i].name, format) != 0)
            continue;
        exporters[i].encode(&e);
        if (exporters[i].said != NULL) {
            note_unsaid(&e, exporters[i].said);
            note_id(&e);
        }
        if (e.status != HF_OK)
            hf_buf_clear(out);
        if (e.status != HF_OK && out_fault->status == HF_OK)
            *out_fault = hf_fault_make(e.status, HF_STAGE_PROFILE);
        return e.status;
    }
    return refuse_format(format, out_fault);
}
