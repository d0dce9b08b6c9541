/* Profiles and their secrets on disk: var/profiles/ID.json, var/secrets/ID, both of mode 0600. */
#ifndef HF_DAEMON_STORE_H
#define HF_DAEMON_STORE_H

#include "instance.h"
#include <holdfast/profile.h>

struct hf_store;

/* Makes the directories below `var`. */
hf_status hf_store_new(const char *var, struct hf_store **out) HF_MUST_USE;
void hf_store_free(struct hf_store *store);

/* Keeps the profile under its id, in place of the one before. Secrets kept before stay, where
 * `secrets` has none of that name. */
hf_status hf_store_save(struct hf_store *store, const struct hf_profile *profile,
                        const struct hf_secrets *secrets) HF_MUST_USE;
/* Both are initialised by the caller and filled; on failure they are empty. */
hf_status hf_store_load(struct hf_store *store, const char *id, struct hf_profile *profile,
                        struct hf_secrets *secrets, struct hf_fault *out_fault) HF_MUST_USE;
/* The profile with this id, else the only one with this name, else, for "", the only one there is.
 * HF_ERR_NOT_FOUND. */
hf_status hf_store_find(struct hf_store *store, const char *text,
                        char out_id[HF_PROFILE_TEXT_MAX]) HF_MUST_USE;
/* The nth profile in the order of ids; false past the end. */
bool hf_store_nth(struct hf_store *store, size_t n, char out_id[HF_PROFILE_TEXT_MAX],
                  char out_name[HF_PROFILE_TEXT_MAX]);

/* Copies `from` over `to`, value by value, where `from` has one. */
hf_status hf_store_overlay_secrets(struct hf_secrets *to,
                                   const struct hf_secrets *from) HF_MUST_USE;

#endif
