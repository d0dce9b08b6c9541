/* Files beside the imported one: see attachment.h. */
#include "profile/attachment.h"

#include "crypto/credential.h"

static hf_bytes base_name(hf_bytes path)
{
    size_t start = path.len;

    while (start > 0 && path.data[start - 1] != '/' && path.data[start - 1] != '\\')
        start--;
    return hf_bytes_slice(path, start, path.len - start);
}

hf_bytes hf_attachment_find(const struct hf_import_options *options, hf_bytes path)
{
    hf_bytes name = base_name(path);

    for (size_t i = 0; i < options->attachment_count; i++) {
        if (hf_bytes_equal(name, hf_bytes_of_string(options->attachments[i].name)))
            return options->attachments[i].file;
    }
    return (hf_bytes){ 0 };
}

hf_status hf_attachment_trust(struct hf_walk *w, hf_bytes path)
{
    hf_bytes file = hf_attachment_find(w->options, path);

    if (file.len == 0)
        return HF_ERR_PROFILE_UNSUPPORTED;
    return hf_certificates_to_pem(file, &w->out->profile.trust) == HF_OK ? HF_OK
                                                                         : HF_ERR_PROFILE_INVALID;
}

static bool take(struct hf_secrets *to, const struct hf_secrets *from, enum hf_secret_name name)
{
    if (from->values[name].len == 0)
        return true;
    hf_buf_clear(&to->values[name]);
    return hf_buf_append(&to->values[name], hf_buf_bytes(&from->values[name]));
}

hf_status hf_attachment_credential(struct hf_walk *w, hf_bytes path, hf_bytes passphrase)
{
    hf_bytes file = hf_attachment_find(w->options, path);
    struct hf_secrets found;
    struct hf_fault fault;
    hf_status status;

    if (file.len == 0)
        return HF_ERR_PROFILE_UNSUPPORTED;
    hf_secrets_init(&found);
    status = hf_credential_file_decode(file, passphrase, &found, &fault);
    if (status == HF_OK && (!take(&w->out->secrets, &found, HF_SECRET_PRIVATE_KEY) ||
                            !take(&w->out->secrets, &found, HF_SECRET_CERTIFICATES)))
        status = HF_ERR_TOO_LARGE;
    hf_secrets_clear(&found);
    if (status == HF_ERR_CREDENTIAL_PASSPHRASE)
        return hf_walk_refuse(w, status, NULL, "the passphrase of the key");
    return status == HF_ERR_CREDENTIAL_INVALID ? HF_ERR_PROFILE_INVALID : status;
}
