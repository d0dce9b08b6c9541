/* The store's memory: see store_index.h. */
#include "daemon/store_index.h"

#include <glib.h>
#include <string.h>

struct hf_store_index {
    GPtrArray *entries; /* sorted */
};

static void clear_description(struct hf_store_entry *entry)
{
    g_clear_pointer(&entry->name, g_free);
    g_clear_pointer(&entry->organization, g_free);
    g_clear_pointer(&entry->gateways, g_strfreev);
    g_clear_pointer(&entry->locked, g_strfreev);
}

static void free_entry(gpointer data)
{
    struct hf_store_entry *entry = data;

    clear_description(entry);
    g_free(entry->origin);
    g_free(entry);
}

struct hf_store_index *hf_store_index_new(void)
{
    struct hf_store_index *index = g_new0(struct hf_store_index, 1);

    index->entries = g_ptr_array_new_with_free_func(free_entry);
    return index;
}

void hf_store_index_free(struct hf_store_index *index)
{
    g_ptr_array_unref(index->entries);
    g_free(index);
}

static int compare(const struct hf_profile_ref *a, const struct hf_profile_ref *b)
{
    return a->owner != b->owner ? (a->owner < b->owner ? -1 : 1) : strcmp(a->id, b->id);
}

/* The first that does not come before `ref`. */
static guint lower_bound(struct hf_store_index *index, const struct hf_profile_ref *ref)
{
    guint first = 0, count = index->entries->len;

    while (count > 0) {
        guint half = count / 2;
        const struct hf_store_entry *entry = g_ptr_array_index(index->entries, first + half);

        if (compare(&entry->ref, ref) < 0) {
            first += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return first;
}

struct hf_store_entry *hf_store_index_nth(struct hf_store_index *index, size_t n)
{
    return n < index->entries->len ? g_ptr_array_index(index->entries, n) : NULL;
}

struct hf_store_entry *hf_store_index_get(struct hf_store_index *index,
                                          const struct hf_profile_ref *ref)
{
    struct hf_store_entry *entry = hf_store_index_nth(index, lower_bound(index, ref));

    return entry != NULL && compare(&entry->ref, ref) == 0 ? entry : NULL;
}

struct hf_store_entry *hf_store_index_add(struct hf_store_index *index,
                                          const struct hf_profile_ref *ref)
{
    struct hf_store_entry *entry = hf_store_index_get(index, ref);

    if (entry != NULL)
        return entry;
    entry = g_new0(struct hf_store_entry, 1);
    entry->ref = *ref;
    hf_store_entry_describe(entry, NULL);
    entry->described = false;
    g_ptr_array_insert(index->entries, (gint)lower_bound(index, ref), entry);
    return entry;
}

void hf_store_index_remove(struct hf_store_index *index, const struct hf_profile_ref *ref)
{
    if (hf_store_index_get(index, ref) != NULL)
        g_ptr_array_remove_index(index->entries, lower_bound(index, ref));
}

size_t hf_store_index_count(struct hf_store_index *index, hf_owner owner)
{
    struct hf_profile_ref first = { .owner = owner }, last = { .owner = owner + 1 };

    return lower_bound(index, &last) - lower_bound(index, &first);
}

static char **gateways_of(const struct hf_profile *profile)
{
    char **list = g_new0(char *, profile->gateway_count + 1);

    for (size_t i = 0; i < profile->gateway_count; i++)
        list[i] = g_strdup(profile->gateways[i]);
    return list;
}

static char **words_of(const struct hf_profile_words *words)
{
    char **list = g_new0(char *, words->count + 1);

    for (size_t i = 0; i < words->count; i++)
        list[i] = g_strdup(words->words[i]);
    return list;
}

void hf_store_entry_describe(struct hf_store_entry *entry, const struct hf_profile *profile)
{
    clear_description(entry);
    entry->described = true;
    entry->good = profile != NULL;
    if (profile == NULL) {
        entry->name = g_strdup("");
        entry->organization = g_strdup("");
        entry->gateways = g_new0(char *, 1);
        entry->locked = g_new0(char *, 1);
        return;
    }
    entry->name = g_strdup(profile->name);
    entry->organization = g_strdup(profile->organization);
    entry->gateways = gateways_of(profile);
    entry->locked = words_of(&profile->locked);
    entry->protocol = profile->protocol;
    entry->scope = profile->scope;
    entry->auto_connect = profile->auto_connect;
    entry->at_login = profile->at_login;
    entry->on_demand = profile->on_demand;
    entry->removal_date = profile->removal_date;
    entry->required = hf_profile_required_secrets(profile);
}
