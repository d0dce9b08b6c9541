/* Key exchange on OpenSSL's EVP_PKEY: see ke.h. */
#include "crypto/ke.h"

#include "crypto/ke_key.h"
#include "crypto/library.h"

#include <openssl/dh.h>
#include <openssl/err.h>

#include <stdlib.h>

#define PUBLIC_MAX   512  /* MODP-4096 */
#define UNCOMPRESSED 0x04 /* OpenSSL's points begin with it, IKE's do not: RFC 5903, section 7 */

struct hf_ke {
    const struct hf_algorithm *algorithm;
    EVP_PKEY *key;
    uint8_t public[PUBLIC_MAX];
};

enum family { MODP, ECP, X25519 };

static enum family family_of(const struct hf_algorithm *algorithm)
{
    switch ((enum hf_ke_method)algorithm->id) {
    case HF_KE_X25519:
        return X25519;
    case HF_KE_ECP_256:
    case HF_KE_ECP_384:
    case HF_KE_ECP_521:
        return ECP;
    case HF_KE_MODP_2048:
    case HF_KE_MODP_3072:
    case HF_KE_MODP_4096:
    case HF_KE_NONE:
        break;
    }
    return MODP;
}

/* The public value as IKE sends it; OpenSSL pads MODP to the length of the prime. */
static bool export_public(struct hf_ke *ke)
{
    size_t prefix = family_of(ke->algorithm) == ECP ? 1 : 0;
    unsigned char *encoded = NULL;
    size_t len = EVP_PKEY_get1_encoded_public_key(ke->key, &encoded);
    hf_bytes value = hf_bytes_slice((hf_bytes){ encoded, len }, prefix, ke->algorithm->tag_len);
    bool good =
        value.len != 0 && len == prefix + value.len && (prefix == 0 || encoded[0] == UNCOMPRESSED);

    hf_copy(ke->public, value.data, good ? value.len : 0);
    OPENSSL_free(encoded);
    return good;
}

hf_status hf_ke_of_key(const struct hf_algorithm *algorithm, EVP_PKEY *key, struct hf_ke **out)
{
    struct hf_ke *ke = calloc(1, sizeof *ke);

    if (ke == NULL) {
        EVP_PKEY_free(key);
        return HF_ERR_NO_MEMORY;
    }
    ke->algorithm = algorithm;
    ke->key = key;
    if (!export_public(ke)) {
        hf_ke_free(ke);
        ERR_clear_error();
        return HF_ERR_CRYPTO;
    }
    *out = ke;
    return HF_OK;
}

hf_status hf_ke_new(uint16_t method, struct hf_ke **out)
{
    const struct hf_algorithm *algorithm = hf_algorithm_find(HF_TRANSFORM_KE, method, 0);
    EVP_PKEY_CTX *ctx = algorithm == NULL ? NULL : hf_library_keygen(algorithm);
    EVP_PKEY *key = NULL;
    bool good = ctx != NULL && EVP_PKEY_generate(ctx, &key) == 1;

    EVP_PKEY_CTX_free(ctx);
    if (!good) {
        ERR_clear_error();
        return HF_ERR_CRYPTO;
    }
    return hf_ke_of_key(algorithm, key, out);
}

void hf_ke_free(struct hf_ke *ke)
{
    if (ke == NULL)
        return;
    EVP_PKEY_free(ke->key); /* cleanses the private value */
    free(ke);
}

uint16_t hf_ke_method(const struct hf_ke *ke)
{
    return ke->algorithm->id;
}

hf_bytes hf_ke_public(const struct hf_ke *ke)
{
    return (hf_bytes){ ke->public, ke->algorithm->tag_len };
}

/* The peer's value as a key of our group. Setting it checks that a point is on the curve and that
 * 1 < y < p - 1: RFC 6989, sections 2.1 and 2.3. */
static EVP_PKEY *import_peer(const struct hf_ke *ke, hf_bytes value)
{
    uint8_t encoded[1 + PUBLIC_MAX] = { UNCOMPRESSED };
    size_t prefix = family_of(ke->algorithm) == ECP ? 1 : 0;
    EVP_PKEY *peer;

    if (family_of(ke->algorithm) == X25519)
        return EVP_PKEY_new_raw_public_key_ex(NULL, "X25519", NULL, value.data, value.len);
    hf_copy(encoded + prefix, value.data, value.len);
    peer = EVP_PKEY_new();
    if (peer != NULL && EVP_PKEY_copy_parameters(peer, ke->key) == 1 &&
        EVP_PKEY_set1_encoded_public_key(peer, encoded, prefix + value.len) == 1)
        return peer;
    EVP_PKEY_free(peer);
    return NULL;
}

static size_t secret_len_of(const struct hf_algorithm *algorithm)
{
    return family_of(algorithm) == ECP ? algorithm->tag_len / 2 : algorithm->tag_len;
}

static bool is_zero(hf_bytes secret)
{
    uint8_t any = 0;

    for (size_t i = 0; i < secret.len; i++)
        any |= secret.data[i];
    return any == 0;
}

/* The secret, left-padded to the group's length. Zeros from X25519 mean a point of small order
 * (RFC 7748, section 6.1); on the other curves 0 is an x like any other. The peer's value is not
 * validated again: import_peer has, and the library's way raises it to the group's order. */
static bool derive(const struct hf_ke *ke, EVP_PKEY *peer, hf_secret *out)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, ke->key, NULL);
    hf_secret secret = { .len = sizeof secret.data };
    bool good = ctx != NULL && EVP_PKEY_derive_init(ctx) == 1 &&
                (family_of(ke->algorithm) != MODP || EVP_PKEY_CTX_set_dh_pad(ctx, 1) == 1) &&
                EVP_PKEY_derive_set_peer_ex(ctx, peer, 0) == 1 &&
                EVP_PKEY_derive(ctx, secret.data, &secret.len) == 1 &&
                secret.len == secret_len_of(ke->algorithm) &&
                (family_of(ke->algorithm) != X25519 || !is_zero(hf_secret_bytes(&secret)));

    if (good)
        *out = secret;
    hf_secret_clear(&secret);
    EVP_PKEY_CTX_free(ctx);
    return good;
}

hf_status hf_ke_derive(const struct hf_ke *ke, hf_bytes peer_public, hf_secret *out)
{
    EVP_PKEY *peer;
    bool good;

    if (peer_public.len != ke->algorithm->tag_len ||
        hf_bytes_equal(peer_public, hf_ke_public(ke))) /* nobody has our key pair but us */
        return HF_ERR_MALFORMED;
    peer = import_peer(ke, peer_public);
    good = peer != NULL && derive(ke, peer, out);
    EVP_PKEY_free(peer);
    if (!good)
        ERR_clear_error(); /* or a TLS connection takes the error for its own */
    return good ? HF_OK : HF_ERR_MALFORMED;
}
