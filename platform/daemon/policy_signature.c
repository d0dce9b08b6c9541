/* Signatures of policy files: see policy_signature.h. */
#include "daemon/policy_signature.h"

#include "daemon/dropin.h"
#include <holdfast/signed_file.h>

#include <stdio.h>

#define SUFFIX ".p7s"
#define CA_MAX (256 * 1024)

static hf_status refuse(struct hf_fault *fault, const char *why)
{
    *fault = hf_fault_make(HF_ERR_POLICY_SIGNATURE, HF_STAGE_PROFILE);
    hf_fault_set_text(fault->offered,
                      hf_bytes_of_string("a signature that the pinned CA vouches for"));
    hf_fault_set_text(fault->received, hf_bytes_of_string(why));
    return fault->status;
}

static hf_status check(const struct hf_policy_signature_rules *rules, hf_bytes content,
                       hf_bytes signature, struct hf_fault *fault)
{
    hf_buf anchors = hf_buf_with_max(CA_MAX);
    char why[HF_FAULT_TEXT_MAX] = "no CA is pinned: " HF_POLICY_CA_FILE;
    hf_status status =
        hf_dropin_read(rules->vendor_dir, HF_POLICY_CA_FILE, rules->trusted_uid, &anchors);

    if (status == HF_OK)
        status = hf_signed_file_check(content, signature, hf_buf_bytes(&anchors), 0, why);
    hf_buf_free(&anchors);
    return status == HF_OK ? HF_OK : refuse(fault, why);
}

hf_status hf_policy_signature_check(const struct hf_policy_signature_rules *rules, const char *dir,
                                    const char *name, hf_bytes content, bool *out_signed,
                                    struct hf_fault *out_fault)
{
    hf_buf signature = hf_buf_with_max(HF_SIGNATURE_FILE_MAX);
    char beside[HF_DROPIN_NAME_MAX + sizeof SUFFIX];
    hf_status status;

    *out_signed = false;
    (void)snprintf(beside, sizeof beside, "%s" SUFFIX, name);
    status = hf_dropin_read(dir, beside, rules->trusted_uid, &signature);
    if (status == HF_OK) {
        status = check(rules, content, hf_buf_bytes(&signature), out_fault);
        *out_signed = status == HF_OK;
    } else if (status == HF_ERR_NOT_FOUND) {
        status = rules->required ? refuse(out_fault, "no signature") : HF_OK;
    } else {
        status = refuse(out_fault, "a signature file that does not count: not root's, too long");
    }
    hf_buf_free(&signature);
    return status;
}
