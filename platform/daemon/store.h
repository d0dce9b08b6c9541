/* Profiles and their secrets on disk, each its owner's: var/profiles/OWNER/ID.json and
 * var/secrets/OWNER/ID, both of mode 0600. What lists and searches need is kept in memory as
 * well; whole profiles and secrets are not. */
#ifndef HF_DAEMON_STORE_H
#define HF_DAEMON_STORE_H

#include "daemon/owner.h"
#include "instance.h"

/* What one owner may have, so that one user cannot fill the disk; root and the system are given
 * what a fleet needs. */
#define HF_STORE_PROFILES_MAX        256
#define HF_STORE_SYSTEM_PROFILES_MAX 16384
#define HF_STORE_SECRETS_MAX         (16 * 1024 * 1024)

struct hf_store;

/* A profile as lists show it. All texts are owned by the store. */
struct hf_store_entry {
    struct hf_profile_ref ref;
    bool described; /* the file was read; the store sees to that before it shows an entry */
    bool good;      /* it can be read and holds */
    char *name, *organization;
    char **gateways, **locked; /* ended by NULL */
    enum hf_profile_protocol protocol;
    enum hf_profile_scope scope;
    bool auto_connect, at_login, on_demand;
    hf_wall_clock removal_date; /* 0: never */
    uint32_t required, kept;    /* secrets: bit sets of 1u << enum hf_secret_name */
    size_t secrets_octets;      /* on disk */
    char *origin;               /* path of the file that it was read from; NULL: imported */
};

enum hf_store_change { HF_STORE_ADDED, HF_STORE_CHANGED, HF_STORE_REMOVED };
/* Called after a change; a removed entry is about to go. */
typedef void hf_store_changed_fn(void *context, enum hf_store_change change,
                                 const struct hf_store_entry *entry);

/* Makes the directories below `var` and notes what is there; the files are read when they are asked
 * for, and meanwhile, a few at a time, whenever the main loop has nothing else to do. Files of the
 * layout without owners become `legacy_owner`'s. */
hf_status hf_store_new(const char *var, unsigned legacy_owner, struct hf_store **out) HF_MUST_USE;
void hf_store_free(struct hf_store *store);
void hf_store_watch(struct hf_store *store, hf_store_changed_fn *changed, void *context);

/* Keeps the profile under its id, in place of its owner's one before. Secrets kept before stay,
 * where `secrets` has none of that name. HF_ERR_BUSY: the owner has all he may have.
 * HF_ERR_TOO_LARGE: of secrets. */
hf_status hf_store_save(struct hf_store *store, hf_owner owner, const struct hf_profile *profile,
                        const struct hf_secrets *secrets) HF_MUST_USE;
/* Both are initialised by the caller and filled; on failure they are empty. HF_ERR_NOT_FOUND. */
hf_status hf_store_load(struct hf_store *store, const struct hf_profile_ref *ref,
                        struct hf_profile *profile, struct hf_secrets *secrets,
                        struct hf_fault *out_fault) HF_MUST_USE;
/* The JSON file as it is. */
hf_status hf_store_read(struct hf_store *store, const struct hf_profile_ref *ref,
                        hf_buf *out) HF_MUST_USE;
/* Overwrites and removes the files, in this order: secrets, profile. */
void hf_store_remove(struct hf_store *store, const struct hf_profile_ref *ref);

/* Keeps what `secrets` has, beside the others. HF_ERR_NOT_FOUND, HF_ERR_TOO_LARGE. */
hf_status hf_store_save_secrets(struct hf_store *store, const struct hf_profile_ref *ref,
                                const struct hf_secrets *secrets) HF_MUST_USE;
/* Forgets those whose bit is set. */
hf_status hf_store_clear_secrets(struct hf_store *store, const struct hf_profile_ref *ref,
                                 uint32_t names) HF_MUST_USE;

/* What `uid` means by `text`: "OWNER/ID"; else an id of his own, then of the system; else, for
 * root, the only one with this id; else the only one that he sees with this name; else, for "", the
 * only one that he sees. HF_ERR_NOT_FOUND, for what is another's just as for what is not there. */
hf_status hf_store_find(struct hf_store *store, unsigned uid, const char *text,
                        struct hf_profile_ref *out) HF_MUST_USE;
/* Borrowed until the next change; NULL: not there. */
const struct hf_store_entry *hf_store_entry(struct hf_store *store,
                                            const struct hf_profile_ref *ref);
/* The nth of all, by owner and id; NULL past the end. */
const struct hf_store_entry *hf_store_nth(struct hf_store *store, size_t n);
/* Says where a profile was read from; NULL: imported. */
void hf_store_set_origin(struct hf_store *store, const struct hf_profile_ref *ref,
                         const char *origin);

/* Copies `from` over `to`, value by value, where `from` has one. */
hf_status hf_store_overlay_secrets(struct hf_secrets *to,
                                   const struct hf_secrets *from) HF_MUST_USE;

#endif
