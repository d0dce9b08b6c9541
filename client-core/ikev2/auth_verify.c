/* The gateway's identity, certificate and AUTH: see auth.h. */
#include <string.h>

#include "ikev2/auth.h"

#define OCTETS_MAX (HF_IKE_MESSAGE_MAX + 1024)

static hf_status fail(struct hf_fault *fault, hf_status status, const char *received)
{
    *fault = hf_fault_make(status, HF_STAGE_AUTHENTICATION);
    hf_fault_set_text(fault->received, hf_bytes_of_string(received));
    return status;
}

/* The identity must be the expected one, exactly (rule A4); there is no "any". */
static hf_status take_identity(struct hf_ikev2_auth_exchange *auth,
                               const struct hf_ikev2_chain *chain, struct hf_fault *fault)
{
    const struct hf_ikev2_raw_payload *payload = hf_ikev2_chain_find(chain, HF_PAYLOAD_IDR, 0);
    hf_identity identity;

    if (payload == NULL)
        return fail(fault, HF_ERR_PEER_AUTH, "no identity");
    if (hf_ikev2_id_decode(payload->body, &identity) != HF_OK)
        return fail(fault, HF_ERR_PEER_IDENTITY, "an identity of unknown form");
    hf_identity_format(&identity, auth->gateway);
    if (!hf_identity_equal(&identity, &auth->config->remote_id)) {
        hf_status status = fail(fault, HF_ERR_PEER_IDENTITY, auth->gateway);

        hf_identity_format(&auth->config->remote_id, fault->offered);
        return status;
    }
    hf_buf_clear(&auth->idr);
    return hf_buf_append(&auth->idr, payload->body) ? HF_OK : fail(fault, HF_ERR_NO_MEMORY, "");
}

/* X.509 certificates of the message, the one with the expected identity first: the RFC wants it
 * there, not all gateways put it there. One that is alone need not be looked at for that. Returns
 * how many. */
static size_t collect_certificates(const struct hf_ikev2_auth_exchange *auth,
                                   const struct hf_ikev2_chain *chain, hf_bytes list[HF_CHAIN_MAX])
{
    const struct hf_ikev2_raw_payload *payload;
    const struct hf_certificate_policy *policy = &auth->config->certificate_policy;
    struct hf_ikev2_cert cert;
    size_t count = 0, leaf = 0;

    for (size_t i = 0; (payload = hf_ikev2_chain_find(chain, HF_PAYLOAD_CERT, i)) != NULL; i++) {
        if (count < HF_CHAIN_MAX && hf_ikev2_cert_decode(payload->body, &cert) == HF_OK &&
            cert.encoding == HF_CERT_X509_SIGNATURE && cert.data.len <= HF_CERTIFICATE_MAX)
            list[count++] = cert.data;
    }
    while (count > 1 && leaf < count &&
           !hf_certificate_has_identity(list[leaf], &auth->config->remote_id,
                                        policy->allow_common_name))
        leaf++;
    if (leaf < count) {
        hf_bytes first = list[0];

        list[0] = list[leaf];
        list[leaf] = first;
    }
    return count;
}

static hf_status verify_chain(const struct hf_ikev2_auth_exchange *auth,
                              const struct hf_ikev2_chain *chain, struct hf_public_key **out_key,
                              struct hf_fault *fault)
{
    struct hf_certificate_policy policy = auth->config->certificate_policy;
    hf_bytes list[HF_CHAIN_MAX];
    size_t count = collect_certificates(auth, chain, list);
    hf_status status;

    if (count == 0)
        return fail(fault, HF_ERR_PEER_AUTH, "no certificate");
    policy.identity = auth->config->remote_id;
    policy.now = auth->config->wall_clock;
    status = hf_certificate_verify(auth->config->trust, list, count, &policy, out_key, fault);
    if (status != HF_OK)
        fault->stage = HF_STAGE_AUTHENTICATION;
    return status;
}

/* Method 14 or the ECDSA methods; never 1, never one that the profile did not ask for (rule A7). */
static hf_status verify_signature(const struct hf_public_key *key,
                                  const struct hf_ikev2_auth *proof, hf_bytes octets)
{
    switch (proof->method) {
    case HF_AUTH_SIGNATURE:
        return hf_signature_verify(key, proof->data, octets);
    case HF_AUTH_ECDSA_256:
    case HF_AUTH_ECDSA_384:
    case HF_AUTH_ECDSA_521:
        return hf_signature_verify_ecdsa(key, proof->method, proof->data, octets);
    default:
        return HF_ERR_PEER_AUTH;
    }
}

static hf_status verify_by_certificate(const struct hf_ikev2_auth_exchange *auth,
                                       const struct hf_ikev2_chain *chain,
                                       const struct hf_ikev2_auth *proof, hf_bytes octets,
                                       struct hf_fault *fault)
{
    struct hf_public_key *key = NULL;
    hf_status status;

    if (auth->config->trust == NULL)
        return fail(fault, HF_ERR_CERT_UNTRUSTED, "no trust anchors");
    status = verify_chain(auth, chain, &key, fault);
    if (status != HF_OK)
        return status;
    status = verify_signature(key, proof, octets);
    hf_public_key_free(key);
    if (status == HF_OK)
        return HF_OK;
    return fail(fault, HF_ERR_PEER_AUTH,
                proof->method == HF_AUTH_SHARED_KEY ? "a shared-key proof instead of a signature"
                : proof->method == HF_AUTH_RSA_SHA1 ? "a signature with SHA-1"
                                                    : "a signature that does not verify");
}

static hf_status verify_by_psk(const struct hf_ikev2_auth_exchange *auth,
                               const struct hf_ikev2_auth *proof, hf_bytes octets,
                               struct hf_fault *fault)
{
    hf_secret expected;
    bool equal;
    hf_status status;

    if (proof->method != HF_AUTH_SHARED_KEY)
        return fail(fault, HF_ERR_PEER_AUTH, "a signature instead of a shared-key proof");
    status =
        hf_ikev2_shared_key_auth(auth->channel->suite.prf, auth->config->psk, octets, &expected);
    if (status != HF_OK)
        return fail(fault, status, "");
    equal = hf_bytes_equal_ct(hf_secret_bytes(&expected), proof->data);
    hf_secret_clear(&expected);
    return equal ? HF_OK : fail(fault, HF_ERR_PEER_AUTH, "a shared-key proof that does not match");
}

static hf_status verify_proof(const struct hf_ikev2_auth_exchange *auth,
                              const struct hf_ikev2_chain *chain, struct hf_fault *fault)
{
    const struct hf_ikev2_raw_payload *payload = hf_ikev2_chain_find(chain, HF_PAYLOAD_AUTH, 0);
    struct hf_ikev2_auth proof;
    hf_buf octets = hf_buf_with_max(OCTETS_MAX);
    hf_status status;

    if (payload == NULL || hf_ikev2_auth_decode(payload->body, &proof) != HF_OK)
        return fail(fault, HF_ERR_PEER_AUTH, "no proof");
    if (hf_ikev2_auth_peer_octets(auth, &octets) != HF_OK)
        status = fail(fault, HF_ERR_CRYPTO, "");
    else if (auth->config->gateway_uses_psk)
        status = verify_by_psk(auth, &proof, hf_buf_bytes(&octets), fault);
    else
        status = verify_by_certificate(auth, chain, &proof, hf_buf_bytes(&octets), fault);
    hf_buf_free(&octets);
    return status;
}

hf_status hf_ikev2_auth_verify(struct hf_ikev2_auth_exchange *auth,
                               const struct hf_ikev2_chain *chain, struct hf_fault *out_fault)
{
    struct hf_fault fault = { 0 };
    hf_status status = take_identity(auth, chain, &fault);

    if (status == HF_OK)
        status = verify_proof(auth, chain, &fault);
    if (status != HF_OK) {
        if (fault.offered[0] == '\0')
            hf_identity_format(&auth->config->remote_id, fault.offered);
        *out_fault = fault;
        return status;
    }
    auth->peer_verified = true;
    return HF_OK;
}
