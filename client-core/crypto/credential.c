/* Client credentials: a key and the certificates that go with it. See credential.h. */
#include "crypto/credential.h"

#include "crypto/certificate_list.h"
#include "crypto/chain.h"
#include "crypto/key.h"

#define CERTIFICATES_MAX 64

void hf_credential_clear(struct hf_credential *credential)
{
    hf_private_key_free(credential->key);
    for (size_t i = 0; i < HF_ARRAY_LEN(credential->chain); i++)
        hf_buf_free(&credential->chain[i]);
    *credential = (struct hf_credential){ 0 };
}

/* The chain as it is sent: a self-signed certificate at its end is left out, because the gateway
 * must have it already (RFC 5246, section 7.4.2). */
static hf_status store_chain(STACK_OF(X509) * chain, struct hf_credential *out)
{
    size_t count = (size_t)sk_X509_num(chain);

    if (count > 1 && hf_chain_is_self_issued(sk_X509_value(chain, (int)count - 1)))
        count--;
    if (count > HF_CHAIN_MAX)
        return HF_ERR_TOO_LARGE;
    for (size_t i = 0; i < count; i++) {
        hf_status status;

        out->chain[i] = hf_buf_with_max(HF_CERTIFICATE_MAX);
        status = hf_certificate_list_encode_der(sk_X509_value(chain, (int)i), &out->chain[i]);
        if (status != HF_OK)
            return status;
        out->chain_count++;
    }
    return HF_OK;
}

static hf_status make(EVP_PKEY *key, STACK_OF(X509) * certificates, struct hf_credential *out)
{
    STACK_OF(X509) *chain = NULL;
    hf_status status = hf_chain_of_key(key, certificates, &chain);

    if (status == HF_OK)
        status = store_chain(chain, out);
    hf_certificate_list_free(chain);
    return status;
}

hf_status hf_credential_make(hf_bytes key, hf_bytes passphrase, hf_bytes certificates,
                             struct hf_credential *out)
{
    struct hf_credential made = { 0 };
    STACK_OF(X509) *list = sk_X509_new_null();
    hf_status status = HF_ERR_NO_MEMORY;

    if (list != NULL)
        status = hf_certificate_list_decode(certificates, CERTIFICATES_MAX, list);
    if (status == HF_ERR_CREDENTIAL_INVALID)
        status = HF_ERR_CREDENTIAL_MISSING;
    if (status == HF_OK)
        status = hf_private_key_decode(key, passphrase, &made.key);
    if (status == HF_OK)
        status = make(made.key->pkey, list, &made);
    if (status == HF_OK)
        *out = made;
    else
        hf_credential_clear(&made);
    hf_certificate_list_free(list);
    return status;
}

static hf_status make_remote(const struct hf_remote_signer *remote, X509 *leaf,
                             STACK_OF(X509) * certificates, struct hf_credential *out)
{
    hf_buf der = hf_buf_with_max(HF_CERTIFICATE_MAX);
    hf_status status = hf_certificate_list_encode_der(leaf, &der);

    if (status == HF_OK)
        status = hf_private_key_remote(remote, hf_buf_bytes(&der), &out->key);
    if (status == HF_OK)
        status = make(out->key->public_half, certificates, out);
    hf_buf_free(&der);
    return status;
}

hf_status hf_credential_make_remote(const struct hf_remote_signer *remote, hf_bytes certificates,
                                    struct hf_credential *out)
{
    struct hf_credential made = { 0 };
    STACK_OF(X509) *list = sk_X509_new_null();
    hf_status status = HF_ERR_NO_MEMORY;

    if (list != NULL)
        status = hf_certificate_list_decode(certificates, CERTIFICATES_MAX, list);
    if (status == HF_ERR_CREDENTIAL_INVALID)
        status = HF_ERR_CREDENTIAL_MISSING;
    if (status == HF_OK)
        status = make_remote(remote, sk_X509_value(list, 0), list, &made);
    if (status == HF_OK)
        *out = made;
    else
        hf_credential_clear(&made);
    hf_certificate_list_free(list);
    return status;
}

/* Compares two moments; X509_cmp_time() takes the library's clock for NULL. */
static bool is_within(X509 *certificate, hf_wall_clock now)
{
    time_t moment = (time_t)now, *at = now == 0 ? NULL : &moment;

    return X509_cmp_time(X509_get0_notBefore(certificate), at) < 0 &&
           X509_cmp_time(X509_get0_notAfter(certificate), at) > 0;
}

hf_status hf_credential_check_time(const struct hf_credential *credential, hf_wall_clock now)
{
    X509 *leaf = NULL;
    hf_status status;

    if (credential->chain_count == 0)
        return HF_ERR_CREDENTIAL_MISSING;
    status = hf_certificate_list_decode_one(hf_buf_bytes(&credential->chain[0]), &leaf);
    if (status == HF_OK && !is_within(leaf, now))
        status = HF_ERR_CREDENTIAL_EXPIRED;
    X509_free(leaf);
    return status;
}
