/* The store's files: where they lie, and reading and writing them whole. Knows nothing of what is
 * kept in memory. */
#ifndef HF_DAEMON_STORE_FILES_H
#define HF_DAEMON_STORE_FILES_H

#include "daemon/owner.h"
#include "instance.h"

struct hf_store_files {
    char profiles[HF_PATH_MAX], secrets[HF_PATH_MAX];
};

/* Makes the directories. Moves files of the layout without owners to `legacy_owner`. */
hf_status hf_store_files_init(struct hf_store_files *files, const char *var,
                              unsigned legacy_owner) HF_MUST_USE;
/* Calls `each` for everything that is named like a profile of somebody's. */
typedef void hf_store_files_each_fn(void *context, const struct hf_profile_ref *ref);
void hf_store_files_scan(const struct hf_store_files *files, hf_store_files_each_fn *each,
                         void *context);

/* HF_ERR_NOT_FOUND. */
hf_status hf_store_files_read(const struct hf_store_files *files, const struct hf_profile_ref *ref,
                              hf_buf *out) HF_MUST_USE;
/* HF_ERR_PROFILE_INVALID: the id cannot be a file's name. */
hf_status hf_store_files_write(const struct hf_store_files *files, const struct hf_profile_ref *ref,
                               hf_bytes json) HF_MUST_USE;
/* `*out_octets` is what they take; no file: none, and no failure. `secrets` is filled, or empty. */
hf_status hf_store_files_read_secrets(const struct hf_store_files *files,
                                      const struct hf_profile_ref *ref, struct hf_secrets *secrets,
                                      size_t *out_octets) HF_MUST_USE;
hf_status hf_store_files_write_secrets(const struct hf_store_files *files,
                                       const struct hf_profile_ref *ref,
                                       const struct hf_secrets *secrets,
                                       size_t *out_octets) HF_MUST_USE;
/* Overwrites both and removes them, the secrets first. */
void hf_store_files_remove(const struct hf_store_files *files, const struct hf_profile_ref *ref);

#endif
