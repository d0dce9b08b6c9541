/* Imports: a file that somebody hands over is parsed by an engine that can do nothing else; what
 * comes back is checked as if a stranger had sent it, then kept. */
#ifndef HF_DAEMON_IMPORTER_H
#define HF_DAEMON_IMPORTER_H

#include "daemon/netd_link.h"
#include "daemon/policy_files.h"
#include "daemon/store.h"
#include "ipc/import_request.h"

struct hf_importer;

/* `id` is "" after a dry run; `report` is JSON. On failure both are NULL. */
typedef void hf_importer_done_fn(void *context, const struct hf_fault *fault, const char *id,
                                 const char *report);

struct hf_importer_request {
    int file;                               /* all fds stay the caller's */
    int passphrase;                         /* -1: none */
    int attachments[HF_IMPORT_ATTACHMENTS]; /* as many as asked.attachment_count */
    struct hf_import_request asked;         /* has_passphrase is filled in */
    const char *name;                       /* NULL: the file's own */
    bool dry_run;
    hf_owner owner;                          /* whose it becomes */
    const struct hf_profile_ref *credential; /* the file is no profile, but a certificate and key
                                                for this one; else NULL */
};

/* All are borrowed. */
hf_status hf_importer_new(struct hf_netd_link *netd, struct hf_store *store,
                          const struct hf_policy_files *policy,
                          struct hf_importer **out) HF_MUST_USE;
/* Drops what is under way, without an answer. Before netd's link is freed; free comes after it. */
void hf_importer_stop(struct hf_importer *importer);
void hf_importer_free(struct hf_importer *importer);
/* Calls `done` once, later. HF_ERR_NO_DAEMON; HF_ERR_BUSY: too many at once. */
hf_status hf_importer_start(struct hf_importer *importer, const struct hf_importer_request *request,
                            hf_importer_done_fn *done, void *context) HF_MUST_USE;

#endif
