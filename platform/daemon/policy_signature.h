/* Signatures of policy files: x.json.p7s beside x.json, by somebody for whom the CA vouches that is
 * pinned in the vendor's directory. */
#ifndef HF_DAEMON_POLICY_SIGNATURE_H
#define HF_DAEMON_POLICY_SIGNATURE_H

#include "base/bytes.h"
#include "base/fault.h"

#define HF_POLICY_CA_FILE "policy-ca.pem"

struct hf_policy_signature_rules {
    const char *vendor_dir; /* where the CA is */
    unsigned trusted_uid;   /* whose files count */
    bool required;          /* no signature is as bad as a bad one */
};

/* Is `content`, read as `dir`/`name`, signed as it has to be? HF_OK, and whether it is signed at
 * all; HF_ERR_POLICY_SIGNATURE: the fault says why not. */
hf_status hf_policy_signature_check(const struct hf_policy_signature_rules *rules, const char *dir,
                                    const char *name, hf_bytes content, bool *out_signed,
                                    struct hf_fault *out_fault) HF_MUST_USE;

#endif
