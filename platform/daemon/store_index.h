/* The store's memory: entries sorted by owner and id, and what of a profile goes into one. */
#ifndef HF_DAEMON_STORE_INDEX_H
#define HF_DAEMON_STORE_INDEX_H

#include "daemon/store.h"

struct hf_store_index;

/* Ends the program when out of memory, as GLib does. */
struct hf_store_index *hf_store_index_new(void);
void hf_store_index_free(struct hf_store_index *index);

/* NULL: not there. */
struct hf_store_entry *hf_store_index_get(struct hf_store_index *index,
                                          const struct hf_profile_ref *ref);
/* The one that is there, or a new one that says nothing yet. */
struct hf_store_entry *hf_store_index_add(struct hf_store_index *index,
                                          const struct hf_profile_ref *ref);
void hf_store_index_remove(struct hf_store_index *index, const struct hf_profile_ref *ref);
/* NULL past the end. */
struct hf_store_entry *hf_store_index_nth(struct hf_store_index *index, size_t n);
/* How many are this owner's. */
size_t hf_store_index_count(struct hf_store_index *index, hf_owner owner);

/* Takes from the profile what an entry holds of it. NULL: it cannot be read. */
void hf_store_entry_describe(struct hf_store_entry *entry, const struct hf_profile *profile);

#endif
