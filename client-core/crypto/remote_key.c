/* Private keys that live elsewhere: the hash is made here, the signature there. libssl reaches them
 * through a provider of ours (remote_provider.c), IKE through `hf_signer`. See signature.h. */
#include "crypto/certificate_list.h"
#include "crypto/ecdsa_raw.h"
#include "crypto/hash.h"
#include "crypto/key.h"
#include "crypto/remote_provider.h"
#include "crypto/signature_scheme.h"

#include <openssl/x509.h>
#include <stdlib.h>

static bool hash_of(enum hf_signature_scheme scheme, enum hf_hash *out)
{
    switch (hf_signature_scheme_hash(scheme)) {
    case HF_SIGHASH_SHA2_256:
        *out = HF_HASH_SHA2_256;
        return true;
    case HF_SIGHASH_SHA2_384:
        *out = HF_HASH_SHA2_384;
        return true;
    case HF_SIGHASH_SHA2_512:
        *out = HF_HASH_SHA2_512;
        return true;
    case HF_SIGHASH_IDENTITY:
        break;
    }
    return false;
}

/* What came back is only as good as what the peer will see: a token that answers with something
 * else fails here. */
static hf_status take_signature(const struct hf_private_key *key, hf_bytes raw, hf_buf *out)
{
    const struct hf_ecdsa_method *method = hf_ecdsa_raw_method_of_key(key->type);
    hf_status status;

    if (method == NULL) {
        if (raw.len != (size_t)EVP_PKEY_get_size(key->public_half))
            return HF_ERR_CREDENTIAL_INVALID;
        return hf_buf_append(out, raw) ? HF_OK : HF_ERR_NO_MEMORY;
    }
    status = hf_ecdsa_raw_decode(raw, method->half, out);
    return status == HF_ERR_MALFORMED ? HF_ERR_CREDENTIAL_INVALID : status;
}

static hf_status sign(struct hf_private_key *key, enum hf_signature_scheme scheme, hf_bytes message,
                      hf_buf *out)
{
    hf_buf raw = hf_buf_with_max(HF_SIGNATURE_MAX);
    uint8_t digest[HF_HASH_MAX];
    enum hf_hash hash;
    hf_status status;

    if (!hf_signature_scheme_fits(scheme, key->type) || !hash_of(scheme, &hash))
        return HF_ERR_CREDENTIAL_INVALID;
    status = hf_hash(hash, &message, 1, digest);
    if (status == HF_OK)
        status = key->remote.sign(key->remote.context, scheme,
                                  (hf_bytes){ digest, hf_hash_len(hash) }, &raw);
    if (status == HF_OK)
        status = take_signature(key, hf_buf_bytes(&raw), out);
    hf_buf_free(&raw);
    return status;
}

hf_status hf_remote_key_sign(void *context, enum hf_signature_scheme scheme, hf_bytes message,
                             hf_buf *out)
{
    struct hf_private_key *key = context;

    key->failure = sign(key, scheme, message, out);
    return key->failure;
}

hf_status hf_remote_key_load(void)
{
    return hf_remote_provider_load();
}

/* A reference to the certificate's key; NULL where that is not of the type that the token says. */
static EVP_PKEY *public_of(enum hf_key_type type, hf_bytes certificate)
{
    X509 *decoded = NULL;
    EVP_PKEY *pkey = NULL;
    enum hf_key_type found;

    if (hf_certificate_list_decode_one(certificate, &decoded) != HF_OK)
        return NULL;
    pkey = X509_get_pubkey(decoded);
    X509_free(decoded);
    if (pkey != NULL && hf_key_type_of(pkey, &found) && found == type)
        return pkey;
    EVP_PKEY_free(pkey);
    return NULL;
}

hf_status hf_private_key_remote(const struct hf_remote_signer *remote, hf_bytes certificate,
                                struct hf_private_key **out)
{
    struct hf_private_key *key = calloc(1, sizeof *key);
    hf_status status = HF_ERR_CREDENTIAL_INVALID;

    if (key == NULL)
        return HF_ERR_NO_MEMORY;
    key->type = remote->key_type;
    key->remote = *remote;
    if (remote->key_type != HF_KEY_ED25519)
        key->public_half = public_of(remote->key_type, certificate);
    if (key->public_half != NULL) {
        key->pkey = hf_remote_provider_wrap(key);
        status = key->pkey == NULL ? HF_ERR_CRYPTO : HF_OK;
    }
    if (status != HF_OK) {
        hf_private_key_free(key);
        return status;
    }
    *out = key;
    return HF_OK;
}
