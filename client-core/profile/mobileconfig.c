/* Apple configuration profiles (.mobileconfig, XML): the walk over dictionaries, and which payload
 * is the VPN. Keys: developer documentation of com.apple.vpn.managed; types are coerced where files
 * in the field break the schema. */
#include "profile/mobileconfig.h"

#include "profile/text.h"

#include <string.h>

#define VPN "com.apple.vpn.managed"

static bool is_binary(hf_bytes file)
{
    return hf_bytes_equal(hf_bytes_slice(file, 0, 6), hf_bytes_of_string("bplist"));
}

bool hf_mobileconfig_sniff(hf_bytes file)
{
    return is_binary(file) || hf_import_root_is(file, "plist");
}

/* --- the walk --- */

static void append_segment(char path[HF_PROFILE_TEXT_MAX], hf_bytes segment)
{
    char joined[HF_PROFILE_TEXT_MAX * 2];
    size_t len = strlen(path);

    hf_copy(joined, path, len);
    if (len != 0 && segment.len != 0)
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

hf_status hf_mobileconfig_note(struct hf_mobileconfig *m, enum hf_notice_severity severity,
                               const char *key, const char *text)
{
    return note(m, severity, hf_bytes_of_string(key), text);
}

hf_status hf_mobileconfig_say(struct hf_mobileconfig *m, enum hf_notice_severity severity,
                              const char *text)
{
    m->said = severity;
    m->says = text;
    return HF_OK;
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

static const struct hf_mobileconfig_key *find_key(const struct hf_mobileconfig_table *table,
                                                  hf_bytes key)
{
    for (; table != NULL; table = table->more) {
        for (size_t i = 0; i < table->count; i++) {
            if (hf_bytes_equal(key, hf_bytes_of_string(table->keys[i].key)))
                return &table->keys[i];
        }
    }
    return NULL;
}

/* The notice about a key that is done with; a type that breaks the schema is told. */
static hf_status note_done(struct hf_mobileconfig *m, const struct hf_plist *value,
                           const struct hf_mobileconfig_key *row, enum hf_notice_severity severity,
                           const char *text)
{
    char whole[HF_PROFILE_TEXT_MAX] = "";

    if (value->kind == row->kind)
        return note(m, severity, hf_buf_bytes(&value->key), text);
    hf_fault_set_text(whole, hf_bytes_of_string(text));
    hf_fault_add_text(whole, hf_bytes_of_string("written in another type than the schema has"));
    return note(m, severity, hf_buf_bytes(&value->key), whole);
}

/* "$NAME", "${NAME}" or "{{name}}": what a management server should have filled in. */
static bool is_template(hf_bytes text)
{
    size_t capitals = 0;

    if (text.len < 4 || (text.data[0] != '$' && text.data[0] != '{'))
        return false;
    if (text.data[1] == '{')
        return text.data[text.len - 1] == '}';
    if (text.data[0] != '$')
        return false;
    for (size_t i = 1; i < text.len; i++) {
        if (text.data[i] >= 'A' && text.data[i] <= 'Z')
            capitals++;
        else if (text.data[i] != '_' && (text.data[i] < '0' || text.data[i] > '9'))
            return false;
    }
    return capitals >= 3;
}

static hf_status apply_value(struct hf_mobileconfig *m, const struct hf_plist *value,
                             const struct hf_mobileconfig_key *row)
{
    hf_status status;

    if (row->apply == NULL)
        return note_done(m, value, row, row->severity, row->text);
    if (is_template(hf_plist_text(value)))
        return hf_mobileconfig_refuse(m, HF_ERR_PROFILE_INVALID, row->key,
                                      "a value: this file is a template that has to be filled in");
    m->says = NULL;
    status = row->apply(m, value);
    if (m->fault->status != HF_OK) /* refused for good, with its own words */
        return status;
    if (status == HF_ERR_PROFILE_UNSUPPORTED && row->text != NULL)
        return note_done(m, value, row, row->severity, row->text);
    if (status != HF_OK) /* what a harmless row says is about values of the right type */
        return hf_mobileconfig_refuse(m, status, row->key,
                                      row->text != NULL && row->severity != HF_NOTICE_HARMLESS
                                          ? row->text
                                          : "a value of the right type");
    return note_done(m, value, row, m->says != NULL ? m->said : HF_NOTICE_APPLIED,
                     m->says != NULL ? m->says : "");
}

static hf_status apply_key(struct hf_mobileconfig *m, const struct hf_plist *value,
                           const struct hf_mobileconfig_table *table)
{
    const struct hf_mobileconfig_key *row = find_key(table, hf_buf_bytes(&value->key));
    hf_status status;

    if (row == NULL)
        return note(m, HF_NOTICE_UNSUPPORTED, hf_buf_bytes(&value->key), "unknown key");
    status = apply_value(m, value, row);
    m->says = NULL;
    return status;
}

hf_status hf_mobileconfig_walk(struct hf_mobileconfig *m, const struct hf_plist *dict,
                               const char *segment, const struct hf_mobileconfig_table *table)
{
    const struct hf_plist *outer_dict = m->dict;
    char outer[HF_PROFILE_TEXT_MAX];
    hf_status status = HF_OK;

    if (dict == NULL || dict->kind != HF_PLIST_DICT)
        return HF_ERR_PROFILE_INVALID;
    hf_copy(outer, m->path, sizeof outer);
    append_segment(m->path, hf_bytes_of_string(segment));
    m->dict = dict;
    for (const struct hf_plist *value = dict->first; value != NULL && status == HF_OK;
         value = value->next)
        status = apply_key(m, value, table);
    m->dict = outer_dict;
    if (status == HF_OK)
        hf_copy(m->path, outer, sizeof outer);
    return status;
}

void hf_mobileconfig_entry(const char *name, size_t index, char out[HF_MOBILECONFIG_SEGMENT_MAX])
{
    char digits[20];
    size_t len = strlen(name), count = 0;

    HF_ASSERT(len <= HF_PROFILE_WORD_MAX);
    hf_copy(out, name, len);
    out[len++] = '[';
    do
        digits[count++] = (char)('0' + index % 10);
    while ((index /= 10) != 0);
    while (count > 0)
        out[len++] = digits[--count];
    hf_copy(out + len, "]", 2);
}

hf_status hf_mobileconfig_walk_entry(struct hf_mobileconfig *m, const struct hf_plist *dict,
                                     const char *name, size_t index,
                                     const struct hf_mobileconfig_table *table)
{
    char segment[HF_MOBILECONFIG_SEGMENT_MAX];

    hf_mobileconfig_entry(name, index, segment);
    return hf_mobileconfig_walk(m, dict, segment, table);
}

/* --- values --- */

hf_status hf_mobileconfig_text(const struct hf_plist *value, char *out, size_t capacity)
{
    if (value->kind == HF_PLIST_DICT || value->kind == HF_PLIST_ARRAY ||
        value->kind == HF_PLIST_DATA || value->kind == HF_PLIST_BOOL)
        return HF_ERR_PROFILE_INVALID;
    return hf_text_copy(hf_plist_text(value), out, capacity) ? HF_OK : HF_ERR_PROFILE_INVALID;
}

hf_status hf_mobileconfig_truth(const struct hf_plist *value, bool *out)
{
    uint32_t number;

    if (!hf_plist_number(value, &number))
        return HF_ERR_PROFILE_INVALID;
    *out = number != 0;
    return HF_OK;
}

hf_status hf_mobileconfig_secret(struct hf_mobileconfig *m, const struct hf_plist *value,
                                 enum hf_secret_name name)
{
    hf_buf *secret = &m->out->secrets.values[name];
    hf_bytes bytes =
        value->kind == HF_PLIST_DATA ? hf_buf_bytes(&value->value) : hf_plist_text(value);

    if (value->kind == HF_PLIST_STRING && bytes.len == 0)
        return hf_mobileconfig_say(m, HF_NOTICE_HARMLESS, "empty: it is asked for");
    if (bytes.len == 0)
        return HF_ERR_PROFILE_INVALID;
    hf_buf_clear(secret);
    if (!hf_buf_append(secret, bytes))
        return HF_ERR_PROFILE_INVALID;
    return hf_mobileconfig_say(m, HF_NOTICE_APPLIED, "whoever has the file can read it");
}

void hf_mobileconfig_lock(struct hf_mobileconfig *m, const char *word)
{
    struct hf_profile_words *locked = &m->out->profile.locked;

    for (size_t i = 0; i < locked->count; i++) {
        if (strcmp(locked->words[i], word) == 0)
            return;
    }
    HF_ASSERT(locked->count < HF_PROFILE_WORDS); /* there are four words to lock */
    hf_copy(locked->words[locked->count++], word, strlen(word) + 1);
}

/* --- which payload --- */

static bool is_vpn(const struct hf_plist *payload)
{
    return hf_plist_is_text(hf_plist_get(payload, "PayloadType"), VPN);
}

hf_bytes hf_mobileconfig_name(const struct hf_plist *payload)
{
    static const char *const keys[] = { "UserDefinedName", "PayloadDisplayName", "PayloadUUID" };

    for (size_t i = 0; i < HF_ARRAY_LEN(keys); i++) {
        hf_bytes name = hf_plist_text(hf_plist_get(payload, keys[i]));

        if (name.len != 0)
            return name;
    }
    return (hf_bytes){ 0 };
}

/* Which VPN: the one asked for; else the first that is spoken here; else the first. */
static const struct hf_plist *choose(struct hf_mobileconfig *m, const struct hf_plist *payloads)
{
    const struct hf_plist *first = NULL;

    for (const struct hf_plist *p = payloads->first; p != NULL; p = p->next) {
        if (!is_vpn(p))
            continue;
        if (m->options->pick.len != 0) {
            if (hf_bytes_equal(hf_mobileconfig_name(p), m->options->pick))
                return p;
            continue;
        }
        if (hf_mobileconfig_vpn_is_spoken(p))
            return p;
        if (first == NULL)
            first = p;
    }
    return first;
}

/* The others are named, not lost. */
static hf_status list_others(struct hf_mobileconfig *m, const struct hf_plist *payloads)
{
    for (const struct hf_plist *p = payloads->first; p != NULL; p = p->next) {
        if (!is_vpn(p) || p == m->vpn)
            continue;
        if (m->out->other_count == HF_IMPORT_OTHERS)
            return hf_mobileconfig_note(m, HF_NOTICE_UNSUPPORTED, "PayloadContent",
                                        "more VPNs follow than can be listed");
        hf_fault_set_text(m->out->others[m->out->other_count++], hf_mobileconfig_name(p));
        if (hf_mobileconfig_note(m, HF_NOTICE_UNSUPPORTED, "PayloadContent",
                                 "another VPN of the file is imported when it is asked for by "
                                 "name") != HF_OK)
            return HF_ERR_NO_MEMORY;
    }
    return HF_OK;
}

static bool is_listed(const struct hf_plist *first, const struct hf_plist *until, hf_bytes type)
{
    for (const struct hf_plist *p = first; p != until; p = p->next) {
        if (hf_bytes_equal(hf_plist_text(hf_plist_get(p, "PayloadType")), type))
            return true;
    }
    return false;
}

static hf_status refuse_without_vpn(struct hf_mobileconfig *m, const struct hf_plist *payloads)
{
    char kinds[HF_PROFILE_TEXT_MAX] = "a VPN, but the file is about ";
    size_t len = strlen(kinds);

    if (m->options->pick.len != 0)
        return hf_mobileconfig_refuse(m, HF_ERR_NOT_FOUND, "PayloadContent",
                                      "a VPN of the name that was asked for");
    for (const struct hf_plist *p = payloads->first; p != NULL; p = p->next) {
        hf_bytes type = hf_plist_text(hf_plist_get(p, "PayloadType"));
        size_t room = sizeof kinds - 1 - len;

        if (type.len == 0 || type.len + 2 > room || is_listed(payloads->first, p, type))
            continue;
        if (kinds[len - 1] != ' ') {
            hf_copy(kinds + len, ", ", 2);
            len += 2;
        }
        hf_copy(kinds + len, type.data, type.len);
        len += type.len;
    }
    kinds[len] = '\0';
    return hf_mobileconfig_refuse(m, HF_ERR_PROFILE_UNSUPPORTED, "PayloadContent",
                                  payloads->first == NULL ? "a VPN, but the file is empty" : kinds);
}

static size_t index_of(const struct hf_plist *payloads, const struct hf_plist *payload)
{
    size_t index = 0;

    for (const struct hf_plist *p = payloads->first; p != payload; p = p->next)
        index++;
    return index;
}

static hf_status check_top(struct hf_mobileconfig *m, const struct hf_plist *payloads)
{
    bool encrypted = false;

    if (!hf_plist_is_text(hf_plist_get(m->root, "PayloadType"), "Configuration"))
        return hf_mobileconfig_refuse(m, HF_ERR_PROFILE_FORMAT, "PayloadType", "Configuration");
    if (hf_plist_get(m->root, "EncryptedPayloadContent") != NULL ||
        (hf_plist_get(m->root, "IsEncrypted") != NULL &&
         hf_mobileconfig_truth(hf_plist_get(m->root, "IsEncrypted"), &encrypted) == HF_OK &&
         encrypted))
        return hf_mobileconfig_refuse(m, HF_ERR_PROFILE_UNSUPPORTED, "IsEncrypted",
                                      "a profile that is not encrypted for one device alone");
    if (payloads == NULL || payloads->kind != HF_PLIST_ARRAY)
        return hf_mobileconfig_refuse(m, HF_ERR_PROFILE_INVALID, "PayloadContent",
                                      "a list of payloads");
    return HF_OK;
}

static hf_status import_tree(struct hf_mobileconfig *m)
{
    const struct hf_plist *payloads = hf_plist_get(m->root, "PayloadContent");
    hf_status status = check_top(m, payloads);

    if (status != HF_OK)
        return status;
    m->vpn = choose(m, payloads);
    if (m->vpn == NULL)
        return refuse_without_vpn(m, payloads);
    status = hf_mobileconfig_walk(m, m->root, "", &hf_mobileconfig_top);
    if (status == HF_OK)
        status = hf_mobileconfig_vpn(m, index_of(payloads, m->vpn));
    if (status == HF_OK)
        status = hf_mobileconfig_certificates(m, payloads);
    if (status == HF_OK)
        status = list_others(m, payloads);
    return status;
}

static hf_status refuse_file(struct hf_mobileconfig *m, hf_status status)
{
    if (status == HF_ERR_NO_MEMORY || status == HF_ERR_PROFILE_FORMAT)
        return hf_mobileconfig_refuse(m, status, "plist", "a property list in XML");
    return hf_mobileconfig_refuse(
        m, HF_ERR_PROFILE_INVALID, "plist",
        status == HF_ERR_DENIED ? "a property list without entities"
        : status == HF_ERR_CREDENTIAL_INVALID
            ? "data in base64: a template has to be filled in first"
            : "a property list in XML of at most 4096 values, 64 deep, no key twice");
}

hf_status hf_mobileconfig_import(hf_bytes file, const struct hf_import_options *options,
                                 struct hf_import *out, struct hf_fault *out_fault)
{
    struct hf_mobileconfig m = { .out = out, .fault = out_fault, .options = options };
    struct hf_plist *root = NULL;
    hf_status status;

    if (is_binary(file))
        return hf_mobileconfig_refuse(&m, HF_ERR_PROFILE_FORMAT, "bplist",
                                      "XML: convert it with plutil -convert xml1 FILE");
    status = hf_plist_decode(file, &root);
    if (status != HF_OK)
        return refuse_file(&m, status);
    m.root = root;
    status = import_tree(&m);
    hf_plist_free(root);
    return status;
}
