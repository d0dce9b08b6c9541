/* Files of certificates and keys, as IT departments hand them out beside a profile: PKCS#12, PEM or
 * DER. See <holdfast/profile.h>. */
#include "crypto/credential.h"
#include "profile/import.h"

static hf_status refuse(struct hf_fault *fault, hf_status status, const char *why)
{
    *fault = hf_fault_make(status, HF_STAGE_PROFILE);
    hf_fault_set_text(fault->received, hf_bytes_of_string("file"));
    hf_fault_set_text(fault->offered, hf_bytes_of_string(why));
    return status;
}

static bool keep(struct hf_secrets *secrets, enum hf_secret_name name, const hf_buf *value)
{
    hf_buf_clear(&secrets->values[name]);
    return hf_buf_append(&secrets->values[name], hf_buf_bytes(value));
}

/* SEQUENCE { INTEGER 3, …: RFC 7292, section 4 */
static bool is_pkcs12(hf_bytes file)
{
    static const uint8_t version[] = { 0x02, 0x01, 0x03 };
    size_t at = 2;

    if (file.len < 2 || file.data[0] != 0x30)
        return false;
    if (file.data[1] > 0x80)
        at += file.data[1] & 0x7f;
    return hf_bytes_equal(hf_bytes_slice(file, at, sizeof version), HF_BYTES_OF(version));
}

static hf_status take_pkcs12(hf_bytes file, hf_bytes passphrase, struct hf_secrets *out)
{
    struct hf_pkcs12 pkcs12 = { .certificate_count = 0 };
    hf_status status = hf_pkcs12_decode(file, passphrase, &pkcs12);

    if (status == HF_OK && (!keep(out, HF_SECRET_PRIVATE_KEY, &pkcs12.key) ||
                            !keep(out, HF_SECRET_CERTIFICATES, &pkcs12.certificates)))
        status = HF_ERR_TOO_LARGE;
    hf_pkcs12_clear(&pkcs12);
    return status;
}

/* Whether the key belongs to one of the certificates. */
static hf_status check_pair(const struct hf_secrets *secrets)
{
    struct hf_credential credential;
    hf_status status =
        hf_credential_make(hf_buf_bytes(&secrets->values[HF_SECRET_PRIVATE_KEY]), (hf_bytes){ 0 },
                           hf_buf_bytes(&secrets->values[HF_SECRET_CERTIFICATES]), &credential);

    if (status == HF_OK)
        hf_credential_clear(&credential);
    return status;
}

/* A PEM text may hold both, a DER file one of them. */
static hf_status take_parts(hf_bytes file, hf_bytes passphrase, struct hf_secrets *out)
{
    hf_status certificates = hf_certificates_to_pem(file, &out->values[HF_SECRET_CERTIFICATES]);
    hf_status key = hf_private_key_to_pkcs8(file, passphrase, &out->values[HF_SECRET_PRIVATE_KEY]);

    if (key != HF_OK && key != HF_ERR_CREDENTIAL_INVALID)
        return key;
    if (certificates != HF_OK && certificates != HF_ERR_CREDENTIAL_INVALID)
        return certificates;
    if (key != HF_OK && certificates != HF_OK)
        return HF_ERR_CREDENTIAL_INVALID;
    return key == HF_OK && certificates == HF_OK ? check_pair(out) : HF_OK;
}

hf_status hf_credential_file_decode(hf_bytes file, hf_bytes passphrase, struct hf_secrets *out,
                                    struct hf_fault *out_fault)
{
    struct hf_secrets made;
    hf_status status;

    *out_fault = hf_fault_make(HF_OK, HF_STAGE_NONE);
    hf_secrets_init(&made);
    if (file.len > HF_PROFILE_FILE_MAX)
        status = HF_ERR_TOO_LARGE;
    else
        status = is_pkcs12(file) ? take_pkcs12(file, passphrase, &made)
                                 : take_parts(file, passphrase, &made);
    if (status == HF_OK) {
        hf_secrets_clear(out);
        *out = made;
        return HF_OK;
    }
    hf_secrets_clear(&made);
    if (status == HF_ERR_CREDENTIAL_PASSPHRASE)
        return refuse(out_fault, status, "the passphrase of the file");
    if (status == HF_ERR_NO_MEMORY || status == HF_ERR_PROFILE_UNSUPPORTED)
        return refuse(out_fault, status, "a PKCS#12 file whose encryption the library has");
    return refuse(out_fault, HF_ERR_CREDENTIAL_INVALID,
                  "PKCS#12, PEM or DER: a key and its certificates");
}

/* --- as an import format: what it is not --- */

bool hf_credential_file_sniff(hf_bytes file)
{
    return is_pkcs12(file);
}

hf_status hf_credential_file_import(hf_bytes file, const struct hf_import_options *options,
                                    struct hf_import *out, struct hf_fault *out_fault)
{
    (void)file, (void)options, (void)out;
    return refuse(
        out_fault, HF_ERR_PROFILE_UNSUPPORTED,
        "a profile; a key without a gateway joins one: holdfast cert import PROFILE FILE");
}
