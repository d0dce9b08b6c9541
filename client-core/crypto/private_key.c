/* Private keys: in memory, read from any common encoding, or elsewhere (remote_key.c); used through
 * `hf_signer`. See signature.h. */
#include "crypto/certificate_list.h"
#include "crypto/credential.h"
#include "crypto/key.h"
#include "crypto/signature_scheme.h"

#include <openssl/decoder.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#define ENCODED_KEY_MAX 65536

struct passphrase {
    hf_bytes value;
    bool asked;
};

/* The decoder's callback. A missing passphrase is an error of its own, not an empty one. */
static int give_passphrase(char *out, int size, int for_writing, void *context)
{
    struct passphrase *passphrase = context;

    (void)for_writing;
    passphrase->asked = true;
    if (passphrase->value.len == 0 || size < 0 || passphrase->value.len > (size_t)size)
        return -1;
    hf_copy(out, passphrase->value.data, passphrase->value.len);
    return (int)passphrase->value.len;
}

/* A public key decodes as well, but cannot be written out as a private one. */
static bool has_private_part(EVP_PKEY *pkey)
{
    return i2d_PrivateKey(pkey, NULL) > 0;
}

static hf_status decode(hf_bytes encoded, hf_bytes passphrase, EVP_PKEY **out)
{
    struct passphrase given = { .value = passphrase };
    const uint8_t *at = encoded.data;
    size_t left = encoded.len;
    EVP_PKEY *pkey = NULL;
    hf_status status = HF_ERR_CREDENTIAL_INVALID;
    OSSL_DECODER_CTX *decoder =
        OSSL_DECODER_CTX_new_for_pkey(&pkey, NULL, NULL, NULL, EVP_PKEY_KEYPAIR, NULL, NULL);

    if (decoder == NULL)
        return HF_ERR_NO_MEMORY;
    if (OSSL_DECODER_CTX_set_pem_password_cb(decoder, give_passphrase, &given) == 1 &&
        OSSL_DECODER_from_data(decoder, &at, &left) == 1 && pkey != NULL &&
        has_private_part(pkey)) {
        *out = pkey;
        pkey = NULL;
        status = HF_OK;
    } else if (given.asked) {
        status = HF_ERR_CREDENTIAL_PASSPHRASE;
    }
    EVP_PKEY_free(pkey);
    OSSL_DECODER_CTX_free(decoder);
    return status;
}

hf_status hf_private_key_decode(hf_bytes encoded, hf_bytes passphrase, struct hf_private_key **out)
{
    EVP_PKEY *pkey = NULL;
    struct hf_private_key *key;
    enum hf_key_type type;
    hf_status status;

    if (encoded.len == 0 || encoded.len > ENCODED_KEY_MAX)
        return HF_ERR_CREDENTIAL_INVALID;
    status = decode(encoded, passphrase, &pkey);
    if (status != HF_OK)
        return status;
    key = calloc(1, sizeof *key);
    if (key == NULL || !hf_key_type_of(pkey, &type)) {
        status = key == NULL ? HF_ERR_NO_MEMORY : HF_ERR_CREDENTIAL_INVALID;
        free(key);
        EVP_PKEY_free(pkey);
        return status;
    }
    *key = (struct hf_private_key){ .pkey = pkey, .type = type };
    *out = key;
    return HF_OK;
}

/* Where `text` stands from `from` on; the length where it does not. */
static size_t find(hf_bytes in, size_t from, const char *text)
{
    hf_bytes wanted = hf_bytes_of_string(text);

    while (from + wanted.len <= in.len &&
           !hf_bytes_equal(hf_bytes_slice(in, from, wanted.len), wanted))
        from++;
    return from + wanted.len <= in.len ? from : in.len;
}

/* The first PEM block that says it is a private key; all of what is no PEM. */
static hf_bytes key_block(hf_bytes encoded)
{
    size_t begin = find(encoded, 0, "-----BEGIN ");

    if (begin == encoded.len)
        return encoded;
    while (begin < encoded.len) {
        size_t name = begin + strlen("-----BEGIN "), name_end = find(encoded, name, "-----");
        size_t end = find(encoded, name_end, "-----END ");
        hf_bytes title = hf_bytes_slice(encoded, name, name_end - name);

        if (title.len < 64 && find(title, 0, "PRIVATE KEY") != title.len) {
            size_t next = find(encoded, end, "-----BEGIN ");

            return hf_bytes_slice(encoded, begin, next - begin);
        }
        begin = find(encoded, end, "-----BEGIN ");
    }
    return (hf_bytes){ 0 };
}

hf_status hf_private_key_to_pkcs8(hf_bytes encoded, hf_bytes passphrase, hf_buf *out)
{
    struct hf_private_key *key;
    hf_status status = hf_private_key_decode(key_block(encoded), passphrase, &key);

    if (status != HF_OK)
        return status;
    status = hf_key_encode_pkcs8(key->pkey, out);
    hf_private_key_free(key);
    return status;
}

void hf_private_key_free(struct hf_private_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pkey);
    EVP_PKEY_free(key->public_half);
    free(key);
}

static bool sign_into(EVP_MD_CTX *context, hf_bytes message, hf_buf *out)
{
    uint8_t signature[HF_SIGNATURE_MAX];
    size_t len = sizeof signature;

    return EVP_DigestSign(context, signature, &len, message.data, message.len) == 1 &&
           hf_buf_append(out, (hf_bytes){ signature, len });
}

/* hf_signer.sign on a key in memory. */
static hf_status sign(void *context, enum hf_signature_scheme scheme, hf_bytes message, hf_buf *out)
{
    struct hf_private_key *key = context;
    EVP_PKEY_CTX *pkey_context;
    EVP_MD_CTX *md_context;
    hf_status status = HF_ERR_CRYPTO;

    if (!hf_signature_scheme_fits(scheme, key->type))
        return HF_ERR_CREDENTIAL_INVALID;
    md_context = EVP_MD_CTX_new();
    if (md_context == NULL)
        return HF_ERR_NO_MEMORY;
    if (EVP_DigestSignInit_ex(md_context, &pkey_context, hf_signature_scheme_digest(scheme), NULL,
                              NULL, key->pkey, NULL) == 1 &&
        hf_signature_scheme_set_padding(scheme, pkey_context) &&
        sign_into(md_context, message, out))
        status = HF_OK;
    EVP_MD_CTX_free(md_context);
    return status;
}

struct hf_signer hf_private_key_signer(struct hf_private_key *key)
{
    return (struct hf_signer){ .key_type = key->type,
                               .context = key,
                               .sign = key->remote.sign != NULL ? hf_remote_key_sign : sign };
}

hf_status hf_private_key_failure(const struct hf_private_key *key)
{
    return key->failure;
}

bool hf_private_key_matches(const struct hf_private_key *key, hf_bytes certificate)
{
    X509 *decoded = NULL;
    bool matches;

    if (hf_certificate_list_decode_one(certificate, &decoded) != HF_OK)
        return false;
    matches =
        X509_get0_pubkey(decoded) != NULL && EVP_PKEY_eq(X509_get0_pubkey(decoded), key->pkey) == 1;
    X509_free(decoded);
    return matches;
}
