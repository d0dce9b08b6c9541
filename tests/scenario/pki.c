/* Certificates for scenarios: see pki.h. */
#include "scenario/pki.h"

#include "support/hex.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

#define YEAR (365 * PKI_DAY)

static const char *alternative_name(const char *kind, const char *name)
{
    size_t len = 300;
    char *text = (char *)test_memory(len);

    if ((size_t)snprintf(text, len, "%s:%s", kind, name) >= len)
        test_die("a name is too long");
    return text;
}

/* The key and its chain as the product takes them. */
static void make_credential(const struct pki_cert *leaf, const struct pki_cert *const *above,
                            size_t count, struct hf_credential *out)
{
    hf_buf pem = hf_buf_with_max(HF_CHAIN_MAX * HF_CERTIFICATE_MAX);

    if (!hf_buf_append(&pem, pki_pem(leaf)))
        test_die("out of memory");
    for (size_t i = 0; i < count; i++) {
        if (!hf_buf_append(&pem, pki_pem(above[i])))
            test_die("out of memory");
    }
    if (hf_credential_make(pki_key_der(leaf), (hf_bytes){ 0 }, hf_buf_bytes(&pem), out) != HF_OK)
        test_die("no credential");
    hf_buf_free(&pem);
}

static void set_gateway_times(const struct sim_pki_options *options, struct pki_spec *spec)
{
    if (options->gateway_expired) {
        spec->not_before = SIM_WALL_CLOCK - YEAR;
        spec->not_after = SIM_WALL_CLOCK - PKI_DAY;
    }
    if (options->gateway_early) {
        spec->not_before = SIM_WALL_CLOCK + PKI_DAY;
        spec->not_after = SIM_WALL_CLOCK + YEAR;
    }
}

static void make_gateway(struct sim_pki *pki, const struct sim_pki_options *options,
                         const struct pki_cert *issuer)
{
    const char *name = options->gateway_name == NULL ? SIM_GATEWAY_NAME : options->gateway_name;
    struct pki_spec spec = {
        .subject = "O=Holdfast Tests, CN=gateway",
        .key = options->gateway_key,
        .san = alternative_name("DNS", name),
        .eku = options->gateway_purpose == NULL ? "serverAuth" : options->gateway_purpose,
        .key_usage = "critical,digitalSignature",
    };
    const struct pki_cert *above[2], *leaf;
    size_t count = 0;

    set_gateway_times(options, &spec);
    if (options->gateway_sends_ca)
        above[count++] = issuer;
    if (options->gateway_through_intermediate) {
        issuer = PKI_ISSUE(issuer, .subject = "O=Holdfast Tests, CN=middle", .ca = true);
        above[count++] = issuer;
    }
    leaf = pki_issue(&spec, issuer);
    make_credential(leaf, above, count, &pki->gateway);
    pki->gateway_key = leaf->key;
}

static void make_client(struct sim_pki *pki, const struct sim_pki_options *options,
                        const struct pki_cert *issuer)
{
    const char *name = options->client_name == NULL ? SIM_CLIENT_NAME : options->client_name;
    const struct pki_cert *leaf =
        PKI_ISSUE(issuer, .subject = "O=Holdfast Tests, CN=client", .key = options->client_key,
                  .san = alternative_name("email", name), .eku = "clientAuth",
                  .key_usage = "critical,digitalSignature");

    make_credential(leaf, NULL, 0, &pki->client);
}

struct sim_pki *sim_pki_new(const struct sim_pki_options *options)
{
    static const struct sim_pki_options usual;
    const struct pki_cert *root = pki_root("O=Holdfast Tests, CN=root");
    const struct pki_cert *other = pki_root("O=Somebody Else, CN=root");
    struct sim_pki *pki = calloc(1, sizeof *pki);

    if (pki == NULL)
        test_die("out of memory");
    if (options == NULL)
        options = &usual;
    pki->ca = pki_der(root);
    if (hf_trust_new(&pki->trust) != HF_OK || hf_trust_add(pki->trust, pki->ca, NULL) != HF_OK)
        test_die("no trust anchor");
    make_gateway(pki, options, options->gateway_from_other_ca ? other : root);
    make_client(pki, options, options->client_from_other_ca ? other : root);
    return pki;
}

void sim_pki_free(struct sim_pki *pki)
{
    if (pki == NULL)
        return;
    hf_credential_clear(&pki->gateway);
    hf_credential_clear(&pki->client);
    hf_trust_free(pki->trust);
    free(pki);
}

void sim_pki_sign_sha1(const struct sim_pki *pki, hf_bytes message, hf_buf *out)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t signature[HF_SIGNATURE_MAX];
    size_t len = sizeof signature;

    if (EVP_PKEY_get_base_id(pki->gateway_key) != EVP_PKEY_RSA || context == NULL ||
        EVP_DigestSignInit(context, NULL, EVP_sha1(), NULL, pki->gateway_key) != 1 ||
        EVP_DigestSign(context, signature, &len, message.data, message.len) != 1 ||
        !hf_buf_append(out, (hf_bytes){ signature, len }))
        test_die("no signature with SHA-1");
    EVP_MD_CTX_free(context);
}
