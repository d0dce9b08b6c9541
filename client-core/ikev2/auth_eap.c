/* EAP inside IKE_AUTH: see auth.h. The conversation itself is eap/'s. */
#include <string.h>

#include "ikev2/auth.h"
#include "ikev2/text.h"

#define OCTETS_MAX (HF_IKE_MESSAGE_MAX + 1024)

static enum hf_ikev2_auth_eap_result fail(struct hf_fault *fault, hf_status status,
                                          const char *received)
{
    *fault = hf_fault_make(status, HF_STAGE_AUTHENTICATION);
    hf_fault_set_text(fault->received, hf_bytes_of_string(received));
    return HF_AUTH_EAP_FAILED;
}

static void describe(struct hf_ikev2_auth_exchange *auth)
{
    const char *detail = hf_eap_peer_detail(auth->eap);

    auth->method[0] = '\0';
    hf_ikev2_text_append(auth->method, sizeof auth->method,
                         auth->config->eap.method == HF_EAP_TLS ? "eap-tls" : "eap");
    if (detail == NULL)
        return;
    hf_ikev2_text_append(auth->method, sizeof auth->method, " (");
    hf_ikev2_text_append(auth->method, sizeof auth->method, detail);
    hf_ikev2_text_append(auth->method, sizeof auth->method, ")");
}

static enum hf_ikev2_auth_eap_result converse(struct hf_ikev2_auth_exchange *auth, hf_bytes packet,
                                              hf_buf *out, struct hf_fault *fault, hf_time now)
{
    switch (hf_eap_peer_handle(auth->eap, packet, out, fault, now)) {
    case HF_EAP_RESPOND:
        return HF_AUTH_EAP_RESPOND;
    case HF_EAP_SUCCESS:
        describe(auth);
        return HF_AUTH_EAP_DONE;
    case HF_EAP_FAILURE:
        fault->stage = HF_STAGE_AUTHENTICATION;
        return HF_AUTH_EAP_FAILED;
    case HF_EAP_IGNORE: /* the gateway waits for our next request, and there is nothing to say */
        return fail(fault, HF_ERR_UNEXPECTED, "an EAP packet that has no answer");
    }
    return HF_AUTH_EAP_FAILED;
}

void hf_ikev2_auth_eap_prepare(struct hf_ikev2_auth_exchange *auth,
                               const struct hf_ikev2_sa_config *config, const struct hf_env *env)
{
    if (config->auth == HF_IKEV2_AUTH_EAP && auth->eap == NULL &&
        hf_eap_peer_new(&config->eap, env, &auth->eap) != HF_OK)
        auth->eap = NULL;
}

enum hf_ikev2_auth_eap_result hf_ikev2_auth_eap_handle(struct hf_ikev2_auth_exchange *auth,
                                                       const struct hf_ikev2_chain *chain,
                                                       hf_buf *out, struct hf_fault *out_fault,
                                                       hf_time now)
{
    const struct hf_ikev2_raw_payload *payload = hf_ikev2_chain_find(chain, HF_PAYLOAD_EAP, 0);
    hf_status status;

    HF_ASSERT(auth->peer_verified); /* invariant 2: no credential byte before */
    if (payload == NULL)
        return fail(out_fault, HF_ERR_UNEXPECTED, "no EAP request");
    if (auth->eap == NULL) {
        status = hf_eap_peer_new(&auth->config->eap, auth->env, &auth->eap);
        if (status != HF_OK)
            return fail(out_fault, status, "");
    }
    return converse(auth, payload->body, out, out_fault, now);
}

const struct hf_fault *hf_ikev2_auth_eap_fault(const struct hf_ikev2_auth_exchange *auth)
{
    return auth->eap == NULL ? NULL : hf_eap_peer_fault(auth->eap);
}

hf_status hf_ikev2_auth_eap_add(struct hf_ikev2_auth_exchange *auth,
                                struct hf_ikev2_chain_writer *chain)
{
    hf_buf octets = hf_buf_with_max(OCTETS_MAX);
    hf_secret proof = { 0 };
    hf_status status = hf_ikev2_auth_own_octets(auth, &octets);

    if (status == HF_OK)
        status = hf_ikev2_shared_key_auth(auth->channel->suite.prf, hf_eap_peer_msk(auth->eap),
                                          hf_buf_bytes(&octets), &proof);
    if (status == HF_OK)
        hf_ikev2_auth_add(chain, HF_AUTH_SHARED_KEY, hf_secret_bytes(&proof));
    hf_secret_clear(&proof);
    hf_buf_free(&octets);
    return status;
}

static hf_status expected_proof(const struct hf_ikev2_auth_exchange *auth, hf_secret *out)
{
    hf_buf octets = hf_buf_with_max(OCTETS_MAX);
    hf_status status = hf_ikev2_auth_peer_octets(auth, &octets);

    if (status == HF_OK)
        status = hf_ikev2_shared_key_auth(auth->channel->suite.prf, hf_eap_peer_msk(auth->eap),
                                          hf_buf_bytes(&octets), out);
    hf_buf_free(&octets);
    return status;
}

hf_status hf_ikev2_auth_eap_verify(struct hf_ikev2_auth_exchange *auth,
                                   const struct hf_ikev2_chain *chain, struct hf_fault *out_fault)
{
    const struct hf_ikev2_raw_payload *payload = hf_ikev2_chain_find(chain, HF_PAYLOAD_AUTH, 0);
    struct hf_ikev2_auth proof;
    hf_secret expected = { 0 };
    hf_status status = HF_ERR_PEER_AUTH;

    if (payload != NULL && hf_ikev2_auth_decode(payload->body, &proof) == HF_OK &&
        proof.method == HF_AUTH_SHARED_KEY)
        status = expected_proof(auth, &expected);
    if (status == HF_OK && !hf_bytes_equal_ct(hf_secret_bytes(&expected), proof.data))
        status = HF_ERR_PEER_AUTH;
    hf_secret_clear(&expected);
    if (status != HF_OK)
        (void)fail(out_fault, status, "no proof of the key that EAP made");
    return status;
}
