/* Profiles on disk: see store.h. */
#include "daemon/store.h"

#include "daemon/store_files.h"
#include "daemon/store_index.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#define READ_AT_ONCE 16

struct hf_store {
    struct hf_store_files files;
    struct hf_store_index *index;
    hf_store_changed_fn *changed; /* NULL: nobody is told */
    void *context;
    guint reading;       /* idle source */
    size_t next_to_read; /* entries before it were read, but for those that came since */
};

static void tell(struct hf_store *store, enum hf_store_change change,
                 const struct hf_store_entry *entry)
{
    if (store->changed != NULL)
        store->changed(store->context, change, entry);
}

static uint32_t names_of(const struct hf_secrets *secrets)
{
    uint32_t names = 0;

    for (unsigned name = 0; name < HF_SECRET_NAME_COUNT; name++)
        names |= (uint32_t)(secrets->values[name].len > 0) << name;
    return names;
}

/* --- loading ---------------------------------------------------------------------------------- */
hf_status hf_store_read(struct hf_store *store, const struct hf_profile_ref *ref, hf_buf *out)
{
    return hf_store_files_read(&store->files, ref, out);
}

static hf_status load_profile(struct hf_store *store, const struct hf_profile_ref *ref,
                              struct hf_profile *profile, struct hf_fault *out_fault)
{
    hf_buf json = hf_buf_with_max(HF_PROFILE_FILE_MAX);
    hf_status status = hf_store_files_read(&store->files, ref, &json);

    if (status != HF_OK)
        *out_fault = hf_fault_make(status, HF_STAGE_PROFILE);
    else
        status = hf_profile_decode(hf_buf_bytes(&json), profile, out_fault);
    if (status == HF_OK)
        status = hf_profile_check(profile, out_fault);
    hf_buf_free(&json);
    return status;
}

hf_status hf_store_load(struct hf_store *store, const struct hf_profile_ref *ref,
                        struct hf_profile *profile, struct hf_secrets *secrets,
                        struct hf_fault *out_fault)
{
    hf_status status = load_profile(store, ref, profile, out_fault);
    size_t octets;

    if (status == HF_OK) {
        status = hf_store_files_read_secrets(&store->files, ref, secrets, &octets);
        if (status != HF_OK)
            *out_fault = hf_fault_make(status, HF_STAGE_PROFILE);
    }
    if (status != HF_OK) {
        hf_profile_clear(profile);
        hf_secrets_clear(secrets);
    }
    return status;
}

static void note(void *context, const struct hf_profile_ref *ref)
{
    struct hf_store *store = context;

    (void)hf_store_index_add(store->index, ref);
}

static void read_entry(struct hf_store *store, struct hf_store_entry *entry)
{
    const struct hf_profile_ref *ref = &entry->ref;
    struct hf_profile profile;
    struct hf_secrets secrets;
    struct hf_fault fault;

    hf_profile_init(&profile);
    hf_secrets_init(&secrets);
    hf_store_entry_describe(entry,
                            load_profile(store, ref, &profile, &fault) == HF_OK ? &profile : NULL);
    if (hf_store_files_read_secrets(&store->files, ref, &secrets, &entry->secrets_octets) == HF_OK)
        entry->kept = names_of(&secrets);
    hf_profile_clear(&profile);
    hf_secrets_clear(&secrets);
}

static struct hf_store_entry *described(struct hf_store *store, struct hf_store_entry *entry)
{
    if (entry != NULL && !entry->described)
        read_entry(store, entry);
    return entry;
}

/* Ten thousand files take a second, in which nobody is to wait. */
static gboolean read_some(gpointer data)
{
    struct hf_store *store = data;
    struct hf_store_entry *entry;

    for (unsigned n = 0; n < READ_AT_ONCE; n++) {
        entry = hf_store_index_nth(store->index, store->next_to_read++);
        if (entry == NULL) {
            store->reading = 0;
            return G_SOURCE_REMOVE;
        }
        (void)described(store, entry);
    }
    return G_SOURCE_CONTINUE;
}

/* --- saving ----------------------------------------------------------------------------------- */
hf_status hf_store_overlay_secrets(struct hf_secrets *to, const struct hf_secrets *from)
{
    for (size_t i = 0; i < HF_SECRET_NAME_COUNT; i++) {
        if (from->values[i].len == 0)
            continue;
        hf_buf_clear(&to->values[i]);
        if (!hf_buf_append(&to->values[i], hf_buf_bytes(&from->values[i])))
            return HF_ERR_NO_MEMORY;
    }
    return HF_OK;
}

static size_t profiles_max(hf_owner owner)
{
    return owner == 0 || owner == HF_OWNER_SYSTEM ? HF_STORE_SYSTEM_PROFILES_MAX
                                                  : HF_STORE_PROFILES_MAX;
}

static size_t octets_of(const struct hf_secrets *secrets)
{
    size_t octets = 0;

    for (size_t i = 0; i < HF_SECRET_NAME_COUNT; i++)
        octets += secrets->values[i].len;
    return octets;
}

static size_t octets_of_owner(struct hf_store *store, hf_owner owner)
{
    struct hf_store_entry *entry;
    size_t octets = 0;

    for (size_t n = 0; (entry = hf_store_index_nth(store->index, n)) != NULL; n++) {
        if (entry->ref.owner == owner)
            octets += described(store, entry)->secrets_octets;
    }
    return octets;
}

/* What is kept of the profile's secrets, with `secrets` over it. */
static hf_status merge_secrets(struct hf_store *store, const struct hf_profile_ref *ref,
                               const struct hf_secrets *secrets, struct hf_secrets *out)
{
    size_t before, octets;
    hf_status status = hf_store_files_read_secrets(&store->files, ref, out, &before);

    if (status == HF_OK)
        status = hf_store_overlay_secrets(out, secrets);
    if (status != HF_OK)
        return status;
    octets = octets_of_owner(store, ref->owner);
    octets = octets > before ? octets - before : 0;
    return octets + octets_of(out) <= HF_STORE_SECRETS_MAX ? HF_OK : HF_ERR_TOO_LARGE;
}

static hf_status write_secrets(struct hf_store *store, const struct hf_profile_ref *ref,
                               const struct hf_secrets *secrets, uint32_t *out_kept,
                               size_t *out_octets)
{
    struct hf_secrets all;
    hf_status status;

    hf_secrets_init(&all);
    status = merge_secrets(store, ref, secrets, &all);
    *out_kept = names_of(&all);
    *out_octets = 0;
    if (status == HF_OK && *out_kept != 0)
        status = hf_store_files_write_secrets(&store->files, ref, &all, out_octets);
    hf_secrets_clear(&all);
    return status;
}

static hf_status write_profile(struct hf_store *store, const struct hf_profile_ref *ref,
                               const struct hf_profile *profile)
{
    hf_buf json = hf_buf_with_max(HF_PROFILE_FILE_MAX);
    hf_status status = hf_profile_encode(profile, &json);

    if (status == HF_OK)
        status = hf_store_files_write(&store->files, ref, hf_buf_bytes(&json));
    hf_buf_free(&json);
    return status;
}

hf_status hf_store_save(struct hf_store *store, hf_owner owner, const struct hf_profile *profile,
                        const struct hf_secrets *secrets)
{
    struct hf_profile_ref ref = { .owner = owner };
    struct hf_store_entry *entry;
    uint32_t kept;
    size_t octets;
    hf_status status;
    bool is_new;

    hf_copy(ref.id, profile->id, sizeof ref.id);
    is_new = hf_store_index_get(store->index, &ref) == NULL;
    if (is_new && hf_store_index_count(store->index, owner) >= profiles_max(owner))
        return HF_ERR_BUSY;
    /* First, so that no profile stands there without its key. */
    status = write_secrets(store, &ref, secrets, &kept, &octets);
    if (status == HF_OK)
        status = write_profile(store, &ref, profile);
    if (status != HF_OK)
        return status;
    entry = hf_store_index_add(store->index, &ref);
    hf_store_entry_describe(entry, profile);
    entry->kept = kept;
    entry->secrets_octets = octets;
    tell(store, is_new ? HF_STORE_ADDED : HF_STORE_CHANGED, entry);
    return HF_OK;
}

hf_status hf_store_save_secrets(struct hf_store *store, const struct hf_profile_ref *ref,
                                const struct hf_secrets *secrets)
{
    struct hf_store_entry *entry = described(store, hf_store_index_get(store->index, ref));
    uint32_t kept;
    size_t octets;
    hf_status status = HF_ERR_NOT_FOUND;

    if (entry == NULL)
        return status;
    status = write_secrets(store, ref, secrets, &kept, &octets);
    if (status != HF_OK)
        return status;
    entry->kept = kept;
    entry->secrets_octets = octets;
    tell(store, HF_STORE_CHANGED, entry);
    return HF_OK;
}

hf_status hf_store_clear_secrets(struct hf_store *store, const struct hf_profile_ref *ref,
                                 uint32_t names)
{
    struct hf_store_entry *entry = described(store, hf_store_index_get(store->index, ref));
    struct hf_secrets secrets;
    size_t octets;
    hf_status status;

    if (entry == NULL)
        return HF_ERR_NOT_FOUND;
    hf_secrets_init(&secrets);
    status = hf_store_files_read_secrets(&store->files, ref, &secrets, &octets);
    for (unsigned name = 0; name < HF_SECRET_NAME_COUNT; name++) {
        if ((names >> name & 1) != 0)
            hf_buf_clear(&secrets.values[name]);
    }
    if (status == HF_OK)
        status = hf_store_files_write_secrets(&store->files, ref, &secrets, &octets);
    if (status == HF_OK) {
        entry->kept = names_of(&secrets);
        entry->secrets_octets = octets;
        tell(store, HF_STORE_CHANGED, entry);
    }
    hf_secrets_clear(&secrets);
    return status;
}

void hf_store_remove(struct hf_store *store, const struct hf_profile_ref *ref)
{
    struct hf_profile_ref removed = *ref; /* it may be the entry's own */
    struct hf_store_entry *entry = hf_store_index_get(store->index, &removed);

    hf_store_files_remove(&store->files, &removed);
    if (entry == NULL)
        return;
    tell(store, HF_STORE_REMOVED, entry);
    hf_store_index_remove(store->index, &removed);
}

/* --- finding ---------------------------------------------------------------------------------- */
const struct hf_store_entry *hf_store_entry(struct hf_store *store,
                                            const struct hf_profile_ref *ref)
{
    return described(store, hf_store_index_get(store->index, ref));
}

const struct hf_store_entry *hf_store_nth(struct hf_store *store, size_t n)
{
    return described(store, hf_store_index_nth(store->index, n));
}

static const struct hf_store_entry *find_by_id(struct hf_store *store, unsigned uid, const char *id)
{
    const hf_owner owners[] = { (hf_owner)uid, HF_OWNER_SYSTEM };
    struct hf_profile_ref ref;

    if (strlen(id) >= sizeof ref.id)
        return NULL;
    hf_copy(ref.id, id, strlen(id) + 1);
    for (size_t i = 0; i < HF_ARRAY_LEN(owners); i++) {
        const struct hf_store_entry *entry;

        ref.owner = owners[i];
        entry = hf_store_index_get(store->index, &ref);
        if (entry != NULL)
            return entry;
    }
    return NULL;
}

static bool is_called(const struct hf_store_entry *entry, const char *text)
{
    return entry->good && (text[0] == '\0' || strcmp(entry->name, text) == 0);
}

/* The only one that `uid` sees with this id or name (""): the only one at all. */
static const struct hf_store_entry *find_only(struct hf_store *store, unsigned uid,
                                              const char *text, bool by_id)
{
    struct hf_store_entry *entry, *only = NULL;

    for (size_t n = 0; (entry = hf_store_index_nth(store->index, n)) != NULL; n++) {
        if (!hf_owner_is_seen_by(entry->ref.owner, uid) ||
            (by_id ? strcmp(entry->ref.id, text) != 0 : !is_called(described(store, entry), text)))
            continue;
        if (only != NULL)
            return NULL;
        only = entry;
    }
    return only;
}

hf_status hf_store_find(struct hf_store *store, unsigned uid, const char *text,
                        struct hf_profile_ref *out)
{
    const struct hf_store_entry *entry = NULL;
    struct hf_profile_ref ref;

    if (hf_profile_ref_parse(text, &ref)) {
        if (hf_owner_is_seen_by(ref.owner, uid))
            entry = hf_store_index_get(store->index, &ref);
    } else if (text[0] != '\0') {
        entry = find_by_id(store, uid, text);
        if (entry == NULL)
            entry = find_only(store, uid, text, true);
    }
    if (entry == NULL)
        entry = find_only(store, uid, text, false);
    if (entry == NULL)
        return HF_ERR_NOT_FOUND;
    *out = entry->ref;
    return HF_OK;
}

/* --- life ------------------------------------------------------------------------------------- */
hf_status hf_store_new(const char *var, unsigned legacy_owner, struct hf_store **out)
{
    struct hf_store *store = calloc(1, sizeof *store);
    hf_status status = HF_ERR_NO_MEMORY;

    if (store == NULL)
        return status;
    status = hf_store_files_init(&store->files, var, legacy_owner);
    if (status != HF_OK) {
        free(store);
        return status;
    }
    store->index = hf_store_index_new();
    hf_store_files_scan(&store->files, note, store);
    store->reading = g_idle_add_full(G_PRIORITY_LOW, read_some, store, NULL);
    *out = store;
    return HF_OK;
}

void hf_store_free(struct hf_store *store)
{
    if (store == NULL)
        return;
    if (store->reading != 0)
        g_source_remove(store->reading);
    hf_store_index_free(store->index);
    free(store);
}

void hf_store_watch(struct hf_store *store, hf_store_changed_fn *changed, void *context)
{
    store->changed = changed;
    store->context = context;
}

void hf_store_set_origin(struct hf_store *store, const struct hf_profile_ref *ref,
                         const char *origin)
{
    struct hf_store_entry *entry = hf_store_index_get(store->index, ref);

    if (entry == NULL)
        return;
    g_free(entry->origin);
    entry->origin = g_strdup(origin);
    if (entry->described)
        tell(store, HF_STORE_CHANGED, entry);
}
