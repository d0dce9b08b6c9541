/* Files that an imported file names by their paths: nothing opens a path, the caller hands them
 * over beside it, and they are found by their base names. */
#ifndef HF_PROFILE_ATTACHMENT_H
#define HF_PROFILE_ATTACHMENT_H

#include "profile/walk.h"

/* The file behind a path ("/etc/ipsec.d/cacerts/ca.pem", also with backslashes); empty when it was
 * not handed over. */
hf_bytes hf_attachment_find(const struct hf_import_options *options, hf_bytes path);

/* Appends the certificates of that file to the profile's trust. HF_ERR_PROFILE_UNSUPPORTED: it was
 * not handed over; HF_ERR_PROFILE_INVALID: it holds no certificate. */
hf_status hf_attachment_trust(struct hf_walk *w, hf_bytes path) HF_MUST_USE;
/* Takes the key or the certificates of that file (PEM, DER or PKCS#12) as the client's own; the
 * passphrase opens a key. Statuses as above, and HF_ERR_CREDENTIAL_PASSPHRASE. */
hf_status hf_attachment_credential(struct hf_walk *w, hf_bytes path,
                                   hf_bytes passphrase) HF_MUST_USE;

/* What a notice says of a file that is missing. */
#define HF_ATTACHMENT_MISSING "names a file that has to be handed over as well"

#endif
