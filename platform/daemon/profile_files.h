/* Profiles that packages and administrators drop into directories, in any known format: imported as
 * the system's, again whenever a file changes, and removed with it. A file that cannot be used is
 * said to be refused, and its last good version stays. */
#ifndef HF_DAEMON_PROFILE_FILES_H
#define HF_DAEMON_PROFILE_FILES_H

#include "daemon/importer.h"
#include "daemon/store.h"

struct hf_profile_files;

struct hf_profile_files_events {
    void (*kept)(void *context, const char *file, const char *id);
    void (*gone)(void *context, const char *file, const char *id);
    void (*refused)(void *context, const char *file, const struct hf_fault *fault);
};

/* All are borrowed. Reads the directories at once; the imports go on from the main loop. */
hf_status hf_profile_files_new(const struct hf_instance *instance, struct hf_store *store,
                               struct hf_importer *importer,
                               const struct hf_profile_files_events *events, void *context,
                               struct hf_profile_files **out) HF_MUST_USE;
/* After the importer was stopped. */
void hf_profile_files_free(struct hf_profile_files *files);
/* Reads everything now. */
void hf_profile_files_reload(struct hf_profile_files *files);

#endif
