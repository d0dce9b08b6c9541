/* The body of HF_ENGINE_IMPORT_FILE: what the descriptors beside it are, and what is wanted of
 * them. In their order: the file, the passphrase where there is one, the attachments. */
#ifndef HF_IPC_IMPORT_REQUEST_H
#define HF_IPC_IMPORT_REQUEST_H

#include "base/reader.h"
#include "base/writer.h"
#include "ipc/channel.h"
#include <holdfast/profile.h>

struct hf_import_request {
    bool is_credential; /* certificates and a key, no profile: only secrets come back */
    bool has_passphrase;
    char pick[HF_PROFILE_TEXT_MAX]; /* the VPN of a file with several; "": the first */
    char names[HF_IMPORT_ATTACHMENTS][HF_PROFILE_WORD_MAX]; /* of the attachments */
    size_t attachment_count;
};

/* How many descriptors go with it. */
size_t hf_import_request_fds(const struct hf_import_request *request);
void hf_import_request_encode(hf_writer *w, const struct hf_import_request *request);
/* HF_ERR_MALFORMED: what the encoder cannot have written; `*out` is untouched then. */
hf_status hf_import_request_decode(hf_reader *r, struct hf_import_request *out) HF_MUST_USE;

#endif
