/* Certificates for tests: see pki.h. */
#include "support/pki.h"

#include "crypto/certificate.h"
#include "support/hex.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

/* Reachable for ever, so that the leak check of a test does not count them. */
static struct made {
    struct pki_cert cert;
    struct made *next;
} * made;

static void must(bool good, const char *what)
{
    if (!good)
        test_die("pki: %s: %s", what, ERR_error_string(ERR_peek_last_error(), NULL));
}

static EVP_PKEY *explicit_curve(void)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *key = NULL;

    must(ctx != NULL && EVP_PKEY_keygen_init(ctx) == 1 &&
             EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx, NID_X9_62_prime256v1) == 1 &&
             EVP_PKEY_CTX_set_ec_param_enc(ctx, OPENSSL_EC_EXPLICIT_CURVE) == 1 &&
             EVP_PKEY_generate(ctx, &key) == 1,
         "explicit curve");
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static EVP_PKEY *rsa_pss(void)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
    EVP_PKEY *key = NULL;

    must(ctx != NULL && EVP_PKEY_keygen_init(ctx) == 1 &&
             EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 2048) == 1 && EVP_PKEY_generate(ctx, &key) == 1,
         "RSA-PSS key");
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static EVP_PKEY *generate(enum pki_key type)
{
    switch (type) {
    case PKI_P256:
        return EVP_EC_gen("P-256");
    case PKI_P384:
        return EVP_EC_gen("P-384");
    case PKI_P521:
        return EVP_EC_gen("P-521");
    case PKI_SECP256K1:
        return EVP_EC_gen("secp256k1");
    case PKI_P256_EXPLICIT:
        return explicit_curve();
    case PKI_ED25519:
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    case PKI_ED448:
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED448");
    case PKI_RSA_2048:
        return EVP_RSA_gen(2048);
    case PKI_RSA_3072:
        return EVP_RSA_gen(3072);
    case PKI_RSA_1024:
        return EVP_RSA_gen(1024);
    case PKI_RSA_PSS_2048:
        return rsa_pss();
    case PKI_KEY_COUNT:
        break;
    }
    return NULL;
}

static bool is_slow_to_make(enum pki_key type)
{
    return type == PKI_RSA_1024 || type == PKI_RSA_2048 || type == PKI_RSA_3072 ||
           type == PKI_RSA_PSS_2048;
}

EVP_PKEY *pki_key(enum pki_key type)
{
    static EVP_PKEY *kept[PKI_KEY_COUNT];
    EVP_PKEY *key = kept[type] == NULL ? generate(type) : kept[type];

    must(key != NULL, "key generation");
    if (!is_slow_to_make(type))
        return key;
    kept[type] = key;
    must(EVP_PKEY_up_ref(key) == 1, "key");
    return key;
}

static void set_subject(X509 *cert, const char *text)
{
    hf_identity identity;
    const uint8_t *at = identity.data;
    X509_NAME *name;

    if (hf_name_parse(hf_bytes_of_string(text), &identity) != HF_OK)
        test_die("pki: not a name: %s", text);
    name = d2i_X509_NAME(NULL, &at, (long)identity.len);
    must(name != NULL && X509_set_subject_name(cert, name) == 1, "name");
    X509_NAME_free(name);
}

static void add_extension(X509 *cert, X509V3_CTX *ctx, int nid, const char *value)
{
    X509_EXTENSION *extension;

    if (value == NULL)
        return;
    extension = X509V3_EXT_conf_nid(NULL, ctx, nid, value);
    must(extension != NULL && X509_add_ext(cert, extension, -1) == 1, value);
    X509_EXTENSION_free(extension);
}

static void add_dns_name(X509 *cert, hf_bytes octets)
{
    GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_IA5STRING *string = ASN1_IA5STRING_new();

    if (octets.len != 0) {
        must(ASN1_STRING_set(string, octets.data, (int)octets.len) == 1, "dNSName");
        GENERAL_NAME_set0_value(name, GEN_DNS, string);
        must(sk_GENERAL_NAME_push(names, name) > 0 &&
                 X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, X509V3_ADD_APPEND) == 1,
             "dNSName");
    } else {
        GENERAL_NAME_free(name);
        ASN1_IA5STRING_free(string);
    }
    GENERAL_NAMES_free(names);
}

static void add_unknown_critical(X509 *cert)
{
    static const uint8_t value[] = { 0x05, 0x00 };
    ASN1_OBJECT *type = OBJ_txt2obj("1.3.6.1.4.1.99999.1", 1);
    ASN1_OCTET_STRING *data = ASN1_OCTET_STRING_new();
    X509_EXTENSION *extension;

    must(type != NULL && data != NULL && ASN1_OCTET_STRING_set(data, value, sizeof value) == 1,
         "extension");
    extension = X509_EXTENSION_create_by_OBJ(NULL, type, 1, data);
    must(extension != NULL && X509_add_ext(cert, extension, -1) == 1, "extension");
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(data);
    ASN1_OBJECT_free(type);
}

static const char *constraints_of(const struct pki_spec *spec)
{
    if (spec->basic_constraints != NULL)
        return spec->basic_constraints;
    return spec->ca ? "critical,CA:TRUE" : NULL;
}

static void add_extensions(const struct pki_spec *spec, X509 *cert, X509 *issuer)
{
    const char *usage = spec->key_usage;
    X509V3_CTX ctx;

    if (usage == NULL && spec->ca)
        usage = "critical,keyCertSign,cRLSign";
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    add_extension(cert, &ctx, NID_basic_constraints, constraints_of(spec));
    add_extension(cert, &ctx, NID_key_usage, usage);
    add_extension(cert, &ctx, NID_ext_key_usage, spec->eku);
    add_extension(cert, &ctx, NID_subject_alt_name, spec->san);
    add_extension(cert, &ctx, NID_name_constraints, spec->name_constraints);
    add_dns_name(cert, spec->dns_name);
    if (spec->unknown_critical_extension)
        add_unknown_critical(cert);
    if (spec->without_key_ids)
        return;
    add_extension(cert, &ctx, NID_subject_key_identifier, "hash");
    if (issuer != cert)
        add_extension(cert, &ctx, NID_authority_key_identifier, "keyid,issuer");
}

static void sign(const struct pki_spec *spec, X509 *cert, EVP_PKEY *key)
{
    bool hashes_itself = EVP_PKEY_is_a(key, "ED25519") == 1 || EVP_PKEY_is_a(key, "ED448") == 1;
    const char *digest = spec->digest == NULL ? "SHA2-256" : spec->digest;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pkey_ctx;

    must(ctx != NULL && EVP_DigestSignInit_ex(ctx, &pkey_ctx, hashes_itself ? NULL : digest, NULL,
                                              NULL, key, NULL) == 1,
         "signature");
    if (spec->pss)
        must(EVP_PKEY_CTX_set_rsa_padding(pkey_ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
                 EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey_ctx, RSA_PSS_SALTLEN_DIGEST) > 0,
             "PSS");
    must(X509_sign_ctx(cert, ctx) > 0, "signature");
    EVP_MD_CTX_free(ctx);
}

/* From 1970 on in days: Windows has no gmtime() of times before it. */
static bool set_time(ASN1_TIME *time, hf_wall_clock moment)
{
    return ASN1_TIME_adj(time, 0, (int)(moment / PKI_DAY), (long)(moment % PKI_DAY)) != NULL;
}

static void set_times(const struct pki_spec *spec, X509 *cert)
{
    hf_wall_clock from = spec->not_before != 0 ? spec->not_before : PKI_NOW - PKI_DAY;
    hf_wall_clock to = spec->not_after != 0 ? spec->not_after : PKI_NOW + 365 * PKI_DAY;

    must(set_time(X509_getm_notBefore(cert), from) && set_time(X509_getm_notAfter(cert), to),
         "times");
}

const struct pki_cert *pki_issue(const struct pki_spec *spec, const struct pki_cert *issuer)
{
    static long serial = 1;
    struct made *entry = calloc(1, sizeof *entry);
    X509 *cert = X509_new();

    must(entry != NULL && cert != NULL, "memory");
    entry->cert = (struct pki_cert){ cert, pki_key(spec->key), issuer };
    entry->next = made;
    made = entry;
    if (issuer == NULL)
        entry->cert.issuer = issuer = &entry->cert;
    must(X509_set_version(cert, X509_VERSION_3) == 1 &&
             ASN1_INTEGER_set(X509_get_serialNumber(cert), serial++) == 1 &&
             X509_set_pubkey(cert, entry->cert.key) == 1,
         "certificate");
    set_times(spec, cert);
    set_subject(cert, spec->subject);
    must(X509_set_issuer_name(cert, X509_get_subject_name(issuer->x509)) == 1, "issuer");
    add_extensions(spec, cert, issuer->x509);
    sign(spec, cert, issuer->key);
    return &entry->cert;
}

const struct pki_cert *pki_root(const char *subject)
{
    return PKI_ISSUE(NULL, .subject = subject, .ca = true);
}

const struct pki_cert *pki_gateway(const struct pki_cert *issuer)
{
    return PKI_ISSUE(issuer, .subject = "C=CH, O=Test, CN=gateway", .san = "DNS:gw.example.com",
                     .eku = "serverAuth", .key_usage = "critical,digitalSignature");
}

hf_bytes pki_take(BIO *bio)
{
    char *data = NULL;
    long len = BIO_get_mem_data(bio, &data);
    hf_bytes copy;

    must(len > 0, "encoding");
    copy.data = test_copy((hf_bytes){ (const uint8_t *)data, (size_t)len });
    copy.len = (size_t)len;
    BIO_free(bio);
    return copy;
}

hf_bytes pki_der(const struct pki_cert *cert)
{
    BIO *bio = BIO_new(BIO_s_mem());

    must(i2d_X509_bio(bio, cert->x509) == 1, "DER");
    return pki_take(bio);
}

hf_bytes pki_pem(const struct pki_cert *cert)
{
    BIO *bio = BIO_new(BIO_s_mem());

    must(PEM_write_bio_X509(bio, cert->x509) == 1, "PEM");
    return pki_take(bio);
}

hf_bytes pki_key_der(const struct pki_cert *cert)
{
    BIO *bio = BIO_new(BIO_s_mem());

    must(i2d_PKCS8PrivateKey_bio(bio, cert->key, NULL, NULL, 0, NULL, NULL) == 1, "PKCS#8");
    return pki_take(bio);
}

hf_bytes pki_key_pem(const struct pki_cert *cert)
{
    BIO *bio = BIO_new(BIO_s_mem());

    must(PEM_write_bio_PKCS8PrivateKey(bio, cert->key, NULL, NULL, 0, NULL, NULL) == 1, "PKCS#8");
    return pki_take(bio);
}
