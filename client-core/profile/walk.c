/* The walk over a file's keys: see walk.h. */
#include "profile/walk.h"

#include "profile/text.h"

#include <string.h>

#define INDEX_MAX 12 /* "[4095]" */

static void append(char path[HF_PROFILE_TEXT_MAX], const char *text, size_t len)
{
    size_t at = strlen(path);

    if (len > HF_PROFILE_TEXT_MAX - 1 - at)
        len = HF_PROFILE_TEXT_MAX - 1 - at;
    hf_copy(path + at, text, len);
    path[at + len] = '\0';
}

static void append_index(char path[HF_PROFILE_TEXT_MAX], size_t index)
{
    char digits[INDEX_MAX];
    size_t at = sizeof digits;

    digits[--at] = ']';
    do
        digits[--at] = (char)('0' + index % 10);
    while ((index /= 10) != 0 && at > 1);
    digits[--at] = '[';
    append(path, digits + at, sizeof digits - at);
}

static void append_key(struct hf_walk *w, hf_bytes key)
{
    if (w->path[0] != '\0')
        append(w->path, ".", 1);
    append(w->path, (const char *)key.data, key.len);
}

hf_status hf_walk_note(struct hf_walk *w, enum hf_notice_severity severity, const char *text)
{
    return hf_import_note(w->out, severity, hf_bytes_of_string(w->path), text);
}

hf_status hf_walk_note_key(struct hf_walk *w, const char *key, enum hf_notice_severity severity,
                           const char *text)
{
    char outer[HF_PROFILE_TEXT_MAX];
    hf_status status;

    hf_copy(outer, w->path, sizeof outer);
    append_key(w, hf_bytes_of_string(key));
    status = hf_walk_note(w, severity, text);
    hf_copy(w->path, outer, sizeof outer);
    return status;
}

hf_status hf_walk_refuse(struct hf_walk *w, hf_status status, const char *path, const char *why)
{
    *w->fault = hf_fault_make(status, HF_STAGE_PROFILE);
    hf_fault_set_text(w->fault->received, hf_bytes_of_string(path != NULL ? path : w->path));
    hf_fault_set_text(w->fault->offered, hf_bytes_of_string(why));
    return status;
}

hf_status hf_walk_refuse_file(struct hf_walk *w, hf_status status, const char *what)
{
    if (status != HF_ERR_NO_MEMORY)
        status = HF_ERR_PROFILE_INVALID;
    return hf_walk_refuse(w, status, "file", what);
}

static bool is_key(const struct hf_walk_row *row, hf_bytes key)
{
    hf_bytes wanted = hf_bytes_of_string(row->key);

    if (wanted.len == 0 || wanted.data[wanted.len - 1] != '*')
        return hf_bytes_equal(key, wanted);
    wanted.len--;
    return key.len >= wanted.len && hf_bytes_equal(hf_bytes_slice(key, 0, wanted.len), wanted);
}

static const struct hf_walk_row *find_row(const struct hf_walk_table *table, hf_bytes key)
{
    for (size_t i = 0; i < table->count; i++) {
        if (is_key(&table->rows[i], key))
            return &table->rows[i];
    }
    return NULL;
}

/* How many siblings before it have its name. */
static size_t index_of(const struct hf_node *value)
{
    size_t index = 0;

    for (const struct hf_node *at = value->parent->first; at != value; at = at->next)
        index += hf_bytes_equal(hf_buf_bytes(&at->name), hf_buf_bytes(&value->name));
    return index;
}

/* A value that could not be applied is told by the row's words. */
static hf_status apply_row(struct hf_walk *w, const struct hf_walk_row *row,
                           const struct hf_node *value)
{
    size_t notices = w->out->notice_count;
    hf_status status = row->apply(w, row, value);

    if (w->fault->status != HF_OK) /* refused for good, with its own words */
        return status;
    if (status == HF_ERR_PROFILE_UNSUPPORTED)
        return hf_walk_note(w, row->severity, row->text);
    if (status != HF_OK)
        return hf_walk_refuse(w, status, NULL,
                              row->text != NULL ? row->text : "a value of the right type");
    if (w->out->notice_count != notices) /* it has told more itself */
        return HF_OK;
    return hf_walk_note(w, HF_NOTICE_APPLIED, "");
}

static hf_status apply_inside(struct hf_walk *w, const struct hf_walk_row *row,
                              const struct hf_node *value)
{
    if (value->kind == HF_NODE_OBJECT)
        return hf_walk(w, value, row->inside);
    if (value->kind == HF_NODE_NULL || hf_node_text(value).len == 0)
        return hf_walk_note(w, HF_NOTICE_HARMLESS, "empty");
    return hf_walk_refuse(w, HF_ERR_PROFILE_INVALID, NULL, "further keys inside");
}

static hf_status apply(struct hf_walk *w, const struct hf_walk_row *row,
                       const struct hf_node *value)
{
    if (row == NULL)
        return hf_walk_note(w, HF_NOTICE_UNSUPPORTED, "unknown key");
    if (!row->repeats && index_of(value) > 0)
        return hf_walk_note(w, HF_NOTICE_UNSUPPORTED, "a second time: the first counts");
    if (value->kind == HF_NODE_NULL)
        return hf_walk_note(w, HF_NOTICE_HARMLESS, "no value");
    if (row->apply != NULL)
        return apply_row(w, row, value);
    return row->inside != NULL ? apply_inside(w, row, value)
                               : hf_walk_note(w, row->severity, row->text);
}

hf_status hf_walk(struct hf_walk *w, const struct hf_node *node, const struct hf_walk_table *table)
{
    char outer[HF_PROFILE_TEXT_MAX];
    hf_status status = HF_OK;

    hf_copy(outer, w->path, sizeof outer);
    if (node->stray_text)
        status = hf_walk_note(w, HF_NOTICE_HARMLESS, "stray characters between the elements");
    for (const struct hf_node *value = node->first; value != NULL && status == HF_OK;
         value = value->next) {
        const struct hf_walk_row *row = find_row(table, hf_buf_bytes(&value->name));

        append_key(w, hf_buf_bytes(&value->name));
        if (row != NULL && row->repeats)
            append_index(w->path, index_of(value));
        status = apply(w, row, value);
        if (status == HF_OK)
            hf_copy(w->path, outer, sizeof outer);
    }
    return status;
}

#define TABLES_MAX 64

/* Every table that can be reached, once, with the name under which its keys are shown. */
struct tables {
    const struct hf_walk_table *at[TABLES_MAX];
    const char *names[TABLES_MAX];
    size_t count;
};

static void gather(struct tables *tables, const struct hf_walk_table *table, const char *name)
{
    for (size_t i = 0; i < tables->count; i++) {
        if (tables->at[i] == table)
            return;
    }
    HF_ASSERT(tables->count < TABLES_MAX); /* the tables are our own */
    tables->at[tables->count] = table;
    tables->names[tables->count++] = table->name != NULL ? table->name : name;
}

static struct hf_import_row row_of(const struct hf_walk_row *row, const char *group)
{
    return (struct hf_import_row){ .group = group,
                                   .key = row->key,
                                   .is_applied = row->apply != NULL || row->inside != NULL ||
                                                 row->severity == HF_NOTICE_APPLIED,
                                   .severity = row->severity,
                                   .effect = row->text != NULL ? row->text : "" };
}

bool hf_walk_row_at(const struct hf_walk_table *const *roots, size_t count, size_t index,
                    struct hf_import_row *out)
{
    struct tables tables = { .count = 0 };

    for (size_t i = 0; i < count; i++)
        gather(&tables, roots[i], "");
    for (size_t i = 0; i < tables.count; i++) { /* which grows on the way */
        for (size_t k = 0; k < tables.at[i]->count; k++) {
            const struct hf_walk_row *row = &tables.at[i]->rows[k];

            if (index-- == 0) {
                *out = row_of(row, tables.names[i]);
                return true;
            }
            if (row->inside != NULL)
                gather(&tables, row->inside, row->key);
        }
    }
    return false;
}

static uint8_t *member(struct hf_walk *w, const struct hf_walk_row *row)
{
    return (uint8_t *)&w->out->profile + row->offset;
}

hf_status hf_walk_text(struct hf_walk *w, const struct hf_walk_row *row,
                       const struct hf_node *value)
{
    return value->kind == HF_NODE_SCALAR &&
                   hf_text_copy(hf_node_text(value), (char *)member(w, row), row->size)
               ? HF_OK
               : HF_ERR_PROFILE_INVALID;
}

hf_status hf_walk_bool(struct hf_walk *w, const struct hf_walk_row *row,
                       const struct hf_node *value)
{
    return hf_node_bool(value, (bool *)(void *)member(w, row)) ? HF_OK : HF_ERR_PROFILE_INVALID;
}

hf_status hf_walk_not(struct hf_walk *w, const struct hf_walk_row *row, const struct hf_node *value)
{
    bool on;

    if (!hf_node_bool(value, &on))
        return HF_ERR_PROFILE_INVALID;
    *(bool *)(void *)member(w, row) = !on;
    return HF_OK;
}

hf_status hf_walk_only_off(struct hf_walk *w, const struct hf_walk_row *row,
                           const struct hf_node *value)
{
    bool on = true;

    (void)w, (void)row;
    return hf_node_bool(value, &on) && !on ? HF_OK : HF_ERR_PROFILE_UNSUPPORTED;
}

hf_status hf_walk_secret(struct hf_walk *w, const struct hf_walk_row *row,
                         const struct hf_node *value)
{
    hf_buf *secret = &w->out->secrets.values[row->offset];

    if (hf_node_raw(value).len == 0)
        return HF_ERR_PROFILE_INVALID;
    hf_buf_clear(secret);
    return hf_buf_append(secret, hf_node_raw(value)) ? HF_OK : HF_ERR_TOO_LARGE;
}

bool hf_walk_add_gateway(struct hf_profile *profile, hf_bytes host)
{
    for (size_t i = 0; i < profile->gateway_count; i++) {
        if (hf_bytes_equal_nocase(host, hf_bytes_of_string(profile->gateways[i])))
            return true;
    }
    if (profile->gateway_count == HF_PROFILE_GATEWAYS ||
        !hf_text_copy(host, profile->gateways[profile->gateway_count], sizeof profile->gateways[0]))
        return false;
    profile->gateway_count++;
    return true;
}

bool hf_walk_add_domain(struct hf_profile *profile, hf_bytes domain)
{
    if (domain.len > 0 && domain.data[0] == '.')
        domain = hf_bytes_slice(domain, 1, domain.len - 1);
    if (profile->domain_count == HF_PLAN_DOMAINS || !hf_text_is_host_name(domain) ||
        !hf_text_copy(domain, profile->domains[profile->domain_count], sizeof profile->domains[0]))
        return false;
    profile->domain_count++;
    return true;
}

bool hf_walk_add_word(struct hf_profile_words *words, hf_bytes word)
{
    for (size_t i = 0; i < words->count; i++) {
        if (hf_bytes_equal(word, hf_bytes_of_string(words->words[i])))
            return true;
    }
    if (words->count == HF_PROFILE_WORDS ||
        !hf_text_copy(word, words->words[words->count], sizeof words->words[0]))
        return false;
    words->count++;
    return true;
}

bool hf_walk_add_lock(struct hf_profile *profile, const char *key)
{
    return hf_walk_add_word(&profile->locked, hf_bytes_of_string(key));
}

static hf_status add_range(hf_bytes text, size_t dash, hf_prefix *list, size_t max, size_t *count)
{
    hf_address first, last;
    size_t needed;

    if (!hf_address_parse(hf_text_trim(hf_bytes_slice(text, 0, dash)), &first) ||
        !hf_address_parse(hf_text_trim(hf_bytes_slice(text, dash + 1, text.len - dash - 1)), &last))
        return HF_ERR_PROFILE_INVALID;
    needed = hf_prefixes_of_range(&first, &last, list + *count, max - *count);
    if (needed == 0)
        return HF_ERR_PROFILE_INVALID;
    if (needed > max - *count)
        return HF_ERR_TOO_LARGE;
    *count += needed;
    return HF_OK;
}

hf_status hf_walk_add_prefixes(hf_bytes text, hf_prefix *list, size_t max, size_t *count)
{
    size_t dash = 0;
    hf_prefix prefix;

    while (dash < text.len && text.data[dash] != '-')
        dash++;
    if (dash < text.len)
        return add_range(text, dash, list, max, count);
    if (!hf_prefix_parse(text, &prefix))
        return HF_ERR_PROFILE_INVALID;
    if (*count == max)
        return HF_ERR_TOO_LARGE;
    list[(*count)++] = prefix;
    return HF_OK;
}
