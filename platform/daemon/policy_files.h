/* The policy in force, from the files of three directories: the vendor's, recommended.d and
 * managed.d. Read again whenever they change; a file that cannot be used keeps its last good
 * version, and is said to be refused. */
#ifndef HF_DAEMON_POLICY_FILES_H
#define HF_DAEMON_POLICY_FILES_H

#include "instance.h"
#include <holdfast/policy.h>

struct hf_policy_files;

struct hf_policy_files_events {
    void (*changed)(void *context); /* another policy may be in force now */
    void (*refused)(void *context, const char *file, const struct hf_fault *fault);
};

/* The directories are those of the instance; last good versions are kept below its var. `events`
 * and the instance are borrowed. */
hf_status hf_policy_files_new(const struct hf_instance *instance,
                              const struct hf_policy_files_events *events, void *context,
                              struct hf_policy_files **out) HF_MUST_USE;
void hf_policy_files_free(struct hf_policy_files *files);
/* Reads everything now. */
void hf_policy_files_reload(struct hf_policy_files *files);
/* What is in force; borrowed until the next reload. */
const struct hf_policy *hf_policy_files_policy(const struct hf_policy_files *files);

/* Each file that was looked at, whether it is in force, and the hash of all that is. */
struct hf_policy_file {
    char name[HF_POLICY_ORIGIN_MAX];
    uint8_t sha256[32];
    hf_status status;
    bool is_signed; /* by somebody for whom the pinned CA vouches */
};
size_t hf_policy_files_count(const struct hf_policy_files *files);
const struct hf_policy_file *hf_policy_files_nth(const struct hf_policy_files *files, size_t n);

#endif
