/* Directories into which administrators drop files: which of them count, in which order, and when
 * they changed. A file counts that is regular, root's, and writable by nobody else. The same name
 * in a later directory hides the one before it where that directory says so; a link to /dev/null
 * disables a name. */
#ifndef HF_DAEMON_DROPIN_H
#define HF_DAEMON_DROPIN_H

#include "base/bytes.h"
#include "base/status.h"

#define HF_DROPIN_DIRS     4
#define HF_DROPIN_NAME_MAX 256

struct hf_dropin_dir {
    const char *path;
    bool hides; /* names of the directories before it */
};

struct hf_dropin_file {
    size_t dir; /* index of its directory */
    const char *name;
    hf_status
        status; /* HF_OK; HF_ERR_DENIED: does not count; HF_ERR_TOO_LARGE; HF_ERR_LOCAL_SETUP */
    hf_bytes content; /* with HF_OK; borrowed for the call */
};

struct hf_dropin;
typedef void hf_dropin_changed_fn(void *context);
typedef void hf_dropin_visit_fn(void *context, const struct hf_dropin_file *file);

/* Watches the directories, those as well that appear later.
 * `trusted_uid`: whose files count, root's in a real instance. `suffixes` ends with NULL; both
 * arrays are copied, the paths and suffixes are not. `changed` is called half a second after the
 * last of several changes. */
hf_status hf_dropin_new(const struct hf_dropin_dir *dirs, size_t count, const char *const *suffixes,
                        size_t max_octets, unsigned trusted_uid, hf_dropin_changed_fn *changed,
                        void *context, struct hf_dropin **out) HF_MUST_USE;
void hf_dropin_free(struct hf_dropin *dropin);
/* Visits every file, directory after directory, in the order of names. */
void hf_dropin_scan(struct hf_dropin *dropin, hf_dropin_visit_fn *visit, void *context);
/* Visits the files of the nth directory, those too that a later one hides. */
void hf_dropin_scan_all_of(struct hf_dropin *dropin, size_t n, hf_dropin_visit_fn *visit,
                           void *context);
/* Reads one file by name if it counts, hidden or not, up to `out`'s maximum. HF_ERR_NOT_FOUND;
 * otherwise as in struct hf_dropin_file. */
hf_status hf_dropin_read(const char *dir, const char *name, unsigned trusted_uid,
                         hf_buf *out) HF_MUST_USE;

#endif
