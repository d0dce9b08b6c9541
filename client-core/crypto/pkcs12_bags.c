/* The bags of a PKCS#12 file: see pkcs12_bags.h. RFC 7292, section 4. */
#include "crypto/pkcs12_bags.h"

#include "crypto/certificate_list.h"

#include <openssl/err.h>

static bool is_want_of_algorithm(unsigned long error)
{
    int reason = ERR_GET_REASON(error);

    if (reason == ERR_R_UNSUPPORTED)
        return true;
    return ERR_GET_LIB(error) == ERR_LIB_EVP &&
           (reason == EVP_R_UNSUPPORTED_ALGORITHM || reason == EVP_R_UNKNOWN_PBE_ALGORITHM ||
            reason == EVP_R_UNSUPPORTED_CIPHER);
}

bool hf_pkcs12_bags_lacked_algorithm(void)
{
    unsigned long error;
    bool lacked = false;

    while ((error = ERR_get_error()) != 0)
        lacked = lacked || is_want_of_algorithm(error);
    return lacked;
}

void hf_pkcs12_bags_clear(struct hf_pkcs12_bags *bags)
{
    for (size_t i = 0; i < bags->key_count; i++) {
        EVP_PKEY_free(bags->keys[i]);
        ASN1_OCTET_STRING_free(bags->key_ids[i]);
    }
    hf_certificate_list_free(bags->certificates);
    *bags = (struct hf_pkcs12_bags){ 0 };
}

/* --- how well it is protected --- */

static bool is_aes(int nid)
{
    return nid == NID_aes_128_cbc || nid == NID_aes_192_cbc || nid == NID_aes_256_cbc;
}

/* PBES2 with AES; the older schemes are RC2, RC4 and DES behind a passphrase hashed with SHA-1. */
static bool is_strong(const X509_ALGOR *algorithm)
{
    const ASN1_OBJECT *type;
    const void *value;
    int value_type;
    PBE2PARAM *scheme;
    bool strong;

    X509_ALGOR_get0(&type, &value_type, &value, algorithm);
    if (OBJ_obj2nid(type) != NID_pbes2 || value_type != V_ASN1_SEQUENCE)
        return false;
    scheme = ASN1_item_unpack(value, ASN1_ITEM_rptr(PBE2PARAM));
    if (scheme == NULL)
        return false;
    X509_ALGOR_get0(&type, NULL, NULL, scheme->encryption);
    strong = is_aes(OBJ_obj2nid(type));
    PBE2PARAM_free(scheme);
    return strong;
}

/* --- bags --- */

static const ASN1_OCTET_STRING *local_id(const PKCS12_SAFEBAG *bag)
{
    const ASN1_TYPE *value = PKCS12_SAFEBAG_get0_attr(bag, NID_localKeyID);

    return value != NULL && value->type == V_ASN1_OCTET_STRING ? value->value.octet_string : NULL;
}

static hf_status add_key(const PKCS12_SAFEBAG *bag, const PKCS8_PRIV_KEY_INFO *info,
                         struct hf_pkcs12_bags *out)
{
    const ASN1_OCTET_STRING *id = local_id(bag);
    EVP_PKEY *key;

    if (out->key_count == HF_PKCS12_KEYS_MAX)
        return HF_ERR_TOO_LARGE;
    key = EVP_PKCS82PKEY(info);
    if (key == NULL)
        return HF_ERR_MALFORMED;
    out->keys[out->key_count] = key;
    out->key_ids[out->key_count] = id == NULL ? NULL : ASN1_OCTET_STRING_dup(id);
    out->key_count++;
    return id != NULL && out->key_ids[out->key_count - 1] == NULL ? HF_ERR_NO_MEMORY : HF_OK;
}

static hf_status add_shrouded_key(const PKCS12_SAFEBAG *bag, const char *passphrase,
                                  OSSL_LIB_CTX *library, struct hf_pkcs12_bags *out)
{
    const X509_ALGOR *algorithm;
    PKCS8_PRIV_KEY_INFO *info;
    hf_status status;

    X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(bag), &algorithm, NULL);
    out->is_weak = out->is_weak || !is_strong(algorithm);
    info = PKCS12_decrypt_skey_ex(bag, passphrase, passphrase == NULL ? 0 : -1, library, NULL);
    if (info == NULL)
        return hf_pkcs12_bags_lacked_algorithm() ? HF_ERR_PROFILE_UNSUPPORTED
                                                 : HF_ERR_CREDENTIAL_PASSPHRASE;
    status = add_key(bag, info, out);
    PKCS8_PRIV_KEY_INFO_free(info);
    return status;
}

static hf_status add_certificate(const PKCS12_SAFEBAG *bag, struct hf_pkcs12_bags *out)
{
    const ASN1_OCTET_STRING *id = local_id(bag);
    X509 *certificate;
    hf_status status = HF_OK;

    if (PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Certificate)
        return HF_OK;
    if (sk_X509_num(out->certificates) >= HF_PKCS12_CERTIFICATES_MAX)
        return HF_ERR_TOO_LARGE;
    certificate = PKCS12_SAFEBAG_get1_cert(bag);
    if (certificate == NULL)
        return HF_ERR_MALFORMED;
    if ((id != NULL &&
         X509_keyid_set1(certificate, ASN1_STRING_get0_data(id), ASN1_STRING_length(id)) != 1) ||
        !hf_certificate_list_add(out->certificates, certificate))
        status = HF_ERR_NO_MEMORY;
    X509_free(certificate);
    return status;
}

static hf_status add_bag(const PKCS12_SAFEBAG *bag, bool is_safe_encrypted, const char *passphrase,
                         OSSL_LIB_CTX *library, struct hf_pkcs12_bags *out)
{
    switch (PKCS12_SAFEBAG_get_nid(bag)) {
    case NID_keyBag:
        out->is_weak = out->is_weak || !is_safe_encrypted;
        return add_key(bag, PKCS12_SAFEBAG_get0_p8inf(bag), out);
    case NID_pkcs8ShroudedKeyBag:
        return add_shrouded_key(bag, passphrase, library, out);
    case NID_certBag:
        return add_certificate(bag, out);
    default: /* revocation lists, other people's secrets */
        return HF_OK;
    }
}

static hf_status open_safe(PKCS7 *safe, const char *passphrase, OSSL_LIB_CTX *library,
                           struct hf_pkcs12_bags *out)
{
    bool is_encrypted = PKCS7_type_is_encrypted(safe);
    STACK_OF(PKCS12_SAFEBAG) * bags;
    hf_status status = HF_OK;

    if (!is_encrypted && !PKCS7_type_is_data(safe))
        return HF_ERR_PROFILE_UNSUPPORTED; /* for the holder of another key */
    if (is_encrypted)
        out->is_weak = out->is_weak || !is_strong(safe->d.encrypted->enc_data->algorithm);
    bags = is_encrypted ? PKCS12_unpack_p7encdata(safe, passphrase, passphrase == NULL ? 0 : -1)
                        : PKCS12_unpack_p7data(safe);
    if (bags == NULL && !is_encrypted)
        return HF_ERR_MALFORMED;
    if (bags == NULL)
        return hf_pkcs12_bags_lacked_algorithm() ? HF_ERR_PROFILE_UNSUPPORTED
                                                 : HF_ERR_CREDENTIAL_PASSPHRASE;
    for (int i = 0; status == HF_OK && i < sk_PKCS12_SAFEBAG_num(bags); i++)
        status = add_bag(sk_PKCS12_SAFEBAG_value(bags, i), is_encrypted, passphrase, library, out);
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    return status;
}

hf_status hf_pkcs12_bags_open(PKCS12 *file, const char *passphrase, OSSL_LIB_CTX *library,
                              struct hf_pkcs12_bags *out)
{
    struct hf_pkcs12_bags made = { .certificates = sk_X509_new_null() };
    STACK_OF(PKCS7) *safes = PKCS12_unpack_authsafes(file);
    hf_status status = safes == NULL ? HF_ERR_MALFORMED : HF_OK;

    if (made.certificates == NULL)
        status = HF_ERR_NO_MEMORY;
    for (int i = 0; status == HF_OK && i < sk_PKCS7_num(safes); i++)
        status = open_safe(sk_PKCS7_value(safes, i), passphrase, library, &made);
    sk_PKCS7_pop_free(safes, PKCS7_free);
    if (status == HF_OK)
        *out = made;
    else
        hf_pkcs12_bags_clear(&made);
    return status;
}
