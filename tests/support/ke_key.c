/* Key exchanges with a given private value: see ke_key.h. */
#include "support/ke_key.h"

#include "crypto/ke_key.h"
#include "crypto/library.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>

#include <stdlib.h>

/* The public point, uncompressed, of a private number. */
static size_t multiply(uint16_t method, const BIGNUM *private, uint8_t *out, size_t max)
{
    int curve = method == HF_KE_ECP_256   ? NID_X9_62_prime256v1
                : method == HF_KE_ECP_384 ? NID_secp384r1
                                          : NID_secp521r1;
    EC_GROUP *group = EC_GROUP_new_by_curve_name(curve);
    EC_POINT *point = EC_POINT_new(group);
    size_t len = 0;

    if (EC_POINT_mul(group, point, private, NULL, NULL, NULL) == 1)
        len = EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, out, max, NULL);
    EC_POINT_free(point);
    EC_GROUP_free(group);
    return len;
}

/* The group's prime, by way of a key that the library makes. */
static BIGNUM *prime_of(const struct hf_algorithm *algorithm)
{
    EVP_PKEY_CTX *ctx = hf_library_keygen(algorithm);
    EVP_PKEY *key = NULL;
    BIGNUM *prime = NULL;

    if (ctx != NULL && EVP_PKEY_generate(ctx, &key) == 1)
        (void)EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_FFC_P, &prime);
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(ctx);
    return prime;
}

static bool push_public(OSSL_PARAM_BLD *build, const struct hf_algorithm *algorithm,
                        const BIGNUM *private, BIGNUM *public, uint8_t point[256])
{
    BIGNUM *prime, *two;
    BN_CTX *ctx;
    bool good;

    if (hf_library_key_type(algorithm)[0] == 'E') {
        size_t len = multiply(algorithm->id, private, point, 256);

        return OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, len) == 1;
    }
    prime = prime_of(algorithm);
    two = BN_new();
    ctx = BN_CTX_new();
    good = BN_set_word(two, 2) == 1 && BN_mod_exp(public, two, private, prime, ctx) == 1 &&
           OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PUB_KEY, public) == 1;
    BN_CTX_free(ctx);
    BN_free(two);
    BN_free(prime);
    return good;
}

static EVP_PKEY *key_of(const struct hf_algorithm *algorithm, hf_bytes private)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, hf_library_key_type(algorithm), NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    BIGNUM *number = BN_bin2bn(private.data, (int)private.len, NULL), *public = BN_new();
    OSSL_PARAM *params = NULL;
    EVP_PKEY *key = NULL;
    uint8_t point[256];

    if (OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, algorithm->openssl, 0) ==
            1 &&
        push_public(build, algorithm, number, public, point) &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, number) == 1 &&
        (params = OSSL_PARAM_BLD_to_param(build)) != NULL && EVP_PKEY_fromdata_init(ctx) == 1)
        (void)EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params);
    OSSL_PARAM_free(params);
    BN_free(public);
    BN_clear_free(number);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

struct hf_ke *test_ke_of_private(uint16_t method, hf_bytes private)
{
    const struct hf_algorithm *algorithm = hf_algorithm_find(HF_TRANSFORM_KE, method, 0);
    struct hf_ke *ke = NULL;
    EVP_PKEY *key =
        method == HF_KE_X25519
            ? EVP_PKEY_new_raw_private_key_ex(NULL, "X25519", NULL, private.data, private.len)
            : key_of(algorithm, private);

    if (key != NULL && hf_ke_of_key(algorithm, key, &ke) != HF_OK)
        return NULL;
    return ke;
}
