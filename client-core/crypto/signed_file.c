/* Files with a signature beside them: see <holdfast/signed_file.h>. */
#include <holdfast/signed_file.h>

#include "crypto/cms.h"

static const struct {
    hf_status status;
    const char *words;
} reasons[] = {
    {HF_OK,                      ""                                                         },
    { HF_ERR_INTEGRITY,          "the signature does not fit: file or signature was changed"},
    { HF_ERR_CREDENTIAL_INVALID, "the pinned CA cannot be read"                             },
    { HF_ERR_NO_MEMORY,          "out of memory"                                            },
};

static const char *words_for(hf_status status)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(reasons); i++) {
        if (reasons[i].status == status)
            return reasons[i].words;
    }
    return "the signature is no detached one (CMS)";
}

static hf_status check(hf_bytes content, hf_bytes signature, const struct hf_trust *trust,
                       hf_wall_clock now, char why[HF_FAULT_TEXT_MAX])
{
    struct hf_cms_signer signer;
    hf_status status = hf_cms_verify_detached(signature, content, trust, now, &signer);

    hf_fault_set_text(why, hf_bytes_of_string(words_for(status)));
    if (status != HF_OK || signer.trust == HF_OK)
        return status;
    hf_fault_set_text(why, hf_bytes_of_string("nobody who is pinned vouches for the signer"));
    hf_fault_add_text(why, hf_bytes_of_string(signer.subject));
    hf_fault_add_text(why, hf_bytes_of_string(signer.reason));
    return signer.trust;
}

hf_status hf_signed_file_check(hf_bytes content, hf_bytes signature, hf_bytes anchors,
                               hf_wall_clock now, char why[HF_FAULT_TEXT_MAX])
{
    struct hf_trust *trust = NULL;
    hf_status status = hf_trust_new(&trust);

    if (status == HF_OK)
        status = hf_trust_add(trust, anchors, NULL);
    if (status == HF_OK)
        status = check(content, signature, trust, now, why);
    else
        hf_fault_set_text(why, hf_bytes_of_string(words_for(status)));
    hf_trust_free(trust);
    return status;
}
