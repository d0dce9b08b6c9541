/* Our identity and its proof: see auth.h. */
#include "ikev2/auth.h"

#include <string.h>

#include "ikev2/text.h"

#define OCTETS_MAX (HF_IKE_MESSAGE_MAX + 1024)

void hf_ikev2_auth_begin(struct hf_ikev2_auth_exchange *auth,
                         const struct hf_ikev2_sa_config *config, const struct hf_env *env,
                         const struct hf_ikev2_init *init, const struct hf_ikev2_channel *channel)
{
    struct hf_eap_peer *eap = auth->eap;

    memset(auth, 0, sizeof *auth);
    auth->eap = eap;
    auth->config = config;
    auth->env = env;
    auth->init = init;
    auth->channel = channel;
    auth->idr = hf_buf_with_max(HF_IKE_MESSAGE_MAX);
}

void hf_ikev2_auth_clear(struct hf_ikev2_auth_exchange *auth)
{
    hf_eap_peer_free(auth->eap);
    auth->eap = NULL;
    hf_buf_free(&auth->idr);
}

hf_status hf_ikev2_auth_own_octets(const struct hf_ikev2_auth_exchange *auth, hf_buf *out)
{
    uint8_t storage[HF_IDENTITY_MAX + 4];
    hf_writer w = hf_writer_of(storage, sizeof storage);
    hf_bytes body;

    hf_ikev2_id_encode(&w, &auth->config->local_id);
    if (!hf_writer_finish(&w, &body))
        return HF_ERR_INTERNAL;
    return hf_ikev2_signed_octets(auth->channel->suite.prf, hf_buf_bytes(&auth->init->request),
                                  hf_buf_bytes(&auth->init->nonce_r), &auth->channel->keys.pi, body,
                                  out);
}

hf_status hf_ikev2_auth_peer_octets(const struct hf_ikev2_auth_exchange *auth, hf_buf *out)
{
    return hf_ikev2_signed_octets(auth->channel->suite.prf, hf_buf_bytes(&auth->init->reply),
                                  HF_BYTES_OF(auth->init->nonce_i), &auth->channel->keys.pr,
                                  hf_buf_bytes(&auth->idr), out);
}

void hf_ikev2_auth_add(struct hf_ikev2_chain_writer *chain, uint8_t method, hf_bytes data)
{
    struct hf_ikev2_auth body = { .method = method, .data = data };

    hf_ikev2_payload_begin(chain, HF_PAYLOAD_AUTH);
    hf_ikev2_auth_encode(&chain->w, &body);
    hf_ikev2_payload_end(chain);
}

static void add_identity(struct hf_ikev2_chain_writer *chain, uint8_t type,
                         const hf_identity *identity)
{
    hf_ikev2_payload_begin(chain, type);
    hf_ikev2_id_encode(&chain->w, identity);
    hf_ikev2_payload_end(chain);
}

static void add_cert(struct hf_ikev2_chain_writer *chain, uint8_t type, hf_bytes data)
{
    struct hf_ikev2_cert body = { .encoding = HF_CERT_X509_SIGNATURE, .data = data };

    hf_ikev2_payload_begin(chain, type);
    hf_ikev2_cert_encode(&chain->w, &body);
    hf_ikev2_payload_end(chain);
}

/* Some gateways send their certificate only if asked for it. */
static hf_status add_certificate_request(const struct hf_ikev2_auth_exchange *auth,
                                         struct hf_ikev2_chain_writer *chain)
{
    hf_buf hashes = hf_buf_with_max(20 * 64);
    hf_status status = HF_OK;

    if (auth->config->gateway_uses_psk || auth->config->trust == NULL)
        return HF_OK;
    status = hf_trust_key_hashes(auth->config->trust, &hashes);
    if (status == HF_OK)
        add_cert(chain, HF_PAYLOAD_CERTREQ, hf_buf_bytes(&hashes));
    hf_buf_free(&hashes);
    return status;
}

static hf_status prove_by_psk(struct hf_ikev2_auth_exchange *auth, hf_bytes octets,
                              struct hf_ikev2_chain_writer *chain)
{
    hf_secret proof;
    hf_status status =
        hf_ikev2_shared_key_auth(auth->channel->suite.prf, auth->config->psk, octets, &proof);

    if (status == HF_OK)
        hf_ikev2_auth_add(chain, HF_AUTH_SHARED_KEY, hf_secret_bytes(&proof));
    hf_secret_clear(&proof);
    return status;
}

/* Method 14 where the gateway announced hashes (RFC 7427, section 4), else the ECDSA methods of
 * RFC 4754. Method 1 is not used: its hash is SHA-1 (rule A7). */
static hf_status prove_by_signature(struct hf_ikev2_auth_exchange *auth,
                                    const struct hf_signer *signer, hf_bytes octets, hf_buf *proof,
                                    uint8_t *out_method)
{
    enum hf_signature_scheme scheme;
    hf_status status;

    if (auth->init->hashes == 0 && signer->key_type != HF_KEY_RSA &&
        signer->key_type != HF_KEY_ED25519) {
        hf_ikev2_text_append(auth->method, sizeof auth->method, "certificate (ecdsa)");
        return hf_signature_sign_ecdsa(signer, octets, out_method, proof);
    }
    status = hf_signature_choose(signer->key_type, auth->init->hashes, &scheme);
    if (status != HF_OK)
        return status;
    *out_method = HF_AUTH_SIGNATURE;
    hf_ikev2_text_append(auth->method, sizeof auth->method, "certificate (");
    hf_ikev2_text_append(auth->method, sizeof auth->method, hf_signature_scheme_name(scheme));
    hf_ikev2_text_append(auth->method, sizeof auth->method, ")");
    return hf_signature_sign(signer, scheme, octets, proof);
}

static hf_status prove_by_certificate(struct hf_ikev2_auth_exchange *auth, hf_bytes octets,
                                      struct hf_ikev2_chain_writer *chain)
{
    const struct hf_ikev2_sa_config *config = auth->config;
    hf_buf proof = hf_buf_with_max(2 * HF_SIGNATURE_MAX);
    struct hf_signer signer;
    uint8_t method = HF_AUTH_SIGNATURE;
    hf_status status;

    if (config->credential->key == NULL)
        return HF_ERR_CREDENTIAL_MISSING;
    signer = hf_private_key_signer(config->credential->key);
    status = prove_by_signature(auth, &signer, octets, &proof, &method);
    if (status == HF_OK)
        hf_ikev2_auth_add(chain, method, hf_buf_bytes(&proof));
    hf_buf_free(&proof);
    return status;
}

static hf_status add_proof(struct hf_ikev2_auth_exchange *auth, struct hf_ikev2_chain_writer *chain)
{
    hf_buf octets = hf_buf_with_max(OCTETS_MAX);
    hf_status status = hf_ikev2_auth_own_octets(auth, &octets);

    auth->method[0] = '\0';
    if (status == HF_OK && auth->config->auth == HF_IKEV2_AUTH_PSK) {
        hf_ikev2_text_append(auth->method, sizeof auth->method, "psk");
        status = prove_by_psk(auth, hf_buf_bytes(&octets), chain);
    } else if (status == HF_OK) {
        status = prove_by_certificate(auth, hf_buf_bytes(&octets), chain);
    }
    hf_buf_free(&octets);
    return status;
}

static hf_status encode(struct hf_ikev2_auth_exchange *auth, struct hf_ikev2_chain_writer *chain)
{
    const struct hf_ikev2_sa_config *config = auth->config;
    hf_status status;

    add_identity(chain, HF_PAYLOAD_IDI, &config->local_id);
    if (config->auth == HF_IKEV2_AUTH_CERTIFICATE) {
        if (config->credential == NULL || config->credential->chain_count == 0)
            return HF_ERR_CREDENTIAL_MISSING;
        for (size_t i = 0; i < config->credential->chain_count; i++)
            add_cert(chain, HF_PAYLOAD_CERT, hf_buf_bytes(&config->credential->chain[i]));
    }
    status = add_certificate_request(auth, chain);
    if (status != HF_OK)
        return status;
    if (config->send_remote_id)
        add_identity(chain, HF_PAYLOAD_IDR, &config->remote_id);
    return config->auth == HF_IKEV2_AUTH_EAP ? HF_OK : add_proof(auth, chain);
}

hf_status hf_ikev2_auth_ask(struct hf_ikev2_auth_exchange *auth,
                            struct hf_ikev2_chain_writer *chain, struct hf_fault *out_fault)
{
    hf_status status = encode(auth, chain);

    if (status != HF_OK) {
        *out_fault = hf_fault_make(status, HF_STAGE_AUTHENTICATION);
        if (status == HF_ERR_AUTH_REJECTED)
            hf_fault_set_text(out_fault->received,
                              hf_bytes_of_string("no signature hash in common"));
    }
    return status;
}
