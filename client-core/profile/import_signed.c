/* Signed files of any format: CMS with the content inside. A signature that does not fit ends the
 * import; a signer whom nobody trusts is told, and the file is imported as if it were not signed.
 */
#include "crypto/cms.h"
#include "profile/import.h"

bool hf_signed_sniff(hf_bytes file)
{
    return hf_cms_is(file);
}

static hf_status refuse(struct hf_fault *fault, hf_status status)
{
    *fault = hf_fault_make(
        status == HF_ERR_MALFORMED || status == HF_ERR_TOO_LARGE ? HF_ERR_PROFILE_INVALID : status,
        HF_STAGE_PROFILE);
    hf_fault_set_text(fault->received, hf_bytes_of_string("signature"));
    hf_fault_set_text(
        fault->offered,
        hf_bytes_of_string(status == HF_ERR_INTEGRITY
                               ? "a signature that fits: the file was changed after it was signed"
                           : status == HF_ERR_PROFILE_UNSUPPORTED
                               ? "a signed file with its content inside, not an encrypted one"
                               : "a signed file (CMS)"));
    return fault->status;
}

static hf_status note_signer(struct hf_import *out, const struct hf_cms_signer *signer)
{
    char path[HF_PROFILE_TEXT_MAX] = "signature";

    out->signature = HF_IMPORT_SIGNATURE_GOOD;
    hf_fault_set_text(out->signer, hf_bytes_of_string(signer->subject));
    hf_fault_set_text(out->signer_trust, hf_bytes_of_string(signer->reason));
    return hf_import_note(out, signer->trust == HF_OK ? HF_NOTICE_APPLIED : HF_NOTICE_UNSAFE,
                          hf_bytes_of_string(path),
                          signer->trust == HF_OK
                              ? "fits, and the signer is trusted"
                              : "fits, but nobody who is trusted vouches for the signer");
}

static hf_status open_file(hf_bytes file, const struct hf_import_options *options, hf_buf *content,
                           struct hf_cms_signer *signer)
{
    struct hf_trust *anchors;
    hf_status status = hf_trust_new(&anchors);

    if (status != HF_OK)
        return status;
    if (options->anchors.len != 0)
        status = hf_trust_add(anchors, options->anchors, NULL);
    if (status == HF_OK)
        status = hf_cms_open(file, anchors, options->now, content, signer);
    hf_trust_free(anchors);
    return status;
}

hf_status hf_signed_import(hf_bytes file, const struct hf_import_options *options,
                           struct hf_import *out, struct hf_fault *out_fault)
{
    hf_buf content = hf_buf_with_max(HF_PROFILE_FILE_MAX);
    struct hf_cms_signer signer;
    hf_status status = open_file(file, options, &content, &signer);

    if (status != HF_OK)
        status = refuse(out_fault, status);
    else if (hf_cms_is(hf_buf_bytes(&content)))
        status = refuse(out_fault, HF_ERR_PROFILE_UNSUPPORTED);
    else
        status = note_signer(out, &signer);
    if (status == HF_OK)
        status = hf_import_content(hf_buf_bytes(&content), options, out, out_fault);
    hf_buf_free(&content);
    return status;
}
