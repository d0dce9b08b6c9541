/* PKCS#12 files (RFC 7292), as IT departments hand them out: see credential.h. */
#include "crypto/certificate_list.h"
#include "crypto/chain.h"
#include "crypto/credential.h"
#include "crypto/pkcs12_work.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <stdlib.h>

#define FILE_MAX         (1024 * 1024)
#define KEY_MAX          65536
#define CERTIFICATES_MAX (1024 * 1024)

/* What the library took out of the file. */
struct contents {
    EVP_PKEY *key;
    X509 *leaf; /* the one that belongs to the key */
    STACK_OF(X509) * all;
};

static void clear(struct contents *contents)
{
    EVP_PKEY_free(contents->key);
    X509_free(contents->leaf);
    hf_certificate_list_free(contents->all);
}

void hf_pkcs12_clear(struct hf_pkcs12 *pkcs12)
{
    hf_buf_free(&pkcs12->key);
    hf_buf_free(&pkcs12->certificates);
    *pkcs12 = (struct hf_pkcs12){ 0 };
}

static bool is_want_of_algorithm(unsigned long error)
{
    int reason = ERR_GET_REASON(error);

    if (reason == ERR_R_UNSUPPORTED)
        return true;
    return ERR_GET_LIB(error) == ERR_LIB_EVP &&
           (reason == EVP_R_UNSUPPORTED_ALGORITHM || reason == EVP_R_UNKNOWN_PBE_ALGORITHM ||
            reason == EVP_R_UNSUPPORTED_CIPHER);
}

/* Whether the library failed for want of an algorithm: RC2 and RC4, of old files, are not in the
 * default provider. */
static bool lacked_algorithm(void)
{
    unsigned long error;
    bool lacked = false;

    while ((error = ERR_get_error()) != 0)
        lacked = lacked || is_want_of_algorithm(error);
    return lacked;
}

/* "No passphrase" is encoded in two ways, as an empty string and as no string at all (RFC 7292,
 * appendix B.1), and files of both kinds exist. False when the code fits neither. */
static bool find_passphrase(PKCS12 *file, const char *given, const char **out)
{
    bool is_none = given[0] == '\0';

    *out = is_none ? NULL : given;
    if (PKCS12_mac_present(file) != 1 || PKCS12_verify_mac(file, *out, is_none ? 0 : -1) == 1)
        return true;
    *out = given;
    return is_none && PKCS12_verify_mac(file, given, 0) == 1;
}

static hf_status open_with(PKCS12 *file, const char *given, struct contents *out)
{
    const char *passphrase;
    hf_status status = hf_pkcs12_work_check(file);

    if (status != HF_OK)
        return status;
    if (!find_passphrase(file, given, &passphrase))
        return lacked_algorithm() ? HF_ERR_PROFILE_UNSUPPORTED : HF_ERR_CREDENTIAL_PASSPHRASE;
    status = hf_pkcs12_work_check_inside(file, passphrase);
    if (status != HF_OK)
        return status;
    ERR_clear_error();
    if (PKCS12_parse(file, passphrase, &out->key, &out->leaf, &out->all) == 1)
        return HF_OK;
    if (lacked_algorithm())
        return HF_ERR_PROFILE_UNSUPPORTED;
    /* With a code that holds, what is wrong is the content; without one the passphrase may be. */
    return PKCS12_mac_present(file) == 1 ? HF_ERR_MALFORMED : HF_ERR_CREDENTIAL_PASSPHRASE;
}

static hf_status open_file(hf_bytes encoded, hf_bytes passphrase, struct contents *out)
{
    const uint8_t *at = encoded.data;
    PKCS12 *file;
    char *text;
    hf_status status = HF_ERR_NO_MEMORY;

    if (encoded.len == 0 || encoded.len > FILE_MAX)
        return HF_ERR_MALFORMED;
    file = d2i_PKCS12(NULL, &at, (long)encoded.len);
    if (file == NULL)
        return HF_ERR_MALFORMED;
    text = hf_bytes_to_string(passphrase);
    if (text != NULL) {
        ERR_clear_error();
        status = open_with(file, text, out);
        hf_cleanse(text, passphrase.len);
    }
    free(text);
    PKCS12_free(file);
    return status;
}

static hf_status encode_key(EVP_PKEY *key, hf_buf *out)
{
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    uint8_t *der = NULL;
    int len = info == NULL ? -1 : i2d_PKCS8_PRIV_KEY_INFO(info, &der);
    hf_status status = HF_ERR_MALFORMED;

    if (len > 0)
        status = hf_buf_append(out, (hf_bytes){ der, (size_t)len }) ? HF_OK : HF_ERR_NO_MEMORY;
    OPENSSL_clear_free(der, len > 0 ? (size_t)len : 0);
    PKCS8_PRIV_KEY_INFO_free(info);
    return status;
}

static hf_status add_certificate(X509 *certificate, struct hf_pkcs12 *out)
{
    hf_status status = hf_certificate_list_encode_pem(certificate, &out->certificates);

    if (status == HF_OK)
        out->certificate_count++;
    return status;
}

static bool contains(STACK_OF(X509) * list, X509 *certificate)
{
    for (int i = 0; i < sk_X509_num(list); i++) {
        if (X509_cmp(sk_X509_value(list, i), certificate) == 0)
            return true;
    }
    return false;
}

/* The chain of the key first, then what else is in the file (authorities to be trusted, perhaps).
 */
static hf_status encode_certificates(const struct contents *contents, STACK_OF(X509) * chain,
                                     struct hf_pkcs12 *out)
{
    hf_status status = HF_OK;

    for (int i = 0; status == HF_OK && i < sk_X509_num(chain); i++)
        status = add_certificate(sk_X509_value(chain, i), out);
    for (int i = 0; status == HF_OK && i < sk_X509_num(contents->all); i++) {
        X509 *certificate = sk_X509_value(contents->all, i);

        if (!contains(chain, certificate))
            status = add_certificate(certificate, out);
    }
    return status;
}

/* PKCS12_parse() keeps the leaf apart from the others. */
static hf_status gather(struct contents *contents)
{
    if (contents->all == NULL)
        contents->all = sk_X509_new_null();
    if (contents->all == NULL ||
        (contents->leaf != NULL && !hf_certificate_list_add(contents->all, contents->leaf)))
        return HF_ERR_NO_MEMORY;
    return contents->key == NULL && sk_X509_num(contents->all) == 0 ? HF_ERR_MALFORMED : HF_OK;
}

static hf_status encode(struct contents *contents, struct hf_pkcs12 *out)
{
    STACK_OF(X509) *chain = NULL;
    hf_status status = gather(contents);

    if (status == HF_OK && contents->key != NULL) {
        status = encode_key(contents->key, &out->key);
        /* A key without its certificate is a file too: the certificate may come from elsewhere. */
        if (status == HF_OK && contents->leaf != NULL)
            status = hf_chain_of_key(contents->key, contents->all, &chain);
    }
    if (status == HF_OK)
        status = encode_certificates(contents, chain, out);
    hf_certificate_list_free(chain);
    return status;
}

hf_status hf_pkcs12_decode(hf_bytes encoded, hf_bytes passphrase, struct hf_pkcs12 *out)
{
    struct hf_pkcs12 made = { .key = hf_buf_with_max(KEY_MAX),
                              .certificates = hf_buf_with_max(CERTIFICATES_MAX) };
    struct contents contents = { 0 };
    hf_status status = open_file(encoded, passphrase, &contents);

    if (status == HF_OK)
        status = encode(&contents, &made);
    if (status == HF_OK)
        *out = made;
    else
        hf_pkcs12_clear(&made);
    clear(&contents);
    return status;
}
