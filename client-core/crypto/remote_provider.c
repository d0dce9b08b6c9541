/* A small OpenSSL provider of our own, so that libssl can sign with a key that is in a token: key
 * management that knows the public half, and signatures that ask hf_remote_key_sign. It does
 * nothing else: the library verifies, encodes and compares with its own providers. Documents:
 * provider-keymgmt(7), provider-signature(7). */
#include "crypto/remote_provider.h"

#include "crypto/library.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#define NAME      "holdfast"
#define OURS      "provider=" NAME
#define NOT_OURS  "?provider!=" NAME
#define KEY_PARAM "holdfast-key"

/* A key as the library sees it. */
struct keydata {
    const char *kind;             /* "RSA", "EC": a literal */
    EVP_PKEY *public_half;        /* owned; NULL: empty so far */
    struct hf_private_key *owner; /* borrowed; NULL: a public key */
};

/* --- key management --------------------------------------------------------------------------- */
static void *new_of_kind(const char *kind)
{
    struct keydata *data = calloc(1, sizeof *data);

    if (data != NULL)
        data->kind = kind;
    return data;
}

static void *new_rsa(void *provider)
{
    (void)provider;
    return new_of_kind("RSA");
}

static void *new_ec(void *provider)
{
    (void)provider;
    return new_of_kind("EC");
}

static void free_key(void *key)
{
    struct keydata *data = key;

    if (data == NULL)
        return;
    EVP_PKEY_free(data->public_half);
    free(data);
}

static int has(const void *key, int selection)
{
    const struct keydata *data = key;

    if (data->public_half == NULL)
        return 0;
    return (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) == 0 || data->owner != NULL;
}

static int match(const void *one, const void *other, int selection)
{
    const struct keydata *a = one, *b = other;

    (void)selection; /* there is no private half here to compare */
    return a->public_half != NULL && b->public_half != NULL &&
           EVP_PKEY_eq(a->public_half, b->public_half) == 1;
}

static int get_params(void *key, OSSL_PARAM params[])
{
    struct keydata *data = key;

    return data->public_half != NULL && EVP_PKEY_get_params(data->public_half, params) == 1;
}

static const OSSL_PARAM *gettable_params(void *provider)
{
    static const OSSL_PARAM gettable[] = {
        OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL),
        OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL),
        OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_EC_ENCODING, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, NULL, 0),
        OSSL_PARAM_END,
    };

    (void)provider;
    return gettable;
}

/* hf_remote_provider_wrap's own parameter: where the key is. */
static int adopt(struct keydata *data, const OSSL_PARAM *param)
{
    struct hf_private_key *owner;

    if (param->data_size != sizeof owner)
        return 0;
    hf_copy(&owner, param->data, sizeof owner);
    if (EVP_PKEY_up_ref(owner->public_half) != 1)
        return 0;
    data->owner = owner;
    data->public_half = owner->public_half;
    return 1;
}

/* The library hands a certificate's public key over so as to have it compared with ours. */
static int import(void *key, int selection, const OSSL_PARAM params[])
{
    struct keydata *data = key;
    const OSSL_PARAM *ours = OSSL_PARAM_locate_const(params, KEY_PARAM);
    EVP_PKEY_CTX *context;
    int done;

    (void)selection;
    if (data->public_half != NULL)
        return 0;
    if (ours != NULL)
        return adopt(data, ours);
    context = EVP_PKEY_CTX_new_from_name(NULL, data->kind, NOT_OURS);
    done = context != NULL && EVP_PKEY_fromdata_init(context) == 1 &&
           EVP_PKEY_fromdata(context, &data->public_half, EVP_PKEY_PUBLIC_KEY,
                             (OSSL_PARAM *)params) == 1;
    EVP_PKEY_CTX_free(context);
    return done;
}

static const OSSL_PARAM *import_types(int selection)
{
    static const OSSL_PARAM types[] = {
        OSSL_PARAM_octet_string(KEY_PARAM, NULL, 0),
        OSSL_PARAM_END,
    };

    (void)selection;
    return types;
}

/* The public half alone. A request for the private one is refused, which is also what makes the
 * library sign with us instead of taking the key to a provider that it prefers. */
static int export(void *key, int selection, OSSL_CALLBACK *callback, void *argument)
{
    struct keydata *data = key;

    if (data->public_half == NULL || (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0)
        return 0;
    return EVP_PKEY_export(data->public_half, selection, callback, argument);
}

static const OSSL_PARAM *export_types(int selection)
{
    static const OSSL_PARAM none[] = { OSSL_PARAM_END };

    (void)selection;
    return none;
}

static const char *ec_operation(int operation)
{
    return operation == OSSL_OP_SIGNATURE ? "ECDSA" : NULL;
}

#define FUNCTION(id, function)                                                                     \
    {                                                                                              \
        (id), (void (*)(void))(function)                                                           \
    }
#define KEYMGMT                                                                                    \
    FUNCTION(OSSL_FUNC_KEYMGMT_FREE, free_key), FUNCTION(OSSL_FUNC_KEYMGMT_HAS, has),              \
        FUNCTION(OSSL_FUNC_KEYMGMT_MATCH, match),                                                  \
        FUNCTION(OSSL_FUNC_KEYMGMT_GET_PARAMS, get_params),                                        \
        FUNCTION(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, gettable_params),                              \
        FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT, import),                                                \
        FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, import_types),                                    \
        FUNCTION(OSSL_FUNC_KEYMGMT_EXPORT, export),                                                \
        FUNCTION(OSSL_FUNC_KEYMGMT_EXPORT_TYPES, export_types)

static const OSSL_DISPATCH rsa_keymgmt[] = {
    FUNCTION(OSSL_FUNC_KEYMGMT_NEW, new_rsa),
    KEYMGMT,
    {0, NULL},
};

static const OSSL_DISPATCH ec_keymgmt[] = {
    FUNCTION(OSSL_FUNC_KEYMGMT_NEW, new_ec),
    FUNCTION(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, ec_operation),
    KEYMGMT,
    {0, NULL},
};

/* --- signatures ------------------------------------------------------------------------------- */
struct signing {
    struct keydata *key; /* borrowed from the operation's EVP_PKEY */
    enum hf_hash hash;
    bool pss;
};

static void *signing_new(void *provider, const char *properties)
{
    (void)provider;
    (void)properties;
    return calloc(1, sizeof(struct signing));
}

static void signing_free(void *context)
{
    free(context);
}

static bool hash_of_name(const char *name, enum hf_hash *out)
{
    static const enum hf_hash known[] = { HF_HASH_SHA2_256, HF_HASH_SHA2_384, HF_HASH_SHA2_512 };

    for (size_t i = 0; i < HF_ARRAY_LEN(known); i++) {
        if (EVP_MD_is_a(hf_library_digest(known[i]), name) == 1) {
            *out = known[i];
            return true;
        }
    }
    return false;
}

static bool is_text(const OSSL_PARAM *param, const char *wanted)
{
    return param->data_type == OSSL_PARAM_UTF8_STRING &&
           strcmp((const char *)param->data, wanted) == 0;
}

static bool set_padding(struct signing *signing, const OSSL_PARAM *param)
{
    int number = 0;

    if (param->data_type != OSSL_PARAM_UTF8_STRING && OSSL_PARAM_get_int(param, &number) != 1)
        return false;
    signing->pss = number == RSA_PKCS1_PSS_PADDING || is_text(param, OSSL_PKEY_RSA_PAD_MODE_PSS);
    return signing->pss || number == RSA_PKCS1_PADDING ||
           is_text(param, OSSL_PKEY_RSA_PAD_MODE_PKCSV15);
}

/* As long as the digest: no other salt is ever sent (RFC 8446, section 4.2.3). */
static bool is_salt_of_digest(const struct signing *signing, const OSSL_PARAM *param)
{
    int number = 0;

    if (param->data_type == OSSL_PARAM_UTF8_STRING)
        return is_text(param, OSSL_PKEY_RSA_PSS_SALT_LEN_DIGEST);
    return OSSL_PARAM_get_int(param, &number) == 1 &&
           (number == RSA_PSS_SALTLEN_DIGEST || number == (int)hf_hash_len(signing->hash));
}

static int set_ctx_params(void *context, const OSSL_PARAM params[])
{
    struct signing *signing = context;
    const OSSL_PARAM *param;

    if (params == NULL)
        return 1;
    param = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PAD_MODE);
    if (param != NULL && !set_padding(signing, param))
        return 0;
    param = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PSS_SALTLEN);
    return param == NULL || is_salt_of_digest(signing, param);
}

static const OSSL_PARAM *settable_ctx_params(void *context, void *provider)
{
    static const OSSL_PARAM settable[] = {
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, NULL, 0),
        OSSL_PARAM_END,
    };

    (void)context;
    (void)provider;
    return settable;
}

static int digest_sign_init(void *context, const char *digest, void *key, const OSSL_PARAM params[])
{
    struct signing *signing = context;

    if (key != NULL)
        signing->key = key;
    if (signing->key == NULL || signing->key->owner == NULL || digest == NULL ||
        !hash_of_name(digest, &signing->hash))
        return 0;
    return set_ctx_params(context, params);
}

static enum hf_signature_scheme scheme_of(const struct signing *signing)
{
    static const enum hf_signature_scheme schemes[3][HF_HASH_SHA2_512 + 1] = {
        {[HF_HASH_SHA2_256] = HF_SIG_ECDSA_SHA2_256,
         [HF_HASH_SHA2_384] = HF_SIG_ECDSA_SHA2_384,
         [HF_HASH_SHA2_512] = HF_SIG_ECDSA_SHA2_512    },
        { [HF_HASH_SHA2_256] = HF_SIG_RSA_PKCS1_SHA2_256,
         [HF_HASH_SHA2_384] = HF_SIG_RSA_PKCS1_SHA2_384,
         [HF_HASH_SHA2_512] = HF_SIG_RSA_PKCS1_SHA2_512},
        { [HF_HASH_SHA2_256] = HF_SIG_RSA_PSS_SHA2_256,
         [HF_HASH_SHA2_384] = HF_SIG_RSA_PSS_SHA2_384,
         [HF_HASH_SHA2_512] = HF_SIG_RSA_PSS_SHA2_512  },
    };
    bool is_rsa = signing->key->owner->type == HF_KEY_RSA;

    return schemes[!is_rsa ? 0 : signing->pss ? 2 : 1][signing->hash];
}

static int digest_sign(void *context, unsigned char *out, size_t *out_len, size_t capacity,
                       const unsigned char *message, size_t message_len)
{
    struct signing *signing = context;
    hf_buf signature = hf_buf_with_max(HF_SIGNATURE_MAX);
    int most = EVP_PKEY_get_size(signing->key->public_half);
    int done = 0;

    if (out == NULL) { /* how long it may become */
        *out_len = most > 0 ? (size_t)most : 0;
        return most > 0;
    }
    if (hf_remote_key_sign(signing->key->owner, scheme_of(signing),
                           (hf_bytes){ message, message_len }, &signature) == HF_OK &&
        signature.len <= capacity) {
        hf_copy(out, signature.data, signature.len);
        *out_len = signature.len;
        done = 1;
    }
    hf_buf_free(&signature);
    return done;
}

static const OSSL_DISPATCH signatures[] = {
    FUNCTION(OSSL_FUNC_SIGNATURE_NEWCTX, signing_new),
    FUNCTION(OSSL_FUNC_SIGNATURE_FREECTX, signing_free),
    FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, digest_sign_init),
    FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, digest_sign),
    FUNCTION(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, set_ctx_params),
    FUNCTION(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, settable_ctx_params),
    {0, NULL},
};

/* --- the provider ----------------------------------------------------------------------------- */
static const OSSL_ALGORITHM *query(void *provider, int operation, int *out_no_cache)
{
    static const OSSL_ALGORITHM keys[] = {
        {"RSA:rsaEncryption",                    OURS, rsa_keymgmt, NULL},
        { "EC:id-ecPublicKey:1.2.840.10045.2.1", OURS, ec_keymgmt,  NULL},
        { NULL,                                  NULL, NULL,        NULL},
    };
    static const OSSL_ALGORITHM ways[] = {
        {"RSA:rsaEncryption", OURS, signatures, NULL},
        { "ECDSA",            OURS, signatures, NULL},
        { NULL,               NULL, NULL,       NULL},
    };

    (void)provider;
    *out_no_cache = 0;
    switch (operation) {
    case OSSL_OP_KEYMGMT:
        return keys;
    case OSSL_OP_SIGNATURE:
        return ways;
    default:
        return NULL;
    }
}

static int init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out,
                void **out_context)
{
    static const OSSL_DISPATCH functions[] = {
        FUNCTION(OSSL_FUNC_PROVIDER_QUERY_OPERATION, query),
        {0, NULL},
    };
    static char nothing;

    (void)handle;
    (void)in;
    *out = functions;
    *out_context = &nothing;
    return 1;
}

hf_status hf_remote_provider_load(void)
{
    static OSSL_PROVIDER *loaded;

    if (loaded != NULL)
        return HF_OK;
    /* Others first: a certificate's key decodes to one that can verify. */
    if (EVP_set_default_properties(NULL, NOT_OURS) == 1 &&
        OSSL_PROVIDER_add_builtin(NULL, NAME, init) == 1)
        loaded = OSSL_PROVIDER_try_load(NULL, NAME, 1);
    ERR_clear_error();
    return loaded != NULL ? HF_OK : HF_ERR_CRYPTO;
}

EVP_PKEY *hf_remote_provider_wrap(struct hf_private_key *key)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(KEY_PARAM, &key, sizeof key),
        OSSL_PARAM_construct_end(),
    };
    const char *kind = key->type == HF_KEY_RSA ? "RSA" : "EC";
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, kind, OURS);
    EVP_PKEY *pkey = NULL;

    if (context != NULL && EVP_PKEY_fromdata_init(context) == 1 &&
        EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_KEYPAIR, params) != 1)
        pkey = NULL;
    EVP_PKEY_CTX_free(context);
    return pkey;
}
