/* The work in a PKCS#12 file: see pkcs12_work.h. RFC 7292, section 4; RFC 8018, appendix A. */
#include "crypto/pkcs12_work.h"

#include <openssl/x509.h>

/* What scrypt (RFC 7914), which the library bounds itself, counts for. */
#define SCRYPT_WORK 500000

/* Takes one derivation out of what is left for the file; false when that is too much. */
static bool is_bounded(const ASN1_INTEGER *iterations, uint64_t *left)
{
    int64_t value = 1; /* the default */

    if (iterations != NULL && ASN1_INTEGER_get_int64(&value, iterations) != 1)
        return false;
    if (value < 0 || value > HF_PKCS12_ITERATIONS_MAX || (uint64_t)value > *left)
        return false;
    *left -= (uint64_t)value;
    return true;
}

static hf_status check_pbkdf2(const ASN1_STRING *parameters, uint64_t *left)
{
    PBKDF2PARAM *decoded = ASN1_item_unpack(parameters, ASN1_ITEM_rptr(PBKDF2PARAM));
    hf_status status = HF_ERR_MALFORMED;

    if (decoded != NULL)
        status = is_bounded(decoded->iter, left) ? HF_OK : HF_ERR_TOO_LARGE;
    PBKDF2PARAM_free(decoded);
    return status;
}

static hf_status check_pbe(const ASN1_STRING *parameters, uint64_t *left)
{
    PBEPARAM *decoded = ASN1_item_unpack(parameters, ASN1_ITEM_rptr(PBEPARAM));
    hf_status status = HF_ERR_MALFORMED;

    if (decoded != NULL)
        status = is_bounded(decoded->iter, left) ? HF_OK : HF_ERR_TOO_LARGE;
    PBEPARAM_free(decoded);
    return status;
}

static hf_status check_other(uint64_t *left)
{
    if (*left < SCRYPT_WORK)
        return HF_ERR_TOO_LARGE;
    *left -= SCRYPT_WORK;
    return HF_OK;
}

/* The parameters of an algorithm; NULL when they are not a sequence. */
static const ASN1_STRING *parameters_of(const X509_ALGOR *algorithm, int *out_nid)
{
    const ASN1_OBJECT *type;
    const void *value;
    int value_type;

    X509_ALGOR_get0(&type, &value_type, &value, algorithm);
    *out_nid = OBJ_obj2nid(type);
    return value_type == V_ASN1_SEQUENCE ? value : NULL;
}

/* PBES2 with PBKDF2, or one of the older schemes; scrypt, which the library bounds itself, too. */
static hf_status check_algorithm(const X509_ALGOR *algorithm, uint64_t *left)
{
    int nid;
    const ASN1_STRING *parameters = parameters_of(algorithm, &nid), *inner;
    PBE2PARAM *scheme;
    hf_status status = HF_OK;

    if (parameters == NULL)
        return HF_ERR_MALFORMED;
    if (nid != NID_pbes2)
        return check_pbe(parameters, left);
    scheme = ASN1_item_unpack(parameters, ASN1_ITEM_rptr(PBE2PARAM));
    if (scheme == NULL)
        return HF_ERR_MALFORMED;
    inner = parameters_of(scheme->keyfunc, &nid);
    if (nid == NID_id_pbkdf2)
        status = inner == NULL ? HF_ERR_MALFORMED : check_pbkdf2(inner, left);
    else
        status = check_other(left);
    PBE2PARAM_free(scheme);
    return status;
}

/* Safes within safes are never written, and are one more thing to count. */
static hf_status check_bag(const PKCS12_SAFEBAG *bag, uint64_t *left)
{
    const X509_ALGOR *algorithm;

    if (PKCS12_SAFEBAG_get_nid(bag) == NID_safeContentsBag)
        return HF_ERR_MALFORMED;
    if (PKCS12_SAFEBAG_get_nid(bag) != NID_pkcs8ShroudedKeyBag)
        return HF_OK;
    X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(bag), &algorithm, NULL);
    return check_algorithm(algorithm, left);
}

static hf_status check_bags(STACK_OF(PKCS12_SAFEBAG) * bags, uint64_t *left)
{
    hf_status status = HF_OK;

    for (int i = 0; status == HF_OK && i < sk_PKCS12_SAFEBAG_num(bags); i++)
        status = check_bag(sk_PKCS12_SAFEBAG_value(bags, i), left);
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    return status;
}

static hf_status check_safe(PKCS7 *safe, uint64_t *left)
{
    STACK_OF(PKCS12_SAFEBAG) * bags;

    if (PKCS7_type_is_encrypted(safe))
        return safe->d.encrypted == NULL || safe->d.encrypted->enc_data == NULL
                   ? HF_ERR_MALFORMED
                   : check_algorithm(safe->d.encrypted->enc_data->algorithm, left);
    if (!PKCS7_type_is_data(safe))
        return HF_OK;
    bags = PKCS12_unpack_p7data(safe);
    return bags == NULL ? HF_ERR_MALFORMED : check_bags(bags, left);
}

static hf_status check_safe_inside(PKCS7 *safe, const char *passphrase, uint64_t *left)
{
    STACK_OF(PKCS12_SAFEBAG) * bags;

    if (!PKCS7_type_is_encrypted(safe))
        return HF_OK;
    bags = PKCS12_unpack_p7encdata(safe, passphrase, passphrase == NULL ? 0 : -1);
    return bags == NULL ? HF_OK : check_bags(bags, left);
}

hf_status hf_pkcs12_work_check(PKCS12 *file)
{
    const ASN1_INTEGER *iterations = NULL;
    STACK_OF(PKCS7) * safes;
    uint64_t left = HF_PKCS12_WORK_MAX;
    hf_status status = HF_OK;

    PKCS12_get0_mac(NULL, NULL, NULL, &iterations, file);
    if (!is_bounded(iterations, &left))
        return HF_ERR_TOO_LARGE;
    safes = PKCS12_unpack_authsafes(file);
    if (safes == NULL)
        return HF_ERR_MALFORMED;
    for (int i = 0; status == HF_OK && i < sk_PKCS7_num(safes); i++)
        status = check_safe(sk_PKCS7_value(safes, i), &left);
    sk_PKCS7_pop_free(safes, PKCS7_free);
    return status;
}

hf_status hf_pkcs12_work_check_inside(PKCS12 *file, const char *passphrase)
{
    STACK_OF(PKCS7) *safes = PKCS12_unpack_authsafes(file);
    uint64_t left = HF_PKCS12_WORK_MAX;
    hf_status status = safes == NULL ? HF_ERR_MALFORMED : HF_OK;

    for (int i = 0; status == HF_OK && i < sk_PKCS7_num(safes); i++)
        status = check_safe_inside(sk_PKCS7_value(safes, i), passphrase, &left);
    sk_PKCS7_pop_free(safes, PKCS7_free);
    return status;
}
