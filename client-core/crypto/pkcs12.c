/* PKCS#12 files (RFC 7292), as IT departments hand them out: which spelling of the passphrase opens
 * one, which of its keys and certificates belong together. See credential.h. */
#include "crypto/certificate_list.h"
#include "crypto/chain.h"
#include "crypto/credential.h"
#include "crypto/key.h"
#include "crypto/legacy.h"
#include "crypto/pkcs12_bags.h"
#include "crypto/pkcs12_work.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <stdlib.h>

#define FILE_MAX         (1024 * 1024)
#define KEY_MAX          65536
#define CERTIFICATES_MAX (1024 * 1024)
#define PASSPHRASE_MAX   1024
#define SPELLINGS_MAX    3

void hf_pkcs12_clear(struct hf_pkcs12 *pkcs12)
{
    hf_buf_free(&pkcs12->key);
    hf_buf_free(&pkcs12->certificates);
    *pkcs12 = (struct hf_pkcs12){ 0 };
}

/* --- passphrases --- */

/* How the passphrase may have been put into the file. */
struct spellings {
    char texts[SPELLINGS_MAX][2 * PASSPHRASE_MAX + 1];
    const char *list[SPELLINGS_MAX];
    size_t count;
};

static void add_spelling(struct spellings *spellings, const char *text)
{
    spellings->list[spellings->count++] = text;
}

/* Each octet as a character of its own: what a program wrote that knew nothing of UTF-8, and what
 * was meant by octets that are Latin-1. */
static void widen(hf_bytes text, char *out)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] >= 0x80) {
            *out++ = (char)(0xc0 | text.data[i] >> 6);
            *out++ = (char)(0x80 | (text.data[i] & 0x3f));
        } else {
            *out++ = (char)text.data[i];
        }
    }
    *out = '\0';
}

/* UTF-8 to Latin-1; false when a character is not in it. Newer schemes (RFC 8018) hash the octets
 * themselves, and some programs took these. */
static bool narrow(hf_bytes text, char *out)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < 0x80) {
            *out++ = (char)text.data[i];
        } else if ((text.data[i] == 0xc2 || text.data[i] == 0xc3) && i + 1 < text.len &&
                   (text.data[i + 1] & 0xc0) == 0x80) {
            *out++ = (char)((text.data[i] & 0x03) << 6 | (text.data[i + 1] & 0x3f));
            i++;
        } else {
            return false;
        }
    }
    *out = '\0';
    return true;
}

static bool is_ascii(hf_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] >= 0x80)
            return false;
    }
    return true;
}

/* "No passphrase" is encoded in two ways, as an empty string and as no string at all (RFC 7292,
 * appendix B.1), and files of both kinds exist. */
static void spell(hf_bytes given, struct spellings *out)
{
    out->count = 0;
    hf_copy(out->texts[0], given.data, given.len);
    out->texts[0][given.len] = '\0';
    if (given.len == 0)
        add_spelling(out, NULL);
    add_spelling(out, out->texts[0]);
    if (is_ascii(given))
        return;
    if (narrow(given, out->texts[1]))
        add_spelling(out, out->texts[1]);
    widen(given, out->texts[2]);
    add_spelling(out, out->texts[2]);
}

/* --- opening --- */

/* HF_ERR_CREDENTIAL_PASSPHRASE: this is not it. */
static hf_status check_code(PKCS12 *file, const char *passphrase)
{
    if (PKCS12_mac_present(file) != 1 ||
        PKCS12_verify_mac(file, passphrase, passphrase == NULL || passphrase[0] == '\0' ? 0 : -1) ==
            1)
        return HF_OK;
    return hf_pkcs12_bags_lacked_algorithm() ? HF_ERR_PROFILE_UNSUPPORTED
                                             : HF_ERR_CREDENTIAL_PASSPHRASE;
}

static hf_status open_with(PKCS12 *file, const char *passphrase, bool *was_code_good,
                           struct hf_pkcs12_bags *out)
{
    hf_status status;

    ERR_clear_error();
    status = check_code(file, passphrase);
    if (status != HF_OK)
        return status;
    *was_code_good = *was_code_good || PKCS12_mac_present(file) == 1;
    status = hf_pkcs12_work_check_inside(file, passphrase);
    if (status != HF_OK)
        return status;
    ERR_clear_error();
    return hf_pkcs12_bags_open(file, passphrase, hf_legacy_context(), out);
}

static hf_status open_file(PKCS12 *file, const struct spellings *spellings,
                           struct hf_pkcs12_bags *out)
{
    bool was_code_good = false;
    hf_status status = hf_pkcs12_work_check(file);

    if (status != HF_OK)
        return status;
    status = HF_ERR_CREDENTIAL_PASSPHRASE;
    for (size_t i = 0; status == HF_ERR_CREDENTIAL_PASSPHRASE && i < spellings->count; i++)
        status = open_with(file, spellings->list[i], &was_code_good, out);
    /* With a code that holds, what is wrong is the content; without one the passphrase may be. */
    return status == HF_ERR_CREDENTIAL_PASSPHRASE && was_code_good ? HF_ERR_MALFORMED : status;
}

/* The file with the context that is to decrypt it. */
static PKCS12 *decode_file(hf_bytes encoded)
{
    const uint8_t *at = encoded.data;
    PKCS12 *file = PKCS12_init_ex(NID_pkcs7_data, hf_legacy_context(), NULL);

    if (file == NULL || d2i_PKCS12(&file, &at, (long)encoded.len) == NULL)
        return NULL; /* the library has freed it */
    return file;
}

static hf_status open_encoded(hf_bytes encoded, hf_bytes passphrase, struct hf_pkcs12_bags *out)
{
    struct spellings spellings;
    PKCS12 *file;
    hf_status status;

    if (encoded.len == 0 || encoded.len > FILE_MAX)
        return HF_ERR_MALFORMED;
    if (passphrase.len > PASSPHRASE_MAX)
        return HF_ERR_CREDENTIAL_PASSPHRASE;
    file = decode_file(encoded);
    if (file == NULL)
        return HF_ERR_MALFORMED;
    spell(passphrase, &spellings);
    status = open_file(file, &spellings, out);
    hf_cleanse(&spellings, sizeof spellings);
    PKCS12_free(file);
    return status;
}

/* --- what is passed on --- */

static bool has_id(X509 *certificate, const ASN1_OCTET_STRING *id)
{
    int len;
    const uint8_t *own = X509_keyid_get0(certificate, &len);

    return own != NULL && id != NULL &&
           hf_bytes_equal((hf_bytes){ own, (size_t)len },
                          (hf_bytes){ ASN1_STRING_get0_data(id), (size_t)ASN1_STRING_length(id) });
}

/* The certificates with those first that the file pairs with this key: where two are for the same
 * key (one renewed the other), that is the one. */
static STACK_OF(X509) * paired_first(const struct hf_pkcs12_bags *bags, size_t key)
{
    STACK_OF(X509) *list = sk_X509_new_null();

    for (int paired = 1; list != NULL && paired >= 0; paired--) {
        for (int i = 0; list != NULL && i < sk_X509_num(bags->certificates); i++) {
            X509 *certificate = sk_X509_value(bags->certificates, i);

            if (has_id(certificate, bags->key_ids[key]) == (paired == 1) &&
                !hf_certificate_list_add(list, certificate)) {
                hf_certificate_list_free(list);
                list = NULL;
            }
        }
    }
    return list;
}

/* The chain of one key; NULL and HF_OK when the file has no certificate for it. */
static hf_status chain_of(const struct hf_pkcs12_bags *bags, size_t key, STACK_OF(X509) * *out)
{
    STACK_OF(X509) *list = paired_first(bags, key);
    hf_status status =
        list == NULL ? HF_ERR_NO_MEMORY : hf_chain_of_key(bags->keys[key], list, out);

    hf_certificate_list_free(list);
    return status == HF_ERR_CREDENTIAL_INVALID ? HF_OK : status;
}

/* The first key that has a certificate; without any, the first: the certificate may come from
 * elsewhere. */
static hf_status choose(const struct hf_pkcs12_bags *bags, size_t *out_key,
                        STACK_OF(X509) * *out_chain)
{
    hf_status status = HF_OK;

    *out_key = 0;
    for (size_t i = 0; status == HF_OK && *out_chain == NULL && i < bags->key_count; i++) {
        status = chain_of(bags, i, out_chain);
        if (*out_chain != NULL)
            *out_key = i;
    }
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
static hf_status encode_certificates(STACK_OF(X509) * all, STACK_OF(X509) * chain,
                                     struct hf_pkcs12 *out)
{
    hf_status status = HF_OK;

    for (int i = 0; status == HF_OK && i < sk_X509_num(chain); i++)
        status = add_certificate(sk_X509_value(chain, i), out);
    for (int i = 0; status == HF_OK && i < sk_X509_num(all); i++) {
        if (!contains(chain, sk_X509_value(all, i)))
            status = add_certificate(sk_X509_value(all, i), out);
    }
    return status;
}

static hf_status encode(const struct hf_pkcs12_bags *bags, struct hf_pkcs12 *out)
{
    STACK_OF(X509) *chain = NULL;
    size_t key;
    hf_status status = choose(bags, &key, &chain);

    if (bags->key_count == 0 && sk_X509_num(bags->certificates) == 0)
        status = HF_ERR_MALFORMED;
    if (status == HF_OK && bags->key_count > 0)
        status = hf_key_encode_pkcs8(bags->keys[key], &out->key);
    if (status == HF_OK)
        status = encode_certificates(bags->certificates, chain, out);
    out->key_count = bags->key_count;
    out->is_weak = bags->is_weak;
    hf_certificate_list_free(chain);
    return status;
}

hf_status hf_pkcs12_decode(hf_bytes encoded, hf_bytes passphrase, struct hf_pkcs12 *out)
{
    struct hf_pkcs12 made = { .key = hf_buf_with_max(KEY_MAX),
                              .certificates = hf_buf_with_max(CERTIFICATES_MAX) };
    struct hf_pkcs12_bags bags = { 0 };
    hf_status status = open_encoded(encoded, passphrase, &bags);

    if (status == HF_OK)
        status = encode(&bags, &made);
    if (status == HF_OK)
        *out = made;
    else
        hf_pkcs12_clear(&made);
    hf_pkcs12_bags_clear(&bags);
    return status;
}
