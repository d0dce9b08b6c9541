/* A public key infrastructure for tests, made when they run: no key is stored anywhere. Everything
 * made here lives until the process ends. */
#ifndef HF_TESTS_SUPPORT_PKI_H
#define HF_TESTS_SUPPORT_PKI_H

#include "base/bytes.h"
#include "base/time.h"

#include <openssl/x509.h>

#define PKI_NOW ((hf_wall_clock)1767225600) /* 2026-01-01 00:00 UTC: "now" for all tests */
#define PKI_DAY 86400

enum pki_key {
    PKI_P256, /* the default: quick to make */
    PKI_P384,
    PKI_P521,
    PKI_ED25519,
    PKI_RSA_2048,
    PKI_RSA_3072,
    PKI_RSA_1024,
    PKI_RSA_PSS_2048, /* the key itself says id-RSASSA-PSS */
    PKI_SECP256K1,
    PKI_P256_EXPLICIT, /* curve parameters written out */
    PKI_ED448,
    PKI_KEY_COUNT
};

/* What to issue. Extensions are in the syntax of x509v3_config(5); NULL leaves one out. */
struct pki_spec {
    const char *subject; /* "C=CH, O=Test, CN=gw" */
    enum pki_key key;
    const char *digest; /* of the issuer's signature; NULL: SHA2-256 */
    bool pss;           /* the issuer, an RSA key, signs with PSS */
    const char *san, *eku, *key_usage;
    const char *basic_constraints; /* NULL with `ca`: "critical,CA:TRUE" */
    const char *name_constraints;
    bool ca;              /* CA:TRUE, keyCertSign */
    bool without_key_ids; /* no subject and authority key identifiers */
    bool unknown_critical_extension;
    hf_bytes dns_name;                   /* a SAN of type dNSName with any octets in it */
    hf_wall_clock not_before, not_after; /* 0: a day before PKI_NOW, a year after it */
};

struct pki_cert {
    X509 *x509;
    EVP_PKEY *key;
    const struct pki_cert *issuer; /* itself when self-signed */
};

/* The caller frees it. RSA keys of one size are the same key, because they take long to make. */
EVP_PKEY *pki_key(enum pki_key type);
/* `issuer` NULL: self-signed. */
const struct pki_cert *pki_issue(const struct pki_spec *spec, const struct pki_cert *issuer);
#define PKI_ISSUE(issuer, ...) pki_issue(&(const struct pki_spec){ __VA_ARGS__ }, (issuer))
/* The usual: a root, and a gateway "gw.example.com" for the purpose serverAuth. */
const struct pki_cert *pki_root(const char *subject);
const struct pki_cert *pki_gateway(const struct pki_cert *issuer);

hf_bytes pki_der(const struct pki_cert *cert);
hf_bytes pki_pem(const struct pki_cert *cert);
/* PKCS#8, not encrypted. */
hf_bytes pki_key_der(const struct pki_cert *cert);
hf_bytes pki_key_pem(const struct pki_cert *cert);
/* What a memory BIO holds; frees it. */
hf_bytes pki_take(BIO *bio);

#endif
