/* The table of signature schemes and their AlgorithmIdentifiers, compared byte for byte and never
 * parsed: RFC 7427, section 3 and appendix A; RFC 8420, appendix A; RFC 4055, section 3.1. */
#include "crypto/signature_scheme.h"

#include <openssl/rsa.h>

#define OID_SHA2(n)  0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, (n)
#define OID_PKCS1(n) 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, (n)

/* RSASSA-PSS-params. A hash may stand with NULL parameters or with none, and both mean the same
 * (RFC 4055, section 2.1); trailerField may be left out, being the default, or be written (what
 * FortiGate does, and RFC 7427's own example). */
#define PSS_WITH_NULL(hash, salt)                                                                  \
    0xa0, 0x0f, 0x30, 0x0d, OID_SHA2(hash), 0x05, 0x00, 0xa1, 0x1c, 0x30, 0x1a, OID_PKCS1(0x08),   \
        0x30, 0x0d, OID_SHA2(hash), 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, (salt)
#define PSS_WITHOUT_NULL(hash, salt)                                                               \
    0xa0, 0x0d, 0x30, 0x0b, OID_SHA2(hash), 0xa1, 0x1a, 0x30, 0x18, OID_PKCS1(0x08), 0x30, 0x0b,   \
        OID_SHA2(hash), 0xa2, 0x03, 0x02, 0x01, (salt)
#define TRAILER 0xa3, 0x03, 0x02, 0x01, 0x01

#define BYTES(...)                                                                                 \
    {                                                                                              \
        (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })                 \
    }
/* The first is what we send: DER leaves a default out. */
#define PSS_IDENTIFIERS(hash, salt)                                                                \
    {                                                                                              \
        BYTES(0x30, 0x41, OID_PKCS1(0x0a), 0x30, 0x34, PSS_WITH_NULL(hash, salt)),                 \
            BYTES(0x30, 0x46, OID_PKCS1(0x0a), 0x30, 0x39, PSS_WITH_NULL(hash, salt), TRAILER),    \
            BYTES(0x30, 0x3d, OID_PKCS1(0x0a), 0x30, 0x30, PSS_WITHOUT_NULL(hash, salt)),          \
            BYTES(0x30, 0x42, OID_PKCS1(0x0a), 0x30, 0x35, PSS_WITHOUT_NULL(hash, salt), TRAILER), \
    }
#define RSA_IDENTIFIERS(n)                                                                         \
    {                                                                                              \
        BYTES(0x30, 0x0d, OID_PKCS1(n), 0x05, 0x00)                                                \
    }
#define ECDSA_IDENTIFIERS(n)                                                                       \
    {                                                                                              \
        BYTES(0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, (n))               \
    }
#define ED25519_IDENTIFIERS                                                                        \
    {                                                                                              \
        BYTES(0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70)                                            \
    }

enum padding { NOT_RSA, PADDING_PKCS1, PADDING_PSS };

#define KEY(type)  (1u << (type))
#define KEYS_ECDSA (KEY(HF_KEY_ECDSA_P256) | KEY(HF_KEY_ECDSA_P384) | KEY(HF_KEY_ECDSA_P521))

static const struct scheme {
    const char *name;
    uint32_t keys;
    enum hf_signature_hash hash;
    const char *digest;
    enum padding padding;
    hf_bytes identifiers[4];
} schemes[HF_SIG_COUNT] = {
    [HF_SIG_RSA_PSS_SHA2_256] = {"rsa-pss-sha2-256",    KEY(HF_KEY_RSA), HF_SIGHASH_SHA2_256,
                                 "SHA2-256",                                                                                      PADDING_PSS,                       PSS_IDENTIFIERS(0x01,                                                                                                 32) },
    [HF_SIG_RSA_PSS_SHA2_384] = { "rsa-pss-sha2-384",                    KEY(HF_KEY_RSA),                 HF_SIGHASH_SHA2_384,
                                 "SHA2-384", PADDING_PSS,                                                                                                                         PSS_IDENTIFIERS(0x02,                                                                                                                                                                                                                                  48) },
    [HF_SIG_RSA_PSS_SHA2_512] = { "rsa-pss-sha2-512",                  KEY(HF_KEY_RSA),                                HF_SIGHASH_SHA2_512,
                                 "SHA2-512",                                   PADDING_PSS,                  PSS_IDENTIFIERS(0x03,                                                                                                                                                                                                                                               64) },
    [HF_SIG_RSA_PKCS1_SHA2_256] = { "rsa-pkcs1-sha2-256", KEY(HF_KEY_RSA),             HF_SIGHASH_SHA2_256,
                                 "SHA2-256",                                             PADDING_PKCS1,                                              RSA_IDENTIFIERS(0x0b)},
    [HF_SIG_RSA_PKCS1_SHA2_384] = { "rsa-pkcs1-sha2-384",        KEY(HF_KEY_RSA),  HF_SIGHASH_SHA2_384,
                                 "SHA2-384",PADDING_PKCS1,RSA_IDENTIFIERS(0x0c)                                                                                                                                                                },
    [HF_SIG_RSA_PKCS1_SHA2_512] = { "rsa-pkcs1-sha2-512",        KEY(HF_KEY_RSA),  HF_SIGHASH_SHA2_512,
                                 "SHA2-512",                                             PADDING_PKCS1,                                                                                                     RSA_IDENTIFIERS(0x0d)                                     },
    [HF_SIG_ECDSA_SHA2_256] = { "ecdsa-sha2-256",        KEYS_ECDSA,  HF_SIGHASH_SHA2_256,                    "SHA2-256",
                                 NOT_RSA,ECDSA_IDENTIFIERS(0x02)},
    [HF_SIG_ECDSA_SHA2_384] = { "ecdsa-sha2-384",               KEYS_ECDSA,       HF_SIGHASH_SHA2_384,                         "SHA2-384",
                                 NOT_RSA,                                                                                                                                               ECDSA_IDENTIFIERS(0x03)                                                                                                                                                                                                                                                                         },
    [HF_SIG_ECDSA_SHA2_512] = { "ecdsa-sha2-512",               KEYS_ECDSA,       HF_SIGHASH_SHA2_512,                         "SHA2-512",
                                 NOT_RSA,ECDSA_IDENTIFIERS(0x04)},
    [HF_SIG_ED25519] = { "ed25519",               KEY(HF_KEY_ED25519),       HF_SIGHASH_IDENTITY,                         NULL,                                                  NOT_RSA,
                                 ED25519_IDENTIFIERS                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                },
};

static const struct scheme *scheme_of(enum hf_signature_scheme scheme)
{
    HF_ASSERT((size_t)scheme < HF_SIG_COUNT);
    return &schemes[scheme];
}

const char *hf_signature_scheme_name(enum hf_signature_scheme scheme)
{
    return scheme_of(scheme)->name;
}

hf_bytes hf_signature_scheme_identifier(enum hf_signature_scheme scheme)
{
    return scheme_of(scheme)->identifiers[0];
}

static bool is_identified_by(const struct scheme *scheme, hf_bytes identifier)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(scheme->identifiers); i++) {
        if (scheme->identifiers[i].len != 0 && hf_bytes_equal(scheme->identifiers[i], identifier))
            return true;
    }
    return false;
}

bool hf_signature_scheme_find(hf_bytes identifier, enum hf_signature_scheme *out)
{
    for (size_t i = 0; i < HF_SIG_COUNT; i++) {
        if (is_identified_by(&schemes[i], identifier)) {
            *out = (enum hf_signature_scheme)i;
            return true;
        }
    }
    return false;
}

bool hf_signature_scheme_fits(enum hf_signature_scheme scheme, enum hf_key_type key)
{
    return (scheme_of(scheme)->keys & KEY(key)) != 0;
}

enum hf_signature_hash hf_signature_scheme_hash(enum hf_signature_scheme scheme)
{
    return scheme_of(scheme)->hash;
}

const char *hf_signature_scheme_digest(enum hf_signature_scheme scheme)
{
    return scheme_of(scheme)->digest;
}

static bool set_pss(EVP_PKEY_CTX *context, const char *digest)
{
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) > 0 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md_name(context, digest, NULL) > 0 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) > 0;
}

bool hf_signature_scheme_set_padding(enum hf_signature_scheme scheme, EVP_PKEY_CTX *context)
{
    const struct scheme *s = scheme_of(scheme);

    switch (s->padding) {
    case NOT_RSA:
        return true;
    case PADDING_PKCS1:
        return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) > 0;
    case PADDING_PSS:
        return set_pss(context, s->digest);
    }
    return false;
}
