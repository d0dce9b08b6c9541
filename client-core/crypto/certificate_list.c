/* Certificates in DER and PEM: see certificate_list.h. */
#include "crypto/certificate_list.h"

#include "crypto/certificate.h"
#include "crypto/credential.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#define TEXT_MAX (4 * 1024 * 1024)
#define LIST_MAX 1024

void hf_certificate_list_free(STACK_OF(X509) * list)
{
    sk_X509_pop_free(list, X509_free);
}

bool hf_certificate_list_add(STACK_OF(X509) * list, X509 *certificate)
{
    if (sk_X509_push(list, certificate) <= 0)
        return false;
    if (X509_up_ref(certificate) == 1)
        return true;
    (void)sk_X509_pop(list);
    return false;
}

/* Extensions are read when they are first asked for; a certificate in which one is broken or stands
 * twice must not get that far. */
static bool has_readable_extensions(X509 *certificate)
{
    return (X509_get_extension_flags(certificate) & EXFLAG_INVALID) == 0;
}

hf_status hf_certificate_list_decode_one(hf_bytes der, X509 **out)
{
    const uint8_t *at = der.data;
    X509 *certificate;

    if (der.len > HF_CERTIFICATE_MAX)
        return HF_ERR_TOO_LARGE;
    certificate = der.len == 0 ? NULL : d2i_X509(NULL, &at, (long)der.len);
    if (certificate == NULL || at != der.data + der.len || !has_readable_extensions(certificate)) {
        X509_free(certificate);
        return HF_ERR_MALFORMED;
    }
    *out = certificate;
    return HF_OK;
}

static hf_status add_der(hf_bytes der, size_t max, STACK_OF(X509) * list)
{
    X509 *certificate = NULL;
    hf_status status = hf_certificate_list_decode_one(der, &certificate);

    if (status == HF_OK && (size_t)sk_X509_num(list) >= max)
        status = HF_ERR_TOO_LARGE;
    else if (status == HF_OK && !hf_certificate_list_add(list, certificate))
        status = HF_ERR_NO_MEMORY;
    else if (status == HF_ERR_TOO_LARGE)
        status = HF_ERR_MALFORMED; /* this one certificate, not the list */
    X509_free(certificate);
    return status;
}

static bool is_certificate_block(const char *name)
{
    return strcmp(name, PEM_STRING_X509) == 0 || strcmp(name, PEM_STRING_X509_OLD) == 0;
}

/* Reads the next PEM block, if there is one. A block that is no certificate counts as malformed. */
static hf_status add_next_block(BIO *text, size_t max, STACK_OF(X509) * list, bool *out_end)
{
    char *name = NULL, *header = NULL;
    unsigned char *data = NULL;
    long len = 0;
    hf_status status = HF_ERR_MALFORMED;

    if (PEM_read_bio(text, &name, &header, &data, &len) != 1) {
        *out_end = BIO_pending(text) == 0;
        return HF_ERR_MALFORMED;
    }
    if (is_certificate_block(name) && len >= 0)
        status = add_der((hf_bytes){ data, (size_t)len }, max, list);
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(data, (size_t)len); /* it may have been a key */
    return status;
}

static hf_status add_pem(hf_bytes encoded, size_t max, STACK_OF(X509) * list)
{
    BIO *text = BIO_new_mem_buf(encoded.data, (int)encoded.len);
    hf_status status = HF_OK;
    bool at_end = false;

    if (text == NULL)
        return HF_ERR_NO_MEMORY;
    while (!at_end && (status == HF_OK || status == HF_ERR_MALFORMED)) {
        long left = BIO_pending(text);

        status = add_next_block(text, max, list, &at_end);
        if (BIO_pending(text) >= left)
            break; /* nothing was consumed */
    }
    BIO_free(text);
    return status == HF_ERR_MALFORMED ? HF_OK : status;
}

hf_status hf_certificate_list_decode(hf_bytes encoded, size_t max, STACK_OF(X509) * list)
{
    int before = sk_X509_num(list);
    hf_status status;

    if (encoded.len > TEXT_MAX)
        return HF_ERR_TOO_LARGE;
    if (encoded.len == 0)
        return HF_ERR_CREDENTIAL_INVALID;
    status = add_der(encoded, max, list);
    if (status == HF_ERR_MALFORMED)
        status = add_pem(encoded, max, list);
    if (status != HF_OK)
        return status;
    return sk_X509_num(list) > before ? HF_OK : HF_ERR_CREDENTIAL_INVALID;
}

hf_status hf_certificate_list_encode_der(X509 *certificate, hf_buf *out)
{
    uint8_t *der = NULL;
    int len = i2d_X509(certificate, &der);
    hf_status status = HF_ERR_NO_MEMORY;

    if (len > 0 && hf_buf_append(out, (hf_bytes){ der, (size_t)len }))
        status = HF_OK;
    OPENSSL_free(der);
    return status;
}

hf_status hf_certificate_list_encode_pem(X509 *certificate, hf_buf *out)
{
    BIO *text = BIO_new(BIO_s_mem());
    char *data = NULL;
    long len;
    hf_status status = HF_ERR_NO_MEMORY;

    if (text == NULL)
        return HF_ERR_NO_MEMORY;
    if (PEM_write_bio_X509(text, certificate) == 1) {
        len = BIO_get_mem_data(text, &data);
        if (len > 0 && hf_buf_append(out, (hf_bytes){ (const uint8_t *)data, (size_t)len }))
            status = HF_OK;
    }
    BIO_free(text);
    return status;
}

hf_status hf_certificates_to_pem(hf_bytes certificates, hf_buf *out)
{
    STACK_OF(X509) *list = sk_X509_new_null();
    size_t before = out->len;
    hf_status status = HF_ERR_NO_MEMORY;

    if (list != NULL)
        status = hf_certificate_list_decode(certificates, LIST_MAX, list);
    for (int i = 0; status == HF_OK && i < sk_X509_num(list); i++)
        status = hf_certificate_list_encode_pem(sk_X509_value(list, i), out);
    if (status != HF_OK)
        out->len = before;
    hf_certificate_list_free(list);
    return status;
}
