/* The order of a chain: see chain.h. */
#include "crypto/chain.h"

#include "crypto/certificate.h"
#include "crypto/certificate_list.h"

#include <openssl/x509v3.h>

bool hf_chain_is_self_issued(X509 *certificate)
{
    return (X509_get_extension_flags(certificate) & EXFLAG_SI) != 0;
}

static X509 *leaf_of(EVP_PKEY *key, STACK_OF(X509) * certificates)
{
    for (int i = 0; i < sk_X509_num(certificates); i++) {
        X509 *certificate = sk_X509_value(certificates, i);

        if (X509_get0_pubkey(certificate) != NULL &&
            EVP_PKEY_eq(X509_get0_pubkey(certificate), key) == 1)
            return certificate;
    }
    return NULL;
}

static bool is_in(STACK_OF(X509) * list, X509 *certificate)
{
    for (int i = 0; i < sk_X509_num(list); i++) {
        if (X509_cmp(sk_X509_value(list, i), certificate) == 0)
            return true;
    }
    return false;
}

/* By name and key identifier, and not one that is in the chain already: that would be a circle. */
static X509 *issuer_of(X509 *certificate, STACK_OF(X509) * certificates, STACK_OF(X509) * chain)
{
    for (int i = 0; i < sk_X509_num(certificates); i++) {
        X509 *issuer = sk_X509_value(certificates, i);

        if (X509_check_issued(issuer, certificate) == X509_V_OK && !is_in(chain, issuer))
            return issuer;
    }
    return NULL;
}

hf_status hf_chain_of_key(EVP_PKEY *key, STACK_OF(X509) * certificates, STACK_OF(X509) * *out)
{
    X509 *next = leaf_of(key, certificates);
    STACK_OF(X509) * chain;

    if (next == NULL)
        return HF_ERR_CREDENTIAL_INVALID;
    chain = sk_X509_new_null();
    if (chain == NULL)
        return HF_ERR_NO_MEMORY;
    while (next != NULL && sk_X509_num(chain) <= HF_CHAIN_MAX) {
        if (!hf_certificate_list_add(chain, next)) {
            hf_certificate_list_free(chain);
            return HF_ERR_NO_MEMORY;
        }
        next = hf_chain_is_self_issued(next) ? NULL : issuer_of(next, certificates, chain);
    }
    *out = chain;
    return HF_OK;
}
